/*
 * policy_statutory.c - no clock of a grade may outlast the law's clock that waits for the same.
 *
 * The rule, in working days of the national calendar, pauses left out (a pause is a person's decision, and the law's clock warns
 * through it):
 *
 *   working hours     the hours, by the calendar's shortest working day, each begun day counted
 *   hours by the wall each begun 24 h counts as a working day
 *   days of the law by the wall    of a span of days nine in a row may be a holiday (Spring Festival with its weekends),
 *                                  of the rest five of seven are worked: 15 days hold at least 4
 */
#include "io/policy_check.h"
#include "schemas/codec.h"

#include <stdio.h>

#define MINUTE_MS 60000ll
#define DAY_MS (24 * 60 * MINUTE_MS)
#define HOLIDAY_DAYS 9

/* Until when people work on it, and until when the law lets them. */
static const struct pair {
    enum clock_kind internal, statutory;
    const char *path; /* of the internal one, behind its grade */
} pairs[] = {
    {clock_kind_is_plan, clock_kind_is_refund_answer, "plan"},
    {clock_kind_is_resolve, clock_kind_is_refund_finish, "resolve"},
    {clock_kind_is_response, clock_kind_is_regulator_accept, "response"},
    {clock_kind_is_resolve, clock_kind_is_regulator_mediation, "resolve"},
    {clock_kind_is_resolve, clock_kind_is_deliberate, "resolve"},
};

/* Working time of the shortest working day of the week. */
static int64_t shortest_day_ms(const struct policy *policy)
{
    const struct calendar *national = &policy->calendars.calendar[policy->calendars.national];
    int64_t shortest_ms = DAY_MS;
    for (uint32_t day = 0; day < WEEKDAYS; day++) {
        int64_t worked_ms = 0;
        for (uint32_t i = 0; i < national->weekday[day].count; i++)
            worked_ms += (national->weekday[day].shift[i].to - national->weekday[day].shift[i].from) * MINUTE_MS;
        if (worked_ms > 0 && worked_ms < shortest_ms)
            shortest_ms = worked_ms;
    }
    return shortest_ms;
}

static int64_t days_most(struct duration internal, int64_t shortest_ms)
{
    int64_t day_ms = internal.unit == TIME_WORKING ? shortest_ms : DAY_MS;
    return (internal.ms + day_ms - 1) / day_ms;
}

static int64_t days_least(struct duration statutory)
{
    int64_t days = statutory.ms / DAY_MS;
    if (statutory.unit != TIME_WALL)
        return days;
    return days > HOLIDAY_DAYS ? (days - HOLIDAY_DAYS) * 5 / 7 : 0;
}

static int check_pair(const struct policy *policy, const struct policy_flaw *place, const struct pair *pair,
                      int64_t shortest_ms)
{
    int64_t least = days_least(policy->statutory.clock[pair->statutory]);
    for (int32_t grade = 0; grade < grade_count; grade++) {
        int64_t most = days_most(policy->grade[grade].clock[pair->internal], shortest_ms);
        if (most <= least)
            continue;
        char path[48];
        snprintf(path, sizeof path, "clocks.%s.%s", choice_name(choice_of_grade(), grade), pair->path);
        return policy_flaw(
            place, path,
            "can take %lld working days, but statutory.%s may be over after %lld; no clock of ours outlasts "
            "the law's",
            (long long)most, choice_name(choice_of_clock_kind(), (int32_t)pair->statutory), (long long)least);
    }
    return 0;
}

int policy_check_statutory(const struct policy *policy, const struct policy_flaw *place)
{
    const struct statutory_rules *rules = &policy->statutory;
    int64_t shortest_ms = shortest_day_ms(policy);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        int rc = check_pair(policy, place, &pairs[i], shortest_ms);
        if (rc != 0)
            return rc;
    }
    if (rules->loaner_warn_day >= rules->loaner_day)
        return policy_flaw(place, "statutory.loaner_warn_day", "is %lld, not before the %lld of loaner_day",
                           (long long)rules->loaner_warn_day, (long long)rules->loaner_day);
    if (rules->repair_days_warn >= rules->repair_days_most)
        return policy_flaw(place, "statutory.repair_days_warn", "is %lld, not before the %lld of repair_days_most",
                           (long long)rules->repair_days_warn, (long long)rules->repair_days_most);
    return 0;
}
