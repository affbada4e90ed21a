/* Sums and their figures against a naive model that keeps every rating and computes in doubles. */
#include "core/score.h"
#include "tests/support/ratings.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

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

#define RATINGS_MAX 120u
static const char *const departments[] = {"service", "support"};

struct model {
    struct rated rating[RATINGS_MAX];
    uint32_t count;
    uint64_t random;
};

static const char *const names[] = {"quality", "initiation", "advisor",  "facility", "pickup",
                                    "vehicle", "coffee",     "attitude", "speed",    "image"};

static struct rated random_rating(struct model *model)
{
    struct rated rating = rating_of(departments[draw(&model->random, 2)], "");
    for (size_t i = 0; i < ROWS(names); i++) {
        if (draw(&model->random, 3) == 0)
            continue;
        rating.scores.item[rating.scores.count++] =
            (struct dimension_score){span_of(names[i]), (int32_t)draw(&model->random, 10001)};
    }
    if (draw(&model->random, 4) == 0)
        rating.scores.count = 0;
    if (rating.scores.count > 0)
        rating.has |= (uint64_t)1 << rated_field_scores;
    if (draw(&model->random, 3) == 0)
        SET(&rating, rated, overall, (int32_t)draw(&model->random, 10001));
    if (draw(&model->random, 2) == 0)
        SET(&rating, rated, nps, (int32_t)draw(&model->random, 11) * 1000);
    if (draw(&model->random, 2) == 0)
        SET(&rating, rated, ces, 1000 + (int32_t)draw(&model->random, 6001));
    return rating;
}

static double naive_weight(const struct rated *rating, struct span dimension)
{
    static const struct {
        const char *department, *dimension;
        double weight;
    } rows[] = {
        {"service", "quality", 27},  {"service", "initiation", 20}, {"service", "advisor", 20},
        {"service", "facility", 17}, {"service", "pickup", 16},     {"service", "vehicle", 10},
        {"service", "image", 10},    {"support", "attitude", 50},   {"support", "speed", 50},
        {"support", "vehicle", 10},  {"support", "image", 10},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        if (span_is(rating->department, rows[i].department) && span_is(dimension, rows[i].dimension))
            return rows[i].weight;
    }
    return 0;
}

/* NAN without a dimension that has a weight; whole thousandths, as the sums keep. */
static double naive_weighted(const struct rated *rating)
{
    double sum = 0, weights = 0;
    for (uint32_t i = 0; i < rating->scores.count; i++) {
        double weight = naive_weight(rating, rating->scores.item[i].dimension);
        sum += weight * rating->scores.item[i].thousandths;
        weights += weight;
    }
    return weights > 0 ? floor(sum / weights + 0.5) : NAN;
}

static double naive_overall(const struct rated *rating)
{
    return HAS(rating, rated, overall) ? rating->overall : naive_weighted(rating);
}

/* Mean of one dimension over the ratings of a department (NULL: of all). */
static double naive_mean(const struct model *model, const char *department, const char *dimension, uint32_t *ret_n)
{
    double sum = 0;
    *ret_n = 0;
    for (uint32_t r = 0; r < model->count; r++) {
        const struct rated *rating = &model->rating[r];
        for (uint32_t i = 0; i < rating->scores.count; i++) {
            if ((department && !span_is(rating->department, department)) ||
                !span_is(rating->scores.item[i].dimension, dimension))
                continue;
            sum += rating->scores.item[i].thousandths / 1000.0;
            ++*ret_n;
        }
    }
    return *ret_n ? sum / *ret_n : NAN;
}

static double naive_index(const struct model *model, const char *department)
{
    struct rated rating = rating_of(department, "");
    double sum = 0, weights = 0;
    for (size_t i = 0; i < ROWS(names); i++) {
        uint32_t n;
        double mean = naive_mean(model, department, names[i], &n);
        double weight = naive_weight(&rating, span_of(names[i]));
        if (n > 0) {
            sum += weight * mean;
            weights += weight;
        }
    }
    return 100 * sum / weights;
}

static void compare_csi(const struct model *model, const struct score *score)
{
    double pooled = 0, n = 0, sum = 0, deviations = 0;
    for (size_t d = 0; d < ROWS(departments); d++) {
        double part = 0;
        for (uint32_t r = 0; r < model->count; r++) {
            bool counts = span_is(model->rating[r].department, departments[d]);
            if (counts && !isnan(naive_weighted(&model->rating[r]))) {
                sum += naive_weighted(&model->rating[r]) / 10;
                part++;
            }
        }
        pooled += part > 0 ? part * naive_index(model, departments[d]) : 0;
        n += part;
    }
    assert_int_equal(HAS(score, score, csi), n > 0);
    if (n == 0)
        return;
    assert_near(score->csi.value, pooled / n, 1e-9);
    for (uint32_t r = 0; r < model->count; r++) {
        double weighted = naive_weighted(&model->rating[r]) / 10;
        deviations += isnan(weighted) ? 0 : (weighted - sum / n) * (weighted - sum / n);
    }
    assert_int_equal(HAS(&score->csi, interval_figure, low), n >= 2);
    if (n < 2)
        return;
    double half = student_t_95((uint64_t)n - 1) * sqrt(deviations / (n - 1) / n);
    assert_near(score->csi.low, fmax(0, pooled / n - half), 1e-9);
    assert_near(score->csi.high, fmin(1000, pooled / n + half), 1e-9);
}

