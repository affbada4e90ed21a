/*
 * checks_rot.c - the disk rots: at the very end one record of the journal loses a bit, and whoever reads it must be told.
 */
#include "core/bytes.h"
#include "core/ensure.h"
#include "core/status.h"
#include "tests/sim/checks_inside.h"

#include <stdio.h>
#include <stdlib.h>

#define TABLE_OF_RECORDS 0u
#define VOLUME_PATH_MAX 64u

/* Spoils a record at or after `seq` of this volume. Returns its first seq; 0: the volume has none there. */
static uint64_t record_spoil(const char *path, uint64_t seq)
{
    static const char *const tables[] = {"records"};
    const struct store_options options = {.path = path, .tables = tables, .table_count = 1, .read_only = true};
    struct store *store;
    struct store_txn *txn;
    struct store_cursor *cursor;
    struct span found, value;
    uint8_t key[8];
    int status = store_open(&options, &store);
    if (status == 0)
        status = store_begin(store, false, &txn);
    if (status == 0)
        status = store_cursor_open(txn, TABLE_OF_RECORDS, &cursor);
    ensure(status == 0);
    bytes_put_u64(key, seq);
    status = store_seek(cursor, span_make(key, sizeof key), &found, &value);
    if (status == 0)
        memcpy(key, found.at, sizeof key);
    store_cursor_close(cursor);
    store_abort(txn);
    store_close(store);
    if (status)
        return 0;
    store_sim_spoil(path, TABLE_OF_RECORDS, span_make(key, sizeof key));
    return bytes_u64(key);
}

static void damage_told(struct checks *checks, struct journal_reader *reader, uint64_t first)
{
    struct journal_read *read = checks->memory.read;
    uint8_t *buffer = checks_take(SYSTEM_EVENT_MAX + RECORD_MAX);
    struct entry entry;
    read->after = first - 1;
    int by_batch = journal_read(reader, read);
    int by_seq = journal_entry(reader, first, buffer, SYSTEM_EVENT_MAX + RECORD_MAX, &entry);
    free(buffer);
    if (by_batch != -E_CORRUPT || read->message[0] == '\0' || by_seq != -E_CORRUPT)
        world_violated(checks->world, "damage is told",
                       "a bit of the record at entry %llu is another, yet it is served", (unsigned long long)first);
}

void rot_check(struct checks *checks)
{
    char path[VOLUME_PATH_MAX];
    struct dice dice = dice_of(checks->world->options.seed, "rot");
    struct journal *journal = checks->world->reader;
    uint32_t volume = (uint32_t)dice_between(&dice, 1, journal_volumes(journal));
    uint64_t seq = (uint64_t)dice_between(&dice, 1, (int64_t)journal_head(journal));
    uint64_t first = 0;
    for (; first == 0 && volume > 0; volume--) {
        snprintf(path, sizeof path, "%s/%06u", WORLD_JOURNAL, volume);
        first = record_spoil(path, seq);
        if (first == 0)
            first = record_spoil(path, 1); /* all of it lies before */
    }
    struct journal_reader *reader;
    int status = journal_reader_open(journal, &reader);
    ensure(status == 0);
    ensure(first > 0);
    world_fault(checks->world, FAULT_rot);
    damage_told(checks, reader, first);
    journal_reader_close(reader);
}
