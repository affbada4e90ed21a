/*
 * world_restore.c - a backup of the journal, and the world after it was restored: the same entries, another lineage.
 *
 * What was acknowledged after the backup is gone; whoever has it publishes it again. State and outlet may be left as they
 * are, which is a mistake that must do no harm, or be removed.
 */
#include "core/ensure.h"
#include "core/status.h"
#include "io/journal_volume.h"
#include "tests/sim/world_inside.h"

#include <stdio.h>

void lineage_draw(struct world *world)
{
    struct world_inside *inside = world->inside;
    for (uint32_t i = 0; i < LINEAGE_LEN; i++)
        inside->lineage[i] = "0123456789abcdef"[dice_between(&inside->server, 0, 15)];
    inside->lineage[LINEAGE_LEN] = '\0';
    inside->lineages++;
}

void backup_take(struct world *world)
{
    struct world_inside *inside = world->inside;
    if (!world->reader)
        return;
    store_sim_copy_all(WORLD_JOURNAL, BACKUP_DIR);
    inside->has_backup = true;
    inside->backup_head = journal_head(world->reader);
    world_tell(world, "operator", "makes a backup up to seq %llu", (unsigned long long)inside->backup_head);
}

/* As journal_volume.h draws it: lineage, seq of the volume's first entry, sealed. */
static int lineage_change(struct store_txn *txn, const char *lineage)
{
    uint8_t bytes[1 + LINEAGE_BYTES + ROW_SEAL_BYTES];
    struct span key = span_of("l"), row, body;
    int status = store_get(txn, TABLE_SESSIONS, key, &row);
    if (status)
        return status == -E_NOT_FOUND ? 0 : status; /* a volume that never began has none */
    status = row_open(key, row, &body);
    ensure(status == 0);
    ensure(body.len == LINEAGE_BYTES);
    memcpy(bytes + 1, body.at, body.len);
    memcpy(bytes + 1, lineage, LINEAGE_LEN);
    return store_put(txn, TABLE_SESSIONS, key, row_seal(key, bytes, 1 + LINEAGE_BYTES));
}

static void lineage_write(struct world *world, const char *path)
{
    static const char *const tables[TABLE_COUNT] = {"records", "sessions", "quarantine"};
    const struct store_options options = {
        .path = path, .tables = tables, .table_count = TABLE_COUNT, .map_bytes = VOLUME_MAP_BYTES};
    struct store *store;
    struct store_txn *txn;
    int status = store_open(&options, &store);
    if (status == 0)
        status = store_begin(store, true, &txn);
    if (status == 0)
        status = lineage_change(txn, world->inside->lineage);
    ensure(status == 0);
    status = store_commit(txn);
    ensure(status == 0);
    store_close(store);
}

static bool volume_is_there(const char *path)
{
    struct store *store;
    if (store_open(&(struct store_options){.path = path, .read_only = true}, &store) < 0)
        return false;
    store_close(store);
    return true;
}

void backup_restore(struct world *world)
{
    struct world_inside *inside = world->inside;
    char path[64];
    world_fault(world, FAULT_restore);
    world_tell(world, "operator", "restores the backup up to seq %llu of %llu", (unsigned long long)inside->backup_head,
               (unsigned long long)journal_head(world->reader));
    for (uint32_t i = 0; i < inside->process_count; i++)
        process_stop(world, &inside->processes[i], dice_between(&inside->server, 100, SECONDS(30)));
    journal_close(world->reader);
    world->reader = NULL;
    store_sim_set_watch(NULL, NULL);
    store_sim_copy_all(BACKUP_DIR, WORLD_JOURNAL);
    lineage_draw(world);
    for (uint32_t i = 1; snprintf(path, sizeof path, WORLD_JOURNAL "/%06u", i), volume_is_there(path); i++)
        lineage_write(world, path);
    store_sim_set_watch(doom_watch_commit, world);
    if (dice_chance(&inside->server, 1, 2))
        store_sim_forget_all(WORLD_STATE);
    if (dice_chance(&inside->server, 1, 2))
        store_sim_forget_all(WORLD_OUTLET);
    inside->told_seq = inside->backup_head;
    trace_entries(world); /* opens the reader anew */
    cast_restored(world->cast, inside->backup_head);
    checks_restored(world->checks, inside->backup_head);
}
