/* Drift: the tabular CUSUM beside Montgomery's published example, and what a department's days come to. */
#include "core/drift.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* Montgomery, Introduction to Statistical Quality Control, 6th edition, tables 9.1 and 9.2: target 10, sigma 1, K = 0.5, H = 5.
 * x in hundredths, the lower sum C- and the upper sum C+ in hundredths as printed. */
static const struct {
    int32_t x, lower, upper;
} montgomery[] = {
    {945, 5, 0},    {799, 156, 0},  {929, 177, 0},  {1166, 0, 116}, {1216, 0, 282}, {1018, 0, 250},
    {804, 146, 4},  {1146, 0, 100}, {920, 30, 0},   {1034, 0, 0},   {903, 47, 0},   {1147, 0, 97},
    {1051, 0, 98},  {940, 10, 0},   {1008, 0, 0},   {937, 13, 0},   {1062, 0, 12},  {1031, 0, 0},
    {852, 98, 0},   {1084, 0, 34},  {1090, 0, 74},  {933, 17, 0},   {1229, 0, 179}, {1150, 0, 279},
    {1060, 0, 289}, {1108, 0, 347}, {1038, 0, 335}, {1162, 0, 447}, {1131, 0, 528}, {1052, 0, 530},
};

static struct improvement_policy printed_example(void)
{
    return (struct improvement_policy){
        .drift_target = 10000, .drift_sd = 1000, .drift_slack = 500, .drift_alarm = 5000};
}

static void the_lower_sum_is_that_of_the_printed_example(void **state)
{
    (void)state;
    struct improvement_policy policy = printed_example();
    int64_t held = 0;
    for (size_t i = 0; i < ROWS(montgomery); i++) {
        struct sums day = {.n = 1, .sum = 10 * montgomery[i].x};
        held = drift_after(&policy, held, &day);
        assert_int_equal(held, 10 * montgomery[i].lower);
        assert_false(drift_alarms(&policy, held));
    }
}

/* The example's upper sum is the lower one of the scores turned round the target. It passes 5 at the 29th. */
static void the_upper_sum_of_the_example_is_the_lower_one_turned_round_and_alarms_when_it_is_printed_to(void **state)
{
    (void)state;
    struct improvement_policy policy = printed_example();
    int64_t held = 0;
    for (size_t i = 0; i < ROWS(montgomery); i++) {
        struct sums day = {.n = 1, .sum = 20000 - 10 * montgomery[i].x};
        held = drift_after(&policy, held, &day);
        assert_int_equal(held, 10 * montgomery[i].upper);
        assert_int_equal(drift_alarms(&policy, held), i + 1 >= 29);
    }
}

/* Target 8.5, sd 1.5. Nine ratings of 8.0 fall short by 0.5, a standard error being 0.5: z = 1, S = 1 - 0.5 = 0.5.
 * One rating of 8.0 alone: z = 0.333, nothing is left after the slack. */
static void a_busy_day_weighs_more_than_a_quiet_one(void **state)
{
    (void)state;
    struct policy policy;
    policy_default(&policy);
    assert_int_equal(drift_after(&policy.improvement, 0, &(struct sums){.n = 9, .sum = 9 * 8000}), 500);
    assert_int_equal(drift_after(&policy.improvement, 0, &(struct sums){.n = 1, .sum = 8000}), 0);
}

/* 0.5 more each day: 5.0 on the tenth is not above the alarm, 5.5 on the eleventh is. */
static void a_little_below_the_target_alarms_after_days(void **state)
{
    (void)state;
    struct policy policy;
    int64_t held = 0, days = 0;
    policy_default(&policy);
    while (!drift_alarms(&policy.improvement, held)) {
        held = drift_after(&policy.improvement, held, &(struct sums){.n = 9, .sum = 9 * 8000});
        days++;
    }
    assert_int_equal(days, 11);
}

/* z = -3 a day and -3.5 with the slack: what was gathered is gone at once, and never below 0. */
static void good_days_take_it_back_and_are_not_saved_up(void **state)
{
    (void)state;
    struct policy policy;
    policy_default(&policy);
    assert_int_equal(drift_after(&policy.improvement, 4000, &(struct sums){.n = 9, .sum = 9 * 10000}), 500);
    assert_int_equal(drift_after(&policy.improvement, 500, &(struct sums){.n = 9, .sum = 9 * 10000}), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lower_sum_is_that_of_the_printed_example),
        cmocka_unit_test(the_upper_sum_of_the_example_is_the_lower_one_turned_round_and_alarms_when_it_is_printed_to),
        cmocka_unit_test(a_busy_day_weighs_more_than_a_quiet_one),
        cmocka_unit_test(a_little_below_the_target_alarms_after_days),
        cmocka_unit_test(good_days_take_it_back_and_are_not_saved_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
