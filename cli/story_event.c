/* story_event.c - a map that a person wrote becomes an event, by the table of its type. */
#include "cli/story.h"

#include "cli/fields.h"
#include "core/status.h"

#include <stdlib.h>

/* ---- values ---- */

static int record_write(struct story *story, yaml_node_t *map, const struct record_table *record, const char *what,
                        struct wire_writer *writer);

/* "quality=8,pickup=9" from a map, "wang.li,zhao.min" from a list. */
static int values_join(struct story *story, yaml_node_t *node, char ret_text[STORY_TEXT_MAX])
{
    char text[STORY_TEXT_MAX];
    size_t used = 0;
    bool map = node->type == YAML_MAPPING_NODE;
    uint32_t count = map ? yaml_pairs(node) : yaml_items(node);
    ret_text[0] = '\0';
    for (uint32_t i = 0; i < count; i++) {
        const yaml_node_pair_t *pair = map ? &node->data.mapping.pairs.start[i] : NULL;
        yaml_node_t *value = yaml_node(story->file, map ? pair->value : node->data.sequence.items.start[i]);
        int result = story_text(story, value, text);
        if (result < 0)
            return result;
        int len = snprintf(ret_text + used, STORY_TEXT_MAX - used, "%s%s%s%s", i ? "," : "",
                           map ? yaml_text(yaml_node(story->file, pair->key)) : "", map ? "=" : "", text);
        used += (size_t)len;
        if (used >= STORY_TEXT_MAX)
            return yaml_refuse(story->file, node, "longer than %u bytes", STORY_TEXT_MAX);
    }
    return 0;
}

static int list_write(struct story *story, yaml_node_t *node, const struct field *field, struct wire_writer *writer)
{
    if (node->type != YAML_SEQUENCE_NODE)
        return yaml_refuse(story->file, node, "`%s` is a list of maps", field->name);
    int result = 0;
    wire_array(writer, yaml_items(node));
    for (uint32_t i = 0; i < yaml_items(node) && result == 0; i++)
        result = record_write(story, yaml_node(story->file, node->data.sequence.items.start[i]), field->inner,
                              field->name, writer);
    return result;
}

static int value_write(struct story *story, yaml_node_t *node, const struct field *field, struct wire_writer *writer)
{
    char text[STORY_TEXT_MAX], why[FIELD_MESSAGE_MAX];
    int64_t ms;
    if (yaml_is_null(node)) {
        wire_nil(writer);
        return 0;
    }
    if (field->kind == FIELD_NESTED)
        return record_write(story, node, field->inner, field->name, writer);
    if (field->kind == FIELD_LIST)
        return list_write(story, node, field, writer);
    if (field->kind == FIELD_TIME) {
        int64_t day_ms = story->day_ms; /* of the story's next events: a date within this one says nothing */
        int timed = story_time(story, node, &ms);
        story->day_ms = day_ms;
        if (timed == 0)
            wire_timestamp(writer, ms);
        return timed;
    }
    bool many = field->kind == FIELD_NAMES || field->kind == FIELD_SCORES;
    int result =
        many && node->type != YAML_SCALAR_NODE ? values_join(story, node, text) : story_text(story, node, text);
    if (result < 0)
        return result;
    result = field_encode(field, text, 0, writer, why);
    return result < 0 ? yaml_refuse(story->file, node, "`%s` %s", field->name, why) : 0;
}

static int field_of(struct story *story, const yaml_node_t *key, const struct record_table *record, const char *what,
                    const struct field **ret_field)
{
    const char *names[64];
    uint32_t count = 0;
    *ret_field = field_find(record, span_of(yaml_text(key)));
    if (*ret_field)
        return 0;
    for (; count < record->field_count && count < 64; count++)
        names[count] = record->fields[count].name;
    const char *meant = nearest_word(yaml_text(key), names, count);
    if (meant)
        return yaml_refuse(story->file, key, "%s has no `%.60s`; did you mean `%s`?", what, yaml_text(key), meant);
    return yaml_refuse(story->file, key, "%s has no `%.60s`; `manyi schema --markdown` lists its fields", what,
                       yaml_text(key));
}

