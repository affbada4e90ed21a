/*
 * contract_journal.c - the journal over either store: what is committed is read back, volume after volume.
 */
#include "core/limits.h"
#include "core/status.h"
#include "io/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define MONDAY_MS 1795392000000ll
#define ANY ((1u << RECORD_OUTSIDE) | (1u << RECORD_CONSEQUENCE))

static uint8_t buffer[8 * (SYSTEM_EVENT_MAX + RECORD_MAX)];

struct place {
    char dir[64];
    struct journal *journal;
    struct journal_reader *reader;
};

static void place_open(struct place *place, uint64_t volume_bytes)
{
    struct journal_options options = {.dir = place->dir, .volume_bytes = volume_bytes};
    assert_int_equal(journal_open(&options, &place->journal), 0);
    assert_int_equal(journal_reader_open(place->journal, &place->reader), 0);
}

static void place_close(struct place *place)
{
    journal_reader_close(place->reader);
    journal_close(place->journal);
    place->reader = NULL;
    place->journal = NULL;
}

static void place_make(struct place *place, uint64_t volume_bytes)
{
    *place = (struct place){.dir = "/tmp/manyi-journal-XXXXXX"};
    assert_non_null(mkdtemp(place->dir));
    place_open(place, volume_bytes);
}

static void place_remove(struct place *place)
{
    char command[128];
    place_close(place);
    snprintf(command, sizeof command, "rm -rf '%s'", place->dir);
    assert_int_equal(system(command), 0);
}

static uint64_t add(struct place *place, enum record_class class, const char *text, uint64_t sequence)
{
    struct entry entry = {.session = 7, .sequence = sequence, .event = span_of(text)};
    uint64_t seq = 0;
    assert_int_equal(journal_add(place->journal, class, &entry, &seq), 0);
    return seq;
}

static void commit_one(struct place *place, const char *text)
{
    assert_int_equal(journal_begin(place->journal, MONDAY_MS + 60000), 0);
    add(place, RECORD_OUTSIDE, text, 0);
    assert_int_equal(journal_commit(place->journal), 0);
}

/* Reads on from `after` to the end and hands each entry to check. */
static uint64_t read_all(struct place *place, uint64_t after, uint32_t class_mask, size_t bytes_max,
                         void (*check)(void *context, const struct entry *entry), void *context)
{
    struct journal_read read = {
        .after = after, .class_mask = class_mask, .buffer = buffer, .capacity = sizeof buffer, .bytes_max = bytes_max};
    uint64_t count = 0;
    while (read.after < journal_head(place->journal)) {
        assert_int_equal(journal_read(place->reader, &read), 0);
        for (uint32_t i = 0; i < read.count; i++) {
            struct record record;
            struct record_cursor cursor = {0};
            struct entry entry;
            assert_int_equal(record_open(read.records[i], &record), 0);
            while (record_next(&record, &cursor, &entry) == 0) {
                if (entry.seq <= after)
                    continue;
                count++;
                if (check)
                    check(context, &entry);
            }
        }
        assert_true(read.upto > read.after);
        read.after = read.upto;
    }
    return count;
}

static void a_new_journal_is_empty_and_has_a_lineage(void **state)
{
    (void)state;
    struct place place;
    place_make(&place, 0);
    assert_int_equal(journal_head(place.journal), 0);
    assert_true(journal_last_at_ms(place.journal) == INT64_MIN);
    assert_int_equal(strlen(journal_lineage(place.journal)), LINEAGE_LEN);
    assert_int_equal(journal_last_cause(place.journal).seq, 0);
    char lineage[LINEAGE_LEN + 1];
    memcpy(lineage, journal_lineage(place.journal), sizeof lineage);
    place_close(&place);
    place_open(&place, 0);
    assert_string_equal(journal_lineage(place.journal), lineage);
    place_remove(&place);
}

