/*
 * calendar.c - how time passes for a store.
 *
 * Every store is always open until stores have hours of their own: then the unit and the store, which each caller
 * names already, begin to matter here and nowhere else.
 */
#include "core/calendar.h"

#include "core/ensure.h"
#include "core/rfc3339.h"

#define SECOND_MS 1000ll
#define MINUTE_MS (60 * SECOND_MS)
#define DAY_MS (24 * 60 * MINUTE_MS)

/* Towards minus infinity, so that times before 1970 fall on the right day. */
static int64_t divide_down(int64_t dividend, int64_t divisor)
{
    return dividend / divisor - (dividend % divisor < 0);
}

void calendar_round_the_clock(struct policy *policy)
{
    (void)policy;
}

int64_t calendar_add(const struct policy *policy, struct span store, int64_t from_ms, struct duration amount)
{
    (void)store;
    return calendar_add_national(policy, from_ms, amount);
}

int64_t calendar_add_national(const struct policy *policy, int64_t from_ms, struct duration amount)
{
    (void)policy;
    ensure(amount.ms >= 0);
    return -divide_down(-(from_ms + amount.ms), SECOND_MS) * SECOND_MS;
}

int64_t calendar_between(const struct policy *policy, struct span store, int64_t from_ms, int64_t to_ms,
                         enum time_unit unit)
{
    (void)store;
    return calendar_between_national(policy, from_ms, to_ms, unit);
}

int64_t calendar_between_national(const struct policy *policy, int64_t from_ms, int64_t to_ms, enum time_unit unit)
{
    (void)policy;
    (void)unit;
    return to_ms > from_ms ? to_ms - from_ms : 0;
}

bool calendar_covers(const struct policy *policy, struct span store, int64_t from_ms, int64_t to_ms)
{
    (void)store;
    return calendar_covers_national(policy, from_ms, to_ms);
}

bool calendar_covers_national(const struct policy *policy, int64_t from_ms, int64_t to_ms)
{
    (void)policy;
    return from_ms <= to_ms;
}

int64_t calendar_next_minute(const struct policy *policy, struct span store, int64_t after_ms, uint32_t minute)
{
    return calendar_next_local_minute(policy, store, after_ms, minute);
}

int64_t calendar_next_local_minute(const struct policy *policy, struct span store, int64_t after_ms, uint32_t minute)
{
    int64_t today = calendar_at(policy, store, calendar_day(policy, after_ms), minute);
    return today > after_ms ? today : today + DAY_MS;
}

bool calendar_is_workday(const struct policy *policy, struct span store, int64_t day)
{
    (void)policy;
    (void)store;
    (void)day;
    return true;
}

int64_t calendar_local_day(const struct policy *policy, struct span store, int64_t at_ms)
{
    (void)store;
    return calendar_day(policy, at_ms);
}

int64_t calendar_local_minute(const struct policy *policy, struct span store, int64_t at_ms)
{
    return divide_down(at_ms - calendar_at(policy, store, calendar_day(policy, at_ms), 0), MINUTE_MS);
}

int64_t calendar_at(const struct policy *policy, struct span store, int64_t day, uint32_t minute)
{
    (void)store;
    return calendar_day_begin_ms(policy, day) + minute * MINUTE_MS;
}

int64_t calendar_day(const struct policy *policy, int64_t at_ms)
{
    return divide_down(at_ms + policy->utc_offset_minutes * MINUTE_MS, DAY_MS);
}

int32_t calendar_offset_minutes(const struct policy *policy, int64_t at_ms)
{
    (void)at_ms;
    return policy->utc_offset_minutes;
}

int64_t calendar_day_begin_ms(const struct policy *policy, int64_t day)
{
    return day * DAY_MS - policy->utc_offset_minutes * MINUTE_MS;
}

int64_t calendar_month_begin_ms(const struct policy *policy, int32_t year, uint32_t month)
{
    const struct civil_date first = {month > 12 ? year + 1 : year, month > 12 ? month - 12 : month, 1};
    return calendar_day_begin_ms(policy, civil_to_days(first));
}
