/*
 * journal_chain.c - the volumes: found at start, begun one after the other, never dropped.
 */
#include "core/bytes.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/disk.h"
#include "io/journal_volume.h"
#include "io/log.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>

static const char *const table_names[TABLE_COUNT] = {"records", "sessions", "quarantine"};

/* LMDB gives a store that is only read at least the room that it fills. */
#define SEALED_MAP_BYTES (1u * MIB)

/* How much of the newest volumes a start looks at before it trusts them: 0.1 s, and more than a small group writes in months. */
#define CHECK_BYTES (256ull * MIB)

static int volume_open(const struct journal *journal, uint32_t index, bool read_only, uint64_t map_bytes,
                       uint64_t check_bytes, struct store **ret_store)
{
    char path[JOURNAL_PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/%06u", journal->dir, index + 1);
    const struct store_options options = {
        .path = path,
        .tables = table_names,
        .table_count = TABLE_COUNT,
        .durability = STORE_DURABLE,
        .map_bytes = map_bytes,
        .read_only = read_only,
        .check_bytes = check_bytes,
        .fault = journal->fault,
    };
    return store_open(&options, ret_store);
}

/* What is wrong with the chain: for whoever opens it, or else for the log. */
__attribute__((format(printf, 2, 3))) static void chain_blame(const struct journal *journal, const char *format, ...)
{
    char text[STORE_FAULT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (journal->fault)
        memcpy(journal->fault, text, sizeof text);
    else
        log_line(LOG_ERROR, "journal", "%s", text);
}

/* How many volumes there are, begun or not, and how large each is. They are made one after the other and never dropped: with a gap
 * among them some are lost, and their seq must not be given out again. */
static int volumes_find(struct journal *journal, uint32_t from, uint32_t *ret_count)
{
    uint32_t count = from, greatest = 0;
    int listed = from == 0 ? store_greatest_number(journal->dir, &greatest) : 0;
    if (listed)
        return listed;
    while (count < VOLUMES_MAX) {
        struct store *store;
        int status = volume_open(journal, count, true, SEALED_MAP_BYTES, 0, &store);
        if (status == -E_NO_JOURNAL)
            break;
        if (status)
            return status;
        journal->volumes[count].found_bytes = store_bytes(store);
        store_close(store);
        count++;
    }
    if (count < greatest) {
        chain_blame(journal, "%s/%06u is missing, though there is %06u; put it back, or restore from a backup",
                    journal->dir, count + 1, greatest);
        return -E_CORRUPT;
    }
    *ret_count = count;
    return 0;
}

/* A row of `sessions` that the journal can't do without: what it says. */
static int row_read(const struct journal *journal, const struct volume *volume, struct store_txn *txn, const char *name,
                    size_t len, struct span *ret_body)
{
    struct span row, body;
    int status = store_get(txn, TABLE_SESSIONS, span_of(name), &row);
    if (status)
        return status;
    status = row_open(span_of(name), row, &body);
    if (status == 0 && body.len != len)
        status = -E_CORRUPT;
    if (status == 0)
        *ret_body = body;
    else
        log_line(LOG_ERROR, "journal", "volume %06u, table sessions: row '%s' %s",
                 (unsigned)(volume - journal->volumes) + 1, name,
                 status == -E_CORRUPT ? "is damaged; restore from a backup" : "is of another version");
    return status;
}

static int lineage_read(struct journal *journal, struct store_txn *txn, struct volume *volume)
{
    struct span row;
    int status = row_read(journal, volume, txn, "l", LINEAGE_BYTES, &row);
    if (status)
        return status;
    if (journal->lineage[0] != '\0' && memcmp(journal->lineage, row.at, LINEAGE_LEN) != 0) {
        chain_blame(journal,
                    "%s/%06u, table sessions: row 'l' is of lineage %.32s, the volumes before it are of %s; "
                    "put back the one that belongs there, or restore from a backup",
                    journal->dir, (unsigned)(volume - journal->volumes) + 1, (const char *)row.at, journal->lineage);
        return -E_CORRUPT;
    }
    memcpy(journal->lineage, row.at, LINEAGE_LEN);
    volume->first = bytes_u64(row.at + LINEAGE_LEN);
    return 0;
}

static int cause_read(struct journal *journal, const struct volume *volume, struct store_txn *txn)
{
    struct span row;
    int status = row_read(journal, volume, txn, "c", CAUSE_BYTES, &row);
    if (status == 0)
        journal->cause = cause_of_bytes(row.at);
    return status == -E_NOT_FOUND ? 0 : status;
}

/* A last record whose checksum is wrong still tells how many seq it holds, and those are never given out again. Its time
 * is no earlier than that of the record before. */
static int last_record_salvage(struct store_cursor *cursor, struct span bytes, struct record *ret_record)
{
    struct record record, before;
    struct span key, value;
    int status = record_salvage(bytes, &record);
    if (status)
        return status;
    if (store_previous(cursor, &key, &value) == 0 && record_check(key, value, &before) == 0 &&
        before.at_ms > record.at_ms)
        record.at_ms = before.at_ms;
    *ret_record = record;
    return 0;
}

static int last_record_open(const struct journal *journal, const struct volume *volume, struct store_cursor *cursor,
                            struct record *ret_record)
{
    struct span key, value;
    int status = store_last(cursor, &key, &value);
    if (status)
        return status;
    uint64_t first = key.len == SEQ_KEY_BYTES ? bytes_u64(key.at) : 0;
    status = record_check(key, value, ret_record);
    if (status != -E_CORRUPT)
        return status;
    status = last_record_salvage(cursor, value, ret_record);
    if (status == 0 && ret_record->first != first)
        status = -E_CORRUPT;
    log_line(LOG_ERROR, "journal", "volume %06u, at seq %llu: its last record is damaged%s",
             (unsigned)(volume - journal->volumes) + 1, (unsigned long long)first,
             status ? ", and nobody can tell how many entries it holds" : "");
    return status;
}

/* Takes head and time from a volume's last record, if it has one. */
static int last_record_read(struct journal *journal, const struct volume *volume, struct store_txn *txn)
{
    struct store_cursor *cursor;
    int status = store_cursor_open(txn, TABLE_RECORDS, &cursor);
    if (status)
        return status;
    struct record record;
    status = last_record_open(journal, volume, cursor, &record);
    if (status == 0) {
        atomic_store(&journal->head, record.first + record.count - 1);
        atomic_store(&journal->last_at_ms, record.at_ms);
    }
    store_cursor_close(cursor);
    return status == -E_NOT_FOUND ? 0 : status;
}

/* A volume that has rows has begun, whatever its lineage row's key looks like. */
static int emptiness_check(const struct journal *journal, const struct volume *volume, struct store_txn *txn)
{
    uint64_t rows = 0;
    int status = 0;
    for (uint32_t table = 0; table < TABLE_COUNT && status == 0 && rows == 0; table++)
        status = store_count(txn, table, &rows);
    if (status || rows == 0)
        return status;
    log_line(LOG_ERROR, "journal", "volume %06u, table sessions: row 'l' is damaged; restore from a backup",
             (unsigned)(volume - journal->volumes) + 1);
    return -E_CORRUPT;
}

/* Reads what a volume says about the journal. -E_NOT_FOUND: it has not begun. */
static int volume_read(struct journal *journal, struct volume *volume)
{
    struct store_txn *txn;
    int status = store_begin(volume->store, false, &txn);
    if (status)
        return status;
    status = lineage_read(journal, txn, volume);
    if (status == -E_NOT_FOUND && (status = emptiness_check(journal, volume, txn)) == 0)
        status = -E_NOT_FOUND;
    if (status == 0)
        status = cause_read(journal, volume, txn);
    if (status == 0)
        status = last_record_read(journal, volume, txn);
    store_abort(txn);
    return status;
}

static void lineage_make(char lineage[LINEAGE_LEN + 1])
{
    uint8_t bytes[LINEAGE_LEN / 2];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2hex(lineage, LINEAGE_LEN + 1, bytes, sizeof bytes);
}

/* The lineage is durable before anybody is told of it. */
static int lineage_begin(struct journal *journal, const char *lineage)
{
    if (lineage) {
        ensure(strlen(lineage) == LINEAGE_LEN);
        memcpy(journal->lineage, lineage, LINEAGE_LEN);
    } else {
        lineage_make(journal->lineage);
    }
    int status = journal_begin(journal, INT64_MIN);
    return status ? status : journal_commit(journal);
}

/* What is left for this volume of what a start looks at, the newest ones first. */
static uint64_t check_bytes_of(const struct journal *journal, uint32_t index, uint32_t found)
{
    uint64_t newer = 0;
    for (uint32_t i = index + 1; i < found && newer < CHECK_BYTES; i++)
        newer += journal->volumes[i].found_bytes;
    return newer < CHECK_BYTES ? CHECK_BYTES - newer : 0;
}

/* Reads the next volume, which must begin where the one before it ends. */
static int volume_join(struct journal *journal, uint32_t index)
{
    uint64_t end = journal_head(journal);
    struct volume *volume = &journal->volumes[index];
    int status = volume_read(journal, volume);
    if (status == 0 && volume->first != end + 1 && index > 0) {
        /* it may have been read before its writer was done with it */
        status = volume_read(journal, volume - 1);
        end = journal_head(journal);
        if (status == 0)
            status = volume_read(journal, volume);
    }
    if (status || volume->first == end + 1)
        return status;
    chain_blame(
        journal,
        "%s/%06u, table sessions: row 'l' says that it begins at entry %llu, but what comes before ends at %llu; "
        "put back the volumes that belong there, or restore from a backup",
        journal->dir, index + 1, (unsigned long long)volume->first, (unsigned long long)end);
    return -E_CORRUPT;
}

int chain_open(struct journal *journal, const char *lineage)
{
    uint32_t found;
    uint32_t opened = atomic_load(&journal->volume_count);
    int status = volumes_find(journal, opened, &found);
    if (status)
        return status;
    if (found == 0 && journal->must_exist)
        return -E_NO_JOURNAL;
    for (uint32_t i = opened; i < found; i++) {
        struct volume *volume = &journal->volumes[i];
        bool sealed = i + 1 < found;
        if (!volume->store) /* a refresh finds a volume made but not begun again */
            status = volume_open(journal, i, sealed || journal->read_only, sealed ? SEALED_MAP_BYTES : VOLUME_MAP_BYTES,
                                 check_bytes_of(journal, i, found), &volume->store);
        if (status == 0)
            status = volume_join(journal, i);
        if (status == -E_NOT_FOUND && !sealed)
            break; /* never begun */
        if (status)
            return status == -E_NOT_FOUND ? -E_CORRUPT : status;
        atomic_store_explicit(&journal->volume_count, i + 1, memory_order_release);
    }
    if (atomic_load(&journal->volume_count) > 0)
        return 0;
    return journal->must_exist ? -E_NO_JOURNAL : lineage_begin(journal, lineage);
}

int chain_refresh(struct journal *journal)
{
    uint32_t count = atomic_load(&journal->volume_count);
    int status = volume_read(journal, &journal->volumes[count - 1]);
    return status ? status : chain_open(journal, NULL);
}

/* ---- the volume that a turn writes to ---- */

static int volume_extend(struct journal *journal, uint32_t count)
{
    if (count == VOLUMES_MAX)
        return -E_STORE_FULL;
    if (journal->volumes[count].store)
        return 0; /* made by a turn that was given up */
    return volume_open(journal, count, false, VOLUME_MAP_BYTES, 0, &journal->volumes[count].store);
}

static int sessions_copy(struct store *from, struct store_txn *to)
{
    struct store_txn *txn;
    struct store_cursor *cursor;
    int status = store_begin(from, false, &txn);
    if (status)
        return status;
    status = store_cursor_open(txn, TABLE_SESSIONS, &cursor);
    if (status == 0) {
        struct span key, value;
        status = store_seek(cursor, span_make(NULL, 0), &key, &value);
        while (status == 0) {
            status = store_put(to, TABLE_SESSIONS, key, value);
            if (status == 0)
                status = store_next(cursor, &key, &value);
        }
        store_cursor_close(cursor);
    }
    store_abort(txn);
    return status == -E_NOT_FOUND ? 0 : status;
}

/* The first rows of a volume: what the one before says of sessions and causes, and where it begins. */
static int volume_begin(struct journal *journal, uint32_t index, uint64_t first, struct store_txn *txn)
{
    journal->volumes[index].first = first;
    int status = index > 0 ? sessions_copy(journal->volumes[index - 1].store, txn) : 0;
    if (status)
        return status;
    uint8_t row[1 + LINEAGE_BYTES + ROW_SEAL_BYTES];
    struct span key = span_of("l");
    memcpy(row + 1, journal->lineage, LINEAGE_LEN);
    bytes_put_u64(row + 1 + LINEAGE_LEN, first);
    return store_put(txn, TABLE_SESSIONS, key, row_seal(key, row, 1 + LINEAGE_BYTES));
}

uint32_t chain_current(const struct journal *journal)
{
    return journal_volumes(journal) - (journal->volume_begins ? 0 : 1);
}

int chain_begin(struct journal *journal, uint64_t first, struct store_txn **ret_txn)
{
    uint32_t count = journal_volumes(journal);
    bool begins = count == 0 || journal->volumes[count].store ||
                  store_bytes(journal->volumes[count - 1].store) >= journal->volume_bytes;
    int status = begins ? volume_extend(journal, count) : 0;
    if (status)
        return status;
    journal->volume_begins = begins;
    struct store_txn *txn;
    uint32_t index = chain_current(journal);
    status = store_begin(journal->volumes[index].store, true, &txn);
    if (status)
        return status;
    status = begins ? volume_begin(journal, index, first, txn) : 0;
    if (status)
        store_abort(txn);
    else
        *ret_txn = txn;
    return status;
}

int chain_commit(struct journal *journal, struct store_txn *txn)
{
    int status = store_commit(txn);
    if (status == 0 && journal->volume_begins)
        atomic_fetch_add_explicit(&journal->volume_count, 1, memory_order_release);
    return status;
}
