/*
 * complaints.js - the board of complaints and, beside it, one of them: `#/complaints?store=sh-pudong&mine=1`,
 * `#/complaints/C-41`.
 *
 * The board stays while cards are opened and closed. All open complaints are held, filtered here: a filter answers
 * at once, and counts are those of this very moment.
 */
import {actor, actorField, onActor} from '../lib/actor.js';
import {askAll} from '../lib/ask.js';
import {h, replace} from '../lib/dom.js';
import {icon} from '../lib/icon.js';
import {keys} from '../lib/keys.js';
import {live} from '../lib/live.js';
import {handledBy, roster} from '../lib/roster.js';
import {hash} from '../lib/router.js';
import {at, day, now, ticker} from '../lib/time.js';
import {problemText} from '../lib/toast.js';
import {t, word} from '../lib/words.js';
import {isMine, matches, queryOf, storms, viewOf} from '../cases/board.js';
import {standing} from '../cases/clocks.js';
import {complaintBoard} from '../cases/complaint_board.js';
import {complaintCard} from '../cases/complaint_card.js';
import {complaintTable} from '../cases/complaint_table.js';
import {filterBar} from '../cases/filter_bar.js';

const RECOUNT_S = 15; /* clocks run out without a card that says so */
const CLOSED_MOST = 1000;

function isClosedToday(card) {
    return card.status === 'closed' && card.closed_at && day(card.closed_at) === day(now());
}

function closedToday({href, signal}) {
    const body = h('div', {class: 'closed-body'});
    const element = h(
        'details',
        {class: 'closed', on: {toggle: () => element.open && load()}},
        h('summary', {}, () => t('board.closed_today')),
        body,
    );

    async function load() {
        try {
            const {rows} = await askAll('/v1/complaints?status=closed', {signal, max: CLOSED_MOST});
            const some = rows.filter(isClosedToday).sort((a, b) => Date.parse(b.closed_at) - Date.parse(a.closed_at));
            replace(
                body,
                some.length
                    ? h(
                          'ol',
                          {class: 'closed-list'},
                          some.map((card) =>
                              h(
                                  'li',
                                  {},
                                  h('a', {href: href(card.id)}, card.id),
                                  ' ',
                                  () =>
                                      [
                                          word('category', card.category),
                                          card.store,
                                          word('complaint_outcome', card.outcome),
                                      ].join(' · '),
                                  ' ',
                                  at(card.closed_at),
                              ),
                          ),
                      )
                    : h('p', {class: 'quiet'}, () => t('board.nothing_closed')),
            );
        } catch (error) {
            if (error.name !== 'AbortError')
                replace(
                    body,
                    h('p', {class: 'field-wrong'}, () => problemText(error)),
                );
        }
    }

    return element;
}