static void seq_is_dense_over_both_classes_and_starts_at_1(void **state)
{
    (void)state;
    struct place place;
    place_make(&place, 0);
    assert_int_equal(journal_begin(place.journal, MONDAY_MS), 0);
    assert_int_equal(add(&place, RECORD_CONSEQUENCE, "a", 1), 1);
    assert_int_equal(add(&place, RECORD_OUTSIDE, "b", 2), 2);
    assert_int_equal(add(&place, RECORD_OUTSIDE, "c", 3), 3);
    assert_int_equal(add(&place, RECORD_CONSEQUENCE, "d", 4), 4);
    assert_int_equal(journal_head(place.journal), 0); /* not durable yet */
    assert_int_equal(journal_commit(place.journal), 0);
    assert_int_equal(journal_head(place.journal), 4);
    assert_int_equal(journal_last_at_ms(place.journal), MONDAY_MS);
    assert_int_equal(read_all(&place, 0, ANY, 0, NULL, NULL), 4);
    assert_int_equal(read_all(&place, 0, 1u << RECORD_OUTSIDE, 0, NULL, NULL), 2);
    assert_int_equal(read_all(&place, 2, 1u << RECORD_OUTSIDE, 0, NULL, NULL), 1);
    assert_int_equal(read_all(&place, 0, 1u << RECORD_CONSEQUENCE, 0, NULL, NULL), 2);

    struct entry entry;
    assert_int_equal(journal_entry(place.reader, 3, buffer, sizeof buffer, &entry), 0);
    assert_true(span_is(entry.event, "c"));
    assert_int_equal(entry.seq, 3);
    assert_int_equal(entry.session, 7);
    assert_int_equal(entry.sequence, 3);
    assert_int_equal(entry.at_ms, MONDAY_MS);
    assert_int_equal(journal_entry(place.reader, 5, buffer, sizeof buffer, &entry), -E_NOT_FOUND);
    assert_int_equal(journal_entry(place.reader, 0, buffer, sizeof buffer, &entry), -E_NOT_FOUND);
    place_remove(&place);
}

static void an_aborted_turn_leaves_nothing(void **state)
{
    (void)state;
    struct place place;
    place_make(&place, 0);
    commit_one(&place, "kept");
    assert_int_equal(journal_begin(place.journal, MONDAY_MS + 60000), 0);
    add(&place, RECORD_OUTSIDE, "given up", 0);
    struct session_row row = {.number = 2, .epoch = 1, .source = "/stores/a"};
    assert_int_equal(journal_session_set(place.journal, &row), 0);
    assert_int_equal(journal_last_cause_set(place.journal, (struct last_cause){.seq = 9, .step = 9}), 0);
    journal_abort(place.journal);
    assert_int_equal(journal_head(place.journal), 1);
    assert_int_equal(journal_last_cause(place.journal).seq, 0);
    commit_one(&place, "next");
    struct entry entry;
    assert_int_equal(journal_entry(place.reader, 2, buffer, sizeof buffer, &entry), 0);
    assert_true(span_is(entry.event, "next"));
    place_remove(&place);
}

static void an_entry_of_the_running_turn_can_be_looked_at(void **state)
{
    (void)state;
    static char large[100000];
    memset(large, 'x', sizeof large - 1);
    struct place place;
    place_make(&place, 0);
    commit_one(&place, "before");
    assert_int_equal(journal_begin(place.journal, MONDAY_MS + 60000), 0);
    for (uint32_t i = 0; i < 10; i++) { /* about 1 MB: several records are in the transaction, one is open */
        large[0] = (char)('0' + i);
        add(&place, RECORD_OUTSIDE, large, i);
    }
    for (uint32_t i = 0; i < 10; i++) {
        struct entry entry;
        assert_int_equal(journal_turn_entry(place.journal, 2 + i, &entry), 0);
        assert_int_equal(entry.seq, 2 + i);
        assert_int_equal(entry.sequence, i);
        assert_int_equal(entry.event.at[0], '0' + (int)i);
    }
    assert_int_equal(journal_commit(place.journal), 0);
    place_remove(&place);
}

struct expected {
    uint64_t next;
};

static void check_numbered(void *context, const struct entry *entry)
{
    struct expected *expected = context;
    char text[32];
    snprintf(text, sizeof text, "event %llu", (unsigned long long)expected->next);
    assert_int_equal(entry->seq, expected->next);
    assert_memory_equal(entry->event.at, text, strlen(text));
    expected->next++;
}

static int collect_session(void *context, const struct session_row *row)
{
    struct session_row *rows = context;
    rows[row->number] = *row;
    return 0;
}

