/*
 * row.h - the small rows of the state, field by field: numbers big-endian, text with its length before it.
 *
 * Every row begins with a version byte. To change one, raise its version where it is written and keep reading the older.
 */
#ifndef MANYI_WORKERS_ROW_H
#define MANYI_WORKERS_ROW_H

#include "core/bytes.h"
#include "core/ensure.h"
#include "core/span.h"

struct row_writer {
    uint8_t *at;
    uint8_t *end;
    uint8_t *begin;
};

static inline struct row_writer row_writer(uint8_t *buffer, size_t size, uint8_t version)
{
    ensure(size > 0);
    buffer[0] = version;
    return (struct row_writer){buffer + 1, buffer + size, buffer};
}

static inline struct span row_written(const struct row_writer *row)
{
    return span_make(row->begin, (size_t)(row->at - row->begin));
}

static inline void row_put_u8(struct row_writer *row, uint8_t value)
{
    ensure(row->end - row->at >= 1);
    *row->at++ = value;
}

static inline void row_put_u32(struct row_writer *row, uint32_t value)
{
    ensure(row->end - row->at >= 4);
    bytes_put_u32(row->at, value);
    row->at += 4;
}

static inline void row_put_u64(struct row_writer *row, uint64_t value)
{
    ensure(row->end - row->at >= 8);
    bytes_put_u64(row->at, value);
    row->at += 8;
}

static inline void row_put_bytes(struct row_writer *row, struct span bytes)
{
    row_put_u32(row, (uint32_t)bytes.len);
    ensure((size_t)(row->end - row->at) >= bytes.len);
    if (bytes.len)
        memcpy(row->at, bytes.at, bytes.len);
    row->at += bytes.len;
}

/* Reading past the end gives zeros and sets `bad`, which is asked once at the end. */
struct row_reader {
    const uint8_t *at;
    const uint8_t *end;
    uint8_t version;
    bool bad;
};

static inline bool row_has(struct row_reader *row, size_t len)
{
    if ((size_t)(row->end - row->at) >= len)
        return true;
    row->bad = true;
    row->at = row->end;
    return false;
}

static inline uint8_t row_u8(struct row_reader *row)
{
    return row_has(row, 1) ? *row->at++ : 0;
}

static inline uint32_t row_u32(struct row_reader *row)
{
    if (!row_has(row, 4))
        return 0;
    row->at += 4;
    return bytes_u32(row->at - 4);
}

static inline uint64_t row_u64(struct row_reader *row)
{
    if (!row_has(row, 8))
        return 0;
    row->at += 8;
    return bytes_u64(row->at - 8);
}

static inline struct span row_bytes(struct row_reader *row)
{
    size_t len = row_u32(row);
    if (!row_has(row, len))
        return (struct span){0};
    row->at += len;
    return span_make(row->at - len, len);
}

static inline struct row_reader row_reader(struct span bytes)
{
    struct row_reader row = {.at = bytes.at, .end = bytes.len ? bytes.at + bytes.len : bytes.at};
    row.version = row_u8(&row);
    return row;
}

#endif
