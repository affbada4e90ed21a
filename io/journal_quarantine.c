/*
 * journal_quarantine.c - refused events, kept in the volume of the turn that refused them.
 *
 * Identical bytes are counted, not stored twice: a row that an older volume has already is carried over, and the newest
 * copy counts. Quotas are per source and volume.
 */
#include "core/bytes.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/journal_volume.h"

#include <sodium.h>

#define HASH_BYTES QUARANTINE_HASH_BYTES
#define ARRIVAL_KEY_BYTES 9u
#define HASH_KEY_BYTES (1 + HASH_BYTES)
#define ARRIVAL_BYTES 8u
#define QUOTA_BYTES 16u

/* hash, first_at u64, last_at u64, count u64, then code, field, message, source and bytes, each a length
 * u32 and its bytes; then, of one that was mended, the seq u64 of the entry */
#define ROW_FIXED_BYTES (HASH_BYTES + 24)
#define MENDED_BYTES 8u
#define ROW_TEXTS_MAX (5 * 4 + 8 + 96 + 192 + URI_MAX_BYTES)

_Static_assert(1 + ROW_FIXED_BYTES + ROW_TEXTS_MAX + PUT_BYTES_MAX + MENDED_BYTES + ROW_SEAL_BYTES <= SCRATCH_BYTES,
               "whatever a PUT can hold fits");

void quarantine_hash(uint8_t ret_hash[HASH_BYTES], struct span bytes)
{
    crypto_generichash(ret_hash, HASH_BYTES, bytes.at, bytes.len, NULL, 0);
}

static void hash_key(uint8_t key[HASH_KEY_BYTES], uint8_t table, struct span bytes)
{
    key[0] = table;
    quarantine_hash(key + 1, bytes);
}

static void arrival_key(uint8_t key[ARRIVAL_KEY_BYTES], uint64_t arrival)
{
    key[0] = 'q';
    bytes_put_u64(key + 1, arrival);
}

/* ---- one row as bytes ---- */

static uint8_t *part_put(uint8_t *at, struct span part)
{
    bytes_put_u32(at, (uint32_t)part.len);
    if (part.len > 0)
        memcpy(at + 4, part.at, part.len);
    return at + 4 + part.len;
}

static struct span row_encode(struct span key, uint8_t *buffer, const uint8_t hash[HASH_BYTES],
                              const struct quarantine_row *row)
{
    memcpy(buffer + 1, hash, HASH_BYTES);
    uint8_t *at = buffer + 1 + HASH_BYTES;
    bytes_put_u64(at, (uint64_t)row->first_at_ms);
    bytes_put_u64(at + 8, (uint64_t)row->last_at_ms);
    bytes_put_u64(at + 16, row->count);
    at = part_put(at + 24, span_of(row->code));
    at = part_put(at, span_of(row->field));
    at = part_put(at, span_of(row->message));
    at = part_put(at, span_of(row->source));
    at = part_put(at, row->bytes);
    if (row->mended_seq > 0) {
        bytes_put_u64(at, row->mended_seq);
        at += MENDED_BYTES;
    }
    return row_seal(key, buffer, (size_t)(at - buffer));
}

static int part_take(struct span *rest, struct span *ret_part)
{
    if (rest->len < 4)
        return -E_CORRUPT;
    size_t len = bytes_u32(rest->at);
    if (len > rest->len - 4)
        return -E_CORRUPT;
    *ret_part = span_make(rest->at + 4, len);
    *rest = span_make(rest->at + 4 + len, rest->len - 4 - len);
    return 0;
}

static int text_take(struct span *rest, char *text, size_t size)
{
    struct span part;
    int status = part_take(rest, &part);
    if (status)
        return status;
    if (part.len >= size)
        return -E_CORRUPT;
    memcpy(text, part.at, part.len);
    text[part.len] = '\0';
    return 0;
}

