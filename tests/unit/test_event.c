/* An event's envelope: what we write we read, what is refused can still be counted by source, nothing personal leaks. */
#include "core/status.h"
#include "schemas/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static uint8_t buffer[2u << 20];
static struct event event;

/* A writer must not be copied once it is in use: its packer points to it. */
static struct wire_writer writer;

static void begin(uint32_t attributes, const char *type)
{
    wire_writer_init(&writer, buffer, sizeof buffer);
    wire_map(&writer, 2 + (type != NULL) + attributes);
    wire_key(&writer, "id");
    wire_key(&writer, "e-1");
    wire_key(&writer, "source");
    wire_key(&writer, "/stores/sh-pudong");
    if (type) {
        wire_key(&writer, "type");
        wire_key(&writer, type);
    }
}

static int decode(struct flaw *ret_flaw)
{
    *ret_flaw = (struct flaw){0};
    assert_false(writer.full);
    return event_decode(wire_written(&writer), &event, ret_flaw);
}

static void what_we_write_we_read(void **state)
{
    (void)state;
    struct graded graded = {0};
    SET(&graded, graded, by, span_of("zhang.min"));
    SET(&graded, graded, grade, grade_is_major);
    const struct event_draft draft = {
        .id = span_of("d-1"),
        .source = span_of("/cli/zhang.min"),
        .subject = span_of("C-41"),
        .correlationid = span_of("41"),
        .causationid = span_of("60"),
        .type = EVENT_complaint_graded,
        .time_ms = 1795392000123,
        .data = &graded,
        .style = ENCODE_EVENT,
    };
    wire_writer_init(&writer, buffer, sizeof buffer);
    event_encode(&draft, &writer);
    struct flaw flaw;
    assert_int_equal(decode(&flaw), 0);
    assert_int_equal(event.type, EVENT_complaint_graded);
    assert_true(span_is(event.type_name, "complaint.graded"));
    assert_true(span_is(event.id, "d-1"));
    assert_true(span_is(event.source, "/cli/zhang.min"));
    assert_true(span_is(event.subject, "C-41"));
    assert_true(span_is(event.correlationid, "41"));
    assert_true(span_is(event.causationid, "60"));
    assert_int_equal(event.traceparent.len, 0);
    assert_true(event.has_time);
    assert_true(event.time_ms == 1795392000123);
    assert_true(span_is(event.data.graded.by, "zhang.min"));
    assert_int_equal(event.data.graded.grade, grade_is_major);
    assert_false(HAS(&event.data.graded, graded, note));
    assert_int_equal(event.bytes.len, writer.len);
    assert_int_equal(event.data_bytes.at[0], 0x82); /* by, grade */
}

static void what_a_draft_lacks_is_left_out(void **state)
{
    (void)state;
    const struct event_draft draft = {.id = span_of("t"), .source = span_of("/broker"), .type = EVENT_clock_ticked};
    wire_writer_init(&writer, buffer, sizeof buffer);
    event_encode(&draft, &writer);
    assert_true(span_is(wire_written(&writer), "\x83\xa2id\xa1t\xa6source\xa7/broker\xa4type\xac"
                                               "clock.ticked"));
    struct flaw flaw;
    assert_int_equal(decode(&flaw), 0);
    assert_false(event.has_time);
    assert_int_equal(event.data_bytes.len, 0);
    assert_false(HAS(&event.data.ticked, ticked, wake_at)); /* zeroed though there was none */
}

static void write_policy(size_t content)
{
    begin(1, "policy.adopted");
    wire_key(&writer, "data");
    wire_map(&writer, 3);
    wire_key(&writer, "by");
    wire_key(&writer, "zhang.min");
    wire_key(&writer, "hash");
    wire_key(&writer, "00");
    wire_key(&writer, "content");
    char *text = calloc(1, content);
    assert_non_null(text);
    memset(text, 'p', content);
    wire_text(&writer, span_make(text, content));
    free(text);
}

static void a_system_event_may_be_larger_than_others_but_not_than_a_mebibyte(void **state)
{
    (void)state;
    struct flaw flaw;
    write_policy(EVENT_MAX);
    assert_int_equal(decode(&flaw), 0);
    write_policy(SYSTEM_EVENT_MAX);
    size_t around = writer.len - SYSTEM_EVENT_MAX;
    assert_int_equal(decode(&flaw), -E_TOO_LARGE);
    write_policy(SYSTEM_EVENT_MAX - around);
    assert_int_equal(writer.len, SYSTEM_EVENT_MAX);
    assert_int_equal(decode(&flaw), 0);
    write_policy(SYSTEM_EVENT_MAX - around + 1);
    assert_int_equal(decode(&flaw), -E_TOO_LARGE);
}

static void write_ballast(const char *type, size_t len)
{
    static uint8_t ballast[EVENT_MAX * 2];
    begin(1, type);
    wire_key(&writer, "ballast");
    wire_bin(&writer, span_make(ballast, len - writer.len - 3)); /* bin 16 has a header of 3 bytes */
    assert_int_equal(writer.len, len);
}

