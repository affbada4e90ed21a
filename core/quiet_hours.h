/*
 * quiet_hours.h - who is not told at night: notices of low levels wait until the morning, except for urgent.
 */
#ifndef MANYI_CORE_QUIET_HOURS_H
#define MANYI_CORE_QUIET_HOURS_H

#include "core/policy.h"

/* When a notice that falls due at at_ms may reach somebody of this level: at_ms itself, or the end of the store's quiet
 * hours. They end by the store's own clock: 20:00 is quiet, 08:00 is not. */
int64_t quiet_until(const struct policy *policy, struct span store, enum grade grade, int64_t level, int64_t at_ms);

#endif
