/*
 * time.js - times as people say them, by the server's clock. One tick a second drives all that moves: elements that
 * `ticking` made are found by their attribute, so that nothing has to be unsubscribed.
 *
 *   when('2026-11-23T13:48:56Z')   13:48 · 11-22 13:48 · 2025-11-22 13:48 (of this browser's zone)
 *   left(8040000)                  2 h 14 min · 9 min 05 s
 *   due(iso)                       <time>: "in 14 min", "2 h 14 min late", with data-state ok|soon|late
 */
import {h} from './dom.js';
import {lang, locale, onLang, t} from './words.js';

export const MINUTE = 60000,
    HOUR = 3600000,
    DAY = 86400000;
const HIDDEN_MS = 10000; /* the title's count stays true behind other tabs */
const SOON_MS = 30 * MINUTE;

const said = {at_ms: 0, here_ms: 0, rate: 1}; /* the server's clock, when it was told by ours, and how fast it runs */
const each = new Set();
const drawn = new WeakMap();

/* Tells the server's time, as an answer or a beat said it; `rate` of a time-lapse. */
export function serverSaid(iso, rate = said.rate) {
    const at_ms = Date.parse(iso);
    if (Number.isFinite(at_ms)) Object.assign(said, {at_ms, here_ms: Date.now(), rate});
}

export function now() {
    return said.here_ms ? said.at_ms + (Date.now() - said.here_ms) * said.rate : Date.now();
}

function two(n) {
    return String(n).padStart(2, '0');
}

/* Year-month-day of a time in this browser's zone. */
export function day(at) {
    const date = new Date(at);
    return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

export function when(iso, at_ms = now()) {
    if (!iso) return '–';
    const date = new Date(iso),
        today = day(at_ms),
        that = day(date);
    const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
    if (that === today) return clock;
    return `${that.slice(0, 4) === today.slice(0, 4) ? that.slice(5) : that} ${clock}`;
}

export function whenExact(iso) {
    return iso ? new Date(iso).toLocaleString(locale(), {dateStyle: 'full', timeStyle: 'long'}) : '';
}

/* A length of time in two units at most; never negative. */
export function left(ms) {
    const all = Math.max(0, Math.floor(ms / 1000));
    const days = Math.floor(all / 86400),
        hours = Math.floor(all / 3600) % 24,
        minutes = Math.floor(all / 60) % 60,
        seconds = all % 60;
    const zh = lang() === 'zh';
    if (days > 0)
        return zh ? `${days} 天${hours ? ` ${hours} 小时` : ''}` : `${days} d${hours ? ` ${hours} h` : ''}`;
    if (hours > 0)
        return zh
            ? `${hours} 小时${minutes ? ` ${minutes} 分` : ''}`
            : `${hours} h${minutes ? ` ${minutes} min` : ''}`;
    if (minutes >= 10) return zh ? `${minutes} 分钟` : `${minutes} min`;
    if (minutes > 0) return zh ? `${minutes} 分 ${two(seconds)} 秒` : `${minutes} min ${two(seconds)} s`;
    return zh ? `${seconds} 秒` : `${seconds} s`;
}

/* ok, soon or late: how a deadline stands. */
export function dueState(iso, at_ms = now()) {
    const rest = Date.parse(iso) - at_ms;
    return rest < 0 ? 'late' : rest < SOON_MS ? 'soon' : 'ok';
}

export function dueText(iso, at_ms = now()) {
    const rest = Date.parse(iso) - at_ms;
    return rest < 0 ? t('time.late', {left: left(-rest)}) : t('time.in', {left: left(rest)});
}

export function agoText(iso, at_ms = now()) {
    const ms = at_ms - Date.parse(iso); /* from a minute on nobody counts the seconds */
    return t('time.ago', {left: left(ms < MINUTE ? ms : Math.floor(ms / MINUTE) * MINUTE)});
}

export const ticker = {
    /* Calls `fn(now_ms)` each second, more rarely while nobody looks; returns how to stop that. */
    each(fn) {
        each.add(fn);
        return () => each.delete(fn);
    },
};

/* An element that `draw(element, now_ms)` draws now and each second for as long as it stands in the page. */
export function ticking(element, draw) {
    element.setAttribute('data-tick', '');
    drawn.set(element, draw);
    draw(element, now());
    return element;
}

function say(element, text) {
    if (element.textContent !== text) element.textContent = text;
}

/* A deadline that counts down. */
export function due(iso) {
    return ticking(h('time', {class: 'due', datetime: iso, title: () => whenExact(iso)}), (element, at_ms) => {
        element.dataset.state = dueState(iso, at_ms);
        say(element, dueText(iso, at_ms));
    });
}

/* How long ago. */
export function ago(iso) {
    return ticking(h('time', {datetime: iso, title: () => whenExact(iso)}), (element, at_ms) =>
        say(element, agoText(iso, at_ms)),
    );
}

/* A point in time that stands still, exact in its title. */
export function at(iso) {
    return iso ? h('time', {datetime: iso, title: () => whenExact(iso)}, () => when(iso)) : '–';
}

function tickNow() {
    const at_ms = now();
    for (const element of document.querySelectorAll('[data-tick]')) drawn.get(element)?.(element, at_ms);
    for (const fn of [...each]) fn(at_ms);
}

function tick() {
    tickNow();
    setTimeout(tick, document.hidden ? HIDDEN_MS : 1000 - (Date.now() % 1000));
}

if (globalThis.document) {
    setTimeout(tick, 1000 - (Date.now() % 1000));
    document.addEventListener('visibilitychange', () => document.hidden || tickNow());
    onLang(tickNow);
}
