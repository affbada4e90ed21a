/* Text is UTF-8 or it is refused: every character that there is, and every way to be wrong. */
#include "core/status.h"
#include "schemas/wire.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Encodes any number below 2^21 by the pattern alone, surrogates included. */
static uint32_t encode_character(uint32_t code, uint8_t *ret_bytes)
{
    if (code < 0x80) {
        ret_bytes[0] = (uint8_t)code;
        return 1;
    }
    uint32_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (uint32_t i = len; i > 1; i--, code >>= 6)
        ret_bytes[i - 1] = (uint8_t)(0x80 | (code & 0x3f));
    ret_bytes[0] = (uint8_t)(0xf0 << (4 - len) | code);
    return len;
}

static void every_character_of_unicode_counts_as_one(void **state)
{
    (void)state;
    for (uint32_t code = 0; code < 0x120000; code++) {
        bool sound = code < 0x110000 && (code < 0xd800 || code > 0xdfff);
        uint8_t text[16] = "";
        uint32_t before = code % 12; /* so that it crosses the eights */
        memset(text, 'a', before);
        uint32_t len = encode_character(code, text + before);
        uint32_t characters;
        assert_int_equal(utf8_count(span_make(text, before + len), &characters), sound ? 0 : -E_BAD_UTF8);
        if (sound)
            assert_int_equal(characters, before + 1);
        for (uint32_t cut = 1; cut < len; cut++)
            assert_int_equal(utf8_count(span_make(text, before + cut), &characters), -E_BAD_UTF8);
    }
}

static void overlong_and_stray_bytes_are_refused(void **state)
{
    (void)state;
    static const char *rows[] = {"\xc0\x80",
                                 "\xc1\xbf",
                                 "\xe0\x9f\xbf",
                                 "\xf0\x8f\xbf\xbf",
                                 "\x80",
                                 "\xbf",
                                 "\xf5\x80\x80\x80",
                                 "\xff",
                                 "\xfe",
                                 "a\xe6\xbb"
                                 "b",
                                 "\xe6\xbb\xa1\xe6",
                                 "abcdefgh\xa1"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t characters = 42;
        assert_int_equal(utf8_count(span_of(rows[i]), &characters), -E_BAD_UTF8);
        assert_int_equal(characters, 42);
    }
    uint32_t characters;
    assert_int_equal(utf8_count(span_make(NULL, 0), &characters), 0);
    assert_int_equal(characters, 0);
    assert_int_equal(utf8_count(span_of("满意, satisfied"), &characters), 0);
    assert_int_equal(characters, 13); /* 2 + ", satisfied" */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_of_unicode_counts_as_one),
        cmocka_unit_test(overlong_and_stray_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
