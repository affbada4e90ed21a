/*
 * calendar.h - the one place that knows how time passes for a store.
 *
 * For now working time passes like wall time and a working day has 24 hours of it (the figures in the policy keep their units, so
 * that the business calendar changes only calendar.c). Pure; local time is UTC plus the policy's offset.
 */
#ifndef MANYI_CORE_CALENDAR_H
#define MANYI_CORE_CALENDAR_H

#include "core/policy.h"

/* The instant at which `amount` has passed since from_ms, rounded up to the second. */
int64_t calendar_add(const struct policy *policy, struct span store, int64_t from_ms, struct duration amount);

/* How much of `unit` passes between two instants; 0 when to_ms <= from_ms. */
int64_t calendar_between(const struct policy *policy, struct span store, int64_t from_ms, int64_t to_ms,
                         enum time_unit unit);

/* The first instant after after_ms at which the local day has come to `minute` on a working day. */
int64_t calendar_next_minute(const struct policy *policy, struct span store, int64_t after_ms, uint32_t minute);

/* Local day of an instant, in days since 1970-01-01. */
int64_t calendar_day(const struct policy *policy, int64_t at_ms);

#endif
