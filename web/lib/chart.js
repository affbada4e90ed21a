/*
 * chart.js - lines over time with their intervals, by uPlot; a real table stands behind every one, and alone where
 * uPlot is missing.
 *
 *   const chart = trend({
 *       caption: () => t('scores.trend'), head: () => t('chart.period'), text: (value) => figure(value),
 *       labels: ['2026-10', '2026-11'],
 *       series: [{label: () => 'sh-pudong', values: [862, 871], low: [840, 855], high: [884, 887], n: [31, 44]}],
 *   });
 *   root.append(chart.element); chart.set({labels, series}); chart.stop();
 *
 * null is a gap. `low` and `high` draw a band, `n` stands in the table. Colours are the page's own, read again when
 * the theme changes.
 */
import {h, replace} from './dom.js';
import {table} from './table.js';
import {onLang, t} from './words.js';

const HEIGHT = 240;
const COLOURS = ['--accent', '--series-2', '--series-3', '--series-4', '--series-5', '--series-6'];
const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3], [4, 4], [1, 3]]; /* not by colour alone */

let library = null;

/* uPlot and its style, once; null where the server has none. */
function load() {
    library ??= Promise.all([
        import('/vendor/uplot.js').then((module) => module.default),
        new Promise((resolve, reject) =>
            document.head.append(
                h('link', {rel: 'stylesheet', href: '/vendor/uplot.css', on: {load: resolve, error: reject}}),
            ),
        ),
    ]).then(
        ([uPlot]) => uPlot,
        () => null,
    );
    return library;
}

const say = (text) => (typeof text === 'function' ? text() : text);

/* What uPlot draws: x, then of each series its values, and the two edges of its band. Pure. */
export function columnsOf({labels, series}) {
    const data = [labels.map((label, index) => index)],
        bands = [],
        lines = [{}];
    series.forEach((one, index) => {
        data.push(one.values);
        lines.push({of: index, edge: false});
        if (one.low && one.high) {
            data.push(one.high, one.low);
            bands.push({of: index, series: [data.length - 2, data.length - 1]});
            lines.push({of: index, edge: true}, {of: index, edge: true});
        }
    });
    return {data, bands, lines};
}

/* The same as rows of a table: a row a label. Pure. */
export function rowsOf({labels, series}) {
    return labels.map((label, index) => ({
        id: label,
        cells: series.map((one) => ({
            value: one.values[index],
            low: one.low?.[index] ?? null,
            high: one.high?.[index] ?? null,
            n: one.n?.[index] ?? null,
        })),
    }));
}

function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function options({labels, series, text, width}) {
    const {bands, lines} = columnsOf({labels, series});
    const ink = colour('--text-3'),
        line = colour('--line'),
        font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const axis = {stroke: ink, font, grid: {stroke: line, width: 1}, ticks: {stroke: line, width: 1}};
    const colours = series.map((one, index) => colour(COLOURS[index % COLOURS.length]));
    return {
        width,
        height: HEIGHT,
        padding: [12, 32, 0, 0],
        legend: {show: false},
        cursor: {y: false, points: {size: (plot, index) => (lines[index].edge ? 0 : 7)}},
        scales: {x: {time: false, range: (plot, min, max) => (min === max ? [min - 1, max + 1] : [min, max])}},
        axes: [
            {
                ...axis,
                grid: {show: false},
                splits: () => labels.map((label, index) => index),
                space: 64,
                values: (plot, splits) => splits.map((index) => labels[index] ?? ''),
                incrs: [1, 2, 3, 4, 6, 12, 24],
            },
            {...axis, size: 56, values: (plot, splits) => splits.map((value) => text(value))},
        ],
        series: lines.map(({of, edge}) =>
            of === undefined
                ? {}
                : {
                      label: say(series[of].label),
                      stroke: edge ? 'transparent' : colours[of],
                      width: edge ? 0 : 2,
                      dash: DASHES[of % DASHES.length],
                      points: {show: !edge, size: 6, fill: colours[of], stroke: colours[of]},
                      spanGaps: false,
                  },
        ),
        bands: bands.map(({of, series: pair}) => ({
            series: pair,
            fill: `color-mix(in srgb, ${colours[of]} 16%, transparent)`,
        })),
    };
}

