/*
 * roster.js - who works where, for suggestions while typing and for "is that mine?". Read once a page.
 *
 * The roster in force is YAML as Manyi writes it itself, every key on a line or in one pair of braces, texts in double
 * quotes; no more of YAML is read here. What is not understood is left out: these are suggestions.
 */
import {ask} from './ask.js';

const NOBODY = {stores: [], staff: [], generalManager: null, managementGroup: []};

function unquoted(text) {
    try {
        return text.startsWith('"') ? JSON.parse(text) : text;
    } catch {
        return text;
    }
}

/* {number: "wang.li", store: "sh-pudong"} */
function braces(text) {
    const found = {};
    for (const [, key, value] of text.matchAll(/(\w+):\s*("(?:[^"\\]|\\.)*"|[^,}\s]+)/g)) found[key] = unquoted(value);
    return found;
}

/**
 * {stores: [{store, name, director, handler, manager, departments: [{department, handler, manager}]}], staff:
 * [{number, …}], …}.
 */
export function rosterOf(content) {
    const roster = {stores: [], staff: [], generalManager: null, managementGroup: []};
    let section = '',
        store = null,
        target = null;
    for (const line of content.split('\n')) {
        const match = /^(\s*)(- )?(?:([\w]+):\s*)?(.*)$/.exec(line);
        const [, indent, dash, key, rest] = match;
        if (!line.trim() || line.trim().startsWith('#')) continue;
        if (indent === '' && key) {
            section = key;
            if (key === 'general_manager') roster.generalManager = unquoted(rest);
            continue;
        }
        if (section === 'management_group' && dash) {
            roster.managementGroup.push(unquoted(rest));
        } else if (section === 'staff' && dash) {
            const person = rest.startsWith('{') || !key ? braces(rest) : {[key]: unquoted(rest)};
            roster.staff.push((target = person));
        } else if (section === 'staff' && key && target) {
            target[key] = unquoted(rest);
        } else if (section === 'stores' && dash && key === 'store') {
            roster.stores.push((target = store = {store: unquoted(rest), departments: []}));
        } else if (section === 'stores' && store && dash) {
            const department = key ? {[key]: unquoted(rest)} : braces(rest);
            if (department.department) store.departments.push((target = department));
        } else if (section === 'stores' && key && rest && target) {
            target[key] = unquoted(rest);
        }
    }
    return roster;
}

/** "store/department" of every department whose default handler that person is. */
export function handledBy(roster, name) {
    const places = new Set();
    for (const store of roster.stores) {
        for (const department of store.departments) {
            if ((department.handler ?? store.handler) === name) places.add(`${store.store}/${department.department}`);
        }
        if (store.handler === name) places.add(`${store.store}/`);
    }
    return places;
}

let asked = null;

/** The roster in force; an empty one where there is none, or one may not see it. */
export function roster() {
    asked ??= ask('/v1/roster').then(
        (answer) => (answer.rows[0] ? rosterOf(answer.rows[0].content) : NOBODY),
        (error) => {
            if (error.status === 0 || error.status >= 500) asked = null; /* else the answer will be the same */
            return NOBODY;
        },
    );
    return asked;
}
