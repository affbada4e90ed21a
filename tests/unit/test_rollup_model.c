/*
 * test_rollup_model.c - a hundred thousand ratings, corrections and retractions, summed by day in rows that are cached, written and
 * read again, and rolled up to periods and levels: against a list of ratings that is added up for each question.
 *
 * test_worker_scores.c asks the same of the whole line, with fewer; test_score_model.c compares the figures made of such sums.
 */
#include "core/status.h"
#include "io/store_sim.h"
#include "tests/support/operations.h"
#include "tests/support/ratings.h"
#include "workers/score_cache.h"
#include "workers/score_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define CHANGES 120000u
#define RATINGS_MAX 100000u
#define STORES 5u
#define DEPARTMENTS 3u
#define STAFF 4u
#define DAYS 60u
#define FIRST_DAY (-30) /* days before 1970 come first */
#define DIMENSIONS 4u
#define CACHE_ROWS 512u /* fewer than there are rows */
#define ALL UINT32_MAX

struct kept {
    uint8_t store, department, staff, day;
    int16_t overall, nps, dimension[DIMENSIONS]; /* tenths; -1: no answer */
    bool gone;
};

static struct kept kept[RATINGS_MAX], committed[RATINGS_MAX];
static uint32_t count, committed_count;
static struct policy policy;
static struct store *store;
static struct store_txn *txn;
static struct score_cache *cache;
static uint64_t seed = 20261123;
static uint64_t operations;

static const char *const store_names[STORES] = {"a", "ab", "b", "sh", "sh-pudong"};
static const char *const department_names[DEPARTMENTS] = {"sales", "service", "x"};
static const char *const staff_names[STAFF] = {"", "li", "li.na", "wang"};
static const char *const dimension_names[DIMENSIONS] = {"advisor", "price", "quality", "zeal"};

/* ---- rows ---- */

static struct span key_of(const struct kept *rating, uint8_t buffer[SCORE_KEY_MAX])
{
    const struct score_place place = {
        .store = span_of(store_names[rating->store]),
        .department = span_of(department_names[rating->department]),
        .day = FIRST_DAY + rating->day,
        .staff = span_of(staff_names[rating->staff]),
    };
    return span_make(buffer, score_key_build(&place, buffer));
}

static void count_rating(const struct kept *rating, int sign)
{
    uint8_t buffer[SCORE_KEY_MAX];
    struct rating_values values;
    struct score_sums *sums;
    struct rated rated = rating_of(department_names[rating->department], "");
    if (rating->overall >= 0)
        SET(&rated, rated, overall, rating->overall * 100);
    if (rating->nps >= 0)
        SET(&rated, rated, nps, rating->nps * 100);
    for (uint32_t i = 0; i < DIMENSIONS; i++) {
        if (rating->dimension[i] >= 0)
            rated.scores.item[rated.scores.count++] =
                (struct dimension_score){span_of(dimension_names[i]), rating->dimension[i] * 100};
    }
    if (rated.scores.count > 0)
        rated.has |= (uint64_t)1 << rated_field_scores;
    rating_reduce(&policy, &rated, &values, NULL);
    assert_int_equal(score_cache_get(cache, txn, 0, key_of(rating, buffer), &sums), 0);
    score_add(&policy, sums, &values, sign);
}

static void begin(void)
{
    assert_int_equal(store_begin(store, true, &txn), 0);
}

static void commit(void)
{
    assert_int_equal(score_cache_flush(cache, txn, 0), 0);
    assert_int_equal(store_commit(txn), 0);
    memcpy(committed, kept, count * sizeof kept[0]);
    committed_count = count;
    begin();
}

/* The turn is lost: what was counted in it must be counted anew, by whoever folds it again. */
static void abort_turn(void)
{
    store_abort(txn);
    score_cache_forget(cache);
    memcpy(kept, committed, committed_count * sizeof kept[0]);
    count = committed_count;
    begin();
}

/* ---- changes ---- */

static int16_t answer(uint32_t below)
{
    return draw(&seed, 3) ? (int16_t)draw(&seed, below) : -1;
}

static void place_draw(struct kept *rating)
{
    rating->store = (uint8_t)draw(&seed, STORES);
    rating->department = (uint8_t)draw(&seed, DEPARTMENTS);
    rating->staff = (uint8_t)draw(&seed, STAFF);
}

static void rate(void)
{
    struct kept *rating = &kept[count++];
    *rating = (struct kept){.day = (uint8_t)draw(&seed, DAYS), .overall = (int16_t)draw(&seed, 101)};
    place_draw(rating);
    rating->nps = answer(2) < 0 ? -1 : (int16_t)(draw(&seed, 11) * 10);
    for (uint32_t i = 0; i < DIMENSIONS; i++)
        rating->dimension[i] = answer(101);
    count_rating(rating, 1);
}

/* Takes it back as it was, and counts what it is now, maybe elsewhere: never on another day. */
static void correct(struct kept *rating)
{
    count_rating(rating, -1);
    if (draw(&seed, 2))
        place_draw(rating);
    rating->overall = (int16_t)draw(&seed, 101);
    rating->dimension[draw(&seed, DIMENSIONS)] = answer(101);
    count_rating(rating, 1);
}

static void retract(struct kept *rating)
{
    count_rating(rating, -1);
    rating->gone = true;
}

static void change(void)
{
    struct kept *rating = count > 0 ? &kept[draw(&seed, count)] : NULL;
    uint32_t luck = draw(&seed, 10);
    if (luck < 6 || !rating)
        rate();
    else if (rating->gone)
        return;
    else if (luck < 9)
        correct(rating);
    else
        retract(rating);
    operations++;
}

