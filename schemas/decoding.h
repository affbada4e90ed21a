/*
 * decoding.h - what the decoder's files share; nobody outside schemas/ includes this.
 *
 * A decoding walks its bytes once, front to back. A failure is described in `flaw` where it is found; on the way
 * out each level puts its name before the path: "quality", "scores.quality", "data.scores.quality".
 */
#ifndef MANYI_SCHEMAS_DECODING_H
#define MANYI_SCHEMAS_DECODING_H

#include "core/status.h"
#include "schemas/codec.h"

/* Keys that no table knows, of the maps that are open now: each map's own lie together, the innermost last. */
struct seen_key {
    const uint8_t *at;
    uint32_t len;
    uint32_t hash;
};

struct decoding {
    struct wire_reader reader;
    struct flaw *flaw;
    uint32_t depth; /* containers that are open; the event's own map is level 1 */
    uint32_t seen_count;
    struct seen_key seen[EVENT_DEPTH_MAX * EVENT_FIELDS_MAX];
};

/* `seen` stays unwritten: it is 32 KiB and used for unknown fields alone. */
static inline void decoding_begin(struct decoding *decoding, struct span bytes, uint32_t depth, struct flaw *flaw)
{
    decoding->reader = wire_reader(bytes);
    decoding->flaw = flaw;
    decoding->depth = depth;
    decoding->seen_count = 0;
}

/* Equal bytes, for the short names of which most of a message consists: no call for up to 16 of them. */
static inline bool bytes_equal(const uint8_t *a, const char *b, size_t len)
{
    uint64_t a8, b8, a_last8, b_last8;
    uint32_t a4, b4, a_last4, b_last4;
    if (len > 16)
        return memcmp(a, b, len) == 0;
    if (len >= 8) {
        memcpy(&a8, a, 8);
        memcpy(&b8, b, 8);
        memcpy(&a_last8, a + len - 8, 8);
        memcpy(&b_last8, b + len - 8, 8);
        return ((a8 ^ b8) | (a_last8 ^ b_last8)) == 0;
    }
    if (len >= 4) {
        memcpy(&a4, a, 4);
        memcpy(&b4, b, 4);
        memcpy(&a_last4, a + len - 4, 4);
        memcpy(&b_last4, b + len - 4, 4);
        return ((a4 ^ b4) | (a_last4 ^ b_last4)) == 0;
    }
    for (size_t i = 0; i < len; i++) {
        if (a[i] != (uint8_t)b[i])
            return false;
    }
    return true;
}

/* The form that nearly all strings have: up to 31 bytes, after one byte that says how many. False leaves the reader
 * as it was, for wire_read to find out what is there. */
static inline bool short_string(struct wire_reader *reader, struct span *ret_string)
{
    if (reader->at == reader->end)
        return false;
    size_t len = (uint8_t)(*reader->at - 0xa0);
    if (len > 31 || len >= (size_t)(reader->end - reader->at))
        return false;
    *ret_string = span_make(reader->at + 1, len);
    reader->at += 1 + len;
    return true;
}

/* ---- flaw.c: what is wrong and where; all return `status` or `result`, for a caller to pass on ---- */

int flaw_of_field(struct decoding *decoding, int status, const struct field *field); /* a sentence by the status */
int flaw_of_type(struct decoding *decoding, const struct wire_value *value, const struct field *field);
int flaw_of_count(struct decoding *decoding, uint32_t count, const struct field *field);
int flaw_of_bytes(struct decoding *decoding, int status); /* the bytes, not a field, are at fault */
int flaw_says(struct decoding *decoding, int status, const char *message);
int flaw_within(struct decoding *decoding, int result, const char *name);
int flaw_within_key(struct decoding *decoding, int result, struct span key); /* left out when it isn't printable */
int flaw_within_item(struct decoding *decoding, int result, uint32_t item);

/* ---- check.c: form without a table ---- */

/* 1 to `most` bytes of UTF-8 without control characters; without spaces, too, when `lowest` is 0x21 instead of
 * 0x20. -E_EMPTY, -E_TOO_LONG, -E_OUT_OF_RANGE, -E_BAD_UTF8. */
int name_check(struct span name, size_t most, uint8_t lowest);

/* Reads a map's key; -E_BAD_KEY when it isn't a string. Its UTF-8 is not checked yet. */
int key_read_slowly(struct decoding *decoding, struct span *ret_key);

static inline int key_read(struct decoding *decoding, struct span *ret_key)
{
    return short_string(&decoding->reader, ret_key) ? 0 : key_read_slowly(decoding, ret_key);
}

/* Adds a key to those of its map, which begin at `from`. -E_BAD_UTF8, -E_DUPLICATE_KEY. */
int key_add(struct decoding *decoding, struct span key, uint32_t from);

/* Moves past the value of the unknown key `key`, checking all of it. `seen_from`: where the keys of its map begin. */
int unknown_field(struct decoding *decoding, struct span key, uint32_t seen_from);

/* Moves past one value: depth, UTF-8 of its strings, string keys, none twice, at most 256 of them. */
int value_check(struct decoding *decoding);

/* ---- record_decode.c ---- */

/* Reads one map of `record` into `to`, which is zeroed, from field number `first` on (KEYED: 1). */
int record_read(struct decoding *decoding, const struct record_table *record, void *to, uint32_t first);

/* Reads a value that isn't nil into the field's place in `to`. */
int field_read(struct decoding *decoding, const struct field *field, void *to);

/* Number of the field named `key`, tried from *next on, as senders keep the table's order; *next moves behind it.
 * field_count when there is none. */
uint32_t field_search(const struct record_table *record, struct span key, uint32_t first, uint32_t *next);

static inline bool field_is(const struct field *field, struct span key)
{
    return field->name_len == key.len && bytes_equal(key.at, field->name, key.len);
}

static inline uint32_t field_find(const struct record_table *record, struct span key, uint32_t first, uint32_t *next)
{
    if (*next < record->field_count && field_is(&record->fields[*next], key))
        return (*next)++;
    return field_search(record, key, first, next);
}

/* Passes a nil. */
static inline bool nil_passed(struct decoding *decoding)
{
    if (decoding->reader.at == decoding->reader.end || *decoding->reader.at != 0xc0)
        return false;
    decoding->reader.at++;
    return true;
}

#endif
