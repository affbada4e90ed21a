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

/* Integers that were added up: how many, their sum, and the sum of their squares. All of it is exact. */
struct sums {
    uint64_t n;
    int64_t sum;
    int64_t squares;
};

/* Two-sided 95 % critical value of Student's t: a table to 30 degrees, then Cornish-Fisher's expansion (error
 * < 1e-6). freedom >= 1. */
double student_t_95(uint64_t freedom);

/* The same for a broken number of degrees, as Welch's are: Lagrange's polynomial in 1/freedom through eight whole ones
 * around it (error < 1e-7), from 30 on the expansion. freedom >= 2. */
double student_t_95_between(double freedom);

/* Wilson's score interval of hits out of n; n >= 1. Wilson 1927; Brown, Cai, DasGupta 2001. */
struct interval wilson_95(uint64_t hits, uint64_t n);

/* Net promoter score's interval, in points of -100 to 100, adding 3/4 promoter, 3/4 detractor and 3/2 passives
 * (n' = n + 3); clipped to [-100, 100]. n >= 1. */
struct interval nps_95(uint64_t promoters, uint64_t detractors, uint64_t n);

/* Mean's half width by Student's t from n, sum and sum of squares of integers (exact until the last division);
 * n >= 2. The result is in the integers' unit. Sums are of thousandths: squares stay below 2^63 for 10^10 ratings. */
double mean_half_width_95(uint64_t n, int64_t sum, int64_t sum_of_squares);

/* The difference of two means, second less first, whose spreads may differ, with Student's t of Welch and Satterthwaite's
 * degrees of freedom: s1^2/n1 + s2^2/n2 squared over (s1^2/n1)^2/(n1-1) + (s2^2/n2)^2/(n2-1). Welch 1947; Satterthwaite
 * 1946. Each n >= 3; in the integers' unit. Without any spread the interval is the difference itself. */
struct interval welch_95(const struct sums *first, const struct sums *second, double *ret_difference);

#endif
