/*
 * score_panel.js - how satisfied this month: the group with its interval, the lowest beside it, and the months
 * before. Few ratings are said to be few, and make nobody the lowest.
 */
import {ask, askAll} from '../lib/ask.js';
import {h, replace} from '../lib/dom.js';
import {intervalPlot, sparkline} from '../lib/plot.js';
import {placeText} from '../lib/signs.js';
import {stream} from '../lib/stream.js';
import {day, now} from '../lib/time.js';
import {problemText} from '../lib/toast.js';
import {lowest} from '../lib/verdict.js';
import {figure, onLang, t} from '../lib/words.js';

const MONTHS = 6,
    LOWEST = 3;
const SETTLE_MS = 15000; /* ratings come all day: that often is often enough for a month's figure */

/* '2026-01', 2 → '2025-11'. */
export function monthBack(month, by) {
    const [year, number] = month.split('-').map(Number),
        at = year * 12 + number - 1 - by;
    return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`;
}

function intervalText({low = null, high, n}) {
    return low === null
        ? t('now.n', {n})
        : t('now.interval', {low: figure(low), high: figure(high), n});
}

/* The scale on which all of them can be compared: hundreds around what there is. */
export function scaleOf(figures) {
    const all = figures.flatMap(({value, low, high}) => [low ?? value, high ?? value]);
    const least = Math.max(0, Math.floor((Math.min(...all) - 1) / 100) * 100);
    return {least, most: Math.max(least + 100, Math.min(1000, Math.ceil((Math.max(...all) + 1) / 100) * 100))};
}

function row(label, one, average, scale) {
    return h(
        'li',
        {class: 'score-row'},
        h('span', {class: 'score-name'}, label),
        h('span', {class: 'score-value'}, figure(one.csi.value)),
        intervalPlot({...one.csi, average, ...scale}),
        h('span', {class: 'score-n'}, intervalText({...one.csi, n: one.n})),
    );
}

/* The line of months in words, for who reads by ear. */
function monthsText(values) {
    const month = day(now()).slice(0, 7);
    const said = (value, index) =>
        value === null ? null : `${monthBack(month, values.length - 1 - index)} ${figure(value)}`;
    return values.map(said).filter(Boolean).join(', ');
}

/* Whose figure is the group's? */
function seesAll({me, can}) {
    const all = (names) => names?.includes('all');
    return can('see_score') === 'all' || (all(me.stores) && all(me.departments));
}

export function scorePanel(ctx) {
    const value = h('span', {class: 'tile-value'}, '–'),
        notes = h('span', {class: 'tile-notes'}),
        trend = h('span', {class: 'tile-trend'});
    const element = h(
        'a',
        {class: 'tile', href: '#/scores'},
        h('span', {class: 'tile-label'}, () => t('now.month_short')),
        value,
        notes,
        trend,
    );
    const body = h('ul', {class: 'score-rows'}),
        failed = h('p', {class: 'empty', hidden: true});
    const panel = h(
        'section',
        {class: 'box now-scores'},
        h(
            'header',
            {},
            h('h2', {}, () => t('now.month')),
            h('a', {href: '#/scores'}, () => t('now.all_scores')),
        ),
        body,
        failed,
    );
    let known = null,
        settling = 0,
        stopped = false,
        groups = seesAll(ctx); /* who sees some places alone is told of those */

    async function load() {
        const month = day(now()).slice(0, 7);
        const group = (period) =>
            ask(`/v1/scores?by=group&period=${period}`, {signal: ctx.signal}).then(({rows}) => rows[0] ?? null);
        try {
            const [stores, whole] = await Promise.all([
                askAll(`/v1/scores?by=store&period=${month}`, {signal: ctx.signal}).then(({rows}) => rows),
                groups ? group(month) : null,
            ]);
            const months = Array.from({length: groups ? MONTHS - 1 : 0}, (none, index) =>
                group(monthBack(month, MONTHS - 1 - index)).catch(() => null),
            );
            const before = await Promise.all(months);
            known = {stores, whole, before, problem: null};
        } catch (error) {
            if (error.name === 'AbortError') return;
            known = {...known, problem: error};
        }
        draw();
    }

    /* Of the group; for who may not see that, of the place that stands lowest of theirs, and it is named. */
    function drawTile({whole: all, before, stores}) {
        const whole = groups ? all : (lowest(stores)[0] ?? stores[0]);
        const named = (text) => (groups ? text : `${placeText(whole)} · ${text}`);
        const enough = whole?.csi && whole.evidence !== 'insufficient';
        const values = [...before, whole].map((one) =>
            one?.csi && one.evidence !== 'insufficient' ? one.csi.value : null,
        );
        value.textContent = enough ? figure(whole.csi.value) : '–';
        notes.textContent =
            !whole || whole.n === 0
                ? t('now.no_ratings')
                : whole.evidence === 'insufficient'
                  ? named(t('now.few', {n: whole.n}))
                  : named(intervalText({...whole.csi, n: whole.n})); /* without an index: nobody judged its parts */
        const first = values.findIndex((one) => one !== null);
        const line = first < 0 ? null : sparkline(values.slice(first));
        replace(trend, line, line && h('span', {class: 'hidden'}, `${t('now.trend')}: ${monthsText(values)}`));
    }

    function draw() {
        if (!known || stopped) return;
        failed.hidden = !known.problem;
        failed.textContent = known.problem ? problemText(known.problem) : '';
        if (!known.stores) return;
        drawTile(known);
        const low = lowest(known.stores).slice(0, LOWEST),
            whole = known.whole?.csi && known.whole.evidence !== 'insufficient' ? known.whole : null;
        const scale = low.length || whole ? scaleOf([...low, whole].filter(Boolean).map((one) => one.csi)) : null;
        const named = (one, index) =>
            index === 0 && low.length > 1 ? t('now.worst', {place: placeText(one)}) : placeText(one);
        replace(
            body,
            whole ? row(t('now.average'), whole, whole.csi.value, scale) : null,
            low.map((one, index) =>
                row(named(one, index), one, whole?.csi.value, scale),
            ),
            scale ? null : h('li', {class: 'empty'}, t('now.no_ratings')),
        );
    }

    const soon = () => {
        settling ||= setTimeout(() => {
            settling = 0;
            load();
        }, SETTLE_MS);
    };
    const offs = [stream.on('score', soon), stream.onResync(soon), onLang(draw)];
    load();
    return {
        element,
        panel,
        load,
        stop() {
            stopped = true;
            clearTimeout(settling);
            offs.forEach((off) => off());
        },
    };
}
