/*
 * plot.js - small drawings beside a figure: a line of what was, an interval on its scale. They say nothing that
 * does not also stand in words beside them.
 */
import {svg} from './dom.js';

/* Points of a line through `values` (null: a gap) in a box; null when there are not two. Pure. */
export function linePoints(values, width, height, pad = 2) {
    const known = values.filter((value) => value !== null);
    if (known.length < 2) return null;
    const least = Math.min(...known),
        most = Math.max(...known);
    const x = (index) => pad + (index * (width - 2 * pad)) / Math.max(1, values.length - 1);
    const y = (value) =>
        most === least ? height / 2 : height - pad - ((value - least) * (height - 2 * pad)) / (most - least);
    return values.map((value, index) => (value === null ? null : [x(index), y(value)]));
}

export function sparkline(values, {width = 96, height = 24} = {}) {
    const points = linePoints(values, width, height, 3);
    if (!points) return null;
    const path = points.reduce(
        (d, point, index) =>
            point ? `${d}${points[index - 1] ? 'L' : 'M'}${point[0].toFixed(1)} ${point[1].toFixed(1)}` : d,
        '',
    );
    const end = points.findLast((point) => point !== null);
    return svg(
        'svg',
        {class: 'sparkline', viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true'},
        svg('path', {d: path}),
        svg('circle', {cx: end[0], cy: end[1], r: 2.5}),
    );
}

/*
 * A figure with its interval on a scale from `least` to `most`, and a line where the average is:
 *
 *   least ├────────┄┄┄┄┄━━━━●━━━━┄┄┄┄│┄┄┄┤ most
 */
export function intervalPlot({value, low, high, average, least, most}) {
    const x = (figure) => Math.max(0, Math.min(100, (100 * (figure - least)) / (most - least)));
    return svg(
        'svg',
        {class: 'interval', viewBox: '0 0 100 12', preserveAspectRatio: 'none', 'aria-hidden': 'true'},
        svg('line', {class: 'interval-scale', x1: 0, x2: 100, y1: 6, y2: 6}),
        average === null || average === undefined
            ? null
            : svg('line', {class: 'interval-average', x1: x(average), x2: x(average), y1: 0, y2: 12}),
        low === null || low === undefined
            ? null
            : svg('line', {class: 'interval-range', x1: x(low), x2: x(high), y1: 6, y2: 6}),
        svg('line', {class: 'interval-value', x1: x(value), x2: x(value), y1: 1, y2: 11}),
    );
}
