/*
 * journal_quarantine_read.c - the quarantine as readers see it: one row for the same bytes, that of the newest volume.
 */
#include "core/bytes.h"
#include "core/status.h"
#include "io/journal_volume.h"

#include <sodium.h>

#define ARRIVAL_KEY_BYTES 9u
#define HASH_KEY_BYTES (1 + QUARANTINE_HASH_BYTES)

struct listing {
    struct journal *journal;
    uint32_t volume_count;
    int (*visit)(void *context, const struct quarantine_row *row);
    void *context;
};

/* 0: the newest volume that keeps these bytes, in *ret_volume, and when they arrived there. -E_NOT_FOUND. */
static int newest_find(const struct listing *listing, uint32_t from, struct span hash, uint32_t *ret_volume,
                       uint64_t *ret_arrival)
{
    for (uint32_t i = listing->volume_count; i-- > from;) {
        struct store_txn *txn;
        int status = store_begin(listing->journal->volumes[i].store, false, &txn);
        if (status)
            return status;
        status = quarantine_arrival(txn, hash, ret_arrival);
        store_abort(txn);
        if (status == 0)
            *ret_volume = i;
        if (status != -E_NOT_FOUND && status != -E_CORRUPT)
            return status;
    }
    return -E_NOT_FOUND;
}

static int row_visit(const struct listing *listing, uint32_t volume, struct span key, struct span value, int *ret_end)
{
    struct quarantine_row row;
    uint8_t hash[HASH_KEY_BYTES] = {'h'};
    int status = quarantine_decode(key, value, &row, hash + 1);
    if (status)
        return status == -E_CORRUPT ? 0 : status; /* the others can be shown; `manyi verify` names it */
    uint32_t newer;
    uint64_t arrival;
    status = newest_find(listing, volume + 1, span_make(hash, sizeof hash), &newer, &arrival);
    if (status == -E_NOT_FOUND) {
        *ret_end = listing->visit(listing->context, &row);
        return 0;
    }
    return status; /* a newer volume carries it on */
}

static int volume_list(const struct listing *listing, uint32_t volume, uint64_t from, int *ret_end)
{
    struct store_txn *txn;
    struct store_cursor *cursor;
    int status = store_begin(listing->journal->volumes[volume].store, false, &txn);
    if (status)
        return status;
    status = store_cursor_open(txn, TABLE_QUARANTINE, &cursor);
    if (status) {
        store_abort(txn);
        return status;
    }
    uint8_t at[ARRIVAL_KEY_BYTES] = {'q'};
    bytes_put_u64(at + 1, from);
    struct span key, value;
    status = store_seek(cursor, span_make(at, sizeof at), &key, &value);
    while (status == 0 && key.at[0] == 'q' && *ret_end == 0) {
        status = row_visit(listing, volume, key, value, ret_end);
        if (status == 0 && *ret_end == 0)
            status = store_next(cursor, &key, &value);
    }
    store_cursor_close(cursor);
    store_abort(txn);
    return status == -E_NOT_FOUND ? 0 : status;
}

int journal_quarantine_list(struct journal_reader *reader, const char *after,
                            int (*visit)(void *context, const struct quarantine_row *row), void *context)
{
    struct journal *journal = reader_journal(reader);
    struct listing listing = {journal, journal_volumes(journal), visit, context};
    uint32_t volume = 0;
    uint64_t arrival = 0;
    if (after[0] != '\0') {
        uint8_t hash[HASH_KEY_BYTES] = {'h'};
        size_t len;
        if (sodium_hex2bin(hash + 1, QUARANTINE_HASH_BYTES, after, strlen(after), NULL, &len, NULL) != 0 ||
            len != QUARANTINE_HASH_BYTES)
            return -E_NOT_FOUND;
        int status = newest_find(&listing, 0, span_make(hash, sizeof hash), &volume, &arrival);
        if (status)
            return status;
    }
    int end = 0;
    for (uint64_t from = arrival + 1; volume < listing.volume_count && end == 0; volume++, from = 1) {
        int status = volume_list(&listing, volume, from, &end);
        if (status)
            return status;
    }
    return end < 0 ? end : 0;
}

/* ---- one ---- */

int journal_quarantine_one(struct journal_reader *reader, const char *key,
                           int (*visit)(void *context, const struct quarantine_row *row), void *context)
{
    struct journal *journal = reader_journal(reader);
    struct listing listing = {journal, journal_volumes(journal), visit, context};
    uint8_t hash[HASH_KEY_BYTES] = {'h'};
    uint32_t volume = 0;
    uint64_t arrival = 0;
    size_t len;
    if (sodium_hex2bin(hash + 1, QUARANTINE_HASH_BYTES, key, strlen(key), NULL, &len, NULL) != 0 ||
        len != QUARANTINE_HASH_BYTES)
        return -E_NOT_FOUND;
    int status = newest_find(&listing, 0, span_make(hash, sizeof hash), &volume, &arrival);
    if (status)
        return status;
    struct store_txn *txn;
    uint8_t at[ARRIVAL_KEY_BYTES] = {'q'};
    struct span value;
    int end = 0;
    bytes_put_u64(at + 1, arrival);
    status = store_begin(journal->volumes[volume].store, false, &txn);
    if (status)
        return status;
    status = store_get(txn, TABLE_QUARANTINE, span_make(at, sizeof at), &value);
    if (status == 0)
        status = row_visit(&listing, volume, span_make(at, sizeof at), value, &end);
    store_abort(txn);
    return status;
}

/* ---- how many ---- */

static int row_count(void *context, const struct quarantine_row *row)
{
    (void)row;
    ++*(uint64_t *)context;
    return 0;
}

int journal_quarantine_count(struct journal_reader *reader, uint64_t *ret_count)
{
    uint64_t count = 0;
    int status = journal_quarantine_list(reader, "", row_count, &count);
    if (status == 0)
        *ret_count = count;
    return status;
}
