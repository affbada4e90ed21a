/*
 * journal.c - the journal as a whole: opened, asked how it stands, closed.
 */
#include "io/journal.h"
#include "core/status.h"
#include "io/disk.h"
#include "io/journal_volume.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

_Static_assert(RECORD_HEADER_BYTES + ENTRY_HEADER_BYTES + SYSTEM_EVENT_MAX <= SYSTEM_EVENT_MAX + RECORD_MAX,
               "whoever reads has room for any record");

static int journal_prepare(struct journal *journal, const struct journal_options *options)
{
    if (sodium_init() < 0)
        return -E_IO;
    int len = snprintf(journal->dir, sizeof journal->dir, "%s/journal", options->dir);
    if (len >= (int)sizeof journal->dir)
        return -E_BAD_CONFIG;
    journal->volume_bytes = options->volume_bytes ? options->volume_bytes : VOLUME_BYTES_DEFAULT;
    journal->read_only = options->read_only;
    journal->must_exist = options->must_exist || options->read_only;
    atomic_store(&journal->last_at_ms, INT64_MIN);
    if (options->read_only)
        return 0;
    int status = turn_open(journal);
    return status ? status : disk_make_directory(journal->dir);
}

int journal_open(const struct journal_options *options, struct journal **ret_journal)
{
    struct journal *journal = calloc(1, sizeof *journal);
    if (!journal)
        return -E_NO_MEMORY;
    int status = journal_prepare(journal, options);
    journal->fault = options->fault;
    if (status == 0)
        status = chain_open(journal, options->lineage);
    journal->fault = NULL; /* the caller's, while opening */
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
    turn_close(journal);
    for (uint32_t i = 0; i < VOLUMES_MAX && journal->volumes[i].store; i++)
        store_close(journal->volumes[i].store);
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

struct last_cause journal_last_cause(const struct journal *journal)
{
    return journal->cause;
}
