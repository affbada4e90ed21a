/*
 * types.h - the C structs of every record in types.def.
 *
 * Strings are spans into the bytes that were decoded: they live as long as those do. Whether an optional field
 * is there is told by its bit in `has`: HAS(rating, rated, overall). Times are milliseconds since 1970 UTC,
 * scores are thousandths, choices are small integers in the order of types.def.
 */
#ifndef MANYI_SCHEMAS_TYPES_H
#define MANYI_SCHEMAS_TYPES_H

#include "core/limits.h"
#include "core/span.h"

/* Macros of half a declaration are beyond clang-format. */
/* clang-format off */

/* enum grade { grade_is_general, ..., grade_count } */
#define CHOICE_BEGIN(choice) enum choice {
#define CHOICE_ITEM(choice, item, zh) choice##_is_##item,
#define CHOICE_END(choice) choice##_count };
#include "schemas/each.h"

/* The bit numbers of each record's fields: rated_field_overall. */
#define RECORD_BEGIN(record, doc) enum record##_field {
#define FIELD(record, name, kind, flags, doc) record##_field_##name,
#define INTEGER(record, name, least, most, flags, doc) record##_field_##name,
#define CHOICE(record, name, choice, flags, doc) record##_field_##name,
#define NESTED(record, name, inner, flags, doc) record##_field_##name,
#define LIST(record, name, inner, most, flags, doc) record##_field_##name,
#define KEYED(record, name, inner, most, flags, doc) record##_field_##name,
#define RECORD_END(record) record##_fields_end };
#include "schemas/each.h"

/* One answer of a rating. */
struct dimension_score {
    struct span dimension;
    int32_t thousandths; /* 0 to 10,000 */
};

struct dimension_scores {
    struct dimension_score item[DIMENSIONS_MAX];
    uint32_t count;
};

struct name_list {
    struct span item[NAMES_MAX];
    uint32_t count;
};

/* An earlier event, by its id (of the same source) or by its seq. */
struct reference {
    struct span id; /* empty when given by seq */
    uint64_t seq;   /* 0 when given by id */
};

#define KIND_NAME struct span
#define KIND_LABEL struct span
#define KIND_TEXT struct span
#define KIND_URI struct span
#define KIND_DOCUMENT struct span
#define KIND_BOOL bool
#define KIND_TIME int64_t
#define KIND_SCORE int32_t
#define KIND_FIGURE double
#define KIND_NAMES struct name_list
#define KIND_SCORES struct dimension_scores
#define KIND_REFERENCE struct reference
#define KIND_ANY struct span /* one encoded MessagePack value, unchecked inside */

#define RECORD_BEGIN(record, doc) struct record { uint64_t has;
#define FIELD(record, name, kind, flags, doc) KIND_##kind name;
#define INTEGER(record, name, least, most, flags, doc) int64_t name;
#define CHOICE(record, name, choice, flags, doc) int32_t name;
#define NESTED(record, name, inner, flags, doc) struct inner name;
#define LIST(record, name, inner, most, flags, doc) struct inner name[most]; uint32_t name##_count;
#define KEYED(record, name, inner, most, flags, doc) struct inner name[most]; uint32_t name##_count;
#define RECORD_END(record) };
#include "schemas/each.h"

/* enum event_type { EVENT_unknown, EVENT_visit_opened, ... } */
enum event_type {
    EVENT_unknown,
#define EVENT(event, text, record, class, channel, doc) EVENT_##event,
#include "schemas/each.h"
    EVENT_count
};

/* clang-format on */

#define HAS(pointer, record, field) (((pointer)->has >> record##_field_##field) & 1u)
#define SET(pointer, record, field, value) \
    ((pointer)->field = (value), (void)((pointer)->has |= (uint64_t)1 << record##_field_##field))
#define UNSET(pointer, record, field) ((void)((pointer)->has &= ~((uint64_t)1 << record##_field_##field)))

#endif
