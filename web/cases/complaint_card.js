/*
 * complaint_card.js - one complaint whole: what, where, how grave and why, how far, what is due, who was told, what
 * happened, and everything that may be decided. It follows the case: what somebody else decides stands here within
 * the second, and is read out.
 *
 *   const card = complaintCard({id: 'C-41', ctx, close, cases});   card.element · card.stop()
 */
import {actor} from '../lib/actor.js';
import {ask} from '../lib/ask.js';
import {h, replace} from '../lib/dom.js';
import {icon} from '../lib/icon.js';
import {gradeSign} from '../lib/signs.js';
import {stream} from '../lib/stream.js';
import {at} from '../lib/time.js';
import {problemText} from '../lib/toast.js';
import {t, word} from '../lib/words.js';
import {customerLink} from './customer_link.js';
import {decisions} from './decisions.js';
import {history, inWords, newsOf, newsText} from './history.js';
import {notices} from './notices.js';
import {personal} from './personal.js';
import {clockRow, countdown, facts, levelTag, place} from './pieces.js';

const LIFE = ['received', 'acknowledged', 'planned', 'resolved', 'closed'];
const TOOK = {acknowledged: 'complaint.acknowledged', planned: 'complaint.planned', resolved: 'complaint.resolved'};

/* When it last came to a status; null where the card doesn't tell. */
function cameTo(card, status) {
    if (status === 'received') return card.opened_at;
    if (status === 'closed') return card.closed_at;
    const lines = card.history.filter((line) => line.type === TOOK[status]);
    return lines.length ? lines[lines.length - 1].at : null;
}

/** The line of its life: what is behind it, where it stands, what is ahead. */
export function life(card) {
    const now = LIFE.indexOf(card.status);
    return h(
        'ol',
        {class: 'life', 'aria-label': () => t('card.life')},
        LIFE.map((status, i) =>
            h(
                'li',
                {
                    dataset: {state: i < now ? 'past' : i === now ? 'now' : 'ahead'},
                    'aria-current': i === now ? 'step' : null,
                },
                h('span', {class: 'life-name'}, () => word('status', status)),
                h('span', {class: 'life-at'}, i <= now && cameTo(card, status) ? at(cameTo(card, status)) : null),
            ),
        ),
    );
}