function mount(root, query, ctx) {
    let view = viewOf(Object.fromEntries(query)),
        id = ctx.id,
        card = null,
        told = {loading: true},
        defaults = new Set(),
        seconds = 0;
    const href = (one) => hash('complaints', one, queryOf(view));
    const bar = filterBar({
        view,
        change(next) {
            view = next;
            ctx.keep(queryOf(view));
            draw();
        },
    });
    const board = complaintBoard({href}),
        listBox = h('div', {});
    let list = null; /* its keys would be in the way of the board's */
    const counts = h('p', {class: 'board-counts', role: 'status'}),
        state = h('div', {class: 'board-state'});
    const who = h('div', {}),
        side = h('div', {class: 'cases-side'}),
        main = h('div', {class: 'cases-main'});
    const layout = h('div', {class: 'cases-page'}, main, side);
    const closed = closedToday({href, signal: ctx.signal});
    replace(main, bar.element, who, counts, state, board.element, listBox, closed);
    root.append(layout);

    const rows = live({
        path: '/v1/complaints?status=open',
        channel: 'complaint',
        keep: (one) => one.status !== 'closed',
        change(_, next) {
            told = next;
            draw();
            if (!next.loading) board.settled();
        },
    });

    function cases() {
        return [...rows.rows.values()].map((one) => [one.id, [word('category', one.category), one.store].join(' · ')]);
    }

    /* ---- the board ---- */

    function drawState(all, some) {
        if (told.problem)
            replace(
                state,
                h(
                    'div',
                    {class: 'failed', role: 'alert'},
                    icon('late'),
                    h('p', {}, () => problemText(told.problem)),
                    h('button', {type: 'button', on: {click: () => rows.reload()}}, () => t('shell.again')),
                ),
            );
        else if (told.loading && !all.length)
            replace(
                state,
                h('p', {class: 'empty', 'aria-busy': 'true'}, () => t('board.loading')),
            );
        else if (!all.length)
            replace(
                state,
                h('p', {class: 'empty'}, icon('ok'), () => t('board.nobody')),
            );
        else if (!some.length)
            replace(
                state,
                h('p', {class: 'empty'}, () => t(view.mine && !actor(ctx.me) ? 'actor.first' : 'board.no_match')),
            );
        else replace(state, told.more ? h('p', {class: 'quiet'}, () => t('board.too_many', {n: all.length})) : null);
    }

    function draw() {
        const now_ms = now(),
            all = [...rows.rows.values()];
        const mine = (one) => isMine(one, actor(ctx.me), defaults);
        const some = all.filter((one) => matches(one, view, now_ms, mine));
        const tones = some.map((one) => standing(one, now_ms).tone);
        const count = (tone) => tones.filter((one) => one === tone).length;
        bar.offer(all);
        replace(who, view.mine ? actorField(ctx.me) : null);
        drawState(all, some);
        replace(
            counts,
            told.loading && !all.length
                ? null
                : [
                      h('span', {}, () => t('board.open', {n: some.length})),
                      count('late')
                          ? h('span', {class: 'clock', dataset: {state: 'late'}}, icon('late'), () =>
                                t('board.late', {n: count('late')}),
                            )
                          : null,
                      count('soon')
                          ? h('span', {class: 'clock', dataset: {state: 'soon'}}, icon('soon'), () =>
                                t('board.soon', {n: count('soon')}),
                            )
                          : null,
                      count('rest')
                          ? h('span', {class: 'clock', dataset: {state: 'rest'}}, icon('info'), () =>
                                t('board.rest', {n: count('rest')}),
                            )
                          : null,
                  ],
        );
        board.element.hidden = view.view === 'table' || !some.length;
        if (view.view === 'table') {
            drawTable(some);
        } else {
            closeTable();
            board.draw(some, view, storms(some), now_ms);
        }
    }

    function drawTable(some) {
        list ??= complaintTable({open: (row) => ctx.go(href(row.id))});
        list.element.hidden = !some.length;
        if (!list.element.isConnected) replace(listBox, list.element);
        list.set(some);
    }

    function closeTable() {
        list?.stop();
        list = null;
        replace(listBox);
    }

    /* ---- the card beside it ---- */

    function openCard(next) {
        card?.stop();
        const before = id;
        id = next;
        card = id ? complaintCard({id, ctx, close, cases}) : null;
        layout.toggleAttribute('data-open', Boolean(id));
        replace(side, card?.element);
        board.mark(id);
        ctx.title(id ? () => `${id} · ${t('complaints.title')}` : () => t('complaints.title'));
        if (card) card.focus();
        else if (before) board.focus(before);
    }

    function close() {
        ctx.go(hash('complaints', null, queryOf(view)));
    }

    const moves = [
        [['j', 'ArrowDown'], 'table.next', 1, 0],
        [['k', 'ArrowUp'], 'table.previous', -1, 0],
        [['l', 'ArrowRight'], 'board.right', 0, 1],
        [['ArrowLeft'], 'board.left', 0, -1],
    ];
    const pops = [
        keys({
            ...Object.fromEntries(
                moves.flatMap(([names, label, down, right]) =>
                    names.map((key) => [key, [label, () => board.step(down, right)]]),
                ),
            ),
            '/': ['board.search', () => bar.focus()],
            Escape: ['board.close', () => id && close()],
        }),
        onActor(() => aboutMe()),
        ticker.each(() => ++seconds % RECOUNT_S === 0 && draw()),
        bar.stop,
        board.stop,
        closeTable,
        () => rows.stop(),
        () => card?.stop(),
    ];

    function aboutMe() {
        draw();
        roster().then((known) => {
            defaults = handledBy(known, actor(ctx.me));
            draw();
        });
    }

    aboutMe();
    if (id) openCard(id);
    return {
        unmount: () => pops.reverse().forEach((stop) => stop()),
        update(next, at_id = id) {
            view = viewOf(Object.fromEntries(next));
            bar.show(view);
            if (at_id !== id) openCard(at_id);
            draw();
        },
        takesId: true,
    };
}

export default {title: 'complaints.title', style: ['/style/cases.css', '/style/card.css'], mount};
