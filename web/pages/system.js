/*
 * system.js - is the machine well? Who answers, how far each is, how fast, and how much room there is. Asks every two
 * seconds while it is seen.
 */
import {ask} from '../lib/ask.js';
import {h, replace} from '../lib/dom.js';
import {icon} from '../lib/icon.js';
import {due, left} from '../lib/time.js';
import {problemText} from '../lib/toast.js';
import {figure, locale, onLang, t, word} from '../lib/words.js';
import {gauge, openTable, refusalsTable, rolesTable, samplesTable, versionList} from '../system/panels.js';
import {KEPT, bytesText, msText, ratesOf, refusalsOf, rolesOf, sampleOf, timesOf} from '../system/samples.js';

const EVERY_MS = 2000;
const GRADES = ['general', 'serious', 'major', 'urgent']; /* in the order of the status */
const LAG_MAX = 10000; /* as /readyz?verbose judges */

/* One sentence: whether all is well, and if not what is the matter. */
function verdictOf(status, problem) {
    if (problem) return ['late', t('system.failed', {what: problemText(problem)})];
    if (!status) return ['info', t('system.loading')];
    const roles = rolesOf(status),
        down = status.rows.filter((row) => !row.up).map((row) => word('system.role', row.role));
    const sample = sampleOf(status, 0);
    if (down.length) return ['late', t('system.down_are', {roles: down.join(t('system.and')), n: down.length})];
    if (roles.intake.disk_short) return ['late', t('system.disk_short')];
    if (sample.lag > LAG_MAX) return ['late', t('system.behind', {n: sample.lag})];
    if (roles.worker.open.undelivered > 0) return ['soon', t('system.undelivered', {n: roles.worker.open.undelivered})];
    return ['good', t('system.well')];
}

function verdict() {
    const sign = h('span', {class: 'system-sign'}),
        text = h('p', {class: 'system-says', role: 'status'}),
        age = h('p', {class: 'quiet'});
    const element = h('section', {class: 'system-verdict'}, sign, h('div', {}, text, age));
    let said = '';
    return {
        element,
        draw(status, problem, at_ms) {
            const [state, words] = verdictOf(status, problem);
            const old = problem && at_ms ? t('time.ago', {left: left(Date.now() - at_ms)}) : '';
            if (age.textContent !== old) age.textContent = old;
            if (said === state + words) return;
            said = state + words;
            element.dataset.state = state;
            replace(sign, icon(state === 'good' ? 'ok' : state));
            text.textContent = words;
        },
    };
}

function times(one) {
    return {
        text: msText(one.p50, locale()),
        notes: one.p99 === null
            ? t('system.none_yet')
            : t(one.lately ? 'system.p99_lately' : 'system.p99_ever', {p99: msText(one.p99, locale()), n: one.n}),
    };
}

function gaugesDraw(gauges, samples, status) {
    const {intake, worker, gateway} = rolesOf(status),
        last = samples.at(-1),
        rates = {accepted: ratesOf(samples, 'accepted'), requests: ratesOf(samples, 'requests')};
    gauges.events.draw({
        text: figure(rates.accepted.at(-1) ?? null, 1),
        notes: intake?.up ? t('system.events_note', {accepted: intake.accepted, duplicates: intake.duplicates}) : '',
        values: rates.accepted,
    });
    gauges.requests.draw({
        text: figure(rates.requests.at(-1) ?? null, 1),
        notes: gateway?.up ? t('system.requests_note', {waiting: gateway.waiting, streams: last.streams}) : '',
        values: rates.requests,
    });
    gauges.put.draw(times(timesOf(samples, 'put')));
    gauges.commit.draw(times(timesOf(samples, 'commit')));
    gauges.lag.draw({
        text: figure(last.lag),
        notes: worker?.up ? t('system.lag_note', {cursor: worker.cursor}) : t('system.silent'),
        values: samples.map((sample) => sample.lag),
        state: last.lag === null || last.lag > LAG_MAX ? 'late' : '',
    });
    gauges.disk.draw({
        text: bytesText(intake?.disk_free_bytes, locale()),
        notes: intake?.up ? t('system.disk_note', {reserve: bytesText(intake.disk_reserve_bytes, locale())}) : '',
        state: intake?.disk_short ? 'late' : '',
    });
    return rates;
}

