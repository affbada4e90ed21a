/*
 * record.c - journal records, written and read; the layout stands in record.h.
 */
#include "schemas/record.h"
#include "core/bytes.h"
#include "core/ensure.h"
#include "core/limits.h"
#include "core/status.h"

#define RECORD_VERSION 1

enum {
    AT_VERSION = 0,
    AT_CLASS = 1,
    AT_RESERVED = 2,
    AT_COUNT = 4,
    AT_FIRST = 8,
    AT_TIME = 16,
    AT_LENGTH = 24,
    AT_CHECKSUM = 28,
};

static uint32_t checksum(const uint8_t *record, size_t len)
{
    uint32_t crc = crc32c(0, span_make(record, AT_CHECKSUM));
    return crc32c(crc, span_make(record + RECORD_HEADER_BYTES, len - RECORD_HEADER_BYTES));
}

void record_begin(struct record_writer *writer, enum record_class class, uint64_t first, int64_t at_ms)
{
    ensure(writer->capacity >= RECORD_HEADER_BYTES);
    ensure(first > 0);
    memset(writer->buffer, 0, RECORD_HEADER_BYTES);
    writer->buffer[AT_VERSION] = RECORD_VERSION;
    writer->buffer[AT_CLASS] = (uint8_t) class;
    bytes_put_u64(writer->buffer + AT_FIRST, first);
    bytes_put_u64(writer->buffer + AT_TIME, (uint64_t)at_ms);
    writer->len = RECORD_HEADER_BYTES;
    writer->count = 0;
    writer->first = first;
    writer->class = class;
}

int record_add(struct record_writer *writer, const struct entry *entry)
{
    ensure(writer->len >= RECORD_HEADER_BYTES);
    size_t most = writer->count > 0 && writer->capacity > RECORD_MAX ? RECORD_MAX : writer->capacity;
    size_t needed = ENTRY_HEADER_BYTES + entry->event.len;
    if (writer->len > most || needed > most - writer->len)
        return -E_NO_ROOM;
    uint8_t *at = writer->buffer + writer->len;
    bytes_put_u32(at, entry->session);
    bytes_put_u32(at + 4, entry->principal);
    bytes_put_u64(at + 8, entry->sequence);
    bytes_put_u32(at + 16, entry->step);
    bytes_put_u32(at + 20, (uint32_t)entry->event.len);
    if (entry->event.len > 0)
        memcpy(at + ENTRY_HEADER_BYTES, entry->event.at, entry->event.len);
    writer->len += needed;
    writer->count++;
    return 0;
}

struct span record_finish(struct record_writer *writer)
{
    ensure(writer->count > 0);
    bytes_put_u32(writer->buffer + AT_COUNT, writer->count);
    bytes_put_u32(writer->buffer + AT_LENGTH, (uint32_t)(writer->len - RECORD_HEADER_BYTES));
    bytes_put_u32(writer->buffer + AT_CHECKSUM, checksum(writer->buffer, writer->len));
    struct span record = span_make(writer->buffer, writer->len);
    writer->len = 0;
    writer->count = 0;
    return record;
}

static bool has_its_length(struct span bytes)
{
    return bytes.len >= RECORD_HEADER_BYTES + ENTRY_HEADER_BYTES &&
           bytes_u32(bytes.at + AT_LENGTH) == bytes.len - RECORD_HEADER_BYTES;
}

static int header_read(struct span bytes, struct record *ret_record)
{
    if (bytes.at[AT_VERSION] != RECORD_VERSION)
        return -E_BAD_FORMAT;
    struct record record = {
        .class = bytes.at[AT_CLASS],
        .count = bytes_u32(bytes.at + AT_COUNT),
        .first = bytes_u64(bytes.at + AT_FIRST),
        .at_ms = (int64_t)bytes_u64(bytes.at + AT_TIME),
        .entries = span_make(bytes.at + RECORD_HEADER_BYTES, bytes.len - RECORD_HEADER_BYTES),
    };
    if (record.class != RECORD_OUTSIDE && record.class != RECORD_CONSEQUENCE)
        return -E_BAD_FORMAT;
    if (record.count == 0 || record.first == 0)
        return -E_CORRUPT;
    *ret_record = record;
    return 0;
}

int record_open(struct span bytes, struct record *ret_record)
{
    if (!has_its_length(bytes) || bytes_u32(bytes.at + AT_CHECKSUM) != checksum(bytes.at, bytes.len))
        return -E_CORRUPT;
    return header_read(bytes, ret_record);
}

int record_salvage(struct span bytes, struct record *ret_record)
{
    struct record record;
    struct record_cursor cursor = {0};
    struct entry entry;
    if (!has_its_length(bytes) || header_read(bytes, &record))
        return -E_CORRUPT;
    int status;
    do {
        status = record_next(&record, &cursor, &entry);
    } while (status == 0);
    if (status != -E_NOT_FOUND)
        return status;
    *ret_record = record;
    return 0;
}

int record_next(const struct record *record, struct record_cursor *cursor, struct entry *ret_entry)
{
    size_t left = record->entries.len - cursor->offset;
    if (cursor->index == record->count)
        return left == 0 ? -E_NOT_FOUND : -E_CORRUPT;
    if (left < ENTRY_HEADER_BYTES)
        return -E_CORRUPT;
    const uint8_t *at = record->entries.at + cursor->offset;
    uint32_t len = bytes_u32(at + 20);
    if (len > left - ENTRY_HEADER_BYTES)
        return -E_CORRUPT;
    *ret_entry = (struct entry){
        .seq = record->first + cursor->index,
        .at_ms = record->at_ms,
        .session = bytes_u32(at),
        .principal = bytes_u32(at + 4),
        .sequence = bytes_u64(at + 8),
        .step = bytes_u32(at + 16),
        .event = span_make(at + ENTRY_HEADER_BYTES, len),
    };
    cursor->index++;
    cursor->offset += ENTRY_HEADER_BYTES + len;
    return 0;
}
