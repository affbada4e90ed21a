/*
 * record_encode.c - one struct written as the map that its table describes; the decoder accepts what this writes.
 */
#include "core/ensure.h"
#include "schemas/codec.h"

static const void *place_in(const void *from, uint32_t offset)
{
    return (const uint8_t *)from + offset;
}

static uint32_t count_of(const struct field *field, const void *from)
{
    const void *place = place_in(from, field->offset);
    if (field->kind == FIELD_NAMES)
        return ((const struct name_list *)place)->count;
    if (field->kind == FIELD_SCORES)
        return ((const struct dimension_scores *)place)->count;
    if (field->kind == FIELD_LIST || field->kind == FIELD_KEYED)
        return *(const uint32_t *)place_in(from, field->count_offset);
    return 0;
}

/* Strings that the decoder refuses when they are empty count as absent; so an unset field never makes a bad card. */
static bool is_empty_string(const struct field *field, const void *from)
{
    switch ((enum field_kind)field->kind) {
    case FIELD_NAME:
    case FIELD_LABEL:
    case FIELD_URI:
    case FIELD_DOCUMENT:
    case FIELD_ANY:
        return ((const struct span *)place_in(from, field->offset))->len == 0;
    case FIELD_TEXT:
        return field->flags & REQUIRED && ((const struct span *)place_in(from, field->offset))->len == 0;
    default:
        return false;
    }
}

static bool is_present(const struct record_table *record, uint32_t number, const void *from)
{
    const struct field *field = &record->fields[number];
    uint64_t has;
    memcpy(&has, from, sizeof has); /* every record's first member */
    if (is_empty_string(field, from))
        return false;
    return has >> number & 1u || field->flags & REQUIRED || count_of(field, from) > 0;
}

static void time_write(struct wire_writer *writer, int64_t ms, enum encode_style style)
{
    if (style == ENCODE_EVENT)
        wire_timestamp(writer, ms);
    else
        wire_time_text(writer, ms);
}

/* Whole figures as whole numbers: shorter, and how people write them. */
static void score_write(struct wire_writer *writer, int32_t thousandths)
{
    ensure(thousandths >= 0);
    if (thousandths % 1000 == 0)
        wire_natural(writer, (uint32_t)thousandths / 1000);
    else
        wire_real(writer, thousandths / 1000.0);
}

static void name_write(const struct packed_name *name, struct wire_writer *writer)
{
    wire_raw(writer, span_make(name, 1u + (name->head & 31u)));
}

static void choice_write(const struct choice_table *choice, int32_t item, struct wire_writer *writer)
{
    ensure(item >= 0);
    ensure((uint32_t)item < choice->count);
    name_write(&choice->items[item].packed, writer);
}

static void names_write(struct wire_writer *writer, const struct name_list *names)
{
    ensure(names->count <= NAMES_MAX);
    wire_array(writer, names->count);
    for (uint32_t i = 0; i < names->count; i++)
        wire_text(writer, names->item[i]);
}

static void scores_write(struct wire_writer *writer, const struct dimension_scores *scores)
{
    ensure(scores->count <= DIMENSIONS_MAX);
    wire_map(writer, scores->count);
    for (uint32_t i = 0; i < scores->count; i++) {
        wire_text(writer, scores->item[i].dimension);
        score_write(writer, scores->item[i].thousandths);
    }
}

static void reference_write(struct wire_writer *writer, const struct reference *reference)
{
    if (reference->id.len > 0)
        wire_text(writer, reference->id);
    else
        wire_natural(writer, reference->seq);
}

static void fields_write(const struct record_table *record, uint32_t first, const void *from, enum encode_style style,
                         struct wire_writer *writer);

static void list_write(const struct field *field, const void *from, enum encode_style style, struct wire_writer *writer)
{
    uint32_t count = count_of(field, from);
    ensure(count <= field->most_items);
    wire_array(writer, count);
    for (uint32_t i = 0; i < count; i++)
        fields_write(field->inner, 0, place_in(from, field->offset + i * field->inner->size), style, writer);
}

static void keyed_write(const struct field *field, const void *from, enum encode_style style,
                        struct wire_writer *writer)
{
    uint32_t count = count_of(field, from);
    ensure(count <= field->most_items);
    wire_map(writer, count);
    for (uint32_t i = 0; i < count; i++) {
        const void *item = place_in(from, field->offset + i * field->inner->size);
        wire_text(writer, *(const struct span *)place_in(item, field->inner->fields[0].offset));
        fields_write(field->inner, 1, item, style, writer);
    }
}

static void field_write(const struct field *field, const void *from, enum encode_style style,
                        struct wire_writer *writer)
{
    const void *place = place_in(from, field->offset);
    switch ((enum field_kind)field->kind) {
    case FIELD_NAME:
    case FIELD_LABEL:
    case FIELD_TEXT:
    case FIELD_URI:
    case FIELD_DOCUMENT:
        return wire_text(writer, *(const struct span *)place);
    case FIELD_BOOL:
        return wire_bool(writer, *(const bool *)place);
    case FIELD_TIME:
        return time_write(writer, *(const int64_t *)place, style);
    case FIELD_SCORE:
        return score_write(writer, *(const int32_t *)place);
    case FIELD_FIGURE:
        return wire_real(writer, *(const double *)place);
    case FIELD_NAMES:
        return names_write(writer, place);
    case FIELD_SCORES:
        return scores_write(writer, place);
    case FIELD_REFERENCE:
        return reference_write(writer, place);
    case FIELD_INTEGER:
        return wire_integer(writer, *(const int64_t *)place);
    case FIELD_CHOICE:
        return choice_write(field->choice, *(const int32_t *)place, writer);
    case FIELD_NESTED:
        return fields_write(field->inner, 0, place, style, writer);
    case FIELD_LIST:
        return list_write(field, from, style, writer);
    case FIELD_KEYED:
        return keyed_write(field, from, style, writer);
    case FIELD_ANY:
        return wire_raw(writer, *(const struct span *)place);
    }
    unreachable();
}

static void fields_write(const struct record_table *record, uint32_t first, const void *from, enum encode_style style,
                         struct wire_writer *writer)
{
    uint64_t present = 0, written = 0;
    for (uint32_t i = first; i < record->field_count; i++) {
        uint64_t bit = (uint64_t)1 << i;
        if (is_present(record, i, from))
            present |= bit;
        if (style == ENCODE_STATE || !(record->fields[i].flags & INTERNAL))
            written |= bit;
    }
    if (style == ENCODE_EVENT)
        written &= present;
    wire_map(writer, (uint32_t)__builtin_popcountll(written));
    for (uint32_t i = first; i < record->field_count; i++) {
        if (!(written >> i & 1u))
            continue;
        name_write(&record->fields[i].packed, writer);
        if (present >> i & 1u)
            field_write(&record->fields[i], from, style, writer);
        else
            wire_nil(writer);
    }
}

void record_encode(const struct record_table *record, const void *from, enum encode_style style,
                   struct wire_writer *writer)
{
    fields_write(record, 0, from, style, writer);
}
