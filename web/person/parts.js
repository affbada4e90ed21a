/* parts.js - what stands on a person's page: points, ratings, rewards and penalties, open work. */
import {h} from '../lib/dom.js';
import {evidence, measures, plain, signed, yuan} from '../lib/figures.js';
import {periodName} from '../lib/period.js';
import {storeName} from '../lib/places.js';
import {hash} from '../lib/router.js';
import {placeText} from '../lib/signs.js';
import {due, when} from '../lib/time.js';
import {locale, t, word} from '../lib/words.js';
import {caseLink} from '../ledger/card.js';
import {appealForm} from '../ledger/forms.js';
import {appealDue} from '../ledger/model.js';
import {deadlineOf} from '../ledger/deadline.js';
import {worthOf} from '../scores/heat_table.js';
import {ratings} from '../scores/ratings.js';
import {lineOf, trendPart} from '../scores/trend.js';

const box = (id, name, ...content) =>
    h(
        'section',
        {class: 'box', 'aria-labelledby': id},
        h('div', {class: 'box-head'}, h('h2', {id}, t(name))),
        h('div', {class: 'box-body stack'}, content),
    );
const hidden = () => h('p', {class: 'empty'}, t('person.hidden'));

export function pointsPart({account}, rules) {
    if (!account) return box('points', 'person.points', hidden());
    const [year] = account;
    return box(
        'points',
        'person.points',
        h(
            'p',
            {class: 'big'},
            plain(year ? year.balance : rules.points, 0, locale()),
            h('span', {class: 'of'}, t('person.of', {start: year?.start ?? rules.points})),
        ),
        account.length
            ? h(
                  'dl',
                  {class: 'pairs'},
                  account.map((row) => [
                      h('dt', {}, row.year),
                      h(
                          'dd',
                          {},
                          t('person.year', {
                              points: signed(row.points, 0, locale()),
                              money: yuan(row.amount_fen, locale()),
                              n: row.entries,
                          }),
                      ),
                  ]),
              )
            : h('p', {class: 'note-text'}, t('person.points_none')),
    );
}

export function ratingsPart({scores}, name, rules, parts, ctx) {
    if (scores.every((month) => !month.rows)) return box('ratings', 'person.ratings', hidden());
    const rows = [...scores]
        .reverse()
        .flatMap(({month, rows: places}) => (places ?? []).map((row) => ({month, row})));
    if (rows.length === 0)
        return box('ratings', 'person.ratings', h('p', {class: 'empty'}, t('person.ratings_none')));
    const cell = ({row}, key) => {
        const figure = measures[key].of(row) || null,
            label = t(`scores.${key}`);
        const few = figure && evidence(figure.n, rules) === 'few';
        return h(
            'td',
            {class: 'num', dataset: {label}},
            !figure
                ? '–'
                : few
                  ? h('span', {class: 'few'}, t('scores.few', {n: figure.n}))
                  : [measures[key].text(figure.value, locale()), h('small', {}, worthOf(figure, measures[key]))],
        );
    };
    const keys = Object.keys(measures),
        most = [...rows].sort((a, b) => b.row.n - a.row.n)[0].row; /* the place that tells most */
    const list = ratings({store: most.store, department: most.department, staff: name}, ctx);
    const months = scores.map(({month, rows: places}) => ({
        period: month,
        row: (places ?? []).find((row) => ['store', 'department'].every((key) => row[key] === most[key])) ?? null,
    }));
    const drawn = lineOf(months, 'index', rules).values.filter((value) => value !== null).length;
    const chart =
        drawn > 1
            ? trendPart([{name: `${name} · ${storeName(most.store)}`, loaded: months}], {measure: 'index'}, rules)
            : null;
    parts.push(list, ...(chart ? [chart] : []));
    return box(
        'ratings',
        'person.ratings',
        chart?.element ?? null,
        h(
            'div',
            {class: 'table-box'},
            h(
                'table',
                {class: 'table'},
                h('caption', {class: 'hidden'}, t('person.ratings')),
                h(
                    'thead',
                    {},
                    h(
                        'tr',
                        {},
                        [t('scores.period'), t('word.store'), t('scores.n')].map((text) =>
                            h('th', {scope: 'col'}, text),
                        ),
                        keys.map((key) => h('th', {scope: 'col', class: 'num'}, t(`scores.${key}`))),
                    ),
                ),
                h(
                    'tbody',
                    {},
                    rows.map((one) =>
                        h(
                            'tr',
                            {},
                            h(
                                'th',
                                {scope: 'row', dataset: {label: t('scores.period')}},
                                periodName(one.month, locale()),
                            ),
                            h(
                                'td',
                                {dataset: {label: t('word.store')}},
                                placeText(one.row),
                            ),
                            h('td', {class: 'num', dataset: {label: t('scores.n')}}, String(one.row.n)),
                            keys.map((key) => cell(one, key)),
                        ),
                    ),
                ),
            ),
        ),
        h('details', {}, h('summary', {}, t('scores.ratings')), list.element),
    );
}

