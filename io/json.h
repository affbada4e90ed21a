/*
 * json.h - JSON to MessagePack and back.
 *
 * Reading is jansson's (UTF-8 checked, duplicate keys refused, line and column told). Writing goes straight from the
 * encoded bytes, without a tree. Times stay text; a MessagePack timestamp becomes RFC 3339 text, a bin base64 text.
 */
#ifndef MANYI_IO_JSON_H
#define MANYI_IO_JSON_H

#include "schemas/wire.h"

#include <stdio.h>

#define JSON_MESSAGE_MAX 256u
#define JSON_DEPTH_MAX 32u

/* One JSON value. -E_MALFORMED, -E_DUPLICATE_KEY, -E_BAD_UTF8, -E_TOO_DEEP, -E_TOO_LARGE: message says what and in which
 * line and column. The writer may be half-written then: begin it anew. */
int json_to_wire(struct span text, struct wire_writer *writer, char message[JSON_MESSAGE_MAX]);

/* Writes one encoded value as JSON on one line, without a newline at its end. Characters that could steer a terminal are escaped.
 * -E_TRUNCATED, -E_MALFORMED, -E_TOO_DEEP: the bytes are no MessagePack; -E_BAD_KEY: a map's key is no text. What came before
 * is written. */
int json_print(FILE *to, struct span value);

/* A text as a JSON string, quotes included. */
void json_print_text(FILE *to, struct span text);

#endif
