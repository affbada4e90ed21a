/*
 * still.js - whether the page is still true of who looks at it: the same person, the same rights, the same version of
 * Manyi. Asked when the connection comes back, when the stream begins anew, and when another tab says who is there.
 */
import {ask} from '../lib/ask.js';
import {open} from '../lib/dialog.js';
import {h, replace} from '../lib/dom.js';
import {stream} from '../lib/stream.js';
import {serverSaid} from '../lib/time.js';
import {t} from '../lib/words.js';

/** What changed since `me` was told: person, rights, version; null: nothing. */
function changeOf(me, next) {
    const rights = ({roles, stores, departments, rights: all}) => JSON.stringify([roles, stores, departments, all]);
    if ((next.name ?? null) !== (me.name ?? null)) return 'person';
    if (rights(next) !== rights(me)) return 'rights';
    return next.version === me.version ? null : 'version';
}

const reload = () =>
    h('button', {type: 'button', class: 'primary', on: {click: () => location.reload()}}, () => t('shell.reload'));

/* One cookie for all tabs: what this one asks for from here on is answered to somebody else. It must not stay. */
function otherPerson(name) {
    const dialog = open(
        () => t('shell.other_person'),
        h('p', {}, () => t('shell.other_person_why', {name: name ?? t('shell.local')})),
        h('footer', {class: 'dialog-foot'}, reload()),
    );
    dialog.addEventListener('close', () => location.reload());
}

/** Watches; says what changed in `note`. Returns a function that asks at once. */
export function stillTrue(me, note) {
    const line = new BroadcastChannel('manyi-me');
    let connected = true,
        told = false;

    async function check() {
        const next = await ask('/v1/me').catch(() => null);
        if (!next || told) return;
        serverSaid(next.at, next.clock_rate);
        const what = changeOf(me, next);
        if (what === 'person') {
            told = true;
            otherPerson(next.name);
        } else if (what) {
            const text = () => (what === 'rights' ? t('shell.new_rights') : t('shell.new_version', next));
            replace(note, h('div', {class: 'note', role: 'status'}, h('p', {}, text), reload()));
        } else {
            replace(note);
        }
    }

    line.addEventListener('message', ({data}) => data !== (me.name ?? null) && check());
    line.postMessage(me.name ?? null);
    stream.onState((state) => {
        const back = state.connected && !connected;
        connected = state.connected;
        if (back) check();
    });
    return check;
}
