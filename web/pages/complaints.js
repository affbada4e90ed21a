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
import {failed} from '../lib/failed.js';
import {icon} from '../lib/icon.js';
import {keys} from '../lib/keys.js';
import {storeName} from '../lib/places.js';
import {handledBy, roster} from '../lib/roster.js';
import {hash} from '../lib/router.js';
import {at, day, now, ticker} from '../lib/time.js';
import {problemText} from '../lib/toast.js';
import {t, word} from '../lib/words.js';
import {FILTERS, isMine, matches, queryOf, storms, VIEWS, viewOf} from '../cases/board.js';
import {beside} from '../cases/beside.js';
import {standing} from '../cases/clocks.js';
import {complaintBoard} from '../cases/complaint_board.js';
import {complaintKind} from '../cases/complaint_kind.js';
import {complaintTable} from '../cases/complaint_table.js';
import {filterBar} from '../cases/filter_bar.js';
import {openComplaints} from '../shell/waiting.js';

const WORDS = {department: 'department', grade: 'grade', category: 'category', level: 'level'};
const RECOUNT_S = 15; /* clocks run out without a card that says so */
const CLOSED_MOST = 1000;

function isClosedToday(card) {
    return card.status === 'closed' && card.closed_at && day(card.closed_at) === day(now());
}

function closedLine(card, href) {
    const what = () =>
        [word('category', card.category), storeName(card.store), word('complaint_outcome', card.outcome)].join(' · ');
    return h('li', {}, h('a', {href: href(card.id)}, card.id), ' ', what, ' ', at(card.closed_at));
}

function closedToday({href, signal}) {
    const body = h('div', {});
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
                          some.map((card) => closedLine(card, href)),
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
        told = {rows: [], loading: true},
        defaults = new Set(),
        list = null,
        seconds = 0;
    const href = (id) => hash('complaints', id, queryOf(view));
    const bar = filterBar({
        view,
        names: FILTERS,
        words: WORDS,
        views: VIEWS,
        change(next) {
            view = next;
            ctx.keep(queryOf(view));
            draw();
        },
    });
    const board = complaintBoard({href}),
        tableBox = h('div', {});
    const counts = h('p', {class: 'board-counts'}),
        state = h('div', {}),
        who = h('div', {});
    const main = h(
        'div',
        {class: 'cases-main'},
        bar.element,
        who,
        counts,
        state,
        board.element,
        tableBox,
        closedToday({href, signal: ctx.signal}),
    );
    const side = beside({
        root,
        main,
        ctx,
        kind: complaintKind,
        href,
        title: 'complaints.title',
        list: board,
        cases: () =>
            told.rows.map((one) => [one.id, [word('category', one.category), storeName(one.store)].join(' · ')]),
    });

    /* ---- what stands on it ---- */

    function drawState(some) {
        if (told.problem && !told.rows.length)
            replace(
                state,
                failed(told.problem),
            );
        else if (told.loading && !told.rows.length)
            replace(
                state,
                h('p', {class: 'loading', 'aria-busy': 'true'}, () => t('board.loading')),
            );
        else if (!told.rows.length)
            replace(
                state,
                h('p', {class: 'empty'}, () => t('board.nobody')),
            );
        else if (!some.length)
            replace(
                state,
                h('p', {class: 'empty'}, () => t(view.mine && !actor(ctx.me) ? 'actor.first' : 'board.no_match')),
            );
        else
            replace(
                state,
                told.more ? h('p', {class: 'quiet'}, () => t('board.too_many', {n: told.rows.length})) : null,
            );
    }

    function drawCounts(some, now_ms) {
        const tones = some.map((one) => standing(one, now_ms).tone);
        const count = (tone, sign) => {
            const n = tones.filter((one) => one === tone).length;
            return n
                ? h('span', {class: 'clock', dataset: {state: tone}}, icon(sign), () => t(`board.${tone}`, {n}))
                : null;
        };
        replace(
            counts,
            told.loading && !told.rows.length
                ? null
                : [
                      h('span', {}, () => t('board.open', {n: some.length})),
                      count('late', 'late'),
                      count('soon', 'soon'),
                      count('rest', 'info'),
                  ],
        );
    }

    function drawTable(some) {
        list ??= complaintTable({open: (row) => ctx.go(href(row.id))});
        list.element.hidden = !some.length;
        if (!list.element.isConnected) replace(tableBox, list.element);
        list.set(some);
    }

    function closeTable() {
        list?.stop(); /* its keys would be in the way of the board's */
        list = null;
        replace(tableBox);
    }

    function draw() {
        const now_ms = now(),
            mine = (one) => isMine(one, actor(ctx.me), defaults);
        const late = (one) => standing(one, now_ms).tone === 'late';
        const some = told.rows.filter((one) => matches(one, view, {late, mine}));
        bar.offer(told.rows);
        if (Boolean(who.firstChild) !== (view.mine && ctx.me.local))
            replace(who, view.mine ? actorField(ctx.me) : null);
        drawState(some);
        drawCounts(some, now_ms);
        board.element.hidden = view.view === 'table' || !some.length;
        if (view.view === 'table') {
            drawTable(some);
        } else {
            closeTable();
            board.draw(some, view, storms(some), now_ms);
        }
    }

    function aboutMe() {
        draw();
        roster().then((known) => {
            defaults = handledBy(known, actor(ctx.me));
            draw();
        });
    }

    const moves = [
        [['j', 'ArrowDown'], 'table.next', 1, 0],
        [['k', 'ArrowUp'], 'table.previous', -1, 0],
        [['l', 'ArrowRight'], 'board.right', 0, 1],
        [['ArrowLeft'], 'board.left', 0, -1],
    ];
    const move = ([names, label, rows, columns]) => names.map((key) => [key, [label, () => board.step(rows, columns)]]);
    const pops = [
        keys({...Object.fromEntries(moves.flatMap(move)), '/': ['board.search', () => bar.focus()]}),
        openComplaints(({rows, told: state}) => {
            told = {rows, ...state};
            draw();
            if (!state.loading) board.settled();
        }),
        onActor(aboutMe),
        ticker.each(() => ++seconds % RECOUNT_S === 0 && draw()),
        bar.stop,
        board.stop,
        closeTable,
        side.stop,
    ];
    aboutMe();
    side.open(ctx.id);
    return {
        takesId: true,
        update(next, id) {
            view = viewOf(Object.fromEntries(next));
            bar.show(view);
            side.open(id);
            draw();
        },
        unmount: () => pops.reverse().forEach((stop) => stop()),
    };
}

export default {title: 'complaints.title', style: ['/style/cases.css', '/style/card.css'], mount};
