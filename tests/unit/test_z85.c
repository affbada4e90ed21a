/* Keys as text: the vectors of RFC 32/Z85 and of libzmq's own Python binding. */
#include "core/status.h"
#include "core/z85.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
    uint8_t bytes[32];
    size_t len;
    const char *text;
} vectors[] = {
    {{0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b}, 8, "HelloWorld"},
    {{0x8e, 0x0b, 0xdd, 0x69, 0x76, 0x28, 0xb9, 0x1d, 0x8f, 0x24, 0x55, 0x87, 0xee, 0x95, 0xc5, 0xb0,
      0x4d, 0x48, 0x96, 0x3f, 0x79, 0x25, 0x98, 0x77, 0xb4, 0x9c, 0xd9, 0x06, 0x3a, 0xea, 0xd3, 0xb7},
     32,
     "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"},
    {{0xff, 0xff, 0xff, 0xff}, 4, "%nSc0"},
    {{0, 0, 0, 0}, 4, "00000"},
    {{0}, 0, ""},
};

static void keys_are_written_as_zeromq_writes_them_and_read_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        char text[41];
        uint8_t bytes[32] = {0};
        z85_encode(vectors[i].bytes, vectors[i].len, text);
        assert_string_equal(text, vectors[i].text);
        assert_int_equal(z85_decode(span_of(vectors[i].text), bytes, vectors[i].len), 0);
        assert_memory_equal(bytes, vectors[i].bytes, vectors[i].len);
    }
}

static void what_is_no_key_is_refused_and_nothing_is_written(void **state)
{
    (void)state;
    /* too short, too long, not of the alphabet, above 2^32 - 1 by one, the most of all, a space */
    static const char *const wrong[] = {"Hello",      "HelloWorld0", "Hello,orld", "Hello\"orld",
                                        "00000%nSc1", "00000#####",  "Hello orld", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
        assert_int_equal(z85_decode(span_of(wrong[i]), bytes, sizeof bytes), -E_BAD_FORMAT);
        assert_memory_equal(bytes, ((const uint8_t[]){1, 2, 3, 4, 5, 6, 7, 8}), 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_written_as_zeromq_writes_them_and_read_again),
        cmocka_unit_test(what_is_no_key_is_refused_and_nothing_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
