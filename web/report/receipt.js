/*
 * receipt.js - what became of a report: its number, with whom it is, by when somebody answers; a link to hand to the
 * customer.
 */
import {customerLink} from '../cases/customer_link.js';
import {ask} from '../lib/ask.js';
import {h, replace} from '../lib/dom.js';
import {masked} from '../lib/figures.js';
import {icon} from '../lib/icon.js';
import {roster} from '../lib/roster.js';
import {storeSign} from '../lib/signs.js';
import {at, due} from '../lib/time.js';
import {t, word} from '../lib/words.js';
import {answerDue, answersFor} from './model.js';

/* The card as it is once the report is folded; null when one may not see it, or it takes too long. */
async function cardOf(id, seq, signal) {
    try {
        return await ask(`/v1/complaints/${encodeURIComponent(id)}?wait_seq=${seq}`, {signal});
    } catch (error) {
        if (error.name === 'AbortError') throw error;
        return null;
    }
}

function fact(name, ...value) {
    return [h('dt', {}, () => t(name)), h('dd', {}, value)];
}

function cardFacts(card, who) {
    const by = answerDue(card);
    return [
        fact(
            'report.with',
            who ? h('b', {}, who) : () => t('report.with_store'),
            ' · ',
            storeSign(card.store),
            card.department ? () => ` · ${word('department', card.department)}` : null,
        ),
        by ? fact('report.answer_by', at(by), ' · ', due(by)) : null,
        fact('report.grade', () => word('grade', card.grade)),
    ];
}

export async function receipt(root, sent, ctx, again) {
    const {kind, answer, contact} = sent;
    const id = kind === 'complaint' ? (answer.case ?? `C-${answer.seq}`) : null;
    const card = id ? await cardOf(id, answer.seq, ctx.signal) : null;
    const who = card ? answersFor(card, (await roster()).stores) : null;
    const kept = () => t(answer.duplicate ? 'report.before' : 'report.kept', {seq: String(answer.seq)});
    const unseen = () => (id ? fact('report.with', () => t('report.unseen')) : null);
    const heading = h('h2', {tabindex: '-1'}, () => (id ? t('report.case', {id}) : t(`report.done.${kind}`)));
    replace(
        root,
        h(
            'section',
            {class: 'receipt', 'aria-live': 'polite'},
            h('p', {class: 'receipt-sign'}, icon('ok'), kept),
            heading,
            h(
                'dl',
                {class: 'pairs'},
                card ? cardFacts(card, who) : unseen(),
                contact ? fact('report.contact', masked(contact)) : null,
            ),
            id && card ? customerLink(id, ctx) : null,
            h(
                'p',
                {class: 'receipt-ways'},
                h('button', {type: 'button', class: 'primary', on: {click: again}}, () => t('report.again')),
                card ? h('a', {href: `#/complaints/${id}`}, () => t('report.open', {id})) : null,
            ),
        ),
    );
    heading.focus();
}
