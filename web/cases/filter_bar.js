/*
 * filter_bar.js - what the board shows, kept in the address: choices with how many cards have each, overdue, mine,
 * a search, the view.
 */
import {h, replace} from '../lib/dom.js';
import {onLang, t, word} from '../lib/words.js';
import {choicesOf, FILTERS} from './board.js';

const KINDS = {department: 'department', grade: 'grade', category: 'category', level: 'level'};
const VIEWS = ['board', 'list', 'table'];

export function filterBar({view, change}) {
    let cards = [];
    const selects = Object.fromEntries(
        FILTERS.map((name) => [name, h('select', {name, on: {change: (event) => set({[name]: event.target.value})}})]),
    );
    const overdue = toggle('overdue'),
        mine = toggle('mine');
    const text = h('input', {
        type: 'search',
        name: 'text',
        maxlength: 64,
        autocomplete: 'off',
        value: view.text,
        placeholder: () => t('board.search'),
        'aria-label': () => t('board.search'),
        on: {input: (event) => set({text: event.target.value})},
    });
    const views = h(
        'div',
        {class: 'segments', role: 'group', 'aria-label': () => t('board.view')},
        VIEWS.map((name) =>
            h(
                'button',
                {
                    type: 'button',
                    dataset: {view: name},
                    on: {click: () => set({view: name})},
                },
                () => t(`board.view.${name}`),
            ),
        ),
    );
    const clear = h(
        'button',
        {
            type: 'button',
            class: 'bare',
            on: {
                click: () =>
                    set({
                        store: '',
                        department: '',
                        grade: '',
                        category: '',
                        level: '',
                        overdue: false,
                        mine: false,
                        text: '',
                        view: 'board',
                    }),
            },
        },
        () => t('board.clear'),
    );
    const summary = h('summary', {});
    const element = h(
        'form',
        {class: 'filters', role: 'search', on: {submit: (event) => event.preventDefault()}},
        views,
        mine.element,
        overdue.element,
        text,
        h(
            'details',
            {class: 'filters-more', open: matchMedia('(min-width: 720px)').matches},
            summary,
            h(
                'div',
                {class: 'filters-row'},
                FILTERS.map((name) =>
                    h(
                        'label',
                        {class: 'filter'},
                        h('span', {}, () => t(`word.${name}`)),
                        selects[name],
                    ),
                ),
                clear,
            ),
        ),
    );

    function toggle(name) {
        const button = h(
            'button',
            {
                type: 'button',
                class: 'toggle',
                dataset: {filter: name},
                on: {
                    click: () => {
                        const on = !view[name];
                        set(name === 'mine' ? {mine: on, view: on ? 'list' : 'board'} : {[name]: on});
                    },
                },
            },
            () => t(`board.${name}`),
        );
        return {element: button, draw: () => button.setAttribute('aria-pressed', String(view[name]))};
    }

    function set(part) {
        view = {...view, ...part};
        draw();
        change(view);
    }

    function draw() {
        for (const name of FILTERS) {
            const choices = choicesOf(cards, name);
            if (view[name] && !choices.some(([value]) => value === view[name])) choices.push([view[name], 0]);
            const sign = JSON.stringify([choices, view[name]]);
            if (selects[name].dataset.sign === sign && !selects[name].dataset.reword) continue;
            selects[name].dataset.sign = sign;
            replace(
                selects[name],
                h('option', {value: ''}, () => t('board.all')),
                choices.map(([value, n]) =>
                    h('option', {value}, () => `${KINDS[name] ? word(KINDS[name], value) : value} (${n})`),
                ),
            );
            selects[name].value = view[name];
        }
        overdue.draw();
        mine.draw();
        if (text.value !== view.text) text.value = view.text;
        for (const button of views.children)
            button.setAttribute('aria-pressed', String(button.dataset.view === view.view));
        const set_ = FILTERS.filter((name) => view[name]).length;
        replace(summary, () => (set_ ? t('board.filters_set', {n: set_}) : t('board.filters')));
        clear.hidden = !(set_ || view.overdue || view.mine || view.text);
    }

    draw();
    const offLang = onLang(draw);
    return {
        element,
        /* The choices follow what is there. */
        offer(next) {
            cards = next;
            draw();
        },
        show(next) {
            view = next;
            draw();
        },
        focus: () => text.focus(),
        stop: offLang,
    };
}
