/* Rankings: T scores against exact fractions (data/make_ranking.py), ties, weights and prizes worked out by hand. */
#include "core/ranking.h"
#include "tests/unit/data/ranking.h"

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

static void t_scores_are_those_of_exact_fractions(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(t_rows); i++) {
        struct ranked entries[40] = {{0}};
        for (uint32_t k = 0; k < t_rows[i].count; k++)
            entries[k].value = t_rows[i].value[k];
        ranking_compare(entries, t_rows[i].count);
        for (uint32_t k = 0; k < t_rows[i].count; k++)
            assert_near(entries[k].t, t_rows[i].t[k], 1e-9);
    }
}

static void stores_that_are_all_alike_have_50(void **state)
{
    (void)state;
    struct ranked alike[3] = {{.value = 0.1 + 0.2}, {.value = 0.1 + 0.2}, {.value = 0.1 + 0.2}};
    ranking_compare(alike, 3);
    for (int i = 0; i < 3; i++) {
        assert_true(alike[i].t == 50);
        assert_int_equal(alike[i].rank, 1);
        assert_int_equal(alike[i].tied, 3);
    }
}

static void few_ratings_stay_near_the_mean_of_the_group(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(shrink_rows); i++)
        assert_near(ranking_shrink(shrink_rows[i].n, shrink_rows[i].mean, shrink_rows[i].group_mean, shrink_rows[i].m),
                    shrink_rows[i].shrunken, 1e-9);
    assert_near(ranking_shrink(0, 0, 850, 0), 850, 0); /* nothing at all is the group's mean */
}

/* The leader is 940 with 920-960. 925 (905-945) and 900 (870-930) overlap it; 910 (905-915) does not, although it is more than
 * 900. Then: 1, 1, 1 and fourth; the fifth and sixth are equal. */
static void whose_interval_overlaps_the_leaders_ties_with_the_leader(void **state)
{
    (void)state;
    struct ranked entries[] = {
        {.value = 910, .low = 905, .high = 915}, {.value = 940, .low = 920, .high = 960},
        {.value = 900, .low = 870, .high = 930}, {.value = 925, .low = 905, .high = 945},
        {.value = 800, .low = 780, .high = 820}, {.value = 800, .low = 790, .high = 810},
    };
    static const uint32_t rank[] = {4, 1, 1, 1, 5, 5}, tied[] = {1, 3, 3, 3, 2, 2};
    ranking_compare(entries, 6);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(entries[i].rank, rank[i]);
        assert_int_equal(entries[i].tied, tied[i]);
    }
}

static void intervals_that_touch_overlap(void **state)
{
    (void)state;
    struct ranked touching[] = {{.value = 940, .low = 920, .high = 960}, {.value = 900, .low = 880, .high = 920}};
    ranking_compare(touching, 2);
    assert_int_equal(touching[1].rank, 1);
    struct ranked apart[] = {{.value = 940, .low = 920, .high = 960}, {.value = 900, .low = 880, .high = 919.999}};
    ranking_compare(apart, 2);
    assert_int_equal(apart[1].rank, 2);
}

static void a_store_alone_leads_and_nobody_is_compared_with_nobody(void **state)
{
    (void)state;
    struct ranked one = {.value = 700, .low = 690, .high = 710};
    ranking_compare(&one, 1);
    assert_true(one.t == 50);
    assert_int_equal(one.rank, 1);
    ranking_compare(&one, 0);
}

/* Sales 40, service 40, complaints 20: (40*60 + 40*50 + 20*40)/100 = 52; without sales (40*50 + 20*40)/60 = 46.6667;
 * without complaints (40*60 + 40*50)/80 = 55. */
static void weights_make_up_the_whole_without_what_is_missing(void **state)
{
    (void)state;
    static const double t[] = {60, 50, 40};
    static const int64_t weight[] = {40, 40, 20}, only_sales[] = {40, 0, 0};
    double combined = -1;
    assert_true(ranking_combine(t, (bool[]){true, true, true}, weight, 3, &combined));
    assert_near(combined, 52, 1e-12);
    assert_true(ranking_combine(t, (bool[]){false, true, true}, weight, 3, &combined));
    assert_near(combined, 2800.0 / 60, 1e-12);
    assert_true(ranking_combine(t, (bool[]){true, true, false}, weight, 3, &combined));
    assert_near(combined, 55, 1e-12);
    combined = -1;
    assert_false(ranking_combine(t, (bool[]){false, false, false}, weight, 3, &combined));
    assert_false(ranking_combine(t, (bool[]){false, true, true}, only_sales, 3, &combined));
    assert_near(combined, -1, 0);
}

/* 300, 200, 100 yuan. Two leaders share 500, three 600, four 600 of which 150 each; seven get 85.71, and 3 fen are nobody's. */
static void ties_share_the_prizes_of_the_ranks_that_they_take_up(void **state)
{
    (void)state;
    static const int64_t prize[PRIZE_RANKS] = {30000, 20000, 10000};
    static const struct {
        uint32_t rank, tied;
        int64_t fen;
    } rows[] = {
        {1, 1, 30000}, {2, 1, 20000}, {3, 1, 10000}, {4, 1, 0},    {1, 2, 25000}, {1, 3, 20000},
        {1, 4, 15000}, {1, 7, 8571},  {2, 2, 15000}, {3, 2, 5000}, {3, 3, 3333},  {2, UINT32_MAX, 0},
    };
    for (size_t i = 0; i < ROWS(rows); i++)
        assert_int_equal(ranking_prize_fen(prize, rows[i].rank, rows[i].tied), rows[i].fen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_scores_are_those_of_exact_fractions),
        cmocka_unit_test(stores_that_are_all_alike_have_50),
        cmocka_unit_test(few_ratings_stay_near_the_mean_of_the_group),
        cmocka_unit_test(whose_interval_overlaps_the_leaders_ties_with_the_leader),
        cmocka_unit_test(intervals_that_touch_overlap),
        cmocka_unit_test(a_store_alone_leads_and_nobody_is_compared_with_nobody),
        cmocka_unit_test(weights_make_up_the_whole_without_what_is_missing),
        cmocka_unit_test(ties_share_the_prizes_of_the_ranks_that_they_take_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
