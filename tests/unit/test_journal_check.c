/*
 * test_journal_check.c - what `manyi verify` finds in a journal: each thing that can be wrong, done to a sound one.
 */
#include "core/bytes.h"
#include "core/limits.h"
#include "core/status.h"
#include "io/journal_check.h"
#include "io/journal_volume.h"
#include "io/store_sim.h"
#include "tests/support/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define DIR "/chain"
#define COPY "/damaged-chain"
#define WINDOW 1000u

static const char *const names[] = {"records", "sessions", "quarantine"};
static struct journal_checked checked;

static const char *volume_path(uint32_t volume)
{
    static char path[64];
    snprintf(path, sizeof path, COPY "/journal/%06u", volume);
    return path;
}

static struct store *volume_open(uint32_t volume)
{
    const struct store_options options = {
        .path = volume_path(volume), .tables = names, .table_count = 3, .map_bytes = MIB};
    struct store *store;
    assert_int_equal(store_open(&options, &store), 0);
    return store;
}

/* The row of a key, changed by `change`; a key that is empty stands for the last row of the table. */
typedef void change_row(struct store_txn *txn, struct span key, uint8_t *value, size_t len);

static void row_change(uint32_t volume, uint32_t table, struct span key, change_row *change)
{
    static uint8_t copy[64 * KIB], key_copy[STORE_KEY_MAX];
    struct store *store = volume_open(volume);
    struct store_txn *txn;
    struct store_cursor *cursor;
    struct span value;
    assert_int_equal(store_begin(store, true, &txn), 0);
    assert_int_equal(store_cursor_open(txn, table, &cursor), 0);
    if (key.len == 0)
        assert_int_equal(store_last(cursor, &key, &value), 0);
    else
        assert_int_equal(store_seek(cursor, key, &key, &value), 0);
    memcpy(key_copy, key.at, key.len);
    memcpy(copy, value.at, value.len);
    key.at = key_copy;
    size_t len = value.len;
    store_cursor_close(cursor);
    change(txn, key, copy, len);
    assert_int_equal(store_commit(txn), 0);
    store_close(store);
}

/* ---- changes ---- */

static void lose_record(struct store_txn *txn, struct span key, uint8_t *value, size_t len)
{
    (void)value;
    (void)len;
    assert_int_equal(store_delete(txn, TABLE_RECORDS, key), 0);
}

static void spoil_record(struct store_txn *txn, struct span key, uint8_t *value, size_t len)
{
    value[len - 1] ^= 0x04;
    assert_int_equal(store_put(txn, TABLE_RECORDS, key, span_make(value, len)), 0);
}

static void move_record(struct store_txn *txn, struct span key, uint8_t *value, size_t len)
{
    uint8_t moved[8];
    memcpy(moved, key.at, 8);
    moved[0] ^= 0x40;
    assert_int_equal(store_delete(txn, TABLE_RECORDS, key), 0);
    assert_int_equal(store_put(txn, TABLE_RECORDS, span_make(moved, 8), span_make(value, len)), 0);
}

static void forget_row(struct store_txn *txn, struct span key, uint8_t *value, size_t len)
{
    (void)value;
    (void)len;
    assert_int_equal(store_delete(txn, TABLE_SESSIONS, key), 0);
}

/* All of these seal the row anew: its checksum is right, and what it says is wrong. */
static void sealed_put(struct store_txn *txn, uint32_t table, struct span key, uint8_t *value, size_t len)
{
    assert_int_equal(store_put(txn, table, key, row_seal(key, value, len - ROW_SEAL_BYTES)), 0);
}

static void session_behind(struct store_txn *txn, struct span key, uint8_t *value, size_t len)
{
    bytes_put_u64(value + 9, bytes_u64(value + 9) - 1);
    sealed_put(txn, TABLE_SESSIONS, key, value, len);
}

static void session_of_another_id(struct store_txn *txn, struct span key, uint8_t *value, size_t len)
{
    value[1 + 16 + 2] = 'x'; /* the first letter of last_id */
    sealed_put(txn, TABLE_SESSIONS, key, value, len);
}

