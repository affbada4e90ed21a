/*
 * record_decode.c - one map into one struct, as the record's table says.
 */
#include "schemas/decoding.h"

#include "core/ensure.h"

#include <math.h>

#define ANY_DEPTH_MAX 64u

static void *place_of(void *to, uint32_t offset)
{
    return (uint8_t *)to + offset;
}

/* Reads a value and checks that it is of a kind that the field takes. */
static int kind_read(struct decoding *decoding, const struct field *field, uint32_t kinds, struct wire_value *ret_value)
{
    int result = wire_read(&decoding->reader, ret_value);
    if (result)
        return flaw_of_bytes(decoding, result);
    if (!(kinds >> ret_value->kind & 1u))
        return flaw_of_type(decoding, ret_value, field);
    return 0;
}

#define KIND(kind) (1u << (kind))
#define WHOLE_NUMBERS (KIND(WIRE_INT) | KIND(WIRE_UINT))
#define NUMBERS (WHOLE_NUMBERS | KIND(WIRE_FLOAT))

/* ---- values ---- */

static int string_read(struct decoding *decoding, const struct field *field, struct span *ret_string)
{
    if (short_string(&decoding->reader, ret_string))
        return 0;
    struct wire_value value;
    int result = kind_read(decoding, field, KIND(WIRE_STR), &value);
    if (result)
        return result;
    *ret_string = value.bytes;
    return 0;
}

static int name_read(struct decoding *decoding, const struct field *field, uint8_t lowest, struct span *ret_name)
{
    struct span name = {0};
    int result = string_read(decoding, field, &name);
    if (result)
        return result;
    result = name_check(name, (size_t)field->most, lowest);
    if (result)
        return flaw_of_field(decoding, result, field);
    *ret_name = name;
    return 0;
}

/* TEXT counts characters, DOCUMENT bytes. Required text may not be empty: it would say nothing. */
static int text_read(struct decoding *decoding, const struct field *field, struct span *ret_text)
{
    struct span text = {0};
    int result = string_read(decoding, field, &text);
    if (result)
        return result;
    uint32_t characters;
    if (text.len == 0 && field->flags & REQUIRED)
        return flaw_of_field(decoding, -E_EMPTY, field);
    if (text.len > (field->kind == FIELD_TEXT ? TEXT_MAX_BYTES : (size_t)field->most))
        return flaw_of_field(decoding, -E_TOO_LONG, field);
    if (utf8_count(text, &characters))
        return flaw_of_field(decoding, -E_BAD_UTF8, field);
    if (field->kind == FIELD_TEXT && characters > field->most)
        return flaw_of_field(decoding, -E_TOO_LONG, field);
    *ret_text = text;
    return 0;
}

static int bool_read(struct decoding *decoding, const struct field *field, bool *ret_truth)
{
    struct wire_value value;
    int result = kind_read(decoding, field, KIND(WIRE_BOOL), &value);
    if (result)
        return result;
    *ret_truth = value.truth;
    return 0;
}

static int time_read(struct decoding *decoding, const struct field *field, int64_t *ret_ms)
{
    struct wire_value value;
    int result = kind_read(decoding, field, KIND(WIRE_EXT) | KIND(WIRE_STR), &value);
    if (result)
        return result;
    result = wire_time_ms(&value, ret_ms);
    return result ? flaw_of_field(decoding, result, field) : 0;
}

static int real_read(struct decoding *decoding, const struct field *field, double *ret_real)
{
    struct wire_value value;
    int result = kind_read(decoding, field, NUMBERS, &value);
    if (result)
        return result;
    double real = value.kind == WIRE_FLOAT  ? value.real
                  : value.kind == WIRE_UINT ? (double)value.natural
                                            : (double)value.integer;
    if (!isfinite(real))
        return flaw_of_field(decoding, -E_NOT_A_NUMBER, field);
    *ret_real = real;
    return 0;
}

/* The form that most scores have: one byte, 0 to 127. */
static inline bool small_number(struct wire_reader *reader, double *ret_real)
{
    if (reader->at == reader->end || *reader->at > 0x7f)
        return false;
    *ret_real = *reader->at++;
    return true;
}

