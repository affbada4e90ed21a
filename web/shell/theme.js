/*
 * theme.js - light, dark, or as the device has it. lib/early.js draws it.
 */
import {reword} from '../lib/dom.js';

const KEY = 'manyi.theme',
    ORDER = ['auto', 'light', 'dark'];

export function theme() {
    try {
        const kept = localStorage.getItem(KEY);
        return ORDER.includes(kept) ? kept : 'auto';
    } catch {
        return 'auto';
    }
}

export function themeNext() {
    const next = ORDER[(ORDER.indexOf(theme()) + 1) % ORDER.length];
    try {
        localStorage.setItem(KEY, next);
    } catch {
        return; /* storage is forbidden: as the device has it */
    }
    dispatchEvent(new Event('themechosen'));
    reword(document);
}
