/*
 * ways.js - the pages that there are, and who may open them. Which rows somebody sees on one, the server decides.
 */

/* name, rights of which one will do (none: everybody), key after `g`, in the bar of a phone? */
export const WAYS = [
    [
        ['now', ['see_complaint', 'see_escalation', 'see_task', 'see_callback', 'see_score'], 'n', true],
        ['complaints', ['see_complaint'], 'c', true],
        ['tasks', ['see_task'], 't', true],
        ['callbacks', ['see_callback'], 'b', true],
    ],
    [
        ['scores', ['see_score'], 's'],
        ['ledger', ['see_ledger'], 'l'],
        ['person', [], 'm'],
        ['report', ['report'], 'r'],
    ],
    [
        ['explorer', ['journal'], 'e'],
        ['quarantine', ['quarantine'], 'q'],
        ['system', ['see_system', 'journal'], 'y'],
    ],
];

/** May somebody who `can(right)` open the page? One that isn't named here is nobody's secret. */
export function mayOpen(name, can) {
    const rights = WAYS.flat().find(([way]) => way === name)?.[1] ?? [];
    return rights.length === 0 || rights.some((right) => can(right));
}
