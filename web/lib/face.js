/*
 * face.js - five faces, drawn here, so that they look the same on every device; each stands beside its words.
 */
import {svg} from './dom.js';

/* From very dissatisfied to very satisfied. */
const MOUTHS = ['M7.4 17.2 Q12 12.2 16.6 17.2', 'M8 16.4 Q12 13.8 16 16.4', 'M8 15.5 H16', 'M8 15 Q12 17.8 16 15',
    'M7.2 14 Q12 20.2 16.8 14 Z'];

/* level: 1 to 5. */
export function face(level) {
    return svg('svg', {class: 'face', viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false'},
        svg('circle', {cx: 12, cy: 12, r: 10.25}),
        svg('circle', {class: 'eye', cx: 8.6, cy: 9.6, r: 1.15}),
        svg('circle', {class: 'eye', cx: 15.4, cy: 9.6, r: 1.15}),
        svg('path', {d: MOUTHS[level - 1]}));
}
