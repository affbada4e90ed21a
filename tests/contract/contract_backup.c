/*
 * contract_backup.c - a journal into a stream and back, over either store: all of it, or a refusal that names the place.
 */
#include "core/bytes.h"
#include "core/limits.h"
#include "core/status.h"
#include "io/backup.h"
#include "io/journal_check.h"
#include "tests/support/chain.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#if MANYI_SIM
#define CHAIN_VOLUME_BYTES (4 * KIB) /* of rows */
#else
#define CHAIN_VOLUME_BYTES (48 * KIB) /* of pages */
#endif

#define STREAM_MAX (1u * MIB)
#define LINEAGE "fedcba9876543210fedcba9876543210"

struct vault {
    char from[SCRATCH_MAX], to[SCRATCH_MAX];
    uint8_t *stream;
    size_t len, at;
    size_t room; /* a sink that has no more fails */
    struct journal_import *import;
};

static int stream_put(void *context, struct span bytes)
{
    struct vault *vault = context;
    if (bytes.len > vault->room - vault->len)
        return -E_STORE_FULL;
    memcpy(vault->stream + vault->len, bytes.at, bytes.len);
    vault->len += bytes.len;
    return 0;
}

static int stream_take(void *context, uint8_t *bytes, size_t len)
{
    struct vault *vault = context;
    if (len > vault->len - vault->at)
        return -E_TRUNCATED;
    memcpy(bytes, vault->stream + vault->at, len);
    vault->at += len;
    return 0;
}

static int row_take(void *context, uint32_t table, struct span key, struct span value)
{
    struct vault *vault = context;
    return journal_import_row(vault->import, table, key, value);
}

static int backup(struct vault *vault, struct backup_summary *ret_summary)
{
    char message[BACKUP_MESSAGE_MAX];
    const struct journal_options options = {.dir = vault->from, .read_only = true};
    const struct backup_sink sink = {stream_put, vault};
    struct journal *journal;
    vault->len = 0;
    assert_int_equal(journal_open(&options, &journal), 0);
    int result = backup_write(journal, &sink, message, ret_summary);
    journal_close(journal);
    return result;
}

static int stream_read(struct vault *vault, backup_row *row, char message[BACKUP_MESSAGE_MAX],
                       struct backup_summary *ret_summary)
{
    const struct backup_source source = {stream_take, vault};
    vault->at = 0;
    return backup_read(&source, NULL, row, vault, message, ret_summary);
}

static int vault_open(void **state)
{
    struct vault *vault = calloc(1, sizeof *vault);
    struct backup_summary summary;
    scratch_make(vault->from);
    scratch_make(vault->to);
    vault->stream = malloc(STREAM_MAX);
    vault->room = STREAM_MAX;
    chain_make(vault->from, CHAIN_VOLUME_BYTES);
    assert_int_equal(backup(vault, &summary), 0);
    *state = vault;
    return 0;
}

static int vault_close(void **state)
{
    struct vault *vault = *state;
    scratch_remove(vault->from);
    scratch_remove(vault->to);
    free(vault->stream);
    free(vault);
    return 0;
}

static void what_was_backed_up_is_restored_as_another_lineage(void **state)
{
    struct vault *vault = *state;
    char message[BACKUP_MESSAGE_MAX];
    struct backup_summary summary;
    struct journal_checked checked;
    for (uint64_t volume_bytes = CHAIN_VOLUME_BYTES; volume_bytes <= MIB; volume_bytes *= 16) {
        char dir[SCRATCH_MAX + 16];
        snprintf(dir, sizeof dir, "%s/%u", vault->to, (unsigned)volume_bytes);
        assert_true(MANYI_SIM || mkdir(dir, 0750) == 0);
        assert_int_equal(journal_import_open(dir, volume_bytes, LINEAGE, &vault->import), 0);
        assert_int_equal(stream_read(vault, row_take, message, &summary), 0);
        assert_int_equal(journal_import_end(vault->import, summary.cause), 0);
        journal_import_close(vault->import);
        assert_int_equal(summary.head, chain_head());
        assert_int_equal(summary.sessions, CHAIN_SESSIONS);
        assert_int_equal(summary.quarantined, 3);
        assert_int_equal(summary.bytes, vault->len);
        chain_expect(dir, true);
        assert_int_equal(journal_check(dir, 1000, &checked), 0);
        assert_string_equal(checked.faults ? checked.fault[0] : "", "");
        assert_string_equal(checked.lineage, LINEAGE);
        assert_string_not_equal(summary.lineage, LINEAGE);
        assert_int_equal(checked.volumes > 1, volume_bytes == CHAIN_VOLUME_BYTES);
    }
}

