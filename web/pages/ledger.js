/*
 * ledger.js - rewards and penalties: proposals that wait for a person, what is confirmed and settled, appeals.
 *
 *   #/ledger?tab=proposals|entries|periods|appeals&store=…&year=2026     #/ledger/L-41-wang.li     #/ledger/A-57
 */
import {decisions} from '../cases/decisions.js';
import {ask} from '../lib/ask.js';
import {h, replace} from '../lib/dom.js';
import {failed} from '../lib/failed.js';
import {icon} from '../lib/icon.js';
import {live} from '../lib/live.js';
import {hash} from '../lib/router.js';
import {stream} from '../lib/stream.js';
import {now} from '../lib/time.js';
import {problemText} from '../lib/toast.js';
import {storeName} from '../lib/places.js';
import {onLang, t} from '../lib/words.js';
import {appealCard, entryCard} from '../ledger/card.js';
import {settleForm} from '../ledger/forms.js';
import {appealTable, entryTable, periodTable} from '../ledger/tables.js';
import {periodsOf} from '../ledger/model.js';

const TABS = ['proposals', 'entries', 'periods', 'appeals'];

/* Who reads is on record where there are names; it is said where it is read. */
export function onRecord(me) {
    return me.local
        ? null
        : h(
              'p',
              {class: 'on-record'},
              icon('info'),
              h('span', {}, () => t('ledger.on_record')),
          );
}

/* ---- lists ---- */

function listOf(tab, year) {
    const path = {
        proposals: '/v1/ledger?status=proposed',
        entries: `/v1/ledger?period=${year}`,
        periods: `/v1/ledger?period=${year}`,
        appeals: '/v1/appeals',
    }[tab];
    const letter = tab === 'appeals' ? 'A-' : 'L-';
    const mine =
        tab === 'proposals'
            ? (card) => card.status === 'proposed'
            : tab === 'appeals'
              ? () => true
              : (card) => card.period.startsWith(year);
    return {path, keep: (card) => card.id.startsWith(letter) && mine(card)};
}

function tabs(present, query) {
    return h(
        'nav',
        {class: 'tabs', 'aria-label': () => t('ledger.tabs')},
        TABS.map((tab) =>
            h(
                'a',
                {
                    href: hash('ledger', null, {...Object.fromEntries(query), tab}),
                    'aria-current': tab === present ? 'page' : null,
                },
                () => t(`ledger.tab.${tab}`),
            ),
        ),
    );
}

function yearField(year, ctx, query) {
    const years = Array.from({length: 4}, (_, index) => String(new Date(now()).getFullYear() - index));
    const select = h(
        'select',
        {on: {change: () => ctx.go(hash('ledger', null, {...Object.fromEntries(query), year: select.value}))}},
        years.map((one) => h('option', {value: one, selected: one === year}, one)),
    );
    return h(
        'label',
        {class: 'choose'},
        h('span', {}, () => t('ledger.year')),
        select,
    );
}

/* Whether periods are closed, asked for once each: known() when more is known. */
function closedOf(periods, closed, signal, known) {
    for (const period of periods.filter((one) => !closed.has(one))) {
        closed.set(period, null);
        ask(`/v1/period?period=${period}&limit=1`, {signal}).then(
            ({rows}) => {
                closed.set(period, rows[0]?.status ?? null);
                known();
            },
            () => {} /* then it is not said */,
        );
    }
}

