/*
 * filters.js - by what entries are looked for; kept in the address.
 */
import {h} from '../lib/dom.js';
import {t} from '../lib/words.js';

const TEXTS = ['type', 'source', 'subject', 'principal'];
const TIMES = ['since', 'until'];
const CLASSES = ['outside', 'consequence'];
const TYPES = [
    'feedback.*',
    'feedback.rated',
    'feedback.complained',
    'visit.*',
    'complaint.*',
    'complaint.changed',
    'escalation.*',
    'task.*',
    'callback.*',
    'ledger.*',
    'appeal.*',
    'decision.rejected',
    'policy.adopted',
    'roster.changed',
    'notice.*',
    'audit.*',
    'clock.ticked',
];

/* What an address asks for; other words of it are nobody's. */
export function filtersOf(query) {
    const all = Object.fromEntries(query);
    const known = [...TEXTS, 'class', ...TIMES].filter((name) => all[name]);
    return Object.fromEntries(known.map((name) => [name, all[name]]));
}

function localTime(iso) {
    const date = new Date(iso ?? '');
    if (Number.isNaN(date.getTime())) return '';
    return new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

export function eventFilters({change}) {
    const input = (name, more) => h('input', {name, autocomplete: 'off', maxlength: 512, ...more});
    const fields = {
        type: input('type', {list: 'explorer-types', placeholder: 'complaint.*'}),
        subject: input('subject', {placeholder: 'C-41'}),
        source: input('source', {placeholder: '/stores/sh-pudong/*'}),
        principal: input('principal', {placeholder: 'wang.li'}),
        class: h(
            'select',
            {name: 'class'},
            h('option', {value: ''}, () => t('explorer.class.any')),
            CLASSES.map((one) => h('option', {value: one}, () => t(`explorer.class.${one}`))),
        ),
        since: input('since', {type: 'datetime-local'}),
        until: input('until', {type: 'datetime-local'}),
    };
    const labelled = (name) =>
        h(
            'label',
            {class: 'filter'},
            h('span', {}, () => t(`explorer.${name}`)),
            fields[name],
        );
    const element = h(
        'form',
        {
            class: 'explorer-filters',
            role: 'search',
            on: {
                submit: (event) => {
                    event.preventDefault();
                    tell();
                },
                change: () => tell(),
            },
        },
        ['type', 'subject'].map(labelled),
        h(
            'button',
            {
                type: 'button',
                class: 'bare',
                on: {
                    click: () => {
                        show({});
                        tell();
                    },
                },
            },
            () => t('explorer.clear'),
        ),
        h(
            'details',
            {class: 'explorer-more', open: matchMedia('(min-width: 45rem)').matches},
            h('summary', {}, () => t('explorer.more')),
            h('div', {}, ['source', 'principal', 'class', ...TIMES].map(labelled)),
        ),
        h(
            'datalist',
            {id: 'explorer-types'},
            TYPES.map((value) => h('option', {value})),
        ),
    );
    let told = null;

    function tell() {
        const next = {};
        for (const [name, field] of Object.entries(fields)) {
            const value = field.value.trim();
            if (value) next[name] = TIMES.includes(name) ? new Date(value).toISOString() : value;
        }
        if (JSON.stringify(next) === told) return;
        told = JSON.stringify(next);
        change(next);
    }

    function show(filters) {
        for (const [name, field] of Object.entries(fields))
            field.value = TIMES.includes(name) ? localTime(filters[name]) : (filters[name] ?? '');
        told = JSON.stringify(filters);
    }

    return {element, show};
}
