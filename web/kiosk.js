/*
 * kiosk.js - a customer rates a visit, in twenty seconds: one question, then what he likes to add, then thanks.
 *
 *   asking ──a face──▶ details ──send, or nobody there any more──▶ thanks ──a little later──▶ over
 *
 * The page is opened by the visit's link, /rate/LINK; a tablet names itself once by ?device=bay-03. Answers are kept
 * on the device until the server has them (outbox.js): a cut network and a reload lose nothing. What was sent is
 * nowhere on the device any more.
 */
import {face} from './lib/face.js';
import {h} from './lib/dom.js';
import {called} from './lib/places.js';
import {shelfOfPage, shelvesOpen} from './lib/shelf.js';
import {nameOf, visitOf} from './lib/visit.js';
import {message, visitorPage} from './lib/visitor.js';
import {has, lang, onLang, setLang, t, word} from './lib/words.js';
import {Outbox} from './outbox.js';
import {watchIdle} from './lib/idle.js';

const LEVELS = [1, 2, 3, 4, 5];
const FIGURE = 2; /* of 0 to 10: satisfied is 8 and counts as satisfied, neither is 6 and asks for a recovery */
const DIMENSIONS = {
    service: ['quality', 'initiation', 'advisor', 'facility', 'pickup'],
    sales: ['consultation', 'delivery', 'product', 'price', 'facility'],
    call_centre: ['answer', 'attitude', 'solution'],
    support: ['attitude', 'speed'],
};
const DIMENSIONS_MAX = 8, COMMENT_MAX = 4000;
const FIRST_LOOK_MS = 1500, ANSWER_MS = 15000;
const IDLE_MS = 60000, LAST_CALL_MS = 20000, THANKS_MS = 12000;
const LEFT_MS = 180000; /* a page that is open has long sent by then */
const SETTLE_MS = 350; /* of a double tap the second one must not answer what has just come under the finger */
const OVER = {E1813: 'used', E1814: 'expired', E1815: 'forged'};

const link = location.pathname.split('/')[2] ?? '';
const name = nameOf(link);
const firstLang = lang();
const page = visitorPage('kiosk.title');
let visit = visitOf(link);
let draft = {step: 'asking', overall: null, scores: {}, comment: ''};
let shelves, outbox, spare, saving = Promise.resolve(), thanked = null;
let onlyHere = false; /* an answer waits that the device could not keep */

/* The tablet's name, given once in the address and kept. */
function device() {
    const given = new URL(location.href).searchParams.get('device');
    try {
        if (given)
            localStorage.setItem('manyi.device', given.slice(0, 64));
        return localStorage.getItem('manyi.device');
    } catch {
        return given;
    }
}

