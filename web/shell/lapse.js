/*
 * lapse.js - while the server plays a time-lapse (`manyi demo`) its clock is asked for each second, until it is the
 * present's: countdowns run as fast as the day does.
 */
import {ask} from '../lib/ask.js';
import {serverSaid} from '../lib/time.js';

const EVERY_MS = 1000;

export function lapseWatch(me) {
    if (!(me.clock_rate > 1)) return;
    const timer = setInterval(async () => {
        const next = await ask('/v1/me').catch(() => null);
        if (next) serverSaid(next.at, next.clock_rate);
        if (next?.clock_rate === 1) clearInterval(timer);
    }, EVERY_MS);
}
