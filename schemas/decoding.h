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

/* The form of most maps' headers: one byte, up to 15 pairs. */
static inline bool short_map(struct wire_reader *reader, uint32_t *ret_count)
{
    if (reader->at == reader->end)
        return false;
    uint32_t count = (uint8_t)(*reader->at - 0x80);
    if (count > 15 || count * 2 >= (size_t)(reader->end - reader->at))
        return false;
    *ret_count = count;
    reader->at++;
    return true;
}

static inline uint64_t load_eight(const uint8_t *at)
{
    uint64_t eight;
    memcpy(&eight, at, sizeof eight);
    return eight;
}

/* A key, or one of a choice's words: a string that is looked up among packed names. */
struct word {
    struct span text;
    uint64_t first, second; /* its first 16 bytes as a packed name */
};

/* Packs what stands elsewhere, or too near to the end to be loaded as 16 bytes. Longer than any name: equal to none. */
struct word word_of(struct span text);

/* 16 bytes, of which the first 1 + len are ones and the others zeros: `kept` from 15 - len on. */
static inline const uint8_t *mask_of(size_t len)
{
    static const uint8_t kept[32] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    return kept + (len < 15 ? 15 - len : 0);
}

/* Of a short string that begins at `at`, where 16 bytes may be read. */
static inline struct word word_at(const uint8_t *at, size_t len)
{
    const uint8_t *mask = mask_of(len);
    return (struct word){
        .text = span_make(at + 1, len),
        .first = load_eight(at) & load_eight(mask),
        .second = load_eight(at + 8) & load_eight(mask + 8),
    };
}

static inline bool short_word(struct wire_reader *reader, struct word *ret_word)
{
    const uint8_t *at = reader->at;
    struct span text;
    if (!short_string(reader, &text))
        return false;
    *ret_word = reader->end - at >= 16 ? word_at(at, text.len) : word_of(text);
    return true;
}

