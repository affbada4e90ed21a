/* The cache of rows against a naive map: whatever is lent, flushed, aborted or dropped, the table says the same. */
#include "core/status.h"
#include "io/store_sim.h"
#include "tests/support/ratings.h"
#include "workers/score_cache.h"
#include "workers/score_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PATH "/tmp/manyi-test-score-cache"

enum { OTHER, SCORES };

static const char *const tables[] = {"other", "scores"};
static struct store *store;

static int open_store(void **state)
{
    (void)state;
    store_sim_forget(PATH);
    const struct store_options options = {
        .path = PATH, .tables = tables, .table_count = 2, .durability = STORE_MAY_LOSE_LAST, .map_bytes = 64u << 20};
    return store_open(&options, &store);
}

static int close_store(void **state)
{
    (void)state;
    store_close(store);
    return 0;
}

static struct store_txn *begin(bool write)
{
    struct store_txn *txn;
    assert_int_equal(store_begin(store, write, &txn), 0);
    return txn;
}

static struct score_cache *cache_of(uint32_t rows_max, uint64_t seed)
{
    struct score_cache *cache;
    assert_int_equal(score_cache_open(rows_max, seed, &cache), 0);
    return cache;
}

static struct score_sums *lend(struct score_cache *cache, struct store_txn *txn, const char *key)
{
    struct score_sums *sums;
    assert_int_equal(score_cache_get(cache, txn, SCORES, span_of(key), &sums), 0);
    return sums;
}

static uint64_t n_in_table(struct store_txn *txn, const char *key)
{
    struct span value;
    struct score_sums sums;
    if (store_get(txn, SCORES, span_of(key), &value) != 0)
        return 0;
    assert_int_equal(score_row_decode(value, &sums), 0);
    return sums.n;
}

static void a_row_is_in_the_table_after_the_flush(void **state)
{
    (void)state;
    struct score_cache *cache = cache_of(4, 1);
    struct store_txn *txn = begin(true);
    lend(cache, txn, "a")->n = 3;
    assert_int_equal(n_in_table(txn, "a"), 0);
    assert_int_equal(score_cache_flush(cache, txn, SCORES), 0);
    assert_int_equal(n_in_table(txn, "a"), 3);
    assert_int_equal(store_commit(txn), 0);
    score_cache_close(cache);

    cache = cache_of(4, 2); /* after a restart */
    txn = begin(true);
    assert_int_equal(lend(cache, txn, "a")->n, 3);
    store_abort(txn);
    score_cache_close(cache);
}

static void an_emptied_row_leaves_the_table(void **state)
{
    (void)state;
    struct score_cache *cache = cache_of(4, 1);
    struct store_txn *txn = begin(true);
    lend(cache, txn, "a")->n = 3;
    lend(cache, txn, "b"); /* looked at, never filled */
    assert_int_equal(score_cache_flush(cache, txn, SCORES), 0);
    lend(cache, txn, "a")->n = 0;
    assert_int_equal(score_cache_flush(cache, txn, SCORES), 0);
    uint64_t count;
    assert_int_equal(store_count(txn, SCORES, &count), 0);
    assert_int_equal(count, 0);
    store_abort(txn);
    score_cache_close(cache);
}

static void an_aborted_turn_is_forgotten(void **state)
{
    (void)state;
    struct score_cache *cache = cache_of(4, 1);
    struct store_txn *txn = begin(true);
    lend(cache, txn, "a")->n = 3;
    assert_int_equal(score_cache_flush(cache, txn, SCORES), 0);
    assert_int_equal(store_commit(txn), 0);

    txn = begin(true);
    lend(cache, txn, "a")->n = 4;
    store_abort(txn);
    score_cache_forget(cache);

    txn = begin(true);
    assert_int_equal(lend(cache, txn, "a")->n, 3);
    assert_int_equal(score_cache_flush(cache, txn, SCORES), 0);
    assert_int_equal(n_in_table(txn, "a"), 3);
    store_abort(txn);
    score_cache_close(cache);
}

