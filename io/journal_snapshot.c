/*
 * journal_snapshot.c - rows copied out of a journal beside its writer: many, but never longer than a read transaction may last.
 */
#include "io/journal_snapshot.h"
#include "core/bytes.h"
#include "core/ensure.h"
#include "core/status.h"

#include <stdio.h>
#include <stdlib.h>

static int item_add(struct snapshot *snapshot, enum journal_table table, struct span key, struct span value)
{
    size_t needed = snapshot->len + ITEM_HEADER_BYTES + key.len + value.len;
    if (needed > snapshot->capacity) {
        size_t capacity = 2 * needed;
        uint8_t *items = realloc(snapshot->items, capacity);
        if (!items)
            return -E_NO_MEMORY;
        snapshot->items = items;
        snapshot->capacity = capacity;
    }
    uint8_t *at = snapshot->items + snapshot->len;
    at[0] = (uint8_t)table;
    bytes_put_u32(at + 1, (uint32_t)key.len);
    bytes_put_u32(at + 5, (uint32_t)value.len);
    memcpy(at + ITEM_HEADER_BYTES, key.at, key.len);
    memcpy(at + ITEM_HEADER_BYTES + key.len, value.at, value.len);
    snapshot->len = needed;
    return 0;
}

/* A start mends a session's row from its newest entry, and nobody else does. */
static int session_blame(const struct snapshot *snapshot, struct span key, int status, char message[128])
{
    bool mends = status == -E_CORRUPT && key.len > 1 && key.at[0] == 's';
    snprintf(message, 128, "volume %06u, table sessions: a damaged row%s", snapshot->volume + 1,
             mends ? "; start `manyi serve` anew, which mends it, then back up" : "");
    return mends ? -E_AGAIN : status;
}

static int sessions_take(struct snapshot *snapshot, struct store_cursor *cursor, char message[128])
{
    struct span key, value, body;
    struct session_row row;
    int status = store_seek(cursor, span_make(NULL, 0), &key, &value);
    for (; status == 0; status = store_next(cursor, &key, &value)) {
        bool cause = span_is(key, "c"), other = cause || span_is(key, "l");
        status = other ? row_open(key, value, &body) : session_decode(key, value, &row);
        if (status == 0 && cause && body.len == CAUSE_BYTES)
            snapshot->cause = cause_of_bytes(body.at);
        snapshot->sessions += !other;
        if (status == 0 && !other)
            status = item_add(snapshot, TABLE_SESSIONS, key, value);
        if (status)
            return session_blame(snapshot, key, status, message);
    }
    snapshot->sessions_len = snapshot->len;
    return status == -E_NOT_FOUND ? 0 : status;
}

/* The sound row of a hash. A damaged one is none. */
static int sound_find(struct store_txn *txn, struct span hash, uint64_t *ret_arrival)
{
    struct quarantine_row row;
    struct span value, body;
    uint8_t key[1 + 8] = {'q'}, of_row[QUARANTINE_HASH_BYTES];
    int status = store_get(txn, TABLE_QUARANTINE, hash, &value);
    if (status == 0)
        status = row_open(hash, value, &body);
    if (status == 0 && body.len != 8)
        status = -E_CORRUPT;
    if (status == 0) {
        *ret_arrival = bytes_u64(body.at);
        memcpy(key + 1, body.at, 8);
        status = store_get(txn, TABLE_QUARANTINE, span_make(key, sizeof key), &value);
    }
    if (status == 0)
        status = quarantine_decode(span_make(key, sizeof key), value, &row, of_row);
    return status == -E_CORRUPT ? -E_NOT_FOUND : status;
}

/* Whether a newer volume carries on what this hash stands for. What came to the newest one after the snapshot, which is not to be
 * copied, does not count. */
static int newer_has(struct journal *journal, const struct snapshot *snapshot, uint32_t volume,
                     const uint8_t hash[QUARANTINE_HASH_BYTES], bool *ret_has)
{
    uint8_t key[1 + QUARANTINE_HASH_BYTES] = {'h'};
    memcpy(key + 1, hash, QUARANTINE_HASH_BYTES);
    for (uint32_t i = volume + 1; i <= snapshot->volume; i++) {
        struct store_txn *txn;
        uint64_t arrival = 0;
        int status = store_begin(journal->volumes[i].store, false, &txn);
        if (status)
            return status;
        status = sound_find(txn, span_make(key, sizeof key), &arrival);
        bool later = status == 0 && i == snapshot->volume && snapshot->whole && arrival > snapshot->arrival;
        store_abort(txn);
        if (status != -E_NOT_FOUND && !later) {
            *ret_has = status == 0;
            return status;
        }
    }
    *ret_has = false;
    return 0;
}