/* Is the word this name? */
static inline bool word_is(const struct word *word, const struct packed_name *name)
{
    return load_eight(&name->head) == word->first && load_eight((const uint8_t *)name + 8) == word->second &&
           (word->text.len <= 15 || memcmp(name->letters + 15, word->text.at + 15, word->text.len - 15) == 0);
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

#define EACH_BYTE(byte) (0x0101010101010101ull * (byte))

/* The bytes that don't lie from `lowest` to 0x7e have their high bit set. Subtracting borrows out of a byte below
 * `lowest`, adding one carries out of 0x7f; what spills into the next byte comes after a hit only: "none" is exact. */
static inline uint64_t not_plain(uint64_t eight, uint8_t lowest)
{
    return ((eight - EACH_BYTE(lowest)) | (eight + EACH_BYTE(1)) | eight) & EACH_BYTE(0x80);
}

/* 1 to `most` bytes of UTF-8 without control characters; without spaces, too, when `lowest` is 0x21 instead of
 * 0x20. -E_EMPTY, -E_TOO_LONG, -E_OUT_OF_RANGE, -E_BAD_UTF8. */
int name_check(struct span name, size_t most, uint8_t lowest);

/* The form that nearly all names have: 1 to 15 bytes of plain ASCII, checked all at once. False leaves the reader as it
 * was, for the general way to find out what is there. */
static inline bool short_name(struct wire_reader *reader, struct span *ret_name)
{
    const uint8_t *at = reader->at;
    if (reader->end - at < 16)
        return false;
    size_t len = (uint8_t)(*at - 0xa0);
    if (len - 1 > 14)
        return false;
    const uint8_t *mask = mask_of(len);
    if ((not_plain(load_eight(at + 1), 0x20) & load_eight(mask + 1)) |
        (not_plain(load_eight(at + 8), 0x20) & load_eight(mask + 8)))
        return false;
    ret_name->at = at + 1;
    ret_name->len = len;
    reader->at = at + 1 + len;
    return true;
}

/* Reads a map's key; -E_BAD_KEY when it isn't a string. Its UTF-8 is not checked yet. */
int key_read_slowly(struct decoding *decoding, struct span *ret_key);
int word_read_slowly(struct decoding *decoding, struct word *ret_key);

static inline int key_read(struct decoding *decoding, struct span *ret_key)
{
    return short_string(&decoding->reader, ret_key) ? 0 : key_read_slowly(decoding, ret_key);
}

/* The same for a key that is looked up in a table. */
static inline int word_read(struct decoding *decoding, struct word *ret_key)
{
    return short_word(&decoding->reader, ret_key) ? 0 : word_read_slowly(decoding, ret_key);
}

/* Adds a key to those of its map, which begin at `from`. -E_BAD_UTF8, -E_DUPLICATE_KEY. */
int key_add(struct decoding *decoding, struct span key, uint32_t from);

/* Moves past the value of the unknown key `key`, checking all of it. `seen_from`: where the keys of its map begin. */
int unknown_field(struct decoding *decoding, struct span key, uint32_t seen_from);

/* Moves past one value: depth, UTF-8 of its strings, string keys, none twice, at most 256 of them. */
int value_check(struct decoding *decoding);

/* ---- value_decode.c: a value that isn't nil, into its place; 0 or the flaw's status ---- */

#define KIND(kind) (1u << (kind))

/* Reads a value, or a container's header, of one of `kinds`. */
int kind_read(struct decoding *decoding, const struct field *field, uint32_t kinds, struct wire_value *ret_value);

/* `lowest` as for name_check. */
int name_read(struct decoding *decoding, const struct field *field, uint8_t lowest, struct span *ret_name);
int text_read(struct decoding *decoding, const struct field *field, struct span *ret_text);
int bool_read(struct decoding *decoding, const struct field *field, bool *ret_truth);
int time_read(struct decoding *decoding, const struct field *field, int64_t *ret_ms);
int real_read(struct decoding *decoding, const struct field *field, double *ret_real);
int score_read(struct decoding *decoding, const struct field *field, int32_t *ret_thousandths);
int integer_read(struct decoding *decoding, const struct field *field, int64_t *ret_integer);
int choice_read(struct decoding *decoding, const struct field *field, int32_t *ret_item);
int reference_read(struct decoding *decoding, const struct field *field, struct reference *ret_reference);
int any_read(struct decoding *decoding, struct span *ret_value);

/* Most scores are whole and have one byte: 0 to 127. */
static inline bool short_score(struct wire_reader *reader, const struct field *field, int32_t *ret_thousandths)
{
    if (reader->at == reader->end || *reader->at > 0x7f)
        return false;
    int32_t thousandths = *reader->at * 1000;
    if (thousandths < field->least || thousandths > field->most)
        return false;
    *ret_thousandths = thousandths;
    reader->at++;
    return true;
}

/* ---- record_decode.c ---- */

/* Reads one map of `record` into `to`, which is zeroed, from field number `first` on (KEYED: 1). */
int record_read(struct decoding *decoding, const struct record_table *record, void *to, uint32_t first);

/* Reads a value that isn't nil into the field's place in `to`. */
int field_read(struct decoding *decoding, const struct field *field, void *to);

/* Number of the field named `key`, from `first` on; field_count when there is none. */
uint32_t field_search(const struct record_table *record, const struct word *key, uint32_t first);

bool name_passed_bytewise(struct wire_reader *reader, const struct field *field);

/* Passes the field's name, if that is what comes. How far to move is taken from the table, not from the bytes: what
 * follows can be looked at before these have arrived. */
static inline bool name_passed(struct wire_reader *reader, const struct field *field)
{
    const struct packed_name *name = &field->packed;
    if (reader->end - reader->at < 16) /* the last field's */
        return name_passed_bytewise(reader, field);
    uint64_t first = load_eight(reader->at) & name->mask[0];
    uint64_t second = load_eight(reader->at + 8) & name->mask[1];
    if (first != load_eight(&name->head) || second != load_eight(&name->head + 8))
        return false;
    reader->at += 1 + field->name_len;
    return true;
}

/* Passes the key that comes if it is a field's from `next` on, as senders keep the table's order; field_count when it
 * has to be read and searched for. */
static inline uint32_t name_expected(struct wire_reader *reader, const struct record_table *record, uint32_t next)
{
    while (next < record->field_count && !name_passed(reader, &record->fields[next]))
        next++;
    return next;
}

/* -E_UNKNOWN_CHOICE */
static inline int choice_find(const struct choice_table *choice, const struct word *word, int32_t *ret_item)
{
    for (uint32_t i = 0; i < choice->count; i++) {
        if (word_is(word, &choice->items[i].packed)) {
            *ret_item = (int32_t)i;
            return 0;
        }
    }
    return -E_UNKNOWN_CHOICE;
}

/* Passes a nil. */
static inline bool nil_passed(struct wire_reader *reader)
{
    if (reader->at == reader->end || *reader->at != 0xc0)
        return false;
    reader->at++;
    return true;
}

#endif
