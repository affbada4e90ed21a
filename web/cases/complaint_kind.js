/*
 * complaint_kind.js - what a complaint shows beside what all cases show: the line of its life, its clocks, how
 * grave and why.
 */
import {h} from '../lib/dom.js';
import {icon} from '../lib/icon.js';
import {gradeSign} from '../lib/signs.js';
import {at, when} from '../lib/time.js';
import {t, word} from '../lib/words.js';
import {customerLink} from './customer_link.js';
import {inWords} from './history.js';
import {clockRow, countdown, facts, levelTag, part, people, person, place} from './pieces.js';

const LIFE = ['received', 'acknowledged', 'planned', 'resolved', 'closed'];
const TOOK = {acknowledged: 'complaint.acknowledged', planned: 'complaint.planned', resolved: 'complaint.resolved'};

/* When it last came to a status; null where the card doesn't tell. */
function cameTo(card, status) {
    if (status === 'received') return card.opened_at;
    if (status === 'closed') return card.closed_at;
    const lines = card.history.filter((line) => line.type === TOOK[status]);
    return lines.length ? lines[lines.length - 1].at : null;
}

/* The line of its life: what is behind it, where it stands, what is ahead. */
function life(card) {
    const now = LIFE.indexOf(card.status);
    const stop = (status, i) => {
        const since = i <= now ? cameTo(card, status) : null;
        return h(
            'li',
            {
                dataset: {state: i < now ? 'past' : i === now ? 'now' : 'ahead'},
                'aria-current': i === now ? 'step' : null,
            },
            h('span', {class: 'life-name'}, () => word('status', status)),
            h('span', {class: 'life-at'}, since ? at(since) : null),
        );
    };
    return h('ol', {class: 'life', 'aria-label': () => t('card.life')}, LIFE.map(stop));
}

function clocks(card) {
    const heads = ['card.clock', 'card.due', 'card.stands'];
    const rest = () =>
        t('clock.rests', {reason: word('pause_reason', card.paused.reason), until: when(card.paused.until)});
    return part(
        'card.clocks',
        card.paused ? h('p', {class: 'clock', dataset: {state: 'rest'}}, icon('info'), h('span', {}, rest)) : null,
        h(
            'table',
            {class: 'clocks'},
            h(
                'thead',
                {class: 'hidden'},
                h(
                    'tr',
                    {},
                    heads.map((key) => h('th', {scope: 'col'}, () => t(key))),
                ),
            ),
            h(
                'tbody',
                {},
                card.clocks.map((clock) => clockRow(card, clock)),
            ),
        ),
    );
}

function levels(card) {
    const floor = () => ` · ${t('card.floor', {level: word('level', card.floor)})}`;
    return [() => word('level', card.level), card.floor ? floor : null];
}

function verdict(card) {
    return card.verdict
        ? [() => word('verdict', card.verdict), card.judged_staff?.length ? ': ' : null, people(card.judged_staff)]
        : null;
}

function remarks(card) {
    const some = [card.late ? 'card.late' : null, card.historical ? 'card.historical' : null].filter(Boolean);
    return some.length ? () => some.map((key) => t(key)).join(' · ') : null;
}

function about(card) {
    return facts({
        'card.handler': card.handler ? person(card.handler) : () => t('card.default_handler'),
        'card.about': people(card.staff),
        'card.channel': () => word('channel', card.channel),
        'card.opened': at(card.opened_at),
        'card.promised': card.promised_at ? at(card.promised_at) : null,
        'card.level_floor': levels(card),
        'card.waits_for': card.waits_for ? () => t(`card.waits.${card.waits_for}`) : null,
        'card.verdict': verdict(card),
        'card.tries': card.tries || null,
        'card.reopened': card.reopened || null,
        'card.compensation': card.compensation_fen === null ? null : `¥${(card.compensation_fen / 100).toFixed(2)}`,
        'card.outcome': card.outcome ? () => word('complaint_outcome', card.outcome) : null,
        'card.merged': card.merged_into ? h('a', {href: `#/complaints/${card.merged_into}`}, card.merged_into) : null,
        'card.visit': card.visit,
        'card.vehicle': card.vehicle,
        'card.customer': card.customer,
        'card.notes': remarks(card),
    });
}

/* Why this grade: the step that gave it, as the trace words it. */
function gradeWhy(rows) {
    const step = rows.filter((row) => row.type === 'feedback.complained' || row.type === 'complaint.graded').pop();
    return step ? h('span', {class: 'quiet'}, () => inWords(step)) : null;
}

export const complaintKind = {
    path: 'complaints',
    channel: 'complaint',
    top: (card, rows) => [
        h(
            'div',
            {class: 'panel-tags'},
            gradeSign(card.grade),
            levelTag(card.level),
            h('span', {class: 'sign'}, () => word('category', card.category)),
            place(card),
            gradeWhy(rows),
        ),
        h('p', {class: 'panel-clock'}, countdown(card)),
        life(card),
    ],
    middle: (card) => [clocks(card), part('card.facts', about(card))],
    aside: ({card, own, ctx}) => [own.block(card.seq, {title: 'personal.customer'}), customerLink(card.id, ctx)],
};