static void any_other_event_has_64_kib(void **state)
{
    (void)state;
    struct flaw flaw;
    write_ballast("feedback.sung", EVENT_MAX);
    assert_int_equal(decode(&flaw), 0);
    write_ballast("feedback.sung", EVENT_MAX + 1);
    assert_int_equal(decode(&flaw), -E_TOO_LARGE);
    assert_string_equal(flaw.field, "");
    assert_true(span_is(event.id, "e-1"));
    write_ballast("complaint.noted", EVENT_MAX + 1);
    assert_int_equal(decode(&flaw), -E_TOO_LARGE);
}

static void endless_nesting_is_refused_at_the_ninth_level(void **state)
{
    (void)state;
    for (uint32_t before = 0; before < 2; before++) {
        begin(1, before ? NULL : "feedback.sung");
        wire_key(&writer, "data");
        for (uint32_t i = 0; i < 60000; i++)
            wire_array(&writer, 1);
        struct flaw flaw;
        int result = decode(&flaw);
        assert_true(result == -E_TOO_DEEP || (!before && result == -E_WRONG_TYPE));
        assert_string_equal(flaw.field, "data");
    }
}

static void a_refused_event_keeps_what_was_read_of_its_identity(void **state)
{
    (void)state;
    struct flaw flaw;
    begin(1, "feedback.rated");
    wire_key(&writer, "time");
    wire_natural(&writer, 7);
    assert_int_equal(decode(&flaw), -E_WRONG_TYPE);
    assert_true(span_is(event.id, "e-1"));
    assert_true(span_is(event.source, "/stores/sh-pudong"));
    assert_true(span_is(event.type_name, "feedback.rated"));
    begin(1, NULL);
    wire_key(&writer, "time");
    wire_nil(&writer);
    assert_int_equal(decode(&flaw), -E_MISSING_FIELD);
    assert_string_equal(flaw.field, "type");
    assert_true(span_is(event.id, "e-1"));
    assert_int_equal(event.type_name.len, 0);
}

static void identity_is_read_without_the_rest(void **state)
{
    (void)state;
    struct span id, source;
    begin(1, "feedback.rated");
    size_t sound = writer.len;
    wire_key(&writer, "data");
    wire_key(&writer, "what follows source is not looked at");
    assert_int_equal(event_identity(span_make(buffer, sound - 10), &id, &source), 0);
    assert_true(span_is(id, "e-1"));
    assert_true(span_is(source, "/stores/sh-pudong"));

    wire_writer_init(&writer, buffer, sizeof buffer);
    wire_map(&writer, 3);
    wire_key(&writer, "data"); /* passed over */
    wire_array(&writer, 2);
    wire_nil(&writer);
    wire_nil(&writer);
    wire_key(&writer, "source");
    wire_key(&writer, "/s");
    size_t without_id = writer.len;
    wire_key(&writer, "id");
    wire_key(&writer, "late");
    assert_int_equal(event_identity(wire_written(&writer), &id, &source), 0);
    assert_true(span_is(id, "late"));
    assert_int_equal(event_identity(span_make(buffer, without_id), &id, &source), -E_TRUNCATED);
    assert_true(span_is(id, "late")); /* untouched on failure */
    buffer[0] = 0x82;
    assert_int_equal(event_identity(span_make(buffer, without_id), &id, &source), -E_MISSING_FIELD);
    assert_int_equal(event_identity(span_make("\x90", 1), &id, &source), -E_MALFORMED);
    assert_int_equal(event_identity(span_make(NULL, 0), &id, &source), -E_TRUNCATED);
    assert_int_equal(event_identity(span_make("\x81\xa2id\x07", 5), &id, &source), -E_WRONG_TYPE);
}

/* A card whose inner maps have as many unknown keys each as an event has room for. */
static void unknown_keys_of_many_maps_are_kept_apart(void **state)
{
    (void)state;
    begin(1, "score.changed");
    wire_key(&writer, "data");
    wire_map(&writer, 4);
    wire_key(&writer, "period");
    wire_key(&writer, "2026-11-23");
    wire_key(&writer, "n");
    wire_natural(&writer, 0);
    wire_key(&writer, "evidence");
    wire_key(&writer, "show");
    wire_key(&writer, "dimensions");
    wire_map(&writer, DIMENSIONS_MAX);
    for (uint32_t i = 0; i < DIMENSIONS_MAX; i++) {
        char name[16];
        snprintf(name, sizeof name, "d%u", i);
        wire_key(&writer, name);
        wire_map(&writer, EVENT_FIELDS_MAX);
        wire_key(&writer, "n");
        wire_natural(&writer, i);
        for (uint32_t k = 1; k < EVENT_FIELDS_MAX; k++) {
            snprintf(name, sizeof name, "x%u", k);
            wire_key(&writer, name);
            wire_nil(&writer);
        }
    }
    struct flaw flaw;
    assert_true(writer.len < EVENT_MAX);
    assert_int_equal(decode(&flaw), 0);
    assert_int_equal(event.data.score.dimensions_count, DIMENSIONS_MAX);
    assert_int_equal(event.data.score.dimensions[DIMENSIONS_MAX - 1].n, DIMENSIONS_MAX - 1);
}