static void cause_behind(struct store_txn *txn, struct span key, uint8_t *value, size_t len)
{
    bytes_put_u64(value + 1, bytes_u64(value + 1) - 1);
    sealed_put(txn, TABLE_SESSIONS, key, value, len);
}

static void cause_ahead(struct store_txn *txn, struct span key, uint8_t *value, size_t len)
{
    bytes_put_u64(value + 1, bytes_u64(value + 1) + 1000);
    sealed_put(txn, TABLE_SESSIONS, key, value, len);
}

static void other_lineage(struct store_txn *txn, struct span key, uint8_t *value, size_t len)
{
    value[1] = value[1] == 'a' ? 'b' : 'a';
    sealed_put(txn, TABLE_SESSIONS, key, value, len);
}

static void begins_elsewhere(struct store_txn *txn, struct span key, uint8_t *value, size_t len)
{
    bytes_put_u64(value + 1 + LINEAGE_LEN, bytes_u64(value + 1 + LINEAGE_LEN) + 1);
    sealed_put(txn, TABLE_SESSIONS, key, value, len);
}

static void spoil_row(struct store_txn *txn, struct span key, uint8_t *value, size_t len)
{
    value[len / 2] ^= 0x04;
    assert_int_equal(store_put(txn, TABLE_SESSIONS, key, span_make(value, len)), 0);
}

static void refused_not_found(struct store_txn *txn, struct span key, uint8_t *value, size_t len)
{
    (void)value;
    (void)len;
    assert_int_equal(store_delete(txn, TABLE_QUARANTINE, key), 0);
}

static void refused_spoiled(struct store_txn *txn, struct span key, uint8_t *value, size_t len)
{
    value[len / 2] ^= 0x04;
    assert_int_equal(store_put(txn, TABLE_QUARANTINE, key, span_make(value, len)), 0);
}

static void refused_of_other_bytes(struct store_txn *txn, struct span key, uint8_t *value, size_t len)
{
    value[len - ROW_SEAL_BYTES - 1] ^= 0x01;
    sealed_put(txn, TABLE_QUARANTINE, key, value, len);
}

static void source_used_less(struct store_txn *txn, struct span key, uint8_t *value, size_t len)
{
    bytes_put_u64(value + 1, bytes_u64(value + 1) - 1);
    sealed_put(txn, TABLE_QUARANTINE, key, value, len);
}

/* ---- stories ---- */

static int chain_setup(void **state)
{
    (void)state;
    store_sim_forget_all(DIR);
    chain_make(DIR, 4 * KIB);
    return 0;
}

static void check(void)
{
    assert_int_equal(journal_check(COPY, WINDOW, &checked), 0);
}

static void expect(const char *says)
{
    check();
    for (uint64_t i = 0; i < checked.faults && i < JOURNAL_FAULTS_MAX; i++) {
        if (strstr(checked.fault[i], says))
            return;
    }
    fail_msg("\"%s\" is not told among %llu faults; the first: %s", says, (unsigned long long)checked.faults,
             checked.faults ? checked.fault[0] : "");
}

static void a_sound_journal_has_no_fault(void **state)
{
    (void)state;
    store_sim_copy_all(DIR, COPY);
    check();
    assert_string_equal(checked.faults ? checked.fault[0] : "", "");
    assert_int_equal(checked.head, chain_head());
    assert_int_equal(checked.entries, chain_head());
    assert_int_equal(checked.outside, CHAIN_EVENTS);
    assert_int_equal(checked.unknown, CHAIN_EVENTS);
    assert_int_equal(checked.consequences, CHAIN_EVENTS / 3);
    assert_int_equal(checked.sessions, CHAIN_SESSIONS);
    assert_true(checked.volumes >= 3);
}

