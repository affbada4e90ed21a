/*
 * waiting.js - who waits too long? The open complaints, loaded once for the frame and the page Now, with the
 * second's tick.
 */
import {live} from '../lib/live.js';
import {now, ticker} from '../lib/time.js';

const watchers = new Set();
let list = null,
    last = {rows: [], loading: true, problem: null};

/* Clocks that our own promise to the customer runs on; the law's have longer ones beside them. */
export function runningClocks(card) {
    return card.clocks.filter((clock) => clock.stopped_at === null);
}

/* The clock that matters: the one that is due first. */
export function nextClock(card) {
    return runningClocks(card).reduce(
        (first, clock) => (!first || clock.due_at < first.due_at ? clock : first),
        null,
    );
}

/* Those who wait too long, the longest first: [{card, clock, late_ms}]. */
export function overdue(cards, at_ms) {
    return cards
        .map((card) => {
            const clock = nextClock(card);
            return {card, clock, late_ms: clock ? at_ms - Date.parse(clock.due_at) : -1};
        })
        .filter(({late_ms}) => late_ms > 0)
        .sort((a, b) => b.late_ms - a.late_ms);
}

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
