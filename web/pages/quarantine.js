/*
 * quarantine.js - events that were refused, by what is wrong with them: `#/quarantine?code=E1205`; one of them beside
 * the list, to be mended: `#/quarantine/KEY`.
 */
import {ask, askAll} from '../lib/ask.js';
import {h, replace} from '../lib/dom.js';
import {failed} from '../lib/failed.js';
import {icon} from '../lib/icon.js';
import {hash} from '../lib/router.js';
import {table} from '../lib/table.js';
import {ticker, when, whenExact} from '../lib/time.js';
import {problemText} from '../lib/toast.js';
import {stateSign} from '../lib/signs.js';
import {figure, t} from '../lib/words.js';
import {refusedEvent} from '../explorer/refused.js';
import {dotted} from '../explorer/tree.js';

const MOST = 2000,
    AGAIN_S = 15;

function mount(root, query, ctx) {
    let code = query.get('code') ?? '',
        all = query.has('all'),
        id = ctx.id,
        rows = [],
        seconds = 0,
        turn = 0;
    const queryNow = () => ({code, all});
    const href = (key) => hash('quarantine', key, queryNow());
    const codes = h('div', {class: 'quarantine-codes', role: 'group', 'aria-label': () => t('quarantine.codes')}),
        state = h('div', {class: 'explorer-state', role: 'status'}),
        side = h('div', {class: 'explorer-side'});
    const list = table({
        caption: () => t('quarantine.caption'),
        captionHidden: true,
        empty: () => '',
        id: (row) => row.key,
        sort: 'last',
        down: true,
        onOpen: (row) => ctx.go(href(row.key)),
        columns: [
            {
                key: 'code',
                title: () => t('quarantine.code'),
                cell: (row) => h('a', {href: href(row.key)}, row.code),
                sort: (row) => row.code,
            },
            {
                key: 'field',
                title: () => t('quarantine.field'),
                cell: (row) => dotted(row.field || '–'),
                sort: (row) => row.field,
            },
            {key: 'type', title: () => t('explorer.type'), cell: (row) => dotted(row.event?.type ?? '–')},
            {
                key: 'source',
                title: () => t('quarantine.source'),
                cell: (row) => row.source || '–',
                sort: (row) => row.source,
            },
            {
                key: 'count',
                title: () => t('quarantine.count'),
                num: true,
                cell: (row) => figure(row.count),
                sort: (row) => row.count,
            },
            {
                key: 'last',
                title: () => t('quarantine.last'),
                cell: (row) =>
                    h('time', {datetime: row.last_at, title: () => whenExact(row.last_at)}, () =>
                        when(row.last_at),
                    ),
                sort: (row) => row.last_at,
            },
            {
                key: 'state',
                title: () => t('quarantine.state'),
                cell: (row) =>
                    stateSign(row.mended_seq ? 'good' : 'soon', () =>
                        t(row.mended_seq ? 'quarantine.mended' : 'quarantine.waits'),
                    ),
                sort: (row) => (row.mended_seq ? 1 : 0),
            },
        ],
    });
    const layout = h(
        'div',
        {class: 'explorer-page'},
        h('div', {class: 'explorer-main'}, codes, list.element, state),
        side,
    );
    root.append(layout);

    function set(next, every) {
        code = next;
        all = every;
        ctx.keep(queryNow());
        draw();
    }

    function drawCodes() {
        const waiting = rows.filter((row) => all || !row.mended_seq);
        const counts = Map.groupBy
            ? Map.groupBy(waiting, (row) => row.code)
            : waiting.reduce((by, row) => by.set(row.code, [...(by.get(row.code) ?? []), row]), new Map());
        const button = (value, text) =>
            h(
                'button',
                {
                    type: 'button',
                    class: 'toggle',
                    'aria-pressed': String(code === value),
                    on: {click: () => set(value, all)},
                },
                text,
            );
        replace(
            codes,
            button('', () => t('quarantine.every', {n: waiting.length})),
            [...counts]
                .sort((a, b) => b[1].length - a[1].length)
                .map(([one, some]) => button(one, `${one} · ${figure(some.length)}`)),
            h(
                'label',
                {class: 'check'},
                h('input', {
                    type: 'checkbox',
                    checked: all,
                    on: {change: (event) => set(code, event.target.checked)},
                }),
                () => t('quarantine.with_mended'),
            ),
        );
    }

    function draw() {
        const some = rows.filter((row) => (!code || row.code === code) && (all || !row.mended_seq));
        drawCodes();
        list.set(some);
        replace(
            state,
            some.length
                ? null
                : h('p', {class: 'empty'}, icon('ok'), ' ', () =>
                      t(rows.length ? 'quarantine.none_such' : 'quarantine.none'),
                  ),
        );
    }

    async function load(quietly = false) {
        const mine = ++turn;
        if (!quietly)
            replace(
                state,
                h('p', {class: 'loading', 'aria-busy': 'true'}, () => t('quarantine.loading')),
            );
        try {
            const answer = await askAll('/v1/quarantine', {signal: ctx.signal, limit: 200, max: MOST});
            if (mine !== turn) return;
            rows = answer.rows;
            draw();
        } catch (error) {
            if (error.name === 'AbortError' || mine !== turn || quietly) return;
            replace(
                state,
                failed(error, load),
            );
        }
    }

    async function openOne(next) {
        id = next;
        layout.toggleAttribute('data-open', Boolean(id));
        ctx.title(() => t('quarantine.title'));
        if (!id || side.firstElementChild?.dataset.key === id) {
            if (!id) replace(side);
            return;
        }
        try {
            const row =
                rows.find((one) => one.key === id) ?? (await ask(`/v1/quarantine/${encodeURIComponent(id)}`));
            if (row.key !== id) return;
            const close = () => ctx.go(hash('quarantine', null, queryNow()));
            replace(side, refusedEvent({row, ctx, close, changed: () => load(true)}));
        } catch (error) {
            replace(
                side,
                h('p', {class: 'field-wrong', role: 'alert'}, () => problemText(error)),
            );
        }
    }

    const off = ticker.each(() => ++seconds % AGAIN_S === 0 && !document.hidden && load(true));
    load();
    openOne(id);
    return {
        unmount() {
            turn++;
            off();
            list.stop();
        },
        update(next, at_id = null) {
            code = next.get('code') ?? '';
            all = next.has('all');
            openOne(at_id);
            draw();
        },
        takesId: true,
    };
}

export default {title: 'quarantine.title', style: '/style/explorer.css', mount};
