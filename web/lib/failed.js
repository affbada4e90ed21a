/*
 * failed.js - what stands where something could not be read: what is the matter, and a button to try again.
 *
 *   replace(body, failed(problem, () => load()));
 */
import {h} from './dom.js';
import {icon} from './icon.js';
import {problemText} from './toast.js';
import {t} from './words.js';

/* again: left out where it is tried again without being asked. */
export function failed(problem, again) {
    const button = again ? h('button', {type: 'button', on: {click: () => again()}}, () => t('shell.again')) : null;
    return h(
        'div',
        {class: 'failed', role: 'alert'},
        icon('late'),
        h(
            'div',
            {},
            h('p', {}, () => problemText(problem)),
            button,
        ),
    );
}
