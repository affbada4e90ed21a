/*
 * explorer.js - the journal's entries, newest first, by their envelopes: `#/explorer?type=complaint.*&subject=C-41`,
 * one of them beside the list: `#/explorer/41`.
 *
 * The server looks through so many entries for an answer: what is rare is looked for page by page, a few by itself.
 */
import {ask} from '../lib/ask.js';
import {h, replace} from '../lib/dom.js';
import {failed} from '../lib/failed.js';
import {icon} from '../lib/icon.js';
import {hash} from '../lib/router.js';
import {table} from '../lib/table.js';
import {ticker, when, whenExact} from '../lib/time.js';
import {problemText} from '../lib/toast.js';
import {t} from '../lib/words.js';
import {eventFilters, filtersOf} from '../explorer/filters.js';
import {eventEntry} from '../explorer/entry.js';
import {dotted} from '../explorer/tree.js';

const PAGE = 50,
    EMPTY_PAGES = 10 /* looked through by itself */,
    HEAD_S = 5;

function mount(root, query, ctx) {
    let filters = filtersOf(query),
        id = ctx.id,
        rows = [],
        cursor = null,
        head = 0,
        turn = 0,
        seconds = 0;
    const href = (seq) => hash('explorer', seq, filters);
    const bar = eventFilters({
        change(next) {
            filters = next;
            ctx.keep(filters);
            load();
        },
    });
    /* One button for good, so that it keeps the focus; said once, not at each event. */
    const newerButton = h('button', {type: 'button', on: {click: () => load()}}),
        newerSpoken = h('span', {class: 'hidden', role: 'status'}),
        newer = h('p', {class: 'explorer-newer', hidden: true}, newerButton),
        state = h('div', {class: 'explorer-state', role: 'status'}),
        side = h('div', {class: 'explorer-side'});
    const list = table({
        caption: () => t('explorer.caption'),
        captionHidden: true,
        empty: () => '',
        id: (row) => String(row.seq),
        onOpen: (row) => ctx.go(href(row.seq)),
        columns: [
            {
                key: 'seq',
                title: () => t('explorer.seq'),
                num: true,
                cell: (row) => h('a', {href: href(row.seq)}, row.seq),
            },
            {
                key: 'at',
                title: () => t('explorer.at'),
                cell: (row) => h('time', {datetime: row.at, title: () => whenExact(row.at)}, () => when(row.at)),
            },
            {key: 'type', title: () => t('explorer.type'), cell: (row) => dotted(row.event.type)},
            {key: 'subject', title: () => t('explorer.subject'), cell: (row) => row.event.subject ?? '–'},
            {key: 'source', title: () => t('explorer.source'), cell: (row) => row.event.source},
            {key: 'who', title: () => t('explorer.principal'), cell: (row) => row.principal ?? '–'},
        ],
    });
    const layout = h(
        'div',
        {class: 'explorer-page'},
        h('div', {class: 'explorer-main'}, bar.element, newerSpoken, newer, list.element, state),
        side,
    );
    root.append(layout);

    /* ---- the list ---- */

    function pathOf() {
        const search = new URLSearchParams({...filters, limit: PAGE});
        if (cursor) search.set('cursor', cursor);
        return `/v1/events?${search}`;
    }

    async function load(more = false) {
        const mine = ++turn;
        if (!more) {
            rows = [];
            cursor = null;
        }
        replace(
            state,
            h('p', {class: 'loading', 'aria-busy': 'true'}, () => t('explorer.loading')),
        );
        newerSay(0);
        try {
            const before = rows.length;
            for (let page = 0; page < EMPTY_PAGES && rows.length === before && (page === 0 || cursor); page++) {
                const answer = await ask(pathOf(), {signal: ctx.signal});
                if (mine !== turn) return;
                if (!more && page === 0) head = answer.seq;
                rows = [...rows, ...answer.rows];
                cursor = answer.cursor;
            }
            list.set(rows);
            drawState();
            if (id) openEntry(id);
        } catch (error) {
            if (error.name === 'AbortError' || mine !== turn) return;
            list.set(rows);
            drawFailed(error);
        }
    }

    function drawState() {
        const back = cursor ? Number(cursor) : 1;
        replace(
            state,
            rows.length
                ? null
                : h('p', {class: 'empty'}, () => t(cursor ? 'explorer.none_yet' : 'explorer.none', {n: back})),
            cursor
                ? h('button', {type: 'button', class: 'more', on: {click: () => load(true)}}, () =>
                      t('explorer.further'),
                  )
                : rows.length
                  ? h('p', {class: 'quiet'}, () => t('explorer.all', {n: rows.length}))
                  : null,
        );
    }

    function drawFailed(error) {
        replace(
            state,
            failed(error, load),
        );
    }

    function newerSay(n) {
        if (newer.hidden !== n <= 0) newerSpoken.textContent = n > 0 ? t('explorer.newer', {n}) : '';
        newer.hidden = n <= 0;
        replace(newerButton, icon('up'), () => t('explorer.newer', {n}));
    }

    /* How far the journal is now; a page that nobody looks at does not ask. */
    async function look() {
        if (document.hidden || !head) return;
        try {
            const {rows: roles} = await ask('/v1/status', {signal: ctx.signal});
            const now = roles.find((role) => role.role === 'feed')?.head ?? head;
            newerSay(now - head);
        } catch {
            /* the shell says that the server does not answer */
        }
    }

    /* ---- one of them ---- */

    async function openEntry(next) {
        id = next;
        layout.toggleAttribute('data-open', Boolean(id));
        ctx.title(
            id ? () => `${t('explorer.entry', {seq: id})} · ${t('explorer.title')}` : () => t('explorer.title'),
        );
        for (const row of list.element.querySelectorAll('tbody tr'))
            row.toggleAttribute('aria-current', row.dataset.id === String(id));
        if (!id) {
            replace(side);
            return;
        }
        if (side.firstElementChild?.dataset.seq === String(id)) return;
        try {
            const row = rows.find((one) => String(one.seq) === String(id)) ?? (await ask(`/v1/events/${id}`));
            if (String(row.seq) !== String(id)) return;
            replace(side, eventEntry({row, ctx, filters, close: () => ctx.go(hash('explorer', null, filters))}));
        } catch (error) {
            replace(
                side,
                h('p', {class: 'field-wrong', role: 'alert'}, () => problemText(error)),
            );
        }
    }

    const off = ticker.each(() => ++seconds % HEAD_S === 0 && look());
    bar.show(filters);
    load();
    if (id) openEntry(id);
    return {
        unmount() {
            turn++;
            off();
            list.stop();
        },
        update(next, at_id = null) {
            const changed = JSON.stringify(filtersOf(next)) !== JSON.stringify(filters);
            filters = filtersOf(next);
            bar.show(filters);
            openEntry(at_id);
            if (changed) load();
        },
        takesId: true,
    };
}

export default {title: 'explorer.title', style: '/style/explorer.css', mount};
