/*
 * yaml_file.h - a YAML file that people write, as a tree whose every node knows its line (libyaml's document).
 *
 * A map that has a key twice is refused. Aliases and anchors are libyaml's business.
 */
#ifndef MANYI_CLI_YAML_FILE_H
#define MANYI_CLI_YAML_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <yaml.h>

#define YAML_BYTES_MAX (4u * 1024u * 1024u)
#define YAML_FILE_MESSAGE_MAX 512u

struct yaml_file {
    const char *path;
    uint8_t *bytes;
    size_t len;
    yaml_document_t document;
    bool parsed;
    char message[YAML_FILE_MESSAGE_MAX]; /* of the last refusal: "stories.yaml:12: ..." */
};

/* -E_NO_INPUT_FILE, -E_TOO_LARGE, -E_BAD_INPUT_FILE: message says why, with the line. path lives as long as the file. */
int yaml_file_open(const char *path, struct yaml_file *ret_file);
void yaml_file_close(struct yaml_file *file);

yaml_node_t *yaml_root(struct yaml_file *file);
/* The value of a key; NULL when the map has none, or the node is no map. */
yaml_node_t *yaml_value(struct yaml_file *file, const yaml_node_t *map, const char *key);
yaml_node_t *yaml_node(struct yaml_file *file, int index); /* of a pair or an item */
/* A scalar's text; NULL when the node is none, or NULL. */
const char *yaml_text(const yaml_node_t *node);
/* A plain `null`, `~` or nothing at all. */
bool yaml_is_null(const yaml_node_t *node);
uint32_t yaml_pairs(const yaml_node_t *map);
uint32_t yaml_items(const yaml_node_t *sequence);
uint32_t yaml_line(const yaml_node_t *node); /* from 1 */

/* Keeps "path:line: ..." as the file's message and returns -E_BAD_INPUT_FILE. */
int yaml_refuse(struct yaml_file *file, const yaml_node_t *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Refuses a map with a key that is not among `known`, saying which one may be meant. */
int yaml_keys_known(struct yaml_file *file, const yaml_node_t *map, const char *const *known, uint32_t count,
                    const char *what);

/* The text of a node's subtree as a document of its own, in which every line has the number that it has in the file.
 * Freed by the caller; -E_NO_MEMORY. */
int yaml_source(const struct yaml_file *file, const yaml_node_t *node, char **ret_text, size_t *ret_len);

#endif
