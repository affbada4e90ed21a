/*
 * tasks.js - what is to be done for customers and for better scores: mine, overdue first, all; one of them beside
 * the list.
 */
import {decided} from '../lib/actor.js';
import {ask, keyed} from '../lib/ask.js';
import {form} from '../lib/dialog.js';
import {h} from '../lib/dom.js';
import {suggestions} from '../lib/people.js';
import {storeName} from '../lib/places.js';
import {say} from '../lib/toast.js';
import {storeSign} from '../lib/signs.js';
import {t, word} from '../lib/words.js';
import {caseList, dueValue} from '../cases/case_list.js';
import {countdown} from '../cases/pieces.js';
import {taskKind} from '../cases/task_kind.js';

const STATUSES = ['open', 'started', 'completed', 'verified', 'cancelled'];

/* What a meeting decided to do. */
function openTask(ctx) {
    const lists = {
        store: suggestions('stores'),
        department: suggestions('departments'),
        responsible: suggestions('people'),
    };
    const field = (name, kind, required = true) => ({
        name,
        kind,
        required,
        list: lists[name]?.id,
        label: () => t(`field.${name}`),
    });
    const fields = [
        field('store', 'name'),
        field('department', 'name'),
        field('measure', 'text'),
        field('responsible', 'name'),
        field('due', 'time'),
        field('dimension', 'name', false),
        field('note', 'text', false),
    ];
    if (ctx.me.local)
        fields.unshift({
            name: 'by',
            kind: 'name',
            required: true,
            list: lists.responsible.id,
            value: decided(ctx.me).by ?? '',
            label: () => t('actor.as'),
        });
    const made = form({
        title: () => t('do.task.open'),
        intro: () => t('tasks.open_intro'),
        fields,
        action: () => t('do.task.open'),
        submit: keyed(async (key, values) => {
            const outcome = await ask('/v1/tasks/open', {method: 'POST', body: values, idempotencyKey: key});
            say(t('tasks.opened', {id: outcome?.card?.id ?? ''}));
            if (outcome?.card) ctx.go(`/tasks/${outcome.card.id}`);
            return outcome;
        }),
    });
    document.querySelector('dialog[open]')?.append(...Object.values(lists));
    return made;
}

const mount = caseList({
    name: 'tasks',
    kind: taskKind,
    path: '/v1/tasks?status=open',
    filters: ['store', 'department', 'status', 'kind'],
    words: {department: 'department', status: 'task_status', kind: 'task_kind'},
    keep: (card) => ['open', 'started', 'completed'].includes(card.status),
    isMine: (card, name) => Boolean(name) && card.responsible === name,
    columns: [
        {key: 'due', title: () => t('word.due'), cell: (row) => countdown(row), sort: dueValue},
        {key: 'id', head: true, title: () => t('word.case'), cell: (row) => row.id, sort: (row) => row.seq},
        {
            key: 'what',
            title: () => t('tasks.what'),
            cell: (row) =>
                [
                    word('task_kind', row.kind),
                    row.dimension ? word('dimension', row.dimension) : null,
                    row.rule ? word('task_rule', row.rule) : null,
                ]
                    .filter(Boolean)
                    .join(' · '),
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
            key: 'responsible',
            title: () => t('tasks.responsible'),
            cell: (row) => row.responsible,
            sort: (row) => row.responsible,
        },
        {
            key: 'status',
            title: () => t('word.status'),
            cell: (row) => word('task_status', row.status),
            sort: (row) => STATUSES.indexOf(row.status),
        },
    ],
    tools: (ctx) =>
        ctx.can('direct')
            ? h('button', {type: 'button', on: {click: () => openTask(ctx)}}, () => t('do.task.open'))
            : null,
});

export default {title: 'tasks.title', style: ['/style/cases.css', '/style/card.css'], mount};
