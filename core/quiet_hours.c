/* quiet_hours.c - by the clock on the store's wall. */
#include "core/quiet_hours.h"

#include "core/calendar.h"

/* The hours may lie around midnight, as 20:00 to 08:00 do. */
static bool is_quiet(const struct quiet_hours *quiet, int64_t minute)
{
    int64_t from = quiet->from_minute, until = quiet->until_minute;
    return from < until ? minute >= from && minute < until : from > until && (minute >= from || minute < until);
}

int64_t quiet_until(const struct policy *policy, struct span store, enum grade grade, int64_t level, int64_t at_ms)
{
    const struct quiet_hours *quiet = &policy->quiet;
    if (grade == grade_is_urgent || level > quiet->level_most ||
        !is_quiet(quiet, calendar_local_minute(policy, store, at_ms)))
        return at_ms;
    return calendar_next_local_minute(policy, store, at_ms, quiet->until_minute);
}
