/* What every store promises. Built twice: on LMDB and in memory. */
#include "core/status.h"
#include "io/store.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { RECORDS, SESSIONS };

static const char *const tables[] = {"records", "sessions"};

struct shop {
    char path[SCRATCH_MAX];
    struct store *store;
};

static struct store *reopen(const char *path)
{
    const struct store_options options = {
        .path = path, .tables = tables, .table_count = 2, .durability = STORE_DURABLE, .map_bytes = 256u << 20};
    struct store *store;
    assert_int_equal(store_open(&options, &store), 0);
    return store;
}

static int shop_open(void **state)
{
    struct shop *shop = calloc(1, sizeof *shop);
    scratch_make(shop->path);
    shop->store = reopen(shop->path);
    *state = shop;
    return 0;
}

static int shop_close(void **state)
{
    struct shop *shop = *state;
    store_close(shop->store);
    scratch_remove(shop->path);
    free(shop);
    return 0;
}

static struct store_txn *begin(struct store *store, bool write)
{
    struct store_txn *txn;
    assert_int_equal(store_begin(store, write, &txn), 0);
    return txn;
}

static void put(struct store_txn *txn, uint32_t table, const char *key, const char *value)
{
    assert_int_equal(store_put(txn, table, span_of(key), span_of(value)), 0);
}

static void expect(struct store_txn *txn, uint32_t table, const char *key, const char *value)
{
    static const uint8_t mark;
    struct span found = {&mark, 77};
    if (value) {
        assert_int_equal(store_get(txn, table, span_of(key), &found), 0);
        assert_true(span_is(found, value));
    } else {
        assert_int_equal(store_get(txn, table, span_of(key), &found), -E_NOT_FOUND);
        assert_ptr_equal(found.at, &mark);
        assert_int_equal(found.len, 77);
    }
}

static uint64_t count(struct store_txn *txn, uint32_t table)
{
    uint64_t rows;
    assert_int_equal(store_count(txn, table, &rows), 0);
    return rows;
}

static void what_was_committed_is_read(void **state)
{
    struct shop *shop = *state;
    struct store_txn *txn = begin(shop->store, true);
    put(txn, RECORDS, "C-41", "opened");
    expect(txn, RECORDS, "C-41", "opened");
    put(txn, RECORDS, "C-41", "resolved");
    assert_int_equal(store_commit(txn), 0);

    txn = begin(shop->store, false);
    expect(txn, RECORDS, "C-41", "resolved");
    expect(txn, RECORDS, "C-42", NULL);
    expect(txn, SESSIONS, "C-41", NULL);
    assert_int_equal(count(txn, RECORDS), 1);
    store_abort(txn);
    assert_true(store_bytes(shop->store) > 0);
}

static void an_aborted_transaction_leaves_nothing(void **state)
{
    struct shop *shop = *state;
    struct store_txn *txn = begin(shop->store, true);
    put(txn, RECORDS, "C-1", "stays");
    assert_int_equal(store_commit(txn), 0);

    txn = begin(shop->store, true);
    put(txn, RECORDS, "C-1", "changed");
    put(txn, RECORDS, "C-2", "new");
    put(txn, SESSIONS, "bay-03", "7");
    assert_int_equal(store_clear(txn, RECORDS), 0);
    store_abort(txn);

    txn = begin(shop->store, true);
    expect(txn, RECORDS, "C-1", "stays");
    expect(txn, RECORDS, "C-2", NULL);
    expect(txn, SESSIONS, "bay-03", NULL);
    store_abort(txn);
    store_abort(NULL);
}

static void a_reader_sees_the_commit_of_its_begin(void **state)
{
    struct shop *shop = *state;
    struct store_txn *writer = begin(shop->store, true);
    put(writer, RECORDS, "C-1", "one");
    put(writer, RECORDS, "C-2", "two");
    assert_int_equal(store_commit(writer), 0);

    struct store_txn *early = begin(shop->store, false);
    writer = begin(shop->store, true);
    put(writer, RECORDS, "C-1", "changed");
    assert_int_equal(store_delete(writer, RECORDS, span_of("C-2")), 0);
    struct store_txn *amid = begin(shop->store, false);
    assert_int_equal(store_commit(writer), 0);
    struct store_txn *late = begin(shop->store, false);

    expect(early, RECORDS, "C-1", "one");
    expect(early, RECORDS, "C-2", "two");
    expect(amid, RECORDS, "C-1", "one");
    expect(late, RECORDS, "C-1", "changed");
    expect(late, RECORDS, "C-2", NULL);
    assert_int_equal(count(early, RECORDS), 2);
    assert_int_equal(count(late, RECORDS), 1);
    store_abort(late);
    store_abort(early);
    assert_int_equal(store_commit(amid), 0);
}

