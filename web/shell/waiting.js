/*
 * waiting.js - who waits too long? The open complaints, loaded once for the frame and the page Now, with the
 * second's tick.
 */
import {live} from '../lib/live.js';
import {now, ticker} from '../lib/time.js';
import {overdue} from '../lib/verdict.js';

const watchers = new Set();
let list = null,
    last = {rows: [], loading: true, problem: null};

function begin() {
    list = live({
        path: '/v1/complaints?status=open',
        channel: 'complaint',
        keep: (card) => card.status !== 'closed',
        change(rows, told) {
            last = {rows: [...rows.values()], ...told};
            for (const fn of [...watchers]) fn(last);
        },
    });
}

/* Calls `fn({rows, loading, problem, more})` now and at each change; returns how to stop. */
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
        const n = overdue(last.rows, now()).length;
        if (n !== told) fn((told = n));
    };
    ticker.each(count);
    return openComplaints(count);
}
