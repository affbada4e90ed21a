/*
 * backup_write.c - a journal into a stream; the layout stands in backup.h.
 */
#include "core/bytes.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/backup_stream.h"
#include "io/journal_snapshot.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

#define LEVEL 3 /* a third of the bytes, faster than most disks */
#define READ_BYTES (8u * MIB + SYSTEM_EVENT_MAX + RECORD_MAX)

struct backup {
    const struct backup_sink *sink;
    crypto_generichash_state seal;
    ZSTD_CCtx *zstd;
    uint8_t *block, *frame;
    size_t filled, frame_capacity;
    struct backup_summary summary;
};

static int stream_put(struct backup *backup, struct span bytes)
{
    crypto_generichash_update(&backup->seal, bytes.at, bytes.len);
    backup->summary.bytes += bytes.len;
    return backup->sink->put(backup->sink->context, bytes);
}

static int block_put(struct backup *backup)
{
    uint8_t header[BLOCK_HEADER_BYTES];
    if (backup->filled == 0)
        return 0;
    size_t len = ZSTD_compress2(backup->zstd, backup->frame, backup->frame_capacity, backup->block, backup->filled);
    if (ZSTD_isError(len))
        return -E_NO_MEMORY;
    bytes_put_u32(header, (uint32_t)len);
    bytes_put_u32(header + 4, (uint32_t)backup->filled);
    backup->filled = 0;
    int status = stream_put(backup, span_make(header, sizeof header));
    return status ? status : stream_put(backup, span_make(backup->frame, len));
}

static uint8_t *item_room(struct backup *backup, size_t len, int *ret_status)
{
    ensure(len <= BLOCK_BYTES);
    *ret_status = len > BLOCK_BYTES - backup->filled ? block_put(backup) : 0;
    uint8_t *at = backup->block + backup->filled;
    backup->filled += *ret_status == 0 ? len : 0;
    return at;
}

/* Items are copied whole: a block ends between two. */
static int items_put(struct backup *backup, const uint8_t *items, size_t len)
{
    int status = 0;
    for (size_t at = 0; at < len && status == 0;) {
        size_t item = ITEM_HEADER_BYTES + bytes_u32(items + at + 1) + bytes_u32(items + at + 5);
        backup->summary.quarantined += items[at] == TABLE_QUARANTINE;
        uint8_t *to = item_room(backup, item, &status);
        if (status == 0)
            memcpy(to, items + at, item);
        at += item;
    }
    return status;
}

static int header_put(struct backup *backup)
{
    const struct backup_summary *summary = &backup->summary;
    uint8_t header[HEADER_BYTES];
    memcpy(header, BACKUP_MAGIC, 8);
    bytes_put_u32(header + 8, BACKUP_VERSION);
    memcpy(header + 12, summary->lineage, LINEAGE_LEN);
    bytes_put_u64(header + 44, summary->head);
    bytes_put_u64(header + 52, (uint64_t)summary->at_ms);
    bytes_put_u64(header + 60, summary->cause.seq);
    bytes_put_u32(header + 68, summary->cause.step);
    bytes_put_u32(header + 72, summary->cause.fold_version);
    bytes_put_u32(header + 76, crc32c(0, span_make(header, 76)));
    return stream_put(backup, span_make(header, sizeof header));
}

static int record_put(struct backup *backup, struct span bytes, uint64_t first)
{
    int status;
    uint8_t *at = item_room(backup, ITEM_HEADER_BYTES + SEQ_KEY_BYTES + bytes.len, &status);
    if (status)
        return status;
    at[0] = TABLE_RECORDS;
    bytes_put_u32(at + 1, SEQ_KEY_BYTES);
    bytes_put_u32(at + 5, (uint32_t)bytes.len);
    bytes_put_u64(at + ITEM_HEADER_BYTES, first);
    memcpy(at + ITEM_HEADER_BYTES + SEQ_KEY_BYTES, bytes.at, bytes.len);
    backup->summary.records++;
    return 0;
}

static int records_put(struct backup *backup, struct journal_reader *reader, struct journal_read *read,
                       char message[BACKUP_MESSAGE_MAX])
{
    uint64_t head = backup->summary.head;
    while (read->after < head) {
        int status = journal_read(reader, read);
        if (status) {
            snprintf(message, BACKUP_MESSAGE_MAX, "%s", read->message);
            return status;
        }
        for (uint32_t i = 0; i < read->count && status == 0; i++) {
            struct record record;
            status = record_open(read->records[i], &record);
            if (status == 0 && record.first <= head)
                status = record_put(backup, read->records[i], record.first);
        }
        if (status)
            return status;
        ensure(read->upto > read->after);
        read->after = read->upto;
    }
    return 0;
}

