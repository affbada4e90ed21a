/*
 * notices.js - who was told of a case, how it reached them, who has seen it; on top those that wait for this very
 * reader.
 *
 *   const told = notices({about: 'C-41', me, can});   told.mine · told.element · told.stop()
 *
 * A notice repeats until somebody acknowledges it. To acknowledge says "I have seen it", promises nothing, and so
 * needs no form.
 */
import {actor, decided, onActor} from '../lib/actor.js';
import {ask, askAll} from '../lib/ask.js';
import {h, replace} from '../lib/dom.js';
import {icon} from '../lib/icon.js';
import {keys} from '../lib/keys.js';
import {stream} from '../lib/stream.js';
import {at, now, when} from '../lib/time.js';
import {problemText, say} from '../lib/toast.js';
import {has, t, word} from '../lib/words.js';

export function waits(notice) {
    return !notice.ended && !notice.acknowledged_by && !notice.gone;
}

/** Which clock or reason a notice speaks of, in words. */
function aboutWhat(notice) {
    const key = `notice.kind.${notice.clock}`;
    const what = has(key) ? t(key) : word('clock_kind', notice.clock);
    return notice.rung_percent > 0 ? t('notice.rung', {clock: what, percent: String(notice.rung_percent)}) : what;
}

/** How it fares: seen, over, delivered, waiting to be sent, failing. {tone, text} */
export function delivery(notice, now_ms) {
    if (notice.acknowledged_by)
        return {
            tone: 'ok',
            text: t('notice.seen', {by: notice.acknowledged_by, at: when(notice.acknowledged_at, now_ms)}),
        };
    if (notice.ended) return {tone: 'none', text: t('notice.ended')};
    if (notice.failing_since)
        return {
            tone: 'late',
            text: t('notice.failing', {reason: notice.failed_reason ?? '', at: when(notice.failing_since, now_ms)}),
        };
    if (notice.read_at) return {tone: 'info', text: t('notice.opened', {at: when(notice.read_at, now_ms)})};
    if (notice.sent_at)
        return {
            tone: 'info',
            text: t('notice.sent', {means: word('notice_means', notice.sent_means), at: when(notice.sent_at, now_ms)}),
        };
    return {
        tone: 'info',
        text: notice.deliver_from ? t('notice.waits', {at: when(notice.deliver_from, now_ms)}) : t('notice.raised'),
    };
}

export async function acknowledge(notice, me) {
    await ask(`/v1/escalations/${encodeURIComponent(notice.id)}/acknowledge`, {method: 'POST', body: decided(me)});
}

export function notices({about, me, can}) {
    const rows = new Map();
    const list = h('ul', {class: 'notices'});
    const mine = h('div', {class: 'mine-box'});
    const wrong = h('p', {class: 'field-wrong', role: 'alert'});
    const element = h(
        'section',
        {class: 'panel-part'},
        h('h3', {}, () => t('notice.title')),
        wrong,
        list,
    );
    let popKeys = () => {},
        stopped = false;

    const toMe = () => [...rows.values()].filter((notice) => waits(notice) && notice.to === actor(me));

    async function see(some) {
        if (me.local && !actor(me)) return say(t('actor.first'), 'late');
        mine.querySelectorAll('button').forEach((one) => (one.disabled = true));
        try {
            for (const notice of some) await acknowledge(notice, me);
            say(t('notice.done', {n: some.length}));
        } catch (error) {
            if (error.code !== 'E1605')
                /* somebody did, or another notice of its row brought it along */
                say(problemText(error), 'late');
        }
        return load();
    }

    function drawMine() {
        popKeys();
        const some = toMe();
        if (!some.length) {
            popKeys = () => {};
            return replace(mine);
        }
        popKeys = keys({y: ['do.escalation.acknowledge', () => see(toMe())]});
        return replace(
            mine,
            h(
                'section',
                {class: 'told-you', role: 'region', 'aria-label': () => t('notice.mine')},
                icon('late'),
                h('p', {}, () =>
                    t('notice.told_you', {at: when(some[0].raised_at), what: aboutWhat(some[0]), n: some.length}),
                ),
                h(
                    'button',
                    {class: 'primary', type: 'button', dataset: {action: 'see'}, on: {click: () => see(toMe())}},
                    h('span', {}, () => t('do.escalation.acknowledge')),
                    h('kbd', {'aria-hidden': 'true'}, 'y'),
                ),
            ),
        );
    }

    function lineOf(notice) {
        const how = delivery(notice, now());
        return h(
            'li',
            {dataset: {id: notice.id, state: how.tone}},
            h(
                'div',
                {},
                h('strong', {}, () => aboutWhat(notice)),
                ' ',
                h('span', {class: 'sign'}, () => word('level', notice.level)),
            ),
            h(
                'div',
                {},
                h('span', {}, notice.to),
                ' · ',
                at(notice.raised_at),
                notice.repeat > 0
                    ? h('span', {class: 'quiet'}, () => ` · ${t('notice.repeat', {n: notice.repeat})}`)
                    : null,
            ),
            h(
                'div',
                {class: 'clock', dataset: {state: how.tone}},
                icon({ok: 'ok', late: 'late'}[how.tone] ?? 'info'),
                () => delivery(notice, now()).text,
                waits(notice) && can('acknowledge') && notice.to !== actor(me)
                    ? h('button', {type: 'button', class: 'bare', on: {click: () => see([notice])}}, () =>
                          t('do.escalation.acknowledge'),
                      )
                    : null,
            ),
        );
    }

    function draw() {
        const all = [...rows.values()].sort((a, b) => Date.parse(b.raised_at) - Date.parse(a.raised_at));
        drawMine();
        replace(list, all.length ? all.map(lineOf) : h('li', {class: 'quiet'}, () => t('notice.none')));
    }

    async function load() {
        try {
            const answer = await askAll(`/v1/escalations?about=${encodeURIComponent(about)}`);
            if (stopped) return;
            rows.clear();
            answer.rows.forEach((notice) => rows.set(notice.id, notice));
            wrong.textContent = '';
        } catch (error) {
            wrong.textContent = problemText(error);
        }
        draw();
    }

    const off = [
        stream.on('escalation', (notice) => {
            if (notice.about !== about && !rows.has(notice.id)) return;
            if (notice.gone) rows.delete(notice.id);
            else rows.set(notice.id, notice);
            draw();
        }),
        stream.onResync(load),
        onActor(draw),
    ];
    load();
    return {
        element,
        mine,
        stop() {
            stopped = true;
            popKeys();
            off.forEach((fn) => fn());
        },
    };
}
