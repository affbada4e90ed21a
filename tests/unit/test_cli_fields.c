/* What a person types about a case becomes the fields that the schema wants. */
#include "cli/fields.h"
#include "core/status.h"
#include "tests/support/shanghai.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define NOW_MS 1795392000000 /* date -u -d "2026-11-23 00:00:00" +%s000 */

static void times_are_told_as_people_tell_them(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms; /* date -u -d "..." +%s000 */
    } rows[] = {
        {"2026-11-23T08:00:00+08:00", 1795392000000},
        {"2026-11-23T00:00:00.250Z", 1795392000250},
        {"2026-11-23 08:00", 1795392000000},
        {"2026-11-23 08:00:05", 1795392005000},
        {"2026/11/23 08:00", 1795392000000},
        {"2026-11-23", 1795363200000},
        {"2026-11-23T08:00", 1795392000000},
        {"+2h", NOW_MS + 7200000},
        {"+30m", NOW_MS + 1800000},
        {"+3d", NOW_MS + 259200000},
        {"+0m", NOW_MS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t ms = 0;
        assert_int_equal(time_from_text(rows[i].text, NOW_MS, &ms), 0);
        assert_int_equal(ms, rows[i].ms);
    }
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const none[] = {"",
                                       "tomorrow",
                                       "2026-11-31",
                                       "2026-13-01",
                                       "2026-11-23 24:00",
                                       "2026-11-23 08:60",
                                       "+2",
                                       "+2w",
                                       "+-2h",
                                       "2026-11-23 08",
                                       "2026-11-23x",
                                       "23.11.2026",
                                       "+9999999d",
                                       "1795392000",
                                       "1969-12-31",
                                       "1969-12-31T23:59:59Z",
                                       "0001-01-01T00:00:00Z",
                                       "-3-3-3",
                                       "2026-11-23 08:-5",
                                       "2026-11-23 08:30:-9"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        int64_t ms = 1;
        assert_int_equal(time_from_text(none[i], NOW_MS, &ms), -E_BAD_TIME);
        assert_int_equal(ms, 1);
    }
}

