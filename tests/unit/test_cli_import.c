/* Tables and JSON lines become events, whatever they were written with. */
#include "cli/import.h"
#include "core/status.h"
#include "tests/support/shanghai.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static const struct import_options ratings = {.source = "/tests/import", .type = "feedback.rated"};

static struct import *open_bytes(const void *bytes, size_t len, const char *path, const struct import_options *options)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    rewind(file);
    struct import *import;
    assert_int_equal(import_open(file, path, options, &import), 0);
    return import;
}

static struct import *open_text(const char *text, const struct import_options *options)
{
    return open_bytes(text, strlen(text), "ratings.csv", options);
}

static void close_import(struct import *import)
{
    FILE *file = import->text.file;
    import_close(import);
    fclose(file);
}

/* The next record must be an event that passes the schema. */
static struct event next_event(struct import *import, uint64_t expected_line)
{
    struct span bytes;
    uint64_t line;
    char message[IMPORT_MESSAGE_MAX];
    struct event event;
    struct flaw flaw = {0};
    int result = import_next(import, &bytes, &line, message);
    if (result < 0)
        fail_msg("line %llu: %s %s", (unsigned long long)line, status_text(result)->name, message);
    assert_int_equal(line, expected_line);
    result = event_decode(bytes, &event, &flaw);
    if (result < 0)
        fail_msg("line %llu: %s: %s", (unsigned long long)line, flaw.field, flaw.message);
    return event;
}

static void next_is(struct import *import, int expected)
{
    struct span bytes;
    uint64_t line;
    char message[IMPORT_MESSAGE_MAX];
    assert_int_equal(import_next(import, &bytes, &line, message), expected);
}

static void assert_span(struct span span, const char *text)
{
    assert_int_equal(span.len, strlen(text));
    assert_memory_equal(span.at, text, span.len);
}

static void a_table_in_gb18030_is_read_like_one_in_utf8(void **state)
{
    (void)state;
    FILE *file = fopen(MANYI_SOURCE_DIR "/tests/unit/data/ratings-gb18030.csv", "rb");
    struct import *import;
    assert_non_null(file);
    assert_int_equal(import_open(file, "ratings-gb18030.csv", &ratings, &import), 0);
    struct event event = next_event(import, 2);
    assert_int_equal(event.type, EVENT_feedback_rated);
    assert_span(event.source, "/tests/import");
    assert_span(event.data.rated.store, "sh-pudong");
    assert_span(event.data.rated.staff, "王丽");
    assert_span(event.data.rated.comment, "服务很好,谢谢");
    assert_int_equal(event.data.rated.overall, 9000);
    assert_int_equal(event.data.rated.scores.count, 1);
    assert_int_equal(event.data.rated.scores.item[0].thousandths, 8500);
    assert_true(event.has_time);
    assert_int_equal(event.time_ms, 1795163400000); /* date -d "2026-11-20 16:30 +0800" +%s000 */
    event = next_event(import, 3);
    assert_span(event.data.rated.comment, "等了\"三个小时\"\r\n才拿到车");
    assert_false(HAS(&event.data.rated, rated, scores));
    assert_int_equal(event.time_ms, 1795190400000); /* 7.5 h later */
    next_is(import, -E_NOT_FOUND);
    close_import(import);
}

static void a_bom_and_other_separators_are_no_part_of_the_data(void **state)
{
    (void)state;
    static const char *const same[] = {
        "\xef\xbb\xbfstore,department,channel,overall\r\nsh-pudong,service,phone,9\r\n",
        "store;department;channel;overall\nsh-pudong;service;phone;9",
        "store\tdepartment\tchannel\toverall\nsh-pudong\tservice\tphone\t9\n\n",
        "\xef\xbb\xbf\"store\" , department, \"channel\",overall\n\"sh-pudong\" , service,phone , 9\n",
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        struct import *import = open_text(same[i], &ratings);
        struct event event = next_event(import, 2);
        assert_span(event.data.rated.store, "sh-pudong");
        assert_span(event.data.rated.department, "service");
        assert_int_equal(event.data.rated.channel, channel_is_phone);
        assert_int_equal(event.data.rated.overall, 9000);
        next_is(import, -E_NOT_FOUND);
        close_import(import);
    }
}

