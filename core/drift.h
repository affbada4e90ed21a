/*
 * drift.h - is a dimension slipping below its target? A one-sided lower CUSUM over the days. Pure.
 *
 *   z = (target - mean of the day) . sqrt(n) / sd         by how many standard errors the day fell short
 *   S = max(0, S before + z - slack)                      an alarm when S > alarm; then it begins at 0 again
 *
 * Page 1954, Continuous inspection schemes; Montgomery, Introduction to Statistical Quality Control, 9.1: tabular CUSUM,
 * standardised, with a day's ratings as the subgroup, so that a busy day weighs more than a quiet one. slack is k, half of
 * the shift that shall be seen soon; alarm is h. One unfavourable rating on a quiet day alarms nobody; a week a little
 * below the target does. S is kept in whole thousandths of a standard error, so that every refold agrees.
 */
#ifndef MANYI_CORE_DRIFT_H
#define MANYI_CORE_DRIFT_H

#include "core/policy.h"
#include "core/statistics.h"

/* S after another day, in thousandths; `day` are sums of thousandths of 0-10, n >= 1. */
int64_t drift_after(const struct improvement_policy *policy, int64_t before, const struct sums *day);

static inline bool drift_alarms(const struct improvement_policy *policy, int64_t cusum)
{
    return cusum > policy->drift_alarm;
}

#endif
