/*
 * samples.js - what the page System makes of one status after the other: rates are differences, times of the last
 * minutes those that came since. Pure.
 *
 *   GET /v1/status ─▶ sampleOf ─▶ [sample, sample, …] ─▶ ratesOf, quantile(since(first, last))
 */

/* Upper bounds of the buckets that roles count times in (core/histogram.h), in milliseconds; the last one has none. */
export const BOUNDS_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10000];

export const KEPT = 150; /* samples: five minutes */

export function rolesOf(status) {
    return Object.fromEntries((status.rows ?? []).map((row) => [row.role, row]));
}

/* The figures that change; null where the role did not answer. */
export function sampleOf(status, at_ms) {
    const {intake, worker, outlet, gateway} = rolesOf(status);
    const behind = (role) =>
        intake?.up && role?.up ? Math.max(0, intake.head - role.cursor) : null;
    return {
        at_ms,
        accepted: intake?.up ? intake.accepted + intake.duplicates + intake.refused : null,
        requests: gateway?.up ? gateway.requests : null,
        waiting: intake?.up ? intake.waiting : null,
        lag: behind(worker),
        outlet_lag: behind(outlet),
        streams: gateway?.up ? (gateway.streams ?? 0) : null,
        put: intake?.put?.buckets ?? null,
        commit: intake?.commit?.buckets ?? null,
        state: worker?.commit?.buckets ?? null,
    };
}

/* How many a second, from each sample to the next; null across a restart or a gap. */
export function ratesOf(samples, key) {
    return samples.slice(1).map((sample, index) => {
        const before = samples[index],
            seconds = (sample.at_ms - before.at_ms) / 1000;
        if (sample[key] === null || before[key] === null || sample[key] < before[key] || seconds <= 0) return null;
        return (sample[key] - before[key]) / seconds;
    });
}

/* What was counted between two samples; all of the later one when the role has started anew meanwhile. */
export function since(earlier, later) {
    if (!later) return null;
    const grown = earlier ? later.map((count, index) => count - earlier[index]) : later;
    return grown.some((count) => count < 0) ? later : grown;
}

/* As core/histogram.c and Prometheus reckon it: within a bucket times lie evenly. null of nothing. */
export function quantile(buckets, permille) {
    const rank = ((buckets ?? []).reduce((sum, count) => sum + count, 0) * permille) / 1000;
    let below = 0;
    if (rank === 0) return null;
    for (const [index, bound] of BOUNDS_MS.entries()) {
        const upto = below + buckets[index];
        if (upto >= rank && buckets[index] > 0) {
            const low = index > 0 ? BOUNDS_MS[index - 1] : 0;
            return low + ((bound - low) * (rank - below)) / buckets[index];
        }
        below = upto;
    }
    return BOUNDS_MS.at(-1);
}

/* The times of all samples kept, {p50, p99, n}: of what came since the first one; of all if nothing did. */
export function timesOf(samples, key) {
    const last = samples.at(-1)?.[key];
    const first = samples.find((sample) => sample[key])?.[key];
    const lately = last && first !== last ? since(first, last) : null;
    const n = (buckets) => (buckets ?? []).reduce((sum, count) => sum + count, 0);
    const buckets = n(lately) > 0 ? lately : last;
    return {p50: quantile(buckets, 500), p99: quantile(buckets, 990), n: n(buckets), lately: n(lately) > 0};
}

/* Every refusal by its code, the most frequent first. */
export function refusalsOf(intake) {
    return Object.entries(intake?.refused_by ?? {})
        .map(([code, refused]) => ({id: code, code, refused, kept: intake.quarantined_by?.[code] ?? 0}))
        .sort((one, other) => other.refused - one.refused || one.code.localeCompare(other.code));
}

function digitsText(value, digits, locale) {
    return value.toLocaleString(locale, {minimumFractionDigits: digits, maximumFractionDigits: digits});
}

/* "1.4 GiB" */
export function bytesText(bytes, locale = 'en') {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    let value = bytes,
        unit = 0;
    if (bytes === null || bytes === undefined) return '–';
    for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
    const digits = unit > 0 && value < 100 ? 1 : 0;
    return `${digitsText(value, digits, locale)} ${units[unit]}`;
}

/* "0.42 ms", "12 ms", "1.3 s" */
export function msText(ms, locale = 'en') {
    if (ms === null || ms === undefined) return '–';
    const seconds = ms >= 1000,
        value = seconds ? ms / 1000 : ms,
        digits = value >= 100 ? 0 : value >= 10 || seconds ? 1 : 2;
    return `${digitsText(value, digits, locale)} ${seconds ? 's' : 'ms'}`;
}
