/*
 * customer.js - a customer looks after his complaint: what became of it, who answers by when, and with one tap whether
 * it is settled. Opened by the link of the receipt, /case/LINK; looks for news while it is seen.
 */
import {h} from './lib/dom.js';
import {called} from './lib/places.js';
import {stepsOf, verdictOf} from './lib/receipt.js';
import {message, visitorPage} from './lib/visitor.js';
import {locale, onLang, t, word} from './lib/words.js';

const NEWS_MS = 20000, ANSWER_MS = 15000;
const TEXT_MAX = 4000, TRIES = 3;
const OVER = {E1813: 'expired', E1814: 'expired', E1815: 'forged'};
const GONE = new Set([404, 410]);
const CHANGED = new Set([409, 412]); /* somebody was quicker: the card says what is so now */

const link = location.pathname.split('/')[2] ?? '';
const page = visitorPage('case.title');
let card = null, drawn = '';
let shown = null, words = ''; /* the card as it is on the page; what is being written */
let ahead_ms = 0; /* of this device's clock, what the server's says */
let read_ms = 0, stale = false, writing = false, busy = false;

async function ask(what, body) {
    const post = body && {
        method: 'POST',
        headers: {'Content-Type': 'application/json', 'If-Match': `"${card.changed_seq}"`},
        body: JSON.stringify(body),
    };
    const signal = AbortSignal.timeout(ANSWER_MS);
    const response = await fetch(`/case/${link}/${what}`, {...post, cache: 'no-store', signal});
    const told = await response.json().catch(() => ({}));
    const at_ms = Date.parse(response.headers.get('Date') ?? '');
    ahead_ms = Number.isNaN(at_ms) ? 0 : at_ms - Date.now();
    return {ok: response.ok, status: response.status, code: told.code, told};
}

/* ---- what is seen ---- */

const store = () => called(card.store, card.store_name, card.store_name_en);
const where = () => (card.department ? `${store()} · ${word('department', card.department)}` : store());

/* Who answers: the department; no names of staff stand here. */
function answers() {
    const {department} = card.answers;
    const vars = {department: word('department', department), store: store()};
    return department ? t('case.who.department', vars) : store();
}

/* With its day, always: who prints this reads it next week. */
const DAY = {weekday: 'short', month: 'short', day: 'numeric'};
const DAY_AND_TIME = {...DAY, hour: '2-digit', minute: '2-digit', hour12: false};
const when = (iso) => (iso ? new Date(iso).toLocaleString(locale(), DAY_AND_TIME) : '');

const time = (iso) => h('time', {datetime: iso}, () => when(iso));

function facts() {
    const solved = card.promised_at ?? card.resolve_by;
    const rows = [
        ['case.about', () => word('category', card.category)],
        ['case.received', time(card.received_at)],
        ['case.who', () => answers()],
        card.status === 'received' && card.respond_by && ['case.answer_by', time(card.respond_by)],
        solved && !card.resolved_at && ['case.solved_by', time(solved)],
    ].filter(Boolean);
    const pair = ([key, value]) => h('div', null, h('dt', null, () => t(key)), h('dd', null, value));
    return h('dl', {class: 'case-facts'}, rows.map(pair));
}

function line() {
    return h('ol', {class: 'case-line'}, stepsOf(card).map(({step, state, at}) =>
        h('li', {class: `is-${state}`, 'aria-current': state === 'now' ? 'step' : null},
            h('span', {class: 'case-step'}, () => t(`case.step.${step}`)),
            h('span', {class: 'hidden'}, () => ` (${t(`case.step.${state}`)}) `),
            at && h('time', {class: 'visitor-hint', datetime: at}, () => when(at)))));
}

function answer() {
    if (!card.resolved_at || (card.status !== 'resolved' && card.status !== 'closed'))
        return null;
    return h('section', {class: 'case-answer', 'aria-labelledby': 'answer'},
        h('h2', {id: 'answer'}, () => t('case.answer')),
        card.answer ? h('p', {dir: 'auto'}, card.answer) : h('p', null, () => t('case.answer_none')));
}

function acts() {
    const may = card.may ?? [];
    if (writing || !may.length)
        return null;
    const again = card.status === 'closed' || card.decided === 'satisfied';
    return h('div', {class: 'case-acts'},
        may.includes('satisfied') && h('button',
            {class: 'primary', type: 'button', on: {click: () => decide('satisfied')}}, () => t('case.settled')),
        may.includes('unsatisfied') && h('button', {type: 'button', on: {click: () => write(true)}},
            () => t(again ? 'case.unsettled.again' : 'case.unsettled')));
}

