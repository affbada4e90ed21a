/* The intervals of core/statistics.h against scipy, statsmodels (data/make_statistics.py) and printed tables. */
#include "core/statistics.h"
#include "tests/unit/data/statistics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.15g is not within %g of %.15g", value, tolerance, expected);
}

static void the_critical_values_are_those_of_scipy(void **state)
{
    (void)state;
    assert_near(Z_95, Z_95_OF_SCIPY, 1e-15);
    for (size_t i = 0; i < ROWS(student_rows); i++)
        assert_near(student_t_95(student_rows[i].freedom), student_rows[i].critical, 1e-7);
}

/* NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, column 0.975. */
static void the_critical_values_are_those_of_the_printed_table(void **state)
{
    (void)state;
    static const struct {
        uint64_t freedom;
        double critical;
    } rows[] = {
        {1, 12.706}, {2, 4.303},  {3, 3.182},  {4, 2.776},  {5, 2.571},  {10, 2.228},
        {19, 2.093}, {29, 2.045}, {30, 2.042}, {31, 2.040}, {60, 2.000}, {100, 1.984},
    };
    for (size_t i = 0; i < ROWS(rows); i++)
        assert_near(student_t_95(rows[i].freedom), rows[i].critical, 0.0005);
}

static void more_freedom_never_widens_the_interval(void **state)
{
    (void)state;
    for (uint64_t freedom = 1; freedom < 2000; freedom++)
        assert_true(student_t_95(freedom + 1) < student_t_95(freedom));
    assert_true(student_t_95(UINT64_MAX) >= Z_95);
}

static void wilson_is_that_of_statsmodels(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(wilson_rows); i++) {
        struct interval found = wilson_95(wilson_rows[i].hits, wilson_rows[i].n);
        assert_near(found.low, wilson_rows[i].low, 1e-12);
        assert_near(found.high, wilson_rows[i].high, 1e-12);
    }
}

/* The rulebook's own example: a reward (95 %) and a penalty (80-85 %) cannot be told apart. */
static void nineteen_of_twenty_is_between_76_and_99_percent(void **state)
{
    (void)state;
    struct interval found = wilson_95(19, 20);
    assert_near(found.low, 0.764, 0.0005);
    assert_near(found.high, 0.991, 0.0005);
}

static void nobody_and_everybody_are_exact_ends(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 5000; n += 7) {
        assert_true(wilson_95(0, n).low == 0);
        assert_true(wilson_95(n, n).high == 1);
    }
}

static void the_nps_interval_is_that_of_exact_fractions(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(nps_rows); i++) {
        struct interval found = nps_95(nps_rows[i].promoters, nps_rows[i].detractors, nps_rows[i].n);
        assert_near(found.low, nps_rows[i].low, 1e-10);
        assert_near(found.high, nps_rows[i].high, 1e-10);
    }
}

static void a_means_half_width_is_that_of_statsmodels(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(mean_rows); i++) {
        int64_t sum = 0, squares = 0;
        for (uint64_t k = 0; k < mean_rows[i].n; k++) {
            sum += mean_rows[i].score[k];
            squares += (int64_t)mean_rows[i].score[k] * mean_rows[i].score[k];
        }
        double expected = mean_rows[i].half_width;
        assert_near(mean_half_width_95(mean_rows[i].n, sum, squares), expected, 1e-9 + expected * 1e-12);
    }
}

/* Ten thousand million ratings, half 9,999 and half 10,000 thousandths: variance n/(n-1)/4, so the half width is
 * z * 0.5 / sqrt(n - 1) = 1.959964 * 0.5 / 99999.999995 = 9.79982e-6. In doubles alone it would drown in 1e18. */
static void large_sums_lose_nothing(void **state)
{
    (void)state;
    const int64_t half = 5000000000;
    int64_t sum = half * 9999 + half * 10000;
    int64_t squares = half * 9999 * 9999 + half * 10000 * 10000;
    assert_near(mean_half_width_95(10000000000, sum, squares), 9.79982e-6, 1e-11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_critical_values_are_those_of_scipy),
        cmocka_unit_test(the_critical_values_are_those_of_the_printed_table),
        cmocka_unit_test(more_freedom_never_widens_the_interval),
        cmocka_unit_test(wilson_is_that_of_statsmodels),
        cmocka_unit_test(nineteen_of_twenty_is_between_76_and_99_percent),
        cmocka_unit_test(nobody_and_everybody_are_exact_ends),
        cmocka_unit_test(the_nps_interval_is_that_of_exact_fractions),
        cmocka_unit_test(a_means_half_width_is_that_of_statsmodels),
        cmocka_unit_test(large_sums_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
