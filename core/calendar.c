/* calendar.c - which calendar and which zone; how time passes by them: working_time.h and zone_time.h. */
#include "core/calendar.h"

#include "core/ensure.h"
#include "core/rfc3339.h"
#include "core/working_time.h"

#include <string.h>

/* ---- whose time ---- */

static struct zone_time own_zone(const struct policy *policy)
{
    return (struct zone_time){policy->utc_offset_minutes, &policy->calendars.own_changes};
}

static struct working_time time_by(const struct policy *policy, uint32_t index)
{
    const struct policy_calendars *calendars = &policy->calendars;
    ensure(index < calendars->calendar_count);
    const struct calendar *calendar = &calendars->calendar[index];
    if (calendar->zone == 0)
        return (struct working_time){calendar, own_zone(policy)};
    ensure(calendar->zone <= calendars->zone_count);
    const struct calendar_zone *zone = &calendars->zone[calendar->zone - 1];
    return (struct working_time){calendar, {zone->offset_minutes, &zone->changes}};
}

static struct working_time time_national(const struct policy *policy)
{
    return time_by(policy, policy->calendars.national);
}

static struct working_time time_of(const struct policy *policy, struct span store)
{
    const struct policy_calendars *calendars = &policy->calendars;
    uint32_t low = 0, high = calendars->store_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        int order = span_compare(store, span_of(calendars->store[middle].store));
        if (order == 0)
            return time_by(policy, calendars->store[middle].calendar);
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return time_by(policy, calendars->usual);
}

void calendar_round_the_clock(struct policy *policy)
{
    struct policy_calendars *calendars = &policy->calendars;
    memset(calendars, 0, sizeof *calendars);
    struct calendar *always = &calendars->calendar[0];
    memcpy(always->name, CALENDAR_NATIONAL, sizeof CALENDAR_NATIONAL);
    always->first_year = CALENDAR_YEAR_LEAST;
    always->last_year = CALENDAR_YEAR_MOST;
    for (uint32_t day = 0; day < WEEKDAYS; day++)
        always->weekday[day] = (struct day_hours){.shift = {{0, 24 * 60}}, .count = 1};
    calendars->calendar_count = 1;
}

/* ---- how time passes ---- */

static int64_t whole_second(int64_t ms)
{
    return -divide_down(-ms, SECOND_MS) * SECOND_MS;
}

static int64_t pass(struct working_time time, int64_t from_ms, struct duration amount)
{
    ensure(amount.ms >= 0);
    if (amount.ms == 0 || amount.unit == TIME_WALL)
        return whole_second(from_ms + amount.ms);
    return whole_second(amount.unit == TIME_WORKING ? working_add(time, from_ms, amount.ms)
                                                    : working_days_add(time, from_ms, amount.ms));
}

static int64_t passed(struct working_time time, int64_t from_ms, int64_t to_ms, enum time_unit unit)
{
    if (to_ms <= from_ms)
        return 0;
    switch (unit) {
    case TIME_WALL:
        return to_ms - from_ms;
    case TIME_WORKING:
        return working_between(time, from_ms, to_ms);
    case TIME_WORKING_DAYS:
        return working_days_between(time, from_ms, to_ms);
    }
    unreachable();
}

int64_t calendar_add(const struct policy *policy, struct span store, int64_t from_ms, struct duration amount)
{
    return pass(time_of(policy, store), from_ms, amount);
}

int64_t calendar_add_national(const struct policy *policy, int64_t from_ms, struct duration amount)
{
    return pass(time_national(policy), from_ms, amount);
}

int64_t calendar_between(const struct policy *policy, struct span store, int64_t from_ms, int64_t to_ms,
                         enum time_unit unit)
{
    return passed(time_of(policy, store), from_ms, to_ms, unit);
}

int64_t calendar_between_national(const struct policy *policy, int64_t from_ms, int64_t to_ms, enum time_unit unit)
{
    return passed(time_national(policy), from_ms, to_ms, unit);
}

static bool covers(struct working_time time, int64_t from_ms, int64_t to_ms)
{
    int64_t first_day = civil_to_days((struct civil_date){time.calendar->first_year, 1, 1});
    int64_t next_day = civil_to_days((struct civil_date){time.calendar->last_year + 1, 1, 1});
    return zone_day(time.zone, from_ms) >= first_day && zone_day(time.zone, to_ms) < next_day;
}

bool calendar_covers(const struct policy *policy, struct span store, int64_t from_ms, int64_t to_ms)
{
    return covers(time_of(policy, store), from_ms, to_ms);
}

bool calendar_covers_national(const struct policy *policy, int64_t from_ms, int64_t to_ms)
{
    return covers(time_national(policy), from_ms, to_ms);
}

/* ---- the store's day ---- */

int64_t calendar_next_minute(const struct policy *policy, struct span store, int64_t after_ms, uint32_t minute)
{
    struct working_time time = time_of(policy, store);
    for (int64_t day = zone_day(time.zone, after_ms);; day++) {
        int64_t at_ms = zone_instant(time.zone, day * DAY_MS + minute * MINUTE_MS);
        if (at_ms > after_ms && working_hours(time.calendar, day)->count > 0)
            return at_ms;
    }
}

int64_t calendar_next_local_minute(const struct policy *policy, struct span store, int64_t after_ms, uint32_t minute)
{
    struct zone_time zone = time_of(policy, store).zone;
    for (int64_t day = zone_day(zone, after_ms);; day++) {
        int64_t at_ms = zone_instant(zone, day * DAY_MS + minute * MINUTE_MS);
        if (at_ms > after_ms)
            return at_ms;
    }
}

int64_t calendar_local_day(const struct policy *policy, struct span store, int64_t at_ms)
{
    return zone_day(time_of(policy, store).zone, at_ms);
}

int64_t calendar_local_minute(const struct policy *policy, struct span store, int64_t at_ms)
{
    int64_t local_ms = zone_local_ms(time_of(policy, store).zone, at_ms);
    return divide_down(local_ms, MINUTE_MS) - divide_down(local_ms, DAY_MS) * (DAY_MS / MINUTE_MS);
}

int64_t calendar_at(const struct policy *policy, struct span store, int64_t day, uint32_t minute)
{
    return zone_instant(time_of(policy, store).zone, day * DAY_MS + minute * MINUTE_MS);
}

/* ---- the group's day ---- */

int64_t calendar_day(const struct policy *policy, int64_t at_ms)
{
    if (policy->calendars.own_changes.count == 0)
        return divide_down(at_ms + policy->utc_offset_minutes * MINUTE_MS, DAY_MS);
    return zone_day(own_zone(policy), at_ms);
}

int32_t calendar_offset_minutes(const struct policy *policy, int64_t at_ms)
{
    return (int32_t)(zone_stretch(own_zone(policy), at_ms).offset_ms / MINUTE_MS);
}

int64_t calendar_day_begin_ms(const struct policy *policy, int64_t day)
{
    return zone_instant(own_zone(policy), day * DAY_MS);
}

int64_t calendar_month_begin_ms(const struct policy *policy, int32_t year, uint32_t month)
{
    const struct civil_date first = {month > 12 ? year + 1 : year, month > 12 ? month - 12 : month, 1};
    return calendar_day_begin_ms(policy, civil_to_days(first));
}
