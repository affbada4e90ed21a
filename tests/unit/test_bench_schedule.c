/* test_bench_schedule.c - when the benchmark sends: by rates and the golden ratio, (sqrt(5) - 1) / 2 = 0.618033988749... */
#include "tests/bench/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void even_sends_come_at_even_distances_for_hours(void **state)
{
    static const struct {
        uint64_t index;
        uint32_t per_second;
        uint64_t ns;
    } rows[] = {
        {0, 10000, 0},
        {1, 10000, 100000},
        {25000, 10000, 2500000000},
        {1, 3, 333333333},
        {2, 3, 666666666},
        {3, 3, 1000000000},
        {7, 40, 175000000},
        {36000000, 10000, 3600000000000},
        {4294967295, 10000, 429496729500000},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(schedule_even_ns(rows[i].index, rows[i].per_second), rows[i].ns);
}

static void scattered_sends_follow_the_golden_ratio(void **state)
{
    static const double fraction[] = {
        0, 0.618033988749, 0.236067977499, 0.854101966249, 0.472135954999, 0.090169943749};
    (void)state;
    for (uint64_t i = 0; i < 6; i++) {
        double expected = ((double)i + fraction[i]) * 25e6; /* 40 a second */
        double ns = (double)schedule_scattered_ns(i, 40);
        assert_true(ns - expected < 2 && expected - ns < 2);
    }
}

static void each_stays_in_its_interval_and_every_tenth_of_it_is_met_as_often(void **state)
{
    uint32_t met[10] = {0};
    (void)state;
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t within = schedule_scattered_ns(i, 40) - i * 25000000;
        assert_true(within < 25000000);
        met[within / 2500000]++;
    }
    for (uint32_t i = 0; i < 10; i++)
        assert_in_range(met[i], 98, 102);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(even_sends_come_at_even_distances_for_hours),
        cmocka_unit_test(scattered_sends_follow_the_golden_ratio),
        cmocka_unit_test(each_stays_in_its_interval_and_every_tenth_of_it_is_met_as_often),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
