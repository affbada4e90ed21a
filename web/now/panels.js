/*
 * panels.js - what the page Now is put together from: tiles, the deadlines that come next, the notices that nobody
 * has seen.
 */
import {h, replace} from '../lib/dom.js';
import {icon} from '../lib/icon.js';
import {gradeSign, place, placeText, stateSign, two} from '../lib/signs.js';
import {table} from '../lib/table.js';
import {ago, due, now} from '../lib/time.js';
import {problemText} from '../lib/toast.js';
import {figure, t, word} from '../lib/words.js';

const SIGNS = {late: 'late', soon: 'soon', good: 'ok'};

/* One number and what it means; a link to where it is dealt with. */
export function tile(label, href) {
    const value = h('span', {class: 'tile-value'}, '–'),
        notes = h('span', {class: 'tile-notes'}),
        trend = h('span', {class: 'tile-trend'});
    const sign = h('span', {class: 'tile-sign'});
    const element = h(
        'a',
        {class: 'tile', href},
        h('span', {class: 'tile-label'}, sign, () => t(label)),
        value,
        notes,
        trend,
    );
    return {
        element,
        draw({value: number, more = false, state = null, notes: some = [], trend: text = '', waits = false}) {
            const said = waits ? '–' : `${figure(number)}${more ? '+' : ''}`;
            if (value.textContent !== said) value.textContent = said;
            if (notes.dataset.said !== some.join()) {
                notes.dataset.said = some.join();
                replace(
                    notes,
                    some.map((one, index) => [index ? ' · ' : null, h('span', {class: 'unit'}, one)]),
                );
            }
            if (trend.textContent !== text) trend.textContent = text;
            if (element.dataset.state !== (state ?? '')) {
                element.dataset.state = state ?? '';
                replace(sign, SIGNS[state] ? icon(SIGNS[state]) : null);
            }
        },
    };
}

export function tileRow(tiles) {
    return h(
        'ul',
        {class: 'tiles'},
        tiles.filter(Boolean).map((one) => h('li', {}, one.element)),
    );
}

function what({card, clock}) {
    return two(
        () => word('category', card.category),
        () => word('clock_kind', clock.kind),
    );
}

/* The clocks that run out next. Redrawn only when the rows are others: each counts down by itself. */
export function deadlinePanel(ctx, wall) {
    const list = table({
        caption: () => t('now.clocks'),
        id: ({card}) => card.id,
        onOpen: ({card}) => ctx.go(`/complaints/${card.id}`),
        empty: () => t('now.clocks_none'),
        rowState: ({due_ms}) => (due_ms < now() ? 'late' : null),
        columns: [
            {key: 'due', title: () => t('word.due'), cell: ({clock}) => due(clock.due_at)},
            {key: 'grade', title: () => t('word.grade'), cell: ({card}) => gradeSign(card.grade)},
            {key: 'place', title: () => t('word.store'), cell: ({card}) => place(card)},
            {key: 'what', title: () => t('word.clock'), cell: what},
            !wall && {
                key: 'who',
                title: () => t('word.handler'),
                cell: ({card}) => card.handler ?? h('span', {class: 'quiet'}, t('now.nobody_yet')),
            },
            {
                key: 'case',
                title: () => t('word.case'),
                cell: ({card}) => h('a', {href: `#/complaints/${card.id}`}, card.id),
            },
        ].filter(Boolean),
    });
    let before = null;
    const failed = h('p', {class: 'empty', hidden: true});
    const element = h('section', {class: 'box now-clocks'}, list.element, failed);
    return {
        element,
        draw(rows, at_ms, {seq, problem}) {
            const seen = ({card, clock, due_ms}) =>
                [card.id, card.changed_seq, clock.kind, due_ms < at_ms].join(' ');
            const said = rows.map(seen).join();
            failed.hidden = !problem;
            failed.textContent = problem ? problemText(problem) : '';
            list.element.hidden = rows.length === 0 && seq === 0;
            if (said !== before) list.set(rows);
            before = said;
        },
        stop: () => list.stop(),
    };
}

function aboutHref(notice) {
    const [kind] = notice.about;
    if (notice.complaint) return `#/complaints/${notice.complaint}`;
    return kind === 'T'
        ? `#/tasks/${notice.about}`
        : kind === 'B'
          ? `#/callbacks/${notice.about}`
          : kind === 'L' || kind === 'A'
            ? `#/ledger/${notice.about}`
            : null;
}

function noticeRow(notice) {
    const href = aboutHref(notice);
    return h(
        'li',
        {class: 'now-notice'},
        h(
            'span',
            {class: 'now-notice-head'},
            stateSign(notice.level >= 2 ? 'late' : notice.level === 1 ? 'soon' : 'ok', () =>
                word('level', notice.level),
            ),
            href ? h('a', {href}, notice.about) : notice.about,
            h('span', {class: 'quiet'}, ago(notice.at)),
        ),
        h('span', {class: 'now-notice-body'}, () =>
            t('now.notice', {
                clock: word('clock_kind', notice.clock),
                percent: notice.rung_percent,
                to: notice.to,
                place: placeText(notice),
            }),
        ),
    );
}

/* What nobody has seen yet, the newest first. */
export function noticePanel(ctx, showsAll) {
    const list = h('ul', {class: 'notices'}),
        nothing = h('p', {class: 'empty', hidden: true}, () => t('now.notices_none'));
    const all = h('button', {
        type: 'button',
        class: 'bare',
        hidden: true,
        on: {
            click: () => {
                showsAll = true;
                draw(last, last.length);
            },
        },
    });
    let last = [],
        before = null;
    function draw(rows, most) {
        const shown = showsAll ? rows : rows.slice(0, most);
        const said = shown.map((one) => `${one.id} ${one.changed_seq}`).join();
        last = rows;
        nothing.hidden = rows.length > 0;
        all.hidden = shown.length === rows.length;
        all.textContent = t('table.more', {n: rows.length - shown.length});
        if (said !== before) replace(list, shown.map(noticeRow));
        before = said;
    }
    return {
        element: h(
            'section',
            {class: 'box now-notices'},
            h(
                'header',
                {},
                h('h2', {}, () => t('now.notices')),
            ),
            list,
            nothing,
            all,
        ),
        draw,
    };
}
