/*
 * people.js - suggestions while typing: people, stores and departments of the roster, as a <datalist> that fills
 * when it is known.
 */
import {h, replace} from './dom.js';
import {places, storeName} from './places.js';
import {roster} from './roster.js';

let number = 0;

function ofRoster(kind, known) {
    if (kind === 'people')
        return known.staff.map((person) => [
            person.number,
            [person.store && storeName(person.store), person.department, person.title].filter(Boolean).join(' · '),
        ]);
    if (kind === 'stores') return places().map(({store}) => [store, storeName(store)]);
    const departments = new Set(places().flatMap((store) => store.departments));
    return [...departments].map((name) => [name, '']);
}

/** A datalist of 'people', 'stores' or 'departments'; or of `rows` ([value, text]) where the page knows them. */
export function suggestions(kind, rows = null) {
    const list = h('datalist', {id: `suggest-${++number}`});
    const fill = (pairs) =>
        replace(
            list,
            pairs.map(([value, label]) => h('option', {value}, label)),
        );
    if (rows) fill(rows);
    else roster().then((known) => fill(ofRoster(kind, known)));
    return list;
}
