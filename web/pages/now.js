/*
 * now.js - is anyone waiting? Who, since when, and what to do next. Left open all day; with ?wall=1 on a wall.
 */
import {keys} from '../lib/keys.js';
import {live} from '../lib/live.js';
import {h, replace} from '../lib/dom.js';
import {left, MINUTE, now, ticker} from '../lib/time.js';
import {storeName} from '../lib/places.js';
import {onLang, t} from '../lib/words.js';
import {byGrade, lateCount, nextDeadlines, openedLately, unseen} from '../lib/verdict.js';
import {openComplaints} from '../shell/waiting.js';
import {deadlinePanel, noticePanel, tile, tileRow} from '../now/panels.js';
import {scorePanel} from '../now/score_panel.js';
import {verdictLine} from '../now/verdict_line.js';

const DEADLINES = 12,
    ON_A_WALL = 7, /* as many as stand on a screen of 16 : 9 */
    NOTICES = 8;

function endOfToday() {
    const end = new Date(now());
    end.setHours(24, 0, 0, 0);
    return end.toISOString();
}

export default {
    title: 'now.title',
    style: '/style/now.css',
    mount(root, query, ctx) {
        const wall = query.get('wall') === '1';
        const sees = (name) => ctx.can(`see_${name}`);
        const stops = [];
        const known = {
            complaints: {rows: [], agenda: [], told: {loading: true, problem: null, more: false, seq: 0}},
            notices: [],
            tasks: [],
            callbacks: [],
        };
        const head = verdictLine();
        const tiles = {
            open: tile('now.open', '#/complaints'),
            overdue: tile('now.overdue', '#/complaints?overdue=1'),
            notices: tile('now.unacknowledged', '#/now?notices=all'),
            tasks: tile('now.tasks', '#/tasks?overdue=1'),
            callbacks: tile('now.callbacks', '#/callbacks'),
        };
        const clocks = deadlinePanel(ctx, wall),
            notices = noticePanel(ctx, query.get('notices') === 'all');
        const scores = sees('score') ? scorePanel(ctx) : null;

        function drawComplaints() {
            const {rows, agenda, told} = known.complaints,
                at_ms = now();
            const late = lateCount(agenda, at_ms),
                waits = told.seq === 0;
            head.draw(known.complaints);
            tiles.open.draw({
                value: rows.length,
                more: told.more || waits,
                waits: waits && rows.length === 0,
                notes: byGrade(rows)
                    .slice(0, 2)
                    .map(([grade, n]) => `${t(`grade.${grade}`)} ${n}`),
                trend: t('now.opened', {n: openedLately(rows, at_ms)}),
            });
            tiles.overdue.draw({
                value: late,
                state: late ? 'late' : 'good',
                waits: waits && late === 0,
                notes: late
                    ? [left(Math.floor((at_ms - agenda[0].due_ms) / MINUTE) * MINUTE), storeName(agenda[0].card.store)]
                    : [],
            });
            clocks.draw(nextDeadlines(agenda, at_ms, wall ? ON_A_WALL : DEADLINES), at_ms, told);
        }

        function drawNotices(told) {
            const list = unseen(known.notices),
                above = list.filter((notice) => notice.level >= 2).length;
            tiles.notices.draw({
                value: list.length,
                state: above ? 'soon' : null,
                waits: told?.loading && !list.length,
                notes: above ? [t('now.to_directors', {n: above})] : [],
            });
            notices.draw(list, NOTICES);
        }

        function drawTasks(told) {
            const list = known.tasks;
            tiles.tasks.draw({
                value: list.length,
                state: list.length ? 'soon' : 'good',
                waits: told?.loading && !list.length,
                notes: [],
            });
        }

        function drawCallbacks(told) {
            const late = known.callbacks.filter((card) => card.overdue).length;
            tiles.callbacks.draw({
                value: known.callbacks.length,
                state: late ? 'soon' : null,
                waits: told?.loading && !known.callbacks.length,
                notes: late ? [t('now.of_them_late', {n: late})] : [],
            });
        }

        function drawAll() {
            drawComplaints();
            drawNotices();
            drawTasks();
            drawCallbacks();
        }

        const follow = (name, path, channel, keep, draw) => {
            if (!sees(channel)) return {stop() {}};
            return live({
                path,
                channel,
                keep,
                change(rows, told) {
                    known[name] = [...rows.values()];
                    draw(told);
                },
            });
        };
        const followCallbacks = (until) =>
            follow(
                'callbacks',
                `/v1/callbacks?status=open&due_before=${until}`,
                'callback',
                (card) => !card.closed_at && card.due_at < until,
                drawCallbacks,
            );
        let until = endOfToday(),
            callbacks = followCallbacks(until);

        /* Left open all night: at midnight today is another day, and perhaps another month. */
        function dayWatch() {
            if (endOfToday() === until) return;
            callbacks.stop();
            callbacks = followCallbacks((until = endOfToday()));
            scores?.load();
        }

        replace(
            root,
            head.element,
            tileRow([
                sees('complaint') && tiles.open,
                sees('complaint') && tiles.overdue,
                sees('escalation') && tiles.notices,
                sees('task') && tiles.tasks,
                sees('callback') && tiles.callbacks,
                scores,
            ]),
            h(
                'div',
                {class: 'now-columns'},
                sees('complaint') ? clocks.element : null,
                h('div', {class: 'stack'}, scores?.panel ?? null, sees('escalation') ? notices.element : null),
            ),
        );
        if (!wall)
            replace(
                ctx.tools,
                h('a', {class: 'button wall-button', href: '#/now?wall=1'}, () => t('now.wall')),
            );

        if (sees('complaint')) {
            stops.push(
                openComplaints((told) => {
                    known.complaints = told;
                    drawComplaints();
                }),
            );
            stops.push(ticker.each(drawComplaints));
        }
        const noticeList = follow(
            'notices',
            '/v1/escalations?status=raised',
            'escalation',
            (card) => !card.acknowledged_by && !card.ended,
            drawNotices,
        );
        const taskList = follow(
            'tasks',
            '/v1/tasks?status=open&overdue=true',
            'task',
            (card) => card.overdue && !card.closed_at,
            drawTasks,
        );
        stops.push(ticker.each(dayWatch), onLang(drawAll));
        if (wall) stops.push(keys({Escape: ['now.wall_leave', () => ctx.go('/now')]}));
        stops.push(
            () => clocks.stop(),
            () => callbacks.stop(),
            () => noticeList.stop(),
            () => taskList.stop(),
            () => scores?.stop(),
        );
        if (query.get('notices') === 'all') notices.element.scrollIntoView();
        return () => stops.forEach((stop) => stop());
    },
};
