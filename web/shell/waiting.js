/*
 * waiting.js - who waits too long? The open complaints, loaded once for the frame and the page Now, with the
 * second's tick.
 */
import {live} from '../lib/live.js';
import {now, ticker} from '../lib/time.js';
import {agenda, lateCount} from '../lib/verdict.js';

const watchers = new Set();
let list = null,
    last = {rows: [], agenda: [], told: {loading: true, problem: null, more: false, seq: 0}};

function begin() {
    list = live({
        path: '/v1/complaints?status=open',
        channel: 'complaint',
        keep: (card) => card.status !== 'closed',
        change(rows, told) {
            const cards = [...rows.values()];
            last = {rows: cards, agenda: agenda(cards), told};
            for (const fn of [...watchers]) fn(last);
        },
    });
}

/* Calls `fn({rows, agenda, told})` now and at each change; returns how to stop. */
export function openComplaints(fn) {
    if (!list) begin();
    watchers.add(fn);
    fn(last);
    return () => watchers.delete(fn);
}

/* Calls `fn(count)` when the number of those who wait too long changes, by a card or by the clock. */
export function waitingWatch(fn) {
    let told = -1;
    const count = () => {
        const n = lateCount(last.agenda, now());
        if (n !== told) fn((told = n));
    };
    ticker.each(count);
    return openComplaints(count);
}