static void a_deleted_row_is_gone_and_missed_the_second_time(void **state)
{
    struct shop *shop = *state;
    struct store_txn *txn = begin(shop->store, true);
    put(txn, RECORDS, "a", "1");
    put(txn, RECORDS, "b", "2");
    put(txn, RECORDS, "c", "3");
    assert_int_equal(store_delete(txn, RECORDS, span_of("b")), 0);
    assert_int_equal(store_delete(txn, RECORDS, span_of("b")), -E_NOT_FOUND);
    expect(txn, RECORDS, "a", "1");
    expect(txn, RECORDS, "b", NULL);
    expect(txn, RECORDS, "c", "3");
    assert_int_equal(store_commit(txn), 0);
}

static void clearing_a_table_leaves_the_other(void **state)
{
    struct shop *shop = *state;
    struct store_txn *txn = begin(shop->store, true);
    put(txn, RECORDS, "a", "1");
    put(txn, SESSIONS, "a", "2");
    assert_int_equal(store_clear(txn, RECORDS), 0);
    assert_int_equal(count(txn, RECORDS), 0);
    put(txn, RECORDS, "b", "3");
    assert_int_equal(store_commit(txn), 0);
    txn = begin(shop->store, false);
    expect(txn, RECORDS, "a", NULL);
    expect(txn, RECORDS, "b", "3");
    expect(txn, SESSIONS, "a", "2");
    store_abort(txn);
}

static void appended_rows_come_back_in_order(void **state)
{
    struct shop *shop = *state;
    struct store_txn *txn = begin(shop->store, true);
    for (uint8_t i = 0; i < 200; i++) {
        uint8_t key[2] = {0, i};
        assert_int_equal(store_append(txn, RECORDS, span_make(key, 2), span_make(&i, 1)), 0);
    }
    assert_int_equal(store_commit(txn), 0);

    txn = begin(shop->store, false);
    struct store_cursor *cursor;
    struct span key, value;
    assert_int_equal(store_cursor_open(txn, RECORDS, &cursor), 0);
    int moved = store_seek(cursor, (struct span){0}, &key, &value);
    for (uint8_t i = 0; i < 200; i++) {
        assert_int_equal(moved, 0);
        assert_int_equal(key.at[1], i);
        assert_int_equal(value.at[0], i);
        moved = store_next(cursor, &key, &value);
    }
    assert_int_equal(moved, -E_NOT_FOUND);
    store_cursor_close(cursor);
    store_abort(txn);
}

/* a, ab, b, c\0, \xff: as bytes, not as letters of a language */
static void cursors_walk_in_byte_order_both_ways(void **state)
{
    struct shop *shop = *state;
    static const struct span sorted[] = {{(const uint8_t *)"a", 1},
                                         {(const uint8_t *)"ab", 2},
                                         {(const uint8_t *)"b", 1},
                                         {(const uint8_t *)"c\0", 2},
                                         {(const uint8_t *)"\xff", 1}};
    static const int order[] = {3, 0, 4, 2, 1};
    struct store_txn *txn = begin(shop->store, true);
    for (int i = 0; i < 5; i++)
        assert_int_equal(store_put(txn, RECORDS, sorted[order[i]], span_of("")), 0);
    struct store_cursor *cursor;
    struct span key, value;
    assert_int_equal(store_cursor_open(txn, RECORDS, &cursor), 0);

    int moved = store_seek(cursor, (struct span){0}, &key, &value);
    for (int i = 0; i < 5; i++, moved = store_next(cursor, &key, &value)) {
        assert_int_equal(moved, 0);
        assert_true(span_equal(key, sorted[i]));
        assert_int_equal(value.len, 0);
    }
    assert_int_equal(moved, -E_NOT_FOUND);
    assert_true(span_equal(key, sorted[4]));

    moved = store_last(cursor, &key, &value);
    for (int i = 4; i >= 0; i--, moved = store_previous(cursor, &key, &value)) {
        assert_int_equal(moved, 0);
        assert_true(span_equal(key, sorted[i]));
    }
    assert_int_equal(moved, -E_NOT_FOUND);

    assert_int_equal(store_seek(cursor, span_of("aba"), &key, &value), 0);
    assert_true(span_is(key, "b"));
    assert_int_equal(store_previous(cursor, &key, &value), 0);
    assert_true(span_is(key, "ab"));
    assert_int_equal(store_seek(cursor, span_of("\xff\x01"), &key, &value), -E_NOT_FOUND);
    assert_true(span_is(key, "ab"));
    store_cursor_close(cursor);
    store_cursor_close(NULL);
    store_abort(txn);
}

