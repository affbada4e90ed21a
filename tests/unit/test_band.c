/* Bands: the delivered bounds 95, 90, 85, 80 of index/10, and intervals that lie in a band, beyond it, or over a bound. */
#include "core/band.h"
#include "schemas/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static struct policy policy;

static struct interval_figure interval(double low, double high)
{
    struct interval_figure figure = {0};
    SET(&figure, interval_figure, value, (low + high) / 2);
    SET(&figure, interval_figure, low, low);
    SET(&figure, interval_figure, high, high);
    return figure;
}

static void a_band_counts_only_when_the_whole_interval_lies_in_it_or_beyond(void **state)
{
    (void)state;
    static const struct {
        double low, high;
        enum band band;
    } rows[] = {
        {950, 1000, band_is_reward},         /* the bound belongs to the band above it */
        {949.9, 1000, band_is_insufficient}, /* neutral or reward: nobody can tell */
        {900, 949.9, band_is_neutral},
        {900, 950, band_is_insufficient},
        {899.9, 940, band_is_insufficient}, /* warning or neutral */
        {850, 899.9, band_is_warning},
        {820, 880, band_is_warning}, /* in warning or beyond; penalty alone would be too much */
        {700, 899.9, band_is_warning},
        {850, 900, band_is_insufficient},
        {800, 849.9, band_is_penalty},
        {700, 849.9, band_is_penalty},
        {800, 850, band_is_warning},
        {700, 799.9, band_is_severe},
        {700, 800, band_is_penalty},
        {0, 0, band_is_severe},
        {600, 1000, band_is_insufficient},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct interval_figure csi = interval(rows[i].low, rows[i].high);
        if (band_of(&policy, &csi, 30) != rows[i].band)
            fail_msg("%.1f-%.1f is %s", rows[i].low, rows[i].high,
                     choice_name(choice_of_band(), (int32_t)band_of(&policy, &csi, 30)));
    }
}

static void fewer_ratings_than_a_ranking_needs_are_no_evidence(void **state)
{
    (void)state;
    struct interval_figure csi = interval(1000, 1000);
    assert_int_equal(band_of(&policy, &csi, 29), band_is_insufficient);
    assert_int_equal(band_of(&policy, &csi, 30), band_is_reward);
    struct interval_figure none = {0};
    assert_int_equal(band_of(&policy, &none, 100), band_is_insufficient);
}

static void sales_are_judged_by_the_quarter_and_others_by_the_month(void **state)
{
    (void)state;
    char period[BAND_PERIOD_MAX] = "";
    assert_true(band_period(&policy, span_of("service"), 2026, 11, period));
    assert_string_equal(period, "2026-11");
    assert_false(band_period(&policy, span_of("sales"), 2026, 11, period));
    assert_true(band_period(&policy, span_of("sales"), 2026, 12, period));
    assert_string_equal(period, "2026-Q4");
    assert_true(band_judges(&policy, span_of("service"), span_of("2026-11")));
    assert_false(band_judges(&policy, span_of("service"), span_of("2026-Q4")));
    assert_false(band_judges(&policy, span_of("sales"), span_of("2026-11")));
    assert_true(band_judges(&policy, span_of("sales"), span_of("2026-Q4")));
    assert_false(band_judges(&policy, span_of("service"), span_of("2026-H2")));
    assert_false(band_judges(&policy, span_of("service"), span_of("2026-11-23")));
    assert_false(band_judges(&policy, span_of("sales"), span_of("2026")));
}

int main(void)
{
    policy_default(&policy);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_band_counts_only_when_the_whole_interval_lies_in_it_or_beyond),
        cmocka_unit_test(fewer_ratings_than_a_ranking_needs_are_no_evidence),
        cmocka_unit_test(sales_are_judged_by_the_quarter_and_others_by_the_month),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
