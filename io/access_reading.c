/* access_reading.c - maps, lists and values of a YAML document, and where each of them stands. */
#include "io/access_reading.h"

#include "core/status.h"
#include "io/yaml_look.h"

#include <stdarg.h>
#include <stdio.h>

int reading_flaw(struct reading *reading, const char *format, ...)
{
    int len = snprintf(reading->message, KEYRING_MESSAGE_MAX, "line %u: %s%s", reading->line, reading->path,
                       reading->path[0] ? " " : "");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reading->message + len, KEYRING_MESSAGE_MAX - (size_t)len, format, arguments);
    va_end(arguments);
    yaml_cut_whole(reading->message);
    return -E_BAD_ACCESS;
}

/* Reads a node with its own step of the path. */
static int node_read(struct reading *reading, const yaml_node_t *node, size_t path_len,
                     int (*read)(struct reading *reading, const yaml_node_t *node))
{
    uint32_t line = reading->line;
    reading->line = (uint32_t)node->start_mark.line + 1;
    int result = read(reading, node);
    reading->line = line;
    reading->path[path_len] = '\0';
    return result;
}

static int pair_read(struct reading *reading, const yaml_node_pair_t *pair, const struct reading_field *fields,
                     uint32_t count, uint32_t *seen)
{
    const yaml_node_t *key = yaml_document_get_node(&reading->document, pair->key);
    const yaml_node_t *value = yaml_document_get_node(&reading->document, pair->value);
    uint32_t i = 0;
    reading->line = (uint32_t)key->start_mark.line + 1;
    if (key->type != YAML_SCALAR_NODE)
        return reading_flaw(reading, "has a key that is no text; use keys such as %s", fields[0].key);
    const char *name = (const char *)key->data.scalar.value;
    while (i < count && strcmp(fields[i].key, name) != 0)
        i++;
    size_t len = strlen(reading->path);
    snprintf(reading->path + len, ACCESS_PATH_MAX - len, "%s%.32s", len ? "." : "", name);
    yaml_cut_whole(reading->path);
    if (i == count)
        return reading_flaw(reading, "is no key of an access file; `manyi access check --help` shows one");
    if (fields[i].of_keys && !reading->with_keys)
        return reading_flaw(reading, "stands in access files only: nobody else needs it");
    if ((*seen >> i) & 1)
        return reading_flaw(reading, "stands a second time; keep one of them");
    *seen |= 1u << i;
    return node_read(reading, value, len, fields[i].read);
}

int reading_map(struct reading *reading, const yaml_node_t *node, const struct reading_field *fields, uint32_t count)
{
    uint32_t seen = 0;
    uint32_t line = reading->line;
    if (node->type != YAML_MAPPING_NODE)
        return reading_flaw(reading, "is no map; write it as {%s: ...}", fields[0].key);
    const yaml_node_pair_t *end = node->data.mapping.pairs.top;
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < end; pair++) {
        int result = pair_read(reading, pair, fields, count, &seen);
        if (result < 0)
            return result;
    }
    reading->line = line;
    for (uint32_t i = 0; i < count; i++) {
        if (fields[i].needed && !((seen >> i) & 1))
            return reading_flaw(reading, "has no %s; write one", fields[i].key);
    }
    return 0;
}

int reading_list(struct reading *reading, const yaml_node_t *node, uint32_t most,
                 int (*read)(struct reading *reading, const yaml_node_t *node))
{
    if (node->type != YAML_SEQUENCE_NODE)
        return reading_flaw(reading, "is no list; write it as [...]");
    uint32_t index = 0;
    const yaml_node_item_t *end = node->data.sequence.items.top;
    for (const yaml_node_item_t *item = node->data.sequence.items.start; item < end; item++, index++) {
        const yaml_node_t *entry = yaml_document_get_node(&reading->document, *item);
        size_t len = strlen(reading->path);
        if (index == most) {
            reading->line = (uint32_t)entry->start_mark.line + 1;
            return reading_flaw(reading, "has more than %u entries; that is the most", most);
        }
        snprintf(reading->path + len, ACCESS_PATH_MAX - len, "[%u]", index);
        int result = node_read(reading, entry, len, read);
        if (result < 0)
            return result;
    }
    return 0;
}

int reading_text(struct reading *reading, const yaml_node_t *node, size_t most, const char **ret_text)
{
    if (node->type != YAML_SCALAR_NODE)
        return reading_flaw(reading, "is no text; write one value");
    const char *text = (const char *)node->data.scalar.value;
    if (node->data.scalar.length == 0)
        return reading_flaw(reading, "is empty; write 1 to %zu bytes of text, or leave the key out", most);
    if (node->data.scalar.length > most)
        return reading_flaw(reading, "is longer than %zu bytes; that is the most", most);
    if (!yaml_is_plain(text))
        return reading_flaw(reading, "has a control character; write text on one line");
    *ret_text = text;
    return 0;
}

int reading_number(struct reading *reading, const yaml_node_t *node, uint32_t least, uint32_t most,
                   uint32_t *ret_number)
{
    const char *text = "";
    uint64_t number = 0;
    int result = reading_text(reading, node, 64, &text);
    if (result < 0)
        return result;
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && number <= most; at++)
        number = number * 10 + (uint64_t)(*at - '0');
    if (*at || number < least || number > most)
        return reading_flaw(reading, "is \"%s\"; use a whole number from %u to %u", text, least, most);
    *ret_number = (uint32_t)number;
    return 0;
}

int reading_bool(struct reading *reading, const yaml_node_t *node, bool *ret_bool)
{
    const char *text = "";
    int result = reading_text(reading, node, 64, &text);
    if (result < 0)
        return result;
    bool yes = strcmp(text, "true") == 0;
    if (!yes && strcmp(text, "false") != 0)
        return reading_flaw(reading, "is \"%s\"; use true or false", text);
    *ret_bool = yes;
    return 0;
}
