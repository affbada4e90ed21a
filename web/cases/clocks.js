/*
 * clocks.js - what a card's clocks say: which one runs out next, and how it stands. Pure: the time comes in.
 *
 * A card is late when a clock that still runs is past its due time, whoever has been told of it. While a complaint
 * rests, its plan and resolve clocks are due as if the rest ended when it should, so that their due times stay
 * comparable.
 */

const HOUR_MS = 3600 * 1000;
const RESTING = new Set(['plan', 'resolve']);

/*
 * What of a clock's time may be left when it is called soon: its last fifth (the ladder's 80 %), and at least an
 * hour.
 */
const SOON_SHARE = 0.2;
const SOON_LEAST_MS = HOUR_MS;

/** Those of a complaint's clocks that run, the next due one first. */
export function running(card) {
    return (card.clocks ?? [])
        .filter((clock) => clock.stopped_at === null)
        .sort((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at));
}

export function rests(card, clock) {
    return Boolean(card.paused) && RESTING.has(clock.kind);
}

/**
 * The clock that runs out next, or null: nothing is waited for with a deadline. One that rests comes after those
 * that run.
 */
export function nextClock(card) {
    const clocks = running(card);
    return clocks.find((clock) => !rests(card, clock)) ?? clocks[0] ?? null;
}

/** Milliseconds since 1970 at which a card of any kind is due; Infinity when it has no deadline now. */
export function dueMs(card) {
    if (card.closed_at) return Infinity;
    if (card.clocks) {
        const clock = nextClock(card);
        return clock ? Date.parse(clock.due_at) : Infinity;
    }
    return card.due_at ? Date.parse(card.due_at) : Infinity;
}

/** 'late', 'soon', 'rest' or 'ok' of one clock; 'met' or 'missed' of one that has stopped. */
function clockTone(card, clock, nowMs) {
    if (clock.stopped_at !== null) return clock.breached ? 'missed' : 'met';
    const due = Date.parse(clock.due_at);
    if (rests(card, clock)) return clock.breached ? 'late' : 'rest';
    if (due <= nowMs) return 'late';
    const whole = due - Date.parse(clock.started_at);
    return due - nowMs <= Math.max(SOON_LEAST_MS, whole * SOON_SHARE) ? 'soon' : 'ok';
}

/** How a complaint stands: {tone, clock, due} with tone 'late', 'soon', 'rest', 'ok' or 'none' (no clock runs). */
export function standing(card, nowMs) {
    const clock = nextClock(card);
    if (!clock || card.closed_at) return {tone: 'none', clock: null, due: Infinity};
    return {tone: clockTone(card, clock, nowMs), clock, due: Date.parse(clock.due_at)};
}

/**
 * How a task or a callback stands. Whoever has done it waits for nobody. A task is late from its deadline on; a
 * callback's time only begins then, and the rulebook says when it is overdue.
 */
export function dueStanding(card, nowMs) {
    const due = dueMs(card);
    if (due === Infinity || ['completed', 'planned', 'message'].includes(card.status)) return {tone: 'none', due};
    if (card.overdue || (!isCallback(card) && due <= nowMs)) return {tone: 'late', due};
    return {tone: due - nowMs <= 24 * HOUR_MS ? 'soon' : 'ok', due};
}

export function isCallback(card) {
    return 'tries' in card && !card.clocks;
}

/** Order of two cards: the next due one first, then the older one. */
export function byDue(a, b) {
    const first = dueMs(a),
        second = dueMs(b);
    return first === second ? a.seq - b.seq : first - second;
}
