/*
 * store.js - one store's department: how its figure comes about, how it went over the periods, by whom, and the single
 * ratings behind it.
 */
import {ask, askAll} from '../lib/ask.js';
import {h} from '../lib/dom.js';
import {evidence, measures} from '../lib/figures.js';
import {icon} from '../lib/icon.js';
import {hash} from '../lib/router.js';
import {placeText} from '../lib/signs.js';
import {lang, locale, t, word} from '../lib/words.js';
import {worthOf} from './heat_table.js';
import {ratings} from './ratings.js';
import {queryOf, scoresPath} from './state.js';

const none = (error) => {
    if (error.name === 'AbortError') throw error;
    return null;
};

export async function storeLoad(state, signal) {
    const {store} = state;
    const id = encodeURIComponent(`S-${store}.${state.department}-${state.period}`);
    const [departments, staff, trace] = await Promise.all([
        askAll(scoresPath({...state, department: null}, 'store', {store}), {signal}).catch(none),
        askAll(scoresPath(state, 'staff', {store}), {signal}).catch(none),
        ask(`/v1/trace/${id}`, {signal}).catch(none),
    ]);
    return {departments: departments?.rows ?? [], staff: staff?.rows ?? [], trace: trace?.rows[0] ?? null};
}

function departmentLinks(loaded, state) {
    return h(
        'p',
        {class: 'row'},
        loaded.departments.map((row) =>
            h(
                'a',
                {
                    class: 'chip',
                    href: hash('scores', null, queryOf({...state, department: row.department, staff: null})),
                    'aria-current': row.department === state.department ? 'true' : null,
                },
                word('department', row.department),
                h('small', {}, ` n ${row.n}`),
            ),
        ),
    );
}

/* The formula filled in, as the server says it, and the figures of the rulebook that ruled. */
function formula(trace) {
    if (!trace) return null;
    return h(
        'details',
        {class: 'formula'},
        h('summary', {}, t('scores.formula')),
        h('p', {class: 'mono'}, trace[lang()] ?? trace.en),
        h(
            'ul',
            {},
            (trace.rules ?? []).map((rule) => h('li', {}, h('span', {class: 'mono'}, rule.key), ': ', rule.figures)),
        ),
        trace.policy
            ? h('p', {class: 'note-text'}, t('scores.rulebook', {name: trace.policy.name, hash: trace.policy.hash}))
            : null,
    );
}

function figureCell(row, name, rules) {
    const figure = measures[name].of(row) || null,
        label = t(`scores.${name}`);
    if (!figure) return h('td', {class: 'num', dataset: {label}}, '–');
    if (evidence(figure.n, rules) === 'few')
        return h(
            'td',
            {class: 'num', dataset: {label, evidence: 'few'}},
            h('span', {class: 'few'}, t('scores.few', {n: figure.n})),
        );
    return h(
        'td',
        {class: 'num', dataset: {label}},
        measures[name].text(figure.value, locale()),
        h('small', {}, worthOf(figure, measures[name])),
    );
}

function staffTable(loaded, state, rules) {
    if (loaded.staff.length === 0) return h('p', {class: 'empty'}, t('scores.staff_none'));
    const names = Object.keys(measures);
    return h(
        'div',
        {class: 'box table-box staff-box'},
        h(
            'table',
            {class: 'table staff'},
            h('caption', {}, t('scores.by_staff')),
            h(
                'thead',
                {},
                h(
                    'tr',
                    {},
                    h('th', {scope: 'col'}, t('scores.staff')),
                    h('th', {scope: 'col', class: 'num'}, t('scores.n')),
                    names.map((name) => h('th', {scope: 'col', class: 'num'}, t(`scores.${name}`))),
                ),
            ),
            h(
                'tbody',
                {},
                [...loaded.staff]
                    .sort((a, b) => b.n - a.n)
                    .map((row) =>
                        h(
                            'tr',
                            {'aria-current': row.staff === state.staff ? 'true' : null},
                            h(
                                'th',
                                {scope: 'row', dataset: {label: t('scores.staff')}},
                                h(
                                    'a',
                                    {href: hash('scores', null, queryOf({...state, staff: row.staff}))},
                                    row.staff,
                                ),
                            ),
                            h('td', {class: 'num', dataset: {label: t('scores.n')}}, String(row.n)),
                            names.map((name) => figureCell(row, name, rules)),
                        ),
                    ),
            ),
        ),
    );
}

/* trend: an element, or null. Returns {element, stop}. */
export function storePart(loaded, state, rules, trend, ctx) {
    const between = loaded.trace ? {since: loaded.trace.from, until: loaded.trace.to} : {};
    const list = ratings({store: state.store, department: state.department, staff: state.staff, ...between}, ctx);
    const everybody = hash('scores', null, queryOf({...state, store: null, staff: null}));
    return {
        element: h(
            'section',
            {class: 'store-part', 'aria-labelledby': 'store-title'},
            h(
                'header',
                {class: 'row'},
                h(
                    'h2',
                    {id: 'store-title', tabindex: '-1'},
                    placeText(state),
                ),
                h('a', {href: everybody, class: 'close'}, icon('close'), t('scores.all_stores')),
            ),
            departmentLinks(loaded, state),
            formula(loaded.trace),
            trend,
            staffTable(loaded, state, rules),
            state.staff
                ? h(
                      'p',
                      {},
                      h(
                          'a',
                          {href: `#/person/${encodeURIComponent(state.staff)}`},
                          t('scores.person', {staff: state.staff}),
                      ),
                      ' · ',
                      h('a', {href: hash('scores', null, queryOf({...state, staff: null}))}, t('scores.all_staff')),
                  )
                : null,
            list.element,
        ),
        stop: list.stop,
    };
}
