/*
 * app.js - starts the dashboard: who asks (/v1/me), the frame, the stream, the page of the address.
 *
 * A page is web/pages/NAME.js, found by its address `#/NAME/ID?filters`:
 *
 *   export default {
 *       title: 'tasks.title',
 *       style: '/style/tasks.css',           // or several; optional: loaded before the mount
 *       mount(root, query, ctx) {
 *           // root: an empty element; query: URLSearchParams; ctx: below
 *           return () => { … };             // unmount; or {unmount, update(query)} to take new filters without
 *                                           // being mounted anew; with takesId also another id: update(query, id)
 *       },
 *   };
 *
 *   ctx.id          what follows the name in the address, or null
 *   ctx.me          GET /v1/me
 *   ctx.can(right)  'own', 'place' or 'all'; null when one may not
 *   ctx.go(route)   '/complaints/C-41?mine=1'
 *   ctx.keep(query) filters kept in the address, without a new mount
 *   ctx.title(fn)   another heading: text, or a function that says it in the present language
 *   ctx.tools       the element beside the heading, for filters and actions
 *   ctx.signal      aborted when the page is left: for ask()
 *
 * What a page puts into the document it takes out again in unmount: streams, keys, tickers. Its words stand in words/.
 */
import {ask, askAll, askAs} from './lib/ask.js';
import {h, replace} from './lib/dom.js';
import {placesAre} from './lib/places.js';
import {go, read} from './lib/router.js';
import {start as startStream} from './lib/stream.js';
import {serverSaid} from './lib/time.js';
import {problemText} from './lib/toast.js';
import {t} from './lib/words.js';
import {frame} from './shell/frame.js';
import {host} from './shell/host.js';
import {lapseWatch} from './shell/lapse.js';
import {sessionOver, wayBack} from './shell/session.js';

const CHANNEL_RIGHTS = {
    complaint: 'see_complaint',
    escalation: 'see_escalation',
    task: 'see_task',
    callback: 'see_callback',
    score: 'see_score',
    ledger: 'see_ledger',
    system: 'see_system',
};

function canOf(me) {
    return (right) => (me.rights[right] && me.rights[right] !== 'none' ? me.rights[right] : null);
}

/* What stores are called. Without it they go by their short names. */
async function storesLearn() {
    try {
        placesAre((await askAll('/v1/places')).rows);
    } catch {
        /* nothing that would keep anybody from working */
    }
}

async function begin() {
    let me;
    try {
        [me] = await Promise.all([ask('/v1/me'), storesLearn()]);
    } catch (error) {
        if (error.status === 401) return location.reload();
        replace(
            document.body,
            h(
                'main',
                {class: 'alone'},
                h('h1', {}, 'Manyi'),
                h('p', {role: 'alert'}, () => problemText(error)),
                h('button', {class: 'primary', on: {click: () => location.reload()}}, () => t('shell.again')),
            ),
        );
        return undefined;
    }
    const can = canOf(me);
    serverSaid(me.at, me.clock_rate);
    lapseWatch(me);
    askAs(me.csrf, () => sessionOver());
    wayBack();
    let check = () => {};
    startStream({
        who: me.name ?? '',
        channels: Object.keys(CHANNEL_RIGHTS).filter((channel) => can(CHANNEL_RIGHTS[channel])),
        lost: () => check(), /* a session that is over is told by its 401 */
        clock: serverSaid,
    });
    const shell = frame({me, can, go});
    ({check} = shell);
    const pages = host({me, can, go, shell});
    addEventListener('hashchange', () => pages.show(read(location.hash)));
    return pages.show(read(location.hash));
}

begin();
