/*
 * task_kind.js - what a task shows beside what all cases show: what shall be done, why, by whom and when, and
 * whether it helped.
 */
import {h} from '../lib/dom.js';
import {at} from '../lib/time.js';
import {figure, t, word} from '../lib/words.js';
import {countdown, facts, part, person, place} from './pieces.js';

const MEETING = 'meeting';

/* The entries of the journal that it goes back to; who may read them reads them there. */
function reason(text, ctx) {
    const [kind, ...rest] = text.split('-');
    if (kind !== 'seq') return text === MEETING ? () => word('task_rule', MEETING) : text;
    const seq = rest.join('-');
    return ctx.can('journal')
        ? h('a', {href: `#/explorer?from_seq=${seq}&to_seq=${seq}`}, () => t('tasks.entry', {seq}))
        : () => t('tasks.entry', {seq});
}

function reasons(card, ctx) {
    return card.reasons.flatMap((one, i) => [i ? ', ' : null, reason(one, ctx)]);
}

const signed = (value) => (value > 0 ? '+' : '') + figure(value, 2);

/* The difference and its interval: one that includes nothing says that nothing is shown. */
function effect({before, after, difference, low, high, n_before, n_after}) {
    const shown = low > 0 ? 'tasks.effect_better' : high < 0 ? 'tasks.effect_worse' : 'tasks.effect_open';
    return part(
        'tasks.effect',
        facts({
            'tasks.before': `${figure(before, 2)} (n = ${n_before})`,
            'tasks.after': `${figure(after, 2)} (n = ${n_after})`,
            'tasks.difference': `${signed(difference)} (${signed(low)} … ${signed(high)})`,
        }),
        h('p', {class: 'quiet'}, () => t(shown)),
    );
}

function responsible(name) {
    return name.includes('@') ? name : person(name);
}

export const taskKind = {
    path: 'tasks',
    channel: 'task',
    top: (card) => [
        h(
            'div',
            {class: 'panel-tags'},
            h('span', {class: 'sign'}, () => word('task_kind', card.kind)),
            h('span', {class: 'sign'}, () => word('task_status', card.status)),
            place(card),
        ),
        card.measure ? h('p', {class: 'panel-measure'}, card.measure) : null,
        h('p', {class: 'panel-clock'}, countdown(card)),
    ],
    middle: (card, ctx) => [
        card.effect ? effect(card.effect) : null,
        part(
            'card.facts',
            facts({
                'tasks.responsible': responsible(card.responsible),
                'tasks.rule': card.rule ? () => word('task_rule', card.rule) : null,
                'tasks.because': reasons(card, ctx),
                'field.dimension': card.dimension ? () => word('dimension', card.dimension) : null,
                'card.opened': at(card.opened_at),
                'card.due': at(card.due_at),
                'tasks.effective': card.effective === null ? null : () => t(card.effective ? 'form.yes' : 'form.no'),
                'tasks.served': card.staff ? person(card.staff) : null,
                'card.visit': card.visit,
                'card.customer': card.customer,
            }),
        ),
    ],
    aside: ({card, own}) => [
        own.block(card.seq, {
            title: card.rule === MEETING ? 'tasks.wanted' : 'tasks.evidence',
            empty: 'personal.no_note',
        }),
    ],
};
