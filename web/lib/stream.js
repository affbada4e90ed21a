/*
 * stream.js - what happens, as it happens: one connection for all tabs of this browser.
 *
 *   tab ─┬─ holds the lock `manyi-stream` ─▶ leader: stream_source.js ─▶ BroadcastChannel ─▶ every tab (itself too)
 *        └─ waits for it                  ─▶ follower: listens, and is leader when the lock comes
 *
 * A leader that is closed or crashes loses its lock; from one that says nothing for SILENT_MS (frozen, throttled) a
 * tab that is seen takes it. Whoever follows goes on after the last id that was told. What is told is numbered by
 * its teller: a tab that sees a gap, or wakes up, has its listeners begin anew (`onResync`), as the server may ask
 * for, too. Nothing is lost silently.
 *
 *   const off = stream.on('complaint', (card, {n, seq, at}) => …);     a tombstone is {id, gone: true}
 *   stream.onState(({connected, leader, at, age_ms}) => …);            also each second, since the age grows
 *   stream.onResync(() => …);
 *   await stream.ready();                                              it comes, or will not for now: lists may be
 *   loaded
 */
import {token} from './ask.js';
import {streamSource} from './stream_source.js';

const LOCK = 'manyi-stream'; /* and whose it is: what one person may see is not told to another's tab */
const CHANNELS = ['complaint', 'escalation', 'task', 'callback', 'score', 'system'];
const ON_DEMAND = ['ledger']; /* reading it goes on record: only while somebody listens */
const SILENT_MS = 16000; /* three beats and a bit */
const WORD_MS = 5000; /* a leader without a connection says so that often */
const READY_MS = 1000;
const FRESH_MS = 2000; /* a beat that waited longer in some queue tells no time */
const LOST_TRIES = 2; /* then it is asked why: perhaps the session is over */

const me = token();
const listeners = new Map(); /* channel → functions */
const stateListeners = new Set(),
    resyncListeners = new Set();
const last = {id: null, teller: null, number: 0, told_ms: 0, heard_ms: 0, at: null, connected: false};

let visible = CHANNELS,
    allowed = new Set();
let lock = LOCK;
let line = null; /* the BroadcastChannel; says nothing to nobody where there are no locks */
let leading = null; /* {source, number, wants, word_ms} */
let waiting = null; /* stops asking for the lock */
let onLost = () => {},
    onClock = () => {};
let late = false; /* lists were loaded before it came: what happened in between nobody told */
let readyNow = () => {};
const ready = new Promise((resolve) => {
    readyNow = resolve;
});

/* ---- in every tab ---- */

function fnsOf(channel) {
    if (!listeners.has(channel)) listeners.set(channel, new Set());
    return listeners.get(channel);
}

function call(fns, ...rest) {
    for (const fn of [...fns]) {
        try {
            fn(...rest);
        } catch (error) {
            reportError(error); /* one listener's bug is not the others' */
        }
    }
}

function state() {
    const age_ms = last.heard_ms ? Math.max(0, Date.now() - last.heard_ms) : null;
    return {connected: last.connected, leader: leading !== null, at: last.at, age_ms};
}

function wanted() {
    return ON_DEMAND.filter((channel) => allowed.has(channel) && fnsOf(channel).size > 0);
}

/* What the leader tells, in the order of its numbers. */
function take({kind, teller, number, connected, heard_ms, id, at, channel, data, reason}) {
    const now_ms = Date.now(); /* it may have been set back: nothing is from the future */
    const gap = last.teller === teller && number !== last.number + 1;
    const anew = gap ? 'gap' : kind === 'resync' ? (reason ?? 'asked') : connected && late ? 'late' : null;
    Object.assign(last, {
        teller,
        number,
        connected,
        told_ms: now_ms,
        heard_ms: Math.max(Math.min(last.heard_ms, now_ms), Math.min(heard_ms, now_ms)),
    });
    if (connected) late = false;
    if (kind === 'forget') last.id = null;
    else if (!leading || teller === me) last.id = id ?? last.id; /* a leader that lost its lock speaks late */
    last.at = at ?? last.at;
    if ((kind === 'beat' || kind === 'hello') && now_ms - heard_ms < FRESH_MS) onClock(at);
    if (connected) readyNow();
    if (kind === 'card' && data.card) call(fnsOf(channel), data.card, data);
    if (kind === 'wanted' && !leading) wanted().forEach((one) => line.postMessage({kind: 'want', channel: one}));
    if (anew) call(resyncListeners, anew);
    if (kind === 'forget') onLost(); /* perhaps one has other rights now */
    call(stateListeners, state());
}

