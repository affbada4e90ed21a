/*
 * places.js - what people call a store: "上海浦东店", "Shanghai Pudong". Events, filters and addresses go by its short
 * name; so does whoever reads of a store that the roster has no name for.
 */
import {lang} from './words.js';

let known = new Map();

/** Rows of GET /v1/places. */
export function placesAre(rows) {
    known = new Map(rows.map((row) => [row.store, row]));
}

/** [{store, name, name_en, region, departments: [name]}], in the order of their short names. */
export function places() {
    return [...known.values()];
}

/** Of both names the one for the present language, else the other, else the short one. */
export function called(store, name, nameEn) {
    return (lang() === 'en' ? (nameEn ?? name) : (name ?? nameEn)) ?? store;
}

export function storeName(store) {
    const row = known.get(store);
    return row ? called(store, row.name, row.name_en) : store;
}
