/*
 * router.js - which page `#/complaints/C-41?mine=1` is: pages/complaints.js with id C-41, loaded when it is first
 * asked for.
 *
 *   read('#/complaints/C-41?mine=1') → {name: 'complaints', id: 'C-41', query: URLSearchParams}
 *   hash('complaints', 'C-41', {mine: 1}) → '#/complaints/C-41?mine=1'; empty values are left out
 */
export const FIRST = 'now';

export function read(text) {
    const [path, ...query] = text.replace(/^#\/?/, '').split('?');
    const [name, ...id] = path.split('/').filter(Boolean).map(plain);
    return {
        name: /^[a-z]+$/.test(name ?? '') ? name : name ? 'unknown' : FIRST,
        id: id.length ? id.join('/') : null,
        query: new URLSearchParams(query.join('?')),
    };
}

function plain(part) {
    try {
        return decodeURIComponent(part);
    } catch {
        return part; /* a lonely % */
    }
}

export function hash(name, id = null, query = {}) {
    const search = new URLSearchParams();
    const entries = query instanceof URLSearchParams ? [...query] : Object.entries(query);
    for (const [key, value] of entries) {
        if (value !== null && value !== undefined && value !== '' && value !== false)
            search.append(key, value === true ? '1' : value);
    }
    const path = id === null ? `#/${name}` : `#/${name}/${encodeURIComponent(id)}`;
    return search.size ? `${path}?${search}` : path;
}

export function go(route) {
    location.hash = route.startsWith('#') ? route : `#${route}`;
}

/* The filters of this page, kept in its address without a new entry of the history. */
export function keepQuery(query) {
    const {name, id} = read(location.hash);
    history.replaceState(null, '', hash(name, id, query));
}