static void compare_shares(const struct model *model, const struct score *score)
{
    double overalls = 0, satisfied = 0, nps_n = 0, promoters = 0, detractors = 0;
    double ces_n = 0, ces = 0, keys = 0, key_sum = 0;
    for (uint32_t r = 0; r < model->count; r++) {
        const struct rated *rating = &model->rating[r];
        double overall = naive_overall(rating);
        overalls += !isnan(overall);
        satisfied += overall >= 8000;
        if (rating->scores.count == 0 && HAS(rating, rated, overall)) {
            keys++;
            key_sum += overall / 1000;
        }
        if (HAS(rating, rated, nps)) {
            nps_n++;
            promoters += rating->nps >= 9000;
            detractors += rating->nps <= 6000;
        }
        if (HAS(rating, rated, ces)) {
            ces_n++;
            ces += rating->ces / 1000.0;
        }
    }
    assert_int_equal(HAS(score, score, csat), overalls > 0);
    assert_int_equal(HAS(score, score, nps), nps_n > 0);
    assert_int_equal(HAS(score, score, ces), ces_n > 0);
    assert_int_equal(HAS(score, score, overall), keys > 0);
    if (overalls > 0)
        assert_near(score->csat.share, satisfied / overalls, 1e-12);
    if (nps_n > 0)
        assert_near(score->nps.value, 100 * (promoters - detractors) / nps_n, 1e-9);
    if (ces_n > 0)
        assert_near(score->ces.mean, ces / ces_n, 1e-9);
    if (keys > 0)
        assert_near(score->overall.mean, key_sum / keys, 1e-9);
}

static void compare_dimensions(const struct model *model, const struct score *score)
{
    uint32_t found = 0;
    for (size_t i = 0; i < ROWS(names); i++) {
        uint32_t n;
        double mean = naive_mean(model, NULL, names[i], &n);
        for (uint32_t k = 0; k < score->dimensions_count; k++) {
            if (!span_is(score->dimensions[k].name, names[i]))
                continue;
            assert_int_equal(score->dimensions[k].n, n);
            assert_near(score->dimensions[k].mean, mean, 1e-9);
            found += n > 0;
        }
    }
    assert_int_equal(found, score->dimensions_count);
}

static void compare(const struct model *model, const struct score_sums sums[2])
{
    struct score_sums total = {0};
    struct department_sums parts[2];
    for (size_t d = 0; d < 2; d++) {
        score_roll_up(&total, &sums[d]);
        parts[d] = (struct department_sums){span_of(departments[d]), &sums[d]};
    }
    struct score score;
    score_figures(&policy, parts, 2, &total, &score);
    compare_csi(model, &score);
    compare_shares(model, &score);
    compare_dimensions(model, &score);
}

static bool fold(struct score_sums sums[2], const struct rated *rating, int sign)
{
    struct rating_values values;
    rating_reduce(&policy, rating, &values, NULL);
    if (rating_is_empty(&values))
        return false;
    score_add(&policy, &sums[span_is(rating->department, departments[1])], &values, sign);
    return true;
}

static void correct_one(struct model *model, struct score_sums sums[2])
{
    struct rated *rating = &model->rating[draw(&model->random, model->count)];
    struct rated other = random_rating(model);
    struct corrected correction = {0};
    if (HAS(&other, rated, scores))
        SET(&correction, corrected, scores, other.scores);
    if (HAS(&other, rated, nps))
        SET(&correction, corrected, nps, other.nps);
    if (draw(&model->random, 3) == 0)
        SET(&correction, corrected, department, other.department);
    fold(sums, rating, -1);
    rating_correct(rating, &correction);
    fold(sums, rating, 1);
}

static void retract_one(struct model *model, struct score_sums sums[2])
{
    uint32_t at = draw(&model->random, model->count);
    fold(sums, &model->rating[at], -1);
    model->rating[at] = model->rating[--model->count];
}

static void sums_agree_with_a_list_of_all_ratings(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        static struct model model;
        model.count = 0;
        model.random = seed * 0x9e3779b97f4a7c15ull;
        struct score_sums sums[2] = {0};
        for (int step = 0; step < 150; step++) {
            uint32_t choice = draw(&model.random, 10);
            if (model.count == 0 || (choice < 6 && model.count < RATINGS_MAX)) {
                model.rating[model.count] = random_rating(&model);
                model.count += fold(sums, &model.rating[model.count], 1);
            } else if (choice < 8) {
                correct_one(&model, sums);
            } else {
                retract_one(&model, sums);
            }
            compare(&model, sums);
        }
        struct score_sums again[2] = {0}; /* as if nothing had ever been corrected, and the last came first */
        for (uint32_t r = model.count; r > 0; r--)
            fold(again, &model.rating[r - 1], 1);
        assert_memory_equal(again, sums, sizeof sums);
    }
}