function box(heading, element) {
    return h('section', {class: 'box system-table'}, h('header', {}, h('h2', {}, () => t(heading))), element);
}

export default {
    title: 'system.title',
    style: '/style/system.css',
    mount(root, query, ctx) {
        const samples = [];
        let status = null,
            problem = null,
            at_ms = 0,
            timer = 0,
            asks = false;
        const head = verdict(),
            next = h('p', {class: 'system-next'});
        const gauges = Object.fromEntries(
            ['events', 'requests', 'put', 'commit', 'lag', 'disk'].map((key) => [key, gauge(`system.${key}`)]),
        );
        const behind = samplesTable(),
            roles = rolesTable(),
            refusals = refusalsTable(),
            open = openTable(),
            facts = versionList();
        const lines = h('div', {class: 'system-behind', hidden: true}, behind.element);
        const toggle = h(
            'button',
            {type: 'button', class: 'bare', 'aria-pressed': 'false', on: {click: () => show(lines.hidden)}},
            () => t('chart.table'),
        );

        function show(shown) {
            lines.hidden = !shown;
            toggle.setAttribute('aria-pressed', String(shown));
        }

        function draw() {
            head.draw(status, problem, at_ms);
            if (!status) return;
            const by = rolesOf(status),
                rates = gaugesDraw(gauges, samples, status),
                last = samples.at(-1);
            const follows = {worker: last.lag, outlet: last.outlet_lag};
            behind.draw(samples, rates);
            roles.set(status.rows.map((row) => ({...row, behind: follows[row.role] ?? 0})));
            refusals.set(refusalsOf(by.intake));
            open.set(
                GRADES.map((grade, index) => ({id: grade, levels: by.worker?.open?.complaints_by?.[index] ?? []}))
                    .reverse(),
            );
            facts.draw({version: ctx.me.version, intake: by.intake, worker: by.worker});
            const due_at = by.worker?.next_due ?? null;
            if (next.dataset.due !== String(due_at)) {
                next.dataset.due = String(due_at);
                replace(next, () => t('system.next_due'), ' ', due_at ? due(due_at) : () => t('system.no_due'));
            }
        }

        async function load() {
            if (asks || document.hidden) return;
            asks = true;
            try {
                status = await ask('/v1/status', {signal: ctx.signal});
                at_ms = Date.now();
                problem = null;
                samples.push(sampleOf(status, at_ms));
                samples.splice(0, Math.max(0, samples.length - KEPT));
            } catch (error) {
                if (ctx.signal.aborted) return;
                problem = error;
            } finally {
                asks = false;
            }
            root.removeAttribute('aria-busy');
            draw();
        }

        root.setAttribute('aria-busy', 'true');
        replace(
            root,
            head.element,
            next,
            h(
                'section',
                {class: 'box system-gauges'},
                h('header', {}, h('h2', {}, () => t('system.lately')), toggle),
                h('dl', {class: 'gauges'}, Object.values(gauges).map((one) => one.element)),
                lines,
            ),
            box('system.roles', roles.element),
            h(
                'div',
                {class: 'system-columns'},
                box('system.open_cases', open.element),
                h(
                    'div',
                    {class: 'system-stack'},
                    box('system.refusals', refusals.element),
                    box('system.about', facts.element),
                ),
            ),
        );
        const offLang = onLang(draw),
            seen = () => load();
        document.addEventListener('visibilitychange', seen);
        draw();
        load();
        timer = setInterval(load, EVERY_MS);
        return () => {
            clearInterval(timer);
            offLang();
            document.removeEventListener('visibilitychange', seen);
            for (const one of [behind, roles, refusals, open]) one.stop();
        };
    },
};