static void columns_reach_into_records_and_dimensions(void **state)
{
    (void)state;
    struct import *import =
        open_text("type,id,source,subject,store,department,channel,scores.quality,call.id,scores.pickup,"
                  "call.key,raw.key,raw.scale,historical\n"
                  "feedback.rated,r-1,/own,C-1,s,d,ivr,7,c-9,8.25,1,2,cti-4,yes\n",
                  &(struct import_options){.source = "/tests/import"});
    struct event event = next_event(import, 2);
    const struct rated *rated = &event.data.rated;
    assert_span(event.id, "r-1");
    assert_span(event.source, "/own");
    assert_span(event.subject, "C-1");
    assert_int_equal(rated->scores.count, 2);
    assert_span(rated->scores.item[1].dimension, "pickup");
    assert_int_equal(rated->scores.item[1].thousandths, 8250);
    assert_span(rated->call.id, "c-9");
    assert_span(rated->call.key, "1");
    assert_int_equal(rated->raw.key, 2);
    assert_span(rated->raw.scale, "cti-4");
    assert_true(rated->historical);
    close_import(import);
}

static void a_row_that_makes_no_sense_spoils_only_itself(void **state)
{
    (void)state;
    struct import *import = open_text("store,department,channel,overall,historical,time\n"
                                      "s,d,phone,9,perhaps,\n"
                                      "s,d,phone,9,,32.13.2026\n"
                                      "s,d,phone,9,,,one cell too many\n"
                                      "s,d,phone,9\n",
                                      &ratings);
    next_is(import, -E_WRONG_TYPE);
    next_is(import, -E_BAD_TIME);
    next_is(import, -E_BAD_INPUT_FILE);
    next_event(import, 5);
    next_is(import, -E_NOT_FOUND);
    close_import(import);
}

static void json_lines_lack_only_what_can_be_added(void **state)
{
    (void)state;
    struct import *import =
        open_text("{\"type\":\"feedback.rated\",\"data\":{\"store\":\"s\",\"department\":\"d\","
                  "\"channel\":\"phone\",\"nps\":10}}\n"
                  "\n"
                  "{\"id\":null,\"time\":\"2026-11-20T16:30:00+08:00\",\"data\":{\"store\":\"s\","
                  "\"department\":\"d\",\"channel\":\"phone\",\"ces\":5}}\n"
                  "{\"id\":\"own\",\"source\":\"/own\",\"type\":\"feedback.unreached\",\"data\":"
                  "{\"callback\":\"B-1\",\"reason\":\"busy\"}}\n"
                  "{\"id\":\"a\",\"id\":\"b\"}\n"
                  "no json\n",
                  &(struct import_options){.source = "/s", .type = "feedback.rated", .historical = true});
    struct event event = next_event(import, 1);
    assert_int_equal(event.data.rated.nps, 10000);
    assert_true(event.data.rated.historical);
    assert_span(event.source, "/s");
    event = next_event(import, 3);
    assert_int_equal(event.time_ms, 1795163400000);
    event = next_event(import, 4);
    assert_span(event.id, "own");
    assert_int_equal(event.type, EVENT_feedback_unreached); /* knows no mark of history, and gets none */
    next_is(import, -E_DUPLICATE_KEY);
    next_is(import, -E_MALFORMED);
    next_is(import, -E_NOT_FOUND);
    close_import(import);
}

