/*
 * wire_read.c - MessagePack read in place.
 *
 * First bytes, from the MessagePack specification:
 *
 *   00-7f number      80-8f map       90-9f array     a0-bf text      c0 nil   c1 never used   c2 c3 false true
 *   c4-c6 bin         c7-c9 ext       ca cb float     cc-cf natural   d0-d3 integer
 *   d4-d8 ext of 1 2 4 8 16 bytes     d9-db text      dc dd array     de df map                e0-ff negative
 */
#include "core/bytes.h"
#include "core/ensure.h"
#include "core/limits.h"
#include "core/rfc3339.h"
#include "core/status.h"
#include "schemas/wire.h"

#define NESTING_MAX 64u /* of wire_skip's stack; more than any caller allows */
#define TIMESTAMP_EXTENSION (-1)
#define NANOSECONDS_MAX 999999999u

/* len bytes, big-endian; len is 0, 1, 2, 4 or 8. */
static inline uint64_t load(const uint8_t *at, uint32_t len)
{
    switch (len) {
    case 8:
        return bytes_u64(at);
    case 4:
        return bytes_u32(at);
    case 2:
        return (uint32_t)at[0] << 8 | at[1];
    case 1:
        return at[0];
    default:
        return 0;
    }
}

static size_t bytes_left(const struct wire_reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

static int take_bytes(struct wire_reader *reader, const uint8_t *at, uint64_t len, enum wire_kind kind,
                      struct wire_value *ret_value)
{
    if (len > (size_t)(reader->end - at))
        return -E_TRUNCATED;
    ret_value->kind = kind;
    ret_value->bytes = span_make(at, (size_t)len);
    reader->at = at + len;
    return 0;
}

/* Each declared value needs a byte at least, a pair two. */
static int take_count(struct wire_reader *reader, const uint8_t *at, uint64_t count, enum wire_kind kind,
                      struct wire_value *ret_value)
{
    uint64_t least = kind == WIRE_MAP ? count * 2 : count;
    if (least > (size_t)(reader->end - at))
        return -E_TRUNCATED;
    ret_value->kind = kind;
    ret_value->count = (uint32_t)count;
    reader->at = at;
    return 0;
}

static int take_natural(struct wire_reader *reader, const uint8_t *at, uint64_t natural, struct wire_value *ret_value)
{
    ret_value->kind = WIRE_UINT;
    ret_value->natural = natural;
    reader->at = at;
    return 0;
}

/* Sign-extends the low `len` bytes. Zero and above come out as naturals, however they were packed. */
static int take_integer(struct wire_reader *reader, const uint8_t *at, uint64_t bits, uint32_t len,
                        struct wire_value *ret_value)
{
    uint32_t shift = 64 - 8 * len;
    int64_t integer = (int64_t)(bits << shift) >> shift;
    if (integer >= 0)
        return take_natural(reader, at, (uint64_t)integer, ret_value);
    ret_value->kind = WIRE_INT;
    ret_value->integer = integer;
    reader->at = at;
    return 0;
}

static int take_float(struct wire_reader *reader, const uint8_t *at, uint32_t len, struct wire_value *ret_value)
{
    uint64_t bits = load(at, len);
    ret_value->kind = WIRE_FLOAT;
    if (len == 4) {
        uint32_t half = (uint32_t)bits;
        float real;
        memcpy(&real, &half, sizeof real);
        ret_value->real = real;
    } else {
        memcpy(&ret_value->real, &bits, sizeof bits);
    }
    reader->at = at + len;
    return 0;
}

static int take_extension(struct wire_reader *reader, const uint8_t *at, uint64_t len, struct wire_value *ret_value)
{
    if (at == reader->end)
        return -E_TRUNCATED;
    int result = take_bytes(reader, at + 1, len, WIRE_EXT, ret_value);
    if (result == 0)
        ret_value->extension = (int8_t)at[0];
    return result;
}

static int take_plain(struct wire_reader *reader, enum wire_kind kind, bool truth, struct wire_value *ret_value)
{
    ret_value->kind = kind;
    ret_value->truth = truth;
    reader->at++;
    return 0;
}

/* How many bytes of length or number follow the first byte, for c0 to df. */
static const uint8_t width_of[32] = {
    0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 4, 8, 1, 2, 4, 8, /* c0-cf */
    1, 2, 4, 8, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4, /* d0-df */
};

static int read_wide(struct wire_reader *reader, uint8_t first, struct wire_value *ret_value)
{
    const uint8_t *at = reader->at + 1;
    uint32_t width = width_of[first - 0xc0];
    if (width > (size_t)(reader->end - at))
        return -E_TRUNCATED;
    uint64_t number = load(at, width);
    const uint8_t *after = at + width;
    switch (first) {
    case 0xc0:
        return take_plain(reader, WIRE_NIL, false, ret_value);
    case 0xc2:
    case 0xc3:
        return take_plain(reader, WIRE_BOOL, first == 0xc3, ret_value);
    case 0xc4:
    case 0xc5:
    case 0xc6:
        return take_bytes(reader, after, number, WIRE_BIN, ret_value);
    case 0xc7:
    case 0xc8:
    case 0xc9:
        return take_extension(reader, after, number, ret_value);
    case 0xca:
    case 0xcb:
        return take_float(reader, at, width, ret_value);
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf:
        return take_natural(reader, after, number, ret_value);
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
        return take_integer(reader, after, number, width, ret_value);
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
        return take_extension(reader, at, 1ull << (first - 0xd4), ret_value);
    case 0xd9:
    case 0xda:
    case 0xdb:
        return take_bytes(reader, after, number, WIRE_STR, ret_value);
    case 0xdc:
    case 0xdd:
        return take_count(reader, after, number, WIRE_ARRAY, ret_value);
    case 0xde:
    case 0xdf:
        return take_count(reader, after, number, WIRE_MAP, ret_value);
    default:
        return -E_MALFORMED; /* c1 */
    }
}

int wire_read(struct wire_reader *reader, struct wire_value *ret_value)
{
    if (reader->at == reader->end)
        return -E_TRUNCATED;
    const uint8_t *at = reader->at;
    uint8_t first = *at++;
    if (first >= 0xa0 && first <= 0xbf)
        return take_bytes(reader, at, first & 0x1fu, WIRE_STR, ret_value);
    if (first < 0x80)
        return take_natural(reader, at, first, ret_value);
    if (first < 0x90)
        return take_count(reader, at, first & 0x0fu, WIRE_MAP, ret_value);
    if (first < 0xa0)
        return take_count(reader, at, first & 0x0fu, WIRE_ARRAY, ret_value);
    if (first >= 0xe0)
        return take_integer(reader, at, first, 1, ret_value);
    return read_wide(reader, first, ret_value);
}

/*
 * One pass, a stack of "values still to come" for each open container. `pending` is their sum: it may never exceed
 * the bytes that remain, so a chain of headers that each claim what is there once is refused at the second.
 */
int wire_skip(struct wire_reader *reader, uint32_t depth_max, struct span *ret_value)
{
    ensure(depth_max <= NESTING_MAX);
    uint64_t to_come[NESTING_MAX];
    uint64_t pending = 1;
    uint32_t depth = 0;
    struct wire_reader inner = *reader;
    while (pending > 0) {
        struct wire_value value;
        int result = wire_read(&inner, &value);
        if (result)
            return result;
        pending--;
        while (depth > 0 && to_come[depth - 1] == 0)
            depth--;
        if (depth > 0)
            to_come[depth - 1]--;
        if (value.kind != WIRE_MAP && value.kind != WIRE_ARRAY)
            continue;
        if (depth == depth_max)
            return -E_TOO_DEEP;
        uint64_t values = value.kind == WIRE_MAP ? (uint64_t)value.count * 2 : value.count;
        pending += values;
        if (pending > bytes_left(&inner))
            return -E_TRUNCATED;
        to_come[depth++] = values;
    }
    *ret_value = span_make(reader->at, (size_t)(inner.at - reader->at));
    reader->at = inner.at;
    return 0;
}

int wire_find(struct span map, const char *key, struct wire_value *ret_value, struct span *ret_bytes)
{
    struct wire_reader reader = wire_reader(map);
    struct wire_value header;
    int result = wire_read(&reader, &header);
    if (result)
        return result;
    if (header.kind != WIRE_MAP)
        return -E_MALFORMED;
    for (uint32_t i = 0; i < header.count; i++) {
        struct wire_value name;
        struct span name_bytes, bytes;
        struct wire_reader at_name = reader;
        result = wire_skip(&reader, NESTING_MAX, &name_bytes);
        if (result == 0)
            result = wire_read(&at_name, &name);
        if (result)
            return result;
        struct wire_reader at_value = reader;
        result = wire_skip(&reader, NESTING_MAX, &bytes);
        if (result)
            return result;
        if (name.kind == WIRE_STR && span_is(name.bytes, key)) {
            *ret_bytes = bytes;
            return wire_read(&at_value, ret_value);
        }
    }
    return -E_NOT_FOUND;
}

/* The three forms of the specification: 32-bit seconds, 30-bit nanoseconds with 34-bit seconds, 32 with 64. */
static int timestamp_ms(struct span bytes, int64_t *ret_ms)
{
    int64_t seconds;
    uint64_t nanoseconds = 0;
    if (bytes.len == 4) {
        seconds = (int64_t)load(bytes.at, 4);
    } else if (bytes.len == 8) {
        uint64_t both = load(bytes.at, 8);
        nanoseconds = both >> 34;
        seconds = (int64_t)(both & 0x3ffffffffull);
    } else if (bytes.len == 12) {
        nanoseconds = load(bytes.at, 4);
        seconds = (int64_t)load(bytes.at + 4, 8);
    } else {
        return -E_BAD_TIME;
    }
    if (nanoseconds > NANOSECONDS_MAX || seconds < 0 || seconds >= TIME_END_MS / 1000)
        return -E_BAD_TIME;
    *ret_ms = seconds * 1000 + (int64_t)(nanoseconds / 1000000u);
    return 0;
}

int wire_time_ms(const struct wire_value *value, int64_t *ret_ms)
{
    int64_t ms;
    int result = -E_BAD_TIME;
    if (value->kind == WIRE_EXT && value->extension == TIMESTAMP_EXTENSION)
        result = timestamp_ms(value->bytes, &ms);
    else if (value->kind == WIRE_STR)
        result = rfc3339_parse(value->bytes, &ms);
    if (result || ms < 0 || ms >= TIME_END_MS)
        return -E_BAD_TIME;
    *ret_ms = ms;
    return 0;
}