static void each_thing_that_is_wrong_is_told(void **state)
{
    (void)state;
    static const uint8_t third[] = {'s', 0, 0, 0, 3};
    const struct {
        uint32_t volume, table;
        struct span key;
        change_row *change;
        const char *says;
    } cases[] = {
        {1, TABLE_RECORDS, {0}, lose_record, "volume 000002, entries "},
        {2, TABLE_RECORDS, {0}, spoil_record, "volume 000002, the record at entry "},
        {2, TABLE_RECORDS, {0}, move_record, "does not agree with its checksum or its key"},
        {2, TABLE_SESSIONS, span_make(third, 5), session_behind,
         "volume 000002, table sessions, row s 3: its last sequ"},
        {2, TABLE_SESSIONS, span_make(third, 5), session_of_another_id, "row s 3: its last id is not that"},
        {2, TABLE_SESSIONS, span_make(third, 5), forget_row, "volume 000002, table sessions: session 3 has no row"},
        {2, TABLE_SESSIONS, span_make(third, 5), spoil_row, "row s 3: does not agree with its checksum"},
        {2, TABLE_SESSIONS, span_of("c"), cause_behind, "the last cause comes before that of the last consequence"},
        {2, TABLE_SESSIONS, span_of("c"), cause_ahead, "the last cause is no entry"},
        {2, TABLE_SESSIONS, span_of("c"), spoil_row, "does not agree with its checksum"},
        {2, TABLE_SESSIONS, span_of("l"), other_lineage, "the volume is of another lineage"},
        {2, TABLE_SESSIONS, span_of("l"), begins_elsewhere, "does not begin where the one before ends"},
        {2, TABLE_SESSIONS, span_of("l"), forget_row, "the lineage is missing"},
        {1, TABLE_QUARANTINE, span_of("h"), refused_not_found, "what is found by its bytes is not what is kept"},
        {1, TABLE_QUARANTINE, span_of("q"), refused_not_found, "what is found by its bytes is not what is kept"},
        {1, TABLE_QUARANTINE, span_of("q"), refused_spoiled,
         "table quarantine, row q 1: does not agree with its check"},
        {1, TABLE_QUARANTINE, span_of("q"), refused_of_other_bytes, "its hash is not that of its bytes"},
        {1, TABLE_QUARANTINE, span_of("u"), source_used_less, "what sources have used is not what is kept of them"},
    };
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        store_sim_copy_all(DIR, COPY);
        row_change(cases[i].volume, cases[i].table, cases[i].key, cases[i].change);
        expect(cases[i].says);
    }
}

static void entries_add(const struct entry *entries, const enum record_class *classes, uint32_t count)
{
    const struct journal_options options = {.dir = COPY, .volume_bytes = MIB};
    struct journal *journal;
    assert_int_equal(journal_open(&options, &journal), 0);
    assert_int_equal(journal_begin(journal, journal_last_at_ms(journal)), 0);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t seq;
        assert_int_equal(journal_add(journal, classes[i], &entries[i], &seq), 0);
    }
    assert_int_equal(journal_commit(journal), 0);
    journal_close(journal);
}

static void what_was_written_wrongly_is_told(void **state)
{
    (void)state;
    static const struct {
        struct entry entry;
        enum record_class class;
        const char *says;
    } cases[] = {
        {{.session = 0}, RECORD_OUTSIDE, "entry 81: its source and id came before, as entry 80"},
        {{.session = 4, .sequence = 20}, RECORD_OUTSIDE, "entry 81: its session had this sequence before"},
        {{.session = 4, .sequence = 30}, RECORD_OUTSIDE, "row s 4: its last sequence comes before that of its newest"},
        {{.session = 9, .sequence = 1}, RECORD_OUTSIDE, "session 9 has no row"},
        {{.session = 1, .sequence = 99}, RECORD_CONSEQUENCE, "entry 81: concluded from a later entry"},
        {{.session = 1, .sequence = 5}, RECORD_CONSEQUENCE, "entry 81: concluded out of the order of causes, or twice"},
        {{.session = 1, .sequence = 80}, RECORD_CONSEQUENCE, "entry 81: no consequence, but kept as one"},
        {{.event = {(const uint8_t *)"x", 1}}, RECORD_OUTSIDE, "entry 81: the event does not pass its own schema"},
    };
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct entry entry = cases[i].entry;
        store_sim_copy_all(DIR, COPY);
        if (!entry.event.at)
            entry.event = chain_event(CHAIN_EVENTS - 1);
        entries_add(&entry, &cases[i].class, 1);
        expect(cases[i].says);
    }
}