static int record_write(struct story *story, yaml_node_t *map, const struct record_table *record, const char *what,
                        struct wire_writer *writer)
{
    if (map->type != YAML_MAPPING_NODE)
        return yaml_refuse(story->file, map, "%s is a map of fields", what);
    int result = 0;
    wire_map(writer, yaml_pairs(map));
    for (uint32_t i = 0; i < yaml_pairs(map) && result == 0; i++) {
        const yaml_node_pair_t *pair = &map->data.mapping.pairs.start[i];
        const struct field *field;
        result = field_of(story, yaml_node(story->file, pair->key), record, what, &field);
        if (result < 0)
            break;
        wire_key(writer, field->name);
        result = value_write(story, yaml_node(story->file, pair->value), field, writer);
    }
    return result;
}

/* ---- events ---- */

/* Its envelope: everything but the data. */
static int envelope_write(struct story *story, yaml_node_t *node, const char *type, int64_t at_ms,
                          struct wire_writer *writer)
{
    static const char *const keys[] = {"id", "source", "subject"};
    char text[STORY_TEXT_MAX], id[32];
    int64_t time_ms = at_ms;
    yaml_node_t *subject = yaml_value(story->file, node, "subject"), *time = yaml_value(story->file, node, "time");
    int64_t day_ms = story->day_ms;
    int result = time ? story_time(story, time, &time_ms) : 0;
    story->day_ms = day_ms;
    snprintf(id, sizeof id, "story-%u", story->event_count + 1);
    wire_map(writer, 5u + (subject != NULL));
    wire_key(writer, "type");
    wire_text(writer, span_of(type));
    wire_key(writer, "time");
    wire_timestamp(writer, time_ms);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0] && result == 0; i++) {
        yaml_node_t *value = yaml_value(story->file, node, keys[i]);
        if (value)
            result = story_text(story, value, text);
        else
            snprintf(text, sizeof text, "%s", i == 0 ? id : "/story");
        if (value || i < 2) {
            wire_key(writer, keys[i]);
            wire_text(writer, span_of(text));
        }
    }
    wire_key(writer, "data");
    return result;
}

/* policy.adopted, roster.changed: the whole document, every default written out. */
static int adoption_write(struct story *story, yaml_node_t *content, enum event_type type, yaml_node_t *data,
                          struct wire_writer *writer)
{
    char by[STORY_TEXT_MAX] = "manager";
    yaml_node_t *who = yaml_value(story->file, data, "by");
    struct story_content read = {.bytes = NULL};
    int result = who ? story_text(story, who, by) : 0;
    if (result == 0)
        result = story_content_read(story, content, type, &read);
    if (result == 0)
        story_content_write(&read, by, writer);
    free(read.bytes);
    return result;
}

int story_event_encode(struct story *story, yaml_node_t *node, int64_t at_ms, uint8_t *buffer, size_t size,
                       struct span *ret_event)
{
    static const char *const known[] = {"at",   "type",   "as",   "id",     "source", "time",
                                        "data", "policy", "note", "roster", "subject"};
    int result = yaml_keys_known(story->file, node, known, sizeof known / sizeof known[0], "an event");
    if (result < 0)
        return result;
    const char *type = yaml_text(yaml_value(story->file, node, "type"));
    enum event_type event_type = type ? event_type_of(span_of(type)) : EVENT_unknown;
    const char *content_key = event_type == EVENT_roster_changed ? "roster" : "policy";
    yaml_node_t *data = yaml_value(story->file, node, "data"), *content = yaml_value(story->file, node, content_key);
    bool adopts = event_type == EVENT_policy_adopted || event_type == EVENT_roster_changed;
    if (event_type == EVENT_unknown || event_table(event_type)->class == CLASS_CONSEQUENCE)
        return yaml_refuse(story->file, node, "`type: %.60s` is no event that comes from outside", type ? type : "");
    if (adopts ? !content : !data)
        return yaml_refuse(story->file, node, "%s needs its `%s`", type, adopts ? content_key : "data");
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, size);
    result = envelope_write(story, node, type, at_ms, &writer);
    if (result == 0 && adopts)
        result = adoption_write(story, content, event_type, data, &writer);
    else if (result == 0)
        result = record_write(story, data, event_table(event_type)->record, type, &writer);
    if (result < 0)
        return result;
    struct event *event = malloc(sizeof *event);
    struct flaw flaw;
    if (!event || writer.full) {
        free(event);
        return event ? yaml_refuse(story->file, node, "larger than an event may be") : -E_NO_MEMORY;
    }
    result = event_decode(wire_written(&writer), event, &flaw);
    free(event);
    if (result < 0)
        return yaml_refuse(story->file, node, "%s: %s%s%s", type, flaw.field, flaw.field[0] ? ": " : "", flaw.message);
    *ret_event = wire_written(&writer);
    return 0;
}