int quarantine_decode(struct span key, struct span value, struct quarantine_row *ret_row, uint8_t ret_hash[HASH_BYTES])
{
    struct span body;
    int status = row_open(key, value, &body);
    if (status)
        return status;
    if (body.len < ROW_FIXED_BYTES)
        return -E_CORRUPT;
    memcpy(ret_hash, body.at, HASH_BYTES);
    sodium_bin2hex(ret_row->key, sizeof ret_row->key, body.at, HASH_BYTES);
    const uint8_t *at = body.at + HASH_BYTES;
    ret_row->first_at_ms = (int64_t)bytes_u64(at);
    ret_row->last_at_ms = (int64_t)bytes_u64(at + 8);
    ret_row->count = bytes_u64(at + 16);
    struct span rest = span_make(body.at + ROW_FIXED_BYTES, body.len - ROW_FIXED_BYTES);
    status = text_take(&rest, ret_row->code, sizeof ret_row->code);
    if (status == 0)
        status = text_take(&rest, ret_row->field, sizeof ret_row->field);
    if (status == 0)
        status = text_take(&rest, ret_row->message, sizeof ret_row->message);
    if (status == 0)
        status = text_take(&rest, ret_row->source, sizeof ret_row->source);
    if (status == 0)
        status = part_take(&rest, &ret_row->bytes);
    if (status == 0)
        ret_row->mended_seq = rest.len >= MENDED_BYTES ? bytes_u64(rest.at) : 0;
    return status;
}

/* ---- adding, in the writer's turn ---- */

int quarantine_arrival(struct store_txn *txn, struct span hash, uint64_t *ret_arrival)
{
    struct span value, body;
    int status = store_get(txn, TABLE_QUARANTINE, hash, &value);
    if (status)
        return status;
    status = row_open(hash, value, &body);
    if (status == 0 && body.len != ARRIVAL_BYTES)
        status = -E_CORRUPT;
    if (status == 0)
        *ret_arrival = bytes_u64(body.at);
    return status;
}

/* Finds the row of a hash in one volume. A damaged one is none: nothing of it is believed, and it stops nobody. */
static int row_find(struct store_txn *txn, struct span hash, uint64_t *ret_arrival, struct quarantine_row *ret_row)
{
    struct span value;
    uint64_t arrival;
    int status = quarantine_arrival(txn, hash, &arrival);
    if (status)
        return status == -E_CORRUPT ? -E_NOT_FOUND : status;
    uint8_t key[ARRIVAL_KEY_BYTES], of_row[HASH_BYTES];
    arrival_key(key, arrival);
    status = store_get(txn, TABLE_QUARANTINE, span_make(key, sizeof key), &value);
    if (status == 0)
        status = quarantine_decode(span_make(key, sizeof key), value, ret_row, of_row);
    if (status == 0)
        *ret_arrival = arrival;
    return status == -E_CORRUPT ? -E_NOT_FOUND : status;
}

/* Looks through the older volumes for what they say about these bytes already: first_at_ms, count, whether it was mended. */
static int older_find(struct journal *journal, struct span hash, struct quarantine_row *row)
{
    for (uint32_t i = chain_current(journal); i-- > 0;) {
        struct store_txn *txn;
        int status = store_begin(journal->volumes[i].store, false, &txn);
        if (status)
            return status;
        struct quarantine_row older;
        uint64_t arrival;
        status = row_find(txn, hash, &arrival, &older);
        store_abort(txn);
        if (status == 0) {
            row->first_at_ms = older.first_at_ms;
            row->count += older.count;
            row->mended_seq = older.mended_seq;
            return 0;
        }
        if (status != -E_NOT_FOUND)
            return status;
    }
    return 0;
}

static int arrival_next(struct store_txn *txn, uint64_t *ret_arrival)
{
    struct store_cursor *cursor;
    int status = store_cursor_open(txn, TABLE_QUARANTINE, &cursor);
    if (status)
        return status;
    struct span key, value;
    status = store_seek(cursor, span_of("r"), &key, &value);
    if (status == -E_NOT_FOUND)
        status = store_last(cursor, &key, &value);
    else if (status == 0)
        status = store_previous(cursor, &key, &value);
    if (status == 0)
        *ret_arrival = key.len == ARRIVAL_KEY_BYTES && key.at[0] == 'q' ? bytes_u64(key.at + 1) + 1 : 1;
    else if (status == -E_NOT_FOUND)
        *ret_arrival = 1;
    store_cursor_close(cursor);
    return status == -E_NOT_FOUND ? 0 : status;
}

