/*
 * panels.js - what the page System is put together from: gauges with a line of what was, the table behind those lines,
 * roles, refusals, open cases.
 */
import {h, replace} from '../lib/dom.js';
import {sparkline} from '../lib/plot.js';
import {stateSign} from '../lib/signs.js';
import {table} from '../lib/table.js';
import {whenExact} from '../lib/time.js';
import {figure, locale, t, word} from '../lib/words.js';
import {bytesText, msText} from './samples.js';

const ROWS_BEHIND = 30; /* of a table behind lines: a minute */

function say(element, text) {
    if (element.textContent !== text) element.textContent = text;
}

/* One figure, what it is, how it was. */
export function gauge(label) {
    const value = h('dd', {class: 'gauge-value'}, '–'),
        note = h('dd', {class: 'gauge-note'}),
        line = h('dd', {class: 'gauge-line'});
    const element = h(
        'div',
        {class: 'gauge'},
        h('dt', {}, () => t(label)),
        value,
        line,
        note,
    );
    return {
        element,
        draw({text, notes = '', values = null, state = ''}) {
            element.dataset.state = state;
            say(value, text);
            say(note, notes);
            replace(line, values ? sparkline(values, {width: 160, height: 28}) : null);
        },
    };
}

/* The samples that the lines are drawn from, the newest first. */
export function samplesTable() {
    const list = table({
        caption: () => t('system.samples'),
        captionHidden: true,
        empty: () => t('system.no_samples'),
        columns: [
            {key: 'at', head: true, title: () => t('system.at'), cell: (row) => row.at},
            {key: 'events', num: true, title: () => t('system.events'), cell: (row) => figure(row.events, 1)},
            {key: 'requests', num: true, title: () => t('system.requests'), cell: (row) => figure(row.requests, 1)},
            {key: 'lag', num: true, title: () => t('system.lag'), cell: (row) => figure(row.lag)},
            {key: 'streams', num: true, title: () => t('system.streams'), cell: (row) => figure(row.streams)},
        ],
    });
    return {
        element: list.element,
        stop: list.stop,
        draw(samples, rates) {
            const clock = new Intl.DateTimeFormat(locale(), {timeStyle: 'medium', hour12: false});
            const rows = samples.slice(1).map((sample, index) => ({
                id: String(sample.at_ms),
                at: clock.format(sample.at_ms),
                events: rates.accepted[index],
                requests: rates.requests[index],
                lag: sample.lag,
                streams: sample.streams,
            }));
            list.set(rows.reverse().slice(0, ROWS_BEHIND));
        },
    };
}

/* What each role says of how far it is, in words. */
function doing(row) {
    if (!row.up) return t('system.silent');
    const told = {
        intake: () => t('system.says_intake', {head: row.head, sessions: row.sessions, waiting: row.waiting}),
        feed: () => t('system.says_feed', {parked: row.parked, batches: row.batches}),
        worker: () => t('system.says_follower', {cursor: row.cursor, lag: row.behind}),
        outlet: () => t('system.says_follower', {cursor: row.cursor, lag: row.behind}),
        notifier: () => t('system.says_notifier', {waiting: row.waiting, sent: row.sent, failed: row.failed}),
        gateway: () => t('system.says_gateway', {requests: row.requests, refused: row.refused, waiting: row.waiting}),
    };
    return told[row.role]?.() ?? '';
}

export function rolesTable() {
    return table({
        caption: () => t('system.roles'),
        captionHidden: true,
        id: (row) => row.role,
        rowState: (row) => (row.up ? null : 'late'),
        columns: [
            {key: 'role', head: true, title: () => t('system.role'), cell: (row) => word('system.role', row.role)},
            {
                key: 'up',
                title: () => t('system.state'),
                cell: (row) =>
                    stateSign(row.up ? 'good' : 'late', () => t(row.up ? 'system.answers' : 'system.down')),
            },
            {key: 'doing', title: () => t('system.doing'), cell: (row) => () => doing(row)},
            {
                key: 'commit',
                num: true,
                title: () => t('system.commit_column'),
                cell: (row) => (row.commit ? `${ms(row.commit.p50_us)} / ${ms(row.commit.p99_us)}` : '–'),
            },
        ],
    });
}

function ms(us) {
    return msText(us / 1000, locale());
}

export function refusalsTable() {
    return table({
        caption: () => t('system.refusals'),
        captionHidden: true,
        empty: () => t('system.no_refusals'),
        columns: [
            {key: 'code', head: true, title: () => t('system.code'), cell: (row) => h('code', {}, row.code)},
            {key: 'refused', num: true, title: () => t('system.refused'), cell: (row) => figure(row.refused)},
            {key: 'kept', num: true, title: () => t('system.kept'), cell: (row) => figure(row.kept)},
        ],
    });
}

const LEVELS = [0, 1, 2, 3, 4];

export function openTable() {
    return table({
        caption: () => t('system.open_cases'),
        captionHidden: true,
        columns: [
            {key: 'grade', head: true, title: () => t('system.grade'), cell: (row) => word('grade', row.id)},
            ...LEVELS.map((level) => ({
                key: `level${level}`,
                num: true,
                title: () => t('system.level', {n: level}),
                cell: (row) => (row.levels[level] ? figure(row.levels[level]) : '–'),
            })),
        ],
    });
}

/* What runs here, as pairs. */
export function versionList() {
    const element = h('dl', {class: 'system-facts'});
    const pair = (key, value) => [h('dt', {}, () => t(key)), h('dd', {}, value)];
    return {
        element,
        draw({version, intake, worker}) {
            replace(
                element,
                pair('system.version', version),
                pair('system.lineage', h('code', {}, intake?.lineage ?? '–')),
                pair('system.journal', () =>
                    intake?.up
                        ? t('system.journal_is', {
                              size: bytesText(intake.bytes, locale()),
                              entries: intake.head,
                              volumes: intake.volumes,
                          })
                        : '–',
                ),
                pair('system.state_size', () => (worker?.up ? bytesText(worker.state_bytes, locale()) : '–')),
                pair('system.quarantine', () => (intake?.up ? figure(intake.quarantined) : '–')),
                pair('system.handshakes', () => (intake?.up ? figure(intake.refused_handshakes) : '–')),
                pair('system.clock', () => (intake?.up ? whenExact(intake.at) : '–')),
            );
        },
    };
}
