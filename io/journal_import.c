/*
 * journal_import.c - a journal made of rows that were read from a backup: volume after volume, as its writer would.
 *
 * Rows of sessions and quarantine come first and stand in the first volume; each further one copies the sessions. The last cause
 * of each commit is that of its last consequence, as it was then.
 */
#include "core/bytes.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/backup.h"
#include "io/journal_volume.h"

#include <stdlib.h>

#define COMMIT_BYTES (8u * MIB)

struct journal_import {
    struct journal *journal;
    struct last_cause cause; /* of the last consequence so far */
    size_t pending;          /* bytes of the transaction that is open */
};

int journal_import_open(const char *dir, uint64_t volume_bytes, const char *lineage, struct journal_import **ret_import)
{
    const struct journal_options options = {.dir = dir, .volume_bytes = volume_bytes, .lineage = lineage};
    const struct journal_options look = {.dir = dir, .read_only = true};
    struct journal *there = NULL;
    bool is_free = journal_open(&look, &there) == -E_NO_JOURNAL;
    journal_close(there);
    if (!is_free)
        return -E_LOCKED;
    struct journal_import *import = calloc(1, sizeof *import);
    if (!import)
        return -E_NO_MEMORY;
    int status = journal_open(&options, &import->journal);
    if (status)
        free(import);
    else
        *ret_import = import;
    return status;
}

/* The last cause as of what is in the transaction, and all of it on the disk. */
static int rows_commit(struct journal_import *import)
{
    struct journal *journal = import->journal;
    if (!journal->txn)
        return 0;
    uint8_t row[1 + CAUSE_BYTES + ROW_SEAL_BYTES];
    int status = 0;
    if (import->cause.seq > 0)
        status = store_put(journal->txn, TABLE_SESSIONS, span_of("c"), cause_row(import->cause, row));
    if (status)
        store_abort(journal->txn);
    else
        status = chain_commit(journal, journal->txn);
    journal->txn = NULL;
    import->pending = 0;
    return status;
}

static int record_import(struct journal_import *import, struct span key, struct span value)
{
    struct journal *journal = import->journal;
    struct record record;
    struct record_cursor cursor = {0};
    struct entry entry;
    int status = record_check(key, value, &record);
    if (status == 0 && record.first != journal_head(journal) + 1)
        status = -E_CORRUPT;
    if (status == 0)
        status = store_append(journal->txn, TABLE_RECORDS, key, value);
    if (status)
        return status;
    while (record.class == RECORD_CONSEQUENCE && record_next(&record, &cursor, &entry) == 0)
        import->cause = (struct last_cause){.seq = entry.sequence, .step = entry.step};
    atomic_store(&journal->head, record.first + record.count - 1);
    atomic_store(&journal->last_at_ms, record.at_ms);
    return 0;
}

int journal_import_row(struct journal_import *import, uint32_t table, struct span key, struct span value)
{
    struct journal *journal = import->journal;
    int status = journal->txn ? 0 : chain_begin(journal, journal_head(journal) + 1, &journal->txn);
    if (status)
        return status;
    if (table == TABLE_RECORDS)
        status = record_import(import, key, value);
    else if (table == TABLE_SESSIONS)
        status = session_import(journal, key, value);
    else
        status = quarantine_import(journal, key, value);
    import->pending += key.len + value.len;
    bool enough = import->pending >= COMMIT_BYTES || import->pending >= journal->volume_bytes / 8;
    if (status == 0 && enough)
        status = rows_commit(import);
    return status;
}

int journal_import_end(struct journal_import *import, struct last_cause cause)
{
    struct journal *journal = import->journal;
    int status = journal->txn ? 0 : chain_begin(journal, journal_head(journal) + 1, &journal->txn);
    import->cause = cause;
    return status ? status : rows_commit(import);
}

const char *journal_import_lineage(const struct journal_import *import)
{
    return journal_lineage(import->journal);
}

void journal_import_close(struct journal_import *import)
{
    if (import)
        journal_close(import->journal);
    free(import);
}
