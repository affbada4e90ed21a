/*
 * world_restore.c - a backup of the journal, as `manyi backup` writes it, and the world after it was restored: the same
 * entries, another lineage.
 *
 * What was acknowledged after the backup is gone; whoever has it publishes it again. State and outlet may be left as they
 * are, which is a mistake that must do no harm, or be removed.
 */
#include "core/ensure.h"
#include "core/status.h"
#include "io/backup.h"
#include "tests/sim/world_inside.h"

#include <stdlib.h>

#define RESTORED_DIR "/restored"

void lineage_draw(struct world *world)
{
    struct world_inside *inside = world->inside;
    for (uint32_t i = 0; i < LINEAGE_LEN; i++)
        inside->lineage[i] = "0123456789abcdef"[dice_between(&inside->server, 0, 15)];
    inside->lineage[LINEAGE_LEN] = '\0';
}

/* ---- the stream, in memory ---- */

static int stream_put(void *context, struct span bytes)
{
    struct backup_stream *stream = context;
    if (bytes.len > stream->capacity - stream->len) {
        stream->capacity = 2 * (stream->len + bytes.len);
        stream->bytes = realloc(stream->bytes, stream->capacity);
        ensure(stream->bytes != NULL);
    }
    memcpy(stream->bytes + stream->len, bytes.at, bytes.len);
    stream->len += bytes.len;
    return 0;
}

static int stream_take(void *context, uint8_t *bytes, size_t len)
{
    struct backup_stream *stream = context;
    if (len > stream->len - stream->taken)
        return -E_TRUNCATED;
    memcpy(bytes, stream->bytes + stream->taken, len);
    stream->taken += len;
    return 0;
}

/* ---- backup ---- */

void backup_take(struct world *world)
{
    struct world_inside *inside = world->inside;
    struct backup_stream *stream = &inside->backup;
    const struct journal_options options = {.dir = WORLD_DIR, .read_only = true};
    const struct backup_sink sink = {.put = stream_put, .context = stream};
    char message[BACKUP_MESSAGE_MAX] = "";
    struct backup_summary summary;
    struct journal *journal;
    if (!world->reader || journal_open(&options, &journal) < 0)
        return;
    stream->len = 0;
    int status = backup_write(journal, &sink, message, &summary);
    journal_close(journal);
    if (status) {
        world_violated(world, "backup", "%s %s", status_text(status)->summary, message);
        return;
    }
    inside->backup_head = summary.head;
    world_tell(world, "operator", "makes a backup up to seq %llu", (unsigned long long)summary.head);
}

/* ---- restore ---- */

static int row_import(void *context, uint32_t table, struct span key, struct span value)
{
    return journal_import_row(context, table, key, value);
}

/* As `manyi restore` does it: made beside its place, then moved there whole. */
static void journal_replace(struct world *world)
{
    struct world_inside *inside = world->inside;
    const struct backup_source source = {.take = stream_take, .context = &inside->backup};
    char message[BACKUP_MESSAGE_MAX] = "";
    struct backup_summary summary;
    struct journal_import *import = NULL;
    inside->backup.taken = 0;
    lineage_draw(world);
    int status = journal_import_open(RESTORED_DIR, world->setup.volume_bytes, inside->lineage, &import);
    if (status == 0)
        status = backup_read(&source, NULL, row_import, import, message, &summary);
    if (status == 0)
        status = journal_import_end(import, summary.cause);
    journal_import_close(import);
    if (status)
        world_violated(world, "restore", "%s %s", status_text(status)->summary, message);
    else
        store_sim_copy_all(RESTORED_DIR "/journal", WORLD_JOURNAL);
    store_sim_forget_all(RESTORED_DIR);
}

void backup_restore(struct world *world)
{
    struct world_inside *inside = world->inside;
    world_fault(world, FAULT_restore);
    world_tell(world, "operator", "restores the backup up to seq %llu of %llu", (unsigned long long)inside->backup_head,
               (unsigned long long)journal_head(world->reader));
    for (uint32_t i = 0; i < inside->process_count; i++)
        process_stop(world, &inside->processes[i], dice_between(&inside->server, 100, SECONDS(30)));
    journal_close(world->reader);
    world->reader = NULL;
    journal_replace(world);
    if (world->outcome.violated)
        return;
    if (dice_chance(&inside->server, 1, 2))
        store_sim_forget_all(WORLD_STATE);
    if (dice_chance(&inside->server, 1, 2))
        store_sim_forget_all(WORLD_OUTLET);
    inside->told_seq = inside->backup_head;
    trace_entries(world); /* opens the reader anew */
    cast_restored(world->cast, inside->backup_head);
    checks_restored(world->checks, inside->backup_head);
}
