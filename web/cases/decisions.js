/*
 * decisions.js - everything that may be decided about a case: buttons with a key each, and beside them what may
 * not, and why.
 *
 *   const panel = decisions({kind: 'complaints', card, me: ctx.me, decided: (card, outcome) => …, cases: () =>
 *       [[id, text]]});
 *   panel.element · panel.update(card, [news]) · panel.stop()
 *
 * The server says what is allowed to this person in this state, with the very rules that decide (GET
 * …/ID/decisions), and decides only if nobody has decided since the card was seen (If-Match). Nothing is shown as
 * done before it is. What was typed in stays when somebody else was first: it is told who did what, and sending
 * again is a decision about the new card.
 */
import {ask, decisionKey} from '../lib/ask.js';
import {actor, actorField, decided as named, onActor} from '../lib/actor.js';
import {fields as rowsOf} from '../lib/dialog.js';
import {h, replace} from '../lib/dom.js';
import {keys} from '../lib/keys.js';
import {suggestions} from '../lib/people.js';
import {problemText, say} from '../lib/toast.js';
import {has, lang, t, word} from '../lib/words.js';
import {asked, bodyOf, choicesOf, kindOf, suggests, wordKind} from './fields.js';

/* One key each; no two of a kind alike, and none of those that move (j k), open notices (y) or begin a pair (g). */
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
};

/* The order in which they are done, as a rule; what is not named comes after. */
const ORDER = ['claim', 'acknowledge', 'start', 'plan', 'complete', 'resolve', 'done', 'verify', 'judge', 'note'];

/* Done at once, without a form: they promise nothing to a customer, and a slip is easily put right. */
const AT_ONCE = new Set(['claim', 'start', 'resume']);

/* How long a change must have been seen before "as I saw the card" includes it. */
const SEEN_MS = 1000;

const singular = (kind) => kind.slice(0, -1);

function rank(row) {
    const at = ORDER.indexOf(row.action);
    return at < 0 ? ORDER.length : at;
}

export function label(kind, action) {
    return t(`do.${singular(kind)}.${action}`);
}

/** Why not, in the page's language: the server's own sentence is English; its code has words in both. */
export function whyNot(row) {
    const key = `why.${row.code}`;
    return lang() === 'en' || !has(key) ? (row.reason ?? row.code) : t(key);
}

/* What may not be decided, by reason: [[reason, rows]]. */
function refusals(rows) {
    const by = new Map();
    for (const row of rows) by.set(whyNot(row), [...(by.get(whyNot(row)) ?? []), row]);
    return [...by];
}