/* 64 KiB volumes: 40 commits of 10 events of 1,000 bytes make 400 kB, hence at least 5 volumes. */
static void volumes_follow_each_other_and_survive_a_restart(void **state)
{
    (void)state;
    static char text[1000];
    struct place place;
    place_make(&place, 64 * KIB);
    struct session_row row = {
        .number = 3, .epoch = 5, .last = 17, .last_id = "id-17", .source = "/stores/a", .instance = "bay-03"};
    assert_int_equal(journal_begin(place.journal, MONDAY_MS), 0);
    assert_int_equal(journal_session_set(place.journal, &row), 0);
    assert_int_equal(
        journal_last_cause_set(place.journal, (struct last_cause){.seq = 12, .step = 3, .fold_version = 7}), 0);
    assert_int_equal(journal_commit(place.journal), 0);
    uint64_t number = 1;
    for (uint32_t turn = 0; turn < 40; turn++) {
        assert_int_equal(journal_begin(place.journal, MONDAY_MS + turn), 0);
        for (uint32_t i = 0; i < 10; i++) {
            memset(text, ' ', sizeof text - 1);
            int len = snprintf(text, sizeof text, "event %llu", (unsigned long long)number);
            text[len] = ' ';
            assert_int_equal(add(&place, RECORD_OUTSIDE, text, 0), number++);
        }
        assert_int_equal(journal_commit(place.journal), 0);
    }
    assert_true(journal_volumes(place.journal) >= 5);
    uint32_t volumes = journal_volumes(place.journal);
    for (uint32_t round = 0; round < 2; round++) {
        assert_int_equal(journal_head(place.journal), 400);
        assert_int_equal(journal_last_at_ms(place.journal), MONDAY_MS + 39);
        assert_int_equal(journal_last_cause(place.journal).seq, 12);
        assert_int_equal(journal_last_cause(place.journal).step, 3);
        assert_int_equal(journal_last_cause(place.journal).fold_version, 7);
        assert_int_equal(journal_volumes(place.journal), volumes);
        for (uint64_t after = 0; after < 400; after += 57) {
            struct expected expected = {.next = after + 1};
            assert_int_equal(read_all(&place, after, ANY, 20000, check_numbered, &expected), 400 - after);
        }
        for (uint64_t seq = 1; seq <= 400; seq++) {
            struct entry entry;
            struct expected expected = {.next = seq};
            assert_int_equal(journal_entry(place.reader, seq, buffer, sizeof buffer, &entry), 0);
            check_numbered(&expected, &entry);
        }
        struct session_row rows[8] = {{0}};
        assert_int_equal(journal_sessions(place.journal, collect_session, rows), 0);
        assert_int_equal(rows[3].epoch, 5);
        assert_int_equal(rows[3].last, 17);
        assert_string_equal(rows[3].last_id, "id-17");
        assert_string_equal(rows[3].source, "/stores/a");
        assert_string_equal(rows[3].instance, "bay-03");
        place_close(&place);
        place_open(&place, 64 * KIB);
    }
    commit_one(&place, "event 401");
    assert_int_equal(journal_head(place.journal), 401);
    place_remove(&place);
}

static void a_journal_that_is_only_read_must_exist(void **state)
{
    (void)state;
    struct journal_options options = {.dir = "/tmp/manyi-there-is-no-such-directory", .read_only = true};
    struct journal *journal;
    assert_int_equal(journal_open(&options, &journal), -E_NO_JOURNAL);
}

/* A record of 256 KiB is more than bytes_max: it is sent all the same, alone. */
static void at_least_one_record_is_read(void **state)
{
    (void)state;
    static char text[1000];
    memset(text, 'x', sizeof text - 1);
    struct place place;
    place_make(&place, 0);
    assert_int_equal(journal_begin(place.journal, MONDAY_MS), 0);
    for (uint32_t i = 0; i < 600; i++)
        add(&place, RECORD_OUTSIDE, text, 0);
    assert_int_equal(journal_commit(place.journal), 0);
    struct journal_read read = {
        .class_mask = ANY, .buffer = buffer, .capacity = sizeof buffer, .bytes_max = 1, .gap = 5};
    assert_int_equal(journal_read(place.reader, &read), 0);
    assert_int_equal(read.count, 1);
    assert_ptr_equal(read.records[0].at, buffer + 5);
    read.after = read.upto;
    read.bytes_max = 0;
    assert_int_equal(journal_read(place.reader, &read), 0);
    assert_int_equal(read.count, 2);
    assert_ptr_equal(read.records[1].at, read.records[0].at + read.records[0].len + 5);
    assert_int_equal(read.upto, 600);
    place_remove(&place);
}

