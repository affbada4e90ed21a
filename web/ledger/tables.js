/* tables.js - lists of rewards and penalties, of periods, of appeals. */
import {h} from '../lib/dom.js';
import {signed, yuan} from '../lib/figures.js';
import {table} from '../lib/table.js';
import {at, due} from '../lib/time.js';
import {locale, t, word} from '../lib/words.js';
import {appealDue, ownerOf, placeOf, stateOf} from './model.js';

const title = (key) => () => t(key);

/* The case's number opens it, for whoever has no pointer. */
function idColumn() {
    return {
        key: 'id',
        title: title('ledger.entry'),
        cell: (row) => h('a', {href: `#/ledger/${encodeURIComponent(row.id)}`}, row.id),
        sort: (row) => row.id,
    };
}

const amounts = [
    {
        key: 'points',
        title: title('ledger.points'),
        num: true,
        cell: (row) => (row.points ? signed(row.points, 0, locale()) : '–'),
        sort: (row) => row.points,
    },
    {
        key: 'money',
        title: title('ledger.money'),
        num: true,
        cell: (row) => [
            row.amount_fen ? yuan(row.amount_fen, locale()) : '–',
            row.per_head ? h('small', {}, ` ${t('ledger.per_head')}`) : null,
        ],
        sort: (row) => row.amount_fen,
    },
];

export function entryTable(tab, onOpen) {
    const proposals = tab === 'proposals';
    const deadline = {
        key: 'due',
        title: title('ledger.answer_by'),
        cell: (row) => due(row.answer_due_at),
        sort: (row) => row.answer_due_at,
    };
    const status = {
        key: 'status',
        title: title('word.status'),
        cell: (row) => word('ledger_status', row.status),
        sort: (row) => row.status,
    };
    return table({
        caption: title(`ledger.caption.${tab}`),
        captionHidden: true,
        onOpen,
        empty: title(`ledger.empty.${tab}`),
        rowState: (row) => (proposals ? stateOf(row.answer_due_at) : null),
        sort: proposals ? 'due' : 'id',
        down: !proposals,
        columns: [
            proposals ? deadline : status,
            {key: 'owner', title: title('ledger.person'), head: true, cell: ownerOf, sort: ownerOf},
            {
                key: 'kind',
                title: title('ledger.kind'),
                cell: (row) => word('ledger_kind', row.kind),
                sort: (row) => row.kind,
            },
            {key: 'place', title: title('word.store'), cell: placeOf, sort: placeOf},
            ...amounts,
            {key: 'period', title: title('ledger.period'), cell: (row) => row.period, sort: (row) => row.period},
            idColumn(),
        ],
    });
}

/* closed: of a period, whether its figures are frozen; null while that is not known. */
export function periodTable(tab, onOpen, closed) {
    const count = (name) => ({
        key: name,
        title: () => word('ledger_status', name),
        num: true,
        cell: (row) => String(row[name]),
        sort: (row) => row[name],
    });
    return table({
        caption: title('ledger.caption.periods'),
        captionHidden: true,
        empty: title('ledger.empty.periods'),
        sort: 'period',
        down: true,
        columns: [
            {
                key: 'period',
                title: title('ledger.period'),
                head: true,
                cell: (row) => row.period,
                sort: (row) => row.period,
            },
            {
                key: 'status',
                title: title('word.status'),
                cell: (row) => (closed(row.period) ? word('period_status', closed(row.period)) : '–'),
            },
            count('proposed'),
            count('confirmed'),
            count('frozen'),
            count('settled'),
            ...amounts,
        ],
    });
}

export function appealTable(tab, onOpen) {
    return table({
        caption: title('ledger.caption.appeals'),
        captionHidden: true,
        onOpen,
        empty: title('ledger.empty.appeals'),
        sort: 'due',
        rowState: (row) => stateOf(appealDue(row)),
        columns: [
            {
                key: 'due',
                title: title('ledger.next_due'),
                cell: (row) => (appealDue(row) ? due(appealDue(row)) : '–'),
                sort: (row) => appealDue(row),
            },
            {key: 'by', title: title('ledger.appeal_by'), head: true, cell: (row) => row.by, sort: (row) => row.by},
            {
                key: 'status',
                title: title('word.status'),
                cell: (row) => word('appeal_status', row.status),
                sort: (row) => row.status,
            },
            {
                key: 'ground',
                title: title('ledger.ground'),
                cell: (row) => word('appeal_ground', row.ground),
                sort: (row) => row.ground,
            },
            {key: 'against', title: title('ledger.against'), cell: (row) => row.entry ?? `#${row.rating}`},
            {key: 'place', title: title('word.store'), cell: placeOf, sort: placeOf},
            {
                key: 'filed',
                title: title('ledger.filed_at'),
                cell: (row) => at(row.filed_at),
                sort: (row) => row.filed_at,
            },
            idColumn(),
        ],
    });
}
