/*
 * board.js - which complaints stand on the board, in which column, in which order, and which of them are one storm.
 * Pure, but for what stores are called.
 */
import {storeName} from '../lib/places.js';
import {byDue} from './clocks.js';

export const COLUMNS = ['received', 'acknowledged', 'planned', 'resolved'];
export const FILTERS = ['store', 'department', 'grade', 'category', 'level'];
export const VIEWS = ['board', 'list', 'table'];
const DAY_MS = 24 * 3600 * 1000;
const STORM_LEAST = 3;

/**
 * What a page shows, of its address: its filters (names of a card's fields), {overdue, mine, text, view}. `views` are
 * those it has, the first one its usual one; of what is mine the second one is.
 */
export function viewOf(query, names = FILTERS, views = VIEWS) {
    const view = Object.fromEntries(names.map((name) => [name, query[name] || '']));
    view.overdue = query.overdue === '1' || query.overdue === 'true';
    view.mine = query.mine === '1';
    view.text = query.text ?? '';
    view.view = views.includes(query.view) ? query.view : usualView(view, views);
    return view;
}

function usualView(view, views) {
    return view.mine && views.length > 1 ? views[1] : views[0];
}

/** The address' query of a view: only what differs from the plain page. */
export function queryOf(view, names = FILTERS, views = VIEWS) {
    const query = {};
    if (view.mine) query.mine = '1';
    if (view.view !== usualView(view, views)) query.view = view.view;
    for (const name of names) {
        if (view[name]) query[name] = view[name];
    }
    if (view.overdue) query.overdue = '1';
    if (view.text) query.text = view.text;
    return query;
}

/**
 * Is it mine to do? I am its handler, or nobody is and I take what comes to its department.
 * `defaults` has "store/department" of those whose default handler I am.
 */
export function isMine(card, name, defaults) {
    if (!name) return false;
    return card.handler ? card.handler === name : defaults.has(`${card.store}/${card.department ?? ''}`);
}

/** Does a card stand in the view? `late` and `mine` tell of a card. */
export function matches(card, view, {late, mine}, names = FILTERS) {
    if (names.some((name) => view[name] && String(card[name] ?? '') !== view[name])) return false;
    if (view.overdue && !late(card)) return false;
    if (view.text && !textOf(card).includes(view.text.trim().toLowerCase())) return false;
    return !view.mine || mine(card);
}

/* What the search looks at: what stands on the card, never what a customer wrote. */
function textOf({id, visit, vehicle, customer, handler, responsible, agent, store}) {
    return [id, visit, vehicle, customer, handler, responsible, agent, store, storeName(store)].join(' ').toLowerCase();
}

/**
 * Storms: at least three complaints of one store and category, each opened within 24 hours of two others of them;
 * storms that overlap are one. Returns a Map from a card's id to {key, store, category, ids, first, last}.
 */
export function storms(cards) {
    const kinds = new Map();
    for (const card of cards) {
        const kind = `${card.store}\n${card.category}`;
        kinds.set(kind, [...(kinds.get(kind) ?? []), card]);
    }
    const found = new Map();
    for (const kind of kinds.values()) {
        if (kind.length >= STORM_LEAST) stormsOfKind(kind, found);
    }
    return found;
}

function stormsOfKind(kind, found) {
    const cards = kind.map((card) => ({id: card.id, at: Date.parse(card.opened_at), card})).sort((a, b) => a.at - b.at);
    let storm = null,
        reaches = -1; /* index of the last card that the storm has */
    for (let i = 0; i + STORM_LEAST <= cards.length; i++) {
        const last = i + STORM_LEAST - 1;
        if (cards[last].at - cards[i].at > DAY_MS) continue;
        if (!storm || i > reaches) {
            const {store, category} = cards[i].card;
            storm = {key: `${store}/${category}/${cards[i].id}`, store, category, ids: [], first: cards[i].at, last: 0};
            reaches = i - 1;
        }
        for (let j = reaches + 1; j <= last; j++) {
            storm.ids.push(cards[j].id);
            found.set(cards[j].id, storm);
        }
        reaches = last;
        storm.last = cards[last].at;
    }
}

/**
 * What a column shows, next due first: {card} or, where a storm has two or more cards in it, {storm, cards} at the
 * place of the one that is due first.
 */
export function column(cards, stormOf) {
    const here = new Map();
    for (const card of cards) {
        const storm = stormOf.get(card.id);
        if (storm) here.set(storm, (here.get(storm) ?? 0) + 1);
    }
    const entries = [],
        groups = new Map();
    for (const card of [...cards].sort(byDue)) {
        const storm = stormOf.get(card.id);
        if (!storm || here.get(storm) < 2) {
            entries.push({card, storm: storm ?? null});
        } else if (groups.has(storm)) {
            groups.get(storm).cards.push(card);
        } else {
            const group = {storm, cards: [card]};
            groups.set(storm, group);
            entries.push(group);
        }
    }
    return entries;
}

/** The labels that all cards of a group share, in the order they are read: moved out to its head. */
export function shared(cards) {
    return ['store', 'category', 'department', 'grade', 'channel', 'handler'].filter(
        (name) => cards[0][name] && cards.every((card) => card[name] === cards[0][name]),
    );
}

/** The values that a filter offers, each with how many cards have it: [value, count], as text, in order. */
export function choicesOf(cards, name) {
    const counts = new Map();
    for (const card of cards) {
        if (card[name] !== null && card[name] !== undefined)
            counts.set(String(card[name]), (counts.get(String(card[name])) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => (a[0] < b[0] ? -1 : 1));
}
