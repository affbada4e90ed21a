/*
 * utf8.c - is this text UTF-8, and how many characters has it.
 *
 * Most text of ours is ASCII (identifiers) or Chinese (three bytes a character): eight ASCII bytes are passed at
 * once, the rest is checked character by character against the table of well-formed byte sequences (Unicode 15.0,
 * table 3-7), which leaves out surrogates, overlong forms and everything above U+10FFFF.
 */
#include "core/status.h"
#include "schemas/wire.h"

#define HIGH_BITS 0x8080808080808080ull

/* Bytes of the character at `at`, 0 when it is ill-formed or cut off. */
static uint32_t character_len(const uint8_t *at, size_t left)
{
    uint8_t lead = at[0];
    uint8_t low = 0x80, high = 0xbf; /* bounds of the second byte */
    uint32_t len;
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead <= 0xdf) {
        len = 2;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        len = 3;
        low = lead == 0xe0 ? 0xa0 : 0x80;  /* overlong below */
        high = lead == 0xed ? 0x9f : 0xbf; /* surrogates above */
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        len = 4;
        low = lead == 0xf0 ? 0x90 : 0x80;
        high = lead == 0xf4 ? 0x8f : 0xbf;
    } else {
        return 0;
    }
    if (left < len || at[1] < low || at[1] > high)
        return 0;
    for (uint32_t i = 2; i < len; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    return len;
}

int utf8_count(struct span text, uint32_t *ret_characters)
{
    const uint8_t *at = text.at;
    size_t left = text.len;
    uint32_t characters = 0;
    while (left > 0) {
        uint64_t eight;
        if (*at < 0x80 && left >= sizeof eight) {
            memcpy(&eight, at, sizeof eight);
            if ((eight & HIGH_BITS) == 0) {
                at += sizeof eight;
                left -= sizeof eight;
                characters += sizeof eight;
                continue;
            }
        }
        uint32_t len = character_len(at, left);
        if (len == 0)
            return -E_BAD_UTF8;
        at += len;
        left -= len;
        characters++;
    }
    *ret_characters = characters;
    return 0;
}
