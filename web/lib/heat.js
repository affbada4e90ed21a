/*
 * heat.js - the table of stores and dimensions: which columns, which cells, who stands last. Pure: rows of GET
 * /v1/scores in.
 *
 *   {columns: [{key, measure, average}], rows: [{store, row, cells: [{figure, evidence, step, clear}]}]}
 *
 * The first column is the measure that was chosen, the others are the dimensions, the weightiest first.
 */
import {beside, dimension, evidence, measures} from './figures.js';

function dimensionsOf(rows, rules, department) {
    const told = new Set(rows.flatMap((row) => Object.keys(row.dimensions ?? {})));
    const weighed = (rules.weights[department] ?? []).map((one) => one.dimension).filter((name) => told.has(name));
    return [...weighed, ...[...told].filter((name) => !weighed.includes(name)).sort()];
}

/* Of the rows that are seen, as if they were one: who may not see the whole group has no other average. */
export function pooled(figures) {
    const all = figures.filter(Boolean),
        n = all.reduce((sum, figure) => sum + figure.n, 0);
    return n ? all.reduce((sum, figure) => sum + figure.n * figure.value, 0) / n : null;
}

export function heat(rows, {measure: name, department, rules, whole}) {
    const columns = [
        {key: name, measure: measures[name], of: (row) => measures[name].of(row) || null},
        ...dimensionsOf(rows, rules, department).map((key) => ({
            key,
            measure: dimension,
            of: (row) => dimension.of(row, key),
        })),
    ];
    for (const column of columns) {
        const figure = whole && column.of(whole);
        column.average = figure ? figure.value : pooled(rows.map(column.of));
    }
    const cells = (row) =>
        columns.map((column) => {
            const figure = column.of(row);
            if (!figure) return {figure: null, evidence: 'none', step: 0, clear: 0};
            const worth = evidence(figure.n, rules);
            const stands = worth === 'few' ? {step: 0, clear: 0} : beside(figure, column.average, column.measure);
            return {figure, evidence: worth, ...stands};
        });
    return {whole: Boolean(whole), columns, rows: rows.map((row) => ({store: row.store, row, cells: cells(row)}))};
}

/*
 * Who stands last: the lowest of those that enough have rated to rank, and of those that fewer have rated whose whole
 * interval lies below the average all the same. Of neither any, the lowest that may be shown; null: nothing may be
 * said.
 */
export function worst(rows, name, rules, average = null) {
    const figures = rows
        .map((row) => ({row, figure: measures[name].of(row) || null}))
        .filter((one) => one.figure)
        .map((one) => ({...one, worth: evidence(one.figure.n, rules)}))
        .filter((one) => one.worth !== 'few')
        .sort((a, b) => a.figure.value - b.figure.value);
    const clear = ({figure}) => beside(figure, average, measures[name]).clear < 0;
    const last = figures.find((one) => one.worth === 'firm' || clear(one)) ?? figures[0];
    return last ? {row: last.row, figure: last.figure, ranked: last.worth === 'firm'} : null;
}

/* Places of a ranking: those with a rank by it, then those without, by name; why not is said beside them. */
export function standing(rows) {
    const byName = (a, b) => a.store.localeCompare(b.store);
    const ranked = rows.filter((row) => row.rank !== null).sort((a, b) => a.rank - b.rank || byName(a, b));
    return [...ranked, ...rows.filter((row) => row.rank === null).sort(byName)];
}
