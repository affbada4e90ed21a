/*
 * statistics.h - 95 % intervals for small samples. Pure; + - x / and sqrt only, so that a refold agrees everywhere.
 */
#ifndef MANYI_CORE_STATISTICS_H
#define MANYI_CORE_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#define Z_95 1.959963984540054

struct interval {
    double low;
    double high;
};

/* Two-sided 95 % critical value of Student's t: a table to 30 degrees, then Cornish-Fisher's expansion (error
 * < 1e-6). freedom >= 1. */
double student_t_95(uint64_t freedom);

/* Wilson's score interval of hits out of n; n >= 1. Wilson 1927; Brown, Cai, DasGupta 2001. */
struct interval wilson_95(uint64_t hits, uint64_t n);

/* Net promoter score's interval, in points of -100 to 100, adding 3/4 promoter, 3/4 detractor and 3/2 passives
 * (n' = n + 3); clipped to [-100, 100]. n >= 1. */
struct interval nps_95(uint64_t promoters, uint64_t detractors, uint64_t n);

/* Mean's half width by Student's t from n, sum and sum of squares of integers (exact until the last division);
 * n >= 2. The result is in the integers' unit. Sums are of thousandths: squares stay below 2^63 for 10^10 ratings. */
double mean_half_width_95(uint64_t n, int64_t sum, int64_t sum_of_squares);

#endif
