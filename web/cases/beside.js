/*
 * beside.js - a list and, where there is room beside it, else in its place, the one case that is open: the address
 * says which.
 *
 *   const side = beside({root, main, ctx, kind, href: (id or null) => '#/tasks/T-57', title: 'tasks.title', list});
 *   side.open('T-57' or null) · side.id() · side.stop()          list: {mark(id), focus(id)}
 *
 * The focus goes to the case when it opens, and back to its row when it closes.
 */
import {h, replace} from '../lib/dom.js';
import {keys} from '../lib/keys.js';
import {t} from '../lib/words.js';
import {casePanel} from './case_panel.js';

export function beside({root, main, ctx, kind, href, title, list, cases}) {
    const side = h('div', {class: 'cases-side'});
    const layout = h('div', {class: 'cases-page'}, main, side);
    let panel = null,
        id = null,
        first = true;
    root.append(layout);

    function close() {
        ctx.go(href(null));
    }

    const popKeys = keys({Escape: ['board.close', () => id && close()]});

    /* Beside a card the board needs the height: filters are a tap away, and say how many are set. */
    function fold(filters) {
        if (filters) filters.open = false;
    }

    function open(next) {
        if (next === id && !first) return;
        const before = id;
        panel?.stop();
        id = next;
        panel = id ? casePanel({id, kind, ctx, close, cases}) : null;
        layout.toggleAttribute('data-open', Boolean(id));
        if (id && !before) fold(main.querySelector('.filters-more'));
        replace(side, panel?.element);
        list.mark(id);
        ctx.title(() => (id ? `${id} · ${t(title)}` : t(title)));
        if (panel && !first) panel.focus();
        else if (before) list.focus(before);
        first = false;
    }

    return {
        open,
        id: () => id,
        stop() {
            popKeys();
            panel?.stop();
        },
    };
}
