/*
 * How time passes at a store, by the calendars as delivered: worked out by hand on the State Council's calendar of 2026.
 *
 *   February 2026   Mo Tu We Th Fr Sa Su
 *                    9 10 11 12 13 14 15     Saturday the 14th is worked; free from Sunday the 15th
 *                   16 17 18 19 20 21 22     free
 *                   23 24 25 26 27 28  1     Monday the 23rd is free, Saturday the 28th is worked
 */
#include "core/calendar.h"
#include "core/rfc3339.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define MINUTE 60000ll
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static struct policy policy;
static const struct span store = {(const uint8_t *)"sh-pudong", 9};

static int by_the_shipped_rulebook(void **state)
{
    (void)state;
    policy_default(&policy);
    return 0;
}

/* Shanghai time. */
static int64_t when(const char *local)
{
    char text[48];
    int64_t ms;
    snprintf(text, sizeof text, "%s+08:00", local);
    assert_int_equal(rfc3339_parse(span_of(text), &ms), 0);
    return ms;
}

struct row {
    const char *from;
    int64_t amount;
    const char *until;
};

static void rows_add_up(const struct row *rows, size_t count, enum time_unit unit)
{
    for (size_t i = 0; i < count; i++) {
        int64_t from = when(rows[i].from), until = when(rows[i].until);
        int64_t found = calendar_add(&policy, store, from, (struct duration){rows[i].amount, unit});
        if (found != until)
            fail_msg("from %s: %lld min off", rows[i].from, (long long)((found - until) / MINUTE));
        if (rows[i].amount % 1000 == 0 && from % 1000 == 0)
            assert_int_equal(calendar_between(&policy, store, from, until, unit), rows[i].amount);
    }
}

#define ROWS_ADD_UP(rows, unit) rows_add_up(rows, sizeof(rows) / sizeof(rows)[0], unit)

static void working_hours_leave_out_lunch_nights_weekends_and_holidays(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"2026-11-23 09:00:00", 4 * HOUR, "2026-11-23 14:00:00"},  /* lunch does not count */
        {"2026-11-23 08:30:00", 8 * HOUR, "2026-11-23 17:30:00"},  /* a whole day ends with the day */
        {"2026-11-23 08:30:00", 24 * HOUR, "2026-11-25 17:30:00"}, /* 24 hours are three of them */
        {"2026-11-23 08:30:00", 210 * MINUTE, "2026-11-23 12:00:00"},
        {"2026-11-23 12:20:00", 1 * HOUR, "2026-11-23 14:00:00"}, /* begins in the break: at 13:00 */
        {"2026-11-23 12:00:00", 1, "2026-11-23 13:00:01"},        /* rounded up to the second */
        {"2026-11-23 22:00:00", 2 * HOUR, "2026-11-24 10:30:00"}, /* begins at night */
        {"2026-11-23 03:00:00", 2 * HOUR, "2026-11-23 10:30:00"},
        {"2026-11-27 17:00:00", 1 * HOUR, "2026-11-30 09:00:00"}, /* over a weekend */
        {"2026-11-28 10:00:00", 1 * HOUR, "2026-11-30 09:30:00"}, /* begins on one */
        {"2026-02-13 17:30:00", 4 * HOUR, "2026-02-14 13:30:00"}, /* Saturday is a make-up day */
        {"2026-02-14 17:00:00", 1 * HOUR, "2026-02-24 09:00:00"}, /* over the Spring Festival */
        {"2026-02-18 12:00:00", 8 * HOUR, "2026-02-24 17:30:00"}, /* begins in it */
        {"2026-02-27 16:30:00", 2 * HOUR, "2026-02-28 09:30:00"}, /* the other make-up day */
        {"2025-12-31 17:00:00", 1 * HOUR, "2026-01-04 09:00:00"}, /* New Year; Sunday the 4th is worked */
        {"2026-02-16 12:00:00", 0, "2026-02-16 12:00:00"},        /* nothing takes no time */
        {"2027-02-05 17:00:00", 1 * HOUR,
         "2027-02-08 09:00:00"}, /* no table: a plain week, whatever the festival will be */
    };
    ROWS_ADD_UP(rows, TIME_WORKING);
}

static void working_days_come_to_the_same_hour(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"2026-11-27 16:00:00", 2 * DAY, "2026-12-01 16:00:00"},  /* Friday to Tuesday */
        {"2026-11-28 12:00:00", 2 * DAY, "2026-12-02 08:30:00"},  /* Saturday: as from Monday 08:30 */
        {"2026-11-27 20:00:00", 1 * DAY, "2026-12-01 08:30:00"},  /* Friday night, too */
        {"2026-11-27 12:30:00", 1 * DAY, "2026-11-30 13:00:00"},  /* in the break: as from 13:00 */
        {"2026-11-27 17:30:00", 1 * DAY, "2026-12-01 08:30:00"},  /* the end of a day is the beginning of the next */
        {"2026-02-13 10:00:00", 1 * DAY, "2026-02-14 10:00:00"},  /* the make-up day counts */
        {"2026-02-13 10:00:00", 2 * DAY, "2026-02-24 10:00:00"},  /* the festival does not */
        {"2026-02-13 10:00:00", 10 * DAY, "2026-03-05 10:00:00"}, /* 14, 24-28 February, 2-5 March */
        {"2026-11-23 08:30:00", DAY / 2, "2026-11-23 13:30:00"},  /* half a day is four hours of work */
    };
    ROWS_ADD_UP(rows, TIME_WORKING_DAYS);
}

