/*
 * text.c - UTF-8 text on a terminal: how wide it is, and what of it is safe to print.
 */
#include "cli/text.h"

#define REPLACEMENT 0xfffdu

/* The character at `at` and its bytes; REPLACEMENT for an ill-formed byte. */
static uint32_t character_at(const uint8_t *at, size_t left, uint32_t *ret_len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t lead = at[0];
    uint32_t len = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
    *ret_len = 1;
    if (len == 1)
        return lead;
    if (len == 0 || len > left || lead > 0xf4)
        return REPLACEMENT;
    uint32_t character = lead & (0x7fu >> len);
    for (uint32_t i = 1; i < len; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return REPLACEMENT;
        character = character << 6 | (at[i] & 0x3f);
    }
    if (character < least[len] || character > 0x10ffff || (character >= 0xd800 && character <= 0xdfff))
        return REPLACEMENT;
    *ret_len = len;
    return character;
}

struct range {
    uint32_t first, last;
};

static bool is_within(uint32_t character, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (character >= ranges[i].first && character <= ranges[i].last)
            return true;
    }
    return false;
}

/* Unicode 15: East_Asian_Width W and F, by blocks. */
static const struct range wide[] = {
    {0x1100, 0x115f}, {0x2e80, 0x303e}, {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},
    {0xa000, 0xa4cf}, {0xa960, 0xa97f}, {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
    {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

/* Marks that stand on the character before them, and what has no width of its own. */
static const struct range without_width[] = {
    {0x0300, 0x036f}, {0x200b, 0x200d}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff},
};

/* C0 and C1 controls, line and paragraph separators, changes of writing direction. */
static const struct range steering[] = {
    {0x0000, 0x001f}, {0x007f, 0x009f}, {0x061c, 0x061c}, {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069},
};

#define IS_WITHIN(character, ranges) is_within(character, ranges, sizeof(ranges) / sizeof((ranges)[0]))

uint32_t text_width(const char *text)
{
    struct span left = span_of(text);
    uint32_t width = 0;
    for (uint32_t len; left.len > 0; left.at += len, left.len -= len) {
        uint32_t character = character_at(left.at, left.len, &len);
        width += IS_WITHIN(character, without_width) ? 0 : IS_WITHIN(character, wide) ? 2 : 1;
    }
    return width;
}

void text_clean(struct span text, char *ret_text, size_t size)
{
    size_t out = 0;
    for (uint32_t len; text.len > 0; text.at += len, text.len -= len) {
        uint32_t character = character_at(text.at, text.len, &len);
        bool safe = character != REPLACEMENT && !IS_WITHIN(character, steering);
        size_t needed = safe ? len : 3;
        if (out + needed + 1 > size)
            break;
        memcpy(ret_text + out, safe ? (const void *)text.at : "\xef\xbf\xbd", needed);
        out += needed;
    }
    ret_text[out] = '\0';
}
