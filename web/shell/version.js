/*
 * version.js - after the server was replaced the page is the old one: says so, and asks for who one is anew, since
 * sessions end then.
 */
import {ask} from '../lib/ask.js';
import {h, replace} from '../lib/dom.js';
import {stream} from '../lib/stream.js';
import {serverSaid} from '../lib/time.js';
import {t} from '../lib/words.js';

export function versionWatch(version, note) {
    let connected = true;
    stream.onState(async (state) => {
        const back = state.connected && !connected;
        connected = state.connected;
        if (!back) return;
        const me = await ask('/v1/me').catch(() => null);
        serverSaid(me?.at, me?.clock_rate);
        if (me && me.version !== version) {
            replace(
                note,
                h(
                    'div',
                    {class: 'note', role: 'status'},
                    h('p', {}, () => t('shell.new_version', {version: me.version})),
                    h('button', {type: 'button', class: 'primary', on: {click: () => location.reload()}}, () =>
                        t('shell.reload'),
                    ),
                ),
            );
        }
    });
}
