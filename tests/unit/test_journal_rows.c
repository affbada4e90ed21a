/*
 * test_journal_rows.c - a bit flips in a row of `sessions` or `quarantine`, in its key or its value: it is never believed.
 */
#include "core/limits.h"
#include "core/status.h"
#include "io/journal.h"
#include "io/store_sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define MONDAY_MS 1795392000000ll
#define VOLUME "/house/journal/000001"
#define ROW_MAX 2048u

enum table { RECORDS, SESSIONS, QUARANTINE, TABLES };

static const char *const names[TABLES] = {"records", "sessions", "quarantine"};

/* What the journal was told: one of each. */
static const struct session_row told = {
    .number = 2, .epoch = 3, .last = 70, .last_id = "id-70", .source = "/stores/a", .instance = "till-1"};
static const struct last_cause cause = {.seq = 1, .step = 7};

struct row {
    enum table table;
    uint8_t key[64], value[ROW_MAX];
    size_t key_len, value_len;
};

static struct store *volume_open(void)
{
    const struct store_options options = {.path = VOLUME, .tables = names, .table_count = TABLES, .map_bytes = MIB};
    struct store *store;
    assert_int_equal(store_open(&options, &store), 0);
    return store;
}

static struct journal *journal_enter(bool read_only)
{
    const struct journal_options options = {.dir = "/house", .read_only = read_only};
    struct journal *journal;
    return journal_open(&options, &journal) ? NULL : journal;
}

static int journal_fill(void **state)
{
    (void)state;
    store_sim_forget(VOLUME);
    struct journal *journal = journal_enter(false);
    uint64_t seq;
    struct entry entry = {.session = 2, .sequence = 70, .event = span_of("one")};
    struct quarantine_row refused = {.code = "E1102", .bytes = span_of("nonsense"), .source = "/stores/a"};
    assert_int_equal(journal_begin(journal, MONDAY_MS), 0);
    assert_int_equal(journal_add(journal, RECORD_OUTSIDE, &entry, &seq), 0);
    assert_int_equal(journal_session_set(journal, &told), 0);
    assert_int_equal(journal_last_cause_set(journal, cause), 0);
    assert_int_equal(journal_quarantine_add(journal, &refused), 0);
    assert_int_equal(journal_commit(journal), 0);
    journal_close(journal);
    return 0;
}

/* Row number `index` of the two tables; false: there are no more. */
static bool row_take(uint32_t index, struct row *row)
{
    struct store *store = volume_open();
    struct store_txn *txn;
    uint32_t met = 0;
    bool found = false;
    assert_int_equal(store_begin(store, false, &txn), 0);
    for (enum table table = SESSIONS; table <= QUARANTINE; table++) {
        struct store_cursor *cursor;
        struct span key, value;
        assert_int_equal(store_cursor_open(txn, table, &cursor), 0);
        int status = store_seek(cursor, (struct span){0}, &key, &value);
        for (; status == 0; status = store_next(cursor, &key, &value)) {
            if (met++ != index)
                continue;
            *row = (struct row){.table = table, .key_len = key.len, .value_len = value.len};
            memcpy(row->key, key.at, key.len);
            memcpy(row->value, value.at, value.len);
            found = true;
        }
        store_cursor_close(cursor);
    }
    store_abort(txn);
    store_close(store);
    return found;
}

static void row_swap(const struct row *old, const struct row *new)
{
    struct store *store = volume_open();
    struct store_txn *txn;
    assert_int_equal(store_begin(store, true, &txn), 0);
    assert_int_equal(store_delete(txn, old->table, span_make(old->key, old->key_len)), 0);
    struct span value = span_make(new->value, new->value_len);
    assert_int_equal(store_put(txn, new->table, span_make(new->key, new->key_len), value), 0);
    assert_int_equal(store_commit(txn), 0);
    store_close(store);
}

static int session_believe(void *context, const struct session_row *row)
{
    if (row->source[0] == '\0')
        return 0; /* nothing is believed but the number */
    ++*(uint32_t *)context;
    assert_int_equal(row->number, told.number);
    assert_int_equal(row->epoch, told.epoch);
    assert_int_equal(row->last, told.last);
    assert_string_equal(row->last_id, told.last_id);
    assert_string_equal(row->source, told.source);
    assert_string_equal(row->instance, told.instance);
    return 0;
}

static int refused_believe(void *context, const struct quarantine_row *row)
{
    ++*(uint32_t *)context;
    assert_int_equal(row->count, 1);
    assert_string_equal(row->code, "E1102");
    assert_string_equal(row->source, "/stores/a");
    assert_true(span_is(row->bytes, "nonsense"));
    return 0;
}

/* What a start makes of it: all of it as it was told, or a status (-E_CORRUPT: without that session). *ret_refused: how much
 * the quarantine lists. */
static int journal_believe(uint32_t *ret_refused)
{
    struct journal *journal = journal_enter(true);
    struct journal_reader *reader;
    uint32_t sessions = 0;
    *ret_refused = 0;
    if (!journal)
        return -E_DAMAGED;
    int status = journal_sessions(journal, session_believe, &sessions);
    if (status == 0) {
        assert_int_equal(sessions, 1);
        assert_int_equal(journal_last_cause(journal).seq, cause.seq);
        assert_int_equal(journal_last_cause(journal).step, cause.step);
        assert_int_equal(journal_reader_open(journal, &reader), 0);
        assert_int_equal(journal_quarantine_list(reader, "", refused_believe, ret_refused), 0);
        journal_reader_close(reader);
    }
    journal_close(journal);
    return status;
}