static void leave_out(struct snapshot *snapshot, uint32_t volume, uint64_t arrival)
{
    if (snapshot->left_out++ == 0)
        snprintf(snapshot->left_out_first, sizeof snapshot->left_out_first,
                 "volume %06u, table quarantine, after row %llu", volume + 1, (unsigned long long)arrival);
}

/* Adds rows until SNAPSHOT_BYTES are filled. A damaged one is no row, and hinders nobody from copying the others. */
static int refused_take(struct journal *journal, struct snapshot *snapshot, uint32_t volume,
                        struct store_cursor *cursor, uint64_t *arrival, bool *ret_end, char message[128])
{
    uint8_t at[1 + 8] = {'q'};
    struct span key, value;
    bytes_put_u64(at + 1, *arrival + 1);
    int status = store_seek(cursor, span_make(at, sizeof at), &key, &value);
    while (status == 0 && key.at[0] == 'q' && snapshot->len < SNAPSHOT_BYTES) {
        struct quarantine_row row;
        uint8_t hash[QUARANTINE_HASH_BYTES];
        bool newer = false;
        status = key.len == sizeof at ? quarantine_decode(key, value, &row, hash) : -E_CORRUPT;
        bool damaged = status == -E_CORRUPT;
        if (damaged)
            leave_out(snapshot, volume, *arrival);
        if (status == 0)
            status = newer_has(journal, snapshot, volume, hash, &newer);
        if (status == 0 && !newer)
            status = item_add(snapshot, TABLE_QUARANTINE, key, value);
        if (status && !damaged) {
            snprintf(message, 128, "volume %06u, table quarantine: after row %llu", volume + 1,
                     (unsigned long long)*arrival);
            return status;
        }
        if (key.len == sizeof at)
            *arrival = bytes_u64(key.at + 1);
        status = store_next(cursor, &key, &value);
    }
    *ret_end = status == -E_NOT_FOUND || (status == 0 && key.at[0] != 'q');
    return status == -E_NOT_FOUND ? 0 : status;
}

static int head_take(const struct journal *journal, struct snapshot *snapshot, struct store_cursor *cursor)
{
    struct span key, value;
    struct record record;
    int status = store_last(cursor, &key, &value);
    snapshot->head = journal->volumes[snapshot->volume].first - 1;
    snapshot->at_ms = journal_last_at_ms(journal); /* of the volume before */
    if (status)
        return status == -E_NOT_FOUND ? 0 : status;
    status = record_check(key, value, &record);
    if (status == 0) {
        snapshot->head = record.first + record.count - 1;
        snapshot->at_ms = record.at_ms;
    }
    return status;
}

static int tables_take(struct journal *journal, struct snapshot *snapshot, struct store_txn *txn, char message[128])
{
    int status = 0;
    for (enum journal_table table = 0; table < TABLE_COUNT && status == 0; table++) {
        struct store_cursor *cursor;
        status = store_cursor_open(txn, table, &cursor);
        if (status)
            return status;
        if (table == TABLE_RECORDS)
            status = head_take(journal, snapshot, cursor);
        else if (table == TABLE_SESSIONS)
            status = sessions_take(snapshot, cursor, message);
        else
            status = refused_take(journal, snapshot, snapshot->volume, cursor, &snapshot->arrival, &snapshot->whole,
                                  message);
        store_cursor_close(cursor);
    }
    return status;
}

int snapshot_take(struct journal *journal, struct snapshot *ret_snapshot, char message[128])
{
    struct snapshot snapshot = {.volume = journal_volumes(journal) - 1};
    struct store_txn *txn;
    snprintf(message, 128, "volume %06u", snapshot.volume + 1);
    int status = store_begin(journal->volumes[snapshot.volume].store, false, &txn);
    if (status)
        return status;
    status = tables_take(journal, &snapshot, txn, message);
    store_abort(txn);
    if (status)
        free(snapshot.items);
    else
        *ret_snapshot = snapshot;
    return status;
}

int snapshot_quarantine(struct journal *journal, struct snapshot *snapshot, uint32_t volume, uint64_t *arrival,
                        bool *ret_end, char message[128])
{
    struct store_txn *txn;
    struct store_cursor *cursor;
    snapshot->len = 0;
    snprintf(message, 128, "volume %06u", volume + 1);
    int status = store_begin(journal->volumes[volume].store, false, &txn);
    if (status)
        return status;
    status = store_cursor_open(txn, TABLE_QUARANTINE, &cursor);
    if (status == 0) {
        status = refused_take(journal, snapshot, volume, cursor, arrival, ret_end, message);
        store_cursor_close(cursor);
    }
    store_abort(txn);
    return status;
}
