/* deadline.js - until when an appeal may be filed. Pure. */
import {termOf} from '../lib/rules.js';

/*
 * Which word says it, and its vars. Working time is the store's calendar's, which no page knows: "7 working days from
 * 23 Nov 10:00" is said, rather than a date that might be a wrong one.
 */
export function deadlineOf(notice_at, within) {
    const term = termOf(within);
    const known = term && ['d', 'h'].includes(term.unit) ? term : {n: 7, unit: 'd', working: true};
    return {key: `person.appeal_${known.unit}_${known.working ? 'w' : 'c'}`, n: known.n, from: notice_at};
}