/* ---- questions ---- */

struct question {
    uint32_t store, department, staff; /* ALL, or a number */
    int64_t first, last;
};

struct tally {
    uint64_t n, satisfied, nps_n, promoters, detractors, answers[DIMENSIONS];
    int64_t overall, sum[DIMENSIONS], squares[DIMENSIONS];
};

static bool fits(const struct question *question, uint32_t in_store, uint32_t department, uint32_t staff, int64_t day)
{
    return (question->store == ALL || question->store == in_store) &&
           (question->department == ALL || question->department == department) &&
           (question->staff == ALL || question->staff == staff) && day >= question->first && day <= question->last;
}

static struct tally add_up(const struct question *question)
{
    struct tally tally = {0};
    for (uint32_t i = 0; i < count; i++) {
        const struct kept *r = &kept[i];
        if (r->gone || !fits(question, r->store, r->department, r->staff, FIRST_DAY + r->day))
            continue;
        tally.n++;
        tally.overall += r->overall * 100;
        tally.satisfied += r->overall >= 80;
        tally.nps_n += r->nps >= 0;
        tally.promoters += r->nps >= 90;
        tally.detractors += r->nps >= 0 && r->nps <= 60;
        for (uint32_t k = 0; k < DIMENSIONS; k++) {
            if (r->dimension[k] < 0)
                continue;
            tally.answers[k]++;
            tally.sum[k] += r->dimension[k] * 100;
            tally.squares[k] += (int64_t)r->dimension[k] * r->dimension[k] * 10000;
        }
    }
    return tally;
}

static uint32_t number_of(struct span name, const char *const *names, uint32_t most)
{
    for (uint32_t i = 0; i < most; i++) {
        if (span_is(name, names[i]))
            return i;
    }
    fail();
    return ALL;
}

/* Every row of the table that fits, added up. */
static struct score_sums roll_up(const struct question *question)
{
    struct score_sums total = {0}, sums;
    struct store_cursor *cursor;
    struct span key, value;
    assert_int_equal(store_cursor_open(txn, 0, &cursor), 0);
    for (int status = store_seek(cursor, span_make(NULL, 0), &key, &value); status == 0;
         status = store_next(cursor, &key, &value)) {
        struct score_place place;
        assert_int_equal(score_key_parse(key, &place), 0);
        if (!fits(question, number_of(place.store, store_names, STORES),
                  number_of(place.department, department_names, DEPARTMENTS),
                  number_of(place.staff, staff_names, STAFF), place.day))
            continue;
        assert_int_equal(score_row_decode(value, &sums), 0);
        assert_true(sums.n > 0); /* an empty row leaves */
        score_roll_up(&total, &sums);
    }
    store_cursor_close(cursor);
    return total;
}

static void ask(void)
{
    struct question question = {.store = draw(&seed, 2) ? draw(&seed, STORES) : ALL,
                                .department = draw(&seed, 2) ? draw(&seed, DEPARTMENTS) : ALL,
                                .staff = draw(&seed, 2) ? draw(&seed, STAFF) : ALL};
    question.first = FIRST_DAY + (int64_t)draw(&seed, DAYS);
    question.last = question.first + draw(&seed, 40);
    commit();
    struct tally tally = add_up(&question);
    struct score_sums sums = roll_up(&question);
    assert_int_equal(sums.n, tally.n);
    assert_int_equal(sums.overall.n, tally.n);
    assert_int_equal(sums.overall.sum, tally.overall);
    assert_int_equal(sums.satisfied, tally.satisfied);
    assert_int_equal(sums.nps_n, tally.nps_n);
    assert_int_equal(sums.promoters, tally.promoters);
    assert_int_equal(sums.detractors, tally.detractors);
    assert_int_equal(sums.dropped, 0);
    uint32_t at = 0;
    for (uint32_t k = 0; k < DIMENSIONS; k++) {
        if (tally.answers[k] == 0)
            continue;
        assert_true(at < sums.dimension_count);
        assert_true(span_is(dimension_name(&sums.dimension[at]), dimension_names[k]));
        assert_int_equal(sums.dimension[at].sums.n, tally.answers[k]);
        assert_int_equal(sums.dimension[at].sums.sum, tally.sum[k]);
        assert_int_equal(sums.dimension[at].sums.squares, tally.squares[k]);
        at++;
    }
    assert_int_equal(at, sums.dimension_count);
    operations++;
}

static void sums_by_day_roll_up_to_what_a_list_adds_up_to(void **state)
{
    (void)state;
    static const char *const tables[] = {"scores"};
    const struct store_options options = {.path = "/rollup", .tables = tables, .table_count = 1, .map_bytes = 64 * MIB};
    policy_default(&policy);
    store_sim_forget("/rollup");
    assert_int_equal(store_open(&options, &store), 0);
    assert_int_equal(score_cache_open(CACHE_ROWS, 7, &cache), 0);
    begin();
    for (uint32_t i = 0; i < CHANGES && count < RATINGS_MAX; i++) {
        change();
        uint32_t luck = draw(&seed, 10000);
        if (luck < 5)
            abort_turn();
        else if (luck < 30)
            commit();
        else if (luck < 50)
            ask();
    }
    for (uint32_t i = 0; i < 20; i++)
        ask();
    store_abort(txn);
    score_cache_close(cache);
    store_close(store);
    operations_tell("sums by day and what they roll up to", operations);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_by_day_roll_up_to_what_a_list_adds_up_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
