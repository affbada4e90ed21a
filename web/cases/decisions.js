/*
 * decisions.js - everything that may be decided about a case: buttons with a key each, and below what may not, and
 * why.
 *
 *   const panel = decisions({kind: 'complaints', card, me, decided: (card) => …, cases: () => [[id, text]]});
 *   panel.element · panel.update(card, news) · panel.stop()
 *
 * The server says what is allowed to this person in this state, by the very rules that decide (GET …/ID/decisions),
 * and decides only if nobody has decided since the card was seen (If-Match). Nothing is shown as done before it is.
 * What was typed in stays when somebody else was first: it is told who did what, and to send again is to decide
 * about the new card.
 */
import {actor, actorField, decided as named, onActor} from '../lib/actor.js';
import {ask, decisionKey} from '../lib/ask.js';
import {h, replace} from '../lib/dom.js';
import {keys} from '../lib/keys.js';
import {problemText, say} from '../lib/toast.js';
import {has, lang, onLang, t, word} from '../lib/words.js';
import {decisionForm} from './decision_form.js';

/* One key each; no two of a kind alike, and none of those that move (j k l), see notices (y) or begin a pair (g). */
const KEYS = {
    complaints: {
        acknowledge: 'a',
        plan: 'p',
        resolve: 'r',
        verify: 'v',
        judge: 'u',
        note: 'n',
        assign: 'h',
        grade: 'd',
        pause: 'z',
        resume: 'b',
        escalate: 'e',
        transfer: 't',
        merge: 'm',
        reopen: 'o',
        withdraw: 'w',
    },
    tasks: {start: 's', complete: 'c', extend: 'x', assign: 'h', verify: 'v', cancel: 'w'},
    callbacks: {claim: 'c', done: 'd', reschedule: 'r', cancel: 'w'},
    ledger: {confirm: 'c', waive: 'w', settle: 's', reverse: 'v'},
    appeals: {rule: 'r', review: 'v'},
};

/* The order in which they are done, as a rule; what is not named comes after. */
const ORDER = ['claim', 'acknowledge', 'start', 'plan', 'complete', 'resolve', 'done', 'verify', 'judge', 'confirm'];

/* Done at once, without a form: they promise nothing to a customer, and a slip is easily put right. */
const AT_ONCE = new Set(['claim', 'start', 'resume']);

/* How long a change must have stood here before "as I saw the card" includes it. */
const SEEN_MS = 1000;

const singular = (kind) => (kind === 'ledger' ? kind : kind.slice(0, -1));
const rank = (row) => (ORDER.includes(row.action) ? ORDER.indexOf(row.action) : ORDER.length);

function nameOf(kind, action) {
    return `do.${singular(kind)}.${action}`;
}

/* The domain's kind of word of a kind's states. */
const STATES = {
    complaints: 'status',
    tasks: 'task_status',
    callbacks: 'callback_status',
    ledger: 'ledger_status',
    appeals: 'appeal_status',
};

/* Why not, in the page's language: the server's own sentence is English; its code has words in both. */
function whyNot(row, kind, card) {
    const key = `why.${row.code}`;
    return lang() === 'en' || !has(key) ? (row.reason ?? row.code) : t(key, {status: word(STATES[kind], card.status)});
}

/* [[reason, rows]] of what may not be decided. */
function refusals(rows, why) {
    const by = new Map();
    for (const row of rows) by.set(why(row), [...(by.get(why(row)) ?? []), row]);
    return [...by];
}

function keySign(key) {
    return key ? h('kbd', {'aria-hidden': 'true'}, key) : null;
}

function refusedLine(kind, [reason, rows]) {
    const translated = lang() === 'zh' && has(`why.${rows[0].code}`);
    const one = (row) =>
        h(
            'span',
            {class: 'refused', dataset: {action: row.action}},
            t(nameOf(kind, row.action)),
            keySign(KEYS[kind]?.[row.action]),
        );
    return h(
        'li',
        {},
        rows.map(one),
        h('span', {class: 'reason', lang: translated || lang() === 'en' ? null : 'en'}, reason),
    );
}

