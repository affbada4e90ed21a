/*
 * now.js - is anyone waiting? Who, since when, and what to do next. Left open all day; with ?wall=1 on a wall.
 */
import {keys} from '../lib/keys.js';
import {live} from '../lib/live.js';
import {h, replace} from '../lib/dom.js';
import {icon} from '../lib/icon.js';
import {now, ticker, left} from '../lib/time.js';
import {problemText} from '../lib/toast.js';
import {onLang, t} from '../lib/words.js';
import {placeText} from '../lib/signs.js';
import {byGrade, nextDeadlines, openedLately, overdue, unseen} from '../lib/verdict.js';
import {openComplaints} from '../shell/waiting.js';
import {deadlinePanel, noticePanel, tile, tileRow} from '../now/panels.js';
import {scorePanel} from '../now/score_panel.js';

const DEADLINES = 12,
    NOTICES = 8;
const MINUTE_MS = 60000;

function endOfToday() {
    const end = new Date(now());
    end.setHours(24, 0, 0, 0);
    return end.toISOString();
}

/* What is read first: one sentence, whether it is well, and the case that waits longest. */
function verdict() {
    const sign = h('span', {class: 'verdict-sign'}),
        first = h('p', {class: 'verdict-first'}),
        then = h('p', {class: 'verdict-then'});
    const element = h(
        'section',
        {class: 'verdict', 'aria-live': 'polite', 'aria-atomic': 'true'},
        sign,
        h('div', {}, first, then),
    );
    let before = '';
    return {
        element,
        draw({rows, loading, problem}) {
            const at_ms = now(),
                late = overdue(rows, at_ms),
                next = nextDeadlines(rows, at_ms, 1)[0];
            const [state, text, more] =
                loading && rows.length === 0
                    ? ['info', t('now.loading'), null]
                    : problem && rows.length === 0
                      ? ['info', t('now.failed', {what: problemText(problem)}), null]
                      : late.length
                        ? [
                              'late',
                              t('now.waiting', {n: late.length}),
                              h(
                                  'a',
                                  {href: `#/complaints/${late[0].card.id}`},
                                  t('now.longest', {
                                      left: left(Math.floor(late[0].late_ms / MINUTE_MS) * MINUTE_MS),
                                      place: placeText(late[0].card),
                                  }),
                              ),
                          ]
                        : [
                              'good',
                              t('now.nobody'),
                              next
                                  ? h(
                                        'a',
                                        {href: `#/complaints/${next.card.id}`},
                                        t('now.next_due', {
                                            due: t('time.in', {
                                                left: left(Math.ceil(next.rest_ms / MINUTE_MS) * MINUTE_MS),
                                            }),
                                            place: placeText(next.card),
                                        }),
                                    )
                                  : null,
                          ];
            const said = `${state} ${text} ${more?.textContent}`;
            if (said === before) return;
            before = said;
            element.dataset.state = state;
            replace(sign, icon(state === 'good' ? 'ok' : state));
            replace(first, text);
            replace(then, more);
        },
    };
}

export default {
    title: 'now.title',
    style: '/style/now.css',
    mount(root, query, ctx) {
        const wall = query.get('wall') === '1';
        const sees = (name) => ctx.can(`see_${name}`);
        const stops = [];
        const known = {complaints: {rows: [], loading: true, problem: null}, notices: [], tasks: [], callbacks: []};
        const head = verdict();
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
            const {rows} = known.complaints,
                at_ms = now(),
                late = overdue(rows, at_ms);
            head.draw(known.complaints);
            tiles.open.draw({
                value: rows.length,
                more: known.complaints.more,
                notes: byGrade(rows)
                    .slice(0, 2)
                    .map(([grade, n]) => `${t(`grade.${grade}`)} ${n}`),
                trend: t('now.opened', {n: openedLately(rows, at_ms)}),
                waits: known.complaints.loading && !rows.length,
            });
            tiles.overdue.draw({
                value: late.length,
                state: late.length ? 'late' : 'good',
                waits: known.complaints.loading && !rows.length,
                notes: late.length
                    ? [left(Math.floor(late[0].late_ms / MINUTE_MS) * MINUTE_MS), late[0].card.store]
                    : [],
            });
            clocks.draw(nextDeadlines(rows, at_ms, wall ? 8 : DEADLINES), known.complaints);
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
        return () => stops.forEach((stop) => stop());
    },
};
