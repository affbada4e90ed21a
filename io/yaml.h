/*
 * yaml.h - documents in YAML by libcyaml: loaded by a shape, saved by it, and every refusal with line and key. Only for io/.
 */
#ifndef MANYI_IO_YAML_H
#define MANYI_IO_YAML_H

#include "core/span.h"

#include <cyaml/cyaml.h>

#define YAML_MESSAGE_MAX 256u

/* The document as `shape` says, which must be a pointer to a mapping; yaml_free gives it back. -E_BAD_FORMAT: message
 * names line, key and cause. -E_NO_MEMORY. */
int yaml_load(const cyaml_schema_value_t *shape, struct span text, void **ret_document, char message[YAML_MESSAGE_MAX]);
void yaml_free(const cyaml_schema_value_t *shape, void *document);

/* -E_NO_ROOM, -E_NO_MEMORY. */
int yaml_save(const cyaml_schema_value_t *shape, const void *document, char *buffer, size_t size, size_t *ret_len);

#endif
