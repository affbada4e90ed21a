/*
 * journal.c - the journal as a whole, and its writer's turn: begin, add, commit.
 *
 * Entries gather in one record at a time; a record goes into the turn's transaction when the next entry does not fit
 * or is of the other class, and at the commit.
 */
#include "io/journal.h"
#include "core/bytes.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/disk.h"
#include "io/journal_volume.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define RECORD_BUFFER_BYTES (RECORD_HEADER_BYTES + ENTRY_HEADER_BYTES + SYSTEM_EVENT_MAX)

_Static_assert(RECORD_BUFFER_BYTES >= RECORD_MAX, "a full record fits");
_Static_assert(RECORD_BUFFER_BYTES <= SYSTEM_EVENT_MAX + RECORD_MAX, "whoever reads has room for any record");

static int journal_prepare(struct journal *journal, const struct journal_options *options)
{
    if (sodium_init() < 0)
        return -E_IO;
    int len = snprintf(journal->dir, sizeof journal->dir, "%s/journal", options->dir);
    if (len >= (int)sizeof journal->dir)
        return -E_BAD_CONFIG;
    journal->volume_bytes = options->volume_bytes ? options->volume_bytes : VOLUME_BYTES_DEFAULT;
    journal->read_only = options->read_only;
    atomic_store(&journal->last_at_ms, INT64_MIN);
    if (options->read_only)
        return 0;
    journal->writer.capacity = RECORD_BUFFER_BYTES;
    journal->writer.buffer = malloc(RECORD_BUFFER_BYTES);
    journal->scratch = malloc(SCRATCH_BYTES);
    if (!journal->writer.buffer || !journal->scratch)
        return -E_NO_MEMORY;
    return disk_make_directory(journal->dir);
}

int journal_open(const struct journal_options *options, struct journal **ret_journal)
{
    struct journal *journal = calloc(1, sizeof *journal);
    if (!journal)
        return -E_NO_MEMORY;
    int status = journal_prepare(journal, options);
    if (status == 0)
        status = chain_open(journal, options->lineage);
    if (status) {
        journal_close(journal);
        return status;
    }
    *ret_journal = journal;
    return 0;
}

int journal_refresh(struct journal *journal)
{
    return journal->read_only ? chain_refresh(journal) : 0;
}

void journal_close(struct journal *journal)
{
    if (!journal)
        return;
    journal_abort(journal);
    for (uint32_t i = 0; i < VOLUMES_MAX && journal->volumes[i].store; i++)
        store_close(journal->volumes[i].store);
    free(journal->writer.buffer);
    free(journal->scratch);
    free(journal);
}

void journal_reap_readers(struct journal *journal)
{
    uint32_t count = journal_volumes(journal);
    store_reap_readers(journal->volumes[count - 1].store);
}

const char *journal_lineage(const struct journal *journal)
{
    return journal->lineage;
}

uint64_t journal_head(const struct journal *journal)
{
    return atomic_load_explicit(&journal->head, memory_order_acquire);
}

int64_t journal_last_at_ms(const struct journal *journal)
{
    return atomic_load_explicit(&journal->last_at_ms, memory_order_acquire);
}

uint32_t journal_volumes(const struct journal *journal)
{
    return atomic_load_explicit(&journal->volume_count, memory_order_acquire);
}

uint64_t journal_bytes(const struct journal *journal)
{
    uint64_t bytes = 0;
    uint32_t count = journal_volumes(journal);
    for (uint32_t i = 0; i < count; i++)
        bytes += store_bytes(journal->volumes[i].store);
    return bytes;
}

/* ---- the writer's turn ---- */

int journal_begin(struct journal *journal, int64_t at_ms)
{
    ensure(!journal->read_only);
    ensure(journal->txn == NULL);
    ensure(at_ms >= journal_last_at_ms(journal));
    uint32_t count = journal_volumes(journal);
    bool begins = count == 0 || journal->volumes[count].store ||
                  store_bytes(journal->volumes[count - 1].store) >= journal->volume_bytes;
    int status = begins ? chain_extend(journal) : 0;
    if (status)
        return status;
    journal->volume_begins = begins;
    status = store_begin(journal->volumes[turn_volume(journal)].store, true, &journal->txn);
    if (status)
        return status;
    journal->at_ms = at_ms;
    journal->next = journal_head(journal) + 1;
    journal->turn_cause = journal->cause;
    status = begins ? volume_begin(journal) : 0;
    if (status)
        journal_abort(journal);
    return status;
}

static int record_flush(struct journal *journal)
{
    if (journal->writer.count == 0)
        return 0;
    uint8_t key[SEQ_KEY_BYTES];
    bytes_put_u64(key, journal->writer.first);
    return store_append(journal->txn, TABLE_RECORDS, span_make(key, sizeof key), record_finish(&journal->writer));
}

int journal_add(struct journal *journal, enum record_class class, const struct entry *entry, uint64_t *ret_seq)
{
    ensure(journal->txn != NULL);
    ensure(entry->event.len <= SYSTEM_EVENT_MAX);
    struct record_writer *writer = &journal->writer;
    int status = -E_NO_ROOM;
    if (writer->count > 0 && writer->class == class)
        status = record_add(writer, entry);
    if (status == -E_NO_ROOM) {
        status = record_flush(journal);
        if (status)
            return status;
        record_begin(writer, class, journal->next, journal->at_ms);
        status = record_add(writer, entry);
        ensure(status == 0);
    }
    *ret_seq = journal->next++;
    return 0;
}

int journal_commit(struct journal *journal)
{
    ensure(journal->txn != NULL);
    int status = record_flush(journal);
    if (status) {
        journal_abort(journal);
        return status;
    }
    struct store_txn *txn = journal->txn;
    journal->txn = NULL;
    status = store_commit(txn);
    if (status)
        return status;
    if (journal->volume_begins)
        atomic_fetch_add_explicit(&journal->volume_count, 1, memory_order_release);
    journal->cause = journal->turn_cause;
    if (journal->next > journal_head(journal) + 1)
        atomic_store_explicit(&journal->last_at_ms, journal->at_ms, memory_order_release);
    atomic_store_explicit(&journal->head, journal->next - 1, memory_order_release);
    return 0;
}

void journal_abort(struct journal *journal)
{
    store_abort(journal->txn);
    journal->txn = NULL;
    journal->writer.len = 0;
    journal->writer.count = 0;
}

int journal_turn_entry(struct journal *journal, uint64_t seq, struct entry *ret_entry)
{
    ensure(journal->txn != NULL);
    ensure(seq > journal_head(journal));
    ensure(seq < journal->next);
    const struct record_writer *writer = &journal->writer;
    if (writer->count > 0 && seq >= writer->first) {
        const struct record open = {
            .class = writer->class,
            .count = writer->count,
            .first = writer->first,
            .at_ms = journal->at_ms,
            .entries = span_make(writer->buffer + RECORD_HEADER_BYTES, writer->len - RECORD_HEADER_BYTES),
        };
        return record_find(&open, seq, ret_entry);
    }
    return volume_entry(journal->txn, seq, ret_entry);
}
