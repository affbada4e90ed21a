/*
 * stream.js - what happens, as it happens: one connection for all tabs of this browser.
 *
 *   tab ─┬─ holds the lock `manyi-stream` ─▶ leader: EventSource ─▶ BroadcastChannel ─▶ every tab (itself too)
 *        └─ waits for it                  ─▶ follower: listens, and is leader when the lock comes
 *
 * A leader that is closed or crashes loses its lock; one that is silent for SILENT_MS (frozen) has it taken away.
 * Whoever follows goes on after the last id that was told. What is told is numbered by its teller: a tab that sees
 * a gap, or wakes up, tells its listeners to begin anew (`onResync`), and so does the server. Nothing is lost
 * silently.
 *
 *   const off = stream.on('complaint', (card, {n, seq, at}) => …);     a tombstone is {id, gone: true}
 *   stream.onState(({connected, leader, at, age_ms}) => …);            also each second, since the age grows
 *   stream.onResync(() => …);
 */
const LOCK = 'manyi-stream';
const CHANNELS = ['complaint', 'escalation', 'task', 'callback', 'score', 'system'];
const ON_DEMAND = ['ledger']; /* reading it goes on record: only while somebody listens */
const SILENT_MS = 16000; /* three beats and a bit */
const BACKOFF_FIRST_MS = 500,
    BACKOFF_MOST_MS = 15000;

const me = crypto.randomUUID();
const listeners = new Map(); /* channel -> functions */
const stateListeners = new Set(),
    resyncListeners = new Set();
let visible = CHANNELS;
let line = null; /* the BroadcastChannel */
let leading = null; /* the leader's own: {source, tries, timer, number, wants} */
let last = {id: null, teller: null, number: 0, heard_ms: 0, at: null, connected: false};

/* ---- in every tab ---- */

function set(map, key) {
    if (!map.has(key)) map.set(key, new Set());
    return map.get(key);
}

function tell(fns, ...rest) {
    for (const fn of [...fns]) {
        try {
            fn(...rest);
        } catch (error) {
            reportError(error); /* one listener's bug is not the others' */
        }
    }
}

export function state() {
    return {
        connected: last.connected,
        leader: leading !== null,
        at: last.at,
        age_ms: last.heard_ms ? Math.max(0, Date.now() - last.heard_ms) : null,
    };
}

function tellState() {
    tell(stateListeners, state());
}

function beginAnew(reason) {
    tell(resyncListeners, reason);
}

function take(message) {
    if (message.kind === 'who') return lead_tell('state');
    if (message.kind === 'want') {
        leading?.wants.add(message.channel);
        return leading && connect();
    }
    const gap = last.teller === message.teller && message.number !== last.number + 1;
    last.teller = message.teller;
    last.number = message.number;
    last.connected = message.connected;
    if (message.id) last.id = message.id;
    if (message.heard_ms) last.heard_ms = message.heard_ms;
    if (message.at) last.at = message.at;
    if (message.kind === 'card') tell(set(listeners, message.channel), message.data.card, message.data);
    if (gap || message.kind === 'resync') beginAnew(gap ? 'gap' : message.reason);
    if (message.kind === 'resync') last.id = null;
    tellState();
}

function post(message) {
    line.postMessage(message);
}

/* ---- in the leader ---- */

function lead_tell(kind, more = {}) {
    if (!leading) return;
    const message = {
        kind,
        teller: me,
        number: ++leading.number,
        connected: leading.connected,
        heard_ms: leading.heard_ms,
        ...more,
    };
    post(message);
    take(message);
}

function hear(event) {
    leading.heard_ms = Date.now();
    leading.tries = 0;
    return {id: event.lastEventId || null};
}

function channelsNow() {
    return [...visible, ...ON_DEMAND.filter((channel) => leading.wants.has(channel))];
}

function again() {
    leading.source?.close();
    leading.source = null;
    leading.connected = false;
    lead_tell('state');
    const most = Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** leading.tries++);
    clearTimeout(leading.timer);
    leading.timer = setTimeout(connect, most / 2 + (Math.random() * most) / 2);
}

