/*
 * tree.js - an event as it is, level by level: objects open and close with the browser's own means, personal fields
 * are covered, the field that is at fault is marked and says why.
 */
import {h} from '../lib/dom.js';
import {icon} from '../lib/icon.js';
import {t} from '../lib/words.js';
import {isPersonal} from './pointer.js';

const COVER = '••••••';

function leaf(value, pointer, shows) {
    if (!shows && isPersonal(pointer) && value !== null && value !== '')
        return h('span', {class: 'json-covered', title: () => t('explorer.covered')}, COVER);
    const kind = value === null ? 'null' : typeof value;
    return h('span', {class: `json-${kind}`, dir: 'auto'}, kind === 'string' ? value : JSON.stringify(value));
}

function faultOf(fault, pointer) {
    return fault && fault.pointer === pointer
        ? h('p', {class: 'json-fault'}, icon('late'), h('span', {}, fault.text))
        : null;
}

function node(key, value, pointer, how) {
    const fault = faultOf(how.fault, pointer);
    const state = fault ? {state: 'late'} : {};
    if (value === null || typeof value !== 'object')
        return h(
            'li',
            {dataset: state},
            h('span', {class: 'json-key'}, key),
            ' ',
            leaf(value, pointer, how.shows),
            fault,
        );
    const entries = Object.entries(value);
    return h(
        'li',
        {dataset: state},
        h(
            'details',
            {open: true},
            h(
                'summary',
                {},
                h('span', {class: 'json-key'}, key),
                ' ',
                h('span', {class: 'quiet'}, Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`),
            ),
            fault,
            list(entries, pointer, how),
        ),
    );
}

function list(entries, pointer, how) {
    return h(
        'ul',
        {},
        entries.map(([name, one]) => node(name, one, `${pointer}/${name}`, how)),
        missing(entries, pointer, how.fault),
    );
}

/* A field that is at fault because it is not there. */
function missing(entries, pointer, fault) {
    const name = fault?.pointer.startsWith(`${pointer}/`) ? fault.pointer.slice(pointer.length + 1) : null;
    if (!name || name.includes('/') || entries.some(([key]) => key === name)) return null;
    return h(
        'li',
        {dataset: {state: 'late'}},
        h('span', {class: 'json-key'}, name),
        ' ',
        h('span', {class: 'json-null'}, () => t('explorer.missing')),
        faultOf(fault, fault.pointer),
    );
}

/* fault: {pointer: '/data/channel', text}; shows: personal fields, too. */
export function tree(value, {fault = null, shows = false} = {}) {
    return h('div', {class: 'json'}, faultOf(fault, ''), list(Object.entries(value), '', {fault, shows}));
}

/* "feedback.complained", which may go on in a new line behind its dot. */
export function dotted(text) {
    const parts = String(text).split('.');
    return h(
        'code',
        {},
        parts.map((part, n) => (n < parts.length - 1 ? [`${part}.`, h('wbr')] : part)),
    );
}