/* ---- quarantine ---- */

static int refuse(struct place *place, const char *source, struct span bytes, char key[33])
{
    struct quarantine_row row = {.code = "E1203", .field = "data.nps", .message = "out of range: 11", .bytes = bytes};
    snprintf(row.source, sizeof row.source, "%s", source);
    int status = journal_quarantine_add(place->journal, &row);
    if (status == 0 && key)
        memcpy(key, row.key, sizeof row.key);
    return status;
}

struct listed {
    uint32_t count;
    uint32_t most;
    char keys[16][33];
    uint64_t counts[16];
};

static int collect_row(void *context, const struct quarantine_row *row)
{
    struct listed *listed = context;
    memcpy(listed->keys[listed->count], row->key, 33);
    listed->counts[listed->count] = row->count;
    assert_string_equal(row->code, "E1203");
    assert_string_equal(row->field, "data.nps");
    assert_string_equal(row->message, "out of range: 11");
    return ++listed->count == listed->most;
}

/* python3 -c "import hashlib; print(hashlib.blake2b(b'nonsense', digest_size=16).hexdigest())" */
static void identical_bytes_are_counted_not_kept_twice(void **state)
{
    (void)state;
    struct place place;
    char key[33];
    char again[33];
    place_make(&place, 0);
    assert_int_equal(journal_begin(place.journal, MONDAY_MS), 0);
    assert_int_equal(refuse(&place, "/stores/a", span_of("nonsense"), key), 0);
    assert_int_equal(refuse(&place, "/stores/a", span_of("other"), NULL), 0);
    assert_int_equal(journal_commit(place.journal), 0);
    assert_int_equal(journal_begin(place.journal, MONDAY_MS + 60000), 0);
    assert_int_equal(refuse(&place, "/stores/a", span_of("nonsense"), again), 0);
    assert_int_equal(journal_commit(place.journal), 0);
    assert_string_equal(key, "181b1e1655e1f09583f038841d81759d");
    assert_string_equal(again, key);
    struct listed listed = {.most = 16};
    assert_int_equal(journal_quarantine_list(place.reader, "", collect_row, &listed), 0);
    assert_int_equal(listed.count, 2);
    assert_string_equal(listed.keys[0], key);
    assert_int_equal(listed.counts[0], 2);
    assert_int_equal(listed.counts[1], 1);
    place_remove(&place);
}

/* In the turn that refuses it, when that is on the disk, and when a newer volume has begun. */
static void what_is_kept_of_refused_bytes_is_found(void **state)
{
    (void)state;
    struct place place;
    struct quarantine_row row;
    place_make(&place, 1);
    assert_int_equal(journal_quarantine_find(place.journal, span_of("nonsense"), &row), -E_NOT_FOUND);
    for (uint32_t turn = 0; turn < 3; turn++) {
        char other[16];
        snprintf(other, sizeof other, "other %u", turn);
        assert_int_equal(journal_begin(place.journal, MONDAY_MS + turn), 0);
        assert_int_equal(refuse(&place, "/stores/a", turn == 0 ? span_of("nonsense") : span_of(other), NULL), 0);
        assert_int_equal(journal_quarantine_find(place.journal, span_of("nonsense"), &row), 0);
        assert_string_equal(row.message, "out of range: 11");
        assert_int_equal(journal_quarantine_find(place.journal, span_of("never"), &row), -E_NOT_FOUND);
        assert_int_equal(journal_commit(place.journal), 0);
        assert_int_equal(journal_quarantine_find(place.journal, span_of("nonsense"), &row), 0);
        assert_string_equal(row.code, "E1203");
        assert_int_equal(row.first_at_ms, MONDAY_MS);
    }
    assert_true(journal_volumes(place.journal) > 1);
    place_remove(&place);
}

