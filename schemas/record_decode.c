/*
 * record_decode.c - one map into one struct, as the record's table says; single values are read by value_decode.c.
 */
#include "schemas/decoding.h"

#include "core/ensure.h"

#define APART __attribute__((noinline))

static void *place_of(void *to, uint32_t offset)
{
    return (uint8_t *)to + offset;
}

/* ---- containers: kept out of field_read, which would have to save registers for them at each name ---- */

/* Reads the header of a list or map and opens a level; the caller closes it with decoding->depth--. */
static int container_read(struct decoding *decoding, const struct field *field, enum wire_kind kind,
                          uint32_t *ret_count)
{
    uint32_t count;
    if (kind != WIRE_MAP || !short_map(&decoding->reader, &count)) {
        struct wire_value value;
        int result = kind_read(decoding, field, KIND(kind), &value);
        if (result)
            return result;
        count = value.count;
    }
    if (count > field->most_items)
        return flaw_of_count(decoding, count, field);
    if (decoding->depth == EVENT_DEPTH_MAX)
        return flaw_of_bytes(decoding, -E_TOO_DEEP);
    decoding->depth++;
    *ret_count = count;
    return 0;
}

/* What stands inside a list of names or a map of scores. */
static const struct field inner_name = {.kind = FIELD_NAME, .most = NAME_MAX_BYTES};
static const struct field inner_score = {.kind = FIELD_SCORE, .most = 10000, .step = 1};

APART static int names_read(struct decoding *decoding, const struct field *field, struct name_list *names)
{
    uint32_t count = 0;
    int result = container_read(decoding, field, WIRE_ARRAY, &count);
    if (result)
        return result;
    for (uint32_t i = 0; i < count; i++) {
        result = name_read(decoding, &inner_name, 0x20, &names->item[i]);
        if (result)
            return flaw_within_item(decoding, result, i);
    }
    names->count = count;
    decoding->depth--;
    return 0;
}

static int dimension_read(struct decoding *decoding, struct span *ret_dimension)
{
    int result = key_read(decoding, ret_dimension);
    if (result)
        return result;
    result = name_check(*ret_dimension, NAME_MAX_BYTES, 0x20);
    return result ? flaw_of_field(decoding, result, &inner_name) : 0;
}

static bool is_twice(const struct dimension_scores *scores, uint32_t before, struct span dimension)
{
    for (uint32_t i = 0; i < before; i++) {
        if (scores->item[i].dimension.len == dimension.len &&
            bytes_equal(dimension.at, (const char *)scores->item[i].dimension.at, dimension.len))
            return true;
    }
    return false;
}

#define NO_ANSWER (-1)

/* Leaves out dimensions without an answer. */
static void answers_keep(struct dimension_scores *scores, uint32_t count)
{
    scores->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (scores->item[i].thousandths != NO_ANSWER)
            scores->item[scores->count++] = scores->item[i];
    }
    memset(&scores->item[scores->count], 0, (count - scores->count) * sizeof scores->item[0]);
}

/* A dimension whose score is nil has no answer: it takes part in the check for duplicates and is left out then. Short
 * forms are read by a copy of the reader, as in record_read. */
APART static int scores_read(struct decoding *decoding, const struct field *field, struct dimension_scores *scores)
{
    uint32_t count = 0;
    bool all_answered = true;
    int result = container_read(decoding, field, WIRE_MAP, &count);
    struct wire_reader reader = {.end = decoding->reader.end};
    reader.at = decoding->reader.at;
    for (uint32_t i = 0; result == 0 && i < count; i++) {
        struct dimension_score *score = &scores->item[i];
        if (!short_name(&reader, &score->dimension)) {
            decoding->reader.at = reader.at;
            result = dimension_read(decoding, &score->dimension);
            if (result)
                return result;
            reader.at = decoding->reader.at;
        }
        if (is_twice(scores, i, score->dimension))
            return flaw_of_bytes(decoding, -E_DUPLICATE_KEY);
        score->thousandths = NO_ANSWER;
        if (nil_passed(&reader)) {
            all_answered = false;
        } else if (!short_score(&reader, &inner_score, &score->thousandths)) {
            decoding->reader.at = reader.at;
            result = score_read(decoding, &inner_score, &score->thousandths);
            if (result)
                return flaw_within_key(decoding, result, score->dimension);
            reader.at = decoding->reader.at;
        }
    }
    if (result)
        return result;
    scores->count = count;
    if (!all_answered)
        answers_keep(scores, count);
    decoding->reader.at = reader.at;
    decoding->depth--;
    return 0;
}

