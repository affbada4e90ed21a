/*
 * help.js - what may be pressed here and now.
 */
import {open} from '../lib/dialog.js';
import {h} from '../lib/dom.js';
import {keysNow, setSingleKeys, singleKeys} from '../lib/keys.js';
import {t} from '../lib/words.js';

const SIGNS = {
    ArrowDown: '↓',
    ArrowUp: '↑',
    ArrowLeft: '←',
    ArrowRight: '→',
    Enter: '⏎',
    Escape: 'Esc',
    ' ': 'Space',
};

export function keysHelp() {
    const byLabel = new Map();
    for (const {key, label} of keysNow()) byLabel.set(label, [...(byLabel.get(label) ?? []), {key}]);
    open(
        () => t('keys.title'),
        h(
            'label',
            {class: 'keys-single'},
            h('input', {
                type: 'checkbox',
                checked: singleKeys(),
                on: {change: (event) => setSingleKeys(event.target.checked)},
            }),
            h('span', {}, () => t('keys.single')),
        ),
        h(
            'dl',
            {class: 'keys'},
            [...byLabel].map(([label, some]) =>
                h(
                    'div',
                    {},
                    h(
                        'dt',
                        {},
                        some.map(({key}, index) => [
                            index ? ' / ' : null,
                            key
                                .split(' ')
                                .filter(Boolean)
                                .map((one) => h('kbd', {}, SIGNS[one] ?? one)),
                        ]),
                    ),
                    h('dd', {}, () => t(label)),
                ),
            ),
        ),
    );
}
