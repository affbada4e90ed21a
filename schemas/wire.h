/*
 * wire.h - MessagePack, read and written in place, without allocating.
 *
 * Caveats
 *   The reader is ours (rejected: msgpack-c's object tree, whose headers allocate before any data is seen and which
 *   cannot tell the extent of an inner value; tests compare the two on random and hostile bytes). The writer
 *   is msgpack-c's packer over our buffer.
 *   A wire_reader borrows the bytes. Declared counts are checked against the bytes that remain, so that a header
 *   can't claim more than could be there.
 */
#ifndef MANYI_SCHEMAS_WIRE_H
#define MANYI_SCHEMAS_WIRE_H

#include "core/span.h"

#include <msgpack.h>

enum wire_kind {
    WIRE_NIL,
    WIRE_BOOL,
    WIRE_INT,   /* negative: `integer` */
    WIRE_UINT,  /* zero and above: `natural` */
    WIRE_FLOAT, /* 32 and 64 bits: `real` */
    WIRE_STR,   /* `bytes` */
    WIRE_BIN,   /* `bytes` */
    WIRE_ARRAY, /* `count` values follow */
    WIRE_MAP,   /* `count` keys and values follow */
    WIRE_EXT,   /* `extension` and `bytes`; -1 is a timestamp */
};

struct wire_value {
    enum wire_kind kind;
    int8_t extension;
    uint32_t count;
    union {
        bool truth;
        int64_t integer;
        uint64_t natural;
        double real;
    };
    struct span bytes;
};

struct wire_reader {
    const uint8_t *at;
    const uint8_t *end;
};

static inline struct wire_reader wire_reader(struct span bytes)
{
    /* NULL + 0 is undefined in C */
    return (struct wire_reader){bytes.at, bytes.len ? bytes.at + bytes.len : bytes.at};
}

/* Reads a scalar, or the header of an array or map, and moves past it.
 * -E_TRUNCATED: the bytes end inside it, or a count exceeds what remains. -E_MALFORMED: 0xc1, never used. */
int wire_read(struct wire_reader *reader, struct wire_value *ret_value);

/* Moves past one whole value, children included, and lends its bytes. depth_max counts containers.
 * -E_TOO_DEEP leaves the reader untouched, as every failure does. */
int wire_skip(struct wire_reader *reader, uint32_t depth_max, struct span *ret_value);

/* Finds `key` in a map's bytes. -E_NOT_FOUND; -E_MALFORMED when it isn't a map. For cold paths. */
int wire_find(struct span map, const char *key, struct wire_value *ret_value, struct span *ret_bytes);

/* MessagePack timestamp (ext -1, 4, 8 or 12 bytes) or RFC 3339 text to milliseconds. -E_BAD_TIME. */
int wire_time_ms(const struct wire_value *value, int64_t *ret_ms);

/* Valid UTF-8 (no surrogates, no overlong forms); also counts its characters. -E_BAD_UTF8. */
int utf8_count(struct span text, uint32_t *ret_characters);

/* ---- writing ---- */

/* A bounded buffer with a packer on it. A write that doesn't fit sets `full` and writes nothing more. */
struct wire_writer {
    msgpack_packer packer;
    uint8_t *buffer;
    size_t len;
    size_t capacity;
    bool full;
};

void wire_writer_init(struct wire_writer *writer, void *buffer, size_t capacity);
struct span wire_written(const struct wire_writer *writer);

void wire_map(struct wire_writer *writer, uint32_t pairs);
void wire_array(struct wire_writer *writer, uint32_t count);
void wire_text(struct wire_writer *writer, struct span text);
void wire_key(struct wire_writer *writer, const char *key);
void wire_bin(struct wire_writer *writer, struct span bytes);
void wire_raw(struct wire_writer *writer, struct span encoded); /* already MessagePack, exactly one value */
void wire_natural(struct wire_writer *writer, uint64_t value);
void wire_integer(struct wire_writer *writer, int64_t value);
void wire_real(struct wire_writer *writer, double value);
void wire_bool(struct wire_writer *writer, bool value);
void wire_nil(struct wire_writer *writer);
/* RFC 3339 UTC with milliseconds, as every time on a card: "2026-11-23T00:00:00.000Z". */
void wire_time_text(struct wire_writer *writer, int64_t ms);
/* MessagePack timestamp, as in events. */
void wire_timestamp(struct wire_writer *writer, int64_t ms);

#endif
