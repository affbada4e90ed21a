/*
 * table.js - a real table: caption, heads that sort, rows that open by mouse, Enter and j/k. Narrow screens get a
 * card for each row.
 *
 *   const list = table({
 *       caption: () => t('tasks.title'), rows, sort: 'due', onOpen: (row) => ctx.go(`/tasks/${row.id}`),
 *       columns: [{key: 'store', title: () => t('word.store'), cell: (row) => row.store, sort: (row) => row.store}],
 *   });
 *   root.append(list.element); list.set(rows); list.stop();
 *
 * `cell` returns text, a node, or a list of them; `sort` what to compare by (left out: not sortable). Past fifty
 * rows, twenty on narrow screens, there is "show more".
 */
import {h, replace} from './dom.js';
import {keys} from './keys.js';
import {onLang, t} from './words.js';

/* Rows at first, and more at a time: as cards they are long. */
const portion = () => (matchMedia('(max-width: 45rem)').matches ? 20 : 50);

/* Orders rows by a column's value: numbers as numbers, text as people sort it; missing values last either way. */
export function sorted(rows, value, down = false) {
    const known = (one) => one !== null && one !== undefined && one !== '';
    const order = (a, b) =>
        typeof a === 'number' && typeof b === 'number'
            ? a - b
            : String(a).localeCompare(String(b), undefined, {numeric: true});
    return rows
        .map((row, index) => ({row, index, by: value(row)}))
        .sort((a, b) => {
            if (known(a.by) !== known(b.by)) return known(a.by) ? -1 : 1;
            const by = known(a.by) ? order(a.by, b.by) : 0;
            return (down ? -by : by) || a.index - b.index;
        })
        .map(({row}) => row);
}

export function table({
    columns,
    rows = [],
    caption,
    captionHidden = false,
    onOpen,
    sort = null,
    down = false,
    empty,
    rowState,
    id = (row) => row.id,
}) {
    let all = [...rows],
        by = sort,
        isDown = down,
        shown = portion(),
        active = null;
    const body = h('tbody');
    const heads = columns.map((column) =>
        h(
            'th',
            {scope: 'col', class: column.num ? 'num' : null, dataset: {key: column.key}},
            column.sort
                ? h('button', {class: 'sort', type: 'button', on: {click: () => sortBy(column.key)}}, column.title)
                : column.title,
        ),
    );
    const more = h('button', {
        type: 'button',
        class: 'more',
        hidden: true,
        on: {
            click: () => {
                shown += portion();
                draw();
            },
        },
    });
    const nothing = h('p', {class: 'empty', hidden: true}, empty ?? (() => t('table.empty')));
    const element = h(
        'div',
        {class: 'table-box'},
        h(
            'table',
            {class: 'table'},
            h('caption', {class: captionHidden ? 'hidden' : null}, caption),
            h('thead', {}, h('tr', {}, heads)),
            body,
        ),
        nothing,
        more,
    );

    function sortBy(key) {
        isDown = by === key ? !isDown : false;
        by = key;
        draw();
    }

    function cellOf(column, row) {
        const label = typeof column.title === 'function' ? column.title() : column.title;
        return h(
            column.head ? 'th' : 'td',
            {
                class: column.num ? 'num' : null,
                scope: column.head ? 'row' : null,
                dataset: {label, key: column.key},
            },
            column.cell(row),
        );
    }

    function rowOf(row) {
        const key = id(row);
        const state = rowState?.(row);
        const element = h(
            'tr',
            {
                dataset: {id: key, ...(state ? {state} : {})},
                tabindex: onOpen ? (key === active ? '0' : '-1') : null,
                class: onOpen ? 'opens' : null,
            },
            columns.map((column) => cellOf(column, row)),
        );
        if (onOpen) {
            element.addEventListener(
                'click',
                (event) => event.target.closest('a, button, input, select') || onOpen(row),
            );
            element.addEventListener('focus', () => {
                active = key;
            });
        }
        return element;
    }

    function draw() {
        const column = columns.find((one) => one.key === by);
        const list = column?.sort ? sorted(all, column.sort, isDown) : all;
        const focused = body.contains(document.activeElement)
            ? document.activeElement.closest('tr')?.dataset.id
            : null;
        const page = list.slice(0, shown);
        if (!page.some((row) => id(row) === active)) active = page.length ? id(page[0]) : null;
        replace(body, page.map(rowOf));
        heads.forEach((head) => {
            if (head.dataset.key === by) head.setAttribute('aria-sort', isDown ? 'descending' : 'ascending');
            else head.removeAttribute('aria-sort');
        });
        nothing.hidden = list.length > 0;
        element.firstElementChild.hidden = list.length === 0;
        more.hidden = list.length <= shown;
        more.textContent = t('table.more', {n: list.length - shown});
        if (focused) rowAt(focused)?.focus({preventScroll: true});
    }

    function rowAt(key) {
        return [...body.rows].find((row) => row.dataset.id === String(key));
    }

    /* Moves the one row that Tab reaches; the first step goes to where it stands. */
    function step(by_rows) {
        const focused = body.contains(document.activeElement);
        const at = [...body.rows].findIndex((row) => row.dataset.id === String(active));
        const next = body.rows[Math.max(0, Math.min(body.rows.length - 1, focused ? at + by_rows : at))];
        if (!next) return;
        [...body.rows].forEach((row) => row.setAttribute('tabindex', row === next ? '0' : '-1'));
        next.focus();
    }

    function openActive() {
        const row = body.contains(document.activeElement) && all.find((one) => String(id(one)) === String(active));
        if (row) onOpen(row);
    }

    const pop = onOpen
        ? keys({
              j: ['table.next', () => step(1)],
              k: ['table.previous', () => step(-1)],
              ArrowDown: ['table.next', () => step(1)],
              ArrowUp: ['table.previous', () => step(-1)],
              Enter: ['table.open', openActive],
          })
        : () => {};
    const offLang = onLang(draw);
    draw();
    return {
        element,
        set(next) {
            all = [...next];
            draw();
        },
        stop() {
            pop();
            offLang();
        },
    };
}
