/*
 * histogram.h - how long something took, counted in fixed buckets: what happened often and what happened at worst stay apart, and
 * nothing is allocated for it.
 *
 * Caveats
 *   A bucket holds what took at most its bound; the last one the rest. Counts only grow, so that rates are differences.
 *   A quantile is as exact as its bucket is narrow: within one, times are taken to lie evenly (as Prometheus' histogram_quantile
 *   does); of the last it says the greatest bound.
 */
#ifndef MANYI_CORE_HISTOGRAM_H
#define MANYI_CORE_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BOUNDS 15u
#define HISTOGRAM_BUCKETS (HISTOGRAM_BOUNDS + 1)

/* 0.1 ms to 10 s. */
extern const uint32_t histogram_bound_us[HISTOGRAM_BOUNDS];

struct histogram {
    uint64_t count[HISTOGRAM_BUCKETS];
    uint64_t sum_us;
};

/* `times` things took us each; a negative time counts as none. */
void histogram_add(struct histogram *histogram, int64_t us, uint64_t times);

uint64_t histogram_count(const struct histogram *histogram);

/* What `permille` of a thousand took at most; 0 of nothing. */
uint64_t histogram_quantile_us(const struct histogram *histogram, uint32_t permille);

#endif
