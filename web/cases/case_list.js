/*
 * case_list.js - a page of tasks or callbacks: filters, a table, and the case that is open beside it.
 *
 *   const mount = caseList({name: 'tasks', kind, path: '/v1/tasks?status=open', keep, filters, words, columns,
 *       isMine, counts, tools});
 *
 *   keep(card)         does it belong on the list?          isMine(card, name)    is it mine to do?
 *   columns            of lib/table.js; sorted by `due`     tools(ctx)            (optional) what stands beside
 *       the heading
 */
import {actor, actorField, onActor} from '../lib/actor.js';
import {h, replace} from '../lib/dom.js';
import {failed} from '../lib/failed.js';
import {icon} from '../lib/icon.js';
import {keys} from '../lib/keys.js';
import {live} from '../lib/live.js';
import {hash} from '../lib/router.js';
import {table} from '../lib/table.js';
import {now, ticker} from '../lib/time.js';
import {t} from '../lib/words.js';
import {matches, queryOf, viewOf} from './board.js';
import {beside} from './beside.js';
import {dueMs, dueStanding} from './clocks.js';
import {filterBar} from './filter_bar.js';

const VIEWS = ['table'];
const RECOUNT_S = 15;

/** The column that every such list is sorted by: what is due first, whatever has no deadline last. */
export function dueValue(card) {
    return dueMs(card) === Infinity ? null : dueMs(card);
}

export function caseList({name, kind, path, keep, filters, words, columns, isMine, tools}) {
    return function mount(root, query, ctx) {
        let view = viewOf(Object.fromEntries(query), filters, VIEWS),
            told = {loading: true},
            seconds = 0;
        const href = (id) => hash(name, id, queryOf(view, filters, VIEWS));
        const late = (card) => dueStanding(card, now()).tone === 'late';
        const state = h('div', {}),
            counts = h('p', {class: 'board-counts'});
        const bar = filterBar({
            view,
            names: filters,
            words,
            views: VIEWS,
            mineWord: `${name}.mine`,
            change(next) {
                view = next;
                ctx.keep(queryOf(view, filters, VIEWS));
                draw();
            },
        });
        const list = table({
            caption: () => t(`${name}.title`),
            captionHidden: true,
            columns,
            sort: 'due',
            onOpen: (row) => ctx.go(href(row.id)),
            rowState: (row) => (late(row) ? 'late' : null),
            empty: () => '',
        });
        const who = h('div', {});
        const main = h('div', {class: 'cases-main'}, bar.element, who, counts, state, list.element);
        const row = (id) => list.element.querySelector(`tr[data-id="${CSS.escape(id)}"]`);
        const marks = {
            mark(id) {
                list.element.querySelector('tr[aria-current]')?.removeAttribute('aria-current');
                if (id) row(id)?.setAttribute('aria-current', 'true');
            },
            focus: (id) => row(id)?.focus({preventScroll: true}),
        };
        const side = beside({root, main, ctx, kind, href, title: `${name}.title`, list: marks, cases: () => []});
        if (tools) replace(ctx.tools, tools(ctx));

        function stateOf(all, some) {
            if (told.problem && !all.length)
                return failed(told.problem);
            if (told.loading && !all.length)
                return h('p', {class: 'loading', 'aria-busy': 'true'}, () => t('list.loading'));
            if (!all.length) return h('p', {class: 'empty'}, () => t(`${name}.none`));
            return some.length
                ? null
                : h('p', {class: 'empty'}, () => t(view.mine && !actor(ctx.me) ? 'actor.first' : 'list.no_match'));
        }

        function draw() {
            const all = [...rows.rows.values()],
                mine = (card) => isMine(card, actor(ctx.me));
            const some = all.filter((card) => matches(card, view, {late, mine}, filters)),
                n = some.filter(late).length;
            bar.offer(all);
            if (Boolean(who.firstChild) !== (view.mine && ctx.me.local))
                replace(who, view.mine ? actorField(ctx.me) : null);
            replace(state, stateOf(all, some));
            replace(
                counts,
                all.length ? h('span', {}, () => t('list.open', {n: some.length})) : null,
                n
                    ? h('span', {class: 'clock', dataset: {state: 'late'}}, icon('late'), () => t('board.late', {n}))
                    : null,
            );
            list.element.hidden = !some.length;
            list.set(some);
            marks.mark(side.id());
        }

        const rows = live({
            path,
            channel: kind.channel,
            keep,
            change(_, next) {
                told = next;
                draw();
            },
        });
        const pops = [
            keys({'/': ['board.search', () => bar.focus()]}),
            onActor(draw),
            ticker.each(() => ++seconds % RECOUNT_S === 0 && draw()),
            bar.stop,
            list.stop,
            () => rows.stop(),
            side.stop,
        ];
        side.open(ctx.id);
        return {
            takesId: true,
            update(next, id) {
                view = viewOf(Object.fromEntries(next), filters, VIEWS);
                bar.show(view);
                side.open(id);
                draw();
            },
            unmount: () => pops.reverse().forEach((stop) => stop()),
        };
    };
}
