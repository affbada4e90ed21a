/* z85.c - each 4 bytes are a number, most significant byte first, written in base 85, most significant digit first. */
#include "core/z85.h"

#include "core/ensure.h"
#include "core/status.h"

#define BASE 85u
#define GROUP_BYTES 4u
#define GROUP_DIGITS 5u

static const char digits[BASE + 1] =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

void z85_encode(const uint8_t *bytes, size_t len, char *ret_text)
{
    ensure(len % GROUP_BYTES == 0);
    for (size_t at = 0; at < len; at += GROUP_BYTES, ret_text += GROUP_DIGITS) {
        uint32_t group = (uint32_t)bytes[at] << 24 | (uint32_t)bytes[at + 1] << 16 | (uint32_t)bytes[at + 2] << 8 |
                         (uint32_t)bytes[at + 3];
        for (uint32_t i = GROUP_DIGITS; i-- > 0; group /= BASE)
            ret_text[i] = digits[group % BASE];
    }
    *ret_text = '\0';
}

static int group_decode(const uint8_t *text, uint32_t *ret_group)
{
    uint64_t group = 0;
    for (uint32_t i = 0; i < GROUP_DIGITS; i++) {
        const char *digit = memchr(digits, text[i], BASE);
        if (!digit)
            return -E_BAD_FORMAT;
        group = group * BASE + (uint64_t)(digit - digits);
    }
    if (group > UINT32_MAX)
        return -E_BAD_FORMAT;
    *ret_group = (uint32_t)group;
    return 0;
}

int z85_decode(struct span text, uint8_t *ret_bytes, size_t len)
{
    ensure(len % GROUP_BYTES == 0);
    if (text.len != len / GROUP_BYTES * GROUP_DIGITS)
        return -E_BAD_FORMAT;
    uint32_t group;
    for (size_t at = 0; at < text.len; at += GROUP_DIGITS) {
        if (group_decode(text.at + at, &group) < 0)
            return -E_BAD_FORMAT;
    }
    for (size_t at = 0; at < text.len; at += GROUP_DIGITS, ret_bytes += GROUP_BYTES) {
        int result = group_decode(text.at + at, &group);
        ensure(result == 0);
        for (uint32_t i = 0; i < GROUP_BYTES; i++)
            ret_bytes[i] = (uint8_t)(group >> (24 - 8 * i));
    }
    return 0;
}
