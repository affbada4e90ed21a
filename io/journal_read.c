/*
 * journal_read.c - readers: whole records after a seq, and single entries.
 *
 * A read transaction lasts as long as the copying of one volume's part of an answer.
 */
#include "core/bytes.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/journal_volume.h"

#include <stdio.h>
#include <stdlib.h>

#define LOOK_THROUGH_MAX (32u * MIB) /* 100 ms even from a slow disk */

struct journal_reader {
    struct journal *journal;
};

int journal_reader_open(struct journal *journal, struct journal_reader **ret_reader)
{
    struct journal_reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        return -E_NO_MEMORY;
    reader->journal = journal;
    *ret_reader = reader;
    return 0;
}

void journal_reader_close(struct journal_reader *reader)
{
    free(reader);
}

struct journal *reader_journal(const struct journal_reader *reader)
{
    return reader->journal;
}

/* Stands the cursor on the record that holds seq, or on the first one after it. */
static int record_seek(struct store_cursor *cursor, uint64_t seq, struct span *ret_key, struct span *ret_value)
{
    uint8_t wanted[SEQ_KEY_BYTES];
    bytes_put_u64(wanted, seq);
    struct span at = span_make(wanted, sizeof wanted);
    struct span key, value;
    int status = store_seek(cursor, at, &key, &value);
    if (status == -E_NOT_FOUND)
        status = store_last(cursor, &key, &value);
    else if (status == 0 && bytes_u64(key.at) > seq)
        status = store_previous(cursor, &key, &value);
    if (status == -E_NOT_FOUND)
        return store_seek(cursor, at, ret_key, ret_value);
    if (status == 0) {
        *ret_key = key;
        *ret_value = value;
    }
    return status;
}

int record_check(struct span key, struct span value, struct record *ret_record)
{
    struct record record;
    int status = record_open(value, &record);
    if (status == 0 && (key.len != SEQ_KEY_BYTES || bytes_u64(key.at) != record.first))
        status = -E_CORRUPT;
    if (status == 0)
        *ret_record = record;
    return status;
}

struct passage {
    struct journal_read *read;
    uint64_t next; /* seq that comes next */
    size_t filled;
    size_t looked_through;
    bool full;
};

static void record_take(struct passage *passage, struct span bytes, const struct record *record)
{
    struct journal_read *read = passage->read;
    size_t needed = read->gap + bytes.len;
    if (((read->class_mask >> record->class) & 1u) != 0) {
        size_t most =
            read->bytes_max && read->count > 0 && read->bytes_max < read->capacity ? read->bytes_max : read->capacity;
        passage->full =
            read->count == JOURNAL_READ_RECORDS_MAX || passage->filled > most || needed > most - passage->filled;
        if (passage->full)
            return;
        uint8_t *at = read->buffer + passage->filled + read->gap;
        memcpy(at, bytes.at, bytes.len);
        read->records[read->count++] = span_make(at, bytes.len);
        passage->filled += needed;
    }
    passage->next = record->first + record->count;
    passage->looked_through += bytes.len;
    passage->full = passage->looked_through >= LOOK_THROUGH_MAX;
}

static int volume_pass(struct passage *passage, struct store_cursor *cursor)
{
    struct span key, value;
    int status = record_seek(cursor, passage->next, &key, &value);
    bool begun = false;
    while (status == 0) {
        struct record record;
        status = record_check(key, value, &record);
        if (status)
            return status;
        bool behind = record.first + record.count <= passage->next;
        bool joins = begun ? record.first == passage->next : record.first <= passage->next;
        if (!behind && !joins)
            return -E_CORRUPT; /* something between is missing */
        if (!behind)
            record_take(passage, value, &record);
        if (passage->full)
            return 0;
        begun = begun || !behind;
        status = store_next(cursor, &key, &value);
    }
    return status == -E_NOT_FOUND ? 0 : status;
}

static int volume_read(struct passage *passage, struct store *store)
{
    struct store_txn *txn;
    struct store_cursor *cursor;
    int status = store_begin(store, false, &txn);
    if (status)
        return status;
    status = store_cursor_open(txn, TABLE_RECORDS, &cursor);
    if (status == 0) {
        status = volume_pass(passage, cursor);
        store_cursor_close(cursor);
    }
    store_abort(txn);
    return status;
}

