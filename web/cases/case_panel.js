/*
 * case_panel.js - one case whole, of any kind: how it stands, what may be decided, who was told, what happened. It
 * follows the case: what somebody else decides stands here within the second, and is read out.
 *
 *   const panel = casePanel({id: 'C-41', kind: complaintKind, ctx, close, cases});   panel.element · panel.focus()
 *       · panel.stop()
 *
 * A kind: {path: 'complaints', channel: 'complaint', top(card, rows), middle(card), decide: {…}, aside({card, own,
 * ctx, changed})}
 *   top      above everything: signs, what is due; `rows` are the steps of its trace, [] until they are known
 *   middle   below what may be decided
 *   result   (optional) an element after the decisions, of what came of it: {element, update(card), stop()}
 *   aside    what stands before notices and history: [element]
 */
import {actor} from '../lib/actor.js';
import {ask} from '../lib/ask.js';
import {h, replace} from '../lib/dom.js';
import {failed} from '../lib/failed.js';
import {icon} from '../lib/icon.js';
import {stream} from '../lib/stream.js';
import {t} from '../lib/words.js';
import {decisions} from './decisions.js';
import {history, newsOf, newsText} from './history.js';
import {notices} from './notices.js';
import {personal} from './personal.js';

export function casePanel({id, kind, ctx, close, cases = () => []}) {
    const loading = h('p', {class: 'quiet'}, () => t('card.loading'));
    const body = h('div', {class: 'panel-body', 'aria-busy': 'true'}, loading);
    const title = h('h2', {tabindex: '-1'}, id);
    const shut = {class: 'bare', type: 'button', 'aria-label': () => t('shell.close'), on: {click: close}};
    const element = h(
        'article',
        {class: 'panel', 'aria-label': id},
        h('header', {class: 'panel-head'}, title, h('button', shut, icon('close'))),
        body,
    );
    const own = personal({can: ctx.can});
    let card = null,
        parts = null,
        told = 0,
        stopped = false,
        reading = false,
        again = false;

    function changed(next) {
        return next ? show(next, true) : load();
    }

    function build() {
        const top = h('div', {class: 'panel-top'}),
            middle = h('div', {class: 'panel-middle'});
        const told_ = ctx.can('see_escalation') ? notices({about: id, me: ctx.me, can: ctx.can}) : null;
        const panel = decisions({kind: kind.path, card, me: ctx.me, cases, decided: changed});
        const result = kind.result?.({card, ctx, changed}) ?? null;
        const past = history({id, written: own.line});
        replace(
            body,
            told_?.mine,
            top,
            h(
                'div',
                {class: 'panel-columns'},
                h('div', {}, panel.element, result?.element, middle),
                h('div', {}, kind.aside({card, own, ctx}), told_?.element, past.element),
            ),
        );
        body.removeAttribute('aria-busy');
        return {top, middle, panel, result, past, stop: () => [told_, panel, result].forEach((part) => part?.stop())};
    }

    function draw(rows) {
        replace(parts.top, kind.top(card, rows));
        replace(parts.middle, kind.middle(card, ctx));
    }

    /* The card as it is by now; `mine`: by what this reader has just decided. */
    async function show(next, mine = false) {
        if (card && next.changed_seq < card.changed_seq) return;
        const before = card?.changed_seq ?? null;
        card = next;
        parts ??= build();
        if (before === card.changed_seq) return;
        if (mine) told = Math.max(told, card.changed_seq);
        draw(parts.rows ?? []);
        parts.panel.update(card);
        parts.result?.update(card);
        const rows = await parts.past.load();
        if (stopped || !parts || card !== next) return;
        parts.rows = rows;
        draw(rows);
        const news = before !== null && !mine ? newsOf(rows, Math.max(before, told), actor(ctx.me)) : null;
        told = Math.max(told, card.changed_seq);
        if (news) parts.panel.update(card, newsText(news));
    }

    function fail(error) {
        parts?.stop();
        parts = card = null;
        replace(body, failed(error, load));
    }

    async function load() {
        if (reading) {
            again = true;
            return;
        }
        reading = true;
        try {
            const next = await ask(`/v1/${kind.path}/${encodeURIComponent(id)}`, {signal: ctx.signal});
            if (!stopped) await show(next);
        } catch (error) {
            if (!stopped && error.name !== 'AbortError') fail(error);
        }
        reading = false;
        if (again && !stopped) {
            again = false;
            load();
        }
    }

    const off = [
        stream.on(kind.channel, (next) => {
            if (next.id === id && !next.gone) show(next);
        }),
        stream.onResync(load),
    ];
    load();
    return {
        element,
        focus: () => title.focus({preventScroll: true}),
        stop() {
            stopped = true;
            off.forEach((fn) => fn());
            own.stop();
            parts?.stop();
        },
    };
}
