/* histogram.c - how long something took, counted in fixed buckets. */
#include "core/histogram.h"

const uint32_t histogram_bound_us[HISTOGRAM_BOUNDS] = {
    100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 10000000,
};

void histogram_add(struct histogram *histogram, int64_t us, uint64_t times)
{
    uint32_t bucket = 0;
    uint64_t taken_us = us > 0 ? (uint64_t)us : 0;
    while (bucket < HISTOGRAM_BOUNDS && taken_us > histogram_bound_us[bucket])
        bucket++;
    histogram->count[bucket] += times;
    histogram->sum_us += taken_us * times;
}

uint64_t histogram_count(const struct histogram *histogram)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        count += histogram->count[i];
    return count;
}

uint64_t histogram_quantile_us(const struct histogram *histogram, uint32_t permille)
{
    uint64_t rank = histogram_count(histogram) * permille; /* in thousandths */
    uint64_t below = 0;
    if (rank == 0)
        return 0;
    for (uint32_t i = 0; i < HISTOGRAM_BOUNDS; i++) {
        uint64_t upto = below + histogram->count[i] * 1000;
        if (upto >= rank && histogram->count[i] > 0) {
            uint64_t low = i > 0 ? histogram_bound_us[i - 1] : 0, wide = histogram_bound_us[i] - low;
            return low + wide * (rank - below) / (upto - below);
        }
        below = upto;
    }
    return histogram_bound_us[HISTOGRAM_BOUNDS - 1];
}
