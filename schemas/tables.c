/*
 * tables.c - types.def as tables: words, records, events, and the envelope around an event's data.
 */
#include "core/ensure.h"
#include "core/status.h"
#include "schemas/decoding.h"

/* ---- words ---- */

/* Macros of half a declaration are beyond clang-format. */
/* clang-format off */

#define CHOICE_BEGIN(choice) static const struct choice_item items_of_##choice[] = {
#define CHOICE_ITEM(choice, item, zh) {#item, zh, PACKED_NAME(#item)},
#define CHOICE_END(choice) };
#include "schemas/each.h"

#define CHOICE_BEGIN(choice)                                                                                           \
    static const struct choice_table table_of_##choice = {#choice, items_of_##choice, choice##_count};                 \
    const struct choice_table *choice_of_##choice(void)                                                                \
    {                                                                                                                  \
        return &table_of_##choice;                                                                                     \
    }
#include "schemas/each.h"

static const struct choice_table *const all_choices[] = {
#define CHOICE_BEGIN(choice) &table_of_##choice,
#include "schemas/each.h"
};

/* ---- records ---- */

/* least, most and step of each kind (see struct field) */
#define RANGE_NAME(name) 1, NAME_MAX_BYTES, 0
#define RANGE_LABEL(name) 1, LABEL_MAX_BYTES, 0
#define RANGE_TEXT(name) 0, TEXT_MAX_CHARACTERS, 0
#define RANGE_URI(name) 1, URI_MAX_BYTES, 0
#define RANGE_DOCUMENT(name) 1, SYSTEM_EVENT_MAX, 0
#define RANGE_BOOL(name) 0, 0, 0
#define RANGE_TIME(name) 0, 0, 0
#define RANGE_FIGURE(name) 0, 0, 0
#define RANGE_NAMES(name) 1, NAME_MAX_BYTES, 0
#define RANGE_SCORES(name) 0, 10000, 1
#define RANGE_REFERENCE(name) 1, NAME_MAX_BYTES, 0
#define RANGE_ANY(name) 0, 0, 0
/* Scores have ranges of their own; one without a row here doesn't compile. */
#define RANGE_SCORE(name) SCORE_##name
#define SCORE_overall 0, 10000, 1
#define SCORE_nps 0, 10000, 1000
#define SCORE_ces 1000, 7000, 1

#define MOST_NAMES NAMES_MAX
#define MOST_SCORES DIMENSIONS_MAX
#define MOST_NAME 0
#define MOST_LABEL 0
#define MOST_TEXT 0
#define MOST_URI 0
#define MOST_DOCUMENT 0
#define MOST_BOOL 0
#define MOST_TIME 0
#define MOST_FIGURE 0
#define MOST_SCORE 0
#define MOST_REFERENCE 0
#define MOST_ANY 0

