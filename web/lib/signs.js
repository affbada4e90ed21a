/*
 * signs.js - words of a case with their sign: its grade, its state, where it is. The same on every page.
 */
import {h} from './dom.js';
import {icon} from './icon.js';
import {storeName} from './places.js';
import {t, word} from './words.js';

const GRADE_ICON = {urgent: 'late', major: 'late', serious: 'soon', general: null};
const STATE_ICON = {late: 'late', soon: 'soon', ok: null, good: 'ok', info: 'info'};

export function gradeSign(grade) {
    const sign = GRADE_ICON[grade];
    return h('span', {class: 'sign', dataset: {grade}}, sign ? icon(sign) : null, () => word('grade', grade));
}

/* state: late, soon, ok (plain), good (green), info. `text` is a text or a function. */
export function stateSign(state, text) {
    return h('span', {class: 'sign', dataset: {state}}, STATE_ICON[state] ? icon(STATE_ICON[state]) : null, text);
}

/* Two things of one cell: below each other where it is narrow, beside each other where there is room. */
export function two(first, second) {
    return h(
        'span',
        {class: 'two'},
        h('span', {}, first),
        second ? h('span', {class: 'nowrap quiet'}, second) : null,
    );
}

/* A store by the name that people read; its short one, which filters and addresses have, is its title. */
export function storeSign(store) {
    return h('span', {title: storeName(store) === store ? null : store}, () => storeName(store));
}

/* Store and department. */
export function place({store, department}) {
    return two(store ? storeSign(store) : '–', department ? () => word('department', department) : null);
}

/* "Shanghai Pudong · service": text, for the present language. */
export function placeText({store, department}) {
    const name = store ? storeName(store) : '–';
    return department ? t('word.place', {store: name, department: word('department', department)}) : name;
}
