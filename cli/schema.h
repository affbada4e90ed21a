/*
 * schema.h - the contract for others' tools and for people, made from types.def.
 *
 * Each writes one whole document and returns 0, -E_IO when `out` failed or -E_NO_MEMORY. They take no state and
 * touch nothing else. Generated pages are not edited by hand.
 */
#ifndef MANYI_CLI_SCHEMA_H
#define MANYI_CLI_SCHEMA_H

#include <stdio.h>

/* JSON Schema 2020-12: an event in its JSON form, told apart by `type`; each record and card under $defs. */
int schema_write_json(FILE *out);

/* AsyncAPI 3.0: the five ports (base port 7300), their verbs and channels, with the messages above. */
int schema_write_asyncapi(FILE *out);

/* A reference page: attributes, types, fields, words in English and Chinese, errors with what to do. */
int schema_write_markdown(FILE *out);

#endif