export function decisions({kind, card: first, me, decided, cases}) {
    let card = first,
        seen = first.changed_seq,
        rows = null,
        fault = null,
        form = null;
    let busy = false,
        asking = false,
        again = false,
        stopped = false,
        popKeys = () => {};
    const allowedBox = h('div', {class: 'decide-row'}),
        refusedBox = h('div', {class: 'refusals'}),
        formBox = h('div');
    const news = h('p', {class: 'decide-news', role: 'status', 'aria-live': 'polite'});
    const element = h(
        'section',
        {class: 'decisions', 'aria-label': () => t('decide.title')},
        actorField(me),
        allowedBox,
        news,
        formBox,
        refusedBox,
    );

    const keyOf = (row) => KEYS[kind]?.[row.action] ?? null;
    const label = (row) => t(nameOf(kind, row.action));
    const why = (row) => whyNot(row, kind, card);
    const path = () => `/v1/${kind}/${encodeURIComponent(card.id)}`;

    function tell(text) {
        news.textContent = text;
    }

    /* ---- what may be decided ---- */

    async function load() {
        if (asking) {
            again = true;
            return;
        }
        asking = true;
        const by = me.local && actor(me) ? `?by=${encodeURIComponent(actor(me))}` : '';
        try {
            rows = (await ask(`${path()}/decisions${by}`)).rows.sort((a, b) => rank(a) - rank(b));
            fault = null;
        } catch (error) {
            fault = error;
        }
        asking = false;
        if (stopped) return;
        draw();
        if (again) {
            again = false;
            load();
        }
    }

    function button(row) {
        const key = keyOf(row),
            opens = AT_ONCE.has(row.action) ? null : String(form?.row.action === row.action);
        const props = {
            class: ORDER.includes(row.action) ? 'decide main' : 'decide',
            type: 'button',
            dataset: {action: row.action},
            disabled: busy,
            'aria-expanded': opens,
            'aria-keyshortcuts': key,
            on: {click: () => begin(row)},
        };
        return h(
            'button',
            props,
            h('span', {}, () => label(row)),
            keySign(key),
        );
    }

    function drawAllowed(allowed) {
        if (fault)
            return replace(
                allowedBox,
                h('p', {class: 'field-wrong'}, () => problemText(fault)),
                h('button', {type: 'button', on: {click: load}}, () => t('decide.again')),
            );
        const none = rows && !allowed.length ? h('p', {class: 'quiet'}, () => t('decide.none')) : null;
        return replace(allowedBox, allowed.map(button), none);
    }

    function draw() {
        const focused = allowedBox.contains(document.activeElement) ? document.activeElement.dataset.action : null;
        const allowed = (rows ?? []).filter((row) => row.allowed),
            refused = (rows ?? []).filter((row) => !row.allowed);
        drawAllowed(allowed);
        replace(
            refusedBox,
            refused.length ? h('h3', {}, () => t('decide.not_now')) : null,
            refused.length
                ? h(
                      'ul',
                      {},
                      refusals(refused, why).map((group) => refusedLine(kind, group)),
                  )
                : null,
        );
        bindKeys(allowed, refused);
        const gone = form && refused.find((row) => row.action === form.row.action);
        form?.forbid(gone ? why(gone) : null);
        if (focused) allowedBox.querySelector(`[data-action="${focused}"]`)?.focus();
    }

    function bindKeys(allowed, refused) {
        const refusal = (row) => () => tell(`${label(row)}: ${why(row)}`);
        const entry = (row) => [keyOf(row), [nameOf(kind, row.action), row.allowed ? () => begin(row) : refusal(row)]];
        popKeys();
        popKeys = keys(Object.fromEntries([...refused, ...allowed].filter(keyOf).map(entry)));
    }

    /* ---- deciding ---- */

    function begin(row) {
        if (me.local && !actor(me)) {
            tell(t('actor.first'));
            element.querySelector('[name=actor]').focus();
            return;
        }
        tell('');
        if (AT_ONCE.has(row.action)) send(row, {}, decisionKey()).catch((error) => say(problemText(error), 'late'));
        else if (form?.row.action === row.action) form.focus();
        else openForm(row);
    }

    function openForm(row) {
        seen = card.changed_seq;
        form = decisionForm({
            row,
            label: () => label(row),
            cases,
            close: () => closeForm(true),
            send: (body, key) => send(row, body, key),
        });
        replace(formBox, form.element);
        draw();
        form.focus();
    }

    function closeForm(back = false) {
        const action = form?.row.action;
        form = null;
        replace(formBox);
        draw();
        if (back) allowedBox.querySelector(`[data-action="${action}"]`)?.focus();
    }

    async function send(row, body, key) {
        busy = true;
        allowedBox.querySelectorAll('button').forEach((one) => (one.disabled = true));
        try {
            const outcome = await ask(`${path()}/${row.action}`, {
                method: 'POST',
                body: named(me, body),
                ifMatch: seen,
                idempotencyKey: key,
            });
            if (form?.row.action === row.action) closeForm();
            say(t('decide.done', {what: label(row), id: card.id}));
            decided(outcome?.card ?? null);
        } catch (error) {
            if (error.status === 412) decided(null); /* the card is read anew, and tells who was first */
            throw error;
        } finally {
            busy = false;
            load();
        }
    }

    const off = [onActor(load), onLang(draw)];
    draw();
    load();
    return {
        element,
        /*
         * The card as it is by now; `what`: who did what, when it was somebody else. Read out, and said in an open
         * form.
         */
        update(next, what = null) {
            const moved = next.changed_seq !== card.changed_seq;
            card = next;
            if (form) setTimeout(() => (seen = Math.max(seen, next.changed_seq)), SEEN_MS);
            else seen = next.changed_seq;
            if (what) {
                tell(what);
                form?.tell(`${what} ${t('decide.changed')}`);
            }
            if (moved) load();
        },
        stop() {
            stopped = true;
            off.forEach((fn) => fn());
            popKeys();
        },
    };
}
