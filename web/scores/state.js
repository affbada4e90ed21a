/*
 * state.js - what the address of the scores says, and which questions to the server it makes. Pure.
 *
 *   #/scores?department=service&period=2026-11&measure=index&view=accountable&weight=visits&store=sh-
 * pudong&staff=wang.li
 */
import {measures} from '../lib/figures.js';
import {dayIn, firstDay, grainOf, periodOf, shift} from '../lib/period.js';

export function stateOf(query, rules, departments, at) {
    const today = dayIn(rules.zone, at);
    const asked = query.get('period');
    const one = (name, allowed) => (allowed.includes(query.get(name)) ? query.get(name) : allowed[0]);
    return {
        department: query.get('department') || departments[0],
        period: grainOf(asked) ? asked : periodOf(today, 'month'),
        measure: one('measure', Object.keys(measures)),
        view: one('view', ['voice', 'accountable']),
        weight: one('weight', ['ratings', 'visits']),
        store: query.get('store') || null,
        staff: query.get('store') ? query.get('staff') || null : null,
        today,
    };
}

/* What stands in the address: only what is not understood without it. */
export function queryOf(state) {
    const {department, period, measure, view, weight, store, staff} = state;
    return {
        department,
        period,
        measure: measure === 'index' ? null : measure,
        view: view === 'voice' ? null : view,
        weight: weight === 'ratings' ? null : weight,
        store,
        staff,
    };
}

/* The question of GET /v1/scores. weight concerns rows that pool stores alone. */
export function scoresPath(state, by, more = {}) {
    const asked = {by, department: state.department, period: state.period, ...more};
    if (state.view === 'accountable') asked.view = 'accountable';
    if (state.weight === 'visits' && by !== 'staff') asked.weight = 'visits';
    for (const [key, value] of Object.entries(asked)) {
        if (value === null) delete asked[key];
    }
    return `/v1/scores?${new URLSearchParams(asked)}`;
}

/* Of another grain: the period of today where today lies in this one, else of this one's last day. */
export function regrained(state, grain) {
    const holdsToday = periodOf(state.today, grainOf(state.period)) === state.period;
    const lastDay = shift(firstDay(shift(state.period, 1)), -1);
    return periodOf(holdsToday ? state.today : lastDay, grain);
}

/* Is there a period after this one that has begun? */
export function hasNext(state) {
    return state.period < periodOf(state.today, grainOf(state.period));
}