static int score_read(struct decoding *decoding, const struct field *field, int32_t *ret_thousandths)
{
    double real = 0;
    int result = small_number(&decoding->reader, &real) ? 0 : real_read(decoding, field, &real);
    if (result)
        return result;
    double thousandths = real * 1000.0;
    if (thousandths < (double)field->least || thousandths > (double)field->most)
        return flaw_of_field(decoding, -E_OUT_OF_RANGE, field);
    if (field->step > 1 && real != floor(real))
        return flaw_of_field(decoding, -E_OUT_OF_RANGE, field);
    *ret_thousandths = (int32_t)(thousandths + 0.5); /* never negative: away from zero is up */
    return 0;
}

static int integer_read(struct decoding *decoding, const struct field *field, int64_t *ret_integer)
{
    struct wire_value value;
    int result = kind_read(decoding, field, WHOLE_NUMBERS, &value);
    if (result)
        return result;
    if (value.kind == WIRE_UINT && value.natural > INT64_MAX)
        return flaw_of_field(decoding, -E_OUT_OF_RANGE, field);
    int64_t integer = value.kind == WIRE_UINT ? (int64_t)value.natural : value.integer;
    if (integer < field->least || integer > field->most)
        return flaw_of_field(decoding, -E_OUT_OF_RANGE, field);
    *ret_integer = integer;
    return 0;
}

static int choice_read(struct decoding *decoding, const struct field *field, int32_t *ret_item)
{
    struct span word = {0};
    int result = string_read(decoding, field, &word);
    if (result)
        return result;
    result = choice_item_of(field->choice, word, ret_item);
    return result ? flaw_of_field(decoding, result, field) : 0;
}

static int reference_read(struct decoding *decoding, const struct field *field, struct reference *ret_reference)
{
    struct wire_value value;
    int result = kind_read(decoding, field, KIND(WIRE_STR) | WHOLE_NUMBERS, &value);
    if (result)
        return result;
    struct reference reference = {0};
    if (value.kind == WIRE_STR) {
        result = name_check(value.bytes, (size_t)field->most, 0x20);
        reference.id = value.bytes;
    } else if (value.kind == WIRE_INT || value.natural == 0) {
        result = -E_OUT_OF_RANGE;
    } else {
        reference.seq = value.natural;
    }
    if (result)
        return flaw_of_field(decoding, result, field);
    *ret_reference = reference;
    return 0;
}

static int any_read(struct decoding *decoding, struct span *ret_value)
{
    int result = wire_skip(&decoding->reader, ANY_DEPTH_MAX, ret_value);
    return result ? flaw_of_bytes(decoding, result) : 0;
}

/* ---- containers ---- */

/* Reads the header of a list or map and opens a level; the caller closes it with decoding->depth--. */
static int container_read(struct decoding *decoding, const struct field *field, enum wire_kind kind,
                          uint32_t *ret_count)
{
    struct wire_value value;
    int result = kind_read(decoding, field, KIND(kind), &value);
    if (result)
        return result;
    if (value.count > field->most_items)
        return flaw_of_count(decoding, value.count, field);
    if (decoding->depth == EVENT_DEPTH_MAX)
        return flaw_of_bytes(decoding, -E_TOO_DEEP);
    decoding->depth++;
    *ret_count = value.count;
    return 0;
}

/* What stands inside a list of names or a map of scores. */
static const struct field inner_name = {.kind = FIELD_NAME, .most = NAME_MAX_BYTES};
static const struct field inner_score = {.kind = FIELD_SCORE, .most = 10000, .step = 1};

static int names_read(struct decoding *decoding, const struct field *field, struct name_list *names)
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

static int dimension_read(struct decoding *decoding, const struct dimension_scores *scores, uint32_t before,
                          struct span *ret_dimension)
{
    int result = key_read(decoding, ret_dimension);
    if (result)
        return result;
    result = name_check(*ret_dimension, NAME_MAX_BYTES, 0x20);
    if (result)
        return flaw_of_field(decoding, result, &inner_name);
    for (uint32_t i = 0; i < before; i++) {
        if (scores->item[i].dimension.len == ret_dimension->len &&
            bytes_equal(ret_dimension->at, (const char *)scores->item[i].dimension.at, ret_dimension->len))
            return flaw_of_bytes(decoding, -E_DUPLICATE_KEY);
    }
    return 0;
}

