/*
 * sample.h - a reproducible draw: who belongs to a sample is told by a keyed hash of what is drawn, not by dice. Pure.
 *
 * Whoever has the key and the names can draw again and gets the same; whoever serves a customer cannot choose.
 */
#ifndef MANYI_CORE_SAMPLE_H
#define MANYI_CORE_SAMPLE_H

#include "core/span.h"

/* SipHash-2-4 with a key of two words (little-endian halves of the 16 bytes). Source: J.-P. Aumasson, D. J. Bernstein,
 * "SipHash: a fast short-input PRF" (2012). */
uint64_t siphash(uint64_t key0, uint64_t key1, struct span bytes);

/* 0 to 99: it belongs to a sample of `percent` when it is below that. The 16 bytes of the key are SipHash of the key's text
 * under the keys (0, 0) and (0, 1); what is drawn is "kind \0 store \0 visit" (each a name of at most 64 bytes). */
uint32_t sample_draw(struct span key_text, struct span kind, struct span store, struct span visit);

#endif
