/*
 * personal.js - what a customer said and how to reach them, masked until somebody says why they look. The server
 * puts who, what and why on record before it tells; the page says so beforehand, and covers it again when it is
 * left alone.
 *
 *   const own = personal({me, can}); own.block(seq, title) → element · own.line(seq) → button for what was written
 *       at a step
 */
import {ask} from '../lib/ask.js';
import {h, replace} from '../lib/dom.js';
import {problemText} from '../lib/toast.js';
import {has, t} from '../lib/words.js';

const REASONS = ['handle', 'call', 'check'];
const COVER_AFTER_MS = 5 * 60 * 1000;
const NOT_SHOWN = new Set(['seq', 'type']);

let number = 0;

function shown(row, empty) {
    const fields = Object.entries(row ?? {}).filter(([name, value]) => !NOT_SHOWN.has(name) && value);
    if (!fields.length) return h('p', {class: 'quiet'}, () => t(empty));
    return h(
        'dl',
        {class: 'personal-shown'},
        fields.map(([name, value]) =>
            h(
                'div',
                {},
                h('dt', {}, () => t(has(`field.${name}`) ? `field.${name}` : name)),
                h('dd', {dir: 'auto'}, String(value)),
            ),
        ),
    );
}

export function personal({can}) {
    let why = null; /* said once for a card, it holds for the rest of it */
    const asks = new Set();
    const covers = new Set();

    async function read(seq) {
        const answer = await ask(`/v1/personal/${seq}?why=${encodeURIComponent(why)}`);
        return answer.rows ? answer.rows[0] : answer;
    }

    function coverLater(fn) {
        const timer = setTimeout(fn, COVER_AFTER_MS);
        covers.add(timer);
    }

    function block(seq, {title, empty = 'personal.nothing'}) {
        const body = h('div', {class: 'personal-body'});
        const wrong = h('p', {class: 'field-wrong', role: 'alert'});
        const id = `why-${++number}`;
        const input = h('input', {
            id,
            type: 'text',
            list: `${id}-list`,
            maxlength: 60,
            autocomplete: 'off',
            'aria-describedby': `${id}-hint`,
        });
        const mask = h(
            'form',
            {
                class: 'personal-mask',
                on: {
                    submit: (event) => {
                        event.preventDefault();
                        show();
                    },
                },
            },
            h('p', {class: 'masked', 'aria-hidden': 'true'}, '••••••  •••••••••••  ••••'),
            h('label', {for: id}, () => t('personal.why')),
            input,
            h(
                'datalist',
                {id: `${id}-list`},
                REASONS.map((key) => h('option', {value: () => t(`personal.why.${key}`)})),
            ),
            h('button', {type: 'submit'}, () => t('personal.show')),
            h('p', {id: `${id}-hint`, class: 'field-hint'}, () => t('personal.on_record')),
            wrong,
        );

        function cover() {
            replace(body, mask);
        }

        async function show() {
            const said = input.value.trim() || why;
            if (!said) {
                wrong.textContent = t('personal.needed');
                input.focus();
                return;
            }
            why = said;
            wrong.textContent = '';
            try {
                const row = await read(seq);
                replace(
                    body,
                    shown(row, empty),
                    h(
                        'p',
                        {class: 'personal-foot'},
                        h('span', {class: 'quiet'}, () => t('personal.recorded', {why})),
                        h('button', {type: 'button', class: 'bare', on: {click: cover}}, () => t('personal.cover')),
                    ),
                );
                body.querySelector('button').focus();
                coverLater(cover);
                [...asks].forEach((fn) => fn());
            } catch (error) {
                wrong.textContent = problemText(error);
            }
        }

        cover();
        return h(
            'section',
            {class: 'panel-part personal'},
            h('h3', {}, () => t(title)),
            can('personal') ? body : h('p', {class: 'quiet'}, () => t('personal.may_not')),
        );
    }

    /* What was written at a step of the history: only once a reason has been given. */
    function line(seq) {
        if (!can('personal')) return null;
        const box = h('span', {class: 'written'});
        const button = h(
            'button',
            {
                type: 'button',
                class: 'bare',
                on: {
                    click: async () => {
                        try {
                            replace(box, shown(await read(seq), 'personal.no_note'));
                        } catch (error) {
                            replace(box, h('span', {class: 'field-wrong'}, problemText(error)));
                        }
                    },
                },
            },
            () => t('personal.written'),
        );
        const offer = () => {
            if (why && !box.firstChild) replace(box, button);
        };
        asks.add(offer);
        offer();
        return box;
    }

    return {
        block,
        line,
        stop() {
            covers.forEach(clearTimeout);
            asks.clear();
        },
    };
}