static void an_empty_table_has_no_first_and_no_last_row(void **state)
{
    struct shop *shop = *state;
    struct store_txn *txn = begin(shop->store, false);
    struct store_cursor *cursor;
    struct span key, value;
    assert_int_equal(store_cursor_open(txn, SESSIONS, &cursor), 0);
    assert_int_equal(store_seek(cursor, (struct span){0}, &key, &value), -E_NOT_FOUND);
    assert_int_equal(store_seek(cursor, span_of("x"), &key, &value), -E_NOT_FOUND);
    assert_int_equal(store_last(cursor, &key, &value), -E_NOT_FOUND);
    store_cursor_close(cursor);
    store_abort(txn);
}

static void long_keys_and_large_values_are_kept_whole(void **state)
{
    struct shop *shop = *state;
    const size_t large = 3u << 20;
    uint8_t key[STORE_KEY_MAX];
    uint8_t *bytes = malloc(large);
    memset(key, 'k', sizeof key);
    for (size_t i = 0; i < large; i++)
        bytes[i] = (uint8_t)(i * 31 >> 3);
    struct store_txn *txn = begin(shop->store, true);
    assert_int_equal(store_put(txn, RECORDS, span_make(key, sizeof key), span_make(bytes, large)), 0);
    assert_int_equal(store_commit(txn), 0);
    txn = begin(shop->store, false);
    struct span value;
    assert_int_equal(store_get(txn, RECORDS, span_make(key, sizeof key), &value), 0);
    assert_true(span_equal(value, span_make(bytes, large)));
    store_abort(txn);
    free(bytes);
}

static void closing_and_opening_again_keeps_the_commits(void **state)
{
    struct shop *shop = *state;
    struct store_txn *txn = begin(shop->store, true);
    put(txn, RECORDS, "C-1", "kept");
    put(txn, SESSIONS, "bay-03", "7");
    assert_int_equal(store_commit(txn), 0);
    txn = begin(shop->store, true);
    put(txn, RECORDS, "C-2", "not committed");
    store_abort(txn);
    store_close(shop->store);

    shop->store = reopen(shop->path);
    store_reap_readers(shop->store);
    txn = begin(shop->store, true);
    expect(txn, RECORDS, "C-1", "kept");
    expect(txn, SESSIONS, "bay-03", "7");
    expect(txn, RECORDS, "C-2", NULL);
    store_abort(txn);
}

static void a_store_opened_for_reading_only_must_exist(void **state)
{
    struct shop *shop = *state;
    struct store_options options = {.path = "/tmp/manyi-no-such-store",
                                    .tables = tables,
                                    .table_count = 2,
                                    .map_bytes = 1 << 20,
                                    .read_only = true};
    struct store *reader = NULL;
    assert_int_equal(store_open(&options, &reader), -E_NO_JOURNAL);
    assert_null(reader);

    struct store_txn *txn = begin(shop->store, true);
    put(txn, RECORDS, "C-1", "kept");
    assert_int_equal(store_commit(txn), 0);
    store_close(shop->store);
    options.path = shop->path;
    assert_int_equal(store_open(&options, &reader), 0);
    txn = begin(reader, false);
    expect(txn, RECORDS, "C-1", "kept");
    store_abort(txn);
    store_close(reader);
    shop->store = reopen(shop->path);
}

/* The naive model: a row for each possible key, and a copy of all rows for a rollback. */
#define KEYS 400u

struct model_row {
    bool there;
    uint32_t value;
};

