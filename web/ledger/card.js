/*
 * card.js - one reward or penalty with what it was made from, or one appeal: what anybody needs to check it, and what
 * may be decided.
 */
import {wordsOf} from '../cases/personal_dialog.js';
import {ask} from '../lib/ask.js';
import {h} from '../lib/dom.js';
import {interval, measures, signed, yuan} from '../lib/figures.js';
import {storeSign} from '../lib/signs.js';
import {at, due} from '../lib/time.js';
import {has, lang, locale, t, word} from '../lib/words.js';
import {appealDue, ownerOf} from './model.js';

const fact = (name, ...value) => [h('dt', {}, t(name)), h('dd', {}, value)];
const person = (name) => (name ? h('a', {href: `#/person/${encodeURIComponent(name)}`}, name) : '–');
const said = (prefix, name) => (has(`${prefix}.${name}`) ? t(`${prefix}.${name}`) : name.replaceAll('_', ' '));

/* A case of another page. */
export function caseLink(id) {
    const page = {C: 'complaints', T: 'tasks', L: 'ledger', A: 'ledger'}[id[0]];
    return page ? h('a', {href: `#/${page}/${encodeURIComponent(id)}`}, id) : id;
}

function inputText({name, value}, ctx) {
    if (name === 'grade') return word('grade', value);
    if (name === 'band') return word('band', value);
    if (name === 'ground') return word('veto_ground', value);
    if (name.endsWith('_fen')) return yuan(Number(value), locale());
    if (name.endsWith('_percent')) return `${value} %`;
    if (name === 'praise_seq') return wordsOf(Number(value), ctx);
    return /^[LA]-/.test(value) ? caseLink(value) : value;
}

function money(entry) {
    const parts = [h('b', {}, yuan(entry.amount_fen, locale()))];
    if (entry.per_head) parts.push(' ', t('ledger.per_head'));
    if (entry.proposed_fen !== entry.amount_fen)
        parts.push(' ', h('small', {}, t('ledger.proposed_was', {money: yuan(entry.proposed_fen, locale())})));
    if (entry.amended_fen !== null)
        parts.push(
            ' ',
            h('small', {}, t('ledger.amended', {money: yuan(entry.amended_fen, locale()), by: entry.amended_by})),
        );
    if (entry.settled_fen !== null)
        parts.push(' ', h('small', {}, t('ledger.settled_with', {money: yuan(entry.settled_fen, locale())})));
    return parts;
}

/* What was counted, under which rule, of which rulebook. */
function evidenceOf(entry, ctx) {
    const between = interval(entry.interval, measures.index, locale());
    return h(
        'section',
        {class: 'box evidence', 'aria-labelledby': 'evidence-title'},
        h('div', {class: 'box-head'}, h('h2', {id: 'evidence-title'}, t('ledger.evidence'))),
        h(
            'div',
            {class: 'box-body stack'},
            h('p', {}, said('ledger.rule', entry.rule)),
            h(
                'dl',
                {class: 'pairs'},
                entry.inputs.map((input) => [
                    h('dt', {}, said('ledger.input', input.name)),
                    h('dd', {}, inputText(input, ctx)),
                ]),
                between ? fact('ledger.interval', t('scores.interval_is', between)) : null,
                entry.about ? fact('word.about', caseLink(entry.about)) : null,
                entry.share_of ? fact('ledger.share_of', caseLink(entry.share_of)) : null,
                entry.adjusts ? fact('ledger.adjusts', caseLink(entry.adjusts)) : null,
                entry.adjusted_by ? fact('ledger.adjusted_by', caseLink(entry.adjusted_by)) : null,
                entry.cap_percent !== null ? fact('ledger.cap', `${entry.cap_percent} %`) : null,
                fact('ledger.policy', entry.policy ? h('code', {}, entry.policy) : t('ledger.as_delivered')),
            ),
        ),
    );
}

