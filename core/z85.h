/*
 * z85.h - bytes as text in base 85, as ZeroMQ prints its keys (RFC 32/Z85): 4 bytes are 5 characters.
 */
#ifndef MANYI_CORE_Z85_H
#define MANYI_CORE_Z85_H

#include "core/span.h"

/* len is a multiple of 4; ret_text has len / 4 * 5 characters and an end. */
void z85_encode(const uint8_t *bytes, size_t len, char *ret_text);

/* The text must be of exactly len / 4 * 5 characters, each group at most 2^32 - 1. -E_BAD_FORMAT. */
int z85_decode(struct span text, uint8_t *ret_bytes, size_t len);

#endif
