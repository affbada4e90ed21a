/* JSON and MessagePack say the same thing to each other. */
#include "core/status.h"
#include "io/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct span read_json(const char *text, uint8_t *buffer, size_t size, int expected)
{
    struct wire_writer writer;
    char message[JSON_MESSAGE_MAX] = "";
    wire_writer_init(&writer, buffer, size);
    assert_int_equal(json_to_wire(span_of(text), &writer, message), expected);
    if (expected != 0)
        assert_true(message[0] != '\0');
    return wire_written(&writer);
}

static char *print_json(struct span value, int expected)
{
    char *text = NULL;
    size_t len;
    FILE *memory = open_memstream(&text, &len);
    assert_non_null(memory);
    assert_int_equal(json_print(memory, value), expected);
    fclose(memory);
    return text;
}

/* Expected bytes by hand from the MessagePack specification. */
static void json_becomes_the_shortest_messagepack(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *bytes;
        size_t len;
    } rows[] = {
        {"null", "\xc0", 1},
        {"true", "\xc3", 1},
        {"[]", "\x90", 1},
        {"{}", "\x80", 1},
        {"127", "\x7f", 1},
        {"-1", "\xff", 1},
        {"200", "\xcc\xc8", 2},
        {"65536", "\xce\x00\x01\x00\x00", 5},
        {"0.5", "\xcb\x3f\xe0\x00\x00\x00\x00\x00\x00", 9},
        {"\"\\u6ee1\\u610f\"", "\xa6\xe6\xbb\xa1\xe6\x84\x8f", 7}, /* 满意 */
        {"{\"a\": [1, \"b\"]}",
         "\x81\xa1"
         "a\x92\x01\xa1"
         "b",
         7},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t buffer[64];
        struct span wire = read_json(rows[i].json, buffer, sizeof buffer, 0);
        assert_int_equal(wire.len, rows[i].len);
        assert_memory_equal(wire.at, rows[i].bytes, rows[i].len);
    }
}

static void what_is_no_json_is_refused_with_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        int result;
    } rows[] = {
        {"", -E_MALFORMED},           {"{", -E_MALFORMED},
        {"{\"a\":1}x", -E_MALFORMED}, {"NaN", -E_MALFORMED},
        {"[1,]", -E_MALFORMED},       {"{\"a\":1,\"a\":2}", -E_DUPLICATE_KEY},
        {"\"\xff\"", -E_BAD_UTF8},    {"'a'", -E_MALFORMED},
        {"1e999", -E_MALFORMED},      {"99999999999999999999", -E_MALFORMED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t buffer[64];
        read_json(rows[i].json, buffer, sizeof buffer, rows[i].result);
    }
}

static void json_that_is_too_deep_or_too_large_is_refused(void **state)
{
    (void)state;
    char deep[2 * 5000 + 1];
    uint8_t buffer[8];
    memset(deep, '[', 5000);
    memset(deep + 5000, ']', 5000);
    deep[10000] = '\0';
    read_json(deep, buffer, sizeof buffer, -E_TOO_DEEP);
    memmove(deep + JSON_DEPTH_MAX + 1, deep + 5000, JSON_DEPTH_MAX + 1);
    deep[2 * (JSON_DEPTH_MAX + 1)] = '\0';
    uint8_t large[128];
    read_json(deep, large, sizeof large, -E_TOO_DEEP);
    read_json("\"nine bytes\"", buffer, sizeof buffer, -E_TOO_LARGE);
}

static void what_went_in_as_json_comes_out_as_json(void **state)
{
    (void)state;
    static const char *const same[] = {
        "{\"id\":\"C-41\",\"level\":null,\"n\":[1,-2,3.5],\"text\":\"\\u4e00 \\\"q\\\" \\\\ /\"}",
        "[0.1,850.0,0.20654931437723742,1e+300,-0.0]",
        "\"a\\nb\\u0007c\\u007f\\u0085\"",
        "9007199254740991",
        "-9223372036854775808",
    };
    static const char *const printed[] = {
        "{\"id\":\"C-41\",\"level\":null,\"n\":[1,-2,3.5],\"text\":\"一 \\\"q\\\" \\\\ /\"}",
        "[0.1,850.0,0.20654931437723742,1e+300,-0.0]",
        "\"a\\nb\\u0007c\\u007f\\u0085\"", /* nothing may steer a terminal, C1 controls included */
        "9007199254740991",
        "-9223372036854775808",
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        uint8_t buffer[256];
        char *text = print_json(read_json(same[i], buffer, sizeof buffer, 0), 0);
        assert_string_equal(text, printed[i]);
        free(text);
    }
}

static void times_become_text_and_bytes_base64(void **state)
{
    (void)state;
    uint8_t buffer[64];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    wire_array(&writer, 4);
    wire_timestamp(&writer, 1795392000123); /* date -u -d @1795392000: 2026-11-23 00:00:00 */
    wire_bin(&writer, span_of("manyi"));    /* printf manyi | base64: bWFueWk= */
    wire_real(&writer, 0.0 / 0.0);
    wire_natural(&writer, UINT64_MAX);
    char *text = print_json(wire_written(&writer), 0);
    assert_string_equal(text, "[\"2026-11-23T00:00:00.123Z\",\"bWFueWk=\",null,18446744073709551615]");
    free(text);
}

static void bytes_that_are_no_messagepack_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        int result;
    } rows[] = {{"\x92\x01", 2, -E_TRUNCATED},
                {"\xc1", 1, -E_MALFORMED},
                {"\x81\x01\x02", 3, -E_BAD_KEY},
                {"", 0, -E_TRUNCATED}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        free(print_json(span_make(rows[i].bytes, rows[i].len), rows[i].result));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_becomes_the_shortest_messagepack),
        cmocka_unit_test(what_is_no_json_is_refused_with_its_reason),
        cmocka_unit_test(json_that_is_too_deep_or_too_large_is_refused),
        cmocka_unit_test(what_went_in_as_json_comes_out_as_json),
        cmocka_unit_test(times_become_text_and_bytes_base64),
        cmocka_unit_test(bytes_that_are_no_messagepack_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
