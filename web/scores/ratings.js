/*
 * ratings.js - the single ratings that a figure is made of, as they came in: newest first, a page at a time. Without
 * comments; those are asked for by their entry, with a reason.
 */
import {wordsOf} from '../cases/personal_dialog.js';
import {ask} from '../lib/ask.js';
import {h, replace} from '../lib/dom.js';
import {plain} from '../lib/figures.js';
import {at} from '../lib/time.js';
import {problemText} from '../lib/toast.js';
import {locale, t, word} from '../lib/words.js';

const figure = (value) => (value === null ? '–' : plain(value, Number.isInteger(value) ? 0 : 1, locale()));

function answered(row) {
    if (row.scores)
        return Object.entries(row.scores).map(([name, value]) =>
            h('span', {class: 'answer'}, `${word('dimension', name)} `, h('b', {}, figure(value))),
        );
    return row.raw ? t('scores.raw', {key: String(row.raw.key), scale: row.raw.scale}) : '–';
}

/* where: {store, department, staff, since, until}; ctx: the page's. Returns {element, stop}. */
export function ratings(where, ctx) {
    const abort = new AbortController();
    let rows = [],
        cursor = null,
        loading = false,
        problem = null;
    const body = h('tbody');
    const more = h(
        'button',
        {type: 'button', class: 'more', hidden: true, on: {click: () => load()}},
        t('scores.ratings_more'),
    );
    const said = h('p', {class: 'note-text', 'aria-live': 'polite'});
    const head = [
        'scores.time',
        'scores.overall',
        'scores.dimensions',
        'scores.nps',
        'scores.channel',
        'scores.staff',
        'scores.visit',
        'scores.entry',
    ];

    function rowOf(row) {
        const cells = [
            at(row.time),
            figure(row.overall),
            answered(row),
            figure(row.nps),
            word('channel', row.channel),
            row.staff ? h('a', {href: `#/person/${encodeURIComponent(row.staff)}`}, row.staff) : '–',
            row.visit ?? '–',
            wordsOf(row.seq, ctx),
        ];
        return h(
            'tr',
            {dataset: {seq: row.seq}},
            cells.map((cell, index) =>
                h('td', {class: index === 1 || index === 3 ? 'num' : null, dataset: {label: t(head[index])}}, cell),
            ),
        );
    }

    function draw() {
        replace(body, rows.map(rowOf));
        more.hidden = cursor === null || loading;
        said.textContent = problem
            ? problemText(problem)
            : loading
              ? t('scores.ratings_loading')
              : rows.length
                ? t('scores.ratings_as_came')
                : cursor
                  ? t('scores.ratings_none_yet')
                  : t('scores.ratings_none');
    }

    async function load() {
        loading = true;
        problem = null;
        draw();
        const asked = new URLSearchParams(Object.entries({...where, limit: 20, cursor}).filter(([, value]) => value));
        try {
            const page = await ask(`/v1/ratings?${asked}`, {signal: abort.signal});
            rows = [...rows, ...page.rows];
            cursor = page.cursor;
        } catch (error) {
            if (abort.signal.aborted) return;
            problem = error;
        }
        loading = false;
        draw();
    }

    load();
    return {
        element: h(
            'div',
            {class: 'box ratings'},
            h(
                'div',
                {class: 'table-box'},
                h(
                    'table',
                    {class: 'table single'},
                    h(
                        'caption',
                        {},
                        where.staff ? t('scores.ratings_of', {staff: where.staff}) : t('scores.ratings'),
                    ),
                    h(
                        'thead',
                        {},
                        h(
                            'tr',
                            {},
                            head.map((key, index) =>
                                h('th', {scope: 'col', class: index === 1 || index === 3 ? 'num' : null}, t(key)),
                            ),
                        ),
                    ),
                    body,
                ),
            ),
            said,
            more,
        ),
        stop: () => abort.abort(),
    };
}
