/*
 * scores.js - how content customers are: stores beside each other, over time, down to who served and the single
 * rating. All of what is looked at stands in the address.
 */
import {ask, askAll} from '../lib/ask.js';
import {h, replace} from '../lib/dom.js';
import {failed} from '../lib/failed.js';
import {evidence, measures} from '../lib/figures.js';
import {heat, worst} from '../lib/heat.js';
import {grainOf, periodOf, shift} from '../lib/period.js';
import {keys} from '../lib/keys.js';
import {places, storeName} from '../lib/places.js';
import {hash} from '../lib/router.js';
import {rules as rulesOfNow} from '../lib/rules.js';
import {stream} from '../lib/stream.js';
import {locale, onLang, t, word} from '../lib/words.js';
import {controls} from '../scores/controls.js';
import {heatTable, worthOf} from '../scores/heat_table.js';
import {rankingLoad, rankingTables} from '../scores/ranking.js';
import {hasNext, queryOf, scoresPath, stateOf} from '../scores/state.js';
import {storeLoad, storePart} from '../scores/store.js';
import {trendLoad, trendPart} from '../scores/trend.js';

const AGAIN_MS = 5000; /* a busy day has a card of a score each second: figures move, and still can be read */

const none = (error) => {
    if (error.name === 'AbortError') throw error;
    return null;
};

/* Who works in one department looks at it first; else the rulebook's order. */
function departmentsOf(rules, me) {
    const there = new Set(places().flatMap((store) => store.departments));
    const all = [...new Set([...Object.keys(rules.weights), ...there])];
    const own = me.departments?.find((name) => all.includes(name));
    const first = own ?? (all.includes('service') ? 'service' : all[0]) ?? 'service';
    return [first, ...all.filter((name) => name !== first)];
}

/* everywhere: may who looks be told what all stores are together? Else it would be refused, and is not asked for. */
async function load(state, everywhere, signal) {
    const [{rows}, whole, ranking, all, store] = await Promise.all([
        askAll(scoresPath(state, 'store'), {signal}),
        everywhere ? ask(scoresPath(state, 'department'), {signal}).catch(none) : null,
        state.store ? null : rankingLoad(state, signal).catch(none),
        everywhere ? trendLoad({...state, store: null}, signal).catch(none) : null,
        state.store ? storeLoad(state, signal) : null,
    ]);
    const one = state.store ?? (!everywhere && rows.length === 1 ? rows[0].store : null);
    const own = one ? await trendLoad({...state, store: one}, signal).catch(none) : null;
    const lines = [own && {name: one, loaded: own}, all && {name: null, loaded: all}].filter(Boolean);
    return {rows, whole: whole?.rows[0] ?? null, ranking, lines, store};
}

/* Figures side by side, so that no average hides the one behind it. */
function headline(loaded, state, rules) {
    const measure = measures[state.measure];
    const average = loaded.whole && measure.of(loaded.whole);
    const last = worst(loaded.rows, state.measure, rules, average ? average.value : null);
    const own = loaded.rows.find((row) => row.store === state.store);
    const thin = (figure) => (evidence(figure.n, rules) === 'firm' ? null : t('scores.thin'));
    const shown = (figure) => figure && evidence(figure.n, rules) !== 'few';
    const big = (label, store, figure) =>
        h(
            'div',
            {class: 'headline-figure'},
            h('p', {class: 'label'}, label),
            h(
                'p',
                {class: 'big'},
                shown(figure) ? measure.text(figure.value, locale()) : '–',
                store
                    ? h(
                          'a',
                          {class: 'of', href: hash('scores', null, queryOf({...state, store, staff: null}))},
                          storeName(store),
                      )
                    : null,
            ),
            h(
                'p',
                {class: 'note-text'},
                shown(figure)
                    ? [worthOf(figure, measure), thin(figure)].filter(Boolean).join(' · ')
                    : t('scores.few', {n: figure ? figure.n : 0}),
            ),
        );
    return h(
        'div',
        {class: 'headline'},
        state.store ? big(storeName(state.store), null, own ? measure.of(own) || null : null) : null,
        average ? big(t('scores.average'), null, average) : null,
        last ? big(t('scores.last'), last.row.store, last.figure) : null,
        average || last ? null : h('p', {class: 'empty'}, t('scores.headline_none')),
    );
}

export default {
    title: 'scores.title',
    style: ['/style/card.css', '/style/scores.css'],
    async mount(root, query, ctx) {
        const rules = await rulesOfNow();
        const departments = departmentsOf(rules, ctx.me);
        const everywhere = ctx.can('see_score') === 'all' || (ctx.me.stores ?? []).includes('*');
        let state = stateOf(query, rules, departments),
            loaded = null,
            problem = null,
            abort = null,
            parts = [],
            waiting = 0;
        const body = h('div', {class: 'scores-body', 'aria-live': 'off'});
        const panel = controls(departments, (part) => {
            state = {...state, ...part};
            ctx.keep(queryOf(state));
            begin();
        });

        function stopParts() {
            parts.forEach((part) => part.stop?.());
            parts = [];
        }

        function draw() {
            stopParts();
            if (problem)
                return replace(
                    body,
                    failed(problem, begin),
                );
            if (!loaded) return replace(body, h('p', {class: 'loading'}, t('scores.loading')));
            const model = heat(loaded.rows, {
                measure: state.measure,
                department: state.department,
                rules,
                whole: loaded.whole,
            });
            const chart = loaded.lines.length ? trendPart(loaded.lines, state, rules) : null;
            const store = loaded.store && storePart(loaded.store, state, rules, chart?.element ?? null, ctx);
            parts = [chart, store].filter(Boolean);
            const nothing = h(
                'p',
                {class: 'empty'},
                t('scores.none', {department: word('department', state.department)}),
            );
            return replace(
                body,
                headline(loaded, state, rules),
                store?.element ?? null,
                loaded.rows.length ? heatTable(model, state) : nothing,
                store ? null : (chart?.element ?? null),
                rankingTables(loaded.ranking, state, rules),
            );
        }

        async function begin() {
            abort?.abort();
            clearTimeout(waiting);
            waiting = 0;
            const mine = (abort = new AbortController());
            panel.set(state);
            body.setAttribute('aria-busy', 'true');
            try {
                loaded = await load(state, everywhere, mine.signal);
                problem = null;
            } catch (error) {
                if (mine.signal.aborted) return;
                problem = error;
            }
            body.removeAttribute('aria-busy');
            draw();
        }

        /* Only while the present period is looked at, and nobody is reading single ratings. */
        function moved(card) {
            const now = state.period === periodOf(state.today, grainOf(state.period));
            if (now && !state.store && !waiting && card.department === state.department)
                waiting = setTimeout(begin, AGAIN_MS);
        }

        const turn = (by) => {
            if (by > 0 && !hasNext(state)) return;
            state = {...state, period: shift(state.period, by)};
            ctx.keep(queryOf(state));
            begin();
        };
        const offs = [
            stream.on('score', moved),
            stream.onResync(begin),
            onLang(draw),
            keys({'[': ['scores.before', () => turn(-1)], ']': ['scores.after', () => turn(1)]}),
        ];
        replace(root, panel.element, body);
        draw();
        await begin();
        return {
            unmount() {
                abort?.abort();
                clearTimeout(waiting);
                stopParts();
                offs.forEach((off) => off());
            },
            async update(next) {
                const before = state.store;
                state = stateOf(next, rules, departments);
                await begin();
                if (state.store && state.store !== before) root.querySelector('#store-title')?.focus();
            },
        };
    },
};
