/* What only the simulated store can do, so that tests of others can rely on it. */
#include "core/status.h"
#include "io/store.h"
#include "io/store_sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define PATH "the worker's state"

static const char *const tables[] = {"cases"};

static struct store *open_store(enum store_durability durability)
{
    const struct store_options options = {
        .path = PATH, .tables = tables, .table_count = 1, .durability = durability, .map_bytes = 1 << 20};
    struct store *store;
    assert_int_equal(store_open(&options, &store), 0);
    return store;
}

static int write_case(struct store *store, const char *id)
{
    struct store_txn *txn;
    assert_int_equal(store_begin(store, true, &txn), 0);
    assert_int_equal(store_put(txn, 0, span_of(id), span_of("open")), 0);
    return store_commit(txn);
}

static bool has_case(struct store *store, const char *id)
{
    struct store_txn *txn;
    struct span value;
    assert_int_equal(store_begin(store, false, &txn), 0);
    int status = store_get(txn, 0, span_of(id), &value);
    store_abort(txn);
    assert_true(status == 0 || status == -E_NOT_FOUND);
    return status == 0;
}

static int forget(void **state)
{
    (void)state;
    store_sim_forget(PATH);
    return 0;
}

static void a_forgotten_store_is_empty(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_DURABLE);
    assert_int_equal(write_case(store, "C-1"), 0);
    store_close(store);
    store_sim_forget(PATH);
    store = open_store(STORE_DURABLE);
    assert_false(has_case(store, "C-1"));
    store_close(store);
}

static void a_commit_fails_on_demand_once_and_keeps_nothing(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_DURABLE);
    store_sim_fail_next_commit(PATH, -E_STORE_FULL);
    assert_int_equal(write_case(store, "C-1"), -E_STORE_FULL);
    assert_false(has_case(store, "C-1"));
    assert_int_equal(write_case(store, "C-2"), 0);
    assert_true(has_case(store, "C-2"));
    store_close(store);
}

static void a_crash_keeps_what_was_committed_and_nothing_else(void **state)
{
    (void)state;
    struct store *dead = open_store(STORE_DURABLE);
    struct store_txn *txn;
    assert_int_equal(write_case(dead, "C-1"), 0);
    assert_int_equal(store_begin(dead, true, &txn), 0);
    assert_int_equal(store_put(txn, 0, span_of("C-2"), span_of("open")), 0);
    store_sim_crash(PATH, false);

    struct store *store = open_store(STORE_DURABLE);
    assert_true(has_case(store, "C-1"));
    assert_false(has_case(store, "C-2"));
    assert_int_equal(write_case(store, "C-3"), 0);
    store_abort(txn);
    store_close(dead);
    assert_true(has_case(store, "C-3"));
    store_close(store);
}

static void a_store_that_may_loses_its_last_commit_only(void **state)
{
    (void)state;
    struct store *dead = open_store(STORE_MAY_LOSE_LAST);
    assert_int_equal(write_case(dead, "C-1"), 0);
    assert_int_equal(write_case(dead, "C-2"), 0);
    store_sim_crash(PATH, true);
    store_close(dead);
    struct store *store = open_store(STORE_MAY_LOSE_LAST);
    assert_true(has_case(store, "C-1"));
    assert_false(has_case(store, "C-2"));
    store_close(store);
}

struct watched {
    uint32_t before, after;
    int fail_before, fail_after;
};

static int watch_commit(void *context, const char *path, bool kept)
{
    struct watched *watched = context;
    assert_string_equal(path, PATH);
    ++*(kept ? &watched->after : &watched->before);
    return kept ? watched->fail_after : watched->fail_before;
}

