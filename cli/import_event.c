/*
 * import_event.c - a file's records as events: what their envelope lacks is added.
 */
#include "cli/import.h"

#include "core/status.h"
#include "io/json.h"

#include <sodium.h>
#include <stdlib.h>

#define HASH_BYTES 8u

int import_open(FILE *file, const char *path, const struct import_options *options, struct import **ret_import)
{
    struct import *import = calloc(1, sizeof *import);
    if (!import)
        return -E_NO_MEMORY;
    import->options = *options;
    const char *slash = strrchr(path, '/');
    const char *name = strcmp(path, "-") == 0 ? "stdin" : slash ? slash + 1 : path;
    size_t len = strlen(name) < sizeof import->name ? strlen(name) : sizeof import->name - 1;
    uint32_t characters;
    while (len > 0 && utf8_count(span_make(name, len), &characters) < 0)
        len--; /* cut between characters; a name that is no UTF-8 loses its end */
    memcpy(import->name, name, len);
    import->parsed = malloc(IMPORT_EVENT_MAX);
    import->event = malloc(IMPORT_EVENT_MAX);
    int result = import->parsed && import->event ? import_text_open(file, &import->text) : -E_NO_MEMORY;
    if (result < 0) {
        import_close(import);
        return result;
    }
    *ret_import = import;
    return 0;
}

void import_close(struct import *import)
{
    if (!import)
        return;
    import_text_close(&import->text);
    free(import->table);
    free(import->parsed);
    free(import->event);
    free(import);
}

/* "ratings.csv-17-5f0c..." */
static void id_make(const struct import *import, struct span record, uint64_t line, char ret_id[NAME_MAX_BYTES + 1])
{
    uint8_t hash[crypto_generichash_BYTES_MIN];
    char text[2 * HASH_BYTES + 1];
    crypto_generichash(hash, sizeof hash, record.at, record.len, NULL, 0);
    sodium_bin2hex(text, sizeof text, hash, HASH_BYTES);
    snprintf(ret_id, NAME_MAX_BYTES + 1, "%s-%llu-%s", import->name, (unsigned long long)line % 1000000000000u, text);
}

static bool has_key(struct span map, const char *key)
{
    struct wire_value value;
    struct span bytes;
    return wire_find(map, key, &value, &bytes) == 0 && value.kind != WIRE_NIL;
}

/* The data's map, marked as historical when that was asked for and its type knows the mark. */
static void data_copy(struct span data, bool mark, struct wire_writer *writer)
{
    struct wire_reader reader = wire_reader(data);
    struct wire_value map;
    if (!mark || wire_read(&reader, &map) < 0 || map.kind != WIRE_MAP || has_key(data, "historical")) {
        wire_raw(writer, data);
        return;
    }
    wire_map(writer, map.count + 1);
    wire_key(writer, "historical");
    wire_bool(writer, true);
    for (struct span item; wire_skip(&reader, JSON_DEPTH_MAX, &item) == 0;)
        wire_raw(writer, item);
}

/* Does this type know the field `historical`? */
static bool is_markable(struct span map, const char *default_type)
{
    struct wire_value value;
    struct span bytes, type = span_of(default_type);
    if (wire_find(map, "type", &value, &bytes) == 0 && value.kind == WIRE_STR)
        type = value.bytes;
    const struct record_table *record = event_table(event_type_of(type))->record;
    for (uint32_t i = 0; record && i < record->field_count; i++) {
        if (strcmp(record->fields[i].name, "historical") == 0)
            return true;
    }
    return false;
}