function clocks(card) {
    return h(
        'section',
        {class: 'panel-part'},
        h('h3', {}, () => t('card.clocks')),
        card.paused
            ? h(
                  'p',
                  {class: 'clock', dataset: {state: 'rest'}},
                  icon('info'),
                  () =>
                      t('clock.rests', {
                          reason: word('pause_reason', card.paused.reason),
                          until: '',
                      }),
                  at(card.paused.until),
              )
            : null,
        h(
            'table',
            {class: 'clocks'},
            h(
                'thead',
                {class: 'hidden'},
                h(
                    'tr',
                    {},
                    ['card.clock', 'card.due', 'card.stands'].map((key) => h('th', {scope: 'col'}, () => t(key))),
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

function person(name) {
    return h('a', {href: `#/person/${encodeURIComponent(name)}`}, name);
}

function people(names) {
    return names?.length ? names.flatMap((name, i) => [i ? ', ' : null, person(name)]) : null;
}

function about(card) {
    const yuan = card.compensation_fen === null ? null : `¥${(card.compensation_fen / 100).toFixed(2)}`;
    return facts([
        [() => t('card.handler'), card.handler ? person(card.handler) : () => t('card.default_handler')],
        [() => t('card.about'), people(card.staff)],
        [() => t('card.channel'), () => word('channel', card.channel)],
        [() => t('card.opened'), at(card.opened_at)],
        [() => t('card.promised'), card.promised_at ? at(card.promised_at) : null],
        [
            () => t('card.level_floor'),
            [
                () => word('level', card.level),
                card.floor ? () => ` · ${t('card.floor', {level: word('level', card.floor)})}` : null,
            ],
        ],
        [() => t('card.waits_for'), card.waits_for ? () => t(`card.waits.${card.waits_for}`) : null],
        [
            () => t('card.verdict'),
            card.verdict
                ? [
                      () => word('verdict', card.verdict),
                      card.judged_staff?.length ? ': ' : null,
                      people(card.judged_staff),
                  ]
                : null,
        ],
        [() => t('card.tries'), card.tries > 0 ? String(card.tries) : null],
        [() => t('card.reopened'), card.reopened > 0 ? String(card.reopened) : null],
        [() => t('card.compensation'), yuan],
        [() => t('card.outcome'), card.outcome ? () => word('complaint_outcome', card.outcome) : null],
        [
            () => t('card.merged'),
            card.merged_into ? h('a', {href: `#/complaints/${card.merged_into}`}, card.merged_into) : null,
        ],
        [() => t('card.visit'), card.visit],
        [() => t('card.vehicle'), card.vehicle],
        [() => t('card.customer'), card.customer],
        [
            () => t('card.notes'),
            card.late || card.historical
                ? [card.late ? () => t('card.late') : null, card.historical ? () => t('card.historical') : null]
                : null,
        ],
    ]);
}

/* Why this grade: the step that gave it, with the figures that ruled. */
function gradeWhy(rows) {
    const step = rows.filter((row) => row.type === 'feedback.complained' || row.type === 'complaint.graded').pop();
    return step ? h('p', {class: 'quiet grade-why'}, () => inWords(step)) : null;
}

export function complaintCard({id, ctx, close, cases}) {
    const body = h(
        'div',
        {class: 'panel-body', 'aria-busy': 'true'},
        h('p', {class: 'quiet'}, () => t('card.loading')),
    );
    const title = h('h2', {tabindex: '-1'}, id);
    const element = h(
        'article',
        {class: 'panel', 'aria-label': id},
        h(
            'header',
            {class: 'panel-head'},
            title,
            h(
                'button',
                {class: 'bare', type: 'button', 'aria-label': () => t('shell.close'), on: {click: close}},
                icon('close'),
            ),
        ),
        body,
    );
    const own = personal({can: ctx.can});
    let card = null,
        parts = null,
        told = 0,
        stopped = false,
        reading = false,
        again = false;

    function build() {
        const top = h('div', {class: 'panel-top'}),
            why = h('div'),
            middle = h('div');
        const told_ = ctx.can('see_escalation') ? notices({about: id, me: ctx.me, can: ctx.can}) : null;
        const panel = decisions({
            kind: 'complaints',
            card,
            me: ctx.me,
            cases,
            decided: (next) => (next ? show(next, true) : load()),
        });
        const past = history({id, written: own.line});
        replace(
            body,
            told_?.mine,
            top,
            h(
                'div',
                {class: 'panel-columns'},
                h('div', {}, panel.element, middle),
                h(
                    'div',
                    {},
                    own.block(card.seq, {title: 'personal.customer'}),
                    customerLink(id, ctx),
                    told_?.element,
                    past.element,
                ),
            ),
        );
        body.removeAttribute('aria-busy');
        return {top, why, middle, notices: told_, panel, past};
    }

    function drawTop() {
        replace(
            parts.top,
            h(
                'div',
                {class: 'panel-tags'},
                gradeSign(card.grade),
                levelTag(card.level),
                h('span', {class: 'sign'}, () => word('category', card.category)),
                place(card),
            ),
            h('p', {class: 'panel-clock'}, countdown(card)),
            life(card),
            parts.why,
        );
        replace(
            parts.middle,
            clocks(card),
            h(
                'section',
                {class: 'panel-part'},
                h('h3', {}, () => t('card.facts')),
                about(card),
            ),
        );
    }

    /* The card as it is by now; `mine`: by what this reader has just decided. */
    async function show(next, mine = false) {
        if (card && next.changed_seq < card.changed_seq) return;
        const before = card?.changed_seq ?? null;
        card = next;
        parts ??= build();
        drawTop();
        if (before === card.changed_seq) return;
        const rows = await parts.past.load();
        if (stopped) return;
        replace(parts.why, gradeWhy(rows));
        const news = before !== null && !mine ? newsOf(rows, Math.max(before, told), actor(ctx.me)) : null;
        told = Math.max(told, card.changed_seq);
        parts.panel.update(card, news ? newsText(news) : null);
    }

    async function load() {
        if (reading) {
            again = true;
            return;
        }
        reading = true;
        try {
            const next = await ask(`/v1/complaints/${encodeURIComponent(id)}`, {signal: ctx.signal});
            if (!stopped) await show(next);
        } catch (error) {
            if (!stopped && error.name !== 'AbortError')
                replace(
                    body,
                    h('p', {class: 'failed', role: 'alert'}, icon('late'), () => problemText(error)),
                    h(
                        'button',
                        {
                            type: 'button',
                            on: {
                                click: () => {
                                    parts = null;
                                    card = null;
                                    load();
                                },
                            },
                        },
                        () => t('shell.again'),
                    ),
                );
        }
        reading = false;
        if (again && !stopped) {
            again = false;
            load();
        }
    }

    const off = [
        stream.on('complaint', (next) => {
            if (next.id === id && !next.gone) show(next);
        }),
        stream.onResync(load),
    ];
    load();
    return {
        element,
        focus: () => title.focus({preventScroll: true}),
        stop() {
            stopped = true;
            off.forEach((fn) => fn());
            own.stop();
            parts?.panel.stop();
            parts?.notices?.stop();
        },
    };
}