static void wall_clock_time_knows_no_hours(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"2026-02-14 17:00:00", 24 * HOUR, "2026-02-15 17:00:00"},
        {"2026-11-23 23:59:59.001", 1, "2026-11-24 00:00:00"},
        {"2026-11-23 23:59:59", 0, "2026-11-23 23:59:59"},
    };
    ROWS_ADD_UP(rows, TIME_WALL);
}

/* What passes while nobody works is nothing, and backwards nothing passes. */
static void between_two_instants_only_work_counts(void **state)
{
    (void)state;
    assert_int_equal(
        calendar_between(&policy, store, when("2026-11-27 17:30:00"), when("2026-11-30 08:30:00"), TIME_WORKING), 0);
    assert_int_equal(
        calendar_between(&policy, store, when("2026-11-27 16:00:00"), when("2026-11-30 09:15:30"), TIME_WORKING),
        2 * HOUR + 15 * MINUTE + 30000);
    assert_int_equal(
        calendar_between(&policy, store, when("2026-11-28 00:00:00"), when("2026-11-29 00:00:00"), TIME_WORKING_DAYS),
        0);
    for (int unit = TIME_WALL; unit <= TIME_WORKING_DAYS; unit++) {
        assert_int_equal(calendar_between(&policy, store, when("2026-11-24 10:00:00"), when("2026-11-23 10:00:00"),
                                          (enum time_unit)unit),
                         0);
        assert_int_equal(calendar_between(&policy, store, when("2026-11-24 10:00:00"), when("2026-11-24 10:00:00"),
                                          (enum time_unit)unit),
                         0);
    }
}

static void a_minute_of_the_next_working_day_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *after;
        uint32_t minute;
        const char *working, *any;
    } rows[] = {
        {"2026-11-23 08:59:59", 540, "2026-11-23 09:00:00", "2026-11-23 09:00:00"},
        {"2026-11-23 09:00:00", 540, "2026-11-24 09:00:00", "2026-11-24 09:00:00"},
        {"2026-11-27 09:00:00", 540, "2026-11-30 09:00:00", "2026-11-28 09:00:00"},
        {"2026-02-14 20:00:00", 540, "2026-02-24 09:00:00", "2026-02-15 09:00:00"},
        {"2026-02-27 20:00:00", 0, "2026-02-28 00:00:00", "2026-02-28 00:00:00"},
        {"2026-11-27 23:59:00", 1439, "2026-11-30 23:59:00", "2026-11-28 23:59:00"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(calendar_next_minute(&policy, store, when(rows[i].after), rows[i].minute),
                         when(rows[i].working));
        assert_int_equal(calendar_next_local_minute(&policy, store, when(rows[i].after), rows[i].minute),
                         when(rows[i].any));
    }
}

static void the_local_day_turns_at_local_midnight(void **state)
{
    (void)state;
    assert_int_equal(calendar_day(&policy, when("2026-11-23 00:00:00")), 20780);
    assert_int_equal(calendar_day(&policy, when("2026-11-22 23:59:59.999")), 20779);
    assert_int_equal(calendar_local_minute(&policy, store, when("2026-11-22 23:59:59.999")), 1439);
    assert_int_equal(calendar_at(&policy, store, 20780, 540), when("2026-11-23 09:00:00"));
    assert_int_equal(calendar_month_begin_ms(&policy, 2026, 12), when("2026-12-01 00:00:00"));
    policy.utc_offset_minutes = -5 * 60;
    assert_int_equal(calendar_day(&policy, 20780 * DAY + 5 * HOUR - 1), 20779);
    assert_int_equal(calendar_day(&policy, 20780 * DAY + 5 * HOUR), 20780);
    assert_int_equal(calendar_day(&policy, -DAY), -2);
}

static void a_year_without_a_table_is_told(void **state)
{
    (void)state;
    assert_true(calendar_covers(&policy, store, when("2025-01-01 00:00:00"), when("2026-12-31 23:59:59")));
    assert_false(calendar_covers(&policy, store, when("2026-12-31 00:00:00"), when("2027-01-01 00:00:00")));
    assert_false(calendar_covers_national(&policy, when("2024-12-31 23:59:59"), when("2025-01-02 00:00:00")));
}

static void a_store_that_never_closes_lets_working_time_pass_like_wall_time(void **state)
{
    (void)state;
    calendar_round_the_clock(&policy);
    int64_t from = when("2026-02-14 17:00:00.250");
    for (int unit = TIME_WALL; unit <= TIME_WORKING_DAYS; unit++) {
        const struct duration amount = {10 * DAY + 7 * HOUR, (enum time_unit)unit};
        assert_int_equal(calendar_add(&policy, store, from, amount), when("2026-02-25 00:00:01"));
        assert_int_equal(calendar_between(&policy, store, from, from + 77777, (enum time_unit)unit), 77777);
    }
    assert_true(calendar_covers(&policy, store, when("1971-01-01 00:00:00"), when("2199-01-01 00:00:00")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(working_hours_leave_out_lunch_nights_weekends_and_holidays, by_the_shipped_rulebook),
        cmocka_unit_test_setup(working_days_come_to_the_same_hour, by_the_shipped_rulebook),
        cmocka_unit_test_setup(wall_clock_time_knows_no_hours, by_the_shipped_rulebook),
        cmocka_unit_test_setup(between_two_instants_only_work_counts, by_the_shipped_rulebook),
        cmocka_unit_test_setup(a_minute_of_the_next_working_day_is_found, by_the_shipped_rulebook),
        cmocka_unit_test_setup(the_local_day_turns_at_local_midnight, by_the_shipped_rulebook),
        cmocka_unit_test_setup(a_year_without_a_table_is_told, by_the_shipped_rulebook),
        cmocka_unit_test_setup(a_store_that_never_closes_lets_working_time_pass_like_wall_time,
                               by_the_shipped_rulebook),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
