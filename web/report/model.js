/*
 * model.js - what an employee reports: which fields, the event they make, and the draft that survives a reload. Pure,
 * but for the storage that is handed in.
 *
 * A draft keeps its key: whatever is sent under it, twice or again after a lost answer, is one event. A contact is in
 * no draft.
 */
export const kinds = ['complaint', 'praise', 'suggestion', 'enquiry'];

const types = {
    complaint: 'feedback.complained',
    praise: 'feedback.praised',
    suggestion: 'feedback.suggested',
    enquiry: 'feedback.enquired',
};
const fields = {
    complaint: ['store', 'department', 'category', 'text', 'staff', 'channel', 'visit', 'contact'],
    praise: ['store', 'department', 'text', 'staff', 'visit'],
    suggestion: ['store', 'text'],
    enquiry: ['store', 'channel', 'topic', 'text'],
};
const required = {
    complaint: ['store', 'category', 'text', 'channel'],
    praise: ['store', 'text'],
    suggestion: ['store', 'text'],
    enquiry: ['store', 'channel'],
};
const NEVER_KEPT = ['contact'];
const DRAFT = 'manyi.report';

export function fieldsOf(kind) {
    return fields[kind].map((name) => ({name, required: required[kind].includes(name)}));
}

/* Whose report it is: the contract has a field for it where it matters. */
function reporterOf(kind, me) {
    if (me.local || me.kind !== 'person') return {};
    return kind === 'complaint' ? {reported_by: me.name} : kind === 'suggestion' ? {by_staff: me.name} : {};
}

/* A program of this machine has no name that could stand as its source. */
function sourceOf(values, me) {
    return me.local ? {source: `/stores/${encodeURIComponent(values.store ?? 'unknown')}/report`} : {};
}

export function eventOf(kind, values, me) {
    const data = {};
    for (const name of fields[kind]) {
        const value = values[name];
        if (value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0)) data[name] = value;
    }
    return {type: types[kind], ...sourceOf(values, me), data: {...data, ...reporterOf(kind, me)}};
}

/* ---- drafts ---- */

export function draftLoad(storage) {
    try {
        const draft = JSON.parse(storage.getItem(DRAFT) ?? 'null');
        if (draft && kinds.includes(draft.kind) && typeof draft.key === 'string' && typeof draft.values === 'object')
            return draft;
    } catch {
        /* not ours, or no storage: begin anew */
    }
    return null;
}

export function draftSave(storage, {kind, key, values}) {
    const kept = Object.fromEntries(Object.entries(values).filter(([name]) => !NEVER_KEPT.includes(name)));
    try {
        storage.setItem(DRAFT, JSON.stringify({kind, key, values: kept}));
    } catch {
        /* full or forbidden: it lasts as long as the page */
    }
}

export function draftDrop(storage) {
    try {
        storage.removeItem(DRAFT);
    } catch {
        /* there is none then */
    }
}

/* ---- the receipt ---- */

/* The next deadline of a case that nobody has answered yet: by when the customer hears from somebody. */
export function answerDue(card) {
    const clock = (card?.clocks ?? []).find((one) => one.kind === 'response' && one.stopped_at === null);
    return clock ? clock.due_at : null;
}

/* With whom it is: whom it was assigned to, else who handles the department's, else the store's director. */
export function answersFor(card, stores) {
    if (card.handler) return card.handler;
    const store = stores.find((one) => one.store === card.store);
    const part = store?.departments.find((one) => one.department === card.department);
    const taken = card.staff ?? [];
    return [part?.handler, part?.manager, store?.director].find((name) => name && !taken.includes(name)) ?? null;
}
