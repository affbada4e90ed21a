/*
 * codec.h - every record of types.def, decoded into its struct and encoded from it by one table-driven engine.
 *
 * Events: decode borrows the input; the struct's spans live as long as the bytes do. Optional fields that are
 * absent or null leave their `has` bit clear. Unknown fields are skipped (they stay in the journaled bytes).
 * Cards: every field is written, null when absent; INTERNAL fields only when asked for (state rows keep them).
 */
#ifndef MANYI_SCHEMAS_CODEC_H
#define MANYI_SCHEMAS_CODEC_H

#include "schemas/types.h"
#include "schemas/wire.h"

enum field_kind {
    FIELD_NAME,     /* 1 to 64 bytes of UTF-8, no control characters */
    FIELD_LABEL,    /* a name of up to 192 bytes, composed of others */
    FIELD_TEXT,     /* up to 4,000 characters */
    FIELD_URI,      /* 1 to 512 bytes */
    FIELD_DOCUMENT, /* text up to 1 MiB */
    FIELD_BOOL,
    FIELD_TIME,
    FIELD_SCORE,  /* 0-10, kept in thousandths, halves rounded away from zero */
    FIELD_FIGURE, /* a finite double */
    FIELD_NAMES,
    FIELD_SCORES,
    FIELD_REFERENCE,
    FIELD_ANY, /* any value, left encoded; nested at most 64 deep, otherwise unchecked */
    FIELD_INTEGER,
    FIELD_CHOICE,
    FIELD_NESTED,
    FIELD_LIST,
    FIELD_KEYED,
};

enum field_flags {
    OPTIONAL = 0,
    REQUIRED = 1,
    PERSONAL = 2,
    INTERNAL = 4,
};

/* A name as MessagePack packs it: a byte that says how long it is, then its letters. Zeros follow, so that the first 16
 * bytes, compared as two numbers, tell all names of up to 15 letters apart. The mask has ones where such a name has
 * bytes; a longer one's is 0, which is equal to nothing. */
struct packed_name {
    uint8_t head;
    char letters[31];
    uint64_t mask[2];
};

#define PACKED_NAME(name)                                       \
    {                                                           \
        0xa0 + sizeof(name) - 1, name,                          \
        {                                                       \
            FIRST_MASK(sizeof(name)), SECOND_MASK(sizeof(name)) \
        }                                                       \
    }
/* Of a name that packed has `bytes` bytes; masks are for little-endian machines (core/bytes.h). */
#define FIRST_MASK(bytes) ((bytes) > 16 ? 0 : LOW_BYTES((bytes) < 8 ? (bytes) : 8))
#define SECOND_MASK(bytes) ((bytes) <= 8 || (bytes) > 16 ? 0 : LOW_BYTES((bytes)-8))
#define LOW_BYTES(count) \
    (UINT64_MAX >> ((64 - 8 * (count)) & 63)) /* of 1 to 8; clang also looks at what is not chosen */

struct choice_item {
    const char *name;
    const char *zh;
    struct packed_name packed;
};

struct choice_table {
    const char *name;
    const struct choice_item *items;
    uint32_t count;
};

struct record_table;

struct field {
    struct packed_name packed;
    const char *name;
    uint8_t name_len;
    uint8_t kind;  /* enum field_kind */
    uint8_t flags; /* enum field_flags */
    uint32_t offset;
    uint32_t count_offset; /* LIST and KEYED: where the count lies */
    uint32_t most_items;   /* LIST and KEYED */
    int64_t least, most;   /* INTEGER; SCORE in thousandths; NAME, URI, DOCUMENT in bytes; TEXT in characters */
    uint32_t step;         /* SCORE in thousandths: 1000 where only whole numbers are allowed, else 1 */
    const struct choice_table *choice;
    const struct record_table *inner;
    const char *doc;
};

struct record_table {
    const char *name;
    const char *doc;
    uint32_t size; /* of the struct */
    uint32_t field_count;
    const struct field *fields;
    uint64_t required; /* bits of the REQUIRED fields */
};

enum event_class { CLASS_FACT, CLASS_DECISION, CLASS_SYSTEM, CLASS_CONSEQUENCE, CLASS_UNKNOWN };

enum card_channel {
    CHANNEL_none,
    CHANNEL_complaint,
    CHANNEL_escalation,
    CHANNEL_task,
    CHANNEL_callback,
    CHANNEL_score,
    CHANNEL_ledger,
    CHANNEL_system,
    CHANNEL_count,
};

struct event_table {
    const char *type; /* "feedback.rated" */
    enum event_class class;
    enum card_channel channel;
    const struct record_table *record;
    const char *doc;
};

