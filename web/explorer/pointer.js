/*
 * pointer.js - where in an event something is: fields as intake names them, JSON pointers, lines of a text. Pure.
 *
 *   pointerOf('data.staff[3]') → '/data/staff/3'
 *   placeOf('{\n  "id": "x"\n}', '/id') → {line: 2, from: 4, to: 13}; the nearest thing around it when it is missing
 */

/* Free text, contacts and names of people: the fields that types.def marks as personal, and what others call them. */
const PERSONAL = new Set([
    'answer',
    'comment',
    'contact',
    'email',
    'measure',
    'mobile',
    'name',
    'note',
    'phone',
    'plate',
    'reason',
    'result',
    'text',
    'vin',
]);

export function isPersonal(pointer) {
    const parts = pointer.split('/');
    return parts[1] === 'data' && PERSONAL.has(parts.at(-1));
}

export function hasPersonal(value, pointer = '') {
    if (value === null || value === undefined || value === '') return false;
    if (typeof value !== 'object') return isPersonal(pointer);
    return Object.entries(value).some(([key, one]) => hasPersonal(one, `${pointer}/${key}`));
}

export function pointerOf(field) {
    return field ? `/${field.replaceAll(']', '').replaceAll(/[.[]/g, '/')}` : '';
}

/* "#/data/channel" of a problem. */
export function plain(pointer) {
    return pointer?.startsWith('#') ? pointer.slice(1) : (pointer ?? '');
}

/* Where each value of a JSON text stands: [{pointer, from, to}], from the key on; what can't be read ends it. */
export function placesOf(text) {
    const places = [];
    let at = 0;
    const blank = () => {
        while (/\s/.test(text[at] ?? '')) at++;
    };
    const string = () => {
        const from = at++;
        while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
        at++;
        return text.slice(from, at);
    };

    function member(pointer, from) {
        const place = {pointer, from, to: from};
        places.push(place);
        value(pointer);
        place.to = at;
        blank();
        const more = text[at] === ',';
        if (more) at++;
        return more;
    }

    function object(pointer) {
        at++;
        for (let more = true; more;) {
            blank();
            if (text[at] !== '"') break;
            const from = at;
            const key = JSON.parse(string());
            blank();
            at++; /* : */
            more = member(`${pointer}/${key}`, from);
        }
        at++;
    }

    function array(pointer) {
        at++;
        for (let index = 0, more = true; more; index++) {
            blank();
            if (at >= text.length || text[at] === ']') break;
            more = member(`${pointer}/${index}`, at);
        }
        at++;
    }

    function value(pointer) {
        blank();
        if (text[at] === '{') object(pointer);
        else if (text[at] === '[') array(pointer);
        else if (text[at] === '"') string();
        else while (at < text.length && !/[\s,\]}]/.test(text[at])) at++;
    }

    try {
        value('');
    } catch {
        /* up to here */
    }
    return places;
}

export function placeOf(text, pointer) {
    const places = placesOf(text);
    for (let wanted = pointer; wanted; wanted = wanted.slice(0, wanted.lastIndexOf('/'))) {
        const place = places.find((one) => one.pointer === wanted);
        if (place) return {line: text.slice(0, place.from).split('\n').length, from: place.from, to: place.to};
    }
    return {line: 1, from: 0, to: 0};
}

/* The pages on which cases stand, by their letter. */
const PAGES = {C: 'complaints', T: 'tasks', B: 'callbacks', L: 'ledger', A: 'ledger'};

/* The case that an entry is about, or that it opened: {name, id}, or null. */
export function caseOf({seq, event}) {
    const id = event?.type === 'feedback.complained' ? `C-${seq}` : event?.subject;
    const letter = /^([A-Z])-/.exec(id ?? '')?.[1];
    if (letter === 'E') {
        const about = /^E-(\d+)-/.exec(id)?.[1];
        return about ? {name: 'complaints', id: `C-${about}`} : null;
    }
    return PAGES[letter] ? {name: PAGES[letter], id} : null;
}
