/*
 * ranking.js - how stores stand beside each other in a period: T scores, ties, and why somebody has no rank. Of a
 * closed period as it was frozen, with what later data would have made of it.
 */
import {ask} from '../lib/ask.js';
import {h} from '../lib/dom.js';
import {interval, measures, plain} from '../lib/figures.js';
import {standing} from '../lib/heat.js';
import {grainOf} from '../lib/period.js';
import {storeSign} from '../lib/signs.js';
import {locale, t, word} from '../lib/words.js';

/* Rows of this department, and those of whole stores; null of a day, which has no ranking. */
export async function rankingLoad(state, signal) {
    if (grainOf(state.period) === 'day') return null;
    const {rows} = await ask(`/v1/period?period=${state.period}&limit=1000`, {signal});
    return {
        department: rows.filter((row) => row.department === state.department),
        whole: rows.filter((row) => !row.department),
    };
}

function rankText(row) {
    if (row.rank === null) return '–';
    return row.tied > 1 ? t('scores.rank_tied', {rank: row.rank, tied: row.tied}) : String(row.rank);
}

function whyNot(row, rules) {
    if (row.rank !== null) return '';
    if (row.department && (row.n ?? 0) < rules.rank)
        return t('scores.unranked_n', {n: row.n ?? 0, least: rules.rank});
    return t('scores.unranked');
}

function restated(row) {
    const {restated: now} = row;
    if (!now || !row.csi || now.value === row.csi.value) return null;
    return h('small', {}, t('scores.restated', {value: measures.index.text(now.value, locale()), n: now.n}));
}

function indexText(row) {
    if (!row.csi) return '–';
    const between = interval(row.csi, measures.index, locale());
    return [
        measures.index.text(row.csi.value, locale()),
        h('small', {}, between ? t('scores.between', {...between, n: row.n}) : t('scores.only_n', {n: row.n})),
        restated(row),
    ];
}

function inTime(row) {
    return row.in_time ? `${plain(100 * row.in_time.share, 1, locale())} %` : '–';
}

function one(caption, rows, columns) {
    const cells = (row) =>
        columns.map(({key, of, num}) => h('td', {class: num ? 'num' : null, dataset: {label: t(key)}}, of(row)));
    return h(
        'div',
        {class: 'table-box'},
        h(
            'table',
            {class: 'table ranking'},
            h('caption', {}, caption),
            h(
                'thead',
                {},
                h(
                    'tr',
                    {},
                    h('th', {scope: 'col'}, t('word.store')),
                    columns.map(({key, num}) => h('th', {scope: 'col', class: num ? 'num' : null}, t(key))),
                ),
            ),
            h(
                'tbody',
                {},
                standing(rows).map((row) =>
                    h(
                        'tr',
                        {dataset: {store: row.store}},
                        h('th', {scope: 'row', dataset: {label: t('word.store')}}, storeSign(row.store)),
                        cells(row),
                    ),
                ),
            ),
        ),
    );
}

export function rankingTables(ranking, state, rules) {
    if (!ranking || ranking.department.length === 0) return null;
    const figure = (name, digits) => ({
        key: `scores.${name}`,
        num: true,
        of: (row) => plain(row[name], digits, locale()),
    });
    const rank = {key: 'scores.rank', num: true, of: rankText};
    const why = {key: 'scores.note', of: (row) => whyNot(row, rules)};
    const status = ranking.department[0].status;
    return h(
        'section',
        {class: 'box ranking-part', 'aria-labelledby': 'ranking-title'},
        h(
            'h2',
            {id: 'ranking-title'},
            t('scores.ranking'),
            ' ',
            h('span', {class: 'sign', dataset: {state: 'info'}}, word('period_status', status)),
        ),
        h('p', {class: 'note-text'}, t('scores.ranking_how')),
        one(t('scores.ranking_of', {department: word('department', state.department)}), ranking.department, [
            rank,
            {key: 'scores.index', num: true, of: indexText},
            figure('shrunken', 1),
            figure('t', 1),
            why,
        ]),
        ranking.whole.length
            ? one(t('scores.ranking_stores'), ranking.whole, [
                  rank,
                  figure('t', 1),
                  {key: 'scores.in_time', num: true, of: inTime},
                  why,
              ])
            : null,
    );
}
