/* Scores as people ask for them, against a model that keeps every rating and adds up whatever is asked. */
#include "core/calendar.h"
#include "core/score.h"
#include "core/status.h"
#include "io/policy_file.h"
#include "tests/support/ratings.h"
#include "tests/support/showroom.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define DAY_MS (24 * 3600 * 1000ll)
#define RATINGS 600u
#define STORES 3u
#define DEPARTMENTS 2u
#define STAFF 3u
#define NONE (-1)

static const char *const stores[STORES] = {"bj-chaoyang", "sh-pudong", "sh-pudong-2"};
static const char *const departments[DEPARTMENTS] = {"sales", "service"};
static const char *const staff_names[STAFF] = {NULL, "li.na", "wang.li"};
static const char *const dimensions[DEPARTMENTS][2] = {{"price", "product"}, {"advisor", "quality"}};
static const double weights[DEPARTMENTS][2] = {{20, 20}, {20, 27}}; /* DOMAIN: sales and service */

static struct showroom showroom;
static uint64_t seed;

/* One rating as the model keeps it; figures in tenths, NONE without an answer. */
struct kept {
    uint64_t seq;
    uint32_t store, department, staff;
    int64_t day;
    int dimension[2];
    int overall, nps, ces;
    int satisfied_from; /* tenths, by the policy of its time */
    bool retracted;
};

static struct kept kept[RATINGS];
static uint32_t kept_count;

static int open_showroom(void **state)
{
    kept_count = 0;
    seed = 20261123;
    return showroom_begin(state);
}

/* ---- sending ---- */

static int answer_or_none(int tenths)
{
    return draw(&seed, 3) == 0 ? NONE : tenths;
}

static void scores_set(struct dimension_scores *scores, const struct kept *rating)
{
    for (int i = 0; i < 2; i++) {
        if (rating->dimension[i] == NONE)
            continue;
        scores->item[scores->count++] = (struct dimension_score){
            .dimension = span_of(dimensions[rating->department][i]), .thousandths = rating->dimension[i] * 100};
    }
}

static void rate(int satisfied_from)
{
    struct kept *rating = &kept[kept_count];
    struct rated fact = {0};
    struct dimension_scores scores = {0};
    char id[32];
    *rating = (struct kept){
        .store = draw(&seed, STORES),
        .department = draw(&seed, DEPARTMENTS),
        .staff = draw(&seed, STAFF),
        .dimension = {answer_or_none((int)draw(&seed, 101)), answer_or_none((int)draw(&seed, 101))},
        .overall = (int)draw(&seed, 101),
        .nps = answer_or_none((int)draw(&seed, 11) * 10),
        .ces = answer_or_none((int)(1 + draw(&seed, 7)) * 10),
        .satisfied_from = satisfied_from,
    };
    int64_t time_ms = DESK_MONDAY_MS - (int64_t)draw(&seed, 40 * 24) * 3600 * 1000;
    rating->day = (int64_t)floor(((double)time_ms + 8 * 3600 * 1000.0) / (double)DAY_MS);
    scores_set(&scores, rating);
    SET(&fact, rated, store, span_of(stores[rating->store]));
    SET(&fact, rated, department, span_of(departments[rating->department]));
    SET(&fact, rated, channel, channel_is_online);
    SET(&fact, rated, overall, rating->overall * 100);
    if (rating->staff)
        SET(&fact, rated, staff, span_of(staff_names[rating->staff]));
    if (scores.count)
        SET(&fact, rated, scores, scores);
    if (rating->nps != NONE)
        SET(&fact, rated, nps, rating->nps * 100);
    if (rating->ces != NONE)
        SET(&fact, rated, ces, rating->ces * 100);
    snprintf(id, sizeof id, "rating-%u", kept_count);
    rating->seq = showroom_publish_as(&showroom, "/survey", id, EVENT_feedback_rated, NULL, time_ms, &fact);
    kept_count++;
}

static void refer(struct reference *of, uint32_t number, char text[32])
{
    if (draw(&seed, 2)) {
        of->seq = kept[number].seq;
        return;
    }
    snprintf(text, 32, "rating-%u", number);
    of->id = span_of(text);
}

