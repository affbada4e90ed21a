/*
 * backup_read.c - a stream checked to its last byte, and its rows handed out on the way; the layout stands in backup.h.
 */
#include "core/bytes.h"
#include "core/status.h"
#include "io/backup_stream.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

struct reading {
    const struct backup_source *source;
    backup_row *row;
    void *context;
    char *message;
    crypto_generichash_state seal;
    ZSTD_DCtx *zstd;
    uint8_t *block, *frame;
    size_t frame_capacity;
    struct backup_summary summary; /* what the header says; counts and bytes as met */
    uint64_t next_seq;
    int64_t at_ms;
};

/* Where it is: at which byte, and after which entry. */
__attribute__((format(printf, 3, 4))) static int flawed(struct reading *reading, int status, const char *format, ...)
{
    int len = snprintf(reading->message, BACKUP_MESSAGE_MAX,
                       "at byte %llu, after entry %llu: ", (unsigned long long)reading->summary.bytes,
                       (unsigned long long)reading->next_seq - 1);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reading->message + len, BACKUP_MESSAGE_MAX - (size_t)len, format, arguments);
    va_end(arguments);
    return status;
}

static int stream_take(struct reading *reading, uint8_t *bytes, size_t len, bool sealed)
{
    int status = reading->source->take(reading->source->context, bytes, len);
    if (status)
        return status == -E_TRUNCATED ? flawed(reading, -E_BAD_BACKUP, "the file ends here")
                                      : flawed(reading, status, "it can't be read");
    reading->summary.bytes += len;
    if (sealed)
        crypto_generichash_update(&reading->seal, bytes, len);
    return 0;
}

static int header_take(struct reading *reading)
{
    uint8_t header[HEADER_BYTES];
    struct backup_summary *summary = &reading->summary;
    int status = stream_take(reading, header, sizeof header, true);
    if (status)
        return status;
    if (memcmp(header, BACKUP_MAGIC, 8) != 0)
        return flawed(reading, -E_BAD_BACKUP, "this is no backup");
    if (bytes_u32(header + 76) != crc32c(0, span_make(header, 76)))
        return flawed(reading, -E_BAD_BACKUP, "the header does not agree with its checksum");
    if (bytes_u32(header + 8) != BACKUP_VERSION)
        return flawed(reading, -E_BAD_FORMAT, "a backup of version %u", bytes_u32(header + 8));
    memcpy(summary->lineage, header + 12, LINEAGE_LEN);
    summary->head = bytes_u64(header + 44);
    summary->at_ms = (int64_t)bytes_u64(header + 52);
    summary->cause = cause_of_bytes(header + 60);
    return summary->cause.seq <= summary->head ? 0 : flawed(reading, -E_BAD_BACKUP, "the last cause is no entry");
}

/* ---- rows ---- */

static int record_take(struct reading *reading, struct span key, struct span value)
{
    struct record record;
    if (record_check(key, value, &record) < 0)
        return flawed(reading, -E_BAD_BACKUP, "a record does not agree with its checksum");
    if (record.first != reading->next_seq || record.first + record.count - 1 > reading->summary.head)
        return flawed(reading, -E_BAD_BACKUP, "entry %llu comes next", (unsigned long long)record.first);
    if (record.at_ms < reading->at_ms)
        return flawed(reading, -E_BAD_BACKUP, "journal time goes back");
    reading->next_seq += record.count;
    reading->at_ms = record.at_ms;
    reading->summary.records++;
    return 0;
}

static int row_take(struct reading *reading, uint32_t table, struct span key, struct span value)
{
    struct session_row session;
    struct quarantine_row refused;
    uint8_t hash[QUARANTINE_HASH_BYTES], of_bytes[QUARANTINE_HASH_BYTES];
    int status = 0;
    if (table == TABLE_RECORDS) {
        status = record_take(reading, key, value);
    } else if (table == TABLE_SESSIONS) {
        reading->summary.sessions++;
        if (session_decode(key, value, &session) < 0)
            status = flawed(reading, -E_BAD_BACKUP, "a session's row does not agree with its checksum");
    } else if (table == TABLE_QUARANTINE) {
        reading->summary.quarantined++;
        bool sound = quarantine_decode(key, value, &refused, hash) == 0;
        if (sound)
            quarantine_hash(of_bytes, refused.bytes);
        if (!sound || memcmp(hash, of_bytes, sizeof hash) != 0)
            status = flawed(reading, -E_BAD_BACKUP, "a refused event does not agree with its checksum");
    } else {
        status = flawed(reading, -E_BAD_BACKUP, "a row of an unknown table");
    }
    if (status == 0 && reading->row)
        status = reading->row(reading->context, table, key, value);
    return status;
}

