/*
 * personal_dialog.js - what somebody wrote, of an entry that stands in a list or as evidence: asked for in a dialog,
 * with a reason that goes on record. Who may not see personal data has the number only.
 */
import {open} from '../lib/dialog.js';
import {h} from '../lib/dom.js';
import {t} from '../lib/words.js';
import {personal} from './personal.js';

export function wordsOf(seq, ctx, title = 'personal.customer') {
    if (!ctx.can('personal')) return `#${seq}`;
    const ask = () => {
        const own = personal({me: ctx.me, can: ctx.can});
        const dialog = open(() => `#${seq}`, h('div', {}, own.block(seq, {title})));
        dialog.addEventListener('close', () => own.stop());
        dialog.querySelector('input')?.focus();
    };
    return h(
        'button',
        {type: 'button', class: 'bare words-of', 'aria-label': () => `${t(title)}, #${seq}`, on: {click: ask}},
        `#${seq}`,
    );
}
