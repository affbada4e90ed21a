/* controls.js - what the scores are of: department, period, figure, whose voice, how stores are weighed. */
import {h, replace} from '../lib/dom.js';
import {measures} from '../lib/figures.js';
import {icon} from '../lib/icon.js';
import {grainOf, grains, periodName, shift} from '../lib/period.js';
import {locale, t, word} from '../lib/words.js';
import {hasNext, regrained} from './state.js';

function choose(name, values, say, change) {
    const select = h(
        'select',
        {on: {change: () => change(select.value)}},
        values.map((value) => h('option', {value}, () => say(value))),
    );
    return {
        element: h(
            'label',
            {class: 'choose'},
            h('span', {}, () => t(`scores.${name}`)),
            select,
        ),
        select,
    };
}

/* change(part of the state): what is asked for now. Returns {element, set(state)}. */
export function controls(departments, change) {
    let state = null;
    const department = choose(
        'department',
        departments,
        (name) => word('department', name),
        (value) => change({department: value, staff: null}),
    );
    const grain = choose(
        'grain',
        grains,
        (name) => t(`scores.grain.${name}`),
        (value) => change({period: regrained(state, value)}),
    );
    const measure = choose(
        'measure',
        Object.keys(measures),
        (name) => t(`scores.${name}`),
        (value) => change({measure: value}),
    );
    const view = choose(
        'view',
        ['voice', 'accountable'],
        (name) => t(`scores.view.${name}`),
        (value) => change({view: value}),
    );
    const weight = choose(
        'weight',
        ['ratings', 'visits'],
        (name) => t(`scores.weight.${name}`),
        (value) => change({weight: value}),
    );
    const step = (by, name, sign) =>
        h(
            'button',
            {
                type: 'button',
                class: `bare step-${sign}`,
                'aria-label': () => t(name),
                on: {click: () => change({period: shift(state.period, by)})},
            },
            icon('next'),
        );
    const before = step(-1, 'scores.before', 'back'),
        after = step(1, 'scores.after', 'on');
    const name = h('output', {class: 'period-name'}, () => (state ? periodName(state.period, locale()) : ''));
    const element = h(
        'form',
        {
            class: 'score-controls',
            'aria-label': () => t('scores.what'),
            on: {submit: (event) => event.preventDefault()},
        },
        department.element,
        grain.element,
        h('div', {class: 'period', role: 'group', 'aria-label': () => t('scores.period')}, before, name, after),
        measure.element,
        view.element,
        weight.element,
    );
    return {
        element,
        set(next) {
            state = next;
            if (![...department.select.options].some((option) => option.value === next.department))
                department.select.append(h('option', {value: next.department}, next.department));
            for (const [part, value] of [
                [department, next.department],
                [grain, grainOf(next.period)],
                [measure, next.measure],
                [view, next.view],
                [weight, next.weight],
            ])
                part.select.value = value;
            replace(name, () => periodName(next.period, locale()));
            after.disabled = !hasNext(next);
        },
    };
}
