/*
 * toast.js - one sentence about what just happened, below the page; read out by screen readers. `kind`: ok, info,
 * late (a failure stays until it is closed). At most three stand at once.
 */
import {h} from './dom.js';
import {icon} from './icon.js';
import {Problem} from './ask.js';
import {t} from './words.js';

const STAYS_MS = 6000,
    AT_ONCE = 3;

let shelf = null;

function shelfOf() {
    if (!shelf) {
        shelf = h('div', {class: 'toasts', role: 'status', 'aria-live': 'polite'});
        document.body.append(shelf);
    }
    return shelf;
}

export function say(text, kind = 'ok') {
    const toast = h(
        'div',
        {class: 'toast', dataset: {kind}},
        icon(kind === 'late' ? 'late' : kind === 'info' ? 'info' : 'ok'),
        h('p', {}, text),
        h(
            'button',
            {
                class: 'bare',
                type: 'button',
                'aria-label': () => t('shell.close'),
                on: {click: () => toast.remove()},
            },
            icon('close'),
        ),
    );
    shelfOf().append(toast);
    while (shelf.children.length > AT_ONCE) shelf.firstElementChild.remove();
    if (kind !== 'late') setTimeout(() => toast.remove(), STAYS_MS);
}

/* A failure in two parts: what, and what to do. */
export function problemText(error) {
    if (!(error instanceof Problem)) return t('problem.ours', {what: error.message});
    if (error.code === 'E_UNANSWERED') return t('problem.unanswered');
    if (error.status === 0) return t('problem.unreachable');
    if (error.status === 202) return t('problem.underway');
    if (error.code === 'E_CARD_CHANGED' || error.status === 412) return t('problem.changed');
    return (
        [error.detail ?? error.title, error.fix].filter(Boolean).join(' · ') +
        (error.code ? ` (${error.code})` : '')
    );
}

export function sayProblem(error) {
    if (error.name !== 'AbortError') say(problemText(error), 'late');
}
