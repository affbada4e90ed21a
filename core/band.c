/* band.c - the whole interval against the bounds, from the outside inwards. */
#include "core/band.h"

#include <stdio.h>

#define INDEX_OF_PERCENT 10.0 /* bounds are of index/10 */

enum band band_of(const struct policy *policy, const struct interval_figure *csi, int64_t ratings)
{
    const struct ranking_rules *rules = &policy->ranking;
    bool known = HAS(csi, interval_figure, low) && HAS(csi, interval_figure, high);
    if (!known || ratings < policy->evidence_rank_n)
        return band_is_insufficient;
    double low = csi->low / INDEX_OF_PERCENT;
    double high = csi->high / INDEX_OF_PERCENT;
    if (low >= (double)rules->band_reward)
        return band_is_reward;
    if (high < (double)rules->band_penalty)
        return band_is_severe;
    if (high < (double)rules->band_warning)
        return band_is_penalty;
    if (high < (double)rules->band_neutral)
        return band_is_warning;
    return low >= (double)rules->band_neutral && high < (double)rules->band_reward ? band_is_neutral
                                                                                   : band_is_insufficient;
}

bool band_period(const struct policy *policy, struct span department, int32_t year, uint32_t month,
                 char ret_period[BAND_PERIOD_MAX])
{
    bool by_quarter = span_is(department, policy->ranking.quarterly);
    if (by_quarter && month % 3 != 0)
        return false;
    uint32_t part = by_quarter ? month / 3 : month;
    snprintf(ret_period, BAND_PERIOD_MAX, by_quarter ? "%04u-Q%u" : "%04u-%02u", (unsigned)year % 10000u, part % 100u);
    return true;
}

bool band_judges(const struct policy *policy, struct span department, struct span period)
{
    bool quarterly = span_is(department, policy->ranking.quarterly);
    if (period.len != 7)
        return false;
    return quarterly ? period.at[5] == 'Q' : period.at[5] != 'Q' && period.at[5] != 'H';
}
