/*
 * stream_source.js - the one connection to /v1/stream: goes on after the last id, tries again ever more slowly when
 * it is lost, and begins anew when the server says so. Whoever leads (stream.js) has one.
 *
 *   const source = streamSource({
 *       channels: () => ['complaint'], after: () => id or null,
 *       tell: (kind, {id, at, channel, data, reason}) => …, state: ({connected, heard_ms, tries}) => …,
 *   });
 *   source.connect() · source.again() · source.stop() · source.connected, source.heard_ms
 */
const FIRST_MS = 500,
    MOST_MS = 15000;

/* How long to wait before try `tries` (from 0): doubled each time, never all at once; `chance` is 0 to 1. Pure. */
export function backoff_ms(tries, chance) {
    const most = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(tries, 16));
    return most / 2 + (chance * most) / 2;
}

function dataOf(event) {
    try {
        return JSON.parse(event.data);
    } catch {
        return {}; /* told as nothing: the next beat will show what is missing */
    }
}

export function streamSource({channels, after, tell, state}) {
    let source = null,
        timer = 0,
        stopped = false;
    const self = {connected: false, heard_ms: 0, tries: 0, everHeard: false, connect, again, stop};

    function heard(event) {
        self.heard_ms = Date.now();
        self.tries = 0;
        return {id: event.lastEventId || null, at: dataOf(event).at ?? null};
    }

    function close() {
        clearTimeout(timer);
        source?.close();
        source = null;
        self.connected = false;
    }

    function again() {
        close();
        if (stopped) return;
        timer = setTimeout(connect, backoff_ms(self.tries++, Math.random()));
        state(self);
    }

    function connect() {
        close();
        if (stopped) return;
        const from = after();
        const mine = (source = new EventSource(
            `/v1/stream?channels=${channels().join(',')}&after=${encodeURIComponent(from ?? 'now')}`,
        ));
        const on = (name, fn) => mine.addEventListener(name, (event) => source === mine && fn(event));
        on('hello', (event) => {
            const missed = from === null && self.everHeard; /* there is no saying where it left off */
            self.connected = self.everHeard = true;
            tell('hello', heard(event));
            if (missed) tell('resync', {reason: 'fresh'});
        });
        on('beat', (event) => tell('beat', heard(event)));
        on('resync', (event) => {
            tell('forget', heard(event)); /* what was missed is loaded anew once it comes again */
            again();
        });
        on('error', again);
        for (const channel of channels())
            on(channel, (event) => tell('card', {...heard(event), channel, data: dataOf(event)}));
    }

    function stop() {
        stopped = true;
        close();
    }

    return self;
}
