/* effect.c - two means and the interval of their difference. */
#include "core/effect.h"

#define THOUSANDTHS 1000.0

static double mean_of(const struct sums *sums)
{
    return (double)sums->sum / (double)sums->n / THOUSANDTHS;
}

bool effect_measure(const struct sums *before, const struct sums *after, int64_t answers_least,
                    struct effect *ret_effect)
{
    uint64_t least = answers_least > EFFECT_ANSWERS_LEAST ? (uint64_t)answers_least : EFFECT_ANSWERS_LEAST;
    double difference;
    if (before->n < least || after->n < least)
        return false;
    struct interval interval = welch_95(before, after, &difference);
    *ret_effect = (struct effect){
        .before = mean_of(before),
        .after = mean_of(after),
        .difference = difference / THOUSANDTHS,
        .low = interval.low / THOUSANDTHS,
        .high = interval.high / THOUSANDTHS,
        .n_before = (int64_t)before->n,
        .n_after = (int64_t)after->n,
    };
    return true;
}

struct sums effect_sums(const struct score_sums *row, struct span dimension)
{
    if (dimension.len == 0)
        return row->overall;
    for (uint32_t i = 0; i < row->dimension_count; i++) {
        if (span_equal(dimension_name(&row->dimension[i]), dimension))
            return row->dimension[i].sums;
    }
    return (struct sums){0};
}
