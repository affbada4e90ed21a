/* One rating, reduced to its figures. Sums are worked by hand beside each row. */
#include "core/score.h"
#include "tests/support/ratings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define NONE ABSENT

static struct policy policy;

static int with_the_default_policy(void **state)
{
    (void)state;
    policy_default(&policy);
    return 0;
}

/* The default policy: service quality 27, initiation 20, advisor 20, facility 17, pickup 16; support attitude 50,
 * speed 50; both vehicle 10, image 10. */
static void a_rating_is_reduced_to_its_figures(void **state)
{
    (void)state;
    static const struct {
        const char *department, *text;
        int32_t weighted, overall, nps, ces;
        bool overall_only;
        uint32_t dimensions;
    } rows[] = {
        /* (27*9000 + 20*8000 + 20*10000 + 17*7000 + 16*6000) / 100 = 818000 / 100 */
        {"service", "quality 9 initiation 8 advisor 10 facility 7 pickup 6", 8180, 8180, NONE, NONE, false, 5},
        /* the order of the questionnaire doesn't matter */
        {"service", "pickup 6 facility 7 quality 9 advisor 10 initiation 8", 8180, 8180, NONE, NONE, false, 5},
        /* only what was answered: (27*9000 + 16*6000) / 43 = 339000 / 43 = 7883.7 */
        {"service", "quality 9 pickup 6", 7884, 7884, NONE, NONE, false, 2},
        /* (7001 + 7002) / 2 = 7001.5, away from zero */
        {"support", "attitude 7.001 speed 7.002", 7002, 7002, NONE, NONE, false, 2},
        {"support", "attitude 7.001 speed 7.001", 7001, 7001, NONE, NONE, false, 2},
        /* (50*10000 + 50*8000 + 10*4000) / 110 = 940000 / 110 = 8545.5 */
        {"support", "attitude 10 speed 8 vehicle 4", 8545, 8545, NONE, NONE, false, 3},
        /* a dimension that the department doesn't know weighs nothing, alone or beside others */
        {"support", "attitude 4 coffee 10", 4000, 4000, NONE, NONE, false, 2},
        {"support", "attitud 10 attitude 4", 4000, 4000, NONE, NONE, false, 2},
        {"support", "coffee 10", NONE, NONE, NONE, NONE, false, 1},
        {"support", "coffee 10 overall 6", NONE, 6000, NONE, NONE, false, 1},
        /* a department that the policy doesn't know: (9000 + 8000 + 8000) / 3 = 8333.3; (0.001 + 0.002 + 0.002) / 3 */
        {"racing", "a 9 b 8 c 8", 8333, 8333, NONE, NONE, false, 3},
        {"racing", "a 0.001 b 0.002 c 0.002", 2, 2, NONE, NONE, false, 3},
        /* an overall that is given goes before the mean and before a key */
        {"support", "attitude 4 overall 9.5", 4000, 9500, NONE, NONE, false, 1},
        {"support", "overall 3 key 5@huawei-cec", NONE, 3000, NONE, NONE, true, 0},
        /* a key goes before the mean: huawei-cec has 1 to 5 for 0 to 10 */
        {"support", "attitude 4 key 4@huawei-cec", 4000, 7500, NONE, NONE, false, 1},
        {"service", "key 2@huawei-cec", NONE, 2500, NONE, NONE, true, 0},
        {"service", "overall 10", NONE, 10000, NONE, NONE, true, 0},
        {"service", "nps 10", NONE, NONE, 10000, NONE, false, 0},
        {"service", "ces 6.5 nps 0", NONE, NONE, 0, 6500, false, 0},
        {"service", "quality 0", 0, 0, NONE, NONE, false, 1},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct rated rating = rating_of(rows[i].department, rows[i].text);
        struct rating_values values;
        rating_reduce(&policy, &rating, &values, NULL);
        assert_int_equal(values.weighted, rows[i].weighted);
        assert_int_equal(values.overall, rows[i].overall);
        assert_int_equal(values.nps, rows[i].nps);
        assert_int_equal(values.ces, rows[i].ces);
        assert_int_equal(values.overall_only, rows[i].overall_only);
        assert_int_equal(values.dimension_count, rows[i].dimensions);
        assert_false(rating_is_empty(&values));
    }
}

static void dimensions_come_out_in_order_of_name(void **state)
{
    (void)state;
    struct rated rating = rating_of("service", "quality 9 initiation 8 advisor 10 advis 3 facility 7 pickup 6");
    struct rating_values values;
    rating_reduce(&policy, &rating, &values, NULL);
    static const struct {
        const char *name;
        int32_t thousandths;
    } expected[] = {{"advis", 3000},      {"advisor", 10000}, {"facility", 7000},
                    {"initiation", 8000}, {"pickup", 6000},   {"quality", 9000}};
    assert_int_equal(values.dimension_count, ROWS(expected));
    for (size_t i = 0; i < ROWS(expected); i++) {
        assert_true(span_is(values.dimension[i], expected[i].name));
        assert_int_equal(values.thousandths[i], expected[i].thousandths);
    }
}

/* Vendors disagree: key 1 is the best at cti-4 and the worst at huawei-cec, and -1 is a time-out. */
static void a_key_means_what_its_scale_says(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum mapped mapped;
        bool empty;
    } rows[] = {
        {"key 1@cti-4", MAPPED_SCORE, false},
        {"key -1@huawei-cec", MAPPED_NO_ANSWER, true},
        {"key 9@huawei-cec", MAPPED_UNKNOWN, true},
        {"key 1@nobody", MAPPED_UNKNOWN, true},
        {"overall 5", MAPPED_NO_ANSWER, false},
        {"nps 5 key 9@huawei-cec", MAPPED_UNKNOWN, false},
        {"quality 5 key -2@huawei-cec", MAPPED_NO_ANSWER, false},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct rated rating = rating_of("service", rows[i].text);
        struct rating_values values;
        enum mapped mapped;
        rating_reduce(&policy, &rating, &values, &mapped);
        assert_int_equal(mapped, rows[i].mapped);
        assert_int_equal(rating_is_empty(&values), rows[i].empty);
    }
}