APART static int list_read(struct decoding *decoding, const struct field *field, void *to)
{
    uint32_t count = 0;
    int result = container_read(decoding, field, WIRE_ARRAY, &count);
    if (result)
        return result;
    for (uint32_t i = 0; i < count; i++) {
        result = record_read(decoding, field->inner, place_of(to, field->offset + i * field->inner->size), 0);
        if (result)
            return flaw_within_item(decoding, result, i);
    }
    *(uint32_t *)place_of(to, field->count_offset) = count;
    decoding->depth--;
    return 0;
}

/* The inner record's first field, a name, is the key; the rest of it is the value. */
APART static int keyed_read(struct decoding *decoding, const struct field *field, void *to)
{
    uint32_t count = 0;
    int result = container_read(decoding, field, WIRE_MAP, &count);
    if (result)
        return result;
    uint32_t seen_from = decoding->seen_count;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *item = place_of(to, field->offset + i * field->inner->size);
        const struct field *name_field = &field->inner->fields[0];
        struct span name;
        result = key_read(decoding, &name);
        if (result)
            return result;
        result = name_check(name, (size_t)name_field->most, 0x20);
        if (result)
            return flaw_of_field(decoding, result, name_field);
        result = key_add(decoding, name, seen_from);
        if (result)
            return result;
        memcpy(item + name_field->offset, &name, sizeof name);
        result = record_read(decoding, field->inner, item, 1);
        if (result)
            return flaw_within_key(decoding, result, name);
    }
    *(uint32_t *)place_of(to, field->count_offset) = count;
    decoding->seen_count = seen_from;
    decoding->depth--;
    return 0;
}

/* ---- records ---- */

int field_read(struct decoding *decoding, const struct field *field, void *to)
{
    void *place = place_of(to, field->offset);
    switch ((enum field_kind)field->kind) {
    case FIELD_NAME:
    case FIELD_LABEL:
        return short_name(&decoding->reader, place) ? 0 : name_read(decoding, field, 0x20, place);
    case FIELD_URI:
        return name_read(decoding, field, 0x21, place);
    case FIELD_TEXT:
    case FIELD_DOCUMENT:
        return text_read(decoding, field, place);
    case FIELD_BOOL:
        return bool_read(decoding, field, place);
    case FIELD_TIME:
        return time_read(decoding, field, place);
    case FIELD_SCORE:
        return score_read(decoding, field, place);
    case FIELD_FIGURE:
        return real_read(decoding, field, place);
    case FIELD_NAMES:
        return names_read(decoding, field, place);
    case FIELD_SCORES:
        return scores_read(decoding, field, place);
    case FIELD_REFERENCE:
        return reference_read(decoding, field, place);
    case FIELD_INTEGER:
        return integer_read(decoding, field, place);
    case FIELD_CHOICE:
        return choice_read(decoding, field, place);
    case FIELD_NESTED:
        return record_read(decoding, field->inner, place, 0);
    case FIELD_LIST:
        return list_read(decoding, field, to);
    case FIELD_KEYED:
        return keyed_read(decoding, field, to);
    case FIELD_ANY:
        return any_read(decoding, place);
    }
    unreachable();
}

bool name_passed_bytewise(struct wire_reader *reader, const struct field *field)
{
    size_t len = 1 + field->name_len;
    if (len > (size_t)(reader->end - reader->at) || *reader->at != field->packed.head ||
        !bytes_equal(reader->at + 1, field->name, len - 1))
        return false;
    reader->at += len;
    return true;
}

