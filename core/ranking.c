/* ranking.c - every comparison looks at all others: those that are compared are hundreds at most. */
#include "core/ranking.h"

#include "core/ensure.h"

#include <math.h>

double ranking_shrink(double n, double mean, double group_mean, double m)
{
    return n + m > 0 ? (n * mean + m * group_mean) / (n + m) : group_mean;
}

/* ---- T scores ---- */

static void t_scores(struct ranked *entries, uint32_t count)
{
    double sum = 0, squares = 0;
    bool differ = false;
    for (uint32_t i = 0; i < count; i++) {
        sum += entries[i].value;
        differ = differ || entries[i].value != entries[0].value;
    }
    double mean = sum / count;
    for (uint32_t i = 0; i < count; i++)
        squares += (entries[i].value - mean) * (entries[i].value - mean);
    double sd = sqrt(squares / count);
    for (uint32_t i = 0; i < count; i++)
        entries[i].t = differ && sd > 0 ? 50 + 10 * (entries[i].value - mean) / sd : 50; /* equal ones: no rounding */
}

/* ---- ranks ---- */

static const struct ranked *leader_of(const struct ranked *entries, uint32_t count)
{
    const struct ranked *leader = &entries[0];
    for (uint32_t i = 1; i < count; i++) {
        if (entries[i].value > leader->value)
            leader = &entries[i];
    }
    return leader;
}

static bool overlaps(const struct ranked *one, const struct ranked *leader)
{
    return one->value == leader->value || (one->high >= leader->low && one->low <= leader->high);
}

static void ranks(struct ranked *entries, uint32_t count)
{
    const struct ranked leader = *leader_of(entries, count);
    uint32_t leading = 0;
    for (uint32_t i = 0; i < count; i++)
        leading += overlaps(&entries[i], &leader);
    for (uint32_t i = 0; i < count; i++) {
        struct ranked *one = &entries[i];
        one->rank = 1;
        one->tied = leading;
        if (overlaps(one, &leader))
            continue;
        one->rank = 1 + leading;
        one->tied = 0;
        for (uint32_t k = 0; k < count; k++) {
            bool leads = overlaps(&entries[k], &leader);
            one->rank += !leads && entries[k].value > one->value;
            one->tied += !leads && entries[k].value == one->value;
        }
    }
}

void ranking_compare(struct ranked *entries, uint32_t count)
{
    if (count == 0)
        return;
    t_scores(entries, count);
    ranks(entries, count);
}

bool ranking_combine(const double *t, const bool *present, const int64_t *weight, uint32_t count, double *ret_t)
{
    double weighted = 0, weights = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!present[i])
            continue;
        weighted += (double)weight[i] * t[i];
        weights += (double)weight[i];
    }
    if (weights == 0)
        return false;
    *ret_t = weighted / weights;
    return true;
}

int64_t ranking_prize_fen(const int64_t prize_fen[PRIZE_RANKS], uint32_t rank, uint32_t tied)
{
    ensure(rank >= 1);
    ensure(tied >= 1);
    int64_t pot = 0;
    for (uint64_t taken = rank; taken < (uint64_t)rank + tied && taken <= PRIZE_RANKS; taken++)
        pot += prize_fen[taken - 1];
    return pot / tied;
}