static void a_broken_row_is_reported_and_not_lent(void **state)
{
    (void)state;
    struct score_cache *cache = cache_of(4, 1);
    struct store_txn *txn = begin(true);
    assert_int_equal(store_put(txn, SCORES, span_of("a"), span_of("not a row")), 0);
    struct score_sums *sums = NULL;
    assert_int_equal(score_cache_get(cache, txn, SCORES, span_of("a"), &sums), -E_BAD_FORMAT);
    assert_null(sums);
    lend(cache, txn, "b")->n = 1;
    assert_int_equal(score_cache_flush(cache, txn, SCORES), 0);
    struct span value;
    assert_int_equal(store_get(txn, SCORES, span_of("a"), &value), 0);
    assert_true(span_is(value, "not a row"));
    store_abort(txn);
    score_cache_close(cache);
}

/* ---- against a naive map ---- */

#define PLACES 60u

struct map {
    struct score_sums sums[PLACES];
};

static struct span key_of(uint32_t number, uint8_t key[SCORE_KEY_MAX])
{
    static const char *const departments[] = {"service", "sales", "call_centre"};
    static const char *const staff[] = {"", "A-17", "A-18", "王丽"};
    struct score_place place = {span_of(number % 2 ? "sh-pudong" : "sh-pudong-2"), span_of(departments[number % 3]),
                                number / 12, span_of(staff[number % 4])};
    return span_make(key, score_key_build(&place, key));
}

static void change(struct map *map, struct score_cache *cache, struct store_txn *txn, uint64_t *random)
{
    uint32_t number = draw(random, PLACES);
    uint8_t key[SCORE_KEY_MAX];
    struct score_sums *sums;
    assert_int_equal(score_cache_get(cache, txn, SCORES, key_of(number, key), &sums), 0);
    assert_memory_equal(sums, &map->sums[number], sizeof *sums);
    if (draw(random, 4) == 0)
        memset(sums, 0, sizeof *sums);
    else {
        sums->n += 1 + draw(random, 5);
        sums->ces.n++;
        int64_t ease = 1000 + draw(random, 6001);
        sums->ces.sum += ease;
        sums->ces.squares += ease * ease;
        sums->dimension_count = 1;
        sums->dimension[0].len = 5;
        memcpy(sums->dimension[0].dimension, "speed", 5);
        sums->dimension[0].sums.n++;
    }
    map->sums[number] = *sums;
}

static void check_table(const struct map *map, struct store_txn *txn)
{
    uint64_t expected = 0, count;
    for (uint32_t i = 0; i < PLACES; i++) {
        uint8_t key[SCORE_KEY_MAX], row[SCORE_ROW_MAX];
        struct span value;
        int result = store_get(txn, SCORES, key_of(i, key), &value);
        assert_int_equal(result, map->sums[i].n == 0 ? -E_NOT_FOUND : 0);
        if (result != 0)
            continue;
        expected++;
        assert_true(span_equal(value, span_make(row, score_row_encode(&map->sums[i], row))));
    }
    assert_int_equal(store_count(txn, SCORES, &count), 0);
    assert_int_equal(count, expected);
}

static void the_table_says_what_a_naive_map_says(void **state)
{
    (void)state;
    static const uint32_t rows_max[] = {1, 2, 7, 59, 60, 61, 8192};
    static struct map map, committed;
    memset(&map, 0, sizeof map);
    for (size_t size = 0; size < sizeof rows_max / sizeof rows_max[0]; size++) {
        uint64_t random = 77 + size;
        struct score_cache *cache = cache_of(rows_max[size], size);
        for (uint32_t turn = 0; turn < 60; turn++) {
            committed = map;
            struct store_txn *txn = begin(true);
            for (uint32_t i = draw(&random, 100); i > 0; i--)
                change(&map, cache, txn, &random);
            bool flushed = draw(&random, 5) > 0;
            if (flushed) {
                assert_int_equal(score_cache_flush(cache, txn, SCORES), 0);
                check_table(&map, txn);
            }
            if (flushed && draw(&random, 5) > 0)
                assert_int_equal(store_commit(txn), 0);
            else {
                store_abort(txn);
                score_cache_forget(cache);
                map = committed;
            }
            txn = begin(false);
            check_table(&map, txn);
            store_abort(txn);
        }
        score_cache_close(cache);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_row_is_in_the_table_after_the_flush, open_store, close_store),
        cmocka_unit_test_setup_teardown(an_emptied_row_leaves_the_table, open_store, close_store),
        cmocka_unit_test_setup_teardown(an_aborted_turn_is_forgotten, open_store, close_store),
        cmocka_unit_test_setup_teardown(a_broken_row_is_reported_and_not_lent, open_store, close_store),
        cmocka_unit_test_setup_teardown(the_table_says_what_a_naive_map_says, open_store, close_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