/* What others say on the line: a leader's word is for everybody, the rest is for the leader. */
function hear({data: message}) {
    if (message.teller) take(message);
    else if (message.kind === 'who') tell('state');
    else if (message.kind === 'want' && allowed.has(message.channel)) want(message.channel);
}

/* ---- in the leader ---- */

function tell(kind, more = {}) {
    if (!leading) return;
    const {source} = leading;
    leading.word_ms = Date.now();
    const message = {
        ...more,
        kind,
        teller: me,
        number: ++leading.number,
        connected: source.connected,
        heard_ms: source.heard_ms,
    };
    line.postMessage(message);
    take(message);
}

function want(channel) {
    if (!leading || leading.wants.has(channel)) return;
    leading.wants.add(channel);
    leading.source.connect();
}

/* Holds the lock until it is taken away, or the tab goes. */
function lead() {
    const source = streamSource({
        channels: () => [...visible, ...leading.wants],
        after: () => last.id,
        tell,
        state({tries}) {
            tell('state');
            if (tries % 8 === LOST_TRIES) onLost();
        },
    });
    source.everHeard = last.heard_ms > 0; /* by another leader */
    leading = {source, number: 0, wants: new Set(wanted()), word_ms: 0};
    tell('wanted');
    source.connect();
    return new Promise(() => {});
}

function resign() {
    leading?.source.stop();
    leading = null;
    call(stateListeners, state());
}

async function seekLead(steal) {
    if (!navigator.locks) {
        if (!leading) lead(); /* plain HTTP from another machine: browsers have no locks there; each tab by itself */
        return;
    }
    waiting?.abort();
    const mine = (waiting = new AbortController());
    try {
        await navigator.locks.request(lock, steal ? {steal} : {signal: mine.signal}, lead);
    } catch {
        if (mine.signal.aborted) return; /* asked again, in another way */
        const was = leading !== null;
        resign(); /* it was taken away: wait for it like the others */
        setTimeout(seekLead, was ? 0 : WORD_MS, false); /* never in a circle where locks are refused */
    }
}

/* ---- for the pages ---- */

function watch() {
    const now_ms = Date.now();
    call(stateListeners, state());
    if (leading?.source.connected && now_ms - leading.source.heard_ms > SILENT_MS)
        leading.source.again(); /* half open: nobody told us that it is gone */
    else if (leading && now_ms - leading.word_ms > WORD_MS) tell('state');
    else if (!leading && !document.hidden && now_ms - last.told_ms > SILENT_MS) {
        last.told_ms = now_ms; /* once, then it has its time */
        seekLead(true);
    }
}

/* The network is back, or somebody looks again: at once, not when the back-off is over. */
function wake() {
    if (leading && !leading.source.connected) leading.source.connect();
}

/* who: whose page this is. channels: those that they may see. lost(): no connection since a while, or begun anew.
 * clock(iso): the server's time. */
export function start({who, channels, lost, clock}) {
    allowed = new Set(channels);
    visible = CHANNELS.filter((channel) => allowed.has(channel));
    onLost = lost;
    onClock = clock;
    lock = `${LOCK} ${who}`;
    last.told_ms = Date.now();
    line = navigator.locks ? new BroadcastChannel(lock) : {postMessage() {}};
    if (navigator.locks) line.addEventListener('message', hear);
    addEventListener('online', wake);
    addEventListener('resume', () => call(resyncListeners, 'woken'));
    addEventListener('pageshow', (event) => event.persisted && call(resyncListeners, 'woken'));
    document.addEventListener('visibilitychange', () => document.hidden || wake());
    line.postMessage({kind: 'who'});
    seekLead(false);
    setInterval(watch, 1000);
    setTimeout(() => {
        late = !last.connected;
        readyNow();
    }, READY_MS);
}

export const stream = {
    on(channel, fn) {
        fnsOf(channel).add(fn);
        if (line && ON_DEMAND.includes(channel) && allowed.has(channel)) {
            want(channel);
            line.postMessage({kind: 'want', channel});
        }
        return () => fnsOf(channel).delete(fn);
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
    ready: () => ready,
    state,
};
