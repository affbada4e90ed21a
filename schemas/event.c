/*
 * event.c - an event's envelope, and its data by its type.
 *
 * Publishers send `data` last: it is then read in the same walk. When it comes before `type` it is passed over and
 * read once the type is known.
 */
#include "core/ensure.h"
#include "schemas/decoding.h"

/* Numbers of the rows of record_of_envelope. */
enum attribute { ATTRIBUTE_id, ATTRIBUTE_source, ATTRIBUTE_type, ATTRIBUTE_time, ATTRIBUTE_data = 9 };

#define BIT(attribute) ((uint32_t)1 << ATTRIBUTE_##attribute)

/* A walk through one envelope. */
struct envelope {
    struct event *event;
    uint32_t seen;                   /* bits of attributes, nil or not */
    uint32_t has;                    /* bits of attributes that have a value */
    uint32_t next;                   /* attribute expected next */
    const uint8_t *data_passed_over; /* where `data` begins, if it came before `type` */
};

static int map_begin(struct decoding *decoding, uint32_t *ret_count)
{
    struct wire_value header;
    if (short_map(&decoding->reader, ret_count)) {
        decoding->depth++;
        return 0;
    }
    int result = wire_read(&decoding->reader, &header);
    if (result)
        return flaw_of_bytes(decoding, result);
    if (header.kind != WIRE_MAP)
        return flaw_says(decoding, -E_MALFORMED, "An event is one MessagePack map; this is something else.");
    if (header.count > EVENT_FIELDS_MAX)
        return flaw_of_bytes(decoding, -E_TOO_MANY_FIELDS);
    decoding->depth++;
    *ret_count = header.count;
    return 0;
}

/* A type's class says how large the whole event may be. */
static int size_check(struct decoding *decoding, const struct event *event)
{
    if (event->bytes.len <= EVENT_MAX || event_table(event->type)->class == CLASS_SYSTEM)
        return 0;
    return flaw_says(decoding, -E_TOO_LARGE, "An event may have 65536 bytes, a system event 1048576.");
}

/* A rating without a single figure says nothing; unreached customers have a type of their own. */
static int rating_check(struct decoding *decoding, const struct rated *rated)
{
    if (rated->scores.count > 0 || HAS(rated, rated, raw) || HAS(rated, rated, overall) || HAS(rated, rated, nps) ||
        HAS(rated, rated, ces))
        return 0;
    return flaw_says(decoding, -E_NO_FIGURE, "A rating has at least one of scores, raw, overall, nps and ces.");
}

/* Data of a type that this version does not know: a map, sound throughout. */
static int unknown_data_read(struct decoding *decoding)
{
    struct wire_reader ahead = decoding->reader;
    struct wire_value header;
    int result = wire_read(&ahead, &header);
    if (result)
        return flaw_of_bytes(decoding, result);
    if (header.kind != WIRE_MAP)
        return flaw_says(decoding, -E_WRONG_TYPE, "The data of an event is a map.");
    return value_check(decoding);
}

static int data_read(struct decoding *decoding, struct event *event)
{
    const uint8_t *begin = decoding->reader.at;
    const struct record_table *record = event_table(event->type)->record;
    int result;
    if (record) {
        memset(&event->data, 0, record->size);
        result = record_read(decoding, record, &event->data, 0);
    } else {
        result = unknown_data_read(decoding);
    }
    if (result == 0 && event->type == EVENT_feedback_rated)
        result = rating_check(decoding, &event->data.rated);
    if (result)
        return flaw_within(decoding, result, "data");
    event->data_bytes = span_make(begin, (size_t)(decoding->reader.at - begin));
    return 0;
}

static int data_pass_over(struct decoding *decoding, struct envelope *envelope)
{
    struct span data;
    envelope->data_passed_over = decoding->reader.at;
    int result = wire_skip(&decoding->reader, EVENT_DEPTH_MAX - decoding->depth, &data);
    return result ? flaw_within(decoding, flaw_of_bytes(decoding, result), "data") : 0;
}

static int attribute_read(struct decoding *decoding, struct envelope *envelope, uint32_t number)
{
    const struct field *field = &record_of_envelope.fields[number];
    uint32_t bit = (uint32_t)1 << number;
    if (envelope->seen & bit)
        return flaw_within(decoding, flaw_of_bytes(decoding, -E_DUPLICATE_KEY), field->name);
    envelope->seen |= bit;
    if (nil_passed(&decoding->reader))
        return 0;
    envelope->has |= bit;
    if (number == ATTRIBUTE_data)
        return envelope->has & BIT(type) ? data_read(decoding, envelope->event) : data_pass_over(decoding, envelope);
    int result = field_read(decoding, field, envelope->event);
    if (result)
        return flaw_within(decoding, result, field->name);
    if (number != ATTRIBUTE_type)
        return 0;
    envelope->event->type = event_type_of(envelope->event->type_name);
    return size_check(decoding, envelope->event);
}

/* Reads a key: number of the attribute, or field_count and the key. */
static int attribute_find(struct decoding *decoding, uint32_t *next, uint32_t *ret_found, struct span *ret_key)
{
    static const struct record_table *const table = &record_of_envelope;
    uint32_t found = name_expected(&decoding->reader, table, *next);
    if (found == table->field_count) {
        struct word key;
        int result = word_read(decoding, &key);
        if (result)
            return result;
        found = field_search(table, &key, 0);
        *ret_key = key.text;
    }
    if (found < table->field_count)
        *next = found + 1;
    *ret_found = found;
    return 0;
}

