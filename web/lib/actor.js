/*
 * actor.js - in whose name this page decides. Whoever is logged in decides in their own; at a machine without an
 * access file anybody may name anybody, and says once who it is: kept by this browser.
 *
 *   actor(me) → 'wang.li', or null while nobody has said; decided(me, body) → the body with `by` where it has to
 *       be said
 */
import {h} from './dom.js';
import {suggestions} from './people.js';
import {t} from './words.js';

const KEPT = 'manyi.by';
const listeners = new Set();
let named = null;

function kept() {
    try {
        return localStorage.getItem(KEPT) || null;
    } catch {
        return null; /* storage is forbidden: for this page only */
    }
}

export function actor(me) {
    return me.local ? (named ?? kept()) : me.name;
}

function setActor(name) {
    named = name || null;
    try {
        localStorage.setItem(KEPT, name);
    } catch {
        /* as above */
    }
    [...listeners].forEach((fn) => fn(named));
}

/** Calls `fn` when somebody else decides from here on; returns how to stop that. */
export function onActor(fn) {
    listeners.add(fn);
    return () => listeners.delete(fn);
}

/** The body of a decision: its sender's name is known to the server, save of a local one. */
export function decided(me, body = {}) {
    return me.local ? {by: actor(me), ...body} : body;
}

/** Where a local user says who it is; null for who is logged in. */
export function actorField(me) {
    if (!me.local) return null;
    const list = suggestions('people');
    const input = h('input', {
        type: 'text',
        name: 'actor',
        autocomplete: 'off',
        maxlength: 64,
        list: list.id,
        value: actor(me) ?? '',
        placeholder: () => t('actor.nobody'),
        on: {change: () => setActor(input.value.trim())},
    });
    return h(
        'label',
        {class: 'actor'},
        h('span', {}, () => t('actor.as')),
        input,
        list,
    );
}