function id() {
    return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function post(answer) {
    const response = await fetch(`/rate/${answer.link}`, {
        method: 'POST',
        headers: {'Content-Type': 'application/json', 'Idempotency-Key': answer.id},
        body: JSON.stringify(answer.body),
        signal: AbortSignal.timeout(ANSWER_MS),
    });
    const problem = response.ok ? {} : await response.json().catch(() => ({}));
    return {status: response.status, code: problem.code};
}

/* What the server knows of the visit: {visit}, {over: why}, or {} when it can't be asked. */
async function visitAsk() {
    try {
        const response = await fetch(`/rate/${link}/visit`, {signal: AbortSignal.timeout(ANSWER_MS)});
        const told = await response.json();
        if (response.ok)
            return told.used ? {over: 'used'} : {visit: told};
        return OVER[told.code] ? {over: OVER[told.code]} : {};
    } catch {
        return {};
    }
}

/* ---- the draft, kept at each touch ---- */

function keep() {
    const copy = structuredClone({...draft, name, link, at: Date.now()});
    saving = saving.then(() => shelves.drafts.put(name, copy)).catch(() => {});
}

function forget() {
    draft = {step: 'over', overall: null, scores: {}, comment: ''};
    saving = saving.then(() => shelves.drafts.remove(name)).catch(() => {});
    return saving;
}

function bodyOf({overall, scores: levels, comment}) {
    const body = {overall: overall * FIGURE, channel: 'online'};
    const scores = Object.entries(levels).map(([dimension, level]) => [dimension, level * FIGURE]);
    if (scores.length)
        body.scores = Object.fromEntries(scores);
    if (comment.trim())
        body.comment = comment.trim();
    const tablet = device();
    if (tablet)
        Object.assign(body, {channel: 'kiosk', device: tablet});
    return body;
}

/* ---- what is seen ---- */

const where = () =>
    `${called(visit.store, visit.store_name, visit.store_name_en)} · ${word('department', visit.department)}`;

function step(next) {
    draft.step = next;
    keep();
    draw();
    page.main.classList.add('is-settling');
    setTimeout(() => page.main.classList.remove('is-settling'), SETTLE_MS);
}

function asking() {
    const own = `kiosk.question.${visit.department}`, question = has(own) ? own : 'kiosk.question';
    const faces = LEVELS.map((level) => h('button', {
        class: 'kiosk-face',
        type: 'button',
        dataset: {level},
        'aria-pressed': draft.overall === level ? 'true' : null,
        on: {click: () => {
            draft.overall = level;
            step('details');
        }},
    }, face(level), h('span', null, () => t(`kiosk.face.${level}`))));
    page.show(h('h1', null, () => t(question)),
        h('div', {class: 'kiosk-faces', role: 'group', 'aria-label': () => t(question)}, faces),
        h('p', {class: 'visitor-hint'}, () => t('kiosk.hint')));
}

const dimensionWord = (dimension) =>
    has(`kiosk.dimension.${dimension}`) ? t(`kiosk.dimension.${dimension}`) : word('dimension', dimension);

function dimensionRow(dimension) {
    const chosen = h('span', {class: 'kiosk-chosen'},
        () => (draft.scores[dimension] ? t(`kiosk.face.${draft.scores[dimension]}`) : ''));
    const choices = LEVELS.map((level) => h('label', {class: 'kiosk-small'},
        h('input', {
            type: 'radio', name: dimension, value: level, checked: draft.scores[dimension] === level,
            on: {change: () => {
                draft.scores[dimension] = level;
                chosen.textContent = t(`kiosk.face.${level}`);
                keep();
            }},
        }),
        face(level), h('span', {class: 'hidden'}, () => t(`kiosk.face.${level}`))));
    onLang(() => (chosen.textContent = draft.scores[dimension] ? t(`kiosk.face.${draft.scores[dimension]}`) : ''));
    return h('fieldset', {class: 'kiosk-row'},
        h('legend', null, h('span', null, () => dimensionWord(dimension)), chosen),
        h('div', {class: 'kiosk-choices'}, choices));
}

function details() {
    const good = draft.overall >= 4;
    const dimensions = (visit.dimensions ?? DIMENSIONS[visit.department] ?? []).slice(0, DIMENSIONS_MAX);
    const comment = h('textarea', {
        id: 'comment', rows: 3, maxlength: COMMENT_MAX, autocomplete: 'off', 'aria-describedby': 'comment-hint',
        on: {input: (event) => {
            draft.comment = event.target.value;
            keep();
        }},
    });
    comment.value = draft.comment;
    page.show(
        h('h1', null, () => t(good ? 'kiosk.details.good' : 'kiosk.details.bad')),
        h('p', {class: 'visitor-hint'}, () => t('kiosk.details.optional')),
        h('form', {class: 'kiosk-details', on: {submit: (event) => {
            event.preventDefault();
            send();
        }}},
        dimensions.map(dimensionRow),
        h('label', {class: 'kiosk-comment', for: 'comment'},
            () => t(good ? 'kiosk.comment.good' : 'kiosk.comment.bad')),
        comment,
        h('p', {class: 'visitor-hint', id: 'comment-hint'}, () => t('kiosk.comment.hint')),
        h('div', {class: 'visitor-acts'},
            h('button', {class: 'bare', type: 'button', on: {click: () => step('asking')}},
                () => t('kiosk.back')),
            h('button', {class: 'primary', type: 'submit'}, () => t('kiosk.send')))));
}

/* state: waiting or sent. It says that it is kept only when it is: else the page has to stay open. */
function thanks(state) {
    thanked = state;
    page.show(message('done', 'kiosk.thanks', state === 'sent' ? 'kiosk.thanks.sent'
        : onlyHere ? 'kiosk.thanks.open' : 'kiosk.thanks.waiting'));
}

function over(why) {
    thanked = null;
    const kind = why === 'done' || why === 'used' ? 'done' : 'failed';
    page.show(message(kind, `kiosk.over.${why}`, `kiosk.over.${why}.more`));
}

function draw() {
    if (draft.step === 'details' && draft.overall)
        details();
    else
        asking();
}

/* ---- what happens ---- */

/* Into the outbox; what the device can't keep (full, broken, private) waits in this page. */
async function give(answer) {
    try {
        if (await outbox.put(answer)) {
            onlyHere = !shelves.lasting;
            return outbox;
        }
    } catch {
        /* below */
    }
    spare ??= new Outbox({waiting: shelfOfPage(), told: shelfOfPage(), post, onChange});
    await spare.put(answer);
    onlyHere = true;
    return spare;
}

async function send() {
    if (draft.step !== 'asking' && draft.step !== 'details')
        return;
    draft.step = 'sending';
    const by = await give({name, link, id: id(), body: bodyOf(draft)});
    await forget();
    thanks('waiting');
    await by.flush();
    const state = await by.stateOf(name).catch(() => 'none');
    if (thanked === 'waiting' && state !== 'waiting')
        onChange(name, state); /* another page of this device sent it */
    setTimeout(() => thanked === 'sent' && leave(), THANKS_MS);
}

/* What was begun on another link's page and left: rated all the same, and nobody finds it. */
async function leftCollect() {
    const all = await shelves.drafts.all();
    for (const left of all.filter((one) => one.name !== name && one.at < Date.now() - LEFT_MS)) {
        if (left.overall === null || await outbox.put({name: left.name, link: left.link, id: id(), body: bodyOf(left)}))
            await shelves.drafts.remove(left.name);
    }
    return outbox.flush();
}

/* What was given on this device by another link and was refused (expired meanwhile) is told to whoever comes by. */
async function lostTell() {
    const lost = (await outbox.refused()).filter((one) => one.name !== name);
    document.querySelector('.kiosk-lost')?.remove();
    if (!lost.length)
        return;
    const noted = async () => {
        await outbox.noted(lost);
        return lostTell();
    };
    document.body.append(h('aside', {class: 'kiosk-lost', 'aria-label': () => t('kiosk.lost.staff')},
        h('p', null, () => t('kiosk.lost', {n: lost.length})),
        h('button', {class: 'bare', type: 'button', on: {click: noted}}, () => t('kiosk.lost.noted'))));
}

/* Nothing of the last customer stays for the next one, his language included. */
function leave() {
    over('done');
    try {
        localStorage.removeItem('manyi.lang');
    } catch {
        /* storage is forbidden */
    }
    setLang(firstLang);
}

function onChange(changed, state) {
    if (state !== 'later' && changed === name)
        onlyHere = false;
    if (state === 'refused' && changed !== name)
        lostTell();
    if (changed !== name || draft.step !== 'over')
        return;
    if (state === 'sent' && thanked === 'waiting')
        thanks('sent');
    else if (state === 'used' || state === 'refused')
        over(state);
}

/* Whoever has gone away without a last tap has rated all the same. */
function idle() {
    if (draft.step === 'asking' && draft.overall === null)
        setLang(firstLang);
    else if (draft.step === 'asking' || draft.step === 'details')
        send();
}

async function sender() {
    shelves = await shelvesOpen('manyi-kiosk', ['drafts', 'waiting', 'told']);
    const alone = navigator.locks ? (fn) => navigator.locks.request('manyi-outbox', fn) : (fn) => fn();
    outbox = new Outbox({waiting: shelves.waiting, told: shelves.told, post, onChange, alone});
    await outbox.tidy();
    addEventListener('beforeunload', (event) => onlyHere && draft.step === 'over' && event.preventDefault());
    addEventListener('online', () => outbox.flush());
    document.addEventListener('visibilitychange', () => document.hidden || outbox.flush());
}

/* Tells the service worker what this page was made of, to be kept. Without one a reload needs the network. */
async function stay() {
    try {
        await navigator.serviceWorker.register('/sw.js', {scope: '/rate/'});
        const {active} = await navigator.serviceWorker.ready;
        const loaded = performance.getEntriesByType('resource').map(({name: url}) => new URL(url));
        const own = loaded.filter(({origin}) => origin === location.origin).map(({pathname}) => pathname);
        active.postMessage({keep: [...new Set(own.filter((path) => /\.(js|css|svg)$/.test(path)))]});
    } catch {
        /* an old browser, or an address without TLS */
    }
}

async function start() {
    stay();
    device();
    await sender();
    leftCollect().catch(() => {}); /* a device that keeps nothing has nothing left */
    setInterval(() => leftCollect().catch(() => {}), LEFT_MS);
    lostTell().catch(() => {});
    const state = await outbox.stateOf(name);
    if (state !== 'none') {
        draft.step = 'over';
        return state === 'waiting' ? thanks('waiting') : over(state === 'sent' ? 'done' : state);
    }
    draft = (await shelves.drafts.get(name)) ?? draft;
    const asked = visitAsk();
    const patience = new Promise((resolve) => setTimeout(() => resolve({}), FIRST_LOOK_MS));
    const told = await Promise.race([asked, patience]);
    if (told.over ?? (!visit && !told.visit && 'forged')) {
        await forget();
        return over(told.over ?? 'forged');
    }
    visit = {...visit, ...told.visit};
    page.place(where);
    draw();
    const may = () => draft.overall !== null && draft.step !== 'over';
    watchIdle({idle_ms: IDLE_MS, lastCall_ms: LAST_CALL_MS, over: idle, may});
    const late = await asked;
    visit = {...visit, ...late.visit};
    page.place(where);
    if (late.over && draft.step !== 'over') {
        await forget();
        over(late.over);
    }
}

addEventListener('pageshow', (event) => event.persisted && location.reload()); /* nobody goes back to what was said */
start();