function connect() {
    if (!leading) return;
    clearTimeout(leading.timer);
    leading.source?.close();
    const source = new EventSource(
        `/v1/stream?channels=${channelsNow().join(',')}&after=${encodeURIComponent(last.id ?? 'now')}`,
    );
    leading.source = source;
    const current = (fn) => (event) => leading?.source === source && fn(event);
    const data = (event) => {
        try {
            return JSON.parse(event.data);
        } catch {
            return {};
        }
    };
    source.addEventListener(
        'hello',
        current((event) => {
            leading.connected = true;
            lead_tell('hello', {...hear(event), at: data(event).at});
        }),
    );
    source.addEventListener(
        'beat',
        current((event) => lead_tell('beat', {...hear(event), at: data(event).at})),
    );
    source.addEventListener(
        'resync',
        current((event) => {
            lead_tell('resync', {...hear(event), id: null, reason: data(event).reason});
            again();
        }),
    );
    for (const channel of channelsNow())
        source.addEventListener(
            channel,
            current((event) => lead_tell('card', {...hear(event), channel, data: data(event)})),
        );
    source.addEventListener('error', current(again));
}

/* Holds the lock until it is taken away, or the tab goes. */
function lead() {
    return new Promise((release) => {
        leading = {
            source: null,
            tries: 0,
            timer: 0,
            number: 0,
            connected: false,
            heard_ms: last.heard_ms,
            wants: new Set(),
            release,
        };
        ON_DEMAND.filter((channel) => listeners.get(channel)?.size).forEach((channel) =>
            leading.wants.add(channel),
        );
        lead_tell('wanted');
        connect();
    });
}

function resign() {
    clearTimeout(leading?.timer);
    leading?.source?.close();
    leading = null;
    tellState();
}

async function seekLead(options) {
    try {
        await navigator.locks.request(LOCK, options, lead);
    } catch {
        resign(); /* it was taken away: wait for it like the others */
        seekLead({});
    }
}

/* ---- for the pages ---- */

function watch() {
    tellState();
    const age_ms = Date.now() - last.heard_ms;
    if (!leading && !document.hidden && age_ms > SILENT_MS && Date.now() - started_ms > SILENT_MS) {
        started_ms = Date.now(); /* once, then it has its time */
        seekLead({steal: true});
    } else if (leading?.connected && age_ms > SILENT_MS) {
        again();
    }
}

let started_ms = 0;

function wake() {
    if (leading && !leading.connected) connect();
}

export function start(channels) {
    visible = CHANNELS.filter((channel) => channels.includes(channel));
    started_ms = Date.now();
    line = new BroadcastChannel('manyi-stream');
    line.addEventListener('message', (event) => {
        if (event.data.kind === 'wanted')
            ON_DEMAND.filter((channel) => listeners.get(channel)?.size).forEach((channel) =>
                post({kind: 'want', channel}),
            );
        take(event.data);
    });
    addEventListener('online', wake);
    addEventListener('resume', () => beginAnew('woken'));
    addEventListener('pageshow', (event) => event.persisted && beginAnew('woken'));
    document.addEventListener('visibilitychange', () => document.hidden || wake());
    post({kind: 'who'});
    seekLead({});
    setInterval(watch, 1000);
}

export const stream = {
    on(channel, fn) {
        const fns = set(listeners, channel);
        fns.add(fn);
        if (ON_DEMAND.includes(channel) && fns.size === 1 && line) {
            if (leading) take({kind: 'want', channel});
            else post({kind: 'want', channel});
        }
        return () => fns.delete(fn);
    },
    onState(fn) {
        stateListeners.add(fn);
        fn(state());
        return () => stateListeners.delete(fn);
    },
    onResync(fn) {
        resyncListeners.add(fn);
        return () => resyncListeners.delete(fn);
    },
    state,
};
