/* Golden bytes: what another encoder packed means what it meant, and what is wrong is refused for its reason. */
#include "core/status.h"
#include "schemas/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#ifndef MANYI_SOURCE_DIR
#define MANYI_SOURCE_DIR "."
#endif

/* ---- a decoded struct as JSON: times in ms, scores in thousandths, words as words ---- */

static json_t *text_json(struct span text)
{
    return json_stringn((const char *)text.at, text.len);
}

static json_t *record_json(const struct record_table *record, uint32_t first, const uint8_t *from);

static json_t *names_json(const struct name_list *names)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < names->count; i++)
        json_array_append_new(list, text_json(names->item[i]));
    return list;
}

static json_t *scores_json(const struct dimension_scores *scores)
{
    json_t *map = json_object();
    for (uint32_t i = 0; i < scores->count; i++) {
        char name[NAME_MAX_BYTES + 1];
        snprintf(name, sizeof name, "%.*s", SPAN_ARGS(scores->item[i].dimension));
        json_object_set_new(map, name, json_integer(scores->item[i].thousandths));
    }
    return map;
}

static json_t *items_json(const struct field *field, const uint8_t *from)
{
    uint32_t count = *(const uint32_t *)(from + field->count_offset);
    json_t *all = field->kind == FIELD_LIST ? json_array() : json_object();
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *item = from + field->offset + i * field->inner->size;
        char name[NAME_MAX_BYTES + 1];
        if (field->kind == FIELD_LIST) {
            json_array_append_new(all, record_json(field->inner, 0, item));
        } else {
            const struct span *key = (const struct span *)(item + field->inner->fields[0].offset);
            snprintf(name, sizeof name, "%.*s", SPAN_ARGS(*key));
            json_object_set_new(all, name, record_json(field->inner, 1, item));
        }
    }
    return all;
}

static json_t *field_json(const struct field *field, const uint8_t *from)
{
    const void *place = from + field->offset;
    switch ((enum field_kind)field->kind) {
    case FIELD_NAME:
    case FIELD_LABEL:
    case FIELD_TEXT:
    case FIELD_URI:
    case FIELD_DOCUMENT:
        return text_json(*(const struct span *)place);
    case FIELD_BOOL:
        return json_boolean(*(const bool *)place);
    case FIELD_TIME:
    case FIELD_INTEGER:
        return json_integer(*(const int64_t *)place);
    case FIELD_SCORE:
        return json_integer(*(const int32_t *)place);
    case FIELD_FIGURE:
        return json_real(*(const double *)place);
    case FIELD_NAMES:
        return names_json(place);
    case FIELD_SCORES:
        return scores_json(place);
    case FIELD_REFERENCE: {
        const struct reference *reference = place;
        return reference->id.len ? text_json(reference->id) : json_integer((json_int_t)reference->seq);
    }
    case FIELD_CHOICE:
        return json_string(choice_name(field->choice, *(const int32_t *)place));
    case FIELD_NESTED:
        return record_json(field->inner, 0, place);
    case FIELD_LIST:
    case FIELD_KEYED:
        return items_json(field, from);
    case FIELD_ANY:
        break;
    }
    fail_msg("no event has a field of kind %d", field->kind);
    return NULL;
}

static json_t *record_json(const struct record_table *record, uint32_t first, const uint8_t *from)
{
    json_t *map = json_object();
    uint64_t has;
    memcpy(&has, from, sizeof has);
    for (uint32_t i = first; i < record->field_count; i++) {
        if (has >> i & 1u)
            json_object_set_new(map, record->fields[i].name, field_json(&record->fields[i], from));
    }
    return map;
}

static json_t *event_json(const struct event *event)
{
    json_t *map = json_object();
    const struct {
        const char *name;
        struct span value;
    } texts[] = {{"id", event->id},
                 {"source", event->source},
                 {"type", event->type_name},
                 {"subject", event->subject},
                 {"correlationid", event->correlationid},
                 {"causationid", event->causationid},
                 {"traceparent", event->traceparent}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i].value.len > 0)
            json_object_set_new(map, texts[i].name, text_json(texts[i].value));
    }
    if (event->has_time)
        json_object_set_new(map, "time", json_integer(event->time_ms));
    if (event->if_seq != 0)
        json_object_set_new(map, "ifseq", json_integer(event->if_seq));
    if (event->data_bytes.len > 0 && event->type != EVENT_unknown)
        json_object_set_new(map, "data",
                            record_json(event_table(event->type)->record, 0, (const uint8_t *)&event->data));
    return map;
}

/* 6 and 6.0 are the same figure. */
static bool same_json(const json_t *a, const json_t *b)
{
    if (json_is_number(a) && json_is_number(b))
        return json_is_integer(a) && json_is_integer(b) ? json_equal(a, b)
                                                        : json_number_value(a) == json_number_value(b);
    if (json_typeof(a) != json_typeof(b))
        return false;
    if (json_is_array(a)) {
        bool same = json_array_size(a) == json_array_size(b);
        for (size_t i = 0; same && i < json_array_size(a); i++)
            same = same_json(json_array_get(a, i), json_array_get(b, i));
        return same;
    }
    if (!json_is_object(a))
        return json_equal(a, b);
    const char *key;
    json_t *value;
    bool same = json_object_size(a) == json_object_size(b);
    json_object_foreach((json_t *)a, key, value) same =
        same && json_object_get(b, key) && same_json(value, json_object_get(b, key));
    return same;
}

