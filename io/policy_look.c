/* policy_look.c - libyaml's document, walked along a path. */
#include "io/policy_look.h"

#include "core/status.h"

#include <stdlib.h>
#include <yaml.h>

#define DEPTH_MAX 6

struct policy_look {
    yaml_document_t document;
};

int policy_look_open(struct span document, struct policy_look **ret_look)
{
    yaml_parser_t parser;
    struct policy_look *look = calloc(1, sizeof *look);
    if (!look || !yaml_parser_initialize(&parser)) {
        free(look);
        return -E_NO_MEMORY;
    }
    yaml_parser_set_input_string(&parser, document.at, document.len);
    bool loaded = yaml_parser_load(&parser, &look->document);
    yaml_parser_delete(&parser);
    if (!loaded) {
        free(look);
        return -E_BAD_POLICY;
    }
    *ret_look = look;
    return 0;
}

void policy_look_close(struct policy_look *look)
{
    if (!look)
        return;
    yaml_document_delete(&look->document);
    free(look);
}

static yaml_node_t *node_of(struct policy_look *look, int index)
{
    return yaml_document_get_node(&look->document, index);
}

static bool is_called(const yaml_node_t *node, const char *name, size_t len)
{
    return node && node->type == YAML_SCALAR_NODE && node->data.scalar.length == len &&
           memcmp(node->data.scalar.value, name, len) == 0;
}

/* A map's value by its key; of a list the map whose first value is that name. */
static yaml_node_t *step_into(struct policy_look *look, yaml_node_t *node, const char *name, size_t len)
{
    if (node->type == YAML_MAPPING_NODE) {
        for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
            if (is_called(node_of(look, pair->key), name, len))
                return node_of(look, pair->value);
        }
    }
    if (node->type == YAML_SEQUENCE_NODE) {
        for (yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
            yaml_node_t *map = node_of(look, *item);
            yaml_node_pair_t *first = map && map->type == YAML_MAPPING_NODE ? map->data.mapping.pairs.start : NULL;
            if (first && first < map->data.mapping.pairs.top && is_called(node_of(look, first->value), name, len))
                return map;
        }
    }
    return NULL;
}

/* A text that grows up to a bound. */
struct growing {
    char *text;
    size_t len, size;
};

static void grow(struct growing *growing, const char *more, size_t len)
{
    size_t room = growing->size - 1 - growing->len;
    size_t taken = len < room ? len : room;
    while (taken > 0 && taken < len && ((uint8_t)more[taken] & 0xc0) == 0x80)
        taken--;
    memcpy(growing->text + growing->len, more, taken);
    growing->len += taken;
    growing->text[growing->len] = '\0';
}

static void node_tell(struct policy_look *look, const yaml_node_t *node, int depth, struct growing *growing)
{
    if (!node || depth == 0)
        return;
    if (node->type == YAML_SCALAR_NODE) {
        grow(growing, (const char *)node->data.scalar.value, node->data.scalar.length);
    } else if (node->type == YAML_SEQUENCE_NODE) {
        for (yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
            if (item > node->data.sequence.items.start)
                grow(growing, "; ", 2);
            node_tell(look, node_of(look, *item), depth - 1, growing);
        }
    } else if (node->type == YAML_MAPPING_NODE) {
        for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
            if (pair > node->data.mapping.pairs.start)
                grow(growing, ", ", 2);
            node_tell(look, node_of(look, pair->key), depth - 1, growing);
            grow(growing, " ", 1);
            node_tell(look, node_of(look, pair->value), depth - 1, growing);
        }
    }
}

bool policy_look_at(struct policy_look *look, const char *path, char *ret_text, size_t size)
{
    yaml_node_t *node = yaml_document_get_root_node(&look->document);
    while (node && *path) {
        size_t len = strcspn(path, ".");
        node = step_into(look, node, path, len);
        path += len + (path[len] == '.');
    }
    if (!node)
        return false;
    struct growing growing = {.text = ret_text, .size = size};
    ret_text[0] = '\0';
    node_tell(look, node, DEPTH_MAX, &growing);
    return true;
}
