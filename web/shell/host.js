/*
 * host.js - mounts the page of the address, one at a time, and keeps a page that fails from taking the rest along.
 */
import {Problem} from '../lib/ask.js';
import {h, replace} from '../lib/dom.js';
import {icon} from '../lib/icon.js';
import {go, keepQuery} from '../lib/router.js';
import {problemText, sayProblem} from '../lib/toast.js';
import {lang, onLang, t, word} from '../lib/words.js';
import {mayOpen} from './ways.js';

const PAGES = [
    'now',
    'complaints',
    'tasks',
    'callbacks',
    'scores',
    'ledger',
    'person',
    'report',
    'explorer',
    'quarantine',
    'system',
];

function failed(error) {
    return h(
        'div',
        {class: 'failed', role: 'alert'},
        icon('late'),
        h(
            'div',
            {},
            h('h2', {}, () => t('shell.page_failed')),
            h('p', {}, () => problemText(error)),
            h('button', {type: 'button', on: {click: () => location.reload()}}, () => t('shell.reload')),
        ),
    );
}

function notThere() {
    return {
        title: 'shell.not_there',
        mount: (root) => {
            root.append(h('p', {class: 'empty'}, () => t('shell.not_there_why')));
            return () => {};
        },
    };
}

/* Nothing is asked for that would be refused, and "nothing open" is not said of what one may not see. */
function notYours(name, me) {
    const named = () => me.roles.map((role) => word('role', role)).join(lang() === 'zh' ? '、' : ', ');
    const roles = () => named() || t('shell.no_role');
    return {
        title: `nav.${name}`,
        mount: (root) => {
            root.append(
                h(
                    'div',
                    {class: 'empty not-yours'},
                    h('p', {}, () => t('shell.not_yours')),
                    h('p', {}, () => t('shell.not_yours_why', {roles: roles()})),
                ),
            );
            return () => {};
        },
    };
}

async function load(name, me, can) {
    if (!PAGES.includes(name)) return notThere();
    if (!mayOpen(name, can)) return notYours(name, me);
    try {
        return (await import(`../pages/${name}.js`)).default;
    } catch (error) {
        const there = await fetch(`/pages/${name}.js`, {method: 'HEAD'}).then(
            (answer) => answer.ok,
            () => true,
        );
        if (!there) return notThere();
        throw error;
    }
}

/* A page's own style, once; it stays, since pages are visited again. */
function dressed(href) {
    if (!href || document.querySelector(`link[href="${href}"]`)) return Promise.resolve();
    return new Promise((resolve) => {
        const link = h('link', {rel: 'stylesheet', href, on: {load: resolve, error: resolve}});
        document.head.append(link);
    });
}

export function host({me, can, shell}) {
    let turn = 0,
        mounted = null,
        heading = null,
        first = true;

    function leave() {
        const old = mounted;
        mounted = null;
        old?.abort.abort();
        try {
            (old?.page?.unmount ?? old?.page)?.();
        } catch (error) {
            reportError(error);
        }
    }

    function titleSay() {
        shell.title(heading ? heading() : '');
    }

    function named(page) {
        return () => t(page.title);
    }

    async function show(route) {
        const same = mounted && mounted.name === route.name && mounted.page?.update;
        if (same && (mounted.id === route.id || mounted.page.takesId)) {
            mounted.id = route.id;
            mounted.page.update(route.query, route.id);
            return;
        }
        const mine = ++turn;
        leave();
        heading = null;
        shell.route(route);
        const head = shell.begin();
        try {
            const page = await load(route.name, me, can);
            await Promise.all([page.style].flat().map(dressed));
            if (mine === turn) await put(page, route, head);
        } catch (error) {
            if (mine === turn && error.name !== 'AbortError') fail(error, route);
        }
        if (mine === turn) arrive();
    }

    async function put(page, route, {root, tools, h1}) {
        const abort = new AbortController();
        const own = (mounted = {name: route.name, id: route.id, abort, page: null});
        const title = (how) => {
            heading = typeof how === 'function' ? how : () => how;
            replace(h1, heading);
            titleSay();
        };
        title(named(page));
        const ctx = {
            me,
            can,
            go,
            keep: keepQuery,
            title,
            tools,
            id: route.id,
            name: route.name,
            signal: abort.signal,
        };
        const handle = await page.mount(root, route.query, ctx);
        if (mounted === own) own.page = handle;
        else (handle?.unmount ?? handle)?.();
    }

    function fail(error, route) {
        leave();
        replace(shell.root(), failed(error));
        heading ??= () => t(`nav.${route.name}`);
        replace(shell.h1(), heading);
        titleSay();
        if (!(error instanceof Problem)) reportError(error);
    }

    /* Whoever reads by ear or keyboard is taken to the new page; not when the dashboard is opened. */
    function arrive() {
        shell.ready();
        if (!first) shell.focus();
        first = false;
    }

    addEventListener('unhandledrejection', (event) => {
        if (event.reason?.name === 'AbortError') event.preventDefault();
        else if (event.reason) sayProblem(event.reason);
    });
    onLang(titleSay);
    return {show};
}