/* ---- refusals in words ---- */

static void a_refusal_never_repeats_what_was_sent(void **state)
{
    (void)state;
    static const char *const personal[] = {"comment", "overall", "scores", "store", "channel", "call", "historical"};
    for (size_t i = 0; i < sizeof personal / sizeof personal[0]; i++) {
        begin(1, "feedback.rated");
        wire_key(&writer, "data");
        wire_map(&writer, 1);
        wire_key(&writer, personal[i]);
        uint8_t text[] = "13800000000 13800000000 13800000000 13800000000 13800000000 13800000000\xff";
        wire_text(&writer, span_make(text, sizeof text - 1));
        struct flaw flaw;
        assert_int_not_equal(decode(&flaw), 0);
        assert_null(strstr(flaw.message, "138"));
        assert_null(strstr(flaw.field, "138"));
        assert_non_null(strstr(flaw.field, personal[i]));
    }
}

static void a_path_that_does_not_fit_is_cut_between_names(void **state)
{
    (void)state;
    struct span name = span_of("满满满满满满满满满满满满满满满满满满满满满"); /* 63 bytes */
    begin(1, "feedback.rated");
    wire_key(&writer, "data");
    wire_map(&writer, 1);
    wire_key(&writer, "scores");
    wire_map(&writer, 1);
    wire_text(&writer, name);
    wire_natural(&writer, 11);
    struct flaw flaw;
    assert_int_equal(decode(&flaw), -E_OUT_OF_RANGE);
    char expected[96];
    snprintf(expected, sizeof expected, "data.scores.%.*s", SPAN_ARGS(name));
    assert_string_equal(flaw.field, expected); /* 12 + 63 bytes fit into 95 */

    begin(1, "score.changed");
    wire_key(&writer, "data");
    wire_map(&writer, 1);
    wire_key(&writer, "dimensions");
    wire_map(&writer, 1);
    wire_text(&writer, name);
    wire_map(&writer, 1);
    wire_key(&writer, "a field of another version whose name fits nowhere beside it");
    wire_map(&writer, 1);
    wire_nil(&writer);
    wire_nil(&writer);
    assert_int_equal(decode(&flaw), -E_BAD_KEY);
    snprintf(expected, sizeof expected, "data.dimensions.%.*s", SPAN_ARGS(name));
    assert_string_equal(flaw.field, expected);
}

/* Every byte of a sound event is overwritten with every other value: whatever comes of it, it is told in UTF-8. */
static void whatever_byte_is_wrong_the_refusal_is_sound_text(void **state)
{
    (void)state;
    struct rated rated = {0};
    SET(&rated, rated, store, span_of("sh-pudong"));
    SET(&rated, rated, department, span_of("service"));
    SET(&rated, rated, channel, channel_is_kiosk);
    SET(&rated, rated, comment, span_of("满意"));
    rated.scores.item[0] = (struct dimension_score){span_of("质量"), 8500};
    rated.scores.count = 1;
    const struct event_draft draft = {.id = span_of("e"),
                                      .source = span_of("/s"),
                                      .type = EVENT_feedback_rated,
                                      .time_ms = 1795392000123,
                                      .data = &rated,
                                      .style = ENCODE_EVENT};
    wire_writer_init(&writer, buffer, sizeof buffer);
    event_encode(&draft, &writer);
    uint8_t *copy = malloc(writer.len);
    assert_non_null(copy);
    uint32_t refused = 0;
    for (size_t i = 0; i < writer.len; i++) {
        for (uint32_t byte = 0; byte < 256; byte++) {
            struct flaw flaw = {0};
            uint32_t characters;
            memcpy(copy, buffer, writer.len);
            copy[i] = (uint8_t)byte;
            if (event_decode(span_make(copy, writer.len), &event, &flaw) == 0)
                continue;
            refused++;
            assert_int_equal(utf8_count(span_of(flaw.field), &characters), 0);
            assert_int_equal(utf8_count(span_of(flaw.message), &characters), 0);
            assert_int_equal(flaw.message[strlen(flaw.message) - 1], '.');
        }
    }
    free(copy);
    assert_true(refused > writer.len * 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_we_write_we_read),
        cmocka_unit_test(what_a_draft_lacks_is_left_out),
        cmocka_unit_test(a_system_event_may_be_larger_than_others_but_not_than_a_mebibyte),
        cmocka_unit_test(any_other_event_has_64_kib),
        cmocka_unit_test(endless_nesting_is_refused_at_the_ninth_level),
        cmocka_unit_test(a_refused_event_keeps_what_was_read_of_its_identity),
        cmocka_unit_test(identity_is_read_without_the_rest),
        cmocka_unit_test(unknown_keys_of_many_maps_are_kept_apart),
        cmocka_unit_test(a_refusal_never_repeats_what_was_sent),
        cmocka_unit_test(a_path_that_does_not_fit_is_cut_between_names),
        cmocka_unit_test(whatever_byte_is_wrong_the_refusal_is_sound_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