static void a_flipped_bit_in_a_row_is_never_believed(void **state)
{
    (void)state;
    struct row row;
    uint32_t flips = 0, refused;
    assert_int_equal(journal_believe(&refused), 0);
    assert_int_equal(refused, 1);
    for (uint32_t index = 0; row_take(index, &row); index++) {
        for (size_t bit = 0; bit < 8 * (row.key_len + row.value_len); bit++, flips++) {
            struct row flipped = row;
            size_t byte = bit / 8;
            uint8_t *at = byte < row.key_len ? &flipped.key[byte] : &flipped.value[byte - row.key_len];
            *at ^= (uint8_t)(1u << bit % 8);
            row_swap(&row, &flipped);
            int status = journal_believe(&refused);
            if (row.table == QUARANTINE)
                assert_true(status == 0 && refused <= 1);
            else
                assert_true(row.key_len == 1 ? status == -E_DAMAGED : status == -E_CORRUPT);
            row_swap(&flipped, &row);
        }
    }
    assert_true(flips > 1000);
}

/* Bytes that are refused once more beside a damaged row of theirs are kept anew. */
static void refusing_goes_on_beside_a_damaged_row(void **state)
{
    (void)state;
    struct row row;
    for (uint32_t index = 0; row_take(index, &row); index++) {
        if (row.table != QUARANTINE)
            continue;
        struct row flipped = row;
        flipped.value[row.value_len / 2] ^= 0x10;
        row_swap(&row, &flipped);
        struct journal *journal = journal_enter(false);
        struct quarantine_row again = {.code = "E1102", .bytes = span_of("nonsense"), .source = "/stores/a"};
        assert_int_equal(journal_begin(journal, MONDAY_MS), 0);
        assert_int_equal(journal_quarantine_add(journal, &again), 0);
        assert_int_equal(journal_commit(journal), 0);
        assert_int_equal(journal_quarantine_find(journal, span_of("nonsense"), &again), 0);
        journal_close(journal);
        journal_fill(NULL);
    }
}

/* A journal of the format before this one: told as such, and not as damage. */
static void rows_without_a_checksum_are_of_another_version(void **state)
{
    (void)state;
    struct row row;
    uint32_t index = 0;
    while (row_take(index, &row) && row.key[0] != 'l')
        index++;
    assert_int_equal(row.key[0], 'l');
    struct row old = row;
    old.value[0] = 1;
    old.value_len -= 4;
    row_swap(&row, &old);
    const struct journal_options options = {.dir = "/house"};
    struct journal *journal;
    assert_int_equal(journal_open(&options, &journal), -E_BAD_FORMAT);
}

/* The newest volume would be taken for one that has not begun, and its sequences given out again. */
static void a_volume_without_its_lineage_row_has_begun_all_the_same(void **state)
{
    (void)state;
    store_sim_forget("/house/journal/000002");
    const struct journal_options options = {.dir = "/house", .volume_bytes = 1};
    struct journal *journal;
    struct entry entry = {.event = span_of("two")};
    uint64_t seq;
    assert_int_equal(journal_open(&options, &journal), 0);
    assert_int_equal(journal_begin(journal, MONDAY_MS), 0);
    assert_int_equal(journal_add(journal, RECORD_OUTSIDE, &entry, &seq), 0);
    assert_int_equal(journal_commit(journal), 0);
    assert_int_equal(journal_volumes(journal), 2);
    journal_close(journal);
    const struct store_options volume = {
        .path = "/house/journal/000002", .tables = names, .table_count = TABLES, .map_bytes = MIB};
    struct store *store;
    struct store_txn *txn;
    assert_int_equal(store_open(&volume, &store), 0);
    assert_int_equal(store_begin(store, true, &txn), 0);
    assert_int_equal(store_delete(txn, SESSIONS, span_of("l")), 0);
    assert_int_equal(store_commit(txn), 0);
    store_close(store);
    assert_int_equal(journal_open(&options, &journal), -E_CORRUPT);
    store_sim_forget("/house/journal/000002");
}

/* A record under another key is another record's place: whoever starts, reads or looks one up sees it. */
static void a_record_under_a_flipped_key_is_not_read(void **state)
{
    (void)state;
    struct store *store = volume_open();
    struct store_txn *txn;
    struct span value;
    struct row row = {.table = RECORDS, .key = {0, 0, 0, 0, 0, 0, 0, 1}, .key_len = 8};
    assert_int_equal(store_begin(store, false, &txn), 0);
    assert_int_equal(store_get(txn, RECORDS, span_make(row.key, 8), &value), 0);
    memcpy(row.value, value.at, value.len);
    row.value_len = value.len;
    store_abort(txn);
    store_close(store);
    for (uint32_t bit = 0; bit < 64; bit++) {
        struct row flipped = row;
        flipped.key[bit / 8] ^= (uint8_t)(1u << bit % 8);
        row_swap(&row, &flipped);
        assert_null(journal_enter(true));
        row_swap(&flipped, &row);
    }
    struct journal *journal = journal_enter(false);
    assert_non_null(journal);
    journal_close(journal);
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup(name, journal_fill)
    const struct CMUnitTest tests[] = {
        STORY(a_flipped_bit_in_a_row_is_never_believed),
        STORY(refusing_goes_on_beside_a_damaged_row),
        STORY(rows_without_a_checksum_are_of_another_version),
        STORY(a_record_under_a_flipped_key_is_not_read),
        STORY(a_volume_without_its_lineage_row_has_begun_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
