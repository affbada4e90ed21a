/*
 * decision_form.js - the form of one decision, made of the fields that the server names. What is typed in stays
 * until it is done or given up, whatever becomes of the card meanwhile.
 *
 *   const form = decisionForm({row, label, cases, send: (body, key) => promise, close: () => …});
 *   form.element · form.focus() · form.forbid(reason or null) · form.tell(text)
 */
import {decisionKey, Problem} from '../lib/ask.js';
import {fields as rowsOf} from '../lib/dialog.js';
import {h} from '../lib/dom.js';
import {suggestions} from '../lib/people.js';
import {has, t, word} from '../lib/words.js';
import {asked, bodyOf, choicesOf, kindOf, suggests, wordKind} from './fields.js';

/* One field for lib/dialog.js, and the suggestions that belong to it. */
function partOf(field, cases) {
    const suggested = suggests(field),
        words = wordKind(field),
        hint = `hint.${field.name}`;
    const list = suggested ? suggestions(suggested, suggested === 'cases' ? cases() : null) : null;
    const choices = choicesOf(field)?.map((value) => ({value, label: () => word(words, value)}));
    const label = () => t(has(`field.${field.name}`) ? `field.${field.name}` : field.name);
    return {
        list,
        spec: {
            name: field.name,
            kind: kindOf(field),
            required: field.required,
            list: list?.id,
            label,
            choices,
            hint: has(hint) ? () => t(hint) : null,
        },
    };
}

/* What a form says of its own, where no server was asked. */
function wrong(name, text) {
    return new Problem(422, {detail: text, pointer: `/${name}`});
}

export function decisionForm({row, label, cases, send, close}) {
    /* a note without a text would say nothing */
    const wanted = asked(row.fields).map((field) => (row.action === 'note' ? {...field, required: true} : field));
    const parts = wanted.map((field) => partOf(field, cases));
    const inner = rowsOf(parts.map((part) => part.spec));
    const submit = h('button', {class: 'primary', type: 'submit'}, label);
    const cancel = h('button', {type: 'button', on: {click: close}}, () => t('form.cancel'));
    const forbidden = h('p', {class: 'field-wrong', role: 'alert'}),
        changed = h('p', {class: 'decide-changed', role: 'alert'});
    let key = decisionKey(),
        sending = false;

    function body() {
        const values = inner.values();
        const missing = wanted.find((field) => field.required && values[field.name] === undefined);
        if (missing) throw wrong(missing.name, t('decide.required'));
        try {
            return bodyOf(values);
        } catch (error) {
            throw error instanceof RangeError ? wrong(error.cause, t('decide.yuan')) : error;
        }
    }

    function failed(error) {
        if (error.status === 0)
            inner.fail(new Problem(503, {detail: t('decide.lost')})); /* under the same key it is done once */
        else if (error.status === 412) changed.textContent = t('decide.changed');
        else inner.fail(error);
        if (error.status >= 400 && error.status < 500)
            key = decisionKey(); /* it was answered: what comes next is another decision */
    }

    async function decide() {
        if (sending || submit.disabled) return;
        inner.fail(null);
        sending = true;
        try {
            await send(body(), key);
        } catch (error) {
            failed(error);
        }
        sending = false;
    }

    function hear(event) {
        if (event.key === 'Escape') {
            event.stopPropagation();
            close();
        } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            decide();
        }
    }

    function submitted(event) {
        event.preventDefault();
        decide();
    }

    const element = h(
        'form',
        {class: 'decide-form', novalidate: true, 'aria-label': label, on: {submit: submitted, keydown: hear}},
        h('h3', {}, label),
        inner.element,
        parts.map((part) => part.list),
        changed,
        forbidden,
        h('div', {class: 'decide-foot'}, submit, cancel),
    );
    return {
        element,
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
}
