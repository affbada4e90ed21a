/*
 * The group's scores with stores weighted by their visits, worked out by hand.
 *
 *   November            ratings of service quality    overall   nps   visits: service, sales
 *   sh-pudong           9 7 8, mean 8: index 800      9 9 9     9     6, 2
 *   sh-minhang          10 10 7, mean 9: index 900    -         0     2, -
 *   hz-binjiang         -                                             5, -   no rating: no figure to weigh
 *   nj-xuanwu           2, an index of 200            -               -, -   no visit: weighs nothing
 */
#include "core/status.h"
#include "tests/support/showroom.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define DAY_MS (86400 * 1000ll)

static struct showroom showroom;

static void visit(const char *store, const char *department, const char *number, enum event_type type, int64_t time_ms)
{
    struct visit fact = {0};
    SET(&fact, visit, store, span_of(store));
    SET(&fact, visit, department, span_of(department));
    SET(&fact, visit, visit, span_of(number));
    SET(&fact, visit, kind, visit_kind_is_consult);
    showroom_publish(&showroom, type, NULL, time_ms, &fact);
    showroom_turn(&showroom);
}

static void visits(const char *store, const char *department, int count)
{
    for (int i = 0; i < count; i++) {
        char number[64];
        snprintf(number, sizeof number, "%s-%d", department, i);
        visit(store, department, number, EVENT_visit_opened, 0);
    }
}

/* -1: not answered. */
static void rating(const char *store, int32_t quality, int32_t overall, int32_t nps)
{
    struct rated fact = {0};
    struct dimension_scores scores = {.count = 1};
    scores.item[0] = (struct dimension_score){span_of("quality"), 1000 * quality};
    SET(&fact, rated, store, span_of(store));
    SET(&fact, rated, department, span_of("service"));
    SET(&fact, rated, channel, channel_is_online);
    SET(&fact, rated, scores, scores);
    if (overall >= 0)
        SET(&fact, rated, overall, 1000 * overall);
    if (nps >= 0)
        SET(&fact, rated, nps, 1000 * nps);
    showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &fact);
    showroom_turn(&showroom);
}

static struct get_request asking(const char *by, const char *weight)
{
    struct get_request request = {0};
    SET(&request, get_request, what, span_of("scores"));
    SET(&request, get_request, period, span_of("2026-11"));
    SET(&request, get_request, by, span_of(by));
    if (weight)
        SET(&request, get_request, weight, span_of(weight));
    return request;
}

static struct score *row_of(const struct get_request *request)
{
    static struct score card;
    struct wire_reader reader = wire_reader(showroom_get(&showroom, request, 1));
    struct span row;
    assert_int_equal(wire_skip(&reader, 8, &row), 0);
    desk_decode(row, &record_of_score, &card);
    return &card;
}

static void near(double figure, double expected)
{
    if (fabs(figure - expected) > 0.0005)
        fail_msg("%.6f is not %.6f", figure, expected);
}

static void november(void)
{
    visits("sh-pudong", "service", 6);
    visits("sh-pudong", "sales", 2);
    visits("sh-minhang", "service", 2);
    visits("hz-binjiang", "service", 5);
    visit("sh-pudong", "service", "service-0", EVENT_visit_completed, 0); /* the same visit once more */
    visit("sh-minhang", "service", "in-october", EVENT_visit_opened, DESK_MONDAY_MS - 30 * DAY_MS);
    rating("sh-pudong", 9, 9, 9);
    rating("sh-pudong", 7, 9, -1);
    rating("sh-pudong", 8, 9, -1);
    rating("sh-minhang", 10, -1, 0);
    rating("sh-minhang", 10, -1, -1);
    rating("sh-minhang", 7, -1, -1);
}

/*
 * Index (6 x 800 + 2 x 900) / 8 = 825, while by ratings it is 100 x 51/6 = 850. Variances of the means, in points: 1/3 and
 * 3/3. (6/8)^2/3 + (2/8)^2 = 0.1875 + 0.0625 = 0.25, its root 0.5; degrees 0.25^2 / (0.1875^2/2 + 0.0625^2/2) = 3.2, of
 * which Student's t is 3.07283 (scipy.stats.t.ppf(0.975, 3.2)): 825 +- 153.641. Satisfied: 3 of 3 and 2 of 3, so
 * (6 x 1 + 2 x 2/3) / 8 = 0.916667. NPS (6 x 100 - 2 x 100) / 8 = 50.
 */
