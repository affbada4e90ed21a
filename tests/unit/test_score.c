/* The figures made of sums, worked by hand. */
#include "core/score.h"
#include "tests/support/ratings.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static struct policy policy;

static int with_the_default_policy(void **state)
{
    (void)state;
    policy_default(&policy);
    return 0;
}

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.15g is not within %g of %.15g", value, tolerance, expected);
}

static void add(struct score_sums *sums, const char *department, const char *text, int sign)
{
    struct rated rating = rating_of(department, text);
    struct rating_values values;
    rating_reduce(&policy, &rating, &values, NULL);
    score_add(&policy, sums, &values, sign);
}

static struct score figures_of(const char *department, const struct score_sums *sums)
{
    struct department_sums part = {span_of(department), sums};
    struct score score;
    score_figures(&policy, &part, 1, sums, &score);
    return score;
}

static void nothing_has_no_figures(void **state)
{
    (void)state;
    struct score_sums sums = {0};
    struct score score = figures_of("service", &sums);
    assert_int_equal(score.n, 0);
    assert_false(HAS(&score, score, csi));
    assert_false(HAS(&score, score, csat));
    assert_false(HAS(&score, score, nps));
    assert_false(HAS(&score, score, ces));
    assert_false(HAS(&score, score, overall));
    assert_true(HAS(&score, score, dimensions));
    assert_int_equal(score.dimensions_count, 0);
    assert_int_equal(score.evidence, evidence_is_insufficient);
}

static void one_rating_has_figures_but_no_interval(void **state)
{
    (void)state;
    struct score_sums sums = {0};
    add(&sums, "service", "quality 9 initiation 8 advisor 10 facility 7 pickup 6", 1);
    struct score score = figures_of("service", &sums);
    assert_int_equal(score.n, 1);
    assert_near(score.csi.value, 818, 1e-9); /* 100 * (27*9 + 20*8 + 20*10 + 17*7 + 16*6) / 100 */
    assert_false(HAS(&score.csi, interval_figure, low));
    assert_false(HAS(&score.csi, interval_figure, high));
    assert_near(score.csat.share, 1, 0); /* 8.18 >= 8 */
    assert_int_equal(score.dimensions_count, 5);
    assert_false(HAS(&score.dimensions[0], dimension_figure, low));
    assert_false(HAS(&score, score, nps));
}

/* Weighted means 10, 10 and 9: CSI 100 * 29/3 = 966.67; half width of {10000, 10000, 9000} is 1434.21757663709
 * thousandths (statsmodels, data/statistics.h), so 966.67 - 143.42 = 823.24, and the upper end is clipped. */
static void the_index_has_an_interval_by_students_t(void **state)
{
    (void)state;
    struct score_sums sums = {0};
    add(&sums, "support", "attitude 10 speed 10 nps 10", 1);
    add(&sums, "support", "attitude 10 speed 10 nps 8 ces 5", 1);
    add(&sums, "support", "attitude 9 speed 9 nps 6 ces 6.5", 1);
    struct score score = figures_of("support", &sums);
    assert_near(score.csi.value, 2900.0 / 3, 1e-9);
    assert_near(score.csi.low, 2900.0 / 3 - 143.421757663709, 1e-9);
    assert_near(score.csi.high, 1000, 0);
    assert_true(span_is(score.dimensions[0].name, "attitude"));
    assert_near(score.dimensions[0].mean, 29.0 / 3, 1e-12);
    assert_near(score.dimensions[0].low, 29.0 / 3 - 1.43421757663709, 1e-12);
    assert_near(score.dimensions[0].high, 10, 0);
    assert_near(score.nps.value, 0, 0); /* one promoter, one detractor, one between */
    assert_int_equal(score.nps.n, 3);
    assert_near(score.ces.mean, 5.75, 0);
    assert_int_equal(score.ces.n, 2);
}

