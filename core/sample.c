/* sample.c - SipHash-2-4 and the draw. */
#include "core/sample.h"

#include "core/ensure.h"
#include "core/limits.h"

#include <string.h>

static uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static void round_of(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static void take_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    round_of(v);
    round_of(v);
    v[0] ^= word;
}

/* Little-endian; fewer than eight bytes are the low ones. */
static uint64_t word_at(const uint8_t *at, size_t len)
{
    uint64_t word = 0;
    for (size_t i = 0; i < len; i++)
        word |= (uint64_t)at[i] << 8 * i;
    return word;
}

uint64_t siphash(uint64_t key0, uint64_t key1, struct span bytes)
{
    uint64_t v[4] = {key0 ^ 0x736f6d6570736575ull, key1 ^ 0x646f72616e646f6dull, key0 ^ 0x6c7967656e657261ull,
                     key1 ^ 0x7465646279746573ull};
    size_t at = 0;
    for (; at + 8 <= bytes.len; at += 8)
        take_word(v, word_at(bytes.at + at, 8));
    uint64_t last = (uint64_t)bytes.len << 56;
    take_word(v, at < bytes.len ? last | word_at(bytes.at + at, bytes.len - at) : last);
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        round_of(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static size_t put(uint8_t *bytes, size_t at, struct span name)
{
    ensure(name.len <= NAME_MAX_BYTES);
    if (name.len > 0)
        memcpy(bytes + at, name.at, name.len);
    return at + name.len;
}

uint32_t sample_draw(struct span key_text, struct span kind, struct span store, struct span visit)
{
    uint8_t bytes[3 * NAME_MAX_BYTES + 2];
    size_t len = put(bytes, 0, kind);
    bytes[len++] = 0;
    len = put(bytes, len, store);
    bytes[len++] = 0;
    len = put(bytes, len, visit);
    uint64_t key0 = siphash(0, 0, key_text), key1 = siphash(0, 1, key_text);
    return (uint32_t)(siphash(key0, key1, span_make(bytes, len)) % 100);
}
