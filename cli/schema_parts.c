/*
 * schema_parts.c - JSON Schema (2020-12) of words, records and events, from the tables.
 */
#include "cli/schema_parts.h"

#include "core/ensure.h"
#include "core/status.h"

#define NO_CONTROL "^[^\\u0000-\\u001f\\u007f]*$"
#define NO_CONTROL_OR_SPACE "^[^\\u0000-\\u0020\\u007f]*$"
#define TIME_PATTERN \
    "^(19[7-9][0-9]|[2-9][0-9]{3})-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$"

json_t *schema_reference(const char *path, const char *name)
{
    return json_pack("{s:o}", "$ref", json_sprintf("%s%s", path, name));
}

static json_t *reference_to_words(const char *path, const struct choice_table *choice)
{
    return json_pack("{s:o}", "$ref", json_sprintf("%sword_%s", path, choice->name));
}

/* ---- one field ---- */

/* Lengths of names are bytes on the wire; JSON Schema counts characters, so that its bound is the looser one. */
static json_t *name_schema(int64_t most, const char *pattern)
{
    return json_pack("{s:s, s:i, s:I, s:s, s:I}", "type", "string", "minLength", 1, "maxLength", (json_int_t)most,
                     "pattern", pattern, "x-max-bytes", (json_int_t)most);
}

static json_t *score_schema(const struct field *field)
{
    bool whole = field->step == 1000;
    return json_pack("{s:s, s:I, s:I}", "type", whole ? "integer" : "number", "minimum",
                     (json_int_t)(field->least / 1000), "maximum", (json_int_t)(field->most / 1000));
}

static json_t *scores_schema(const struct field *field)
{
    return json_pack("{s:s, s:i, s:o, s:{s:[s,s], s:I, s:I}}", "type", "object", "maxProperties",
                     (int)field->most_items, "propertyNames", name_schema(NAME_MAX_BYTES, NO_CONTROL),
                     "additionalProperties", "type", "number", "null", "minimum", (json_int_t)(field->least / 1000),
                     "maximum", (json_int_t)(field->most / 1000));
}

static json_t *text_schema(const struct field *field)
{
    json_t *schema = json_pack("{s:s, s:I}", "type", "string", "maxLength", (json_int_t)field->most);
    if (field->flags & REQUIRED)
        json_object_set_new(schema, "minLength", json_integer(1));
    return schema;
}

static json_t *value_schema(const struct field *field, const char *path)
{
    switch ((enum field_kind)field->kind) {
    case FIELD_NAME:
    case FIELD_LABEL:
        return name_schema(field->most, NO_CONTROL);
    case FIELD_URI:
        return name_schema(field->most, NO_CONTROL_OR_SPACE);
    case FIELD_TEXT:
    case FIELD_DOCUMENT:
        return text_schema(field);
    case FIELD_BOOL:
        return json_pack("{s:s}", "type", "boolean");
    case FIELD_TIME:
        return json_pack("{s:s, s:s, s:s}", "type", "string", "format", "date-time", "pattern", TIME_PATTERN);
    case FIELD_SCORE:
        return score_schema(field);
    case FIELD_FIGURE:
        return json_pack("{s:s}", "type", "number");
    case FIELD_NAMES:
        return json_pack("{s:s, s:i, s:o}", "type", "array", "maxItems", (int)field->most_items, "items",
                         name_schema(field->most, NO_CONTROL));
    case FIELD_SCORES:
        return scores_schema(field);
    case FIELD_REFERENCE:
        return json_pack("{s:[o, {s:s, s:i}]}", "anyOf", name_schema(field->most, NO_CONTROL), "type", "integer",
                         "minimum", 1);
    case FIELD_INTEGER:
        return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum", (json_int_t)field->least, "maximum",
                         (json_int_t)field->most);
    case FIELD_CHOICE:
        return reference_to_words(path, field->choice);
    case FIELD_NESTED:
        return schema_reference(path, field->inner->name);
    case FIELD_LIST:
        return json_pack("{s:s, s:i, s:o}", "type", "array", "maxItems", (int)field->most_items, "items",
                         schema_reference(path, field->inner->name));
    case FIELD_KEYED:
        return json_pack("{s:s, s:i, s:o, s:o}", "type", "object", "maxProperties", (int)field->most_items,
                         "propertyNames", name_schema(NAME_MAX_BYTES, NO_CONTROL), "additionalProperties",
                         schema_reference(path, field->inner->name));
    case FIELD_ANY:
        return json_object();
    }
    unreachable();
}

/* The same or null. */
static json_t *nullable(json_t *schema)
{
    json_t *type = json_object_get(schema, "type");
    if (!type)
        return json_pack("{s:[o, {s:s}]}", "anyOf", schema, "type", "null");
    json_object_set_new(schema, "type", json_pack("[O, s]", type, "null"));
    return schema;
}

static json_t *field_schema(const struct field *field, const char *path)
{
    json_t *schema = value_schema(field, path);
    if (!(field->flags & REQUIRED) && field->kind != FIELD_ANY)
        schema = nullable(schema);
    json_object_set_new(schema, "description", json_string(field->doc));
    if (field->flags & PERSONAL)
        json_object_set_new(schema, "x-personal", json_true());
    return schema;
}

/* ---- records ---- */

static bool record_contains(const struct record_table *outer, const struct record_table *inner)
{
    if (outer == inner)
        return true;
    for (uint32_t i = 0; i < outer->field_count; i++) {
        if (outer->fields[i].inner && record_contains(outer->fields[i].inner, inner))
            return true;
    }
    return false;
}