/* Counted by even weights; asked for by any others. The index moves from 500 to 900, and its interval with it. */
static void an_interval_holds_the_index_whatever_weights_were_adopted_in_between(void **state)
{
    (void)state;
    struct score_sums sums = {0};
    add(&sums, "support", "attitude 9 speed 5", 1);
    add(&sums, "support", "attitude 10 speed 7", 1);
    add(&sums, "support", "attitude 8 speed 3", 1);
    for (uint32_t weight = 0; weight <= 1000; weight += 50) {
        struct policy adopted = policy;
        struct department_sums part = {span_of("support"), &sums};
        struct score score;
        for (uint32_t d = 0; d < adopted.department_count; d++) {
            struct dimension_weight *dimension = adopted.department[d].dimension;
            if (strcmp(adopted.department[d].department, "support") != 0)
                continue;
            dimension[strcmp(dimension[0].dimension, "attitude") != 0].weight = weight; /* speed is the other */
            dimension[strcmp(dimension[0].dimension, "attitude") == 0].weight = 1000 - weight;
        }
        score_figures(&adopted, &part, 1, &sums, &score);
        assert_near(score.csi.value, (9.0 * weight + 5.0 * (1000 - weight)) / 10, 1e-9);
        assert_true(score.csi.low <= score.csi.value);
        assert_true(score.csi.value <= score.csi.high);
        /* by even weights they are 7, 8.5 and 5.5: s = 1.5, t(2) = 4.302653, half width 3.726207 points */
        assert_near(score.csi.low, fmax(score.csi.value - 372.6206, 0), 1e-3);
        assert_near(score.csi.high, fmin(score.csi.value + 372.6206, 1000), 1e-3);
    }
}

/* Attitude has mean 8 of two answers, speed 8 of one: (50*8 + 50*8) / 100. The mean of the weighted means, 7.5, is only
 * the interval's measure of spread: 12.706 * 1.5 on either side is more than the scale. */
static void the_index_is_made_of_the_dimensions_means(void **state)
{
    (void)state;
    struct score_sums sums = {0};
    add(&sums, "support", "attitude 10 speed 8", 1);
    add(&sums, "support", "attitude 6", 1);
    struct score score = figures_of("support", &sums);
    assert_near(score.csi.value, 800, 1e-9);
    assert_near(score.csi.low, 0, 0);
    assert_near(score.csi.high, 1000, 0);
}

static void an_unknown_dimension_is_shown_but_not_in_the_index(void **state)
{
    (void)state;
    struct score_sums sums = {0};
    add(&sums, "support", "attitude 6 coffee 10", 1);
    struct score score = figures_of("support", &sums);
    assert_near(score.csi.value, 600, 1e-9);
    assert_int_equal(score.dimensions_count, 2);
    assert_true(span_is(score.dimensions[1].name, "coffee"));
    assert_near(score.dimensions[1].mean, 10, 0);

    struct score_sums coffee = {0};
    add(&coffee, "support", "coffee 10", 1);
    score = figures_of("support", &coffee);
    assert_false(HAS(&score, score, csi));
    assert_int_equal(score.n, 1);
}

static void each_dimension_of_an_unknown_department_counts_alike(void **state)
{
    (void)state;
    struct score_sums sums = {0};
    add(&sums, "racing", "attitude 4 speed 6 quality 9.5", 1);
    struct score score = figures_of("racing", &sums);
    assert_near(score.csi.value, 650, 1e-9); /* 100 * (4 + 6 + 9.5) / 3 */
}

static void one_key_ratings_have_an_index_of_their_own(void **state)
{
    (void)state;
    struct score_sums sums = {0};
    add(&sums, "call_centre", "key 4@huawei-cec", 1);
    add(&sums, "call_centre", "overall 10", 1);
    add(&sums, "call_centre", "answer 2 overall 3", 1);
    struct score score = figures_of("call_centre", &sums);
    assert_near(score.overall.mean, 8.75, 0); /* (7.5 + 10) / 2 */
    assert_int_equal(score.overall.n, 2);
    assert_near(score.csat.share, 1.0 / 3, 1e-15); /* all three count: 7.5, 10, 3 */
    assert_near(score.csi.value, 200, 1e-9);
}

/* Each edge once: satisfied from 8.0, promoters from 9, detractors to 6. */
static void edges_belong_to_the_side_that_the_rulebook_says(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t satisfied, promoters, detractors;
    } rows[] = {
        {"overall 8", 1, 0, 0}, {"overall 7.999", 0, 0, 0}, {"nps 9", 0, 1, 0},  {"nps 8.999", 0, 0, 0},
        {"nps 6", 0, 0, 1},     {"nps 6.001", 0, 0, 0},     {"nps 10", 0, 1, 0}, {"nps 0", 0, 0, 1},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct score_sums sums = {0};
        add(&sums, "service", rows[i].text, 1);
        assert_int_equal(sums.satisfied, rows[i].satisfied);
        assert_int_equal(sums.promoters, rows[i].promoters);
        assert_int_equal(sums.detractors, rows[i].detractors);
    }
}

