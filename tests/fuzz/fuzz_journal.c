/*
 * A journal whose rows have rotted, or whose rows somebody has forged with checksums that are right: it opens or is refused, it is
 * read, listed, checked and written to, and nobody ends for it. What rotted is never handed out as an entry, or as a session's
 * last sequence.
 *
 * A journal of a morning in two volumes is taken, and some rows of one of them are changed:
 *
 *   an input is:  which volume and whether checksums are put right u8, then changes as in rot.h
 */
#include "core/bytes.h"
#include "core/status.h"
#include "io/journal_check.h"
#include "io/journal_volume.h"
#include "io/store_sim.h"
#include "tests/fuzz/rot.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BASE "/base"
#define ROTTEN "/rotten"
#define CHANGES_MAX 12u
#define ENTRIES 40u
#define TURN_ENTRIES 5u
#define SESSION_NUMBERS 3u
#define VOLUME_BYTES (8u * KIB)
#define BUFFER_BYTES (2u * (SYSTEM_EVENT_MAX + RECORD_MAX))

static uint8_t buffer[BUFFER_BYTES];

/* ---- the morning ---- */

static struct span event_of(uint64_t seq)
{
    static char text[400];
    int len = snprintf(text, sizeof text, "event %llu ", (unsigned long long)seq);
    memset(text + len, 'a' + (int)(seq % 26), sizeof text - (size_t)len);
    return span_make(text, sizeof text);
}

static uint64_t last_of(uint32_t session, uint64_t seq)
{
    return seq * 10 + session;
}

static int refused_keep(struct journal *journal, uint64_t seq)
{
    struct quarantine_row row = {.code = "E1203", .field = "data.overall", .message = "A sentence.", .source = "/s"};
    row.bytes = event_of(seq);
    int status = journal_quarantine_add(journal, &row);
    ensure(status == 0 || status == -E_QUARANTINE_FULL || status == -E_CORRUPT || status == -E_BAD_FORMAT);
    return status;
}

static void morning(void)
{
    const struct journal_options options = {
        .dir = BASE, .volume_bytes = VOLUME_BYTES, .lineage = "0123456789abcdef0123456789abcdef"};
    struct journal *journal;
    uint64_t seq = 0;
    store_sim_forget_all(BASE);
    int status = journal_open(&options, &journal);
    ensure(status == 0);
    while (seq < ENTRIES) {
        status = journal_begin(journal, 1000 + (int64_t)seq);
        ensure(status == 0);
        for (uint32_t i = 0; i < TURN_ENTRIES; i++) {
            const struct entry entry = {.session = 2, .sequence = seq + 1, .event = event_of(seq + 1)};
            status = journal_add(journal, seq % 3 ? RECORD_OUTSIDE : RECORD_CONSEQUENCE, &entry, &seq);
            ensure(status == 0);
        }
        for (uint32_t number = 1; number <= SESSION_NUMBERS; number++) {
            struct session_row row = {.number = number, .epoch = 2, .last = last_of(number, seq)};
            snprintf(row.source, sizeof row.source, "/s/%u", number);
            status = journal_session_set(journal, &row);
            ensure(status == 0);
        }
        int kept = refused_keep(journal, 1000 + seq % 15);
        ensure(kept == 0);
        status = journal_last_cause_set(journal, (struct last_cause){.seq = seq, .step = 1, .fold_version = 1});
        ensure(status == 0);
        status = journal_commit(journal);
        ensure(status == 0);
    }
    ensure(journal_volumes(journal) >= 2);
    journal_close(journal);
}

/* ---- what rots ---- */

static void mend(uint32_t table, struct rot_row *row)
{
    struct span key = span_make(row->key, row->key_len);
    if (table == TABLE_RECORDS && row->value_len >= RECORD_HEADER_BYTES) {
        uint32_t crc = crc32c(0, span_make(row->value, 28));
        bytes_put_u32(row->value + 28, crc32c(crc, span_make(row->value + 32, row->value_len - 32)));
    } else if (table != TABLE_RECORDS && row->value_len > ROW_SEAL_BYTES) {
        row_seal(key, row->value, row->value_len - ROW_SEAL_BYTES);
    }
}

static bool rot(struct carving *carving)
{
    static const char *const tables[] = {"records", "sessions", "quarantine"};
    uint8_t how = carve_byte(carving);
    char path[64];
    struct store *store;
    struct store_txn *txn;
    snprintf(path, sizeof path, ROTTEN "/journal/%06u", 1 + (how >> 1) % 2);
    const struct store_options options = {.path = path, .tables = tables, .table_count = 3, .map_bytes = 64 * MIB};
    store_sim_forget_all(ROTTEN);
    store_sim_copy_all(BASE, ROTTEN);
    int status = store_open(&options, &store);
    ensure(status == 0);
    status = store_begin(store, true, &txn);
    ensure(status == 0);
    for (uint32_t i = 0; i < CHANGES_MAX && carving->left > 0; i++)
        rot_change(txn, 3, carving, how & 1u ? mend : NULL);
    status = store_commit(txn);
    ensure(status == 0);
    store_close(store);
    return how & 1u;
}