const struct event_table *event_table(enum event_type type); /* EVENT_unknown has a NULL record */
enum event_type event_type_of(struct span type);             /* EVENT_unknown when there is none */
const char *channel_name(enum card_channel channel);
enum card_channel channel_of(struct span name);                        /* CHANNEL_none when there is none */
const struct record_table *record_table(const char *name);             /* NULL when there is none */
uint32_t record_tables(const struct record_table *const **ret_tables); /* all, in the order of types.def */
uint32_t choice_tables(const struct choice_table *const **ret_tables);

/* "urgent" for grade_is_urgent. */
const char *choice_name(const struct choice_table *choice, int32_t item);
int choice_item_of(const struct choice_table *choice, struct span name, int32_t *ret_item); /* -E_UNKNOWN_CHOICE */
/* One accessor a choice: choice_of_grade() and so on. */
#define CHOICE_BEGIN(choice) const struct choice_table *choice_of_##choice(void);
#define RECORD_BEGIN(record, doc) extern const struct record_table record_of_##record;
#include "schemas/each.h"

/* What a field may hold, as the middle of a sentence: "a number from 0 to 10". */
void field_allowed(const struct field *field, char *ret_text, size_t capacity);

/* What is wrong with an event: the code of the first flaw, the field's path, one sentence. */
struct flaw {
    int status;        /* -E_... */
    char field[96];    /* "data.scores.quality"; empty when the whole is meant */
    char message[192]; /* names the value's fault and what is allowed; never personal data */
};

/* Decodes one map of `record` into the struct at ret_record (record->size bytes; contents undefined on failure). */
int record_decode(const struct record_table *record, struct span map, void *ret_record, struct flaw *ret_flaw);

enum encode_style {
    ENCODE_EVENT, /* absent fields are left out, times are MessagePack timestamps */
    ENCODE_CARD,  /* absent fields are null, times are RFC 3339 text, INTERNAL fields left out */
    ENCODE_STATE, /* as CARD, with INTERNAL fields */
};

/* REQUIRED fields are written whether their `has` bit is set or not; so are lists and maps with items. An empty
 * name or URI counts as absent. */
void record_encode(const struct record_table *record, const void *from, enum encode_style style,
                   struct wire_writer *writer);

/* ---- events ---- */

union event_data {
#define RECORD_BEGIN(record, doc) struct record record;
#include "schemas/each.h"
};

/* One event, decoded. All spans lie in `bytes`. */
struct event {
    struct span bytes; /* as received */
    struct span id;
    struct span source;
    struct span type_name;
    struct span subject;       /* the case that a decision is about; empty when absent */
    struct span correlationid; /* empty when absent */
    struct span causationid;
    struct span traceparent;
    int64_t if_seq; /* a decision counts only if nobody has decided about its case since this entry; 0: however it is */
    enum event_type type;
    bool has_time;
    int64_t time_ms;
    struct span data_bytes; /* the map of `data`, encoded; empty when absent */
    union event_data data;  /* by event_table(type)->record; undefined for EVENT_unknown */
};

/* The attributes around `data` as rows: names, limits, docs. The last row is `data` itself (NESTED without inner). */
extern const struct record_table record_of_envelope;

/* Decodes and checks one event: envelope, then data by its type. An unknown type with a valid envelope is
 * accepted as EVENT_unknown (its data must still be well-formed). Checks form only: who may send what, and how far
 * ahead its time may lie, is intake's business. Fills ret_event->id, source and type_name as far as it came,
 * even on failure, so that a refusal can be counted by source. Size limits depend on the class of the type. */
int event_decode(struct span bytes, struct event *ret_event, struct flaw *ret_flaw);

/* A field of its data that holds a name, such as "by" or "store", whatever its type; empty when it is left out, or the
 * type has none. Lives as long as the event. */
struct span event_name(const struct event *event, const char *field);

/* Only id and source, for the identity window and for confirming a hit. -E_... as above. */
int event_identity(struct span bytes, struct span *ret_id, struct span *ret_source);

/* What to write of an event; empty spans and zero bits are left out. */
struct event_draft {
    struct span id, source, subject, correlationid, causationid;
    enum event_type type;
    int64_t time_ms;         /* 0: none */
    int64_t if_seq;          /* 0: none */
    const void *data;        /* the struct of event_table(type)->record */
    enum encode_style style; /* ENCODE_EVENT for facts and decisions, ENCODE_CARD for consequences */
};

void event_encode(const struct event_draft *draft, struct wire_writer *writer);

#endif