static uint64_t publish_change(enum event_type type, const void *data)
{
    static uint32_t changes;
    char id[32];
    snprintf(id, sizeof id, "change-%u", ++changes);
    return showroom_publish_as(&showroom, "/survey", id, type, NULL, 0, data);
}

static uint64_t retract(uint32_t number)
{
    struct retracted fact = {0};
    char text[32];
    refer(&fact.of, number, text);
    SET(&fact, retracted, reason, span_of("sent by mistake"));
    fact.has |= 1ull << retracted_field_of;
    kept[number].retracted = true;
    return publish_change(EVENT_feedback_retracted, &fact);
}

static uint64_t correct(uint32_t number)
{
    struct kept *rating = &kept[number];
    struct corrected fact = {0};
    char text[32];
    refer(&fact.of, number, text);
    fact.has |= 1ull << corrected_field_of;
    rating->overall = (int)draw(&seed, 101);
    SET(&fact, corrected, overall, rating->overall * 100);
    if (draw(&seed, 2)) {
        rating->store = draw(&seed, STORES);
        SET(&fact, corrected, store, span_of(stores[rating->store]));
    }
    if (draw(&seed, 2)) {
        rating->staff = 1 + draw(&seed, STAFF - 1);
        SET(&fact, corrected, staff, span_of(staff_names[rating->staff]));
    }
    if (draw(&seed, 2)) {
        rating->dimension[0] = (int)draw(&seed, 101);
        struct dimension_scores scores = {.count = 1};
        scores.item[0] =
            (struct dimension_score){span_of(dimensions[rating->department][0]), rating->dimension[0] * 100};
        SET(&fact, corrected, scores, scores);
    }
    return publish_change(EVENT_feedback_corrected, &fact);
}

/* ---- the model's answers ---- */

/* Which ratings are asked for; NONE is all. */
struct slice {
    int store, department, staff;
    int64_t first_day, last_day;
};

struct figures {
    double n, satisfied, promoters, detractors, nps_n, ces, ces_n;
    double sum[DEPARTMENTS][2], count[DEPARTMENTS][2];
};

static struct figures add_up(const struct slice *slice)
{
    struct figures figures = {0};
    for (uint32_t i = 0; i < kept_count; i++) {
        const struct kept *r = &kept[i];
        if (r->retracted || r->day < slice->first_day || r->day > slice->last_day ||
            (slice->store != NONE && (int)r->store != slice->store) ||
            (slice->department != NONE && (int)r->department != slice->department) ||
            (slice->staff != NONE && (int)r->staff != slice->staff))
            continue;
        figures.n++;
        figures.satisfied += r->overall >= r->satisfied_from;
        figures.nps_n += r->nps != NONE;
        figures.promoters += r->nps >= 90;
        figures.detractors += r->nps != NONE && r->nps <= 60;
        figures.ces_n += r->ces != NONE;
        figures.ces += r->ces != NONE ? r->ces / 10.0 : 0;
        for (int k = 0; k < 2; k++) {
            figures.count[r->department][k] += r->dimension[k] != NONE;
            figures.sum[r->department][k] += r->dimension[k] != NONE ? r->dimension[k] / 10.0 : 0;
        }
    }
    return figures;
}

static const struct dimension_figure *dimension_of(const struct score *card, const char *name)
{
    for (uint32_t i = 0; i < card->dimensions_count; i++) {
        if (span_is(card->dimensions[i].name, name))
            return &card->dimensions[i];
    }
    return NULL;
}

static void near(double value, double expected)
{
    if (fabs(value - expected) > 1e-9 * (1 + fabs(expected)))
        fail_msg("%.12g instead of %.12g", value, expected);
}

