/*
 * entry.js - one entry of the journal: its envelope, the case that it is about, what it led to and came of, and the
 * event itself.
 */
import {h, replace} from '../lib/dom.js';
import {icon} from '../lib/icon.js';
import {hash} from '../lib/router.js';
import {when, whenExact} from '../lib/time.js';
import {sayProblem} from '../lib/toast.js';
import {t} from '../lib/words.js';
import {caseOf, hasPersonal} from './pointer.js';
import {tree} from './tree.js';
import {uncover} from './uncover.js';

const SEQ = /^\d{1,16}$/;

function pair(name, value) {
    return value === null || value === undefined
        ? null
        : h(
              'div',
              {},
              h('dt', {}, () => t(`explorer.${name}`)),
              h('dd', {}, value),
          );
}

/* Facts and causes are named by their entry. */
function entryLink(seq) {
    return SEQ.test(seq ?? '') ? h('a', {href: hash('explorer', seq)}, seq) : (seq ?? null);
}

export function eventEntry({row, ctx, close}) {
    const {event} = row;
    const about = caseOf(row);
    const body = h('div', {});
    const show = h('button', {type: 'button', on: {click: () => open()}}, () => t('explorer.uncover'));
    const covered = hasPersonal(event);

    async function open() {
        try {
            const told = await uncover({path: `/v1/events/${row.seq}`, me: ctx.me});
            if (!told) return;
            replace(body, tree(told.event, {shows: true}));
            show.remove();
        } catch (error) {
            sayProblem(error);
        }
    }

    replace(body, tree(event));
    return h(
        'section',
        {
            class: 'box explorer-entry',
            dataset: {seq: row.seq},
            'aria-label': () => t('explorer.entry', {seq: row.seq}),
        },
        h(
            'header',
            {},
            h('h2', {}, h('code', {}, event.type)),
            h(
                'button',
                {type: 'button', class: 'bare', 'aria-label': () => t('shell.close'), on: {click: close}},
                icon('close'),
            ),
        ),
        h(
            'div',
            {class: 'box-body stack'},
            h(
                'dl',
                {class: 'explorer-envelope'},
                pair('seq', String(row.seq)),
                pair(
                    'at',
                    h('time', {datetime: row.at, title: () => whenExact(row.at)}, () => when(row.at)),
                ),
                row.class ? pair('class', () => t(`explorer.class.${row.class}`)) : null,
                pair('principal', row.principal ?? (() => t('explorer.nobody'))),
                pair('source', event.source),
                pair('id', event.id),
                pair('case', about ? h('a', {href: hash(about.name, about.id)}, about.id) : null),
                pair('fact', entryLink(event.correlationid)),
                pair('cause', entryLink(event.causationid)),
                event.subject
                    ? pair(
                          'around',
                          h('a', {href: hash('explorer', null, {subject: event.subject})}, () =>
                              t('explorer.of_case'),
                          ),
                      )
                    : null,
            ),
            covered ? h('p', {class: 'row quiet'}, show, () => t('explorer.covered')) : null,
            body,
        ),
    );
}