static void the_same_file_makes_the_same_identities_and_its_lines_differ(void **state)
{
    (void)state;
    static const char table[] = "store,department,channel,overall\ns,d,phone,9\ns,d,phone,9\n";
    char id[2][2][NAME_MAX_BYTES + 1];
    for (int run = 0; run < 2; run++) {
        struct import *import =
            open_bytes(table, sizeof table - 1, "/some/folder/一个名字非常非常长的文件名称.csv", &ratings);
        for (int row = 0; row < 2; row++) {
            struct event event = next_event(import, (uint64_t)row + 2);
            snprintf(id[run][row], sizeof id[run][row], "%.*s", SPAN_ARGS(event.id));
        }
        close_import(import);
    }
    assert_string_equal(id[0][0], id[1][0]);
    assert_string_equal(id[0][1], id[1][1]);
    assert_string_not_equal(id[0][0], id[0][1]); /* two customers who said the same */
}

static void what_is_no_table_is_told_once(void **state)
{
    (void)state;
    static const char *const none[] = {"[{\"a\":1}]\n{}\n", "a,b,a\n1,2,3\n"};
    for (size_t i = 0; i < 2; i++) {
        struct import *import = open_text(none[i], &ratings);
        next_is(import, -E_BAD_INPUT_FILE);
        next_is(import, -E_NOT_FOUND);
        close_import(import);
    }
}

static void a_column_that_no_field_has_is_named(void **state)
{
    (void)state;
    struct import *import = open_text("store,department,channel,overal,overall\ns,d,phone,1,9\n", &ratings);
    next_event(import, 2); /* kept, as every unknown field is */
    assert_string_equal(import_csv_unknown(import->table, EVENT_feedback_rated), "overal");
    close_import(import);
    import = open_text("store,scores.any_dimension,call.id,id,time\ns,1,,,\n", &ratings);
    next_is(import, 0);
    assert_null(import_csv_unknown(import->table, EVENT_feedback_rated));
    close_import(import);
}

static void a_line_without_end_is_refused_and_the_next_one_read(void **state)
{
    (void)state;
    size_t len = IMPORT_LINE_MAX + 10;
    char *bytes = malloc(len + 200);
    assert_non_null(bytes);
    memset(bytes, 'x', len);
    bytes[0] = '{';
    int more = snprintf(bytes + len, 200,
                        "\n{\"data\":{\"store\":\"s\",\"department\":\"d\",\"channel\":\"phone\",\"nps\":1}}\n");
    struct import *import = open_bytes(bytes, len + (size_t)more, "big", &ratings);
    next_is(import, -E_TOO_LARGE);
    next_event(import, 2);
    next_is(import, -E_NOT_FOUND);
    close_import(import);
    free(bytes);
}

static void a_pipe_turns_to_gb18030_at_the_first_line_that_is_no_utf8(void **state)
{
    (void)state;
    static const char table[] = "store,department,channel,staff,overall\n"
                                "s,d,phone,a,9\n"
                                "s,d,phone,\xcd\xf5,9\n"; /* printf 王 | iconv -t GB18030 */
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], table, sizeof table - 1), sizeof table - 1);
    close(ends[1]);
    FILE *file = fdopen(ends[0], "rb");
    struct import *import;
    assert_int_equal(import_open(file, "-", &ratings, &import), 0);
    assert_span(next_event(import, 2).data.rated.staff, "a");
    assert_span(next_event(import, 3).data.rated.staff, "王");
    close_import(import);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_in_gb18030_is_read_like_one_in_utf8),
        cmocka_unit_test(a_bom_and_other_separators_are_no_part_of_the_data),
        cmocka_unit_test(columns_reach_into_records_and_dimensions),
        cmocka_unit_test(a_row_that_makes_no_sense_spoils_only_itself),
        cmocka_unit_test(json_lines_lack_only_what_can_be_added),
        cmocka_unit_test(the_same_file_makes_the_same_identities_and_its_lines_differ),
        cmocka_unit_test(what_is_no_table_is_told_once),
        cmocka_unit_test(a_column_that_no_field_has_is_named),
        cmocka_unit_test(a_line_without_end_is_refused_and_the_next_one_read),
        cmocka_unit_test(a_pipe_turns_to_gb18030_at_the_first_line_that_is_no_utf8),
    };
    return cmocka_run_group_tests(tests, in_shanghai, NULL);
}