/* ---- who reads it ---- */

struct look {
    bool forged; /* anything may stand in it */
    uint64_t entries, rows;
};

static void entry_look(const struct look *look, const struct entry *entry)
{
    if (!look->forged)
        ensure(entry->seq <= ENTRIES && span_equal(entry->event, event_of(entry->seq)));
}

static int session_look(void *context, const struct session_row *row)
{
    const struct look *look = context;
    if (look->forged || row->source[0] == '\0') /* a damaged row's number */
        return 0;
    ensure(row->number >= 1 && row->number <= SESSION_NUMBERS);
    ensure(row->last % 10 == row->number % 10 && row->last <= last_of(row->number, ENTRIES)); /* of some turn */
    return 0;
}

static int refused_look(void *context, const struct quarantine_row *row)
{
    struct look *look = context;
    look->rows++;
    ensure(strlen(row->key) == 32);
    if (!look->forged)
        ensure(strcmp(row->code, "E1203") == 0 && row->bytes.len == 400);
    return 0;
}

static void read_through(struct journal *journal, struct journal_reader *reader, struct look *look)
{
    struct journal_read read = {.class_mask = 3, .buffer = buffer, .capacity = sizeof buffer};
    uint64_t head = journal_head(journal);
    for (uint32_t i = 0; i < 4 * ENTRIES && read.after < head; i++) {
        int status = journal_read(reader, &read);
        ensure(status <= 0);
        uint64_t after = read.upto;
        for (uint32_t k = 0; status == 0 && k < read.count; k++) {
            struct record record;
            struct record_cursor cursor = {0};
            struct entry entry;
            ensure(record_open(read.records[k], &record) == 0);
            while (record_next(&record, &cursor, &entry) == 0) {
                look->entries++;
                entry_look(look, &entry);
            }
        }
        if (status) {
            judge_sentence(read.message);
            if (journal_skip(reader, read.upto, &after))
                break;
            ensure(after > read.upto || look->forged);
        }
        if (after <= read.after && status == 0)
            break;
        read.after = after;
    }
}

static void write_on(struct journal *journal)
{
    uint64_t seq;
    const struct entry entry = {.event = event_of(ENTRIES + 1)};
    const struct session_row row = {.number = 1, .epoch = 9, .last = 1, .source = "/s/1"};
    if (journal_begin(journal, journal_last_at_ms(journal)))
        return;
    int status = journal_add(journal, RECORD_OUTSIDE, &entry, &seq);
    if (status == 0)
        status = journal_session_set(journal, &row);
    if (status == 0) {
        struct quarantine_row refused = {.code = "E1203", .message = "m", .source = "/s", .bytes = event_of(1000)};
        status = journal_quarantine_find(journal, refused.bytes, &refused);
        ensure(status <= 0);
        status = refused_keep(journal, 1000); /* a damaged row of the same bytes is told */
    }
    if (status == 0 || status == -E_QUARANTINE_FULL)
        status = journal_commit(journal);
    else
        journal_abort(journal);
    ensure(status <= 0);
}

static void look_at(struct journal *journal, struct look *look)
{
    struct journal_reader *reader;
    struct entry entry;
    uint64_t count = 0;
    int status = journal_reader_open(journal, &reader);
    ensure(status == 0);
    read_through(journal, reader, look);
    for (uint64_t seq = 1; seq <= ENTRIES; seq += 7) {
        status = journal_entry(reader, seq, buffer, sizeof buffer, &entry);
        ensure(status <= 0);
        if (status == 0)
            entry_look(look, &entry);
    }
    status = journal_sessions(journal, session_look, look);
    ensure(status <= 0);
    status = journal_quarantine_list(reader, "", refused_look, look);
    ensure(status <= 0);
    status = journal_quarantine_count(reader, &count);
    ensure(status <= 0);
    journal_reader_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool begun;
    static struct journal_checked checked;
    struct carving carving = {data, size};
    const struct journal_options options = {.dir = ROTTEN, .volume_bytes = VOLUME_BYTES};
    struct journal *journal;
    if (!begun)
        morning();
    begun = true;
    struct look look = {.forged = rot(&carving)};
    int status = journal_check(ROTTEN, 100, &checked);
    ensure(status <= 0);
    for (uint64_t i = 0; i < checked.faults && i < JOURNAL_FAULTS_MAX; i++)
        judge_sentence(checked.fault[i]);
    status = journal_open(&options, &journal);
    ensure(status <= 0);
    if (status)
        return 0;
    look_at(journal, &look);
    write_on(journal);
    journal_close(journal);
    return 0;
}
