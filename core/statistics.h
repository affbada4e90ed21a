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

/*
 * A mean of parts that weigh what they are given: sum N_i S_i / sum N_i, and its variance sum (N_i / sum N)^2 s_i^2/n_i, with
 * the degrees of freedom of Satterthwaite 1946. Cochran, Sampling Techniques, 3rd ed. 1977, (5.1), (5.7), (5.16); without the
 * finite correction, since a score speaks of more than the visits of its month. Zero is empty.
 */
struct weighted_mean {
    double weights; /* sum N_i */
    double sum;     /* sum N_i S_i */
    double variance, variance_squares;
    bool unsure; /* a part has fewer than two ratings: its spread is not known */
};

/* Adds a part of n ratings, whose own sums tell their spread; a weight of 0 adds nothing. */
void weighted_mean_add(struct weighted_mean *mean, double weight, double value, const struct sums *own);

/* The half width of its 95 % interval, in the unit of the parts' own sums; false when it can't be told. */
bool weighted_mean_half_width_95(const struct weighted_mean *mean, double *ret_half);

#endif