/* Damage of one kind hides none of another. */
static void a_check_goes_on_after_the_first_fault(void **state)
{
    (void)state;
    static const uint8_t third[] = {'s', 0, 0, 0, 3};
    store_sim_copy_all(DIR, COPY);
    row_change(1, TABLE_RECORDS, (struct span){0}, spoil_record);
    row_change(2, TABLE_SESSIONS, span_make(third, 5), session_behind);
    row_change(3, TABLE_RECORDS, (struct span){0}, spoil_record);
    store_sim_plant_fault(volume_path(2), "is no leaf, but should be one");
    expect("volume 000001, the record at entry ");
    expect("volume 000002, data.mdb: page 7 is no leaf");
    expect("volume 000003, the record at entry ");
    store_sim_plant_fault(volume_path(2), NULL);
    expect("volume 000002, table sessions, row s 3");
}

static void a_volume_that_is_missing_is_told(void **state)
{
    (void)state;
    store_sim_copy_all(DIR, COPY);
    store_sim_forget(volume_path(2));
    expect("volume 000002, missing, though there is one after it");
    assert_int_equal(checked.faults, 1);
    store_sim_copy_all(DIR, COPY);
    store_sim_forget(volume_path(2));
    store_sim_forget(volume_path(3));
    row_change(4, TABLE_RECORDS, (struct span){0}, spoil_record);
    expect("volume 000002, missing, though there is one after it");
    expect("volume 000003, missing, though there is one after it");
    expect("volume 000004, the record at entry ");
    store_sim_copy_all(DIR, COPY);
    store_sim_forget(volume_path(1));
    expect("volume 000001, missing, though there is one after it");
    store_sim_forget_all(COPY);
    assert_int_equal(journal_check(COPY, WINDOW, &checked), -E_NO_JOURNAL);
}

/* ---- beside a writer ---- */

struct writer {
    struct journal *journal;
    uint32_t last; /* whose walk it waits for */
};

/* Fills the volume that was just gone through, and begins another. */
static void write_meanwhile(void *context, const char *path)
{
    struct writer *writer = context;
    const struct entry entry = {.event = chain_event(CHAIN_EVENTS)};
    uint64_t seq;
    if (strcmp(path, volume_path(writer->last)) != 0)
        return;
    while (journal_volumes(writer->journal) == writer->last) {
        assert_int_equal(journal_begin(writer->journal, journal_last_at_ms(writer->journal)), 0);
        assert_int_equal(journal_add(writer->journal, RECORD_OUTSIDE, &entry, &seq), 0);
        assert_int_equal(journal_commit(writer->journal), 0);
    }
}

static void a_volume_that_begins_during_a_check_is_no_fault(void **state)
{
    (void)state;
    struct writer writer;
    store_sim_copy_all(DIR, COPY);
    check();
    const struct journal_options options = {.dir = COPY, .volume_bytes = checked.volumes * 64 * KIB};
    assert_int_equal(journal_open(&options, &writer.journal), 0);
    writer.last = checked.volumes;
    store_sim_set_walked(write_meanwhile, &writer);
    check();
    store_sim_set_walked(NULL, NULL);
    assert_int_equal(journal_volumes(writer.journal), writer.last + 1);
    journal_close(writer.journal);
    assert_string_equal(checked.faults ? checked.fault[0] : "", "");
    assert_int_equal(checked.head, chain_head());
}

/* ---- starts ---- */