#define ROW(r, n, kind, flags, counted, items, least, most, step, choice, inner, doc)                                  \
    {PACKED_NAME(#n), #n, sizeof #n - 1, kind, flags, offsetof(struct r, n), counted, items, least, most, step, choice, inner, doc},
/* `ranged` brings three values: it has to be expanded before ROW counts its arguments. */
#define ROW_RANGED(...) ROW(__VA_ARGS__)

#define RECORD_BEGIN(r, doc) static const struct field fields_of_##r[] = {
#define FIELD(r, n, kind, flags, doc)                                                                                  \
    ROW_RANGED(r, n, FIELD_##kind, flags, 0, MOST_##kind, RANGE_##kind(n), NULL, NULL, doc)
#define INTEGER(r, n, least, most, flags, doc) ROW(r, n, FIELD_INTEGER, flags, 0, 0, least, most, 0, NULL, NULL, doc)
#define CHOICE(r, n, choice, flags, doc) ROW(r, n, FIELD_CHOICE, flags, 0, 0, 0, 0, 0, &table_of_##choice, NULL, doc)
#define NESTED(r, n, inner, flags, doc) ROW(r, n, FIELD_NESTED, flags, 0, 0, 0, 0, 0, NULL, &record_of_##inner, doc)
#define LIST(r, n, inner, most, flags, doc)                                                                            \
    ROW(r, n, FIELD_LIST, flags, offsetof(struct r, n##_count), most, 0, 0, 0, NULL, &record_of_##inner, doc)
#define KEYED(r, n, inner, most, flags, doc)                                                                           \
    ROW(r, n, FIELD_KEYED, flags, offsetof(struct r, n##_count), most, 0, 0, 0, NULL, &record_of_##inner, doc)
#define RECORD_END(r) };
#include "schemas/each.h"

#define BIT_IF_REQUIRED(r, n, flags) | ((uint64_t)((flags) & REQUIRED) << r##_field_##n)
#define RECORD_BEGIN(r, doc)                                                                                           \
    _Static_assert(r##_fields_end <= 64, "a record's fields fit into `has`");                                          \
    const struct record_table record_of_##r = {#r, doc, sizeof(struct r), r##_fields_end, fields_of_##r, 0
#define FIELD(r, n, kind, flags, doc) BIT_IF_REQUIRED(r, n, flags)
#define INTEGER(r, n, least, most, flags, doc) BIT_IF_REQUIRED(r, n, flags)
#define CHOICE(r, n, choice, flags, doc) BIT_IF_REQUIRED(r, n, flags)
#define NESTED(r, n, inner, flags, doc) BIT_IF_REQUIRED(r, n, flags)
#define LIST(r, n, inner, most, flags, doc) BIT_IF_REQUIRED(r, n, flags)
#define KEYED(r, n, inner, most, flags, doc) BIT_IF_REQUIRED(r, n, flags)
#define RECORD_END(r) };
#include "schemas/each.h"

/* clang-format on */

static const struct record_table *const all_records[] = {
#define RECORD_BEGIN(r, doc) &record_of_##r,
#include "schemas/each.h"
};

/* ---- the envelope ---- */

/* clang-format off */
#define ATTRIBUTE(name, member, kind, flags, most, doc)                                                                \
    {PACKED_NAME(name), name, sizeof(name) - 1, kind, flags, offsetof(struct event, member), 0, 0, 1, most, 0, NULL, NULL, doc}

/* In the order in which publishers usually send them. */
static const struct field fields_of_envelope[] = {
    ATTRIBUTE("id", id, FIELD_NAME, REQUIRED, NAME_MAX_BYTES, "unique within its source; sent again, it is the same event"),
    ATTRIBUTE("source", source, FIELD_URI, REQUIRED, URI_MAX_BYTES, "who sends, such as /stores/sh-pudong/service/bay-03"),
    ATTRIBUTE("type", type_name, FIELD_NAME, REQUIRED, NAME_MAX_BYTES, "one of the types below; others are kept and counted"),
    ATTRIBUTE("time", time_ms, FIELD_TIME, OPTIONAL, 0, "when it happened"),
    ATTRIBUTE("subject", subject, FIELD_LABEL, OPTIONAL, CASE_ID_MAX, "the case that a decision is about, such as C-41"),
    ATTRIBUTE("correlationid", correlationid, FIELD_LABEL, OPTIONAL, CASE_ID_MAX, "the fact that it goes back to"),
    ATTRIBUTE("causationid", causationid, FIELD_LABEL, OPTIONAL, CASE_ID_MAX, "what caused it"),
    ATTRIBUTE("traceparent", traceparent, FIELD_LABEL, OPTIONAL, CASE_ID_MAX, "W3C trace context"),
    {PACKED_NAME("ifseq"), "ifseq", 5, FIELD_INTEGER, OPTIONAL, offsetof(struct event, if_seq), 0, 0, 1, 9007199254740991, 0, NULL, NULL,
     "of a decision: refused (E1610) when somebody has decided about the case since this entry"},
    ATTRIBUTE("data", data, FIELD_NESTED, OPTIONAL, 0, "the fields of its type"),
};

/* clang-format on */

const struct record_table record_of_envelope = {
    "envelope",           "attributes of every event (CloudEvents 1.0)",
    sizeof(struct event), sizeof fields_of_envelope / sizeof fields_of_envelope[0],
    fields_of_envelope,   1 | 1 << 1 | 1 << 2,
};

/* ---- events ---- */

static const struct event_table all_events[] = {
    [EVENT_unknown] = {"unknown", CLASS_UNKNOWN, CHANNEL_none, NULL, "A type of another version"},
#define EVENT(event, text, record, class, channel, doc) \
    [EVENT_##event] = {text, CLASS_##class, CHANNEL_##channel, &record_of_##record, doc},
#include "schemas/each.h"
};

/* Lengths lie together: a scan of them finds the one or two types worth comparing. */
static const uint8_t type_lens[] = {
#define EVENT(event, text, record, class, channel, doc) [EVENT_##event] = sizeof(text) - 1,
#include "schemas/each.h"
};

static const char *const channel_names[] = {
    [CHANNEL_none] = "none",     [CHANNEL_complaint] = "complaint", [CHANNEL_escalation] = "escalation",
    [CHANNEL_task] = "task",     [CHANNEL_callback] = "callback",   [CHANNEL_score] = "score",
    [CHANNEL_ledger] = "ledger", [CHANNEL_system] = "system",
};
_Static_assert(sizeof channel_names / sizeof channel_names[0] == CHANNEL_count, "every channel has a name");

const struct event_table *event_table(enum event_type type)
{
    ensure((unsigned)type < EVENT_count);
    return &all_events[type];
}

enum event_type event_type_of(struct span type)
{
    for (uint32_t i = EVENT_unknown + 1; i < EVENT_count; i++) {
        if (type_lens[i] == type.len && memcmp(all_events[i].type, type.at, type.len) == 0)
            return (enum event_type)i;
    }
    return EVENT_unknown;
}

const char *channel_name(enum card_channel channel)
{
    ensure((unsigned)channel < CHANNEL_count);
    return channel_names[channel];
}

enum card_channel channel_of(struct span name)
{
    for (uint32_t i = CHANNEL_none + 1; i < CHANNEL_count; i++) {
        if (span_is(name, channel_names[i]))
            return (enum card_channel)i;
    }
    return CHANNEL_none;
}

const struct record_table *record_table(const char *name)
{
    for (size_t i = 0; i < sizeof all_records / sizeof all_records[0]; i++) {
        if (strcmp(all_records[i]->name, name) == 0)
            return all_records[i];
    }
    return NULL;
}

uint32_t record_tables(const struct record_table *const **ret_tables)
{
    *ret_tables = all_records;
    return sizeof all_records / sizeof all_records[0];
}

uint32_t choice_tables(const struct choice_table *const **ret_tables)
{
    *ret_tables = all_choices;
    return sizeof all_choices / sizeof all_choices[0];
}

const char *choice_name(const struct choice_table *choice, int32_t item)
{
    ensure(item >= 0);
    ensure((uint32_t)item < choice->count);
    return choice->items[item].name;
}

int choice_item_of(const struct choice_table *choice, struct span name, int32_t *ret_item)
{
    struct word word = word_of(name);
    return choice_find(choice, &word, ret_item);
}
