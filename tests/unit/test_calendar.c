/* How time passes at a store. Working time is wall time for now: when the business calendar comes, these change. */
#include "core/calendar.h"
#include "tests/support/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define MINUTE 60000ll
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static struct policy policy;

static int shanghai(void **state)
{
    (void)state;
    policy_default(&policy);
    return 0;
}

static void a_duration_ends_on_a_whole_second(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        int64_t ms;
        enum time_unit unit;
        const char *until;
    } rows[] = {
        {"2026-11-23 09:00", 8 * HOUR, TIME_WORKING, "2026-11-23 17:00"},
        {"2026-11-23 20:00", 8 * HOUR, TIME_WORKING, "2026-11-24 04:00"},
        {"2026-11-23 20:00", 8 * HOUR, TIME_WALL, "2026-11-24 04:00"},
        {"2026-11-23 09:00", 10 * DAY, TIME_WORKING_DAYS, "2026-12-03 09:00"},
        {"2026-02-27 09:00", 2 * DAY, TIME_WORKING_DAYS, "2026-03-01 09:00"},
        {"2026-11-23 09:00:00.001", 0, TIME_WALL, "2026-11-23 09:00:01"},
        {"2026-11-23 09:00:00.999", 1, TIME_WALL, "2026-11-23 09:00:01"},
        {"2026-11-23 09:00:00.999", 2, TIME_WALL, "2026-11-23 09:00:02"},
        {"2026-11-23 09:00", 0, TIME_WALL, "2026-11-23 09:00"},
        {"1969-12-31 09:00:00.500", 1, TIME_WALL, "1969-12-31 09:00:01"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct duration amount = {rows[i].ms, rows[i].unit};
        assert_int_equal(calendar_add(&policy, span_of("sh-pudong"), when(rows[i].from), amount), when(rows[i].until));
    }
}

static void between_two_instants_passes_what_lies_between(void **state)
{
    (void)state;
    int64_t from = when("2026-11-23 09:00");
    assert_int_equal(calendar_between(&policy, span_of("s"), from, from + 90 * MINUTE, TIME_WORKING), 90 * MINUTE);
    assert_int_equal(calendar_between(&policy, span_of("s"), from, from, TIME_WALL), 0);
    assert_int_equal(calendar_between(&policy, span_of("s"), from, from - HOUR, TIME_WALL), 0);
}

static void the_morning_comes_next(void **state)
{
    (void)state;
    static const struct {
        const char *after;
        uint32_t minute;
        const char *next;
    } rows[] = {
        {"2026-11-23 08:59:59.999", 540, "2026-11-23 09:00"},
        {"2026-11-23 09:00", 540, "2026-11-24 09:00"}, /* after, not at */
        {"2026-11-23 17:00", 540, "2026-11-24 09:00"},
        {"2026-11-23 00:00", 540, "2026-11-23 09:00"}, /* in UTC still the day before */
        {"2026-12-31 23:59", 0, "2027-01-01 00:00"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(calendar_next_minute(&policy, span_of("s"), when(rows[i].after), rows[i].minute),
                         when(rows[i].next));
}

/* date -d 2026-11-23 +%s / 86400 at UTC gives 20780. */
static void the_local_day_turns_at_local_midnight(void **state)
{
    (void)state;
    assert_int_equal(calendar_day(&policy, when("2026-11-23 00:00")), 20780);
    assert_int_equal(calendar_day(&policy, when("2026-11-22 23:59:59.999")), 20779);
    policy.utc_offset_minutes = -5 * 60;
    assert_int_equal(calendar_day(&policy, 20780 * DAY + 5 * HOUR - 1), 20779);
    assert_int_equal(calendar_day(&policy, 20780 * DAY + 5 * HOUR), 20780);
    assert_int_equal(calendar_day(&policy, -DAY), -2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_duration_ends_on_a_whole_second, shanghai),
        cmocka_unit_test_setup(between_two_instants_passes_what_lies_between, shanghai),
        cmocka_unit_test_setup(the_morning_comes_next, shanghai),
        cmocka_unit_test_setup(the_local_day_turns_at_local_midnight, shanghai),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
