/* Intervals. Everything is exact integer arithmetic up to the last divisions and one square root. */
#include "core/statistics.h"

#include "core/ensure.h"

#include <math.h>
#include <stddef.h>

/* By degrees of freedom, from 1. Shorter than customary tables: from 31 on the expansion is right to 3e-8. */
static const double student_table[] = {
    12.70620473643, 4.302652729911, 3.182446305284, 2.776445105198, 2.570581836615, 2.446911848792,
    2.36462425101,  2.306004135033, 2.262157162741, 2.228138851965, 2.200985160083, 2.178812829663,
    2.160368656461, 2.144786687917, 2.131449545559, 2.119905299221, 2.109815577833, 2.100922040241,
    2.093024054408, 2.085963447266, 2.079613844728, 2.073873067904, 2.068657610419, 2.063898561628,
    2.059538552753, 2.055529438643, 2.05183051648,  2.048407141795, 2.045229642133, 2.042272456301,
};
#define STUDENT_TABLE_MOST (sizeof student_table / sizeof student_table[0])

/* Cornish and Fisher's expansion in 1/freedom: Abramowitz and Stegun 1972, 26.7.5. */
static double student_expansion(double freedom)
{
    const double z = Z_95;
    const double z2 = z * z;
    const double g1 = z * (z2 + 1) / 4;
    const double g2 = z * ((5 * z2 + 16) * z2 + 3) / 96;
    const double g3 = z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384;
    const double g4 = z * ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160;
    return z + (g1 + (g2 + (g3 + g4 / freedom) / freedom) / freedom) / freedom;
}

double student_t_95(uint64_t freedom)
{
    ensure(freedom >= 1);
    return freedom <= STUDENT_TABLE_MOST ? student_table[freedom - 1] : student_expansion((double)freedom);
}

#define NODES 8

double student_t_95_between(double freedom)
{
    ensure(freedom >= 2);
    if (freedom >= STUDENT_TABLE_MOST)
        return student_expansion(freedom);
    const uint64_t whole = (uint64_t)freedom;
    const uint64_t first = whole > NODES / 2 ? whole - (NODES / 2 - 1) : 1;
    double critical = 0;
    for (uint64_t i = first; i < first + NODES; i++) {
        double share = 1; /* (1/freedom - 1/k) / (1/i - 1/k), over all other k */
        for (uint64_t k = first; k < first + NODES; k++) {
            if (k != i)
                share *= (double)i * ((double)k - freedom) / (freedom * ((double)k - (double)i));
        }
        critical += share * student_t_95(i);
    }
    return critical;
}

struct interval wilson_95(uint64_t hits, uint64_t n)
{
    ensure(n >= 1);
    ensure(hits <= n);
    const double z2 = Z_95 * Z_95;
    const double count = (double)n;
    const double share = (double)hits / count;
    const double middle = share + z2 / (2 * count);
    const double half = Z_95 * sqrt((share * (1 - share) + z2 / (4 * count)) / count);
    const double scale = 1 + z2 / count;
    /* Nobody and everybody are exact ends, which rounding must not miss. */
    return (struct interval){
        .low = hits == 0 ? 0 : (middle - half) / scale,
        .high = hits == n ? 1 : (middle + half) / scale,
    };
}

struct interval nps_95(uint64_t promoters, uint64_t detractors, uint64_t n)
{
    ensure(n >= 1);
    ensure(promoters <= n);
    ensure(detractors <= n - promoters);
    const double count = (double)n + 3;
    const double p = ((double)promoters + 0.75) / count;
    const double d = ((double)detractors + 0.75) / count;
    const double half = Z_95 * sqrt((p + d - (p - d) * (p - d)) / count);
    const double low = 100 * (p - d - half);
    const double high = 100 * (p - d + half);
    return (struct interval){.low = low < -100 ? -100 : low, .high = high > 100 ? 100 : high};
}

/* n Q - S^2 = n (n - 1) s^2 is exact, and needs 128 bits from a few hundred thousand ratings on. */
double mean_half_width_95(uint64_t n, int64_t sum, int64_t sum_of_squares)
{
    ensure(n >= 2);
    const __int128 spread = (__int128)n * sum_of_squares - (__int128)sum * sum;
    ensure(spread >= 0);
    return student_t_95(n - 1) * sqrt((double)spread / (double)(n - 1)) / (double)n;
}

/* s^2/n, of which the spread's numerator is exact. */
static double variance_of_mean(const struct sums *sums)
{
    const __int128 spread = (__int128)sums->n * sums->squares - (__int128)sums->sum * sums->sum;
    const double n = (double)sums->n;
    ensure(spread >= 0);
    return (double)spread / (n * n * (n - 1));
}

struct interval welch_95(const struct sums *first, const struct sums *second, double *ret_difference)
{
    ensure(first->n >= 3);
    ensure(second->n >= 3);
    const double difference = (double)second->sum / (double)second->n - (double)first->sum / (double)first->n;
    const double a = variance_of_mean(first);
    const double b = variance_of_mean(second);
    double half = 0;
    if (a + b > 0) {
        const double freedom = (a + b) * (a + b) / (a * a / (double)(first->n - 1) + b * b / (double)(second->n - 1));
        half = student_t_95_between(freedom > 2 ? freedom : 2) * sqrt(a + b);
    }
    *ret_difference = difference;
    return (struct interval){difference - half, difference + half};
}

void weighted_mean_add(struct weighted_mean *mean, double weight, double value, const struct sums *own)
{
    if (weight <= 0)
        return;
    mean->weights += weight;
    mean->sum += weight * value;
    if (own->n < 2) {
        mean->unsure = true;
        return;
    }
    const double part = weight * weight * variance_of_mean(own);
    mean->variance += part;
    mean->variance_squares += part * part / (double)(own->n - 1);
}

bool weighted_mean_half_width_95(const struct weighted_mean *mean, double *ret_half)
{
    if (mean->weights <= 0 || mean->unsure)
        return false;
    double t = 0;
    if (mean->variance > 0) {
        const double freedom = mean->variance * mean->variance / mean->variance_squares;
        t = freedom < 2 ? student_t_95(1) : student_t_95_between(freedom);
    }
    *ret_half = t * sqrt(mean->variance) / mean->weights;
    return true;
}
