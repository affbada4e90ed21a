/*
 * calendar.c - how time passes for a store.
 *
 * Every store is always open until stores have hours of their own: then the unit and the store, which each caller
 * names already, begin to matter here and nowhere else.
 */
#include "core/calendar.h"

#include "core/ensure.h"

#define SECOND_MS 1000ll
#define MINUTE_MS (60 * SECOND_MS)
#define DAY_MS (24 * 60 * MINUTE_MS)

/* Towards minus infinity, so that times before 1970 fall on the right day. */
static int64_t divide_down(int64_t dividend, int64_t divisor)
{
    return dividend / divisor - (dividend % divisor < 0);
}

int64_t calendar_add(const struct policy *policy, struct span store, int64_t from_ms, struct duration amount)
{
    (void)policy;
    (void)store;
    ensure(amount.ms >= 0);
    return -divide_down(-(from_ms + amount.ms), SECOND_MS) * SECOND_MS;
}

int64_t calendar_between(const struct policy *policy, struct span store, int64_t from_ms, int64_t to_ms,
                         enum time_unit unit)
{
    (void)policy;
    (void)store;
    (void)unit;
    return to_ms > from_ms ? to_ms - from_ms : 0;
}

int64_t calendar_next_minute(const struct policy *policy, struct span store, int64_t after_ms, uint32_t minute)
{
    (void)store;
    int64_t midnight = calendar_day(policy, after_ms) * DAY_MS - policy->utc_offset_minutes * MINUTE_MS;
    int64_t today = midnight + minute * MINUTE_MS;
    return today > after_ms ? today : today + DAY_MS;
}

int64_t calendar_day(const struct policy *policy, int64_t at_ms)
{
    return divide_down(at_ms + policy->utc_offset_minutes * MINUTE_MS, DAY_MS);
}
