/*
 * test_timekeeper.c - guarded time: follows the wall clock gently, and a mad one not at all.
 */
#include "brokers/timekeeper.h"
#include "core/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define MONDAY_MS 1795392000000ll
#define SECOND 1000ll
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static void a_start_is_refused_when_the_clock_seems_mad(void **state)
{
    (void)state;
    static const struct {
        int64_t wall_after_last_ms;
        bool accept_time;
        int expected;
        int64_t starts_after_last_ms;
    } cases[] = {
        {0, false, 0, 0},
        {7 * DAY, false, 0, 7 * DAY},
        {7 * DAY + 1, false, -E_CLOCK_MAD, 0},
        {7 * DAY + 1, true, 0, 7 * DAY + 1},
        {-5 * MINUTE, false, 0, 0},
        {-5 * MINUTE - 1, false, -E_CLOCK_MAD, 0},
        {-5 * MINUTE - 1, true, 0, 0},
        {73 * 365 * DAY, false, -E_CLOCK_MAD, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct timekeeper keeper;
        struct clock_reading now = {.wall_ms = MONDAY_MS + cases[i].wall_after_last_ms, .monotonic_ms = 5};
        assert_int_equal(timekeeper_start(&keeper, MONDAY_MS, now, cases[i].accept_time), cases[i].expected);
        if (cases[i].expected == 0)
            assert_int_equal(timekeeper_advance(&keeper, now), MONDAY_MS + cases[i].starts_after_last_ms);
    }
}

static void an_empty_journal_starts_at_wall_time_whatever_it_is(void **state)
{
    (void)state;
    struct timekeeper keeper;
    struct clock_reading now = {.wall_ms = 12345, .monotonic_ms = 999999};
    assert_int_equal(timekeeper_start(&keeper, INT64_MIN, now, false), 0);
    assert_int_equal(timekeeper_advance(&keeper, now), 12345);
}

static struct timekeeper started(struct clock_reading *now)
{
    struct timekeeper keeper;
    *now = (struct clock_reading){.wall_ms = MONDAY_MS, .monotonic_ms = 1000};
    assert_int_equal(timekeeper_start(&keeper, MONDAY_MS, *now, false), 0);
    return keeper;
}

static void pass(struct clock_reading *now, int64_t ms)
{
    now->wall_ms += ms;
    now->monotonic_ms += ms;
}

static void time_passes_as_the_monotonic_clock_does(void **state)
{
    (void)state;
    struct clock_reading now;
    struct timekeeper keeper = started(&now);
    for (int64_t i = 0; i < 5000; i++) {
        assert_int_equal(timekeeper_advance(&keeper, now), now.wall_ms);
        pass(&now, i % 7 * 3);
    }
    assert_false(keeper.adrift);
}

/* One minute ahead, a tenth of the time that passes: caught up after ten minutes. */
static void a_small_step_of_the_wall_clock_is_caught_up_gently(void **state)
{
    (void)state;
    struct clock_reading now;
    struct timekeeper keeper = started(&now);
    now.wall_ms += MINUTE;
    int64_t last = timekeeper_advance(&keeper, now);
    assert_int_equal(last, MONDAY_MS);
    for (int64_t second = 1; second <= 12 * 60; second++) {
        pass(&now, SECOND);
        int64_t at = timekeeper_advance(&keeper, now);
        assert_true(at - last >= SECOND);
        assert_true(at - last <= SECOND + SECOND / 10);
        last = at;
        if (second == 9 * 60)
            assert_int_equal(now.wall_ms - at, MINUTE - 9 * 6 * SECOND); /* 6 s a minute */
    }
    assert_int_equal(last, now.wall_ms);
    assert_int_equal(keeper.off_ms, 0);
}

static void time_never_goes_back_however_the_wall_clock_jumps(void **state)
{
    (void)state;
    struct clock_reading now;
    struct timekeeper keeper = started(&now);
    uint32_t seed = 1;
    int64_t last = timekeeper_advance(&keeper, now);
    int64_t passed = 0;
    for (uint32_t i = 0; i < 100000; i++) {
        seed = seed * 1664525u + 1013904223u;
        int64_t ms = (seed >> 16) % 50;
        pass(&now, ms);
        passed += ms;
        if (i % 1000 == 0)
            now.wall_ms += (int64_t)(seed >> 8) % (20 * MINUTE) - 10 * MINUTE;
        int64_t at = timekeeper_advance(&keeper, now);
        assert_true(at >= last);
        last = at;
    }
    assert_true(last - MONDAY_MS <= passed + passed / 10);
    assert_true(last - MONDAY_MS >= passed - passed / 10 - SECOND);
}

static void one_bad_second_in_2099_is_reported_and_not_followed(void **state)
{
    (void)state;
    struct clock_reading now;
    struct timekeeper keeper = started(&now);
    int64_t right = now.wall_ms;
    for (int64_t second = 1; second <= 100; second++) {
        now.monotonic_ms += SECOND;
        now.wall_ms = right + second * SECOND + (second >= 50 && second < 60 ? 73 * 365 * DAY : 0);
        assert_int_equal(timekeeper_advance(&keeper, now), right + second * SECOND);
        assert_int_equal(keeper.adrift, second >= 50 && second < 60);
    }
}

/* An hour ahead of the wall by --accept-time: a tenth of the time is held back, so ten hours later both agree. */
static void journal_time_that_is_ahead_waits_for_the_wall_clock(void **state)
{
    (void)state;
    struct timekeeper keeper;
    struct clock_reading now = {.wall_ms = MONDAY_MS - HOUR, .monotonic_ms = 0};
    assert_int_equal(timekeeper_start(&keeper, MONDAY_MS, now, true), 0);
    int64_t at = timekeeper_advance(&keeper, now);
    assert_int_equal(at, MONDAY_MS);
    assert_true(keeper.adrift);
    for (int64_t minute = 0; minute < 10 * 60; minute++) {
        pass(&now, MINUTE);
        int64_t next = timekeeper_advance(&keeper, now);
        assert_true(next > at);
        at = next;
    }
    assert_int_equal(at, now.wall_ms);
    assert_false(keeper.adrift);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_is_refused_when_the_clock_seems_mad),
        cmocka_unit_test(an_empty_journal_starts_at_wall_time_whatever_it_is),
        cmocka_unit_test(time_passes_as_the_monotonic_clock_does),
        cmocka_unit_test(a_small_step_of_the_wall_clock_is_caught_up_gently),
        cmocka_unit_test(time_never_goes_back_however_the_wall_clock_jumps),
        cmocka_unit_test(one_bad_second_in_2099_is_reported_and_not_followed),
        cmocka_unit_test(journal_time_that_is_ahead_waits_for_the_wall_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
