/*
 * idle.js - somebody has walked away: after a while without a touch a last call counts down, and a tap stops it.
 */
import {h} from './dom.js';
import {t} from './words.js';

const EVENTS = ['pointerdown', 'keydown', 'input', 'scroll'];

/*
 * over(): nobody was there. may(): whether there is anything to be lost; without it no last call is shown.
 * Returns how to stop watching.
 */
export function watchIdle({idle_ms, lastCall_ms, over, may}) {
    let touched = Date.now();
    const count = h('strong', {class: 'idle-count'});
    const touch = () => {
        touched = Date.now();
        bar.hidden = true;
    };
    const bar = h('div', {class: 'idle', role: 'alertdialog', 'aria-label': () => t('kiosk.idle'), hidden: true},
        h('p', null, () => t('kiosk.idle'), ' ', count),
        h('button', {class: 'primary', type: 'button', on: {click: touch}}, () => t('kiosk.idle.stay')));
    /* A finger that comes down on the bar must not find it gone, and Send beneath, when it goes up. */
    const elsewhere = (event) => bar.contains(event.target) || touch();
    const look = () => {
        const rest = touched + idle_ms + (may() ? lastCall_ms : 0) - Date.now();
        if (rest <= 0) {
            touch();
            over();
            return;
        }
        if (rest <= lastCall_ms && may()) {
            count.textContent = String(Math.ceil(rest / 1000));
            if (bar.hidden) {
                bar.hidden = false;
                bar.querySelector('button').focus();
            }
        }
    };
    document.body.append(bar);
    EVENTS.forEach((name) => addEventListener(name, elsewhere, {passive: true, capture: true}));
    const timer = setInterval(look, 1000);
    return () => {
        clearInterval(timer);
        bar.remove();
        EVENTS.forEach((name) => removeEventListener(name, elsewhere, {capture: true}));
    };
}