static void card_agrees(const struct score *card, const struct slice *slice)
{
    struct figures figures = add_up(slice);
    assert_int_equal(card->n, (int64_t)figures.n);
    if (figures.n > 0)
        near(card->csat.share, figures.satisfied / figures.n);
    assert_int_equal(card->nps.n, (int64_t)figures.nps_n);
    if (figures.nps_n > 0)
        near(card->nps.value, 100 * (figures.promoters - figures.detractors) / figures.nps_n);
    assert_int_equal(card->ces.n, (int64_t)figures.ces_n);
    if (figures.ces_n > 0)
        near(card->ces.mean, figures.ces / figures.ces_n);
    for (uint32_t d = 0; d < DEPARTMENTS; d++) {
        double weighted = 0, weight = 0;
        for (int k = 0; k < 2; k++) {
            const struct dimension_figure *figure = dimension_of(card, dimensions[d][k]);
            double count = figures.count[d][k];
            assert_int_equal(figure ? figure->n : 0, (int64_t)count);
            if (count == 0)
                continue;
            near(figure->mean, figures.sum[d][k] / count);
            weighted += weights[d][k] * figures.sum[d][k] / count;
            weight += weights[d][k];
        }
        if (slice->department == (int)d && weight > 0)
            near(card->csi.value, 100 * weighted / weight);
    }
}

/* ---- asking ---- */

static int index_of(struct span name, const char *const *names, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (names[i] && span_is(name, names[i]))
            return (int)i;
    }
    return NONE;
}

/* Asks for all rows, `limit` at a time, and compares each; returns how many there were. */
static uint32_t rows_agree(const char *by, const char *period, uint32_t limit)
{
    struct get_request request = {0};
    char cursor[1024];
    uint32_t total = 0;
    SET(&request, get_request, what, span_of("scores"));
    SET(&request, get_request, by, span_of(by));
    SET(&request, get_request, period, span_of(period));
    SET(&request, get_request, limit, limit);
    for (bool more = true; more;) {
        struct rows_reply reply;
        struct wire_value header;
        showroom_ask(&showroom, &request, &reply);
        struct wire_reader reader = wire_reader(reply.rows);
        assert_int_equal(wire_read(&reader, &header), 0);
        assert_true(header.count <= limit);
        for (uint32_t i = 0; i < header.count; i++, total++) {
            struct span row;
            static struct score card;
            assert_int_equal(wire_skip(&reader, 8, &row), 0);
            desk_decode(row, &record_of_score, &card);
            struct slice slice = {
                .store = HAS(&card, score, store) ? index_of(card.store, stores, STORES) : NONE,
                .department =
                    HAS(&card, score, department) ? index_of(card.department, departments, DEPARTMENTS) : NONE,
                .staff = HAS(&card, score, staff) ? index_of(card.staff, staff_names, STAFF) : NONE,
            };
            assert_int_equal(period_days(span_of(period), &slice.first_day, &slice.last_day), 0);
            card_agrees(&card, &slice);
        }
        more = HAS(&reply, rows_reply, cursor);
        if (more) {
            snprintf(cursor, sizeof cursor, "%.*s", SPAN_ARGS(reply.cursor));
            SET(&request, get_request, cursor, span_of(cursor));
        }
    }
    return total;
}

static void every_level_and_period_agrees(void)
{
    static const char *const periods[] = {"2026-11-23", "2026-11", "2026-10", "2026-Q4", "2026-H2", "2026", "2025"};
    for (uint32_t i = 0; i < sizeof periods / sizeof periods[0]; i++) {
        assert_int_equal(rows_agree("group", periods[i], 100), 1);
        rows_agree("department", periods[i], 100);
        rows_agree("store", periods[i], 100);
        rows_agree("staff", periods[i], 5);
    }
    assert_int_equal(rows_agree("department", "2026", 1), DEPARTMENTS);
    assert_int_equal(rows_agree("store", "2026", 4), STORES * DEPARTMENTS);
    assert_int_equal(rows_agree("staff", "2026", 5), STORES * DEPARTMENTS * (STAFF - 1));
}

/* ---- the stories ---- */

static void random_ratings_roll_up_as_a_naive_model_adds_them(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < RATINGS; i++) {
        rate(80);
        if (draw(&seed, 20) == 0)
            showroom_pass(&showroom, 700);
    }
    showroom_turn(&showroom);
    every_level_and_period_agrees();
    showroom_rebuild_is_equal(&showroom, "/rebuilt-ratings");
}

static void adopt_stricter_policy(void)
{
    static struct policy policy;
    static char content[SYSTEM_EVENT_MAX];
    size_t len;
    char hash[33];
    policy_default(&policy);
    policy.satisfied_thousandths = 9000;
    assert_int_equal(policy_render(&policy, content, sizeof content, &len, hash), 0);
    struct adopted adopted = {0};
    SET(&adopted, adopted, by, span_of("group"));
    SET(&adopted, adopted, content, span_make(content, len));
    SET(&adopted, adopted, hash, span_of(hash));
    showroom_publish(&showroom, EVENT_policy_adopted, NULL, 0, &adopted);
    showroom_turn(&showroom);
}

