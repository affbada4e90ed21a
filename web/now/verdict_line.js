/*
 * verdict_line.js - what is read first: one sentence, whether anyone waits too long, and the case that matters
 * most. It says "nobody" only when all open complaints are known, and of when that is when it is not now.
 */
import {h, replace} from '../lib/dom.js';
import {icon} from '../lib/icon.js';
import {placeText} from '../lib/signs.js';
import {stream} from '../lib/stream.js';
import {left, MINUTE, now, when} from '../lib/time.js';
import {problemText} from '../lib/toast.js';
import {lateCount} from '../lib/verdict.js';
import {t} from '../lib/words.js';
import {liveness} from '../shell/live_state.js';

const whole = (ms, round) => left(round(ms / MINUTE) * MINUTE);

function longest({card, due_ms}, at_ms) {
    return {card, text: t('now.longest', {left: whole(at_ms - due_ms, Math.floor), place: placeText(card)})};
}

function next({card, due_ms}, at_ms) {
    const due = t('time.in', {left: whole(due_ms - at_ms, Math.ceil)});
    return {card, text: t('now.next_due', {due, place: placeText(card)})};
}

/* {state, text, more: {card, text} or null}: pure but for the words. `told` as live() tells it. */
export function verdictOf({agenda, told, at_ms}) {
    const late = lateCount(agenda, at_ms);
    if (late > 0) return {state: 'late', text: t('now.waiting', {n: late}), more: longest(agenda[0], at_ms)};
    if (told.problem && !told.seq)
        return {state: 'info', text: t('now.failed', {what: problemText(told.problem)}), more: null};
    if (!told.seq) return {state: 'info', text: t('now.loading'), more: null};
    return {state: 'good', text: t('now.nobody'), more: agenda.length ? next(agenda[0], at_ms) : null};
}

/* Since when nothing was heard, in words; empty while it is live. */
function sinceText() {
    const state = stream.state();
    return ['live', 'starting'].includes(liveness(state))
        ? ''
        : t('now.as_of', {at: when(new Date(now() - state.age_ms).toISOString())});
}

export function verdictLine() {
    const sign = h('span', {class: 'verdict-sign'}),
        first = h('p', {class: 'verdict-first'}),
        then = h('p', {class: 'verdict-then'});
    const since = h('p', {class: 'verdict-since'});
    /* What is read out: the sentence, not the minutes that pass. */
    const spoken = h('span', {class: 'hidden', role: 'status'});
    const element = h(
        'section',
        {class: 'verdict', 'aria-label': () => t('now.verdict')},
        spoken,
        sign,
        h('div', {}, first, then, since),
    );
    let before = '';
    return {
        element,
        draw(known) {
            const {state, text, more} = verdictOf({...known, at_ms: now()}),
                old = sinceText();
            const said = [state, text, more?.card.id, more?.text, old].join('\n');
            if (said === before) return;
            before = said;
            if (spoken.textContent !== text) spoken.textContent = text;
            element.dataset.state = state;
            element.toggleAttribute('data-old', old !== '');
            replace(sign, icon(state === 'good' ? 'ok' : state));
            replace(first, text);
            replace(then, more && h('a', {href: `#/complaints/${more.card.id}`}, more.text));
            replace(since, old);
        },
    };
}