static void the_quarantine_is_paged_oldest_first_over_volumes(void **state)
{
    (void)state;
    struct place place;
    char keys[5][33];
    static const char *const bytes[5] = {"zero", "one", "two", "three", "four"};
    place_make(&place, 1); /* a volume for each commit */
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(journal_begin(place.journal, MONDAY_MS), 0);
        assert_int_equal(refuse(&place, "/stores/a", span_of(bytes[i]), keys[i]), 0);
        add(&place, RECORD_OUTSIDE, "x", 0);
        assert_int_equal(journal_commit(place.journal), 0);
    }
    assert_int_equal(journal_begin(place.journal, MONDAY_MS), 0);
    assert_int_equal(refuse(&place, "/stores/a", span_of("one"), NULL), 0); /* moves to the end */
    assert_int_equal(journal_commit(place.journal), 0);
    static const uint32_t order[] = {0, 2, 3, 4, 1};
    char after[33] = "";
    for (uint32_t i = 0; i < 5; i++) {
        struct listed listed = {.most = 1};
        assert_int_equal(journal_quarantine_list(place.reader, after, collect_row, &listed), 0);
        assert_int_equal(listed.count, 1);
        assert_string_equal(listed.keys[0], keys[order[i]]);
        assert_int_equal(listed.counts[0], order[i] == 1 ? 2 : 1);
        memcpy(after, listed.keys[0], sizeof after);
    }
    struct listed listed = {.most = 1};
    assert_int_equal(journal_quarantine_list(place.reader, after, collect_row, &listed), 0);
    assert_int_equal(listed.count, 0);
    assert_int_equal(journal_quarantine_list(place.reader, "no key", collect_row, &listed), -E_NOT_FOUND);
    place_remove(&place);
}

/* 4 MiB a source: four times 1,000,000 bytes fit (4,194,304), a fifth does not. */
static void each_source_has_a_quota(void **state)
{
    (void)state;
    uint8_t *bytes = calloc(1, 1000000);
    struct place place;
    place_make(&place, 0);
    assert_int_equal(journal_begin(place.journal, MONDAY_MS), 0);
    for (uint8_t i = 0; i < 4; i++) {
        bytes[0] = i;
        assert_int_equal(refuse(&place, "/stores/a", span_make(bytes, 1000000), NULL), 0);
    }
    bytes[0] = 4;
    assert_int_equal(refuse(&place, "/stores/a", span_make(bytes, 1000000), NULL), -E_QUARANTINE_FULL);
    assert_int_equal(refuse(&place, "/stores/b", span_make(bytes, 1000000), NULL), 0);
    bytes[0] = 3;
    assert_int_equal(refuse(&place, "/stores/a", span_make(bytes, 1000000), NULL), 0); /* counted only */
    assert_int_equal(journal_commit(place.journal), 0);
    free(bytes);
    place_remove(&place);
}

/* A crash between making a volume and its first commit leaves one that has not begun. */
static void a_volume_that_never_began_is_begun_later(void **state)
{
    (void)state;
    struct place place;
    place_make(&place, 1); /* every commit has a volume of its own */
    commit_one(&place, "one");
    assert_int_equal(journal_begin(place.journal, MONDAY_MS + 60000), 0);
    assert_int_equal(refuse(&place, "/stores/a", span_of("nonsense"), NULL), 0); /* has a transaction at once */
    journal_abort(place.journal);
    uint32_t volumes = journal_volumes(place.journal);
    place_close(&place);
    place_open(&place, VOLUME_BYTES_DEFAULT);
    assert_int_equal(journal_volumes(place.journal), volumes);
    assert_int_equal(journal_head(place.journal), 1);
    commit_one(&place, "two");
    assert_int_equal(journal_volumes(place.journal), volumes + 1);
    assert_int_equal(read_all(&place, 0, ANY, 0, NULL, NULL), 2);
    place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_journal_is_empty_and_has_a_lineage),
        cmocka_unit_test(seq_is_dense_over_both_classes_and_starts_at_1),
        cmocka_unit_test(an_aborted_turn_leaves_nothing),
        cmocka_unit_test(an_entry_of_the_running_turn_can_be_looked_at),
        cmocka_unit_test(volumes_follow_each_other_and_survive_a_restart),
        cmocka_unit_test(a_volume_that_never_began_is_begun_later),
        cmocka_unit_test(a_journal_that_is_only_read_must_exist),
        cmocka_unit_test(at_least_one_record_is_read),
        cmocka_unit_test(identical_bytes_are_counted_not_kept_twice),
        cmocka_unit_test(what_is_kept_of_refused_bytes_is_found),
        cmocka_unit_test(the_quarantine_is_paged_oldest_first_over_volumes),
        cmocka_unit_test(each_source_has_a_quota),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
