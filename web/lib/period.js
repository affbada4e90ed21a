/*
 * period.js - the periods that scores are asked by: 2026-11-23, 2026-11, 2026-Q4, 2026-H2, 2026. Days of the
 * rulebook's zone. Pure.
 */
export const grains = ['day', 'month', 'quarter', 'half', 'year'];

const shapes = {
    day: /^(\d{4})-(\d\d)-(\d\d)$/,
    month: /^(\d{4})-(\d\d)$/,
    quarter: /^(\d{4})-Q([1-4])$/,
    half: /^(\d{4})-H([12])$/,
    year: /^(\d{4})$/,
};
const two = (number) => String(number).padStart(2, '0');
const four = (number) => String(number).padStart(4, '0');

/* The day that it is in a zone, such as 2026-11-23. */
export function dayIn(zone, at = new Date()) {
    const parts = new Intl.DateTimeFormat('en-CA', {
        timeZone: zone,
        year: 'numeric',
        month: '2-digit',
        day: '2-digit',
    });
    return parts.format(at);
}

/* null: it is none. */
export function grainOf(period) {
    const grain = grains.find((name) => shapes[name].test(period ?? ''));
    if (!grain) return null;
    const [, , second] = period.match(shapes[grain]);
    const month = Number(second);
    const real =
        grain === 'month'
            ? month >= 1 && month <= 12
            : grain === 'day'
              ? new Date(`${period}T00:00:00Z`).toISOString().slice(0, 10) === period
              : true;
    return real ? grain : null;
}

export function periodOf(day, grain) {
    const year = day.slice(0, 4),
        month = Number(day.slice(5, 7));
    switch (grain) {
        case 'day':
            return day;
        case 'month':
            return day.slice(0, 7);
        case 'quarter':
            return `${year}-Q${Math.ceil(month / 3)}`;
        case 'half':
            return `${year}-H${month > 6 ? 2 : 1}`;
        default:
            return year;
    }
}

/* The first day of it. */
export function firstDay(period) {
    const grain = grainOf(period);
    const [, year, second] = period.match(shapes[grain]);
    switch (grain) {
        case 'day':
            return period;
        case 'month':
            return `${period}-01`;
        case 'quarter':
            return `${year}-${two(3 * (Number(second) - 1) + 1)}-01`;
        case 'half':
            return `${year}-${second === '2' ? '07' : '01'}-01`;
        default:
            return `${year}-01-01`;
    }
}

const monthsOf = {month: 1, quarter: 3, half: 6, year: 12};

/* The period so many after it; before it when `by` is negative. */
export function shift(period, by) {
    const grain = grainOf(period),
        first = firstDay(period);
    if (grain === 'day') return new Date(Date.parse(`${first}T00:00:00Z`) + by * 86400000).toISOString().slice(0, 10);
    const months = Number(first.slice(0, 4)) * 12 + Number(first.slice(5, 7)) - 1 + by * monthsOf[grain];
    return periodOf(`${four(Math.floor(months / 12))}-${two((months % 12) + 1)}-01`, grain);
}

/* `count` periods that end with this one, the oldest first. */
export function upTo(period, count) {
    return Array.from({length: count}, (_, index) => shift(period, index - count + 1));
}

/* How far back a trend looks. */
export const trendLength = {day: 14, month: 12, quarter: 8, half: 6, year: 5};

/* As people write it; short: below a chart, where there is little room. */
export function periodName(period, locale, short = false) {
    const grain = grainOf(period),
        year = period.slice(0, 4),
        zh = locale.startsWith('zh');
    const date = new Date(`${firstDay(period)}T12:00:00Z`);
    const said = (options) => new Intl.DateTimeFormat(locale, {timeZone: 'UTC', ...options}).format(date);
    switch (grain) {
        case 'day':
            return said({year: short ? undefined : 'numeric', month: 'short', day: 'numeric'});
        case 'month':
            return said({year: short ? '2-digit' : 'numeric', month: 'short'});
        case 'quarter':
            return zh ? `${year}年第${period.at(-1)}季度` : `Q${period.at(-1)} ${year}`;
        case 'half':
            return zh ? `${year}年${period.at(-1) === '1' ? '上' : '下'}半年` : `H${period.at(-1)} ${year}`;
        default:
            return zh ? `${year}年` : year;
    }
}