int journal_read(struct journal_reader *reader, struct journal_read *read)
{
    ensure(read->capacity >= read->gap + SYSTEM_EVENT_MAX + RECORD_MAX);
    struct journal *journal = reader->journal;
    struct passage passage = {.read = read, .next = read->after + 1};
    read->count = 0;
    read->upto = read->after;
    if (read->after >= journal_head(journal))
        return 0;
    uint32_t count = journal_volumes(journal);
    for (uint32_t i = volume_of(journal, count, passage.next); i < count && !passage.full; i++) {
        int status = volume_read(&passage, journal->volumes[i].store);
        if (status && read->count > 0)
            break; /* what is sound is handed out first; the next call meets it again */
        if (status) {
            snprintf(read->message, sizeof read->message, "volume %06u, at seq %llu", i + 1,
                     (unsigned long long)passage.next);
            read->upto = passage.next - 1;
            return status;
        }
    }
    read->upto = passage.next - 1;
    return 0;
}

/* The seq of the first record at or after seq. -E_NOT_FOUND: the volume has none. */
static int volume_seek(struct store *store, uint64_t seq, uint64_t *ret_first)
{
    struct store_txn *txn;
    struct store_cursor *cursor;
    uint8_t wanted[SEQ_KEY_BYTES];
    struct span key, value;
    bytes_put_u64(wanted, seq);
    int status = store_begin(store, false, &txn);
    if (status)
        return status;
    status = store_cursor_open(txn, TABLE_RECORDS, &cursor);
    if (status == 0) {
        status = store_seek(cursor, span_make(wanted, sizeof wanted), &key, &value);
        if (status == 0 && key.len != SEQ_KEY_BYTES)
            status = -E_CORRUPT;
        if (status == 0)
            *ret_first = bytes_u64(key.at);
        store_cursor_close(cursor);
    }
    store_abort(txn);
    return status;
}

int journal_skip(struct journal_reader *reader, uint64_t after, uint64_t *ret_after)
{
    struct journal *journal = reader->journal;
    uint64_t head = journal_head(journal);
    uint32_t count = journal_volumes(journal);
    for (uint32_t i = volume_of(journal, count, after + 1); i < count; i++) {
        uint64_t first;
        int status = volume_seek(journal->volumes[i].store, after + 2, &first);
        if (status == -E_NOT_FOUND)
            continue;
        if (status == 0)
            *ret_after = first - 1 < head ? first - 1 : head;
        return status;
    }
    *ret_after = head;
    return 0;
}

/* ---- single entries ---- */

int record_find(const struct record *record, uint64_t seq, struct entry *ret_entry)
{
    struct record_cursor cursor = {0};
    struct entry entry;
    int status;
    do {
        status = record_next(record, &cursor, &entry);
    } while (status == 0 && entry.seq < seq);
    if (status == 0)
        *ret_entry = entry;
    return status;
}

static int volume_entry(struct store_txn *txn, uint64_t seq, struct entry *ret_entry)
{
    struct store_cursor *cursor;
    int status = store_cursor_open(txn, TABLE_RECORDS, &cursor);
    if (status)
        return status;
    struct span key, value;
    struct record record;
    status = record_seek(cursor, seq, &key, &value);
    if (status == 0)
        status = record_check(key, value, &record);
    if (status == 0)
        status = record.first > seq ? -E_CORRUPT : record_find(&record, seq, ret_entry);
    store_cursor_close(cursor);
    return status;
}

int journal_entry(struct journal_reader *reader, uint64_t seq, uint8_t *buffer, size_t capacity,
                  struct entry *ret_entry)
{
    struct journal *journal = reader->journal;
    if (seq == 0 || seq > journal_head(journal))
        return -E_NOT_FOUND;
    uint32_t volume = volume_of(journal, journal_volumes(journal), seq);
    struct store_txn *txn;
    int status = store_begin(journal->volumes[volume].store, false, &txn);
    if (status)
        return status;
    struct entry entry;
    status = volume_entry(txn, seq, &entry);
    if (status == 0) {
        ensure(entry.event.len <= capacity);
        memcpy(buffer, entry.event.at, entry.event.len);
        entry.event.at = buffer;
        *ret_entry = entry;
    }
    store_abort(txn);
    return status == -E_NOT_FOUND ? -E_CORRUPT : status;
}
