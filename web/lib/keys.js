/*
 * keys.js - everything by keyboard. A scope is pushed when a page or dialog opens and popped when it closes; the
 * newest one that has the key is asked. Keys are single (`a`, `?`, `Enter`, `ArrowDown`) or two in a row (`g c`);
 * none is heard while somebody types, and whoever speaks to his computer can switch those of one character off
 * (WCAG 2.1.4): arrows, Enter and Escape stay.
 *
 *   const pop = keys({a: ['complaint.acknowledge', acknowledge], 'g c': ['nav.complaints', …]});
 */
const SECOND_KEY_MS = 1500;
const KEPT = 'manyi.keys';

const scopes = [];
let first = null,
    first_at = 0;

let single = keptSingle();

function keptSingle() {
    try {
        return globalThis.localStorage?.getItem(KEPT) !== 'off';
    } catch {
        return true; /* storage is forbidden */
    }
}

/* Whether keys of one character are heard. */
export const singleKeys = () => single;

export function setSingleKeys(on) {
    single = on;
    try {
        globalThis.localStorage?.setItem(KEPT, on ? 'on' : 'off');
    } catch {
        /* then it holds for this page only */
    }
    rootSay();
}

/* For styles: signs of keys that are not heard are not shown. */
function rootSay() {
    globalThis.document?.documentElement.setAttribute('data-keys', single ? 'on' : 'off');
}

export function keys(map) {
    const scope = new Map(Object.entries(map).map(([key, [label, fn]]) => [key, {label, fn}]));
    scopes.push(scope);
    return () => {
        const at = scopes.indexOf(scope);
        if (at >= 0) scopes.splice(at, 1);
    };
}

/* What may be pressed now, the newest scope first: [{key, label}]; a key that a newer scope hides stands once. */
export function keysNow() {
    const seen = new Map();
    for (const scope of [...scopes].reverse()) {
        for (const [key, {label}] of scope) {
            if (!seen.has(key)) seen.set(key, {key, label});
        }
    }
    return [...seen.values()];
}

function find(key) {
    for (let i = scopes.length - 1; i >= 0; i--) {
        if (scopes[i].has(key)) return scopes[i].get(key);
    }
    return null;
}

function begins(key) {
    return scopes.some((scope) => [...scope.keys()].some((one) => one.startsWith(`${key} `)));
}

function types(element) {
    const input = 'input:not([type=checkbox]):not([type=radio])';
    return element.closest?.(`${input}, textarea, select, [contenteditable], [role=textbox], [role=combobox]`);
}

/* What a button or link does with Enter and Space is its own, what a choice does with arrows, too. */
function isOwn(element, key) {
    if (key.startsWith('Arrow') && element.closest?.('input[type=radio]')) return true;
    return (key === 'Enter' || key === ' ') && element.closest?.('button, a[href], summary, input');
}

function hear(event) {
    const composing = event.isComposing || event.keyCode === 229; /* the last key of an input method says only 229 */
    if (composing || (event.key.length === 1 && !single)) return;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (types(event.target) || isOwn(event.target, event.key) || document.querySelector('dialog[open]')) return;
    const pair = first && event.timeStamp - first_at < SECOND_KEY_MS ? find(`${first} ${event.key}`) : null;
    const found = pair ?? find(event.key);
    first = null;
    if (found) {
        event.preventDefault();
        found.fn(event);
    } else if (begins(event.key)) {
        first = event.key;
        first_at = event.timeStamp;
    }
}

globalThis.document?.addEventListener('keydown', hear);
rootSay();
