/*
 * icon.js - the signs beside words: strokes on a 20-pixel grid, in the colour of the text around them. Never a
 * word's only meaning.
 */
import {svg} from './dom.js';

const paths = {
    now: 'M10 3a7 7 0 1 0 0 14a7 7 0 0 0 0-14M10 6v4.2l2.8 1.8',
    complaints: 'M3.5 4.5h13v9h-7l-3.5 3v-3H3.5zM10 6.8v2.6M10 11.4v.2',
    tasks: 'M8 5h9M8 10h9M8 15h9M3 5l1 1 1.8-2M3 10l1 1 1.8-2M3 15l1 1 1.8-2',
    callbacks:
        'M5 3.5h2.6l1.2 3.4-1.7 1.4a9 9 0 0 0 4.6 4.6l1.4-1.7 3.4 1.2V15c0 .9-.7 1.6-1.6 1.5' +
        'C8.8 16.1 3.9 11.2 3.5 5.1 3.4 4.2 4.1 3.5 5 3.5z',
    scores: 'M3 16.5h14M5 13.5v-3M9 13.5v-6M13 13.5v-4.5M16.5 13.5V4.5',
    ledger: 'M5 3h10v14H5zM8 7h4M8 10h4M8 13h2.5',
    person:
        'M10 10.2a3.2 3.2 0 1 0 0-6.4a3.2 3.2 0 0 0 0 6.4' +
        'M3.8 16.8c.6-3 3-4.6 6.2-4.6s5.6 1.6 6.2 4.6',
    report: 'M4 13.5V16h2.5L15.5 7 13 4.5zM11.5 6 14 8.5',
    explorer: 'M9 3.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 0 0 0-11M13 13l4 4',
    quarantine:
        'M10 3l6 2.3v4.2c0 3.8-2.5 6.3-6 7.5-3.5-1.2-6-3.7-6-7.5V5.3zM10 7v3.5M10 13v.2',
    system: 'M3.5 4h13v5h-13zM3.5 11h13v5h-13zM6 6.5h.2M6 13.5h.2',
    more: 'M4.5 10h.1M10 10h.1M15.5 10h.1',
    ok: 'M4 10.5l4 4 8-9',
    soon: 'M10 3a7 7 0 1 0 0 14a7 7 0 0 0 0-14M10 6v4.2l2.8 1.8',
    late: 'M10 3.2 17.5 16.5h-15zM10 8v4M10 14.2v.2',
    info: 'M10 3a7 7 0 1 0 0 14a7 7 0 0 0 0-14M10 9v4.5M10 6.5v.2',
    close: 'M5 5l10 10M15 5 5 15',
    up: 'M10 15.5v-11M5.5 9 10 4.5 14.5 9',
    down: 'M10 4.5v11M5.5 11l4.5 4.5 4.5-4.5',
    next: 'M7.5 4.5 13 10l-5.5 5.5',
    theme: 'M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14',
    key: 'M2.5 5.5h15v9h-15zM5 8.5h.2M8 8.5h.2M11 8.5h.2M14 8.5h.2M6.5 11.7h7',
};

export function icon(name) {
    return svg(
        'svg',
        {class: 'icon', viewBox: '0 0 20 20', 'aria-hidden': 'true', focusable: 'false'},
        svg('path', {d: paths[name] ?? paths.info}),
    );
}
