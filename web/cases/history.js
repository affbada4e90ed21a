/*
 * history.js - what happened to a case, in words, newest first; behind each line the rule and its figures, and what
 * was written, on demand.
 *
 *   const past = history({id: 'C-41', written: (seq) => …});   past.element · past.load() → rows · past.stop()
 */
import {askAll} from '../lib/ask.js';
import {h, replace} from '../lib/dom.js';
import {icon} from '../lib/icon.js';
import {agoText, at, when} from '../lib/time.js';
import {problemText} from '../lib/toast.js';
import {lang, t} from '../lib/words.js';

/* Decisions and facts that carry what somebody wrote. */
const WRITTEN = /^(complaint|task|callback|feedback|ledger|appeal)\./;

/** A line in the page's language, as the server words it. */
export function inWords(row) {
    return row[lang()] ?? row.en ?? row.type;
}

/** The newest step that a person took after `seq`, other than `me`; null when none did. */
export function newsOf(rows, seq, me) {
    const steps = rows.filter((row) => row.seq > seq && row.by && row.by !== me);
    return steps.length ? steps[steps.length - 1] : null;
}

/** "3 s ago: assigned by chen.jing to li.na". */
export function newsText(row) {
    return t('card.news', {ago: agoText(row.at), what: inWords(row)});
}

function ruleOf(row) {
    return h(
        'details',
        {class: 'rule'},
        h('summary', {}, () => t('history.rule')),
        h(
            'dl',
            {},
            row.rules.map(({key, figures}) => h('div', {}, h('dt', {}, h('code', {}, key)), h('dd', {}, figures))),
        ),
        h(
            'p',
            {class: 'quiet'},
            row.policy ? () => t('history.rulebook', {name: row.policy.name, seq: String(row.policy.seq)}) : null,
            ' ',
            h('code', {}, row.cause),
        ),
    );
}

export function history({id, written = null}) {
    const list = h('ol', {class: 'history', reversed: true});
    const wrong = h('p', {class: 'field-wrong', role: 'alert'});
    let turn = 0,
        drawn = 0;

    function lineOf(row) {
        return h(
            'li',
            {dataset: {seq: String(row.seq), type: row.type}},
            h(
                'div',
                {class: 'history-when'},
                at(row.at),
                row.time && row.time !== row.at
                    ? h('span', {class: 'quiet'}, () => t('history.time', {at: when(row.time)}))
                    : null,
            ),
            h(
                'div',
                {class: 'history-what'},
                h(
                    'p',
                    {},
                    row.case === id ? null : h('code', {class: 'quiet'}, `${row.case} `),
                    () => inWords(row),
                    row.claimed
                        ? h(
                              'span',
                              {class: 'quiet', title: () => t('history.claimed_why')},
                              () => ` ${t('history.claimed')}`,
                          )
                        : null,
                ),
                h(
                    'div',
                    {class: 'history-more'},
                    row.rules?.length ? ruleOf(row) : null,
                    written && WRITTEN.test(row.type) && !row.type.startsWith('feedback.complained')
                        ? written(row.seq)
                        : null,
                ),
            ),
        );
    }

    async function load() {
        const mine = ++turn;
        try {
            const {rows} = await askAll(`/v1/trace/${encodeURIComponent(id)}`);
            if (mine === turn && rows.length !== drawn) {
                drawn = rows.length;
                replace(list, [...rows].reverse().map(lineOf));
            }
            wrong.textContent = '';
            return rows;
        } catch (error) {
            if (mine === turn) replace(wrong, icon('late'), () => problemText(error));
            return [];
        }
    }

    return {
        element: h(
            'section',
            {class: 'panel-part'},
            h('h3', {}, () => t('history.title')),
            wrong,
            list,
        ),
        load,
    };
}
