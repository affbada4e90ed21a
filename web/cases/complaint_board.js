/*
 * complaint_board.js - complaints as they stand: a column for each status, or one flat list, the next due first;
 * storms as one card.
 *
 *   const board = complaintBoard({href: (id) => '#/complaints/C-41'});
 *   board.element · board.draw(cards, view, stormOf) · board.mark(id) · board.step(rows, columns) · board.stop()
 *
 * Of each column only the first PAGE stand in the document, the most urgent ones: so that thousands of open cases
 * cost no more than a screenful.
 */
import {h, replace} from '../lib/dom.js';
import {icon} from '../lib/icon.js';
import {gradeSign} from '../lib/signs.js';
import {left} from '../lib/time.js';
import {onLang, t, word} from '../lib/words.js';
import {byDue, standing} from './clocks.js';
import {COLUMNS, column, shared} from './board.js';
import {holding, patched} from './patch.js';
import {countdown, levelTag} from './pieces.js';

const PAGE = 40;

/* What a card says beside its clock; what its group says already is left out. */
function labels(card, out) {
    const where = [
        out.includes('store') ? null : card.store,
        out.includes('department') || !card.department ? null : word('department', card.department),
    ];
    return [out.includes('category') ? null : word('category', card.category), ...where].filter(Boolean).join(' · ');
}

function caseItem(card, {href, storm = null, out = [], status = false}) {
    return h(
        'li',
        {class: 'case-item'},
        h(
            'a',
            {class: 'case', href: href(card.id), dataset: {id: card.id}},
            h(
                'span',
                {class: 'case-top'},
                h('strong', {class: 'case-id'}, card.id),
                out.includes('grade') ? null : gradeSign(card.grade),
                levelTag(card.level),
                status ? h('span', {class: 'sign'}, () => word('status', card.status)) : null,
            ),
            h('span', {class: 'case-what'}, () => labels(card, out)),
            countdown(card),
            out.includes('handler') && card.handler
                ? null
                : h('span', {class: 'case-who'}, card.handler ?? (() => t('card.nobody'))),
            storm
                ? h('span', {class: 'case-storm quiet'}, icon('info'), () => t('board.one_of', {n: storm.ids.length}))
                : null,
        ),
    );
}

export function complaintBoard({href}) {
    const element = h('div', {class: 'board'});
    const waitBar = h('p', {class: 'board-waits', role: 'status', hidden: true});
    const unfolded = new Set(); /* storms that are open, by key */
    let lists = null,
        last = null,
        marked = null;
    const hold = holding(element, () => redraw());

    function stormItem({storm, cards}) {
        const out = shared(cards),
            folded = !unfolded.has(storm.key);
        const body = h(
            'ol',
            {class: 'storm-cards', hidden: folded},
            cards.map((card) => caseItem(card, {href, out})),
        );
        const button = h(
            'button',
            {
                type: 'button',
                class: 'storm-head',
                'aria-expanded': String(!folded),
                dataset: {id: `storm ${storm.key}`},
                on: {
                    click: () => {
                        const opens = !unfolded.has(storm.key);
                        if (opens) unfolded.add(storm.key);
                        else unfolded.delete(storm.key);
                        body.hidden = !opens;
                        button.setAttribute('aria-expanded', String(opens));
                        mark(marked);
                    },
                },
            },
            h(
                'span',
                {class: 'case-top'},
                icon('next'),
                h('strong', {}, () => t('board.storm', {n: cards.length, category: word('category', storm.category)})),
                out.includes('grade') ? gradeSign(cards[0].grade) : null,
            ),
            h('span', {class: 'case-what'}, () =>
                labels({...cards[0], department: out.includes('department') ? cards[0].department : null}, [
                    'category',
                ]),
            ),
            countdown(cards[0]),
            h('span', {class: 'case-storm quiet'}, () =>
                t('board.storm_of', {all: storm.ids.length, span: left(storm.last - storm.first)}),
            ),
        );
        return h('li', {class: 'storm'}, button, body);
    }

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
                    entry.card ? caseItem(entry.card, {href, storm: entry.storm, status: flat}) : stormItem(entry),
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
        waitBar.hidden = waiting === 0;
        replace(
            waitBar,
            waiting
                ? h('button', {type: 'button', on: {click: () => hold.end()}}, () => t('board.waits', {n: waiting}))
                : null,
        );
        mark(marked);
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
            lists?.columns.forEach((own) => own.list.settled());
        },
        stop() {
            offLang();
            hold.end();
        },
    };
}