static int rows_take(struct reading *reading, size_t len)
{
    int status = 0;
    for (size_t at = 0; at < len && status == 0;) {
        const uint8_t *item = reading->block + at;
        size_t left = len - at;
        if (left < ITEM_HEADER_BYTES)
            return flawed(reading, -E_BAD_BACKUP, "a block ends within a row");
        size_t key_len = bytes_u32(item + 1), value_len = bytes_u32(item + 5);
        left -= ITEM_HEADER_BYTES;
        if (key_len == 0 || key_len > STORE_KEY_MAX || key_len > left || value_len > left - key_len)
            return flawed(reading, -E_BAD_BACKUP, "a block ends within a row");
        status = row_take(reading, item[0], span_make(item + ITEM_HEADER_BYTES, key_len),
                          span_make(item + ITEM_HEADER_BYTES + key_len, value_len));
        at += ITEM_HEADER_BYTES + key_len + value_len;
    }
    return status;
}

/* ---- blocks ---- */

static int end_take(struct reading *reading)
{
    uint8_t counts[COUNTS_BYTES], seal[SEAL_BYTES], told[SEAL_BYTES], more;
    const struct backup_summary *summary = &reading->summary;
    int status = stream_take(reading, counts, sizeof counts, true);
    if (status)
        return status;
    crypto_generichash_final(&reading->seal, seal, sizeof seal);
    status = stream_take(reading, told, sizeof told, false);
    if (status)
        return status;
    if (memcmp(seal, told, sizeof seal) != 0)
        return flawed(reading, -E_BAD_BACKUP, "the whole does not agree with its seal");
    if (bytes_u64(counts) != summary->sessions || bytes_u64(counts + 8) != summary->quarantined ||
        bytes_u64(counts + 16) != summary->records || reading->next_seq != summary->head + 1 ||
        (summary->head > 0 && reading->at_ms > summary->at_ms))
        return flawed(reading, -E_BAD_BACKUP, "it has not as much in it as it says");
    if (reading->source->take(reading->source->context, &more, 1) == 0)
        return flawed(reading, -E_BAD_BACKUP, "something follows its end");
    return 0;
}

static int block_take(struct reading *reading, bool *ret_end)
{
    uint8_t header[BLOCK_HEADER_BYTES];
    int status = stream_take(reading, header, sizeof header, true);
    if (status)
        return status;
    size_t stored = bytes_u32(header), len = bytes_u32(header + 4);
    *ret_end = stored == 0 && len == 0;
    if (*ret_end)
        return end_take(reading);
    if (stored == 0 || stored > reading->frame_capacity || len == 0 || len > BLOCK_BYTES)
        return flawed(reading, -E_BAD_BACKUP, "a block of impossible length");
    status = stream_take(reading, reading->frame, stored, true);
    if (status)
        return status;
    size_t got = ZSTD_decompressDCtx(reading->zstd, reading->block, BLOCK_BYTES, reading->frame, stored);
    if (ZSTD_isError(got) || got != len)
        return flawed(reading, -E_BAD_BACKUP, "the block that ends here is damaged");
    return rows_take(reading, len);
}

static int all_take(struct reading *reading, int (*begin)(void *context, const struct backup_summary *header))
{
    bool end = false;
    int status = header_take(reading);
    if (status == 0 && begin)
        status = begin(reading->context, &reading->summary);
    while (status == 0 && !end)
        status = block_take(reading, &end);
    return status;
}

int backup_read(const struct backup_source *source, int (*begin)(void *context, const struct backup_summary *header),
                backup_row *row, void *context, char message[BACKUP_MESSAGE_MAX], struct backup_summary *ret_summary)
{
    struct reading reading = {.source = source,
                              .row = row,
                              .context = context,
                              .message = message,
                              .frame_capacity = ZSTD_compressBound(BLOCK_BYTES),
                              .next_seq = 1,
                              .at_ms = INT64_MIN};
    message[0] = '\0';
    crypto_generichash_init(&reading.seal, NULL, 0, SEAL_BYTES);
    reading.zstd = ZSTD_createDCtx();
    reading.block = malloc(BLOCK_BYTES);
    reading.frame = malloc(reading.frame_capacity);
    int status = reading.zstd && reading.block && reading.frame ? all_take(&reading, begin) : -E_NO_MEMORY;
    ZSTD_freeDCtx(reading.zstd);
    free(reading.block);
    free(reading.frame);
    if (status == 0)
        *ret_summary = reading.summary;
    return status;
}
