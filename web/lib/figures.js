/*
 * figures.js - figures as people read them: an index with its interval, shares, money from fen, and what a number is
 * worth when few have rated. Pure: numbers in, texts and classes out.
 *
 *   few    n below what may be shown: the number of ratings is told, the figure is not
 *   thin   enough to show, too few to rank
 *   firm   enough to rank
 */
const MINUS = '\u2212';

export function evidence(n, rules) {
    return n < rules.show ? 'few' : n < rules.rank ? 'thin' : 'firm';
}

const fixed = (value, digits, locale) =>
    Math.abs(value).toLocaleString(locale, {minimumFractionDigits: digits, maximumFractionDigits: digits});
const isZero = (value, digits) => Math.round(Math.abs(value) * 10 ** digits) === 0;

/* A number with a true minus sign; nothing for what is not there. */
export function plain(value, digits = 0, locale = 'en') {
    if (value === null || value === undefined || !Number.isFinite(value)) return '–';
    return (value < 0 && !isZero(value, digits) ? MINUS : '') + fixed(value, digits, locale);
}

/* Likewise, with its sign. */
export function signed(value, digits = 0, locale = 'en') {
    const text = plain(value, digits, locale);
    return value > 0 && !isZero(value, digits) ? `+${text}` : text;
}

/* 5000 fen: ¥50.00. */
export function yuan(fen, locale = 'en') {
    if (fen === null || fen === undefined) return '–';
    return `${fen < 0 ? MINUS : ''}¥${fixed(fen / 100, 2, locale)}`;
}

/*
 * What scores may be read by: of a row, the figure and its interval. Closer to an average than `close` is beside it,
 * further than `far` is far from it.
 */
export const measures = {
    index: {
        of: (row) => row.csi && {value: row.csi.value, low: row.csi.low, high: row.csi.high, n: row.n},
        text: (value, locale) => plain(value, 1, locale),
        close: 5,
        far: 25,
    },
    satisfied: {
        of: (row) => row.csat && {value: row.csat.share, low: row.csat.low, high: row.csat.high, n: row.n},
        text: (value, locale) => `${plain(value === null ? null : 100 * value, 1, locale)} %`,
        low: (value, locale) => plain(100 * value, 1, locale),
        close: 0.01,
        far: 0.05,
    },
    nps: {
        of: (row) => row.nps && row.nps.n > 0 && {...row.nps},
        text: (value, locale) => signed(value, 0, locale),
        close: 3,
        far: 10,
    },
};

/* A dimension, 0-10. */
export const dimension = {
    of: (row, name) => {
        const figure = row.dimensions?.[name];
        return figure && figure.n > 0 ? {value: figure.mean, low: figure.low, high: figure.high, n: figure.n} : null;
    },
    text: (value, locale) => plain(value, 2, locale),
    close: 0.05,
    far: 0.25,
};

/* "862.4 to 908.2"; null where too few have rated for an interval. */
export function interval(figure, measure, locale) {
    if (!figure || figure.low === null || figure.high === null || figure.low === undefined) return null;
    return {low: (measure.low ?? measure.text)(figure.low, locale), high: measure.text(figure.high, locale)};
}

/*
 * Where a figure stands beside an average: step -2 ... 2 by how far it is from it, clear -1, 0, 1 when its whole
 * interval lies below or above. Only the latter can be told from chance.
 */
export function beside(figure, average, measure) {
    if (!figure || average === null || average === undefined) return {step: 0, clear: 0};
    const away = figure.value - average,
        size = Math.abs(away);
    const step = size < measure.close ? 0 : (size < measure.far ? 1 : 2) * Math.sign(away);
    const known = figure.low !== null && figure.low !== undefined;
    return {step, clear: !known ? 0 : figure.high < average ? -1 : figure.low > average ? 1 : 0};
}

/* "138 0013 8000" as screens show it: enough to know it again, too little to call. */
export function masked(contact) {
    const text = contact.trim(),
        digits = text.replace(/\D/g, '');
    if (/^[^@\s]+@[^@\s]+$/.test(text)) return `${text[0]}***@${text.split('@')[1]}`;
    if (digits.length >= 7 && digits.length > text.length / 2)
        return `${digits.slice(0, 3)}****${digits.slice(-Math.min(4, digits.length - 5))}`;
    return text ? `${[...text][0]}***` : '';
}
