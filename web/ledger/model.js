/* model.js - rewards and penalties counted and put in order. Pure, but for words: cards of the ledger in. */
import {storeName} from '../lib/places.js';
import {dueState} from '../lib/time.js';
import {word} from '../lib/words.js';

/* Whose it is: a person, or the department of a store. */
export function ownerOf({person, store, department}) {
    return person ?? placeOf({store, department});
}

/* "Shanghai Pudong · service", or as much of it as is known. */
export function placeOf({store, department}) {
    return [store && storeName(store), department && word('department', department)].filter(Boolean).join(' · ');
}

/* A row for each period that entries are booked in, the newest first. */
export function periodsOf(entries) {
    const periods = new Map();
    for (const entry of entries) {
        const row = periods.get(entry.period) ?? {
            id: entry.period,
            period: entry.period,
            proposed: 0,
            confirmed: 0,
            frozen: 0,
            settled: 0,
            others: 0,
            points: 0,
            amount_fen: 0,
        };
        const counts = ['confirmed', 'settled'].includes(entry.status);
        row[['proposed', 'confirmed', 'frozen', 'settled'].includes(entry.status) ? entry.status : 'others']++;
        row.points += counts ? entry.points : 0;
        row.amount_fen += counts ? (entry.settled_fen ?? entry.amount_fen) : 0;
        periods.set(entry.period, row);
    }
    return [...periods.values()].sort((a, b) => b.period.localeCompare(a.period));
}

/* When an appeal must be dealt with next: ruled on, or looked at once more; null when it is over. */
export function appealDue(appeal) {
    if (appeal.closed_at) return null;
    return appeal.status === 'filed'
        ? appeal.rule_due_at
        : appeal.status === 'rejected'
          ? appeal.review_due_at
          : null;
}

/* How a row stands out. */
export function stateOf(due) {
    return due ? dueState(due) : null;
}
