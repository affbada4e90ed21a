/*
 * schema_json.c - the JSON Schema document: an event at the root, cards and words under $defs.
 */
#include "cli/schema.h"
#include "cli/schema_parts.h"

/* Cards by their channel, for who subscribes: {"complaint": {"$ref": ...}, ...}. */
static json_t *cards(const char *path)
{
    json_t *cards = json_object();
    for (uint32_t i = EVENT_unknown + 1; i < EVENT_count; i++) {
        const struct event_table *event = event_table((enum event_type)i);
        if (event->class == CLASS_CONSEQUENCE)
            json_object_set_new(cards, event->record->name, schema_reference(path, event->record->name));
    }
    return cards;
}

int schema_write_json(FILE *out)
{
    static const char path[] = "#/$defs/";
    json_t *document = json_pack("{s:s, s:s, s:s}", "$schema", "https://json-schema.org/draft/2020-12/schema", "$id",
                                 "urn:manyi:schema:event", "title", "Manyi event (CloudEvents attributes) and cards");
    json_t *event = schema_of_event(path);
    json_t *definitions = schema_definitions(path, false);
    if (!document || !event || !definitions || json_object_update(document, event) ||
        json_object_set(document, "$defs", definitions) || json_object_set_new(document, "x-cards", cards(path))) {
        json_decref(document);
        document = NULL;
    }
    json_decref(event);
    json_decref(definitions);
    return schema_dump(document, out);
}
