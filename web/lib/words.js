/*
 * words.js - every word on a page, in English or Chinese; switched in place.
 *
 *   t('now.waiting', {n: 3})     catalogue text; {n} is put in, {n|customer|customers} chooses by n = 1
 *   word('grade', 'urgent')      a word of the domain; what the catalogue doesn't have is said as it is
 *   figure(864.41, 1)            a number as the language writes it; a dash for none
 *
 * Sentences stand in words/: the domain's own, and of an area that has many, in a file each with both languages; all
 * others in en.js and zh.js. A key stands in one of them.
 */
import cases from '../words/cases.js';
import domain from '../words/domain.js';
import en from '../words/en.js';
import journal from '../words/journal.js';
import ledger from '../words/ledger.js';
import scores from '../words/scores.js';
import visitor from '../words/visitor.js';
import zh from '../words/zh.js';

const apart = [cases, domain, journal, ledger, scores, visitor];
const catalogues = {
    en: Object.assign({}, ...apart.map((words) => words.en), en),
    zh: Object.assign({}, ...apart.map((words) => words.zh), zh),
};
const listeners = new Set();
let now = chosen();

function chosen() {
    try {
        const kept = globalThis.localStorage?.getItem('manyi.lang');
        if (kept in catalogues) return kept;
    } catch {
        /* storage is forbidden: the browser's language */
    }
    return globalThis.navigator?.language?.startsWith('zh') ? 'zh' : 'en';
}

export function lang() {
    return now;
}

/* For Intl and the `lang` attribute. */
export function locale() {
    return now === 'zh' ? 'zh-CN' : 'en-GB';
}

export function setLang(next) {
    if (!(next in catalogues) || next === now) return;
    now = next;
    try {
        globalThis.localStorage?.setItem('manyi.lang', next);
    } catch {
        /* then it holds for this page only */
    }
    if (globalThis.document) document.documentElement.lang = now === 'zh' ? 'zh-CN' : 'en';
    for (const listener of [...listeners]) listener(now);
}

/* Calls `fn` at each change of the language; returns how to stop that. */
export function onLang(fn) {
    listeners.add(fn);
    return () => listeners.delete(fn);
}

export function has(key) {
    return key in catalogues[now];
}

export function t(key, vars = {}) {
    const text = catalogues[now][key];
    if (text === undefined) return key;
    return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (all, name, one, more) => {
        if (!(name in vars)) return all;
        if (one !== undefined) return Number(vars[name]) === 1 ? one : more;
        return typeof vars[name] === 'number'
            ? figure(vars[name], Number.isInteger(vars[name]) ? 0 : 1)
            : vars[name];
    });
}

export function word(kind, value) {
    if (value === null || value === undefined || value === '') return '–';
    return catalogues[now][`${kind}.${value}`] ?? String(value).replaceAll('_', ' ');
}

export function figure(value, digits = 0) {
    if (value === null || value === undefined || !Number.isFinite(value)) return '–';
    return value.toLocaleString(locale(), {minimumFractionDigits: digits, maximumFractionDigits: digits});
}
