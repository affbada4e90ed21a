/*
 * verdict.js - who waits, since when, and what is next: counts of what is open. Pure: cards and a time in, figures
 * out.
 */
const HOUR_MS = 3600000;

const GRADES = ['urgent', 'major', 'serious', 'general'];

/*
 * Of a complaint's running clocks the one that is due first, also one that rests (cases/clocks.js says what to do next,
 * and puts those last): nobody's promise is forgotten here. null when none runs.
 */
export function firstDue(card) {
    return card.clocks
        .filter((clock) => clock.stopped_at === null)
        .reduce((first, clock) => (!first || clock.due_at < first.due_at ? clock : first), null);
}

/*
 * What is due, first to last: [{card, clock, due_ms}]. Made when cards change; from second to second only the place
 * where late ends and coming begins moves on.
 */
export function agenda(cards) {
    return cards
        .map((card) => ({card, clock: firstDue(card)}))
        .filter(({clock}) => clock !== null)
        .map(({card, clock}) => ({card, clock, due_ms: Date.parse(clock.due_at)}))
        .sort((a, b) => a.due_ms - b.due_ms || a.card.seq - b.card.seq);
}

/* How many of an agenda are late. */
export function lateCount(list, at_ms) {
    const coming = list.findIndex(({due_ms}) => due_ms >= at_ms);
    return coming < 0 ? list.length : coming;
}

/* Of an agenda the first `most`; what is late takes at most half of them, so that one sees what comes. */
export function nextDeadlines(list, at_ms, most) {
    const late = lateCount(list, at_ms);
    const lateShown = Math.min(late, Math.max(Math.floor(most / 2), most - (list.length - late)));
    return [...list.slice(0, lateShown), ...list.slice(late, late + most - lateShown)];
}

/* How many of each grade, the gravest first, those that there are: [['urgent', 2], …]. */
export function byGrade(cards) {
    return GRADES.map((grade) => [grade, cards.filter((card) => card.grade === grade).length]).filter(
        ([, n]) => n > 0,
    );
}

/* Opened within the last `hours`. */
export function openedLately(cards, at_ms, hours = 24) {
    return cards.filter((card) => at_ms - Date.parse(card.opened_at) < hours * HOUR_MS).length;
}

/* Notices that nobody has seen, the newest first. */
export function unseen(notices) {
    return notices
        .filter((notice) => !notice.acknowledged_by && !notice.ended)
        .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
}

/*
 * Of scores by store and department: those with enough ratings to be shown, the lowest first. Too few ratings make no
 * lowest store, whatever their mean.
 */
export function lowest(rows) {
    return rows
        .filter((row) => row.csi && row.evidence !== 'insufficient')
        .sort((a, b) => a.csi.value - b.csi.value || b.n - a.n);
}
