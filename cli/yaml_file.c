/* yaml_file.c - libyaml's document, and how to point at its lines. */
#include "cli/yaml_file.h"

#include "cli/options.h"
#include "core/status.h"
#include "io/file.h"
#include "io/yaml_look.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each key is looked for among all the others. */
#define MAP_KEYS_MAX 256

static int keys_once(struct yaml_file *file, const yaml_node_t *map)
{
    if (map->data.mapping.pairs.top - map->data.mapping.pairs.start > MAP_KEYS_MAX)
        return yaml_refuse(file, map, "this map has more than %d keys", MAP_KEYS_MAX);
    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top; pair++) {
        const char *key = yaml_text(yaml_node(file, pair->key));
        if (!key)
            return yaml_refuse(file, map, "a key is one word");
        if (yaml_value(file, map, key) != yaml_node(file, pair->value))
            return yaml_refuse(file, yaml_node(file, pair->key), "`%.60s` stands here twice", key);
    }
    return 0;
}

static int parse(struct yaml_file *file)
{
    char message[YAML_MESSAGE_MAX];
    unsigned unreadable = 0;
    int looked = yaml_look(span_make(file->bytes, file->len), &unreadable, message);
    if (looked == -E_BAD_FORMAT) {
        snprintf(file->message, sizeof file->message, "%s: %s", file->path, message);
        return -E_BAD_INPUT_FILE;
    }
    if (looked < 0)
        return looked;
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return -E_NO_MEMORY;
    yaml_parser_set_input_string(&parser, file->bytes, file->len);
    int result = 0;
    if (!yaml_parser_load(&parser, &file->document)) {
        snprintf(file->message, sizeof file->message, "%s:%u: no YAML: %s", file->path, unreadable,
                 parser.problem ? parser.problem : "cannot be read");
        result = -E_BAD_INPUT_FILE;
    } else {
        file->parsed = true;
    }
    yaml_parser_delete(&parser);
    if (result == 0 && !yaml_root(file)) {
        snprintf(file->message, sizeof file->message, "%s: nothing stands in it", file->path);
        return -E_BAD_INPUT_FILE;
    }
    for (int i = 1; result == 0 && yaml_node(file, i); i++) {
        if (yaml_node(file, i)->type == YAML_MAPPING_NODE)
            result = keys_once(file, yaml_node(file, i));
    }
    return result;
}

int yaml_file_open(const char *path, struct yaml_file *ret_file)
{
    struct yaml_file *file = ret_file;
    *file = (struct yaml_file){.path = path};
    int result = file_read(path, YAML_BYTES_MAX, &file->bytes, &file->len);
    if (result < 0) {
        snprintf(file->message, sizeof file->message, "%s: %s", path,
                 result == -E_TOO_LARGE ? "larger than 4 MiB" : strerror(errno));
        return result == -E_TOO_LARGE ? -E_BAD_INPUT_FILE : result;
    }
    result = parse(file);
    return result;
}

void yaml_file_close(struct yaml_file *file)
{
    if (file->parsed)
        yaml_document_delete(&file->document);
    free(file->bytes);
    *file = (struct yaml_file){.path = NULL};
}

yaml_node_t *yaml_root(struct yaml_file *file)
{
    return yaml_document_get_root_node(&file->document);
}

yaml_node_t *yaml_node(struct yaml_file *file, int index)
{
    return yaml_document_get_node(&file->document, index);
}

yaml_node_t *yaml_value(struct yaml_file *file, const yaml_node_t *map, const char *key)
{
    if (!map || map->type != YAML_MAPPING_NODE)
        return NULL;
    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top; pair++) {
        const char *name = yaml_text(yaml_node(file, pair->key));
        if (name && strcmp(name, key) == 0)
            return yaml_node(file, pair->value);
    }
    return NULL;
}

const char *yaml_text(const yaml_node_t *node)
{
    return node && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

bool yaml_is_null(const yaml_node_t *node)
{
    const char *text = yaml_text(node);
    return text && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (text[0] == '\0' || strcmp(text, "null") == 0 || strcmp(text, "~") == 0);
}

uint32_t yaml_pairs(const yaml_node_t *map)
{
    return (uint32_t)(map->data.mapping.pairs.top - map->data.mapping.pairs.start);
}

uint32_t yaml_items(const yaml_node_t *sequence)
{
    return (uint32_t)(sequence->data.sequence.items.top - sequence->data.sequence.items.start);
}

uint32_t yaml_line(const yaml_node_t *node)
{
    return (uint32_t)node->start_mark.line + 1;
}

int yaml_refuse(struct yaml_file *file, const yaml_node_t *node, const char *format, ...)
{
    int len = snprintf(file->message, sizeof file->message, "%.200s:%u: ", file->path, yaml_line(node));
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(file->message + len, sizeof file->message - (size_t)len, format, arguments);
    va_end(arguments);
    return -E_BAD_INPUT_FILE;
}

int yaml_keys_known(struct yaml_file *file, const yaml_node_t *map, const char *const *known, uint32_t count,
                    const char *what)
{
    if (map->type != YAML_MAPPING_NODE)
        return yaml_refuse(file, map, "%s is a map of keys and values", what);
    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_node(file, pair->key);
        bool found = false;
        for (uint32_t i = 0; i < count; i++)
            found = found || strcmp(yaml_text(key), known[i]) == 0;
        const char *meant = found ? NULL : nearest_word(yaml_text(key), known, count);
        if (!found && meant)
            return yaml_refuse(file, key, "%s has no `%.60s`; did you mean `%s`?", what, yaml_text(key), meant);
        if (!found)
            return yaml_refuse(file, key, "%s has no `%.60s`", what, yaml_text(key));
    }
    return 0;
}

/* Where a mark is in the bytes: its index and column count characters. */
static size_t offset_of(const struct yaml_file *file, const yaml_mark_t *mark)
{
    size_t at = 0;
    for (size_t line = 0; line < mark->line && at < file->len; at++)
        line += file->bytes[at] == '\n';
    for (size_t column = 0; column < mark->column && at < file->len; column++) {
        at++;
        while (at < file->len && (file->bytes[at] & 0xc0) == 0x80)
            at++;
    }
    return at;
}

int yaml_source(const struct yaml_file *file, const yaml_node_t *node, char **ret_text, size_t *ret_len)
{
    size_t from = offset_of(file, &node->start_mark), to = offset_of(file, &node->end_mark);
    size_t lines = node->start_mark.line, indent = node->start_mark.column;
    char *text = malloc(lines + indent + (to - from) + 1);
    if (!text)
        return -E_NO_MEMORY;
    memset(text, '\n', lines);
    memset(text + lines, ' ', indent);
    memcpy(text + lines + indent, file->bytes + from, to - from);
    *ret_len = lines + indent + (to - from);
    text[*ret_len] = '\0';
    *ret_text = text;
    return 0;
}