function form() {
    if (!writing)
        return null;
    const text = h('textarea', {id: 'missing', rows: 4, maxlength: TEXT_MAX, 'aria-describedby': 'missing-hint',
        on: {input: () => (words = text.value)}});
    text.value = words;
    return h('form', {class: 'case-form', on: {submit: (event) => {
        event.preventDefault();
        decide('unsatisfied', text.value.trim());
    }}},
    h('h2', null, h('label', {for: 'missing'}, () => t('case.unsettled.title'))),
    text,
    h('p', {class: 'visitor-hint', id: 'missing-hint'}, () => t('case.unsettled.hint')),
    h('p', null, () => t('case.unsettled.more')),
    h('div', {class: 'visitor-acts'},
        h('button', {class: 'bare', type: 'button', on: {click: () => write(false)}}, () => t('case.back')),
        h('button', {class: 'primary', type: 'submit'}, () => t('case.unsettled.send'))));
}

function foot() {
    const at = new Date(read_ms).toISOString();
    return h('footer', {class: 'case-foot'},
        h('p', {class: 'visitor-hint', id: 'fresh'}, () => t(stale ? 'case.stale' : 'case.fresh', {at: when(at)})),
        h('button', {class: 'bare', type: 'button', on: {click: () => print()}}, () => t('case.print')));
}

function sentence() {
    const {key, by} = verdictOf(card, Date.now() + ahead_ms);
    return t(key, {by: when(by)});
}

function draw() {
    shown = card;
    page.place(where);
    page.show(
        h('p', {class: 'case-number'}, () => t('case.number', {case: card.case})),
        h('h1', {}, sentence),
        card.merged_into && h('p', null, () => t('case.merged', {case: card.merged_into})),
        line(), answer(), acts(), form(), facts(), foot());
}

function end(kind) {
    card = null;
    drawn = kind;
    page.show(message('failed', `case.${kind}`, `case.${kind}.more`));
}

function freshness() {
    const place = page.main.querySelector('#fresh');
    if (place)
        place.textContent = t(stale ? 'case.stale' : 'case.fresh', {at: when(new Date(read_ms).toISOString())});
}

/* ---- what happens ---- */

/* Reads the card; draws only what has changed, so that nobody loses his place or his words. */
async function look() {
    let answer;
    try {
        answer = await ask('card');
    } catch {
        answer = {ok: false, status: 0};
    }
    if (answer.ok) {
        read_ms = Date.now();
        stale = false;
        card = answer.told;
        const seen = JSON.stringify([card, verdictOf(card, Date.now() + ahead_ms)]);
        if (seen !== drawn && !writing) {
            drawn = seen;
            draw();
        }
    } else if (OVER[answer.code] || GONE.has(answer.status)) {
        if (drawn !== (OVER[answer.code] ?? 'gone'))
            end(OVER[answer.code] ?? 'gone');
    } else {
        stale = true;
        if (!card && drawn !== 'unreachable')
            end('unreachable');
    }
    freshness();
}

function write(now) {
    writing = now;
    draw();
    page.main.querySelector(now ? '#missing' : '.case-acts button')?.focus();
}

/* Whether what the customer answers to is still what he saw: the rest of a card changes by itself (a clock, a note). */
function stillAsSeen(seen, what) {
    return card !== null && (card.may ?? []).includes(what) && card.answer === seen.answer
        && card.resolved_at === seen.resolved_at && card.reopened === seen.reopened;
}

/* Sends it: done, changed (the case is another one now) or failed. A card that has changed in something else is read
 * anew and answered once more. */
async function say(what, body, seen) {
    for (let i = 0; i < TRIES; i++) {
        const {ok, status} = await ask(what, body).catch(() => ({ok: false, status: 0}));
        if (ok)
            return 'done';
        if (!CHANGED.has(status))
            return 'failed';
        await look();
        if (!stillAsSeen(seen, what))
            return 'changed';
    }
    return 'failed';
}

/* Said of what was seen; twice is once, also after a cut: the server knows which answer it is about. What was written
 * and has not arrived stays where it is. */
async function decide(what, text) {
    if (busy)
        return;
    busy = true;
    const how = await say(what, text ? {text} : {}, shown);
    busy = false;
    page.main.querySelector('.case-failed')?.remove();
    if (how === 'failed')
        return failed(how);
    const unsent = how === 'changed' ? words : '';
    if (how === 'done' || !(card?.may ?? []).includes('unsatisfied')) {
        writing = false;
        words = '';
    }
    drawn = '';
    if (how === 'done')
        await look();
    else if (card)
        draw();
    if (how === 'changed')
        failed(how, writing ? '' : unsent);
}

/* text: what can't be sent any more is shown, to be copied or told. */
function failed(how, text) {
    const told = message('failed', `case.${how}`, ...(text ? ['case.changed.text'] : []));
    told.classList.add('case-failed');
    if (text)
        told.append(h('blockquote', {dir: 'auto'}, text));
    (page.main.querySelector('.case-acts, .case-form') ?? page.main.querySelector('.case-line')
        ?? page.main.lastElementChild).after(told);
}

async function news() {
    if (!document.hidden)
        await look();
    setTimeout(news, NEWS_MS);
}

document.addEventListener('visibilitychange', () => document.hidden || look());
addEventListener('online', look);
onLang(freshness);
news();