uint32_t field_search(const struct record_table *record, const struct word *key, uint32_t first)
{
    uint32_t i = first;
    while (i < record->field_count && !word_is(key, &record->fields[i].packed))
        i++;
    return i;
}

static int header_read(struct decoding *decoding, uint32_t *ret_count)
{
    static const struct field map = {.kind = FIELD_NESTED};
    uint32_t count;
    if (!short_map(&decoding->reader, &count)) {
        struct wire_value value;
        int result = kind_read(decoding, &map, KIND(WIRE_MAP), &value);
        if (result)
            return result;
        count = value.count;
    }
    if (decoding->depth == EVENT_DEPTH_MAX)
        return flaw_of_bytes(decoding, -E_TOO_DEEP);
    if (count > EVENT_FIELDS_MAX)
        return flaw_of_bytes(decoding, -E_TOO_MANY_FIELDS);
    decoding->depth++;
    *ret_count = count;
    return 0;
}

static int missing_field(struct decoding *decoding, const struct record_table *record, uint64_t missing)
{
    const struct field *field = &record->fields[__builtin_ctzll(missing)];
    return flaw_within(decoding, flaw_of_field(decoding, -E_MISSING_FIELD, field), field->name);
}

/* Reads a value of the forms that most have; false leaves the reader as it was, for field_read. */
static inline bool value_read_short(struct wire_reader *reader, const struct field *field, void *place)
{
    switch (field->kind) {
    case FIELD_NAME:
    case FIELD_LABEL:
        return short_name(reader, place);
    case FIELD_SCORE:
        return short_score(reader, field, place);
    default:
        return false;
    }
}

/* The reader is a copy of decoding's: where it is stays in a register from field to field, instead of being written
 * down and read again. What isn't short is read by decoding's own. Copied member by member: both pointers fetched as
 * 16 bytes would wait for the store of the one. */
int record_read(struct decoding *decoding, const struct record_table *record, void *to, uint32_t first)
{
    uint32_t count = 0;
    int result = header_read(decoding, &count);
    if (result)
        return result;
    struct wire_reader reader = {.end = decoding->reader.end};
    reader.at = decoding->reader.at;
    uint64_t has = first; /* KEYED: the key was field 0 */
    uint64_t seen = 0;
    uint32_t seen_from = decoding->seen_count;
    uint32_t next = first;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t found = name_expected(&reader, record, next);
        if (found == record->field_count) {
            struct word key;
            decoding->reader.at = reader.at;
            result = word_read(decoding, &key);
            if (result)
                return result;
            found = field_search(record, &key, first);
            if (found == record->field_count)
                result = unknown_field(decoding, key.text, seen_from);
            if (result)
                return result;
            reader.at = decoding->reader.at;
            if (found == record->field_count)
                continue;
        }
        next = found + 1;
        const struct field *field = &record->fields[found];
        uint64_t bit = (uint64_t)1 << found;
        if (seen & bit)
            return flaw_within(decoding, flaw_of_bytes(decoding, -E_DUPLICATE_KEY), field->name);
        seen |= bit;
        if (nil_passed(&reader))
            continue;
        if (!value_read_short(&reader, field, place_of(to, field->offset))) {
            decoding->reader.at = reader.at;
            result = field_read(decoding, field, to);
            if (result)
                return flaw_within(decoding, result, field->name);
            reader.at = decoding->reader.at;
        }
        has |= bit;
    }
    decoding->reader.at = reader.at;
    if (record->required & ~has)
        return missing_field(decoding, record, record->required & ~has);
    memcpy(to, &has, sizeof has); /* `has` is every record's first member */
    decoding->seen_count = seen_from;
    decoding->depth--;
    return 0;
}

int record_decode(const struct record_table *record, struct span map, void *ret_record, struct flaw *ret_flaw)
{
    struct decoding decoding;
    decoding_begin(&decoding, map, 0, ret_flaw);
    memset(ret_record, 0, record->size);
    int result = record_read(&decoding, record, ret_record, 0);
    if (result)
        return result;
    if (decoding.reader.at != decoding.reader.end)
        return flaw_says(&decoding, -E_MALFORMED, "Bytes follow after the map.");
    return 0;
}
