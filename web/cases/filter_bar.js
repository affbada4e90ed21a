/*
 * filter_bar.js - what a list shows, kept in the address: choices with how many cards have each, overdue, mine, a
 * search, the view.
 *
 *   const bar = filterBar({view, names: ['store', 'grade'], words: {grade: 'grade'}, views: ['board', 'list'],
 *       change: (view) => …});
 *   bar.element · bar.offer(cards) · bar.show(view) · bar.focus() · bar.stop()
 */
import {h, replace} from '../lib/dom.js';
import {storeName} from '../lib/places.js';
import {onLang, t, word} from '../lib/words.js';
import {choicesOf, queryOf, viewOf} from './board.js';

const WIDE = '(min-width: 45.01rem)'; /* where the choices stand open at first */

export function filterBar({view, names, words, views, mineWord = 'board.mine', change}) {
    let cards = [];
    const choose = (name) => (event) => set({[name]: event.target.value});
    const selects = Object.fromEntries(names.map((name) => [name, h('select', {name, on: {change: choose(name)}})]));
    const overdue = toggle('overdue', 'board.overdue', () => ({overdue: !view.overdue}));
    const mine = toggle('mine', mineWord, () => {
        const {mine: _, view: __, ...rest} = view;
        return viewOf({...queryOf({...rest, view: views[0]}, names, views), mine: view.mine ? '' : '1'}, names, views);
    });
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
    const ways = views.map((name) =>
        h('button', {type: 'button', dataset: {view: name}, on: {click: () => set({view: name})}}, () =>
            t(`board.view.${name}`),
        ),
    );
    const clear = h('button', {type: 'button', class: 'bare', on: {click: () => set(viewOf({}, names, views))}}, () =>
        t('board.clear'),
    );
    const summary = h('summary', {});
    const labels = names.map((name) =>
        h(
            'label',
            {class: 'filter'},
            h('span', {}, () => t(`word.${name}`)),
            selects[name],
        ),
    );
    const element = h(
        'form',
        {class: 'filters', role: 'search', on: {submit: (event) => event.preventDefault()}},
        views.length > 1
            ? h('div', {class: 'segments', role: 'group', 'aria-label': () => t('board.view')}, ways)
            : null,
        mine,
        overdue,
        text,
        h(
            'details',
            {class: 'filters-more', open: matchMedia(WIDE).matches},
            summary,
            h('div', {class: 'filters-row'}, labels, clear),
        ),
    );

    function toggle(name, key, part) {
        return h(
            'button',
            {type: 'button', class: 'toggle', dataset: {filter: name}, on: {click: () => set(part())}},
            () => t(key),
        );
    }

    function textOf(name, value) {
        if (name === 'store') return storeName(value);
        return words[name] ? word(words[name], value) : value;
    }

    function set(part) {
        view = {...view, ...part};
        draw();
        change(view);
    }

    function drawChoices(name) {
        const choices = choicesOf(cards, name);
        if (view[name] && !choices.some(([value]) => value === view[name])) choices.push([view[name], 0]);
        const sign = JSON.stringify(choices);
        if (selects[name].dataset.sign !== sign) {
            selects[name].dataset.sign = sign;
            replace(
                selects[name],
                h('option', {value: ''}, () => t('board.all')),
                choices.map(([value, n]) =>
                    h('option', {value}, () => `${textOf(name, value)} (${n})`),
                ),
            );
        }
        selects[name].value = view[name];
    }

    function draw() {
        names.forEach(drawChoices);
        overdue.setAttribute('aria-pressed', String(view.overdue));
        mine.setAttribute('aria-pressed', String(view.mine));
        if (text.value !== view.text) text.value = view.text;
        for (const way of ways) way.setAttribute('aria-pressed', String(way.dataset.view === view.view));
        const chosen = names.filter((name) => view[name]).length;
        replace(summary, () => (chosen ? t('board.filters_set', {n: chosen}) : t('board.filters')));
        clear.hidden = !(chosen || view.overdue || view.mine || view.text);
    }

    draw();
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
        stop: onLang(draw),
    };
}
