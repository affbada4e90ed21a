/*
 * live_state.js - how old the data is, and whether it still comes: live, stale or not connected. True by the
 * stream's beats.
 */
import {h, replace} from '../lib/dom.js';
import {icon} from '../lib/icon.js';
import {stream} from '../lib/stream.js';
import {left} from '../lib/time.js';
import {onLang, t} from '../lib/words.js';

const STALE_MS = 12000; /* a beat comes every 5 s */

/* state → which of the four it is: live, stale, lost, starting. */
export function liveness({connected, age_ms}) {
    if (age_ms === null) return connected ? 'live' : 'starting';
    if (connected) return age_ms < STALE_MS ? 'live' : 'stale';
    return 'lost';
}

function liveText(state) {
    const how = liveness(state);
    return t(`live.${how}`, {left: left(state.age_ms ?? 0)});
}

const LOOK = {live: 'ok', stale: 'soon', lost: 'late', starting: 'info'};

export function liveState() {
    const sign = h('span', {class: 'live-sign'}),
        text = h('span', {class: 'live-text'});
    const element = h('p', {class: 'live', role: 'timer', 'aria-live': 'off'}, sign, text);
    const spoken = h('span', {class: 'hidden', role: 'status'});
    let before = null;
    const draw = (state) => {
        const how = liveness(state),
            now = liveText(state);
        if (element.dataset.state !== LOOK[how]) {
            element.dataset.state = LOOK[how];
            replace(sign, how === 'live' ? h('span', {class: 'pulse'}) : icon(LOOK[how]));
        }
        if (text.textContent !== now) text.textContent = now;
        if (before !== null && before !== how && (how === 'lost' || before === 'lost'))
            spoken.textContent = now; /* only what matters is read out */
        before = how;
    };
    stream.onState(draw);
    onLang(() => draw(stream.state()));
    return h('div', {class: 'live-box'}, element, spoken);
}