static void a_department_weighs_its_stores_by_their_visits(void **state)
{
    (void)state;
    november();
    struct get_request request = asking("department", "visits");
    const struct score *score = row_of(&request);
    assert_true(span_is(score->department, "service"));
    assert_int_equal(score->n, 6);
    assert_int_equal(score->visits, 8);
    near(score->csi.value, 825);
    near(score->csi.low, 825 - 153.6414);
    near(score->csi.high, 825 + 153.6414);
    near(score->csat.share, 0.916667);
    near(score->nps.value, 50);
    assert_int_equal(score->nps.n, 2);
    near(score->accountable.value, 825);
    near(score->accountable.high, 825 + 153.6414);
    assert_false(HAS(score, score, ces));
    request = asking("department", "ratings");
    score = row_of(&request);
    near(score->csi.value, 850);
    assert_false(HAS(score, score, visits));
    showroom_verify(&showroom);
}

/* The store's own visits are of all its departments: (8 x 800 + 2 x 900) / 10 = 820. Of one department alone they are its own. */
static void the_group_weighs_its_stores_by_all_their_visits(void **state)
{
    (void)state;
    november();
    rating("nj-xuanwu", 2, -1, -1);
    struct get_request request = asking("group", "visits");
    const struct score *score = row_of(&request);
    near(score->csi.value, 820);
    assert_int_equal(score->visits, 15 - 5); /* hz-binjiang has nothing to weigh */
    assert_int_equal(score->n, 7);           /* ratings, though one weighs nothing */
    SET(&request, get_request, department, span_of("service"));
    near(row_of(&request)->csi.value, 825);
    request = asking("group", NULL);
    near(row_of(&request)->csi.value, 100 * 53.0 / 7);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-weighted");
}

static void a_store_shows_the_visits_that_it_weighs(void **state)
{
    (void)state;
    november();
    struct get_request request = asking("store", "visits");
    SET(&request, get_request, store, span_of("sh-pudong"));
    const struct score *score = row_of(&request);
    assert_int_equal(score->visits, 6);
    near(score->csi.value, 800);
}

/* One rating tells no spread; without a visit there is nothing to weigh by. */
static void what_cannot_be_told_is_left_out(void **state)
{
    (void)state;
    visits("sh-pudong", "service", 3);
    rating("sh-pudong", 9, -1, -1);
    struct get_request request = asking("group", "visits");
    const struct score *score = row_of(&request);
    near(score->csi.value, 900);
    assert_false(HAS(&score->csi, interval_figure, low));
    SET(&request, get_request, store, span_of("nj-xuanwu"));
    rating("nj-xuanwu", 2, -1, -1);
    score = row_of(&request);
    assert_false(HAS(score, score, csi));
    assert_int_equal(score->visits, 0);
    assert_int_equal(score->n, 1);
}

static void another_weight_and_weighted_people_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *by, *weight;
    } cases[] = {{"group", "turnover"}, {"staff", "visits"}};
    for (size_t i = 0; i < 2; i++) {
        uint8_t buffer[4096];
        struct wire_writer writer;
        struct reply reply;
        struct get_request request = asking(cases[i].by, cases[i].weight);
        wire_writer_init(&writer, buffer, sizeof buffer);
        record_encode(&record_of_get_request, &request, ENCODE_EVENT, &writer);
        desk_send(showroom.asker, "GET", wire_written(&writer));
        showroom_turn(&showroom);
        assert_true(desk_receive(&showroom.desk, showroom.asker, &reply));
        desk_refused(reply, -E_UNKNOWN_CHOICE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define STORY(name) cmocka_unit_test_prestate_setup_teardown(name, showroom_begin, showroom_end, &showroom)
        STORY(a_department_weighs_its_stores_by_their_visits), STORY(the_group_weighs_its_stores_by_all_their_visits),
        STORY(a_store_shows_the_visits_that_it_weighs),        STORY(what_cannot_be_told_is_left_out),
        STORY(another_weight_and_weighted_people_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