static void evidence_grows_with_the_number_of_ratings(void **state)
{
    (void)state;
    static const struct {
        uint32_t n;
        int32_t evidence;
    } rows[] = {{4, evidence_is_insufficient}, {5, evidence_is_show}, {29, evidence_is_show}, {30, evidence_is_rank}};
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct score_sums sums = {0};
        for (uint32_t k = 0; k < rows[i].n; k++)
            add(&sums, "service", "nps 7", 1);
        assert_int_equal(figures_of("service", &sums).evidence, rows[i].evidence);
    }
}

/* Service 818 from one rating, support 600 from three: (1 * 818 + 3 * 600) / 4. */
static void departments_are_pooled_by_their_ratings(void **state)
{
    (void)state;
    struct score_sums service = {0}, support = {0}, nobody = {0}, total = {0};
    add(&service, "service", "quality 9 initiation 8 advisor 10 facility 7 pickup 6", 1);
    for (int i = 0; i < 3; i++)
        add(&support, "support", "attitude 6 speed 6", 1);
    add(&nobody, "sales", "overall 9", 1);
    score_roll_up(&total, &service);
    score_roll_up(&total, &support);
    score_roll_up(&total, &nobody);
    struct department_sums parts[] = {
        {span_of("service"), &service}, {span_of("support"), &support}, {span_of("sales"), &nobody}};
    struct score score;
    score_figures(&policy, parts, 3, &total, &score);
    assert_int_equal(score.n, 5);
    assert_near(score.csi.value, 654.5, 1e-9);
    assert_int_equal(score.dimensions_count, 7);
    /* Weighted means 8180, 6000, 6000, 6000: mean 6545, sum of squared deviations 1635^2 + 3 * 545^2 = 3564300, so
     * s = 1090 and the half width 3.182446305284 * 1090 / 2 = 1734.43 thousandths. */
    assert_near(score.csi.low, 654.5 - 173.4433, 0.0001);
    assert_near(score.csi.high, 654.5 + 173.4433, 0.0001);
}

static void what_is_taken_back_was_never_there(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "quality 9 initiation 8 advisor 10 facility 7 pickup 6 nps 9 ces 7",
        "overall 8",
        "key 5@huawei-cec",
        "quality 3 coffee 2 overall 1 nps 0",
        "nps 7",
        "ces 1",
    };
    struct score_sums empty = {0};
    for (size_t i = 0; i < ROWS(rows); i++) {
        for (size_t k = 0; k < ROWS(rows); k++) {
            struct score_sums sums = {0}, alone = {0};
            add(&alone, "service", rows[k], 1);
            add(&sums, "service", rows[i], 1);
            add(&sums, "service", rows[k], 1);
            add(&sums, "service", rows[i], -1);
            assert_memory_equal(&sums, &alone, sizeof sums);
            add(&sums, "service", rows[k], -1);
            assert_memory_equal(&sums, &empty, sizeof sums);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_has_no_figures),
        cmocka_unit_test(one_rating_has_figures_but_no_interval),
        cmocka_unit_test(the_index_has_an_interval_by_students_t),
        cmocka_unit_test(an_interval_holds_the_index_whatever_weights_were_adopted_in_between),
        cmocka_unit_test(the_index_is_made_of_the_dimensions_means),
        cmocka_unit_test(an_unknown_dimension_is_shown_but_not_in_the_index),
        cmocka_unit_test(each_dimension_of_an_unknown_department_counts_alike),
        cmocka_unit_test(one_key_ratings_have_an_index_of_their_own),
        cmocka_unit_test(edges_belong_to_the_side_that_the_rulebook_says),
        cmocka_unit_test(evidence_grows_with_the_number_of_ratings),
        cmocka_unit_test(departments_are_pooled_by_their_ratings),
        cmocka_unit_test(what_is_taken_back_was_never_there),
    };
    return cmocka_run_group_tests(tests, with_the_default_policy, NULL);
}