static int journal_put(struct backup *backup, struct journal *journal, char message[BACKUP_MESSAGE_MAX])
{
    struct journal_reader *reader;
    struct journal_read *read = calloc(1, sizeof *read);
    int status = read ? journal_reader_open(journal, &reader) : -E_NO_MEMORY;
    if (status) {
        free(read);
        return status;
    }
    read->class_mask = 1u << RECORD_OUTSIDE | 1u << RECORD_CONSEQUENCE;
    read->capacity = READ_BYTES;
    read->buffer = malloc(read->capacity);
    status = read->buffer ? records_put(backup, reader, read, message) : -E_NO_MEMORY;
    journal_reader_close(reader);
    free(read->buffer);
    free(read);
    return status;
}

/* The quarantine of the older volumes, and what is left of the newest one's: as in a list, the oldest first. */
static int quarantine_put(struct backup *backup, struct journal *journal, struct snapshot *snapshot, char message[128])
{
    struct snapshot more = *snapshot;
    more.items = NULL;
    more.len = more.capacity = 0;
    int status = 0;
    for (uint32_t volume = 0; volume <= snapshot->volume && status == 0; volume++) {
        bool newest = volume == snapshot->volume;
        bool end = newest && snapshot->whole;
        uint64_t arrival = newest ? snapshot->arrival : 0;
        if (newest) /* sessions came first, and went: what follows them are its first rows */
            status =
                items_put(backup, snapshot->items + snapshot->sessions_len, snapshot->len - snapshot->sessions_len);
        while (status == 0 && !end) {
            status = snapshot_quarantine(journal, &more, volume, &arrival, &end, message);
            if (status == 0)
                status = items_put(backup, more.items, more.len);
        }
    }
    free(more.items);
    backup->summary.left_out = more.left_out;
    memcpy(backup->summary.left_out_first, more.left_out_first, sizeof more.left_out_first);
    return status;
}

static int end_put(struct backup *backup)
{
    uint8_t end[BLOCK_HEADER_BYTES + COUNTS_BYTES] = {0}, seal[SEAL_BYTES];
    bytes_put_u64(end + 8, backup->summary.sessions);
    bytes_put_u64(end + 16, backup->summary.quarantined);
    bytes_put_u64(end + 24, backup->summary.records);
    int status = block_put(backup);
    if (status == 0)
        status = stream_put(backup, span_make(end, sizeof end));
    crypto_generichash_final(&backup->seal, seal, sizeof seal);
    backup->summary.bytes += sizeof seal;
    return status ? status : backup->sink->put(backup->sink->context, span_make(seal, sizeof seal));
}

static int all_put(struct backup *backup, struct journal *journal, char message[BACKUP_MESSAGE_MAX])
{
    struct snapshot snapshot;
    int status = snapshot_take(journal, &snapshot, message);
    if (status)
        return status;
    struct backup_summary *summary = &backup->summary;
    snprintf(summary->lineage, sizeof summary->lineage, "%s", journal_lineage(journal));
    summary->head = snapshot.head;
    summary->at_ms = snapshot.at_ms;
    summary->cause = snapshot.cause;
    summary->sessions = snapshot.sessions;
    status = journal_refresh(journal); /* at least as far as the snapshot */
    if (status == 0)
        status = header_put(backup);
    if (status == 0)
        status = items_put(backup, snapshot.items, snapshot.sessions_len);
    if (status == 0)
        status = quarantine_put(backup, journal, &snapshot, message);
    free(snapshot.items);
    if (status == 0)
        status = journal_put(backup, journal, message);
    return status ? status : end_put(backup);
}

int backup_write(struct journal *journal, const struct backup_sink *sink, char message[BACKUP_MESSAGE_MAX],
                 struct backup_summary *ret_summary)
{
    struct backup backup = {.sink = sink, .frame_capacity = ZSTD_compressBound(BLOCK_BYTES)};
    message[0] = '\0';
    crypto_generichash_init(&backup.seal, NULL, 0, SEAL_BYTES);
    backup.zstd = ZSTD_createCCtx();
    backup.block = malloc(BLOCK_BYTES);
    backup.frame = malloc(backup.frame_capacity);
    int status = backup.zstd && backup.block && backup.frame ? 0 : -E_NO_MEMORY;
    if (status == 0) {
        ZSTD_CCtx_setParameter(backup.zstd, ZSTD_c_compressionLevel, LEVEL);
        ZSTD_CCtx_setParameter(backup.zstd, ZSTD_c_checksumFlag, 1);
        status = all_put(&backup, journal, message);
    }
    ZSTD_freeCCtx(backup.zstd);
    free(backup.block);
    free(backup.frame);
    if (status == 0)
        *ret_summary = backup.summary;
    return status;
}