static void a_journal_that_is_there_is_not_restored_over(void **state)
{
    struct vault *vault = *state;
    assert_int_equal(journal_import_open(vault->from, 0, NULL, &vault->import), -E_LOCKED);
    chain_expect(vault->from, false);
}

/* Every byte of its header and its end, and some of what lies between. */
static size_t next_place(size_t at, size_t len)
{
    return at + (at < 100 || at + 100 > len ? 1 : 13);
}

static void a_damaged_stream_is_refused_wherever_the_bit_flips(void **state)
{
    struct vault *vault = *state;
    char message[BACKUP_MESSAGE_MAX];
    struct backup_summary summary;
    for (size_t at = 0; at < vault->len; at = next_place(at, vault->len)) {
        vault->stream[at] ^= (uint8_t)(1u << at % 8);
        assert_int_equal(stream_read(vault, NULL, message, &summary), -E_BAD_BACKUP);
        assert_non_null(strstr(message, "at byte "));
        vault->stream[at] ^= (uint8_t)(1u << at % 8);
    }
    assert_int_equal(stream_read(vault, NULL, message, &summary), 0);
}

static void a_stream_that_was_cut_or_goes_on_is_refused(void **state)
{
    struct vault *vault = *state;
    char message[BACKUP_MESSAGE_MAX];
    struct backup_summary summary;
    size_t whole = vault->len;
    for (vault->len = 0; vault->len < whole; vault->len = next_place(vault->len, whole))
        assert_int_equal(stream_read(vault, NULL, message, &summary), -E_BAD_BACKUP);
    vault->stream[whole] = 0;
    vault->len = whole + 1;
    assert_int_equal(stream_read(vault, NULL, message, &summary), -E_BAD_BACKUP);
}

static void what_is_no_backup_is_told_as_such(void **state)
{
    struct vault *vault = *state;
    char message[BACKUP_MESSAGE_MAX];
    struct backup_summary summary;
    memset(vault->stream, 'x', 1000);
    vault->len = 1000;
    assert_int_equal(stream_read(vault, NULL, message, &summary), -E_BAD_BACKUP);
}

static void a_backup_without_room_fails(void **state)
{
    struct vault *vault = *state;
    struct backup_summary summary;
    size_t whole = vault->len;
    for (vault->room = 0; vault->room < whole; vault->room += 97)
        assert_int_equal(backup(vault, &summary), -E_STORE_FULL);
}

/* Nothing from outside yet, no session, nothing refused. */
static void an_empty_journal_can_be_backed_up(void **state)
{
    struct vault *vault = *state;
    char message[BACKUP_MESSAGE_MAX];
    struct backup_summary summary;
    struct journal_checked checked;
    const struct journal_options options = {.dir = vault->to};
    struct journal *journal;
    assert_int_equal(journal_open(&options, &journal), 0);
    journal_close(journal);
    memcpy(vault->from, vault->to, sizeof vault->from);
    scratch_make(vault->to);
    assert_int_equal(backup(vault, &summary), 0);
    assert_int_equal(journal_import_open(vault->to, 0, NULL, &vault->import), 0);
    assert_int_equal(stream_read(vault, row_take, message, &summary), 0);
    assert_int_equal(journal_import_end(vault->import, summary.cause), 0);
    journal_import_close(vault->import);
    assert_int_equal(summary.head, 0);
    assert_int_equal(journal_check(vault->to, 1000, &checked), 0);
    assert_int_equal(checked.faults, 0);
    assert_int_equal(checked.head, 0);
}