static int quota_take(struct store_txn *txn, const struct quarantine_row *row, bool bounded)
{
    uint8_t key[HASH_KEY_BYTES];
    hash_key(key, 'u', span_of(row->source));
    struct span at = span_make(key, sizeof key);
    uint64_t events = 0;
    uint64_t bytes = 0;
    struct span value, body;
    int status = store_get(txn, TABLE_QUARANTINE, at, &value);
    if (status == 0)
        status = row_open(at, value, &body);
    if (status == 0 && body.len == QUOTA_BYTES) {
        events = bytes_u64(body.at);
        bytes = bytes_u64(body.at + 8);
    }
    if (status != 0 && status != -E_NOT_FOUND && status != -E_CORRUPT) /* a damaged one begins anew */
        return status;
    events++;
    bytes += row->bytes.len;
    if (bounded && (events > QUARANTINE_SOURCE_EVENTS_MAX || bytes > QUARANTINE_SOURCE_BYTES_MAX))
        return -E_QUARANTINE_FULL;
    uint8_t used[1 + QUOTA_BYTES + ROW_SEAL_BYTES];
    bytes_put_u64(used + 1, events);
    bytes_put_u64(used + 9, bytes);
    return store_put(txn, TABLE_QUARANTINE, at, row_seal(at, used, 1 + QUOTA_BYTES));
}

static int row_put(struct journal *journal, const uint8_t hash[HASH_KEY_BYTES], uint64_t arrival,
                   const struct quarantine_row *row)
{
    uint8_t key[ARRIVAL_KEY_BYTES];
    arrival_key(key, arrival);
    struct span at = span_make(key, sizeof key);
    int status = store_put(journal->txn, TABLE_QUARANTINE, at, row_encode(at, journal->scratch, hash + 1, row));
    if (status)
        return status;
    uint8_t number[1 + ARRIVAL_BYTES + ROW_SEAL_BYTES];
    at = span_make(hash, HASH_KEY_BYTES);
    bytes_put_u64(number + 1, arrival);
    return store_put(journal->txn, TABLE_QUARANTINE, at, row_seal(at, number, 1 + ARRIVAL_BYTES));
}

int journal_quarantine_add(struct journal *journal, struct quarantine_row *row)
{
    int status = turn_settle(journal);
    if (status)
        return status;
    uint8_t hash[HASH_KEY_BYTES];
    hash_key(hash, 'h', row->bytes);
    row->first_at_ms = journal->stage->at_ms;
    row->last_at_ms = journal->stage->at_ms;
    row->count = 1;
    row->mended_seq = 0;
    struct quarantine_row known;
    uint64_t arrival;
    status = row_find(journal->txn, span_make(hash, sizeof hash), &arrival, &known);
    if (status == 0) {
        row->first_at_ms = known.first_at_ms;
        row->count += known.count;
        row->mended_seq = known.mended_seq;
    } else if (status == -E_NOT_FOUND) {
        status = older_find(journal, span_make(hash, sizeof hash), row);
        if (status == 0)
            status = quota_take(journal->txn, row, true);
        if (status == 0)
            status = arrival_next(journal->txn, &arrival);
    }
    if (status == 0)
        status = row_put(journal, hash, arrival, row);
    if (status == 0)
        sodium_bin2hex(row->key, sizeof row->key, hash + 1, HASH_BYTES);
    return status;
}

/* A row of several volumes' quarantine: of the same bytes the later one counts. */
int quarantine_import(struct journal *journal, struct span key, struct span value)
{
    struct quarantine_row row, known;
    uint8_t hash[HASH_KEY_BYTES] = {'h'};
    uint64_t arrival;
    int status = quarantine_decode(key, value, &row, hash + 1);
    if (status)
        return status;
    status = row_find(journal->txn, span_make(hash, sizeof hash), &arrival, &known);
    if (status == -E_NOT_FOUND) {
        status = quota_take(journal->txn, &row, false);
        if (status == 0)
            status = arrival_next(journal->txn, &arrival);
    }
    return status ? status : row_put(journal, hash, arrival, &row);
}