enum record_use record_use(const struct record_table *record)
{
    enum record_use use = RECORD_IN_MESSAGE;
    for (uint32_t i = EVENT_unknown + 1; i < EVENT_count; i++) {
        const struct event_table *event = event_table((enum event_type)i);
        if (!record_contains(event->record, record))
            continue;
        if (event->class == CLASS_CONSEQUENCE)
            return RECORD_IN_CARD;
        use = RECORD_IN_EVENT;
    }
    return use;
}

/* Is it the value side of a KEYED map, whose first field is the key? */
static bool is_keyed_inner(const struct record_table *record)
{
    const struct record_table *const *records;
    uint32_t count = record_tables(&records);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < records[i]->field_count; k++) {
            if (records[i]->fields[k].kind == FIELD_KEYED && records[i]->fields[k].inner == record)
                return true;
        }
    }
    return false;
}

/* feedback.rated has one answer at least; a map of scores that are all null has none. */
static json_t *one_figure_at_least(void)
{
    return json_pack("[{s:[s], s:{s:{s:s, s:{s:{s:s}}}}}, {s:[s], s:{s:{s:s}}}, {s:[s], s:{s:{s:s}}},"
                     " {s:[s], s:{s:{s:s}}}, {s:[s], s:{s:{s:s}}}]",
                     "required", "scores", "properties", "scores", "type", "object", "not", "additionalProperties",
                     "type", "null", "required", "raw", "properties", "raw", "type", "object", "required", "overall",
                     "properties", "overall", "type", "number", "required", "nps", "properties", "nps", "type",
                     "number", "required", "ces", "properties", "ces", "type", "number");
}

static json_t *record_schema(const struct record_table *record, const char *path)
{
    json_t *properties = json_object(), *required = json_array();
    enum record_use use = record_use(record);
    for (uint32_t i = is_keyed_inner(record); i < record->field_count; i++) {
        const struct field *field = &record->fields[i];
        if (field->flags & INTERNAL)
            continue;
        json_object_set_new(properties, field->name, field_schema(field, path));
        if (field->flags & REQUIRED || use == RECORD_IN_CARD)
            json_array_append_new(required, json_string(field->name));
    }
    json_t *schema =
        json_pack("{s:s, s:s, s:o}", "type", "object", "description", record->doc, "properties", properties);
    if (json_array_size(required) > 0)
        json_object_set(schema, "required", required);
    json_decref(required);
    if (record == &record_of_rated)
        json_object_set_new(schema, "anyOf", one_figure_at_least());
    return schema;
}

static json_t *words_schema(const struct choice_table *choice)
{
    json_t *words = json_array(), *chinese = json_object();
    for (uint32_t i = 0; i < choice->count; i++) {
        json_array_append_new(words, json_string(choice->items[i].name));
        json_object_set_new(chinese, choice->items[i].name, json_string(choice->items[i].zh));
    }
    return json_pack("{s:s, s:o, s:o}", "type", "string", "enum", words, "x-zh", chinese);
}

json_t *schema_definitions(const char *path, bool messages)
{
    json_t *definitions = json_object();
    const struct choice_table *const *choices;
    const struct record_table *const *records;
    uint32_t choice_count = choice_tables(&choices), record_count = record_tables(&records);
    for (uint32_t i = 0; i < choice_count; i++) {
        json_t *name = json_sprintf("word_%s", choices[i]->name);
        json_object_set_new(definitions, json_string_value(name), words_schema(choices[i]));
        json_decref(name);
    }
    for (uint32_t i = 0; i < record_count; i++) {
        if (messages || record_use(records[i]) != RECORD_IN_MESSAGE)
            json_object_set_new(definitions, records[i]->name, record_schema(records[i], path));
    }
    return definitions;
}

/* ---- events ---- */

/* When it is of this type, then its data is that record. */
static json_t *type_rule(const struct event_table *event, const char *path)
{
    json_t *data = schema_reference(path, event->record->name);
    if (!event->record->required)
        data = nullable(data);
    json_t *then = json_pack("{s:{s:o}}", "properties", "data", data);
    if (event->record->required)
        json_object_set_new(then, "required", json_pack("[s]", "data"));
    return json_pack("{s:s, s:{s:{s:{s:s}}, s:[s]}, s:o}", "description", event->doc, "if", "properties", "type",
                     "const", event->type, "required", "type", "then", then);
}

json_t *schema_of_event(const char *path)
{
    json_t *properties = json_object(), *required = json_array(), *rules = json_array();
    const struct record_table *envelope = &record_of_envelope;
    for (uint32_t i = 0; i < envelope->field_count; i++) {
        const struct field *field = &envelope->fields[i];
        json_t *schema = field->kind == FIELD_NESTED
                             ? json_pack("{s:[s,s], s:s}", "type", "object", "null", "description", field->doc)
                             : field_schema(field, path);
        json_object_set_new(properties, field->name, schema);
        if (field->flags & REQUIRED)
            json_array_append_new(required, json_string(field->name));
    }
    for (uint32_t i = EVENT_unknown + 1; i < EVENT_count; i++)
        json_array_append_new(rules, type_rule(event_table((enum event_type)i), path));
    return json_pack("{s:s, s:s, s:o, s:o, s:o}", "type", "object", "description", envelope->doc, "properties",
                     properties, "required", required, "allOf", rules);
}

int schema_dump(json_t *document, FILE *out)
{
    if (!document)
        return -E_NO_MEMORY;
    int failed = json_dumpf(document, out, JSON_INDENT(2));
    json_decref(document);
    return failed || fputc('\n', out) == EOF || fflush(out) != 0 ? -E_IO : 0;
}
