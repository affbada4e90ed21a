/* deadline.js - until when an appeal may be filed. Pure. */
import {termOf} from '../lib/rules.js';

/*
 * The words' own vars: how many days, and from when. The working days are the store's calendar's, which no page knows:
 * it is said "7 working days from 23 Nov" rather than a date that might be a wrong one.
 */
export function deadlineOf(notice_at, within) {
    const term = termOf(within) ?? {n: 7, unit: 'd', working: true};
    return {n: term.n, from: notice_at.slice(0, 10)};
}
