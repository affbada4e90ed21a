/*
 * frame.js - what stands around every page: the ways to the others, how old the data is, who is here, language and
 * theme, keys.
 *
 *   wide        rail │ page            middle: a narrow rail            phone    strip
 *               foot │                                                           page
 *                                                                                bar: four ways and "more"
 */
import {open} from '../lib/dialog.js';
import {h, replace} from '../lib/dom.js';
import {icon} from '../lib/icon.js';
import {keys} from '../lib/keys.js';
import {lang, setLang, t} from '../lib/words.js';
import {keysHelp} from './help.js';
import {liveState} from './live_state.js';
import {logout} from './session.js';
import {stillTrue} from './still.js';
import {theme, themeNext} from './theme.js';
import {waitingWatch} from './waiting.js';
import {WAYS, mayOpen} from './ways.js';

function wayOf(name, me) {
    return name === 'person' ? `#/person/${encodeURIComponent(me.name)}` : `#/${name}`;
}

function waysOf(me, can) {
    const open_to = ([name]) => (name === 'person' ? !me.local && me.kind === 'person' : mayOpen(name, can));
    return WAYS.map((group) => group.filter(open_to)).filter((group) => group.length);
}

function link([name, , , bar], me) {
    return h(
        'a',
        {href: wayOf(name, me), class: 'way', dataset: {name, bar: bar ? '1' : '0'}},
        icon(name),
        h('span', {class: 'way-name'}, () => t(`nav.${name}`)),
        h('span', {class: 'way-count', hidden: true}),
    );
}

function settings(me) {
    const other = () => (lang() === 'en' ? '中文' : 'English');
    return [
        h(
            'button',
            {
                type: 'button',
                class: 'bare setting',
                'aria-label': () => t('shell.theme', {theme: t(`theme.${theme()}`)}),
                on: {click: () => themeNext()},
            },
            icon('theme'),
            h('span', {class: 'theme-name'}, () => t(`theme.${theme()}`)),
        ),
        h(
            'button',
            {
                type: 'button',
                class: 'bare setting',
                lang: () => (lang() === 'en' ? 'zh-CN' : 'en'),
                on: {click: () => setLang(lang() === 'en' ? 'zh' : 'en')},
            },
            other,
        ),
        h('button', {type: 'button', class: 'bare setting keys-button', on: {click: keysHelp}}, icon('key'), () =>
            t('shell.keys'),
        ),
        me.local
            ? h('span', {class: 'who'}, () => t('shell.local'))
            : h(
                  'span',
                  {class: 'who'},
                  h('span', {class: 'who-name'}, me.name),
                  me.csrf
                      ? h(
                            'button',
                            {type: 'button', class: 'bare setting', on: {click: () => logout(me.csrf)}},
                            () => t('shell.logout'),
                        )
                      : null,
              ),
    ];
}

function more(ways, me) {
    const dialog = open(
        () => t('nav.more'),
        h(
            'nav',
            {class: 'sheet', 'aria-label': () => t('nav.more')},
            ways.flat().map((way) => h('div', {dataset: {bar: way[3] ? '1' : '0'}}, link(way, me))),
        ),
        h('div', {class: 'sheet-settings'}, settings(me)),
    );
    dialog.classList.add('from-below');
    dialog.addEventListener('click', (event) => event.target.closest('a') && dialog.close());
}

export function frame({me, can, go}) {
    const ways = waysOf(me, can);
    const h1 = h('h1', {tabindex: '-1'}),
        tools = h('div', {class: 'page-tools'}),
        root = h('div', {class: 'page'});
    const main = h('main', {id: 'main', tabindex: '-1'}, h('header', {class: 'page-head'}, h1, tools), root);
    const rail = h(
        'nav',
        {class: 'rail', 'aria-label': () => t('nav.label')},
        h(
            'a',
            {class: 'brand', href: '#/now'},
            h('img', {src: '/icon.svg', alt: '', width: '24', height: '24'}),
            h('span', {}, () => t('shell.name')),
        ),
        ways.map((group) =>
            h(
                'div',
                {class: 'ways'},
                group.map((way) => link(way, me)),
            ),
        ),
        h(
            'button',
            {type: 'button', class: 'way way-more', on: {click: () => more(ways, me)}},
            icon('more'),
            h('span', {class: 'way-name'}, () => t('nav.more')),
        ),
    );
    const foot = h('footer', {class: 'foot'}, liveState(), h('div', {class: 'settings'}, settings(me)));
    const strip = h(
        'header',
        {class: 'strip'},
        h(
            'a',
            {class: 'brand', href: '#/now'},
            h('img', {src: '/icon.svg', alt: '', width: '20', height: '20'}),
            h('span', {}, () => t('shell.name')),
        ),
        liveState(),
    );
    const note = h('div', {class: 'notes'});
    replace(
        document.body,
        h(
            'a',
            {
                class: 'skip',
                href: '#main',
                on: {
                    click: (event) => {
                        event.preventDefault();
                        main.focus();
                    },
                },
            },
            () => t('shell.skip'),
        ),
        strip,
        h('div', {class: 'side'}, rail, foot),
        h('div', {class: 'content'}, note, main),
    );

    let waiting = 0,
        title = '';
    function titleSay() {
        document.title = `${waiting ? `(${waiting}) ` : ''}${title}${title ? ' · ' : ''}${t('shell.name')}`;
    }

    keys({
        '?': ['keys.help', keysHelp],
        ...Object.fromEntries(
            ways.flat().map(([name, , key]) => [`g ${key}`, [`nav.${name}`, () => go(wayOf(name, me))]]),
        ),
    });
    if (can('see_complaint')) {
        waitingWatch((count) => {
            waiting = count;
            const badge = rail.querySelector('[data-name=complaints] .way-count');
            badge.hidden = count === 0;
            replace(
                badge,
                String(count),
                h('span', {class: 'hidden'}, () => ` ${t('nav.overdue')}`),
            );
            titleSay();
        });
    }
    return {
        check: stillTrue(me, note),
        title(text) {
            title = text;
            titleSay();
        },
        route({name, query}) {
            for (const way of rail.querySelectorAll('a.way')) {
                if (way.dataset.name === name) way.setAttribute('aria-current', 'page');
                else way.removeAttribute('aria-current');
            }
            document.documentElement.toggleAttribute('data-wall', query.get('wall') === '1');
        },
        /* An empty room for the next page. */
        begin() {
            main.setAttribute('aria-busy', 'true');
            replace(tools);
            replace(root);
            scrollTo(0, 0);
            return {root, tools, h1};
        },
        ready: () => main.removeAttribute('aria-busy'),
        root: () => root,
        h1: () => h1,
        /* Not away from who has begun to work on the page already. */
        focus: () => root.contains(document.activeElement) || h1.focus({preventScroll: true}),
    };
}