/* Spoils the first row of a table whose key begins with this letter; false: a volume has none. */
static bool row_spoil(const char *dir, uint32_t volume, uint32_t table, char letter, bool in_key)
{
    static const char *const tables[] = {"records", "sessions", "quarantine"};
    char path[SCRATCH_MAX + 32];
    uint8_t old[STORE_KEY_MAX + 1], bytes[16 * KIB];
    snprintf(path, sizeof path, "%s/journal/%06u", dir, volume);
    const struct store_options options = {
        .path = path, .tables = tables, .table_count = 3, .map_bytes = 64 * (uint64_t)MIB};
    struct store *store;
    struct store_txn *txn;
    struct store_cursor *cursor;
    struct span key, value;
    assert_int_equal(store_open(&options, &store), 0);
    assert_int_equal(store_begin(store, true, &txn), 0);
    assert_int_equal(store_cursor_open(txn, table, &cursor), 0);
    bool found = store_seek(cursor, span_make(&letter, 1), &key, &value) == 0 && key.at[0] == (uint8_t)letter;
    if (found) {
        size_t key_len = key.len, value_len = value.len;
        assert_true(value_len <= sizeof bytes);
        memcpy(old, key.at, key_len);
        memcpy(bytes, value.at, value_len);
        store_cursor_close(cursor);
        assert_int_equal(store_delete(txn, table, span_make(old, key_len)), 0);
        bytes[value_len / 2] ^= in_key ? 0 : 0x10;
        old[key_len] = 0; /* a longer key, for once */
        key_len += in_key;
        assert_int_equal(store_put(txn, table, span_make(old, key_len), span_make(bytes, value_len)), 0);
        assert_int_equal(store_commit(txn), 0);
    } else {
        store_cursor_close(cursor);
        store_abort(txn);
    }
    store_close(store);
    return found;
}

/* Key or value, row or index: whatever is sound is backed up, and what is not is counted. */
static void a_damaged_row_of_the_quarantine_is_left_out_and_counted(void **state)
{
    struct vault *vault = *state;
    char message[BACKUP_MESSAGE_MAX];
    struct backup_summary whole, summary;
    uint32_t spoiled = 0;
    assert_int_equal(backup(vault, &whole), 0);
    assert_int_equal(whole.left_out, 0);
    for (uint32_t volume = 1; volume <= 3; volume++)
        spoiled += row_spoil(vault->from, volume, 2, 'q', spoiled % 2 == 1);
    assert_in_range(spoiled, 2, 3);
    assert_int_equal(backup(vault, &summary), 0);
    assert_int_equal(summary.left_out, spoiled);
    assert_non_null(strstr(summary.left_out_first, "table quarantine"));
    assert_int_equal(summary.head, whole.head);
    assert_int_equal(summary.sessions, whole.sessions);
    assert_int_equal(journal_import_open(vault->to, 0, LINEAGE, &vault->import), 0);
    assert_int_equal(stream_read(vault, row_take, message, &summary), 0);
    assert_int_equal(journal_import_end(vault->import, summary.cause), 0);
    journal_import_close(vault->import);
    struct journal_checked checked;
    assert_int_equal(journal_check(vault->to, 1000, &checked), 0);
    assert_int_equal(checked.faults, 0);
}

static void a_damaged_index_of_the_quarantine_loses_no_row(void **state)
{
    struct vault *vault = *state;
    struct backup_summary whole, summary;
    assert_int_equal(backup(vault, &whole), 0);
    for (uint32_t volume = 1; volume <= 3; volume++)
        row_spoil(vault->from, volume, 2, 'h', false);
    assert_int_equal(backup(vault, &summary), 0);
    assert_int_equal(summary.left_out, 0);
    assert_true(summary.quarantined >= whole.quarantined);
}

/* The newest volume's: which entry of a session comes next must be known; a start finds it out. */
static void a_damaged_row_of_a_session_is_mended_by_a_start_first(void **state)
{
    struct vault *vault = *state;
    char message[BACKUP_MESSAGE_MAX];
    const struct journal_options options = {.dir = vault->from, .read_only = true};
    const struct backup_sink sink = {stream_put, vault};
    struct backup_summary summary;
    struct journal *journal;
    assert_int_equal(journal_open(&options, &journal), 0);
    uint32_t newest = journal_volumes(journal);
    journal_close(journal);
    assert_true(row_spoil(vault->from, newest, 1, 's', false));
    vault->len = 0;
    assert_int_equal(journal_open(&options, &journal), 0);
    assert_int_equal(backup_write(journal, &sink, message, &summary), -E_AGAIN);
    journal_close(journal);
    assert_non_null(strstr(message, "manyi serve"));
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, vault_open, vault_close)
    const struct CMUnitTest tests[] = {
        STORY(what_was_backed_up_is_restored_as_another_lineage),
        STORY(a_journal_that_is_there_is_not_restored_over),
        STORY(a_damaged_stream_is_refused_wherever_the_bit_flips),
        STORY(a_stream_that_was_cut_or_goes_on_is_refused),
        STORY(what_is_no_backup_is_told_as_such),
        STORY(a_backup_without_room_fails),
        STORY(an_empty_journal_can_be_backed_up),
        STORY(a_damaged_row_of_the_quarantine_is_left_out_and_counted),
        STORY(a_damaged_index_of_the_quarantine_loses_no_row),
        STORY(a_damaged_row_of_a_session_is_mended_by_a_start_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