function key(series) {
    return h(
        'ul',
        {class: 'chart-key'},
        series.map((one, index) =>
            h(
                'li',
                {dataset: {series: String(index % COLOURS.length)}},
                h('span', {class: 'chart-line'}),
                one.label,
            ),
        ),
    );
}

function cellText({value, low, high, n}, text) {
    if (value === null || value === undefined) return '–';
    const range = low === null || high === null ? '' : ` (${text(low)}–${text(high)})`;
    return `${text(value)}${range}${n === null ? '' : `, n = ${n}`}`;
}

export function trend({caption, labels = [], series = [], text = String, head = () => t('chart.period')}) {
    let plot = null,
        state = {labels, series},
        stopped = false,
        shows = 'chart',
        list = null;
    const canvas = h('div', {class: 'chart-canvas', role: 'img', 'aria-label': caption});
    const names = h('div'),
        behind = h('div', {class: 'chart-table', hidden: true}),
        read = h('p', {class: 'chart-read', 'aria-hidden': 'true'});
    const toggle = h(
        'button',
        {
            type: 'button',
            class: 'bare',
            'aria-pressed': 'false',
            on: {click: () => show(shows === 'chart' ? 'table' : 'chart')},
        },
        () => t('chart.table'),
    );
    const element = h(
        'figure',
        {class: 'chart'},
        h('figcaption', {class: 'chart-head'}, h('span', {}, caption), toggle),
        names,
        canvas,
        read,
        behind,
    );

    function show(next) {
        shows = next;
        canvas.hidden = names.hidden = read.hidden = next === 'table';
        behind.hidden = next === 'chart';
        toggle.setAttribute('aria-pressed', String(next === 'table'));
        if (next === 'chart') draw();
    }

    function drawTable() {
        list?.stop();
        list = table({
            caption,
            captionHidden: true,
            rows: rowsOf(state),
            columns: [
                {key: 'at', head: true, title: head, cell: (row) => row.id},
                ...state.series.map((one, index) => ({
                    key: `s${index}`,
                    num: true,
                    title: one.label,
                    cell: (row) => cellText(row.cells[index], text),
                })),
            ],
        });
        replace(behind, list.element);
    }

    /* What stands under the cursor, in words. */
    function readAt({cursor}) {
        const row = cursor.idx === null || cursor.idx === undefined ? null : rowsOf(state)[cursor.idx];
        const told = (one, index) => `${say(one.label)} ${cellText(row.cells[index], text)}`;
        read.textContent = row ? [row.id, ...state.series.map(told)].join(' · ') : '\u00a0';
    }

    async function draw() {
        const uPlot = await load();
        if (stopped || shows === 'table') return;
        toggle.hidden = uPlot === null;
        if (uPlot === null) {
            show('table');
            return;
        }
        plot?.destroy();
        replace(names, state.series.length > 1 ? key(state.series) : null);
        replace(canvas);
        if (canvas.clientWidth > 0)
            plot = new uPlot(
                {...options({...state, text, width: canvas.clientWidth}), hooks: {setCursor: [readAt]}},
                columnsOf(state).data,
                canvas,
            );
    }

    const resized = new ResizeObserver(([entry]) => {
        const width = Math.floor(entry.contentRect.width);
        if (width > 0 && plot && plot.width !== width) plot.setSize({width, height: HEIGHT});
        else if (width > 0 && !plot) draw();
    });
    const offLang = onLang(draw);
    addEventListener('themechange', draw);
    resized.observe(canvas);
    drawTable();
    draw();
    return {
        element,
        set(next) {
            state = {...state, ...next};
            drawTable();
            draw();
        },
        stop() {
            stopped = true;
            resized.disconnect();
            offLang();
            removeEventListener('themechange', draw);
            list?.stop();
            plot?.destroy();
        },
    };
}
