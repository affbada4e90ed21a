/*
 * callback_kind.js - what a callback shows beside what all cases show: who calls, until when, how often it was
 * tried, what came of it.
 */
import {h} from '../lib/dom.js';
import {icon} from '../lib/icon.js';
import {at, when} from '../lib/time.js';
import {t, word} from '../lib/words.js';
import {callbackResult} from './callback_result.js';
import {countdown, facts, part, person, place} from './pieces.js';

function claim(card) {
    return card.status === 'claimed'
        ? h(
              'p',
              {class: 'clock', dataset: {state: 'none'}},
              icon('person'),
              h('span', {}, () => t('callbacks.claimed', {by: card.agent, until: when(card.claimed_until)})),
          )
        : null;
}

export const callbackKind = {
    path: 'callbacks',
    channel: 'callback',
    top: (card) => [
        h(
            'div',
            {class: 'panel-tags'},
            h('span', {class: 'sign'}, () => word('callback_status', card.status)),
            h('span', {class: 'sign'}, () => word('callback_kind', card.kind)),
            place(card),
        ),
        h('p', {class: 'panel-clock'}, countdown(card)),
        claim(card),
    ],
    result: callbackResult,
    middle: (card) =>
        part(
            'card.facts',
            facts({
                'callbacks.why': () => word('callback_why', card.why),
                'card.customer': card.customer,
                'card.visit': card.visit,
                'card.vehicle': card.vehicle,
                'callbacks.tries': card.tries || null,
                'callbacks.next_try': card.next_try_at ? at(card.next_try_at) : null,
                'callbacks.tries_until': card.window_ends_at ? at(card.window_ends_at) : null,
                'callbacks.message_until': card.message_until ? at(card.message_until) : null,
                'callbacks.skipped': card.skipped_because ? () => word('callback_skip', card.skipped_because) : null,
                'callbacks.caller':
                    card.notify_to && !card.notify_to.includes('@') ? person(card.notify_to) : card.notify_to,
            }),
        ),
    aside: ({card, own}) => [own.block(card.seq, {title: 'callbacks.contact', empty: 'callbacks.no_contact'})],
};