static void an_action_is_known_in_both_its_forms(void **state)
{
    (void)state;
    static const struct {
        const char *prefix, *action;
        enum event_type type;
    } rows[] = {
        {"complaint.", "acknowledge", EVENT_complaint_acknowledged},
        {"complaint.", "acknowledged", EVENT_complaint_acknowledged},
        {"complaint.", "plan", EVENT_complaint_planned},
        {"complaint.", "withdraw", EVENT_complaint_withdrawn},
        {"complaint.", "verify", EVENT_complaint_verified},
        {"task.", "verify", EVENT_task_verified},
        {"task.", "open", EVENT_task_opened},
        {"escalation.", "acknowledge", EVENT_escalation_acknowledged},
        {"complaint.", "changed", EVENT_unknown /* a consequence */},
        {"task.", "grade", EVENT_unknown},
        {"complaint.", "", EVENT_unknown},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(action_find(rows[i].prefix, rows[i].action), rows[i].type);
}

/* Every decision of the contract can be said in the imperative, so that help never prints a participle. */
static void every_decision_has_an_imperative(void **state)
{
    (void)state;
    for (enum event_type type = EVENT_unknown + 1; type < EVENT_count; type++) {
        const struct event_table *row = event_table(type);
        const char *action = strchr(row->type, '.') + 1;
        bool shown = strncmp(row->type, "complaint.", 10) == 0 || strncmp(row->type, "task.", 5) == 0;
        if (row->class == CLASS_DECISION && shown)
            assert_string_not_equal(action_imperative(action), action);
    }
}

static void parse(struct arguments *arguments, struct field_options *options, int argc, char **argv)
{
    struct option_tables tables = {.rows = {options->row}, .count = {options->count}};
    char message[OPTION_MESSAGE_MAX];
    int next;
    memset(arguments, 0, sizeof *arguments);
    assert_int_equal(options_parse(argc, argv, &tables, false, arguments, &next, message), 0);
}

static void options_of_a_decision_become_its_data(void **state)
{
    (void)state;
    struct field_options options;
    struct arguments arguments;
    char *argv[] = {
        "complaint", "--by", "wang.li", "--verdict", "upheld", "--staff", "li.na", "--staff=zhao.min, sun.wei", NULL};
    fields_options("complaint.", &options);
    parse(&arguments, &options, 8, argv);
    uint8_t buffer[512];
    struct wire_writer writer;
    char message[FIELD_MESSAGE_MAX];
    wire_writer_init(&writer, buffer, sizeof buffer);
    assert_int_equal(fields_encode(&record_of_judged, &arguments, &writer, message), 0);
    struct judged judged;
    struct flaw flaw;
    assert_int_equal(record_decode(&record_of_judged, wire_written(&writer), &judged, &flaw), 0);
    assert_true(span_is(judged.by, "wang.li"));
    assert_int_equal(judged.verdict, verdict_is_upheld);
    assert_int_equal(judged.staff.count, 3);
    assert_true(span_is(judged.staff.item[0], "li.na"));
    assert_true(span_is(judged.staff.item[2], "sun.wei"));
    assert_false(HAS(&judged, judged, note));
}

static void a_bare_truth_is_true(void **state)
{
    (void)state;
    static const struct {
        char *word;
        bool satisfied;
    } rows[] = {{"--satisfied", true}, {"--satisfied=true", true}, {"--satisfied=false", false}};
    for (size_t i = 0; i < 3; i++) {
        struct field_options options;
        struct arguments arguments;
        char *argv[] = {"complaint", "--by", "a", rows[i].word, NULL};
        fields_options("complaint.", &options);
        parse(&arguments, &options, 4, argv);
        uint8_t buffer[512];
        struct wire_writer writer;
        char message[FIELD_MESSAGE_MAX];
        wire_writer_init(&writer, buffer, sizeof buffer);
        assert_int_equal(fields_encode(&record_of_complaint_verified, &arguments, &writer, message), 0);
        struct complaint_verified verified;
        struct flaw flaw;
        assert_int_equal(record_decode(&record_of_complaint_verified, wire_written(&writer), &verified, &flaw), 0);
        assert_true(HAS(&verified, complaint_verified, satisfied));
        assert_int_equal(verified.satisfied, rows[i].satisfied);
    }
}

static void a_value_that_fits_no_field_is_refused_by_its_option(void **state)
{
    (void)state;
    struct field_options options;
    struct arguments arguments;
    char *argv[] = {"complaint", "--by", "a", "--until", "next week", NULL};
    fields_options("complaint.", &options);
    parse(&arguments, &options, 5, argv);
    uint8_t buffer[512];
    struct wire_writer writer;
    char message[FIELD_MESSAGE_MAX] = "";
    wire_writer_init(&writer, buffer, sizeof buffer);
    assert_int_equal(fields_encode(&record_of_paused, &arguments, &writer, message), -E_USAGE);
    assert_memory_equal(message, "--until is \"next week\"", 22);
}

/* The schema refuses it with its own sentence; here it must only arrive unchanged. */
static void what_is_no_number_arrives_as_text(void **state)
{
    (void)state;
    static const char *const texts[] = {"nine", "0x10", "nan", "inf", "1e3", "9 ", "--1", ""};
    const struct field *overall = field_find(&record_of_rated, span_of("overall"));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        uint8_t buffer[64];
        struct wire_writer writer;
        struct wire_value value;
        char message[FIELD_MESSAGE_MAX];
        wire_writer_init(&writer, buffer, sizeof buffer);
        assert_int_equal(field_encode(overall, texts[i], NOW_MS, &writer, message), 0);
        struct wire_reader reader = wire_reader(wire_written(&writer));
        assert_int_equal(wire_read(&reader, &value), 0);
        assert_int_equal(value.kind, WIRE_STR);
        assert_true(span_is(value.bytes, texts[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_told_as_people_tell_them),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(an_action_is_known_in_both_its_forms),
        cmocka_unit_test(every_decision_has_an_imperative),
        cmocka_unit_test(options_of_a_decision_become_its_data),
        cmocka_unit_test(a_bare_truth_is_true),
        cmocka_unit_test(a_value_that_fits_no_field_is_refused_by_its_option),
        cmocka_unit_test(what_is_no_number_arrives_as_text),
    };
    return cmocka_run_group_tests(tests, in_shanghai, NULL);
}
