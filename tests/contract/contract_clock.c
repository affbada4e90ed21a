/* What every clock promises. Built twice: with the system's clock and with the simulated one. */
#include "io/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#define OPENING_MS 1795392000000ll /* 2026-11-23T00:00:00Z */

static struct clock *clock_at(int64_t start_wall_ms, uint32_t rate)
{
    struct clock *clock;
    const struct clock_options options = {.start_wall_ms = start_wall_ms, .rate = rate};
    assert_int_equal(clock_open(&options, &clock), 0);
    return clock;
}

/* Lets at least `ms` real milliseconds pass; the simulated clock is moved by what they mean to it. */
static void let_pass(struct clock *clock, int64_t ms, uint32_t rate)
{
#if MANYI_SIM
    clock_sim_advance(clock, ms * rate, ms * rate);
#else
    (void)clock;
    (void)rate;
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 <= ms);
#endif
}

static void monotonic_time_never_goes_back(void **state)
{
    (void)state;
    struct clock *clock = clock_at(0, 1);
    int64_t before_ms = clock_read(clock).monotonic_ms;
    for (int i = 0; i < 10000; i++) {
        int64_t now_ms = clock_read(clock).monotonic_ms;
        assert_true(now_ms >= before_ms);
        before_ms = now_ms;
    }
    let_pass(clock, 3, 1);
    assert_true(clock_read(clock).monotonic_ms >= before_ms + 3);
    clock_close(clock);
}

static void a_started_clock_begins_at_the_given_time(void **state)
{
    (void)state;
    struct clock *clock = clock_at(OPENING_MS, 1);
    int64_t wall_ms = clock_read(clock).wall_ms;
    assert_true(wall_ms >= OPENING_MS);
    assert_true(wall_ms < OPENING_MS + 60000);
    clock_close(clock);
}

static void a_clock_of_its_own_believes_the_year_is_plausible(void **state)
{
    (void)state;
    struct clock *clock = clock_at(0, 0);
    assert_true(clock_read(clock).wall_ms > 1700000000000ll); /* 2023-11-14 */
    clock_close(clock);
}

static void a_time_lapse_runs_both_times_at_its_rate(void **state)
{
    (void)state;
    const uint32_t rate = 1000;
    struct clock *clock = clock_at(OPENING_MS, rate);
    struct clock_reading before = clock_read(clock);
    let_pass(clock, 20, rate);
    struct clock_reading after = clock_read(clock);
    assert_true(after.wall_ms - before.wall_ms >= 20 * 1000);
    assert_true(after.monotonic_ms - before.monotonic_ms >= 20 * 1000);
    assert_int_equal(after.wall_ms - before.wall_ms, after.monotonic_ms - before.monotonic_ms);
    clock_close(clock);
}

static void a_wait_is_counted_in_real_milliseconds_rounded_up(void **state)
{
    (void)state;
    static const struct {
        uint32_t rate;
        int64_t ms;
        int64_t real_ms;
    } rows[] = {
        {0, 1, 1},   {1, 250, 250},  {1, 0, 0},       {60, 60000, 1000}, {60, 1, 1},
        {60, 61, 2}, {1000, 999, 1}, {1000, 1001, 2}, {7, 14, 2},        {3600, 86400000, 24000},
        {1, -1, -1}, {60, -1, -1}, /* for ever stays for ever */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct clock *clock = clock_at(OPENING_MS, rows[i].rate);
        assert_int_equal(clock_real_wait_ms(clock, rows[i].ms), rows[i].real_ms);
        clock_close(clock);
    }
    clock_close(NULL);
}

#if !MANYI_SIM
static void a_time_lapse_until_now_catches_up_with_the_system_and_goes_on_as_that(void **state)
{
    (void)state;
    const uint32_t rate = 1001;
    struct timespec system;
    struct clock *clock;
    clock_gettime(CLOCK_REALTIME, &system);
    int64_t now_ms = (int64_t)system.tv_sec * 1000 + system.tv_nsec / 1000000;
    const struct clock_options options = {.start_wall_ms = now_ms - 20 * 1000, .rate = rate, .until_now = true};
    assert_int_equal(clock_open(&options, &clock), 0);
    assert_int_equal(clock_rate(clock), rate);
    int64_t before_ms = clock_read(clock).monotonic_ms;
    let_pass(clock, 40, rate); /* 20 of them are the lapse */
    struct clock_reading after = clock_read(clock);
    clock_gettime(CLOCK_REALTIME, &system);
    now_ms = (int64_t)system.tv_sec * 1000 + system.tv_nsec / 1000000;
    assert_int_equal(clock_rate(clock), 1);
    assert_true(after.wall_ms <= now_ms + 1 && after.wall_ms >= now_ms - 1000);
    assert_true(after.monotonic_ms - before_ms >= 20 * 1000 && after.monotonic_ms - before_ms < 60 * 1000);
    assert_int_equal(clock_real_wait_ms(clock, 250), 250);
    clock_close(clock);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(monotonic_time_never_goes_back),
        cmocka_unit_test(a_started_clock_begins_at_the_given_time),
        cmocka_unit_test(a_clock_of_its_own_believes_the_year_is_plausible),
        cmocka_unit_test(a_time_lapse_runs_both_times_at_its_rate),
        cmocka_unit_test(a_wait_is_counted_in_real_milliseconds_rounded_up),
#if !MANYI_SIM
        cmocka_unit_test(a_time_lapse_until_now_catches_up_with_the_system_and_goes_on_as_that),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
