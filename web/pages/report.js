/*
 * report.js - any employee tells what a customer said: a complaint heard, praise, a suggestion, a question. Sent once
 * however often the button is pressed; the answer is the case number, with whom it is, and by when somebody answers.
 */
import {ask, Problem} from '../lib/ask.js';
import {fields as formFields} from '../lib/dialog.js';
import {h, replace} from '../lib/dom.js';
import {icon} from '../lib/icon.js';
import {suggestions} from '../lib/people.js';
import {places, storeName} from '../lib/places.js';
import {roster} from '../lib/roster.js';
import {t, word} from '../lib/words.js';
import {receipt} from '../report/receipt.js';
import {draftDrop, draftLoad, draftSave, eventOf, fieldsOf, kinds} from '../report/model.js';

const CATEGORIES = [
    'workmanship',
    'product',
    'parts',
    'price',
    'delay',
    'attitude',
    'promise',
    'safety',
    'refund',
    'privacy',
    'other',
];
const CHANNELS = ['walk_in', 'phone', 'wechat', 'online', 'interview', 'kiosk', 'social', 'oem', 'regulator'];

const HINTED = ['text', 'staff', 'contact'];

const wordsOf = (kind, values) => values.map((value) => ({value, label: () => word(kind, value)}));

/* Stores and departments as the roster has them; a plain line to write in where there is none. */
function placeFields() {
    const stores = places().map(({store}) => ({value: store, label: () => storeName(store)}));
    const departments = [...new Set(places().flatMap((store) => store.departments))];
    const plain = {kind: 'name', max: 64};
    return {
        store: stores.length ? {kind: 'word', choices: stores} : plain,
        department: departments.length ? {kind: 'word', choices: wordsOf('department', departments)} : plain,
    };
}

function looks() {
    return {
        ...placeFields(),
        category: {kind: 'word', choices: wordsOf('category', CATEGORIES)},
        channel: {kind: 'word', choices: wordsOf('channel', CHANNELS)},
        text: {kind: 'lines', rows: 5, max: 4000},
        staff: {kind: 'names'},
        visit: {kind: 'name', max: 64},
        topic: {kind: 'name', max: 64},
        contact: {kind: 'name', max: 192},
    };
}

/* What is known beforehand: whoever works in one place means that place. */
function firstValues(me, known) {
    const one = (names) => (names?.length === 1 && names[0] !== '*' ? names[0] : undefined);
    const here = known.staff.find((person) => person.number === me.name);
    return {
        store: one(me.stores) ?? here?.store,
        department: one(me.departments) ?? here?.department,
        channel: 'walk_in',
    };
}

export default {
    title: 'report.title',
    style: ['/style/card.css', '/style/report.css'],
    async mount(root, query, ctx) {
        const known = await roster();
        const kept = draftLoad(sessionStorage);
        const kind = kinds.includes(query.get('kind')) ? query.get('kind') : 'complaint';
        let draft = kept ?? {kind, key: null, values: firstValues(ctx.me, known)};
        let inner = null,
            sending = false;
        const people = suggestions('people');
        const send = h('button', {type: 'submit', class: 'primary report-send'}, () => t('report.send'));
        const room = h('div', {class: 'report-fields'});
        const form = h(
            'form',
            {class: 'report', novalidate: true, on: {submit, input: keep, change: keep}},
            h(
                'fieldset',
                {class: 'report-kinds'},
                h('legend', {}, () => t('report.kind')),
                kinds.map(kindChoice),
            ),
            room,
            h(
                'div',
                {class: 'report-foot'},
                send,
                h('p', {class: 'field-hint'}, () =>
                    t(ctx.me.local ? 'report.nobody' : 'report.in_your_name', {name: ctx.me.name}),
                ),
            ),
            people,
        );

        function kindChoice(kind) {
            const choose = () => {
                draft = {...draft, kind, values: {...draft.values, ...inner.values()}};
                draw();
            };
            const checked = kind === draft.kind;
            const input = h('input', {type: 'radio', name: 'kind', value: kind, checked, on: {change: choose}});
            return h(
                'label',
                {class: 'report-kind'},
                input,
                h('span', {}, () => t(`report.kind.${kind}`)),
            );
        }

        function draw() {
            const look = looks();
            inner = formFields(
                fieldsOf(draft.kind).map(({name, required}) => ({
                    name,
                    required,
                    label: () => t(`report.${name}`),
                    value: draft.values[name],
                    hint: HINTED.includes(name) ? () => t(`report.${name}_hint`) : null,
                    ...look[name],
                })),
            );
            replace(room, inner.element);
            room.querySelector('[name=staff]')?.setAttribute('list', people.id);
        }

        function keep() {
            draft.values = {...draft.values, ...inner.values()};
            for (const {name} of fieldsOf(draft.kind)) {
                if (!(name in inner.values())) delete draft.values[name];
            }
            draft.key ??= `report-${crypto.randomUUID()}`;
            draftSave(sessionStorage, draft);
        }

        /* The first field that is asked for and empty; true when there is one. */
        function misses() {
            const values = inner.values();
            const missing = fieldsOf(draft.kind).find(({name, required}) => required && values[name] === undefined);
            if (missing)
                inner.fail(new Problem(422, {pointer: `#/data/${missing.name}`, detail: t('report.missing')}));
            return missing !== undefined;
        }

        async function submit(event) {
            event.preventDefault();
            if (sending) return;
            inner.fail(null);
            keep();
            if (misses()) return;
            sending = true;
            send.disabled = true;
            const values = inner.values();
            try {
                const body = eventOf(draft.kind, values, ctx.me);
                const answer = await ask('/v1/events', {method: 'POST', body, idempotencyKey: draft.key});
                const sent = {kind: draft.kind, store: values.store, contact: values.contact, answer};
                draftDrop(sessionStorage);
                await receipt(root, sent, ctx, begin);
            } catch (error) {
                inner.fail(error);
            } finally {
                sending = false;
                send.disabled = false;
            }
        }

        function begin() {
            draft = {kind: draft.kind, key: null, values: firstValues(ctx.me, known)};
            draw();
            replace(root, form);
            form.querySelector('input[name=kind]:checked').focus();
        }

        draw();
        const draftNote = () => h('p', {class: 'draft-note'}, icon('info'), h('span', {}, () => t('report.draft')));
        replace(root, kept ? draftNote() : null, form);
        return () => {};
    },
};
