/*
 * heat_table.js - stores against dimensions. Colour is how far a figure is from the average of its column; a triangle
 * stands beside what cannot be chance alone, since its whole interval lies beyond the average. Fewer ratings than the
 * rulebook shows have no figure and no colour, fewer than it ranks are hatched.
 */
import {h} from '../lib/dom.js';
import {interval, measures} from '../lib/figures.js';
import {storeName} from '../lib/places.js';
import {hash} from '../lib/router.js';
import {locale, t, word} from '../lib/words.js';
import {queryOf} from './state.js';

const nameOf = ({key}) => (key in measures ? t(`scores.${key}`) : word('dimension', key));

/* The interval, and how many have rated. */
export function worthOf(figure, measure) {
    const between = interval(figure, measure, locale());
    if (!between) return t('scores.only_n', {n: figure.n});
    return t(measure === measures.nps ? 'scores.between_below' : 'scores.between', {...between, n: figure.n});
}

function mark(clear) {
    return clear
        ? h(
              'span',
              {class: 'mark', dataset: {clear: String(clear)}},
              clear > 0 ? '▲' : '▼',
              h('span', {class: 'hidden'}, t(clear > 0 ? 'scores.above' : 'scores.below')),
          )
        : null;
}

function cell(column, {figure, evidence, step, clear}) {
    const label = nameOf(column);
    if (!figure) return h('td', {class: 'heat-cell', dataset: {label, evidence}}, '–');
    if (evidence === 'few') {
        return h(
            'td',
            {class: 'heat-cell', dataset: {label, evidence}},
            h('span', {class: 'few'}, t('scores.few', {n: figure.n})),
        );
    }
    const {measure} = column;
    const average = t('scores.average_is', {value: measure.text(column.average, locale())});
    const title = [label, worthOf(figure, measure), average, evidence === 'thin' ? t('scores.thin') : null];
    return h(
        'td',
        {class: 'heat-cell', title: title.filter(Boolean).join(' · '), dataset: {label, evidence, step}},
        h('span', {class: 'value'}, measure.text(figure.value, locale()), mark(clear)),
        h('small', {}, worthOf(figure, measure)),
    );
}

/* What stands behind the figures, of a month or quarter that bands judge, or where stores are weighed by visits. */
function besides(state, model) {
    const judged = model.rows.some(({row}) => row.band);
    return [
        judged && {
            key: 'scores.band',
            of: (row) => h('span', {class: 'band', dataset: {band: row.band}}, word('band', row.band)),
        },
        state.weight === 'visits' && {
            key: 'scores.visits',
            of: (row) => (row.visits === null ? '–' : String(row.visits)),
        },
    ].filter(Boolean);
}

/* model: of heat(); state: as asked. */
export function heatTable(model, state) {
    const more = besides(state, model);
    const across = (first, others) => [model.columns.map(first), more.map(others)];
    const head = h(
        'tr',
        {},
        h('th', {scope: 'col'}, t('word.store')),
        across(
            (column) => h('th', {scope: 'col', class: 'num'}, nameOf(column)),
            ({key}) => h('th', {scope: 'col'}, t(key)),
        ),
    );
    const rows = model.rows.map(({store, row, cells}) => {
        const href = hash('scores', null, queryOf({...state, store, staff: null}));
        const current = store === state.store ? 'true' : null;
        return h(
            'tr',
            {dataset: {store}, 'aria-current': current},
            h('th', {scope: 'row', dataset: {label: t('word.store')}}, h('a', {href, title: store}, storeName(store))),
            across(
                (column, at) => cell(column, cells[at]),
                ({key, of}) => h('td', {dataset: {label: t(key)}}, of(row)),
            ),
        );
    });
    const foot = h(
        'tr',
        {class: 'average'},
        h(
            'th',
            {scope: 'row', dataset: {label: t('word.store')}},
            t(model.whole ? 'scores.average' : 'scores.average_seen'),
        ),
        across(
            (column) =>
                h(
                    'td',
                    {class: 'num', dataset: {label: nameOf(column)}},
                    column.measure.text(column.average, locale()),
                ),
            ({key}) => h('td', {dataset: {label: t(key)}}, '–'),
        ),
    );
    return h(
        'section',
        {class: 'box heat-box'},
        h(
            'div',
            {class: 'table-box'},
            h(
                'table',
                {class: 'table heat'},
                h('caption', {}, t('scores.caption', {department: word('department', state.department)})),
                h('thead', {}, head),
                h('tbody', {}, rows, foot),
            ),
        ),
        h('p', {class: 'legend note-text'}, t('scores.legend')),
    );
}