static uint64_t next_random(uint64_t *seed)
{
    uint64_t z = (*seed += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Keys of different lengths whose order is that of their numbers. */
static struct span key_number(uint32_t number, uint8_t bytes[16])
{
    int len = snprintf((char *)bytes, 16, "%04u%.*s", number, (int)(number % 7), "zzzzzzz");
    return span_make(bytes, (size_t)len);
}

/* A value is its number, repeated: from nothing to over two pages. */
static struct span value_number(uint32_t number, uint8_t bytes[10000])
{
    size_t len = number % 5 == 0 ? number % 10000 : number % 60;
    memset(bytes, (int)(number & 0xff), len);
    return span_make(bytes, len);
}

static void compare_with_model(struct store_txn *txn, const struct model_row *model, bool forward)
{
    uint8_t key_bytes[16], value_bytes[10000];
    struct store_cursor *cursor;
    struct span key, value;
    uint64_t rows = 0;
    assert_int_equal(store_cursor_open(txn, RECORDS, &cursor), 0);
    int moved = forward ? store_seek(cursor, (struct span){0}, &key, &value) : store_last(cursor, &key, &value);
    for (uint32_t i = 0; i < KEYS; i++) {
        uint32_t number = forward ? i : KEYS - 1 - i;
        if (!model[number].there)
            continue;
        assert_int_equal(moved, 0);
        assert_true(span_equal(key, key_number(number, key_bytes)));
        assert_true(span_equal(value, value_number(model[number].value, value_bytes)));
        moved = forward ? store_next(cursor, &key, &value) : store_previous(cursor, &key, &value);
        rows++;
    }
    assert_int_equal(moved, -E_NOT_FOUND);
    assert_int_equal(count(txn, RECORDS), rows);
    store_cursor_close(cursor);
}

static void change_at_random(struct store_txn *txn, struct model_row *model, uint64_t *seed)
{
    uint8_t key_bytes[16], value_bytes[10000];
    uint32_t number = (uint32_t)(next_random(seed) % KEYS);
    struct span key = key_number(number, key_bytes);
    if (next_random(seed) % 3 == 0) {
        assert_int_equal(store_delete(txn, RECORDS, key), model[number].there ? 0 : -E_NOT_FOUND);
        model[number].there = false;
        return;
    }
    uint32_t value = (uint32_t)next_random(seed);
    assert_int_equal(store_put(txn, RECORDS, key, value_number(value, value_bytes)), 0);
    model[number] = (struct model_row){true, value};
}

static void random_changes_agree_with_a_naive_model(void **state)
{
    struct shop *shop = *state;
    static struct model_row model[KEYS], committed[KEYS], seen[KEYS];
    uint64_t seed = 20261123;
    struct store_txn *reader = begin(shop->store, false);
    for (int turn = 0; turn < 150; turn++) {
        struct store_txn *txn = begin(shop->store, true);
        for (uint64_t left = next_random(&seed) % 60; left > 0; left--)
            change_at_random(txn, model, &seed);
        compare_with_model(txn, model, turn % 2);
        compare_with_model(reader, seen, turn % 3);
        if (next_random(&seed) % 4 == 0) {
            store_abort(txn);
            memcpy(model, committed, sizeof model);
        } else {
            assert_int_equal(store_commit(txn), 0);
            memcpy(committed, model, sizeof model);
        }
        if (next_random(&seed) % 5 == 0) {
            store_abort(reader);
            reader = begin(shop->store, false);
            memcpy(seen, committed, sizeof seen);
        }
    }
    store_abort(reader);
}

/* ---- without trust ---- */

struct tour {
    char met[128]; /* "0:a=1 " */
    uint64_t faults;
};

static int row_meet(void *context, uint32_t table, struct span key, struct span value)
{
    struct tour *tour = context;
    size_t len = strlen(tour->met);
    snprintf(tour->met + len, sizeof tour->met - len, "%u:%.*s=%.*s ", table, SPAN_ARGS(key), SPAN_ARGS(value));
    return span_is(value, "stop") ? -E_STOPPED : 0;
}

static int walk(const char *path, struct tour *ret_tour)
{
    *ret_tour = (struct tour){0};
    struct store_walk walk = {.path = path, .tables = tables, .table_count = 2, .row = row_meet, .context = ret_tour};
    int status = store_walk(&walk);
    ret_tour->faults = walk.faults;
    return status;
}

static void whoever_does_not_trust_a_store_meets_every_row_in_order(void **state)
{
    struct shop *shop = *state;
    struct tour tour;
    struct store_txn *txn = begin(shop->store, true);
    put(txn, SESSIONS, "b", "2");
    put(txn, RECORDS, "z", "3");
    put(txn, RECORDS, "a", "1");
    assert_int_equal(store_commit(txn), 0);
    store_close(shop->store);
    assert_int_equal(walk(shop->path, &tour), 0);
    assert_string_equal(tour.met, "0:a=1 0:z=3 1:b=2 ");
    assert_int_equal(tour.faults, 0);
    shop->store = reopen(shop->path);
    txn = begin(shop->store, true);
    put(txn, RECORDS, "b", "stop");
    assert_int_equal(store_commit(txn), 0);
    store_close(shop->store);
    assert_int_equal(walk(shop->path, &tour), -E_STOPPED);
    assert_string_equal(tour.met, "0:a=1 0:b=stop ");
    assert_int_equal(walk("/nowhere/at/all", &tour), -E_NO_JOURNAL);
    shop->store = reopen(shop->path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, shop_open, shop_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_committed_is_read),
        TEST(an_aborted_transaction_leaves_nothing),
        TEST(a_reader_sees_the_commit_of_its_begin),
        TEST(a_deleted_row_is_gone_and_missed_the_second_time),
        TEST(clearing_a_table_leaves_the_other),
        TEST(appended_rows_come_back_in_order),
        TEST(cursors_walk_in_byte_order_both_ways),
        TEST(an_empty_table_has_no_first_and_no_last_row),
        TEST(long_keys_and_large_values_are_kept_whole),
        TEST(closing_and_opening_again_keeps_the_commits),
        TEST(a_store_opened_for_reading_only_must_exist),
        TEST(random_changes_agree_with_a_naive_model),
        TEST(whoever_does_not_trust_a_store_meets_every_row_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