/* ---- the files ---- */

struct bytes {
    uint8_t *at;
    size_t len;
};

static struct bytes unhex(const char *hex)
{
    size_t len = strlen(hex) / 2;
    struct bytes bytes = {malloc(len ? len : 1), len};
    assert_non_null(bytes.at);
    for (size_t i = 0; i < len; i++) {
        unsigned byte;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        bytes.at[i] = (uint8_t)byte;
    }
    return bytes;
}

/* Calls `check` with each line of the file and the bytes of it, in memory of exactly their length. */
static uint32_t each_line(const char *name, void (*check)(const json_t *row, struct span bytes))
{
    char path[512];
    snprintf(path, sizeof path, "%s/schemas/golden/%s", MANYI_SOURCE_DIR, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    uint32_t lines = 0;
    json_t *row;
    json_error_t error;
    while ((row = json_loadf(file, JSON_DISABLE_EOF_CHECK, &error))) {
        struct bytes bytes = unhex(json_string_value(json_object_get(row, "bytes")));
        check(row, span_make(bytes.at, bytes.len));
        free(bytes.at);
        json_decref(row);
        lines++;
    }
    assert_true(feof(file));
    fclose(file);
    return lines;
}

static bool type_was_seen[EVENT_count];
static struct event event;

static bool lies_in(struct span inner, struct span outer)
{
    return inner.len == 0 || (inner.at >= outer.at && inner.at + inner.len <= outer.at + outer.len);
}

static void expect_meaning(const json_t *row, struct span bytes)
{
    struct flaw flaw = {0};
    int result = event_decode(bytes, &event, &flaw);
    const char *name = json_string_value(json_object_get(row, "name"));
    if (result)
        fail_msg("%s: %s: %s", name, flaw.field, flaw.message);
    json_t *meaning = event_json(&event);
    if (!same_json(meaning, json_object_get(row, "expected")))
        fail_msg("%s: %s", name, json_dumps(meaning, JSON_SORT_KEYS));
    json_decref(meaning);
    assert_true(lies_in(event.data_bytes, bytes));
    struct span id, source;
    assert_int_equal(event_identity(bytes, &id, &source), 0);
    assert_true(span_equal(id, event.id));
    assert_true(span_equal(source, event.source));
    type_was_seen[event.type] = true;
}

static void golden_events_mean_what_they_meant(void **state)
{
    (void)state;
    assert_true(each_line("valid.jsonl", expect_meaning) > 100);
    for (uint32_t i = 0; i < EVENT_count; i++) {
        if (!type_was_seen[i])
            fail_msg("no golden event of type %s", event_table((enum event_type)i)->type);
    }
}

static void expect_refusal(const json_t *row, struct span bytes)
{
    struct flaw flaw = {0};
    const char *name = json_string_value(json_object_get(row, "name"));
    int result = event_decode(bytes, &event, &flaw);
    if (strcmp(status_text(result)->name, json_string_value(json_object_get(row, "status"))) != 0)
        fail_msg("%s: %s %s: %s", name, status_text(result)->name, flaw.field, flaw.message);
    if (strcmp(flaw.field, json_string_value(json_object_get(row, "field"))) != 0)
        fail_msg("%s: %s: %s", name, flaw.field, flaw.message);
    assert_int_equal(flaw.status, result);
    assert_true(strlen(flaw.message) > 10);
    assert_int_equal(flaw.message[strlen(flaw.message) - 1], '.');
    if (!span_is(event.id, json_string_value(json_object_get(row, "id"))))
        fail_msg("%s: id is %.*s", name, SPAN_ARGS(event.id));
}

static void hostile_events_are_refused_for_their_reason(void **state)
{
    (void)state;
    assert_true(each_line("hostile.jsonl", expect_refusal) > 100);
}

static void expect_all_cuts_refused(const json_t *row, struct span bytes)
{
    (void)row;
    size_t step = bytes.len > 4096 ? bytes.len / 64 : 1;
    for (size_t len = 0; len < bytes.len; len += step) {
        struct flaw flaw = {0};
        uint8_t *copy = malloc(len ? len : 1);
        assert_non_null(copy);
        memcpy(copy, bytes.at, len);
        assert_int_equal(event_decode(span_make(copy, len), &event, &flaw), -E_TRUNCATED);
        free(copy);
    }
}

static void an_event_cut_at_any_byte_is_truncated(void **state)
{
    (void)state;
    each_line("valid.jsonl", expect_all_cuts_refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_events_mean_what_they_meant),
        cmocka_unit_test(hostile_events_are_refused_for_their_reason),
        cmocka_unit_test(an_event_cut_at_any_byte_is_truncated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
