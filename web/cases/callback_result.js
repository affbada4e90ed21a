/*
 * callback_result.js - what came of the call: the customer's answers, or why nobody was reached. Both are facts,
 * said by who called; the callback is done, or tried again, by the rulebook.
 *
 *   const result = callbackResult({card, ctx});   result.element · result.update(card) · result.stop()
 */
import {actor} from '../lib/actor.js';
import {ask, decisionKey} from '../lib/ask.js';
import {fields as rowsOf} from '../lib/dialog.js';
import {h, replace} from '../lib/dom.js';
import {keys} from '../lib/keys.js';
import {problemText, say} from '../lib/toast.js';
import {rulesOf} from '../lib/rules.js';
import {t, word} from '../lib/words.js';

const WHY = {no_answer: '1', busy: '2', refused: '3', wrong_number: '4'};

/** The fact that the customer's answers are, of a form's values. Pure. */
function ratingOf(card, values, agent) {
    const {overall, nps, comment, ...scores} = values;
    const given = Object.entries({
        store: card.store,
        department: card.department,
        channel: 'phone',
        callback: card.id,
        visit: card.visit,
        customer: card.customer,
        overall,
        nps,
        comment,
    }).filter(([, value]) => value !== null && value !== undefined);
    return {
        type: 'feedback.rated',
        data: {
            ...Object.fromEntries(given),
            ...(Object.keys(scores).length ? {scores} : {}),
            ...(agent ? {call: {agent}} : {}),
        },
    };
}

/** May this person say what came of it? Whose call it is, or anybody's while nobody has claimed it. */
function speaks(card, name) {
    return (
        ['due', 'claimed', 'message'].includes(card.status) &&
        (!card.agent || card.status !== 'claimed' || card.agent === name)
    );
}

async function dimensionsOf(department) {
    try {
        const {rows} = await ask('/v1/policy');
        return (rulesOf(rows[0]?.content).weights[department] ?? []).map((one) => one.dimension);
    } catch {
        return []; /* then the overall answer alone is asked for */
    }
}

export function callbackResult({card: first, ctx}) {
    let card = first,
        form = null,
        popKeys = () => {},
        sending = false;
    const buttons = h('div', {class: 'decide-row'}),
        box = h('div'),
        wrong = h('p', {class: 'field-wrong', role: 'alert'});
    const element = h(
        'section',
        {class: 'panel-part call-result'},
        h('h3', {}, () => t('callbacks.result')),
        buttons,
        wrong,
        box,
    );

    async function publish(event, key, done) {
        if (sending) return;
        sending = true;
        try {
            await ask('/v1/events', {method: 'POST', body: event, idempotencyKey: key});
            close();
            say(done);
        } finally {
            sending = false;
        }
    }

    async function unreached(reason) {
        const agent = actor(ctx.me);
        wrong.textContent = '';
        try {
            await publish(
                {type: 'feedback.unreached', data: {callback: card.id, reason, ...(agent ? {call: {agent}} : {})}},
                decisionKey(),
                t('callbacks.tried', {id: card.id}),
            );
        } catch (error) {
            wrong.textContent = problemText(error);
        }
    }

    async function reached() {
        if (form) return form.first.focus();
        const dimensions = await dimensionsOf(card.department),
            key = decisionKey();
        const score = (name, label) => ({name, kind: 'figure', min: 0, max: 10, required: name === 'overall', label});
        form = rowsOf([
            score('overall', () => t('callbacks.overall')),
            ...dimensions.map((name) => score(name, () => word('dimension', name))),
            score('nps', () => t('callbacks.nps')),
            {name: 'comment', kind: 'text', label: () => t('field.comment'), hint: () => t('hint.measure')},
        ]);
        const own = form;
        replace(
            box,
            h(
                'form',
                {
                    class: 'decide-form ratings',
                    novalidate: true,
                    on: {
                        submit: async (event) => {
                            event.preventDefault();
                            own.fail(null);
                            try {
                                await publish(
                                    ratingOf(card, own.values(), actor(ctx.me)),
                                    key,
                                    t('callbacks.answered', {id: card.id}),
                                );
                            } catch (error) {
                                own.fail(error);
                            }
                        },
                    },
                },
                own.element,
                h(
                    'div',
                    {class: 'decide-foot'},
                    h('button', {class: 'primary', type: 'submit'}, () => t('callbacks.send')),
                    h('button', {type: 'button', on: {click: close}}, () => t('form.cancel')),
                ),
            ),
        );
        return form.first.focus();
    }

    function close() {
        form = null;
        replace(box);
    }

    function draw() {
        const may = ctx.can('publish') && speaks(card, actor(ctx.me));
        popKeys();
        popKeys = may
            ? keys({
                  f: ['callbacks.reached', reached],
                  ...Object.fromEntries(
                      Object.entries(WHY).map(([reason, key]) => [
                          key,
                          [`unreached_reason.${reason}`, () => unreached(reason)],
                      ]),
                  ),
              })
            : () => {};
        element.hidden = !may;
        replace(
            buttons,
            may
                ? [
                      h(
                          'button',
                          {type: 'button', class: 'decide main', dataset: {action: 'reached'}, on: {click: reached}},
                          h('span', {}, () => t('callbacks.reached')),
                          h('kbd', {'aria-hidden': 'true'}, 'f'),
                      ),
                      Object.entries(WHY).map(([reason, key]) =>
                          h(
                              'button',
                              {
                                  type: 'button',
                                  class: 'decide',
                                  dataset: {action: reason},
                                  on: {click: () => unreached(reason)},
                              },
                              h('span', {}, () => word('unreached_reason', reason)),
                              h('kbd', {'aria-hidden': 'true'}, key),
                          ),
                      ),
                  ]
                : null,
        );
        if (!may) close();
    }

    draw();
    return {
        element,
        update(next) {
            card = next;
            draw();
        },
        stop: () => popKeys(),
    };
}
