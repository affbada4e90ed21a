/*
 * customer_link.js - the signed link that lets the customer see how their complaint stands, to be handed over by
 * who speaks with them.
 */
import {ask} from '../lib/ask.js';
import {h, replace} from '../lib/dom.js';
import {at} from '../lib/time.js';
import {problemText, say} from '../lib/toast.js';
import {t} from '../lib/words.js';

export function customerLink(id, ctx) {
    const box = h('div', {class: 'link-box'});

    async function make() {
        try {
            const {url, expires} = await ask(`/v1/complaints/${encodeURIComponent(id)}/link`, {method: 'POST'});
            const input = h('input', {
                type: 'text',
                readonly: true,
                value: new URL(url, location.origin).href,
                'aria-label': () => t('link.title'),
            });
            replace(
                box,
                h(
                    'div',
                    {class: 'link-row'},
                    input,
                    h('button', {type: 'button', on: {click: () => copy(input)}}, () => t('link.copy')),
                ),
                h('p', {class: 'field-hint'}, () => t('link.until'), ' ', at(expires)),
            );
            input.focus();
            input.select();
        } catch (error) {
            replace(
                box,
                offer,
                h('p', {class: 'field-wrong', role: 'alert'}, () => problemText(error)),
            );
        }
    }

    async function copy(input) {
        try {
            await navigator.clipboard.writeText(input.value);
            say(t('link.copied'));
        } catch {
            input.select(); /* the browser allows no clipboard here: Ctrl+C does */
        }
    }

    const offer = h('button', {type: 'button', on: {click: make}}, () => t('link.make'));
    replace(
        box,
        offer,
        h('p', {class: 'field-hint'}, () => t('link.what')),
    );
    return ctx.can('handle') || ctx.can('report')
        ? h(
              'section',
              {class: 'panel-part'},
              h('h3', {}, () => t('link.title')),
              box,
          )
        : null;
}
