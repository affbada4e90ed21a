/* access_reading.h - the walk over an access file's nodes. Only for access_*.c. */
#ifndef MANYI_IO_ACCESS_READING_H
#define MANYI_IO_ACCESS_READING_H

#include "io/access_file.h"

#include <yaml.h>

#define ACCESS_PATH_MAX 80u

struct reading {
    yaml_document_t document;
    bool with_keys;
    char *message;
    struct access_file *file;
    struct principal *principal; /* whose entry is read */
    uint32_t line;               /* of the value that is read */
    char path[ACCESS_PATH_MAX];  /* "principals[3].keys[0].until" */
};

/* A key of a map, and how its value is read. */
struct reading_field {
    const char *key;
    int (*read)(struct reading *reading, const yaml_node_t *node);
    bool needed, of_keys; /* of_keys: stands only where keys may */
};

/* Writes "line 12: principals[3].kind <sentence>" and returns -E_BAD_ACCESS. */
__attribute__((format(printf, 2, 3))) int reading_flaw(struct reading *reading, const char *format, ...);

/* A map of these keys, each once. */
int reading_map(struct reading *reading, const yaml_node_t *node, const struct reading_field *fields, uint32_t count);

/* A list; `read` takes each item. */
int reading_list(struct reading *reading, const yaml_node_t *node, uint32_t most,
                 int (*read)(struct reading *reading, const yaml_node_t *node));

/* A text of 1 to `most` bytes on one line; it lives as long as the document. */
int reading_text(struct reading *reading, const yaml_node_t *node, size_t most, const char **ret_text);
/* Decimal digits. */
int reading_number(struct reading *reading, const yaml_node_t *node, uint32_t least, uint32_t most,
                   uint32_t *ret_number);
int reading_bool(struct reading *reading, const yaml_node_t *node, bool *ret_bool);

/* Keys, tokens and the password of the principal that is read. */
int reading_keys(struct reading *reading, const yaml_node_t *node);
int reading_tokens(struct reading *reading, const yaml_node_t *node);
int reading_password(struct reading *reading, const yaml_node_t *node);

/* Sorts what was read, and refuses what stands twice. */
int reading_order(struct reading *reading);

#endif
