/*
 * schema_parts.h - what the JSON documents of the contract have in common; for cli/schema*.c alone.
 *
 * Values are jansson's: whoever gets one owns one reference.
 */
#ifndef MANYI_CLI_SCHEMA_PARTS_H
#define MANYI_CLI_SCHEMA_PARTS_H

#include "schemas/codec.h"

#include <jansson.h>
#include <stdio.h>

enum record_use {
    RECORD_IN_EVENT,   /* what others send: optional fields may be null or left out */
    RECORD_IN_CARD,    /* what Manyi concludes: every field is there, null when it has no value */
    RECORD_IN_MESSAGE, /* requests and replies */
};

enum record_use record_use(const struct record_table *record);

/* One schema of each word list ("word_grade") and of each record used by events and cards, and by requests and
 * replies, too, when `messages`. `path` is where they lie, such as "#/$defs/". */
json_t *schema_definitions(const char *path, bool messages);

/* {"$ref": path name} */
json_t *schema_reference(const char *path, const char *name);

/* An event: its attributes, and its data by its type. */
json_t *schema_of_event(const char *path);

/* Writes the document, drops it, and says how it went: 0, -E_IO, -E_NO_MEMORY (document is NULL). */
int schema_dump(json_t *document, FILE *out);

#endif
