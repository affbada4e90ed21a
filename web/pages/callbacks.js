/*
 * callbacks.js - whom to call, the first due first: claimed with one key, so that nobody is called twice; what came
 * of it beside the list.
 */
import {storeName} from '../lib/places.js';
import {storeSign} from '../lib/signs.js';
import {t, word} from '../lib/words.js';
import {callbackKind} from '../cases/callback_kind.js';
import {caseList, dueValue} from '../cases/case_list.js';
import {countdown} from '../cases/pieces.js';

const OPEN = ['due', 'claimed', 'message', 'planned'];

const mount = caseList({
    name: 'callbacks',
    kind: callbackKind,
    path: '/v1/callbacks?status=open',
    filters: ['store', 'department', 'status', 'kind'],
    words: {department: 'department', status: 'callback_status', kind: 'callback_kind'},
    keep: (card) => OPEN.includes(card.status),
    isMine: (card, name) => Boolean(name) && card.agent === name,
    columns: [
        {key: 'due', title: () => t('word.due'), cell: (row) => countdown(row), sort: dueValue},
        {key: 'id', head: true, title: () => t('word.case'), cell: (row) => row.id, sort: (row) => row.seq},
        {
            key: 'status',
            title: () => t('word.status'),
            cell: (row) => word('callback_status', row.status),
            sort: (row) => OPEN.indexOf(row.status),
        },
        {key: 'agent', title: () => t('callbacks.agent'), cell: (row) => row.agent ?? '–', sort: (row) => row.agent},
        {
            key: 'kind',
            title: () => t('callbacks.kind'),
            cell: (row) => word('callback_kind', row.kind),
            sort: (row) => row.kind,
        },
        {
            key: 'why',
            title: () => t('callbacks.why'),
            cell: (row) => word('callback_why', row.why),
            sort: (row) => row.why,
        },
        {
            key: 'store',
            title: () => t('word.store'),
            cell: (row) => storeSign(row.store),
            sort: (row) => storeName(row.store),
        },
        {
            key: 'department',
            title: () => t('word.department'),
            cell: (row) => word('department', row.department),
            sort: (row) => row.department,
        },
        {
            key: 'tries',
            num: true,
            title: () => t('callbacks.tries'),
            cell: (row) => String(row.tries),
            sort: (row) => row.tries,
        },
    ],
});

export default {title: 'callbacks.title', style: ['/style/cases.css', '/style/card.css'], mount};