int journal_quarantine_find(struct journal *journal, struct span bytes, struct quarantine_row *ret_row)
{
    uint8_t key[HASH_KEY_BYTES];
    hash_key(key, 'h', bytes);
    struct span hash = span_make(key, sizeof key);
    struct quarantine_row row;
    uint64_t arrival;
    int status = journal->txn ? row_find(journal->txn, hash, &arrival, &row) : -E_NOT_FOUND;
    uint32_t count = journal->txn ? chain_current(journal) : journal_volumes(journal);
    for (uint32_t i = count; i-- > 0 && status == -E_NOT_FOUND;) {
        struct store_txn *txn;
        status = store_begin(journal->volumes[i].store, false, &txn);
        if (status)
            return status;
        status = row_find(txn, hash, &arrival, &row);
        store_abort(txn);
    }
    if (status)
        return status;
    row.bytes = bytes;
    *ret_row = row;
    return 0;
}

/* ---- mending ---- */

static int key_read(const char *key, uint8_t hash[HASH_KEY_BYTES])
{
    size_t len;
    hash[0] = 'h';
    bool whole = sodium_hex2bin(hash + 1, HASH_BYTES, key, strlen(key), NULL, &len, NULL) == 0 && len == HASH_BYTES;
    return whole ? 0 : -E_NOT_FOUND;
}

/* The newest row under this key goes to `take`, within its transaction. -E_NOT_FOUND. */
static int newest_take(struct journal *journal, const uint8_t hash[HASH_KEY_BYTES],
                       int (*take)(void *context, bool is_current, uint64_t arrival, struct quarantine_row *row),
                       void *context)
{
    struct span at = span_make(hash, HASH_KEY_BYTES);
    struct quarantine_row row;
    uint64_t arrival;
    int status = journal->txn ? row_find(journal->txn, at, &arrival, &row) : -E_NOT_FOUND;
    if (status == 0)
        status = take(context, true, arrival, &row);
    uint32_t count = journal->txn ? chain_current(journal) : journal_volumes(journal);
    for (uint32_t i = count; i-- > 0 && status == -E_NOT_FOUND;) {
        struct store_txn *txn;
        status = store_begin(journal->volumes[i].store, false, &txn);
        if (status)
            return status;
        status = row_find(txn, at, &arrival, &row);
        if (status == 0)
            status = take(context, false, arrival, &row);
        store_abort(txn);
    }
    return status;
}

struct copying {
    uint8_t *buffer;
    size_t capacity;
    struct quarantine_row *row;
};

static int row_copy(void *context, bool is_current, uint64_t arrival, struct quarantine_row *row)
{
    struct copying *copying = context;
    (void)is_current;
    (void)arrival;
    ensure(row->bytes.len <= copying->capacity);
    *copying->row = *row;
    if (row->bytes.len > 0)
        memcpy(copying->buffer, row->bytes.at, row->bytes.len);
    copying->row->bytes = span_make(copying->buffer, row->bytes.len);
    return 0;
}

int journal_quarantine_look(struct journal *journal, const char *key, uint8_t *buffer, size_t capacity,
                            struct quarantine_row *ret_row)
{
    uint8_t hash[HASH_KEY_BYTES];
    struct quarantine_row row;
    struct copying copying = {buffer, capacity, &row};
    int status = key_read(key, hash);
    if (status == 0)
        status = newest_take(journal, hash, row_copy, &copying);
    if (status == 0)
        *ret_row = row;
    return status;
}

struct mending {
    struct journal *journal;
    const uint8_t *hash;
    uint64_t seq;
};

/* A row of an older volume is carried over, as one that is refused again is. */
static int row_mend(void *context, bool is_current, uint64_t arrival, struct quarantine_row *row)
{
    const struct mending *mending = context;
    struct store_txn *txn = mending->journal->txn;
    int status = is_current ? 0 : quota_take(txn, row, false);
    if (status == 0 && !is_current)
        status = arrival_next(txn, &arrival);
    row->mended_seq = mending->seq;
    return status ? status : row_put(mending->journal, mending->hash, arrival, row);
}

int journal_quarantine_mend(struct journal *journal, const char *key, uint64_t seq)
{
    uint8_t hash[HASH_KEY_BYTES];
    struct mending mending = {journal, hash, seq};
    int status = key_read(key, hash);
    if (status == 0)
        status = turn_settle(journal);
    return status ? status : newest_take(journal, hash, row_mend, &mending);
}