#define NO_ANSWER (-1)

/* A dimension whose score is nil has no answer: it takes part in the check for duplicates and is left out then. */
static int scores_read(struct decoding *decoding, const struct field *field, struct dimension_scores *scores)
{
    uint32_t count = 0;
    int result = container_read(decoding, field, WIRE_MAP, &count);
    if (result)
        return result;
    for (uint32_t i = 0; i < count; i++) {
        struct dimension_score *score = &scores->item[i];
        struct span dimension;
        result = dimension_read(decoding, scores, i, &dimension);
        if (result)
            return result;
        score->dimension = dimension;
        score->thousandths = NO_ANSWER;
        result = nil_passed(decoding) ? 0 : score_read(decoding, &inner_score, &score->thousandths);
        if (result)
            return flaw_within_key(decoding, result, dimension);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (scores->item[i].thousandths != NO_ANSWER)
            scores->item[scores->count++] = scores->item[i];
    }
    memset(&scores->item[scores->count], 0, (count - scores->count) * sizeof scores->item[0]);
    decoding->depth--;
    return 0;
}

static int list_read(struct decoding *decoding, const struct field *field, void *to)
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
static int keyed_read(struct decoding *decoding, const struct field *field, void *to)
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
        return name_read(decoding, field, 0x20, place);
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

uint32_t field_search(const struct record_table *record, struct span key, uint32_t first, uint32_t *next)
{
    uint32_t count = record->field_count;
    for (uint32_t tried = first, i = *next; tried < count; tried++, i++) {
        if (i == count)
            i = first;
        if (field_is(&record->fields[i], key)) {
            *next = i + 1;
            return i;
        }
    }
    return count;
}

static int header_read(struct decoding *decoding, uint32_t *ret_count)
{
    static const struct field map = {.kind = FIELD_NESTED};
    struct wire_value value;
    int result = kind_read(decoding, &map, KIND(WIRE_MAP), &value);
    if (result)
        return result;
    if (decoding->depth == EVENT_DEPTH_MAX)
        return flaw_of_bytes(decoding, -E_TOO_DEEP);
    if (value.count > EVENT_FIELDS_MAX)
        return flaw_of_bytes(decoding, -E_TOO_MANY_FIELDS);
    decoding->depth++;
    *ret_count = value.count;
    return 0;
}

static int missing_field(struct decoding *decoding, const struct record_table *record, uint64_t missing)
{
    const struct field *field = &record->fields[__builtin_ctzll(missing)];
    return flaw_within(decoding, flaw_of_field(decoding, -E_MISSING_FIELD, field), field->name);
}

int record_read(struct decoding *decoding, const struct record_table *record, void *to, uint32_t first)
{
    uint32_t count = 0;
    int result = header_read(decoding, &count);
    if (result)
        return result;
    uint64_t has = first; /* KEYED: the key was field 0 */
    uint64_t seen = 0;
    uint32_t seen_from = decoding->seen_count;
    uint32_t next = first;
    for (uint32_t i = 0; i < count; i++) {
        struct span key;
        result = key_read(decoding, &key);
        if (result)
            return result;
        uint32_t found = field_find(record, key, first, &next);
        if (found == record->field_count) {
            result = unknown_field(decoding, key, seen_from);
            if (result)
                return result;
            continue;
        }
        const struct field *field = &record->fields[found];
        uint64_t bit = (uint64_t)1 << found;
        if (seen & bit)
            return flaw_within(decoding, flaw_of_bytes(decoding, -E_DUPLICATE_KEY), field->name);
        seen |= bit;
        if (nil_passed(decoding))
            continue;
        result = field_read(decoding, field, to);
        if (result)
            return flaw_within(decoding, result, field->name);
        has |= bit;
    }
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
