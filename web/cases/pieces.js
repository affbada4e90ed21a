/*
 * pieces.js - what cards of all kinds are drawn with: grade, level, place, the clock that runs out next, facts in
 * pairs.
 */
import {h} from '../lib/dom.js';
import {icon} from '../lib/icon.js';
import {storeSign} from '../lib/signs.js';
import {dueText, ticking, when, whenExact} from '../lib/time.js';
import {t, word} from '../lib/words.js';
import {dueStanding, isCallback, rests, standing} from './clocks.js';

const SIGN = {late: 'late', soon: 'soon', ok: 'info', rest: 'info', none: 'info', met: 'ok', missed: 'late'};

export function levelTag(level) {
    return level > 0
        ? h('span', {class: 'sign level', title: () => t('card.level_is', {level: word('level', level)})}, () =>
              t('card.level', {n: String(level)}),
          )
        : null;
}

export function place(card) {
    return h(
        'span',
        {class: 'place'},
        storeSign(card.store),
        card.department ? ` · ` : null,
        card.department ? () => word('department', card.department) : null,
    );
}

/* "Response 14 min late", "Plan in 2 h", "waits for a verdict". */
function clockText(card, now_ms, plain) {
    const {tone, clock} = standing(card, now_ms);
    if (tone === 'none')
        return {
            tone,
            text: card.closed_at
                ? word('complaint_outcome', card.outcome)
                : t(`card.waits.${card.waits_for ?? 'nothing'}`),
        };
    const kind = word('clock_kind', clock.kind);
    if (tone === 'rest')
        return {
            tone,
            text: t('clock.rests', {
                reason: word('pause_reason', card.paused.reason),
                until: when(card.paused.until, now_ms),
            }),
        };
    const text = dueText(clock.due_at, now_ms);
    return {tone, text: plain ? text : `${kind} ${text}`};
}

function taskText(card, now_ms) {
    const {tone} = dueStanding(card, now_ms);
    const begun = isCallback(card) && tone === 'soon' && Date.parse(card.due_at) <= now_ms;
    if (begun) return {tone, text: t('clock.due_since', {at: when(card.due_at, now_ms)})};
    return {tone, text: tone === 'none' ? when(card.due_at, now_ms) : dueText(card.due_at, now_ms)};
}

/** A line that counts down: what is due next, marked by sign, word and colour. plain: without which clock it is. */
export function countdown(card, {plain = false} = {}) {
    const sign = h('span', {class: 'clock-sign'}),
        text = h('span', {class: 'clock-text'});
    let drawn = null;
    return ticking(h('span', {class: 'clock'}, sign, text), (element, now_ms) => {
        const next = card.clocks ? clockText(card, now_ms, plain) : taskText(card, now_ms);
        if (next.tone !== drawn) {
            drawn = element.dataset.state = next.tone;
            sign.replaceChildren(icon(SIGN[next.tone]));
        }
        if (text.textContent !== next.text) text.textContent = next.text;
    });
}

/** One clock of a complaint in full, as a row of its table. */
export function clockRow(card, clock) {
    const due = h('time', {datetime: clock.due_at, title: () => whenExact(clock.due_at)}, () => when(clock.due_at));
    const how =
        clock.stopped_at !== null
            ? h(
                  'span',
                  {class: 'clock', dataset: {state: clock.breached ? 'missed' : 'met'}},
                  icon(clock.breached ? 'late' : 'ok'),
                  () => t(clock.breached ? 'clock.missed' : 'clock.met', {at: when(clock.stopped_at)}),
              )
            : rests(card, clock)
              ? h('span', {class: 'clock', dataset: {state: 'rest'}}, icon('info'), () => t('clock.resting'))
              : countdown({...card, clocks: [clock], paused: null}, {plain: true});
    return h(
        'tr',
        {},
        h('th', {scope: 'row'}, () => word('clock_kind', clock.kind)),
        h('td', {class: 'num'}, due),
        h(
            'td',
            {},
            how,
            clock.calendar_unknown ? h('span', {class: 'quiet'}, () => ` ${t('clock.unknown_year')}`) : null,
        ),
    );
}

/** A part of a card under its heading. */
export function part(title, ...content) {
    return h(
        'section',
        {class: 'panel-part'},
        h('h3', {}, () => t(title)),
        content,
    );
}

/** {key of a word: content}, as a list of pairs; what has no content is left out. */
export function facts(pairs) {
    const known = Object.entries(pairs).filter(([, one]) => one !== null && one !== undefined && one !== '');
    const pair = ([key, content]) =>
        h(
            'div',
            {},
            h('dt', {}, () => t(key)),
            h('dd', {}, content),
        );
    return h('dl', {class: 'facts'}, known.map(pair));
}

export function person(name) {
    return h('a', {href: `#/person/${encodeURIComponent(name)}`}, name);
}

/** Several people, with commas between; null for nobody. */
export function people(names) {
    return names?.length ? names.flatMap((name, i) => [i ? ', ' : null, person(name)]) : null;
}