static void a_key_without_an_answer_leaves_the_mean(void **state)
{
    (void)state;
    struct rated rating = rating_of("service", "quality 5 key -2@huawei-cec");
    struct rating_values values;
    rating_reduce(&policy, &rating, &values, NULL);
    assert_int_equal(values.overall, 5000);
}

/* A correction has the same figures as a rating, besides its reference. */
static struct corrected correction_of(const char *text)
{
    struct rated figures = rating_of("service", text);
    struct corrected correction = {0};
    if (HAS(&figures, rated, scores))
        SET(&correction, corrected, scores, figures.scores);
    if (HAS(&figures, rated, overall))
        SET(&correction, corrected, overall, figures.overall);
    if (HAS(&figures, rated, nps))
        SET(&correction, corrected, nps, figures.nps);
    if (HAS(&figures, rated, ces))
        SET(&correction, corrected, ces, figures.ces);
    if (HAS(&figures, rated, raw))
        SET(&correction, corrected, raw, figures.raw);
    return correction;
}

static void a_correction_changes_what_it_names_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *before, *correction, *after;
    } rows[] = {
        {"quality 9 pickup 6 nps 3", "pickup 8", "quality 9 pickup 8 nps 3"},
        {"quality 9", "advisor 2 quality 1", "quality 1 advisor 2"},
        {"quality 9", "overall 4", "quality 9 overall 4"},
        {"overall 4 ces 2", "ces 7 nps 10", "overall 4 ces 7 nps 10"},
        {"overall 4", "quality 5", "quality 5 overall 4"},
        {"key 1@huawei-cec", "key 5@huawei-cec", "key 5@huawei-cec"},
        {"quality 9 nps 3", "", "quality 9 nps 3"},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct rated rating = rating_of("service", rows[i].before);
        struct corrected correction = correction_of(rows[i].correction);
        rating_correct(&rating, &correction);
        struct rated expected = rating_of("service", rows[i].after);
        struct rating_values values, expected_values;
        memset(&values, 0, sizeof values);
        memset(&expected_values, 0, sizeof expected_values);
        rating_reduce(&policy, &rating, &values, NULL);
        rating_reduce(&policy, &expected, &expected_values, NULL);
        assert_int_equal(rating.has, expected.has);
        assert_int_equal(values.dimension_count, expected_values.dimension_count);
        for (uint32_t k = 0; k < values.dimension_count; k++) {
            assert_true(span_equal(values.dimension[k], expected_values.dimension[k]));
            assert_int_equal(values.thousandths[k], expected_values.thousandths[k]);
        }
        assert_int_equal(values.overall, expected_values.overall);
        assert_int_equal(values.nps, expected_values.nps);
        assert_int_equal(values.ces, expected_values.ces);
    }
}

static void a_correction_moves_a_rating_to_another_place(void **state)
{
    (void)state;
    struct rated rating = rating_of("service", "quality 9");
    struct corrected correction = {0};
    SET(&correction, corrected, store, span_of("sh-minhang"));
    SET(&correction, corrected, department, span_of("sales"));
    SET(&correction, corrected, staff, span_of("A-17"));
    SET(&correction, corrected, channel, channel_is_phone);
    SET(&correction, corrected, visit, span_of("V-9"));
    SET(&correction, corrected, customer, span_of("K-3"));
    SET(&correction, corrected, comment, span_of("sorry"));
    rating_correct(&rating, &correction);
    assert_true(span_is(rating.store, "sh-minhang"));
    assert_true(span_is(rating.department, "sales"));
    assert_true(span_is(rating.staff, "A-17"));
    assert_true(HAS(&rating, rated, staff));
    assert_int_equal(rating.channel, channel_is_phone);
    assert_true(span_is(rating.visit, "V-9"));
    assert_true(span_is(rating.customer, "K-3"));
    assert_true(span_is(rating.comment, "sorry"));
}

static void a_seventeenth_dimension_does_not_fit_into_a_rating(void **state)
{
    (void)state;
    struct rated rating = rating_of("service", "a 1 b 1 c 1 d 1 e 1 f 1 g 1 h 1 i 1 j 1 k 1 l 1 m 1 n 1 o 1 p 1");
    struct corrected correction = correction_of("p 2 q 3 a 4");
    rating_correct(&rating, &correction);
    assert_int_equal(rating.scores.count, DIMENSIONS_MAX);
    assert_int_equal(rating.scores.item[0].thousandths, 4000);
    assert_int_equal(rating.scores.item[15].thousandths, 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rating_is_reduced_to_its_figures),
        cmocka_unit_test(dimensions_come_out_in_order_of_name),
        cmocka_unit_test(a_key_means_what_its_scale_says),
        cmocka_unit_test(a_key_without_an_answer_leaves_the_mean),
        cmocka_unit_test(a_correction_changes_what_it_names_and_nothing_else),
        cmocka_unit_test(a_correction_moves_a_rating_to_another_place),
        cmocka_unit_test(a_seventeenth_dimension_does_not_fit_into_a_rating),
    };
    return cmocka_run_group_tests(tests, with_the_default_policy, NULL);
}