static void corrections_and_retractions_take_back_exactly_what_was_counted(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < RATINGS; i++) {
        if (i == RATINGS / 2)
            adopt_stricter_policy();
        rate(i < RATINGS / 2 ? 80 : 90);
        uint32_t number = draw(&seed, kept_count);
        if (kept[number].retracted)
            continue;
        uint32_t what = draw(&seed, 6);
        uint64_t seq = what == 0 ? retract(number) : what < 3 ? correct(number) : 0;
        if (draw(&seed, 10) == 0) {
            showroom_pass(&showroom, 400);
            if (seq)
                assert_int_equal(showroom_outcome(&showroom, seq), 0);
        }
    }
    showroom_turn(&showroom);
    every_level_and_period_agrees();
    showroom_nothing_twice(&showroom);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-corrections");
}

static void what_cannot_be_corrected_is_refused_with_the_reason(void **state)
{
    (void)state;
    rate(80);
    uint64_t first = retract(0);
    uint64_t second = retract(0);
    struct corrected fact = {.of = {.id = span_of("nobody-knows")}};
    fact.has = 1ull << corrected_field_of;
    uint64_t unknown = publish_change(EVENT_feedback_corrected, &fact);
    fact.of = (struct reference){.seq = 1}; /* policy.adopted */
    uint64_t no_fact = publish_change(EVENT_feedback_corrected, &fact);
    struct complained complaint = showroom_complaint(NULL, NULL);
    fact.of.seq = showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &complaint);
    uint64_t no_rating = publish_change(EVENT_feedback_corrected, &fact);
    showroom_turn(&showroom);
    assert_int_equal(showroom_outcome(&showroom, first), 0);
    assert_int_equal(showroom_outcome(&showroom, second), -E_ALREADY_DONE);
    assert_int_equal(showroom_outcome(&showroom, unknown), -E_UNKNOWN_FACT);
    assert_int_equal(showroom_outcome(&showroom, no_fact), -E_UNKNOWN_FACT);
    assert_int_equal(showroom_outcome(&showroom, no_rating), -E_BAD_DECISION);

    struct retracted retraction = {.of = {.seq = fact.of.seq}};
    SET(&retraction, retracted, reason, span_of("it was another dealer"));
    retraction.has |= 1ull << retracted_field_of;
    uint64_t withdrawn = publish_change(EVENT_feedback_retracted, &retraction);
    showroom_turn(&showroom);
    assert_int_equal(showroom_outcome(&showroom, withdrawn), 0);
    char id[32];
    struct complaint card;
    snprintf(id, sizeof id, "C-%llu", (unsigned long long)fact.of.seq);
    showroom_card(&showroom, "complaint", id, &card);
    assert_int_equal(card.outcome, complaint_outcome_is_withdrawn);
    showroom_verify(&showroom);
}

/* A rating in a second's last 10 ms: its task is said in the next one, when the score card's time has come already. */
static void a_score_card_comes_although_a_task_is_said_after_its_time(void **state)
{
    (void)state;
    showroom_turn(&showroom);
    showroom_pass(&showroom, 990);
    struct rated fact = showroom_rating("V-1", 3000);
    showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &fact);
    assert_int_equal(desk_turn(&showroom.desk), 0);
    desk_pass(&showroom.desk, 20);
    showroom_turn(&showroom);
    assert_int_equal(showroom_count(&showroom, "task.changed", ""), 1);
    showroom_pass(&showroom, 1000);
    assert_int_equal(showroom_count(&showroom, "score.changed", ""), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define STORY(name) cmocka_unit_test_prestate_setup_teardown(name, open_showroom, showroom_end, &showroom)
        STORY(random_ratings_roll_up_as_a_naive_model_adds_them),
        STORY(corrections_and_retractions_take_back_exactly_what_was_counted),
        STORY(what_cannot_be_corrected_is_refused_with_the_reason),
        STORY(a_score_card_comes_although_a_task_is_said_after_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