/* Copies the map and adds what it lacks. */
static int event_complete(struct import *import, struct span map, const char *id, struct span *ret_event)
{
    struct wire_reader reader = wire_reader(map);
    struct wire_value header, key;
    if (wire_read(&reader, &header) < 0 || header.kind != WIRE_MAP)
        return -E_MALFORMED;
    bool add_id = !has_key(map, "id"), add_source = !has_key(map, "source") && import->options.source;
    bool add_type = !has_key(map, "type") && import->options.type;
    bool mark = import->options.historical && is_markable(map, import->options.type);
    const struct {
        bool wanted;
        const char *key, *text;
    } added[] = {
        {add_id, "id", id}, {add_source, "source", import->options.source}, {add_type, "type", import->options.type}};
    struct wire_writer writer;
    wire_writer_init(&writer, import->event, IMPORT_EVENT_MAX);
    uint32_t kept = 0;
    struct span name, value;
    for (int pass = 0; pass < 2; pass++) { /* count, then write */
        reader = wire_reader(map);
        wire_read(&reader, &header);
        if (pass == 1)
            wire_map(&writer, kept + add_id + add_source + add_type);
        for (size_t i = 0; pass == 1 && i < sizeof added / sizeof added[0];
             i++) { /* first: a refusal names its source */
            if (added[i].wanted) {
                wire_key(&writer, added[i].key);
                wire_text(&writer, span_of(added[i].text));
            }
        }
        for (uint32_t i = 0; i < header.count; i++) {
            wire_skip(&reader, JSON_DEPTH_MAX, &name);
            wire_skip(&reader, JSON_DEPTH_MAX, &value);
            struct wire_reader inner = wire_reader(name);
            wire_read(&inner, &key);
            bool replaced = (add_id && span_is(key.bytes, "id")) || (add_source && span_is(key.bytes, "source")) ||
                            (add_type && span_is(key.bytes, "type")); /* it is null */
            kept += pass == 0 && !replaced;
            if (pass == 0 || replaced)
                continue;
            wire_raw(&writer, name);
            if (span_is(key.bytes, "data"))
                data_copy(value, mark, &writer);
            else
                wire_raw(&writer, value);
        }
    }
    if (writer.full)
        return -E_TOO_LARGE;
    *ret_event = wire_written(&writer);
    return 0;
}

static bool is_blank(struct span record)
{
    for (size_t i = 0; i < record.len; i++) {
        if (record.at[i] != ' ' && record.at[i] != '\t' && record.at[i] != ',')
            return false;
    }
    return true;
}

/* The first record tells what the file holds. */
static int import_begin(struct import *import, struct span record, char *message)
{
    size_t at = 0;
    while (at < record.len && (record.at[at] == ' ' || record.at[at] == '\t'))
        at++;
    if (record.at[at] == '{')
        return 0;
    if (record.at[at] == '[') {
        snprintf(message, IMPORT_MESSAGE_MAX, "a JSON array; write one object a line (jq -c '.[]' does it)");
        return -E_BAD_INPUT_FILE;
    }
    import->table = calloc(1, sizeof *import->table);
    if (!import->table)
        return -E_NO_MEMORY;
    int result = import_csv_header(import->table, record, message);
    return result < 0 ? result : -E_AGAIN;
}

static int record_parse(struct import *import, struct span record, struct span *ret_map, char *message)
{
    struct wire_writer writer;
    wire_writer_init(&writer, import->parsed, IMPORT_EVENT_MAX);
    int result;
    if (import->table)
        result = import_csv_row(import->table, record, import->options.type, &writer, message);
    else
        result = json_to_wire(record, &writer, message);
    if (result == 0 && writer.full)
        result = -E_TOO_LARGE;
    if (result == 0)
        *ret_map = wire_written(&writer);
    return result;
}

int import_next(struct import *import, struct span *ret_event, uint64_t *ret_line, char message[IMPORT_MESSAGE_MAX])
{
    struct span record, map;
    int result;
    message[0] = '\0';
    if (import->ended)
        return -E_NOT_FOUND;
    for (;;) {
        result = import_text_next(&import->text, import->table != NULL, &record, ret_line);
        if (result == -E_BAD_UTF8)
            snprintf(message, IMPORT_MESSAGE_MAX, "neither UTF-8 nor GB18030");
        if (result < 0)
            return result;
        if (is_blank(record))
            continue;
        if (!import->begun) {
            result = import_begin(import, record, message);
            import->begun = true;
            if (result == -E_AGAIN)
                continue;
            import->ended = result < 0;
            if (result < 0)
                return result;
        }
        break;
    }
    char id[NAME_MAX_BYTES + 1];
    id_make(import, record, *ret_line, id);
    result = record_parse(import, record, &map, message);
    if (result == 0)
        result = event_complete(import, map, id, ret_event);
    if (result < 0 && message[0] == '\0')
        snprintf(message, IMPORT_MESSAGE_MAX, result == -E_TOO_LARGE ? "larger than an event may be" : "not one map");
    return result;
}
