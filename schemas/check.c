/*
 * check.c - the form of names, and of fields that no table knows.
 */
#include "core/ensure.h"
#include "schemas/decoding.h"

/* 1 to 7 bytes as eight: some stand twice, or beside letters that are plain. */
static inline uint64_t eight_of_short(struct span name)
{
    uint32_t first, last;
    if (name.len < sizeof first)
        return EACH_BYTE('a') << 24 | (uint64_t)name.at[0] << 16 | (uint64_t)name.at[name.len / 2] << 8 |
               name.at[name.len - 1];
    memcpy(&first, name.at, sizeof first);
    memcpy(&last, name.at + name.len - sizeof last, sizeof last);
    return (uint64_t)first << 32 | last;
}

/* What isn't plain ASCII: control characters are refused, the rest has to be UTF-8. */
static int name_check_slowly(struct span name, uint8_t lowest)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.at[i] < lowest || name.at[i] == 0x7f)
            return -E_OUT_OF_RANGE;
    }
    uint32_t characters;
    return utf8_count(name, &characters);
}

int name_check(struct span name, size_t most, uint8_t lowest)
{
    if (name.len == 0)
        return -E_EMPTY;
    if (name.len > most)
        return -E_TOO_LONG;
    if (name.len < sizeof(uint64_t))
        return not_plain(eight_of_short(name), lowest) ? name_check_slowly(name, lowest) : 0;
    const uint8_t *last = name.at + name.len - sizeof(uint64_t); /* overlaps the one before, so that none is cut */
    for (const uint8_t *at = name.at; at < last; at += sizeof(uint64_t)) {
        if (not_plain(load_eight(at), lowest))
            return name_check_slowly(name, lowest);
    }
    return not_plain(load_eight(last), lowest) ? name_check_slowly(name, lowest) : 0;
}

static int string_check(struct decoding *decoding, struct span text)
{
    uint32_t characters;
    int result = utf8_count(text, &characters);
    return result ? flaw_of_bytes(decoding, result) : 0;
}

int key_read_slowly(struct decoding *decoding, struct span *ret_key)
{
    struct wire_value value;
    int result = wire_read(&decoding->reader, &value);
    if (result)
        return flaw_of_bytes(decoding, result);
    if (value.kind != WIRE_STR)
        return flaw_of_bytes(decoding, -E_BAD_KEY);
    *ret_key = value.bytes;
    return 0;
}

struct word word_of(struct span text)
{
    struct packed_name packed = {0}; /* a head of 0 is no name's */
    if (text.len > 0 && text.len <= sizeof packed.letters) {
        packed.head = (uint8_t)(0xa0 + text.len);
        memcpy(packed.letters, text.at, text.len);
    }
    return (struct word){
        .text = text,
        .first = load_eight(&packed.head),
        .second = load_eight((const uint8_t *)&packed + 8),
    };
}

int word_read_slowly(struct decoding *decoding, struct word *ret_key)
{
    struct span key = {0};
    int result = key_read_slowly(decoding, &key);
    if (result == 0)
        *ret_key = word_of(key);
    return result;
}

/* FNV-1a: spares most comparisons of bytes, no more is asked of it. */
static uint32_t hash_of(struct span key)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < key.len; i++)
        hash = (hash ^ key.at[i]) * 16777619u;
    return hash;
}

int key_add(struct decoding *decoding, struct span key, uint32_t from)
{
    int result = string_check(decoding, key);
    if (result)
        return result;
    uint32_t hash = hash_of(key);
    for (uint32_t i = from; i < decoding->seen_count; i++) {
        const struct seen_key *seen = &decoding->seen[i];
        if (seen->hash == hash && span_equal(span_make(seen->at, seen->len), key))
            return flaw_of_bytes(decoding, -E_DUPLICATE_KEY);
    }
    /* each of at most EVENT_DEPTH_MAX open maps has at most EVENT_FIELDS_MAX keys */
    ensure(decoding->seen_count < sizeof decoding->seen / sizeof decoding->seen[0]);
    decoding->seen[decoding->seen_count++] = (struct seen_key){key.at, (uint32_t)key.len, hash};
    return 0;
}

int unknown_field(struct decoding *decoding, struct span key, uint32_t seen_from)
{
    int result = key_add(decoding, key, seen_from);
    if (result)
        return result;
    result = value_check(decoding);
    return result ? flaw_within_key(decoding, result, key) : 0;
}

/* One open container: what is still to come of it. In a map, keys and values take turns. */
struct level {
    uint64_t to_come;
    uint32_t seen_from;
    bool is_map;
};

static int level_open(struct decoding *decoding, const struct wire_value *value, struct level *level)
{
    if (decoding->depth == EVENT_DEPTH_MAX)
        return flaw_of_bytes(decoding, -E_TOO_DEEP);
    if (value->kind == WIRE_MAP && value->count > EVENT_FIELDS_MAX)
        return flaw_of_bytes(decoding, -E_TOO_MANY_FIELDS);
    decoding->depth++;
    level->is_map = value->kind == WIRE_MAP;
    level->to_come = level->is_map ? (uint64_t)value->count * 2 : value->count;
    level->seen_from = decoding->seen_count;
    return 0;
}

static void level_close(struct decoding *decoding, const struct level *level)
{
    decoding->seen_count = level->seen_from;
    decoding->depth--;
}

/* Iterative: how deep hostile bytes nest costs no stack of ours. */
int value_check(struct decoding *decoding)
{
    struct level levels[EVENT_DEPTH_MAX + 1];
    levels[0] = (struct level){.to_come = 1};
    uint32_t open = 0;
    for (;;) {
        struct level *level = &levels[open];
        if (level->to_come == 0) {
            if (open == 0)
                return 0;
            level_close(decoding, level);
            open--;
            continue;
        }
        bool is_key = level->is_map && level->to_come % 2 == 0;
        level->to_come--;
        struct span key = {0};
        struct wire_value value;
        int result = is_key ? key_read(decoding, &key) : wire_read(&decoding->reader, &value);
        if (result)
            return is_key ? result : flaw_of_bytes(decoding, result);
        if (is_key)
            result = key_add(decoding, key, level->seen_from);
        else if (value.kind == WIRE_STR)
            result = string_check(decoding, value.bytes);
        else if (value.kind == WIRE_MAP || value.kind == WIRE_ARRAY)
            result = level_open(decoding, &value, &levels[++open]);
        if (result)
            return result;
    }
}