/* Every step in words, with the figures of the rulebook that ruled then. */
async function traceOf(id, signal) {
    const {rows} = await ask(`/v1/trace/${encodeURIComponent(id)}?limit=200`, {signal});
    return h(
        'section',
        {class: 'box', 'aria-labelledby': 'trace-title'},
        h('div', {class: 'box-head'}, h('h2', {id: 'trace-title'}, t('ledger.trace'))),
        h(
            'ol',
            {class: 'box-body trace'},
            rows.map((row) =>
                h(
                    'li',
                    {},
                    at(row.at),
                    ' ',
                    h('span', {}, row[lang()] ?? row.en),
                    row.by ? h('small', {}, ` · ${row.by}`) : null,
                    row.rules?.length
                        ? h(
                              'details',
                              {},
                              h('summary', {}, t('ledger.rules')),
                              h(
                                  'ul',
                                  {},
                                  row.rules.map((rule) => h('li', {}, h('code', {}, rule.key), ': ', rule.figures)),
                              ),
                          )
                        : null,
                ),
            ),
        ),
    );
}

export async function entryCard(entry, ctx) {
    const answer =
        entry.status === 'proposed'
            ? fact('ledger.answer_by', at(entry.answer_due_at), ' · ', due(entry.answer_due_at))
            : null;
    return [
        h(
            'section',
            {class: 'box'},
            h(
                'div',
                {class: 'box-body first stack'},
                h(
                    'p',
                    {class: 'row'},
                    h(
                        'span',
                        {class: 'sign', dataset: {state: entry.status === 'proposed' ? 'soon' : 'info'}},
                        word('ledger_status', entry.status),
                    ),
                    h('b', {}, word('ledger_kind', entry.kind)),
                    ownerOf(entry),
                ),
                h(
                    'dl',
                    {class: 'pairs'},
                    fact('ledger.person', entry.person ? person(entry.person) : ownerOf(entry)),
                    fact(
                        'word.store',
                        storeSign(entry.store),
                        entry.department ? ` · ${word('department', entry.department)}` : '',
                    ),
                    fact(
                        'ledger.period',
                        entry.period,
                        entry.for_period
                            ? h('small', {}, ` ${t('ledger.for_period', {period: entry.for_period})}`)
                            : null,
                    ),
                    fact('ledger.points', signed(entry.points, 0, locale())),
                    fact('ledger.money', money(entry)),
                    answer,
                    entry.decided_by ? fact('ledger.decided_by', person(entry.decided_by)) : null,
                    entry.notice_at ? fact('ledger.notice_at', at(entry.notice_at)) : null,
                    entry.frozen_by ? fact('ledger.frozen_by', caseLink(entry.frozen_by)) : null,
                ),
            ),
        ),
        evidenceOf(entry, ctx),
        await traceOf(entry.id, ctx.signal),
    ];
}

export async function appealCard(appeal, ctx) {
    const by = appealDue(appeal);
    return [
        h(
            'section',
            {class: 'box'},
            h(
                'div',
                {class: 'box-body first stack'},
                h(
                    'p',
                    {class: 'row'},
                    h(
                        'span',
                        {class: 'sign', dataset: {state: by ? 'soon' : 'info'}},
                        word('appeal_status', appeal.status),
                    ),
                    t('ledger.appeal_of'),
                    ' ',
                    person(appeal.by),
                ),
                h(
                    'dl',
                    {class: 'pairs'},
                    fact(
                        'ledger.against',
                        appeal.entry ? caseLink(appeal.entry) : t('ledger.rating', {seq: String(appeal.rating)}),
                    ),
                    fact('ledger.ground', word('appeal_ground', appeal.ground)),
                    fact('ledger.why', wordsOf(appeal.seq, ctx, 'ledger.why')),
                    fact(
                        'word.store',
                        storeSign(appeal.store),
                        appeal.department ? ` · ${word('department', appeal.department)}` : '',
                    ),
                    fact('ledger.filed_at', at(appeal.filed_at)),
                    by
                        ? fact(
                              appeal.status === 'filed' ? 'ledger.rule_by' : 'ledger.review_by',
                              at(by),
                              ' · ',
                              due(by),
                          )
                        : null,
                    appeal.ruled_by
                        ? fact('ledger.ruled_by', person(appeal.ruled_by), ' ', at(appeal.ruled_at))
                        : null,
                    appeal.reviewed_by ? fact('ledger.reviewed_by', person(appeal.reviewed_by)) : null,
                    appeal.moved_to ? fact('ledger.moved_to', word('department', appeal.moved_to)) : null,
                ),
            ),
        ),
        await traceOf(appeal.id, ctx.signal),
    ];
}
