/* The effect of a task: two means, their difference and its interval, worked by hand; formulas_test.py has many more. */
#include "core/effect.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct sums sums_of(const int64_t *thousandths, uint64_t n)
{
    struct sums sums = {.n = n};
    for (uint64_t i = 0; i < n; i++) {
        sums.sum += thousandths[i];
        sums.squares += thousandths[i] * thousandths[i];
    }
    return sums;
}

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) < 5e-4))
        fail_msg("%.6f is not %.6f", value, expected);
}

/* 4 5 6 5 5: mean 5, s^2 0.5, s^2/n 0.1. 7 8 9 8 8: mean 8, the same. Difference 3, standard error sqrt(0.2) = 0.44721,
 * degrees 0.2^2 / (2 . 0.1^2 / 4) = 8, t 2.30600: 3 +- 1.03128. */
static void the_mean_after_less_the_mean_before_with_its_interval(void **state)
{
    (void)state;
    struct effect effect = {0};
    struct sums before = sums_of((int64_t[]){4000, 5000, 6000, 5000, 5000}, 5);
    struct sums after = sums_of((int64_t[]){7000, 8000, 9000, 8000, 8000}, 5);
    assert_true(effect_measure(&before, &after, 5, &effect));
    assert_near(effect.before, 5);
    assert_near(effect.after, 8);
    assert_near(effect.difference, 3);
    assert_near(effect.low, 1.96872);
    assert_near(effect.high, 4.03128);
    assert_int_equal(effect.n_before, 5);
    assert_int_equal(effect.n_after, 5);
}

static void too_few_answers_on_either_side_tell_nothing(void **state)
{
    (void)state;
    struct effect effect = {.n_before = 77};
    struct sums few = sums_of((int64_t[]){4000, 5000, 6000, 5000}, 4);
    struct sums enough = sums_of((int64_t[]){7000, 8000, 9000, 8000, 8000}, 5);
    assert_false(effect_measure(&few, &enough, 5, &effect));
    assert_false(effect_measure(&enough, &few, 5, &effect));
    assert_int_equal(effect.n_before, 77);
    assert_true(effect_measure(&few, &enough, 4, &effect));
    few = sums_of((int64_t[]){4000, 5000}, 2);
    assert_false(effect_measure(&few, &enough, 1, &effect)); /* Welch's interval needs 3, whatever the rulebook shows */
}

static void where_everybody_agrees_the_difference_is_certain(void **state)
{
    (void)state;
    struct effect effect;
    struct sums before = sums_of((int64_t[]){5000, 5000, 5000}, 3), after = sums_of((int64_t[]){8000, 8000, 8000}, 3);
    assert_true(effect_measure(&before, &after, 3, &effect));
    assert_near(effect.low, 3);
    assert_near(effect.high, 3);
}

static void a_task_is_judged_by_its_dimension_or_by_the_overalls(void **state)
{
    (void)state;
    struct score_sums row = {.overall = {2, 15000, 113000000}, .dimension_count = 1};
    memcpy(row.dimension[0].dimension, "quality", 7);
    row.dimension[0].len = 7;
    row.dimension[0].sums = (struct sums){1, 6000, 36000000};
    assert_int_equal(effect_sums(&row, span_of("quality")).sum, 6000);
    assert_int_equal(effect_sums(&row, (struct span){0}).sum, 15000);
    assert_int_equal(effect_sums(&row, span_of("pickup")).n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mean_after_less_the_mean_before_with_its_interval),
        cmocka_unit_test(too_few_answers_on_either_side_tell_nothing),
        cmocka_unit_test(where_everybody_agrees_the_difference_is_certain),
        cmocka_unit_test(a_task_is_judged_by_its_dimension_or_by_the_overalls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
