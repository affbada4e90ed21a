/* Rows for people: aligned whatever the script, and nothing in them steers the terminal. */
#include "cli/table.h"
#include "cli/text.h"
#include "core/status.h"
#include "schemas/wire.h"
#include "tests/support/shanghai.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* Widths: Unicode's EastAsianWidth.txt and general categories. */
static void chinese_characters_are_two_columns_wide(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t width;
    } rows[] = {
        {"", 0},
        {"sh-pudong", 9},
        {"满意", 4},
        {"é", 1},
        {"e\xcc\x81", 1 /* e and a combining accent */},
        {"ＡＢ", 4 /* full width */},
        {"한국", 4},
        {"a満b", 4},
        {"\xf0\x9f\x98\x80", 2 /* a face */},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(text_width(rows[i].text), rows[i].width);
}

static void nothing_of_the_data_steers_the_terminal(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *clean;
    } rows[] = {
        {"plain 满意", "plain 满意"},
        {"\x1b[31mred", "\xef\xbf\xbd[31mred"},
        {"a\nb\tc", "a\xef\xbf\xbd"
                    "b\xef\xbf\xbd"
                    "c"},
        {"\xc2\x9bx", "\xef\xbf\xbdx"}, /* CSI as one C1 character */
        {"a\xe2\x80\xae"
         "b",
         "a\xef\xbf\xbd"
         "b"},                                    /* right-to-left override */
        {"\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd"}, /* no UTF-8 */
        {"\xe6\xbb", "\xef\xbf\xbd\xef\xbf\xbd"}, /* cut off */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char clean[64];
        text_clean(span_of(rows[i].text), clean, sizeof clean);
        assert_string_equal(clean, rows[i].clean);
    }
}

static void text_is_cut_between_characters(void **state)
{
    (void)state;
    char clean[6];
    text_clean(span_of("满意"), clean, sizeof clean); /* 3 + 3 bytes and the NUL need 7 */
    assert_string_equal(clean, "满");
}

static void row_write(struct wire_writer *writer, const char *id, const char *store, double share, int64_t n)
{
    wire_map(writer, 4);
    wire_key(writer, "id");
    wire_text(writer, span_of(id));
    wire_key(writer, "store");
    wire_text(writer, span_of(store));
    wire_key(writer, "csat");
    wire_map(writer, 1);
    wire_key(writer, "share");
    wire_real(writer, share);
    wire_key(writer, "n");
    wire_integer(writer, n);
}

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
    (void)state;
    static const struct column columns[] = {{"STORE", "store", CELL_TEXT},
                                            {"CSAT", "csat.share", CELL_PERCENT},
                                            {"N", "n", CELL_NUMBER},
                                            {"NOTHING", "nothing.at.all", CELL_TEXT}};
    uint8_t buffer[256];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    wire_array(&writer, 2);
    row_write(&writer, "1", "浦东店", 0.9125, 7);
    row_write(&writer, "2", "sh-minhang", 1, 1234);
    char *text = NULL;
    size_t len;
    FILE *memory = open_memstream(&text, &len);
    assert_int_equal(table_print(memory, columns, 4, wire_written(&writer)), 0);
    fclose(memory);
    assert_string_equal(text, "STORE          CSAT     N  NOTHING\n"
                              "浦东店       91.2 %     7  \n"
                              "sh-minhang  100.0 %  1234  \n");
    free(text);
}

static void no_rows_print_nothing(void **state)
{
    (void)state;
    static const struct column columns[] = {{"STORE", "store", CELL_TEXT}};
    char *text = NULL;
    size_t len;
    FILE *memory = open_memstream(&text, &len);
    assert_int_equal(table_print(memory, columns, 1, span_make("\x90", 1)), 0);
    assert_int_equal(table_print(memory, columns, 1, span_make("\x01", 1)), -E_MALFORMED);
    fclose(memory);
    assert_string_equal(text, "");
    free(text);
}

static void clock_write(struct wire_writer *writer, const char *due_at, const char *stopped_at, bool breached)
{
    wire_map(writer, 3);
    wire_key(writer, "due_at");
    wire_text(writer, span_of(due_at));
    wire_key(writer, "stopped_at");
    if (stopped_at)
        wire_text(writer, span_of(stopped_at));
    else
        wire_nil(writer);
    wire_key(writer, "breached");
    wire_bool(writer, breached);
}

static void the_next_deadline_is_the_earliest_that_runs(void **state)
{
    (void)state;
    uint8_t buffer[512];
    char text[CELL_MAX];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    wire_map(&writer, 1);
    wire_key(&writer, "clocks");
    wire_array(&writer, 3);
    clock_write(&writer, "2019-03-01T08:00:00.000Z", "2019-03-01T07:00:00.000Z", false);
    clock_write(&writer, "2019-03-04T08:00:00.000Z", NULL, false);
    clock_write(&writer, "2019-03-02T08:00:00.000Z", NULL, true);
    cell_text(wire_written(&writer), "clocks", CELL_DUE, text);
    assert_string_equal(text, "2019-03-02 16:00 !"); /* in Shanghai, eight hours ahead */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chinese_characters_are_two_columns_wide),
        cmocka_unit_test(nothing_of_the_data_steers_the_terminal),
        cmocka_unit_test(text_is_cut_between_characters),
        cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
        cmocka_unit_test(no_rows_print_nothing),
        cmocka_unit_test(the_next_deadline_is_the_earliest_that_runs),
    };
    return cmocka_run_group_tests(tests, in_shanghai, NULL);
}