/* ---- more dimensions than a row can hold ---- */

#define MANY 24u
static char many_names[MANY][3];

static struct rated rating_with_many(uint64_t *random)
{
    struct rated rating = rating_of("racing", "");
    for (uint32_t i = 0; i < MANY; i++) {
        snprintf(many_names[i], sizeof many_names[i], "%c%c", 'z' - (int)i, 'a');
        if (rating.scores.count < DIMENSIONS_MAX && draw(random, 3) == 0)
            rating.scores.item[rating.scores.count++] =
                (struct dimension_score){span_of(many_names[i]), (int32_t)draw(random, 10001)};
    }
    rating.has |= (uint64_t)1 << rated_field_scores;
    return rating;
}

/* What is kept of a name is all of it: the sums of every kept name agree with the list, and the others are counted. */
static void check_many(const struct rated *ratings, const bool *live, uint32_t count, const struct score_sums *sums)
{
    uint64_t answers = 0, kept = sums->dropped;
    for (uint32_t r = 0; r < count; r++)
        answers += live[r] ? ratings[r].scores.count : 0;
    for (uint32_t d = 0; d < sums->dimension_count; d++) {
        struct sums expected = {0};
        for (uint32_t r = 0; r < count; r++) {
            for (uint32_t i = 0; live[r] && i < ratings[r].scores.count; i++) {
                const struct dimension_score *score = &ratings[r].scores.item[i];
                if (!span_equal(score->dimension, dimension_name(&sums->dimension[d])))
                    continue;
                expected.n++;
                expected.sum += score->thousandths;
                expected.squares += (int64_t)score->thousandths * score->thousandths;
            }
        }
        assert_memory_equal(&sums->dimension[d].sums, &expected, sizeof expected);
        kept += expected.n;
    }
    assert_int_equal(kept, answers);
}

static void a_row_full_of_dimensions_counts_the_others(void **state)
{
    (void)state;
    enum { COUNT = 60 };
    static struct rated ratings[COUNT];
    for (uint64_t seed = 1; seed <= 30; seed++) {
        uint64_t random = seed;
        bool live[COUNT] = {0};
        struct score_sums sums[2] = {0}, backwards[2] = {0}, empty[2] = {0};
        for (uint32_t r = 0; r < COUNT; r++)
            ratings[r] = rating_with_many(&random);
        for (uint32_t r = 0; r < COUNT; r++) {
            live[r] = fold(sums, &ratings[r], 1);
            fold(backwards, &ratings[COUNT - 1 - r], 1);
            check_many(ratings, live, COUNT, &sums[0]);
        }
        assert_memory_equal(sums, backwards, sizeof sums);
        for (uint32_t step = 0; step < 3 * COUNT; step++) {
            uint32_t r = draw(&random, COUNT);
            fold(sums, &ratings[r], live[r] ? -1 : 1);
            live[r] = !live[r];
            check_many(ratings, live, COUNT, &sums[0]);
        }
        for (uint32_t r = 0; r < COUNT; r++) {
            if (live[r])
                fold(sums, &ratings[r], -1);
        }
        assert_memory_equal(sums, empty, sizeof sums);
    }
}

/* ---- rolling up ---- */

static void rows_roll_up_in_any_order_to_the_same_sums(void **state)
{
    (void)state;
    enum { COUNT = 12 };
    uint64_t random = 7;
    struct model model = {.random = 7};
    for (uint32_t round = 0; round < 50; round++) {
        static struct score_sums rows[COUNT][2], whole[2];
        memset(rows, 0, sizeof rows);
        memset(whole, 0, sizeof whole);
        for (uint32_t i = 0; i < 200; i++) {
            struct rated rating = round % 2 ? rating_with_many(&random) : random_rating(&model);
            fold(rows[draw(&random, COUNT)], &rating, 1);
            fold(whole, &rating, 1);
        }
        struct score_sums forwards = {0}, shuffled = {0};
        uint32_t order[COUNT];
        for (uint32_t i = 0; i < COUNT; i++) {
            uint32_t other = draw(&random, i + 1);
            order[i] = order[other];
            order[other] = i;
        }
        for (uint32_t i = 0; i < COUNT; i++) {
            score_roll_up(&forwards, &rows[i][0]);
            score_roll_up(&shuffled, &rows[order[i]][0]);
        }
        assert_memory_equal(&forwards, &shuffled, sizeof forwards);
        assert_memory_equal(&forwards, &whole[0], sizeof forwards); /* as if there had been one row only */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_agree_with_a_list_of_all_ratings),
        cmocka_unit_test(a_row_full_of_dimensions_counts_the_others),
        cmocka_unit_test(rows_roll_up_in_any_order_to_the_same_sums),
    };
    return cmocka_run_group_tests(tests, with_the_default_policy, NULL);
}
