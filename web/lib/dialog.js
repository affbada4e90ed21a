/*
 * dialog.js - questions in front of the page. The browser's own <dialog> keeps the focus in and gives it back;
 * Escape closes.
 *
 *   form({
 *       title, intro, action, fields: [{name, label, kind, required, choices, value, hint, max}],
 *       submit: async (values) => …,
 *   })
 *
 * `kind` as the gateway's decisions name them: text, name, word, time, whole number, yes or no, names; also lines
 * (a long text), figure. The dialog closes when `submit` has returned; what it throws is shown in it, with the
 * field that a Problem points to. Resolves to what `submit` returned, or null when it was closed.
 */
import {h} from './dom.js';
import {icon} from './icon.js';
import {problemText} from './toast.js';
import {t} from './words.js';

let number = 0;

export function open(title, ...content) {
    const id = `dialog-${++number}`;
    const dialog = h(
        'dialog',
        {class: 'dialog', 'aria-labelledby': id},
        h(
            'header',
            {class: 'dialog-head'},
            h('h2', {id}, title),
            h(
                'button',
                {
                    class: 'bare',
                    type: 'button',
                    'aria-label': () => t('shell.close'),
                    on: {click: () => dialog.close()},
                },
                icon('close'),
            ),
        ),
        content,
    );
    dialog.addEventListener('close', () => dialog.remove());
    dialog.addEventListener('click', (event) => {
        if (event.target === dialog) dialog.close();
    });
    document.body.append(dialog);
    dialog.showModal();
    return dialog;
}

function localTime(iso) {
    if (!iso) return '';
    const date = new Date(iso);
    return new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

function choiceOf(choice) {
    return typeof choice === 'object' ? choice : {value: choice, label: choice};
}

function selectOf(field, attributes) {
    const some = (field.choices ?? []).map(choiceOf);
    return h(
        'select',
        attributes,
        field.required && field.value ? null : h('option', {value: ''}, () => t('form.choose')),
        some.map(({value, label}) => h('option', {value, selected: value === field.value}, label)),
    );
}

/* One field as a control, and how to read it: the value of the wire, or undefined when it was left out. */
function control(field, id) {
    const kind = field.choices ? 'word' : (field.kind ?? 'text');
    const attributes = {
        id,
        name: field.name,
        required: field.required && kind !== 'yes or no',
        'aria-describedby': `${id}-hint ${id}-wrong`,
    };
    const read = (input) => (input.value.trim() === '' ? undefined : input.value.trim());
    switch (kind) {
        case 'word':
            return {input: selectOf(field, attributes), read};
        case 'yes or no':
            return {
                input: selectOf(
                    {
                        ...field,
                        choices: [
                            {value: 'true', label: () => t('form.yes')},
                            {value: 'false', label: () => t('form.no')},
                        ],
                        value: field.value === undefined ? undefined : String(field.value),
                    },
                    {...attributes, required: field.required},
                ),
                read: (input) => (input.value === '' ? undefined : input.value === 'true'),
            };
        case 'time':
            return {
                input: h('input', {...attributes, type: 'datetime-local', value: localTime(field.value)}),
                read: (input) => (input.value ? new Date(input.value).toISOString() : undefined),
            };
        case 'whole number':
        case 'figure':
        case 'score':
            return {
                input: h('input', {
                    ...attributes,
                    type: 'number',
                    step: kind === 'whole number' ? '1' : 'any',
                    inputmode: 'decimal',
                    min: field.min,
                    max: field.max,
                    value: field.value ?? '',
                }),
                read: (input) => (input.value === '' ? undefined : Number(input.value)),
            };
        case 'names':
            return {
                input: h('input', {
                    ...attributes,
                    type: 'text',
                    list: field.list,
                    value: (field.value ?? []).join(', '),
                    autocomplete: 'off',
                }),
                read: (input) => {
                    const names = input.value.split(/[,，、\s]+/).filter(Boolean);
                    return names.length ? names : undefined;
                },
            };
        case 'lines':
        case 'text':
            return {
                input: h('textarea', {
                    ...attributes,
                    rows: field.rows ?? 3,
                    maxlength: field.max ?? 4000,
                    value: field.value ?? '',
                }),
                read,
            };
        default:
            return {
                input: h('input', {
                    ...attributes,
                    type: 'text',
                    list: field.list,
                    maxlength: field.max ?? 192,
                    value: field.value ?? '',
                    autocomplete: 'off',
                }),
                read,
            };
    }
}

function row(field, id) {
    const {input, read} = control(field, id);
    const wrong = h('p', {id: `${id}-wrong`, class: 'field-wrong'});
    const element = h(
        'div',
        {class: 'field'},
        h(
            'label',
            {for: id},
            field.label ?? field.name,
            field.required ? null : h('span', {class: 'optional'}, () => ` ${t('form.optional')}`),
        ),
        input,
        h('p', {id: `${id}-hint`, class: 'field-hint'}, field.hint ?? null),
        wrong,
    );
    return {name: field.name, input, read: () => read(input), wrong, element};
}

/* The rows of a form without its dialog: {element, values(), fail(problem)}, for pages that show one in place. */
export function fields(list) {
    const prefix = `form-${++number}`;
    const rows = list.map((field) => row(field, `${prefix}-${field.name}`));
    const general = h('p', {class: 'form-wrong', role: 'alert', hidden: true});
    return {
        element: h(
            'div',
            {class: 'fields'},
            rows.map((one) => one.element),
            general,
        ),
        first: rows[0]?.input,
        values() {
            const values = {};
            for (const one of rows) {
                const value = one.read();
                if (value !== undefined) values[one.name] = value;
            }
            return values;
        },
        fail(error) {
            const name = error?.pointer?.split('/').pop();
            rows.forEach((one) => {
                one.input.removeAttribute('aria-invalid');
                one.wrong.textContent = '';
            });
            general.hidden = !error;
            general.textContent = error ? problemText(error) : '';
            const mine = error && rows.find((one) => one.name === name);
            if (mine) {
                mine.input.setAttribute('aria-invalid', 'true');
                mine.wrong.textContent = problemText(error);
                general.hidden = true;
                mine.input.focus();
            }
        },
    };
}

export function form({title, intro, fields: list = [], submit, action, danger = false}) {
    return new Promise((resolve) => {
        const inner = fields(list);
        const go = h(
            'button',
            {class: danger ? 'danger' : 'primary', type: 'submit'},
            action ?? (() => t('form.send')),
        );
        let result = null;
        const element = h(
            'form',
            {
                on: {
                    submit: async (event) => {
                        event.preventDefault();
                        inner.fail(null);
                        go.disabled = true;
                        try {
                            result = (await submit(inner.values())) ?? true;
                            dialog.close();
                        } catch (error) {
                            inner.fail(error);
                        } finally {
                            go.disabled = false;
                        }
                    },
                },
            },
            intro ? h('p', {class: 'intro'}, intro) : null,
            inner.element,
            h(
                'footer',
                {class: 'dialog-foot'},
                h('button', {type: 'button', on: {click: () => dialog.close()}}, () => t('form.cancel')),
                go,
            ),
        );
        const dialog = open(title, element);
        dialog.addEventListener('close', () => resolve(result));
        (inner.first ?? go).focus();
    });
}