/* An appeal is the person's own, while there is time for it and none is on its way. */
function appealPart(entry, {appeals}, own, rules, ctx, again) {
    const mine = (appeals ?? []).find((one) => one.entry === entry.id);
    if (mine)
        return [
            caseLink(mine.id),
            ' ',
            word('appeal_status', mine.status),
            appealDue(mine) ? [' · ', due(appealDue(mine))] : null,
        ];
    if (!own || !['confirmed', 'settled'].includes(entry.status) || !entry.notice_at) return '–';
    const deadline = deadlineOf(entry.notice_at, rules.fileWithin);
    return [
        h(
            'button',
            {
                type: 'button',
                dataset: {appeal: entry.id},
                on: {click: () => appealForm({entry: entry.id}, ctx).then((done) => done && again())},
            },
            t('ledger.appeal_file'),
        ),
        h('small', {}, t(deadline.key, {n: deadline.n, from: when(deadline.from)})),
    ];
}

export function ledgerPart(loaded, own, rules, ctx, again) {
    const {ledger} = loaded;
    if (!ledger) return box('ledger', 'person.ledger', hidden());
    if (ledger.length === 0) return box('ledger', 'person.ledger', h('p', {class: 'empty'}, t('person.ledger_none')));
    const cells = (entry) => [
        ['ledger.entry', h('a', {href: hash('ledger', entry.id)}, entry.id)],
        ['ledger.kind', word('ledger_kind', entry.kind)],
        ['word.status', word('ledger_status', entry.status)],
        ['ledger.points', signed(entry.points, 0, locale()), 'num'],
        ['ledger.money', yuan(entry.amount_fen, locale()), 'num'],
        ['ledger.period', entry.period],
        ['word.about', entry.about ? caseLink(entry.about) : '–'],
        ['person.appeal', appealPart(entry, loaded, own, rules, ctx, again)],
    ];
    return box(
        'ledger',
        'person.ledger',
        h(
            'div',
            {class: 'table-box'},
            h(
                'table',
                {class: 'table'},
                h('caption', {class: 'hidden'}, t('person.ledger')),
                h(
                    'thead',
                    {},
                    h(
                        'tr',
                        {},
                        cells(ledger[0]).map(([key, , kind]) => h('th', {scope: 'col', class: kind}, t(key))),
                    ),
                ),
                h(
                    'tbody',
                    {},
                    ledger.map((entry) =>
                        h(
                            'tr',
                            {dataset: {id: entry.id}},
                            cells(entry).map(([key, cell, kind]) =>
                                h('td', {class: kind, dataset: {label: t(key)}}, cell),
                            ),
                        ),
                    ),
                ),
            ),
        ),
    );
}

export function workPart({tasks, complaints}) {
    const list = (rows, name, page, text) =>
        rows === null
            ? null
            : h(
                  'div',
                  {},
                  h('h3', {}, t(name)),
                  rows.length === 0
                      ? h('p', {class: 'note-text'}, t('person.work_none'))
                      : h(
                            'ul',
                            {class: 'work'},
                            rows
                                .slice(0, 20)
                                .map((row) =>
                                    h('li', {}, h('a', {href: hash(page, row.id)}, row.id), ' ', text(row)),
                                ),
                        ),
              );
    const clock = (card) =>
        card.clocks.filter((one) => !one.stopped_at).sort((a, b) => a.due_at.localeCompare(b.due_at))[0];
    return box(
        'work',
        'person.work',
        complaints || tasks ? null : hidden(),
        list(complaints, 'nav.complaints', 'complaints', (row) => [
            word('category', row.category),
            ' · ',
            word('status', row.status),
            clock(row) ? [' · ', due(clock(row).due_at)] : null,
        ]),
        list(tasks, 'nav.tasks', 'tasks', (row) => [word('task_kind', row.kind), ' · ', due(row.due_at)]),
    );
}
