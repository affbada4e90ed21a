/*
 * trend.js - a figure over the periods before, with its interval. Periods of which too few have rated stand in the
 * table with their number, and are no point of the line.
 */
import {askAll} from '../lib/ask.js';
import {trend} from '../lib/chart.js';
import {evidence, measures} from '../lib/figures.js';
import {grainOf, periodName, periodOf, trendLength, upTo} from '../lib/period.js';
import {storeName} from '../lib/places.js';
import {locale, t} from '../lib/words.js';
import {scoresPath} from './state.js';

/* Question to row, of periods that are over: later data changes them, but not while a page is looked at. */
const past = new Map();
const PAST_MOST = 400;

async function rowOf(state, period, signal) {
    const path = scoresPath(
        {...state, period},
        state.store ? 'store' : 'department',
        state.store ? {store: state.store} : {},
    );
    if (past.has(path)) return past.get(path);
    const {rows} = await askAll(path, {signal});
    const row = rows[0] ?? null;
    if (period < periodOf(state.today, grainOf(period)) && past.size < PAST_MOST) past.set(path, row);
    return row;
}

/* Rows of the last periods, oldest first: [{period, row}]. */
export async function trendLoad(state, signal) {
    const periods = upTo(state.period, trendLength[grainOf(state.period)]);
    const rows = await Promise.all(periods.map((period) => rowOf(state, period, signal)));
    return periods.map((period, index) => ({period, row: rows[index]}));
}

/* A line of the chart: what has too few ratings is a gap, and stands in the table as its number. Pure. */
export function lineOf(loaded, name, rules) {
    const figures = loaded.map(({row}) => (row && measures[name].of(row)) || null);
    const drawn = figures.map((figure) => (figure && evidence(figure.n, rules) !== 'few' ? figure : null));
    const of = (key) => drawn.map((figure) => figure?.[key] ?? null);
    return {values: of('value'), low: of('low'), high: of('high'), n: figures.map((figure) => figure?.n ?? 0)};
}

/* lines: [{name of a store, or null for all of them, loaded}]. Returns {element, stop}. */
export function trendPart(lines, state, rules) {
    const measure = measures[state.measure];
    const whose = (name) => (name ? storeName(name) : t('scores.average'));
    return trend({
        caption: () => t('scores.trend', {measure: t(`scores.${state.measure}`), whose: whose(lines[0].name)}),
        labels: lines[0].loaded.map(({period}) => periodName(period, locale(), true)),
        head: () => t('scores.period'),
        series: lines.map(({name, loaded}) => ({
            label: () => whose(name),
            ...lineOf(loaded, state.measure, rules),
        })),
        text: (value) => measure.text(value, locale()),
    });
}
