/*
 * complaint_board.js - complaints as they stand: a column for each status, or one flat list, the next due first;
 * storms as one card.
 *
 *   const board = complaintBoard({href: (id) => '#/complaints/C-41'});
 *   board.element · board.draw(cards, view, stormOf) · board.mark(id) · board.step(rows, columns) · board.stop()
 *
 * Of each column only the first page stands in the document, the most urgent ones: so that thousands of open cases
 * cost no more than a screenful, and a telephone, which has one column below the other, is not scrolled for ever.
 */
import {h, replace} from '../lib/dom.js';
import {onLang, t, word} from '../lib/words.js';
import {byDue, standing} from './clocks.js';
import {COLUMNS, column} from './board.js';
import {caseItem, stormItem} from './complaint_item.js';
import {holding, patched} from './patch.js';

const PAGE = matchMedia('(max-width: 45rem)').matches ? 10 : 40;

export function complaintBoard({href}) {
    const element = h('div', {class: 'board'});
    /* One button for good, so that it keeps the focus; said once, not at each change. */
    const waitButton = h('button', {type: 'button', on: {click: () => hold.end()}});
    const waitSpoken = h('span', {class: 'hidden', role: 'status'});
    const waitBar = h('p', {class: 'board-waits', hidden: true}, waitButton);
    const unfolded = new Set(); /* storms that are open, by key */
    let lists = null,
        last = null,
        marked = null,
        settled = false;
    const hold = holding(element, () => redraw());

    const how = {
        key: (entry) => (entry.card ? entry.card.id : `storm ${entry.storm.key}`),
        signature: (entry) =>
            (entry.card ? [entry.card] : entry.cards)
                .map((card) => `${card.id}:${card.changed_seq}:${card.status}`)
                .join(' ') + (entry.storm ? ` of ${entry.storm.ids.length}` : ''),
    };

    function columnOf(status, flat) {
        const ol = h('ol', {class: 'cases'}),
            count = h('span', {class: 'column-count'});
        const more = h('button', {type: 'button', class: 'more', hidden: true});
        const title = h(
            'h2',
            {class: 'column-title', id: `column-${status}`},
            h('span', {}, () => (flat ? t('board.next_due') : word('status', status))),
            count,
        );
        const own = {
            status,
            shown: PAGE,
            count,
            more,
            empty: h('p', {class: 'empty small'}, () => t('board.empty_column')),
            list: patched(ol, {
                ...how,
                make: (entry) =>
                    entry.card
                        ? caseItem(entry.card, {href, storm: entry.storm, status: flat})
                        : stormItem(entry, {href, unfolded}),
            }),
        };
        more.addEventListener('click', () => {
            own.shown += PAGE;
            redraw();
        });
        own.element = h(
            'section',
            {class: 'column', dataset: {status}, 'aria-labelledby': `column-${status}`},
            title,
            ol,
            own.empty,
            more,
        );
        return own;
    }

    function build(flat) {
        lists = {flat, columns: flat ? [columnOf('all', true)] : COLUMNS.map((status) => columnOf(status, false))};
        replace(
            element,
            waitSpoken,
            waitBar,
            h(
                'div',
                {class: flat ? 'columns flat' : 'columns'},
                lists.columns.map((one) => one.element),
            ),
        );
    }

    function drawColumn(own, cards, stormOf, now_ms) {
        const entries = lists.flat
            ? [...cards].sort(byDue).map((card) => ({card, storm: stormOf.get(card.id) ?? null}))
            : column(cards, stormOf);
        const late = cards.filter((card) => standing(card, now_ms).tone === 'late').length;
        const waiting = own.list.draw(entries.slice(0, own.shown), hold.held);
        replace(
            own.count,
            String(cards.length),
            late ? h('span', {class: 'column-late'}, () => ` · ${t('board.late', {n: late})}`) : null,
        );
        own.empty.hidden = entries.length > 0;
        own.more.hidden = entries.length <= own.shown;
        own.more.textContent = t('table.more', {n: entries.length - own.shown});
        return waiting;
    }

    function draw(cards, view, stormOf, now_ms) {
        last = [cards, view, stormOf, now_ms];
        const flat = view.view === 'list';
        if (lists?.flat !== flat) build(flat);
        const waiting = lists.columns
            .map((own) =>
                drawColumn(own, flat ? cards : cards.filter((card) => card.status === own.status), stormOf, now_ms),
            )
            .reduce((sum, n) => sum + n, 0);
        if (waitBar.hidden !== (waiting === 0)) waitSpoken.textContent = waiting ? t('board.waits', {n: waiting}) : '';
        waitBar.hidden = waiting === 0;
        replace(waitButton, () => t('board.waits', {n: waiting}));
        mark(marked);
        if (settled) lists.columns.forEach((own) => own.list.settled());
    }

    function redraw() {
        if (last) draw(...last);
    }

    /* The card that stands open beside the board. */
    function mark(id) {
        marked = id;
        for (const link of element.querySelectorAll('.case[aria-current]')) link.removeAttribute('aria-current');
        if (id) element.querySelector(`.case[data-id="${CSS.escape(id)}"]`)?.setAttribute('aria-current', 'true');
    }

    function reachable(section) {
        return [...section.querySelectorAll('.case, .storm-head')].filter((one) => one.offsetParent);
    }

    /* Moves the focus among the cards: rows down the column, or to the column beside it at the same height. */
    function step(rows, columns = 0) {
        const sections = [...element.querySelectorAll('.column')];
        const focused = document.activeElement?.closest?.('.case, .storm-head');
        let at = sections.findIndex((section) => section.contains(focused));
        if (at < 0) {
            (element.querySelector('.case[aria-current]') ?? reachable(element)[0])?.focus();
            return;
        }
        let index = reachable(sections[at]).indexOf(focused) + rows;
        for (let next = at + columns; columns && sections[next]; next += columns) {
            if (reachable(sections[next]).length) {
                at = next;
                break;
            }
        }
        const cards = reachable(sections[at]);
        index = Math.max(0, Math.min(cards.length - 1, index));
        cards[index]?.focus();
    }

    const offLang = onLang(redraw);
    return {
        element,
        draw,
        mark,
        step,
        focus(id) {
            element.querySelector(`.case[data-id="${CSS.escape(id)}"]`)?.focus({preventScroll: true});
        },
        settled() {
            settled = true;
            lists?.columns.forEach((own) => own.list.settled());
        },
        stop() {
            offLang();
            hold.end();
        },
    };
}
