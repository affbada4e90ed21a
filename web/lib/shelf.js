/*
 * shelf.js - a place for a few named objects that outlives a reload: IndexedDB, or for as long as the page lives where
 * a browser has none (private windows). `shelfOpen(name, shelves)` gives {get, put, remove, all} of each shelf.
 */
const VERSION = 1;

function asked(request) {
    return new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
}

function kept(database, name) {
    /* Resolved when it is written, not when it is only accepted. */
    const change = (act) => new Promise((resolve, reject) => {
        const transaction = database.transaction(name, 'readwrite', {durability: 'strict'});
        act(transaction.objectStore(name));
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error);
    });
    const look = (act) => asked(act(database.transaction(name, 'readonly').objectStore(name)));
    return {
        get: (key) => look((shelf) => shelf.get(key)),
        all: () => look((shelf) => shelf.getAll()),
        put: (key, value) => change((shelf) => shelf.put(value, key)),
        remove: (key) => change((shelf) => shelf.delete(key)),
    };
}

/* The same, in memory. */
export function shelfOfPage() {
    const values = new Map();
    return {
        get: async (key) => structuredClone(values.get(key)),
        all: async () => [...values.values()].map((value) => structuredClone(value)),
        put: async (key, value) => void values.set(key, structuredClone(value)),
        remove: async (key) => void values.delete(key),
    };
}

/* Shelves by name; `lasting` says whether they outlive the page. */
export async function shelvesOpen(database, names) {
    try {
        const request = indexedDB.open(database, VERSION);
        request.onupgradeneeded = () => names.forEach((name) => request.result.createObjectStore(name));
        const opened = await asked(request);
        return {lasting: true, ...Object.fromEntries(names.map((name) => [name, kept(opened, name)]))};
    } catch {
        return {lasting: false, ...Object.fromEntries(names.map((name) => [name, shelfOfPage()]))};
    }
}