export function decisions({kind, card: first, me, decided, cases = () => [], leaveOut = []}) {
    let card = first,
        seen = first.changed_seq,
        rows = null,
        fault = null;
    let form = null,
        busy = false,
        asking = false,
        again = false,
        stopped = false,
        popKeys = () => {};
    const allowedBox = h('div', {class: 'decide-row'});
    const refusedBox = h('div', {class: 'refusals'});
    const formBox = h('div', {class: 'decide-form-box'});
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
    const path = () => `/v1/${kind}/${encodeURIComponent(card.id)}`;

    /* ---- what may be decided ---- */

    async function load() {
        if (asking) {
            again = true;
            return;
        }
        asking = true;
        try {
            const by = me.local && actor(me) ? `?by=${encodeURIComponent(actor(me))}` : '';
            const answer = await ask(`${path()}/decisions${by}`);
            rows = answer.rows.filter((row) => !leaveOut.includes(row.action)).sort((a, b) => rank(a) - rank(b));
            fault = null;
        } catch (error) {
            fault = error;
        }
        asking = false;
        if (!stopped) draw();
        if (again && !stopped) {
            again = false;
            load();
        }
    }

    function button(row) {
        const key = keyOf(row);
        return h(
            'button',
            {
                class: ORDER.includes(row.action) ? 'decide main' : 'decide',
                type: 'button',
                dataset: {action: row.action},
                disabled: busy,
                'aria-expanded': AT_ONCE.has(row.action) ? null : String(form?.row.action === row.action),
                'aria-keyshortcuts': key,
                on: {click: () => begin(row)},
            },
            h('span', {}, () => label(kind, row.action)),
            key ? h('kbd', {'aria-hidden': 'true'}, key) : null,
        );
    }

    function draw() {
        const focused = element.contains(document.activeElement) ? document.activeElement.dataset.action : null;
        const allowed = (rows ?? []).filter((row) => row.allowed),
            refused = (rows ?? []).filter((row) => !row.allowed);
        element.setAttribute('aria-busy', String(rows === null && !fault));
        if (fault)
            replace(
                allowedBox,
                h('p', {class: 'field-wrong'}, () => problemText(fault)),
                h('button', {type: 'button', on: {click: load}}, () => t('decide.again')),
            );
        else
            replace(
                allowedBox,
                allowed.map(button),
                rows && !allowed.length ? h('p', {class: 'quiet'}, () => t('decide.none')) : null,
            );
        replace(
            refusedBox,
            refused.length === 0
                ? null
                : [
                      h('h4', {}, () => t('decide.not_now')),
                      h(
                          'ul',
                          {},
                          refusals(refused).map(([reason, some]) =>
                              h(
                                  'li',
                                  {},
                                  some.map((row) =>
                                      h(
                                          'span',
                                          {class: 'refused', dataset: {action: row.action}},
                                          label(kind, row.action),
                                          keyOf(row) ? h('kbd', {'aria-hidden': 'true'}, keyOf(row)) : null,
                                      ),
                                  ),
                                  h(
                                      'span',
                                      {
                                          class: 'reason',
                                          lang: lang() === 'zh' && has(`why.${some[0].code}`) ? null : 'en',
                                      },
                                      reason,
                                  ),
                              ),
                          ),
                      ),
                  ],
        );
        bindKeys(allowed, refused);
        const gone = form && refused.find((row) => row.action === form.row.action);
        form?.forbid(gone ? whyNot(gone) : null);
        if (focused) allowedBox.querySelector(`[data-action="${focused}"]`)?.focus();
    }

    function bindKeys(allowed, refused) {
        popKeys();
        const map = {};
        for (const row of refused.filter(keyOf))
            map[keyOf(row)] = [
                `do.${singular(kind)}.${row.action}`,
                () => tell(`${label(kind, row.action)}: ${whyNot(row)}`),
            ];
        for (const row of allowed.filter(keyOf))
            map[keyOf(row)] = [`do.${singular(kind)}.${row.action}`, () => begin(row)];
        popKeys = keys(map);
    }

    function tell(text) {
        news.textContent = text;
    }

    /* ---- deciding ---- */

    function begin(row) {
        if (me.local && !actor(me)) {
            tell(t('actor.first'));
            element.querySelector('[name=actor]').focus();
            return;
        }
        tell('');
        if (AT_ONCE.has(row.action)) send(row, {}, decisionKey(), (error) => say(problemText(error), 'late'));
        else if (form?.row.action === row.action) form.focus();
        else openForm(row);
    }

    async function send(row, body, key, fail) {
        busy = true;
        allowedBox.querySelectorAll('button').forEach((one) => (one.disabled = true));
        try {
            const outcome = await ask(`${path()}/${row.action}`, {
                method: 'POST',
                body: named(me, body),
                ifMatch: seen,
                idempotencyKey: key,
            });
            closeForm();
            say(t('decide.done', {what: label(kind, row.action), id: card.id}));
            decided(outcome?.card ?? null, outcome);
        } catch (error) {
            fail(error);
            if (error.status === 412) decided(null, null); /* the card is read anew, and tells who was first */
        } finally {
            busy = false;
            load();
        }
    }

    function formField(field) {
        const kindOfWord = wordKind(field);
        const suggested = suggests(field);
        const list = suggested ? suggestions(suggested, suggested === 'cases' ? cases() : null) : null;
        return {
            list,
            spec: {
                name: field.name,
                kind: kindOf(field),
                required: field.required,
                list: list?.id,
                label: () => t(has(`field.${field.name}`) ? `field.${field.name}` : field.name),
                choices: choicesOf(field)?.map((value) => ({value, label: () => word(kindOfWord, value)})),
                hint: has(`hint.${field.name}`) ? () => t(`hint.${field.name}`) : null,
            },
        };
    }

    function openForm(row) {
        closeForm();
        const wanted = asked(row.fields).map((field) => (row.action === 'note' ? {...field, required: true} : field));
        const parts = wanted.map(formField);
        const inner = rowsOf(parts.map((part) => part.spec));
        const submit = h('button', {class: 'primary', type: 'submit'}, () => label(kind, row.action));
        const forbidden = h('p', {class: 'field-wrong', role: 'alert'});
        const changed = h('p', {class: 'decide-changed', role: 'alert'});
        let key = decisionKey();
        seen = card.changed_seq;
        const element_ = h(
            'form',
            {
                class: 'decide-form',
                novalidate: true,
                'aria-label': label(kind, row.action),
                on: {
                    submit: (event) => {
                        event.preventDefault();
                        try_();
                    },
                    keydown: (event) => {
                        if (event.key === 'Escape') {
                            event.stopPropagation();
                            closeForm(true);
                        } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
                            event.preventDefault();
                            try_();
                        }
                    },
                },
            },
            h('h4', {}, () => label(kind, row.action)),
            inner.element,
            parts.map((part) => part.list),
            changed,
            forbidden,
            h(
                'div',
                {class: 'decide-foot'},
                submit,
                h('button', {type: 'button', on: {click: () => closeForm(true)}}, () => t('form.cancel')),
            ),
        );

        function try_() {
            if (busy || submit.disabled) return;
            inner.fail(null);
            const values = inner.values();
            const missing = wanted.find((field) => field.required && values[field.name] === undefined);
            if (missing) return inner.fail({pointer: `/${missing.name}`, message: t('decide.required'), plain: true});
            let body;
            try {
                body = bodyOf(values);
            } catch (error) {
                return inner.fail({pointer: `/${error.cause}`, message: t('decide.yuan'), plain: true});
            }
            send(row, body, key, (error) => {
                if (error.status !== 0 && error.status < 500)
                    key = decisionKey(); /* it was answered: what comes next is another decision */
                if (error.status === 412) changed.textContent = t('decide.changed');
                else inner.fail(error);
            });
        }

        form = {
            row,
            focus: () => (inner.first ?? submit).focus(),
            forbid(reason) {
                forbidden.textContent = reason ?? '';
                submit.disabled = reason !== null;
            },
            tell(text) {
                changed.textContent = text;
            },
        };
        replace(formBox, element_);
        draw();
        form.focus();
    }

    function closeForm(back = false) {
        const action = form?.row.action;
        form = null;
        replace(formBox);
        if (back) {
            draw();
            allowedBox.querySelector(`[data-action="${action}"]`)?.focus();
        }
    }

    const offActor = onActor(load);
    draw();
    load();
    return {
        element,
        /**
         * The card as it is by now; `what`: who did what, when it was somebody else. Read out, and said in an open
         * form.
         */
        update(next, what = null) {
            const moved = next.changed_seq !== card.changed_seq;
            card = next;
            if (!form || !what) seen = next.changed_seq;
            else setTimeout(() => (seen = Math.max(seen, next.changed_seq)), SEEN_MS);
            if (what) {
                tell(what);
                form?.tell(`${what} ${t('decide.changed')}`);
            }
            if (moved) load();
        },
        focus() {
            allowedBox.querySelector('button')?.focus();
        },
        stop() {
            stopped = true;
            offActor();
            popKeys();
        },
    };
}
