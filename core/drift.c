/* drift.c - one day more. */
#include "core/drift.h"

#include "core/ensure.h"

#include <math.h>

#define SHORTFALL_MOST 1000000000.0 /* thousandths: whatever the ratings of a day, far beyond any alarm */

int64_t drift_after(const struct improvement_policy *policy, int64_t before, const struct sums *day)
{
    ensure(day->n >= 1);
    const double n = (double)day->n;
    const double short_by = (double)policy->drift_target * n - (double)day->sum;
    double z = 1000 * short_by / (policy->drift_sd * sqrt(n));
    z = z > SHORTFALL_MOST ? SHORTFALL_MOST : z < -SHORTFALL_MOST ? -SHORTFALL_MOST : z;
    const int64_t rounded = (int64_t)(z < 0 ? z - 0.5 : z + 0.5);
    const int64_t after = before + rounded - policy->drift_slack;
    return after > 0 ? after : 0;
}