static void a_start_is_refused(const char *says)
{
    char fault[STORE_FAULT_MAX] = "";
    const struct journal_options options = {.dir = COPY, .fault = fault};
    struct journal *journal;
    assert_int_equal(journal_open(&options, &journal), -E_CORRUPT);
    if (!strstr(fault, says))
        fail_msg("\"%s\" is not told, but \"%s\"", says, fault);
}

static void a_start_is_refused_without_a_volume_before_the_last(void **state)
{
    (void)state;
    static const char *const says[] = {COPY "/journal/000001 is missing, though there is 0000",
                                       COPY "/journal/000002 is missing, though there is 0000",
                                       COPY "/journal/000003 is missing, though there is 0000"};
    for (uint32_t lost = 1; lost <= 3; lost++) {
        store_sim_copy_all(DIR, COPY);
        store_sim_forget(volume_path(lost));
        a_start_is_refused(says[lost - 1]);
    }
}

static void a_start_is_refused_over_volumes_in_another_order(void **state)
{
    (void)state;
    store_sim_copy_all(DIR, COPY);
    store_sim_copy_all(DIR "/journal/000001", COPY "/journal/000002");
    store_sim_copy_all(DIR "/journal/000002", COPY "/journal/000001");
    a_start_is_refused(COPY "/journal/000001, table sessions: row 'l' says that it begins at entry ");
    store_sim_copy_all(DIR, COPY);
    store_sim_copy_all(DIR "/journal/000002", COPY "/journal/000003");
    a_start_is_refused(COPY "/journal/000003, table sessions: row 'l' says that it begins at entry ");
}

static void a_start_is_refused_over_a_volume_of_another_lineage(void **state)
{
    (void)state;
    store_sim_copy_all(DIR, COPY);
    row_change(2, TABLE_SESSIONS, span_of("l"), other_lineage);
    a_start_is_refused(COPY "/journal/000002, table sessions: row 'l' is of lineage ");
}

/* Without its journal, what was folded from it is of no use, and a new one would give out its seqs again. */
static void a_journal_that_must_exist_is_not_begun(void **state)
{
    (void)state;
    const struct journal_options options = {.dir = COPY, .must_exist = true};
    struct journal *journal;
    store_sim_forget_all(COPY);
    assert_int_equal(journal_open(&options, &journal), -E_NO_JOURNAL);
    assert_int_equal(journal_check(COPY, WINDOW, &checked), -E_NO_JOURNAL);
}

/* Nothing of it is read: a start is refused, and says which page of which volume. */
static void a_start_is_refused_over_pages_that_cannot_be(void **state)
{
    (void)state;
    char fault[STORE_FAULT_MAX] = "";
    const struct journal_options options = {.dir = COPY, .fault = fault};
    struct journal *journal;
    store_sim_copy_all(DIR, COPY);
    store_sim_plant_fault(volume_path(3), "has keys out of order");
    assert_int_equal(journal_open(&options, &journal), -E_CORRUPT);
    assert_non_null(strstr(fault, "/journal/000003: page 7 has keys out of order"));
    store_sim_plant_fault(volume_path(3), NULL);
}

int main(void)
{
#define STORY(name) cmocka_unit_test(name)
    const struct CMUnitTest tests[] = {
        STORY(a_sound_journal_has_no_fault),
        STORY(each_thing_that_is_wrong_is_told),
        STORY(what_was_written_wrongly_is_told),
        STORY(a_check_goes_on_after_the_first_fault),
        STORY(a_volume_that_is_missing_is_told),
        STORY(a_start_is_refused_over_pages_that_cannot_be),
        STORY(a_volume_that_begins_during_a_check_is_no_fault),
        STORY(a_start_is_refused_without_a_volume_before_the_last),
        STORY(a_start_is_refused_over_volumes_in_another_order),
        STORY(a_start_is_refused_over_a_volume_of_another_lineage),
        STORY(a_journal_that_must_exist_is_not_begun),
    };
    return cmocka_run_group_tests(tests, chain_setup, NULL);
}