static int envelope_read(struct decoding *decoding, struct envelope *envelope)
{
    uint32_t count = 0;
    int result = map_begin(decoding, &count);
    for (uint32_t i = 0; result == 0 && i < count; i++) {
        uint32_t found;
        struct span key;
        result = attribute_find(decoding, &envelope->next, &found, &key);
        if (result)
            return result;
        if (found == record_of_envelope.field_count)
            result = unknown_field(decoding, key, 0);
        else
            result = attribute_read(decoding, envelope, found);
    }
    if (result)
        return result;
    if (decoding->reader.at != decoding->reader.end)
        return flaw_says(decoding, -E_MALFORMED, "Bytes follow after the event's map.");
    uint64_t missing = record_of_envelope.required & ~(uint64_t)envelope->has;
    if (missing == 0)
        return 0;
    const struct field *field = &record_of_envelope.fields[__builtin_ctzll(missing)];
    return flaw_within(decoding, flaw_of_field(decoding, -E_MISSING_FIELD, field), field->name);
}

/* What the walk through the envelope left to do for `data`. */
static int data_finish(struct decoding *decoding, struct envelope *envelope)
{
    struct event *event = envelope->event;
    if (envelope->data_passed_over) {
        decoding->reader.at = envelope->data_passed_over;
        return data_read(decoding, event);
    }
    const struct record_table *record = event_table(event->type)->record;
    if (envelope->has & BIT(data) || !record)
        return 0;
    if (record->required)
        return flaw_within(decoding, flaw_says(decoding, -E_MISSING_FIELD, "This type has required fields in data."),
                           "data");
    memset(&event->data, 0, record->size);
    return 0;
}

int event_decode(struct span bytes, struct event *ret_event, struct flaw *ret_flaw)
{
    struct decoding decoding;
    struct envelope envelope = {.event = ret_event};
    decoding_begin(&decoding, bytes, 0, ret_flaw);
    memset(ret_event, 0, offsetof(struct event, data)); /* of the union, thousands of bytes, its record alone */
    ret_event->bytes = bytes;
    if (bytes.len > SYSTEM_EVENT_MAX)
        return flaw_says(&decoding, -E_TOO_LARGE, "An event may have 65536 bytes, a system event 1048576.");
    int result = envelope_read(&decoding, &envelope);
    if (result == 0)
        result = data_finish(&decoding, &envelope);
    if (result)
        return result;
    ret_event->has_time = envelope.has & BIT(time);
    return 0;
}

int event_identity(struct span bytes, struct span *ret_id, struct span *ret_source)
{
    static const struct record_table *const table = &record_of_envelope;
    struct event event;
    struct flaw flaw;
    struct decoding decoding;
    decoding_begin(&decoding, bytes, 0, &flaw);
    uint32_t has = 0, next = 0, count = 0;
    int result = map_begin(&decoding, &count);
    for (uint32_t i = 0; result == 0 && i < count && has != (BIT(id) | BIT(source)); i++) {
        uint32_t found;
        struct span key, passed;
        result = attribute_find(&decoding, &next, &found, &key);
        if (result)
            break;
        if (found <= ATTRIBUTE_source && !nil_passed(&decoding.reader)) {
            result = field_read(&decoding, &table->fields[found], &event);
            has |= (uint32_t)1 << found;
        } else if (found > ATTRIBUTE_source) {
            result = wire_skip(&decoding.reader, EVENT_DEPTH_MAX - 1, &passed);
        }
    }
    if (result)
        return result;
    if (has != (BIT(id) | BIT(source)))
        return -E_MISSING_FIELD;
    *ret_id = event.id;
    *ret_source = event.source;
    return 0;
}

/* ---- writing ---- */

static void attribute_write(struct wire_writer *writer, const char *name, struct span value)
{
    if (value.len == 0)
        return;
    wire_key(writer, name);
    wire_text(writer, value);
}

void event_encode(const struct event_draft *draft, struct wire_writer *writer)
{
    const struct event_table *table = event_table(draft->type);
    ensure(table->record != NULL);
    ensure(draft->id.len > 0);
    ensure(draft->source.len > 0);
    bool has_time = draft->time_ms != 0;
    bool has_if_seq = draft->if_seq != 0;
    bool has_data = draft->data != NULL;
    wire_map(writer, 3u + has_time + has_if_seq + (draft->subject.len > 0) + (draft->correlationid.len > 0) +
                         (draft->causationid.len > 0) + has_data);
    attribute_write(writer, "id", draft->id);
    attribute_write(writer, "source", draft->source);
    attribute_write(writer, "type", span_of(table->type));
    if (has_time) {
        wire_key(writer, "time");
        wire_timestamp(writer, draft->time_ms);
    }
    attribute_write(writer, "subject", draft->subject);
    attribute_write(writer, "correlationid", draft->correlationid);
    attribute_write(writer, "causationid", draft->causationid);
    if (has_if_seq) {
        wire_key(writer, "ifseq");
        wire_integer(writer, draft->if_seq);
    }
    if (has_data) {
        wire_key(writer, "data");
        record_encode(table->record, draft->data, draft->style, writer);
    }
}

struct span event_name(const struct event *event, const char *name)
{
    const struct record_table *record = event_table(event->type)->record;
    const uint8_t *data = (const uint8_t *)&event->data;
    size_t len = strlen(name);
    for (uint32_t i = 0; record && i < record->field_count; i++) {
        const struct field *field = &record->fields[i];
        if (field->name_len != len || memcmp(field->name, name, len) != 0 || field->kind != FIELD_NAME)
            continue;
        struct span value;
        uint64_t has; /* every record begins with it */
        memcpy(&has, data, sizeof has);
        memcpy(&value, data + field->offset, sizeof value);
        return (has >> i) & 1 ? value : span_make(NULL, 0);
    }
    return span_make(NULL, 0);
}
