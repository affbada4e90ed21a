/*
 * complaint_table.js - the same complaints as a flat table, to be sorted by any of its columns.
 */
import {h} from '../lib/dom.js';
import {storeName} from '../lib/places.js';
import {gradeSign, storeSign} from '../lib/signs.js';
import {table} from '../lib/table.js';
import {at} from '../lib/time.js';
import {t, word} from '../lib/words.js';
import {dueMs} from './clocks.js';
import {countdown} from './pieces.js';

const GRADES = ['general', 'serious', 'major', 'urgent'];
const STATUSES = ['received', 'acknowledged', 'planned', 'resolved', 'closed'];

export function complaintTable({open}) {
    return table({
        caption: () => t('complaints.title'),
        captionHidden: true,
        onOpen: open,
        sort: 'due',
        columns: [
            {key: 'id', head: true, title: () => t('word.complaint'), cell: (row) => row.id, sort: (row) => row.seq},
            {
                key: 'grade',
                title: () => t('word.grade'),
                cell: (row) => gradeSign(row.grade),
                sort: (row) => GRADES.indexOf(row.grade),
            },
            {
                key: 'category',
                title: () => t('word.category'),
                cell: (row) => word('category', row.category),
                sort: (row) => word('category', row.category),
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
                key: 'status',
                title: () => t('word.status'),
                cell: (row) => word('status', row.status),
                sort: (row) => STATUSES.indexOf(row.status),
            },
            {
                key: 'level',
                num: true,
                title: () => t('word.level'),
                cell: (row) => String(row.level),
                sort: (row) => row.level,
            },
            {
                key: 'handler',
                title: () => t('word.handler'),
                cell: (row) => row.handler ?? h('span', {class: 'quiet'}, t('card.nobody')),
                sort: (row) => row.handler,
            },
            {
                key: 'due',
                title: () => t('board.next_due'),
                cell: (row) => countdown(row),
                sort: (row) => (dueMs(row) === Infinity ? null : dueMs(row)),
            },
            {
                key: 'opened',
                title: () => t('card.opened'),
                cell: (row) => at(row.opened_at),
                sort: (row) => Date.parse(row.opened_at),
            },
        ],
    });
}