function mountList(root, query, ctx) {
    const tab = TABS.includes(query.get('tab')) ? query.get('tab') : 'proposals';
    const year = /^\d{4}$/.test(query.get('year') ?? '') ? query.get('year') : String(new Date(now()).getFullYear());
    const store = query.get('store');
    const open = (row) => ctx.go(hash('ledger', row.id));
    const closed = new Map();
    const tables = {proposals: entryTable, entries: entryTable, periods: periodTable, appeals: appealTable};
    const made = tables[tab](tab, open, (period) => closed.get(period));
    const said = h('p', {class: 'note-text', 'aria-live': 'polite'});
    const settle =
        tab === 'periods' && ctx.can('reward')
            ? h(
                  'button',
                  {type: 'button', on: {click: () => settleForm(ctx).then((done) => done && list.reload())}},
                  () => t('ledger.settle'),
              )
            : null;
    const {path, keep} = listOf(tab, year);
    const list = live({
        path: store ? `${path}${path.includes('?') ? '&' : '?'}store=${encodeURIComponent(store)}` : path,
        channel: 'ledger',
        keep: (card) => keep(card) && (!store || card.store === store),
        change: (rows, {loading, problem, more, seq}) => {
            const cards = [...rows.values()];
            const shown = tab === 'periods' ? periodsOf(cards) : cards;
            const periods = tab === 'periods' && ctx.can('see_score') ? shown.map((row) => row.period) : [];
            made.set(shown);
            closedOf(periods, closed, ctx.signal, () => made.set(shown));
            made.element.hidden = shown.length === 0 && seq === 0; /* "nothing waits" only once that is known */
            said.textContent = problem
                ? problemText(problem)
                : loading
                  ? t('ledger.loading')
                  : more
                    ? t('ledger.more')
                    : '';
        },
    });
    replace(
        root,
        onRecord(ctx.me),
        h(
            'div',
            {class: 'row ledger-head'},
            tabs(tab, query),
            tab === 'entries' || tab === 'periods' ? yearField(year, ctx, query) : null,
            store
                ? h(
                      'a',
                      {href: hash('ledger', null, {tab}), class: 'chip', title: store},
                      storeName(store),
                      icon('close'),
                  )
                : null,
            settle,
        ),
        h('div', {class: 'box list-box'}, made.element),
        said,
    );
    return () => {
        list.stop();
        made.stop();
    };
}

/* ---- one card ---- */

async function mountCard(root, ctx) {
    const isAppeal = ctx.id.startsWith('A-'),
        kind = isAppeal ? 'appeals' : 'ledger';
    const path = `/v1/${kind}/${encodeURIComponent(ctx.id)}`;
    const body = h('div', {class: 'stack card-body'}),
        side = h('aside', {class: 'box card-side', hidden: true});
    let turn = 0,
        card = null,
        panel = null;
    ctx.title(ctx.id);
    replace(
        root,
        onRecord(ctx.me),
        h(
            'p',
            {},
            h('a', {href: hash('ledger', null, {tab: isAppeal ? 'appeals' : 'proposals'})}, () => t('ledger.back')),
        ),
        h('div', {class: 'card-columns'}, body, side),
    );

    async function draw() {
        const mine = ++turn;
        const next = await ask(path, {signal: ctx.signal});
        const parts = await (isAppeal ? appealCard : entryCard)(next, ctx);
        if (mine !== turn) return;
        card = next;
        replace(body, parts);
        if (panel) panel.update(card);
        else {
            panel = decisions({kind, card, me: ctx.me, decided: again});
            side.hidden = false;
            replace(
                side,
                h(
                    'div',
                    {class: 'box-body first'},
                    h('h3', {class: 'hidden'}, () => t('decide.title')),
                    panel.element,
                ),
            );
        }
    }

    const fail = (error) => {
        if (error.name !== 'AbortError')
            replace(body, failed(error, again));
    };
    const again = () => draw().catch(fail);
    const changed = (next, {seq}) => {
        if (next.id === ctx.id && card && seq > card.changed_seq) again();
    };
    const offs = [onLang(again), stream.onResync(again), stream.on('ledger', changed)];
    await again();
    return () => {
        panel?.stop();
        offs.forEach((off) => off());
    };
}

export default {
    title: 'ledger.title',
    style: ['/style/cases.css', '/style/card.css', '/style/scores.css'],
    async mount(root, query, ctx) {
        return ctx.id ? mountCard(root, ctx) : mountList(root, query, ctx);
    },
};