static void a_watched_commit_fails_with_or_without_being_kept(void **state)
{
    (void)state;
    struct watched watched = {0};
    struct store *store = open_store(STORE_DURABLE);
    store_sim_set_watch(watch_commit, &watched);
    assert_int_equal(write_case(store, "C-1"), 0);
    watched.fail_before = -E_COMMIT_FAILED;
    assert_int_equal(write_case(store, "C-2"), -E_COMMIT_FAILED);
    watched.fail_before = 0;
    watched.fail_after = -E_IO;
    assert_int_equal(write_case(store, "C-3"), -E_IO);
    store_sim_set_watch(NULL, NULL);
    assert_int_equal(watched.before, 3);
    assert_int_equal(watched.after, 2);
    assert_true(has_case(store, "C-1"));
    assert_false(has_case(store, "C-2"));
    assert_true(has_case(store, "C-3"));
    store_close(store);
}

static void a_reader_outlives_the_writer_that_it_watched(void **state)
{
    (void)state;
    struct store *dead = open_store(STORE_MAY_LOSE_LAST);
    const struct store_options options = {.path = PATH, .tables = tables, .table_count = 1, .read_only = true};
    struct store *reader;
    assert_int_equal(store_open(&options, &reader), 0);
    assert_int_equal(write_case(dead, "C-1"), 0);
    assert_int_equal(write_case(dead, "C-2"), 0);
    assert_true(store_sim_may_lose_last("the worker"));
    assert_true(store_sim_crash_all("the worker", true));
    assert_false(store_sim_crash_all("the worker", true)); /* only the last commit, once */
    store_close(dead);
    assert_true(has_case(reader, "C-1"));
    assert_false(has_case(reader, "C-2"));
    store_sim_forget_all("the worker");
    assert_false(has_case(reader, "C-1"));
    store_close(reader);
}

static void a_snapshot_stays_as_it_was(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_DURABLE);
    assert_int_equal(write_case(store, "C-1"), 0);
    store_sim_copy_all("the worker", "backup of it");
    assert_int_equal(write_case(store, "C-2"), 0);
    store_close(store);
    store_sim_copy_all("backup of it", "the worker");
    store = open_store(STORE_DURABLE);
    assert_true(has_case(store, "C-1"));
    assert_false(has_case(store, "C-2"));
    store_close(store);
    store_sim_forget_all("backup of it");
}

static void a_few_hundred_thousand_rows_are_no_burden(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_DURABLE);
    for (uint32_t turn = 0; turn < 300; turn++) {
        struct store_txn *txn;
        assert_int_equal(store_begin(store, true, &txn), 0);
        for (uint32_t i = 0; i < 1000; i++) {
            char key[16];
            snprintf(key, sizeof key, "C-%08u", turn * 1000 + i);
            assert_int_equal(store_append(txn, 0, span_of(key), span_of("open")), 0);
        }
        assert_int_equal(store_commit(txn), 0);
    }
    struct store_txn *txn;
    struct store_cursor *cursor;
    struct span key, value;
    uint64_t rows = 0, counted;
    assert_int_equal(store_begin(store, false, &txn), 0);
    assert_int_equal(store_cursor_open(txn, 0, &cursor), 0);
    for (int moved = store_seek(cursor, span_of(""), &key, &value); moved == 0;
         moved = store_next(cursor, &key, &value))
        rows++;
    assert_int_equal(rows, 300000);
    assert_int_equal(store_count(txn, 0, &counted), 0);
    assert_int_equal(counted, 300000);
    assert_int_equal(store_bytes(store), 300000 * (10 + 4)); /* "C-00000000" and "open" */
    store_cursor_close(cursor);
    store_abort(txn);
    store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, forget, forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_forgotten_store_is_empty),
        TEST(a_commit_fails_on_demand_once_and_keeps_nothing),
        TEST(a_crash_keeps_what_was_committed_and_nothing_else),
        TEST(a_store_that_may_loses_its_last_commit_only),
        TEST(a_watched_commit_fails_with_or_without_being_kept),
        TEST(a_reader_outlives_the_writer_that_it_watched),
        TEST(a_snapshot_stays_as_it_was),
        TEST(a_few_hundred_thousand_rows_are_no_burden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
