/* A notice reaches a person, comes again until it is seen, and ends with its clock. */
#include "core/status.h"
#include "tests/support/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct escalation raised_at(struct story *story, enum grade grade, int64_t percent, const char *at)
{
    static struct notice_wanted wanted; /* the escalation borrows its id */
    story_open_plain(story, grade, "2026-11-23 09:00");
    wanted = (struct notice_wanted){
        .id_text = "E-41-response-100",
        .clock = clock_kind_is_response,
        .rung_percent = percent,
        .level = 2,
        .at_ms = when(at),
    };
    struct escalation escalation;
    escalation_raise(&story->policy, &story->complaint, &wanted, (struct cause){50, when(at)}, "director@sh-pudong",
                     &escalation);
    return escalation;
}

static void a_notice_says_what_where_and_to_whom(void **state)
{
    (void)state;
    struct story story;
    struct escalation escalation = raised_at(&story, grade_is_major, 100, "2026-11-23 11:00");
    assert_true(span_is(escalation.id, "E-41-response-100"));
    assert_true(span_is(escalation.complaint, "C-41"));
    assert_true(span_is(escalation.about, "C-41"));
    assert_true(span_is(escalation.store, "sh-pudong"));
    assert_true(span_is(escalation.department, "service"));
    assert_true(HAS(&escalation, escalation, department));
    assert_true(span_is(escalation.clock, "response"));
    assert_true(span_is(escalation.to, "director@sh-pudong"));
    assert_int_equal(escalation.grade, grade_is_major);
    assert_int_equal(escalation.rung_percent, 100);
    assert_int_equal(escalation.level, 2);
    assert_int_equal(escalation.repeat, 0);
    assert_int_equal(escalation.at, when("2026-11-23 11:00"));
    assert_int_equal(escalation.raised_at, when("2026-11-23 11:00"));
    assert_int_equal(escalation.changed_seq, 50);
}

/* Urgent every 30 min, major every 2 h, the others each day at 09:00. */
static void an_unseen_notice_repeats_as_its_grade_says(void **state)
{
    (void)state;
    static const struct {
        enum grade grade;
        int64_t percent;
        const char *raised;
        const char *repeats[3]; /* NULL: never */
    } rows[] = {
        {grade_is_urgent, 100, "2026-11-23 11:00", {"2026-11-23 11:30", "2026-11-23 12:00", "2026-11-23 12:30"}},
        {grade_is_urgent, 200, "2026-11-23 23:45", {"2026-11-24 00:15", "2026-11-24 00:45", "2026-11-24 01:15"}},
        {grade_is_major, 100, "2026-11-23 21:00", {"2026-11-23 23:00", "2026-11-24 01:00", "2026-11-24 03:00"}},
        {grade_is_serious, 100, "2026-11-23 13:00", {"2026-11-24 09:00", "2026-11-25 09:00", "2026-11-26 09:00"}},
        {grade_is_general, 150, "2026-11-24 05:00", {"2026-11-24 09:00", "2026-11-25 09:00", "2026-11-26 09:00"}},
        {grade_is_general, 100, "2026-11-24 09:00", {"2026-11-25 09:00", "2026-11-26 09:00", "2026-11-27 09:00"}},
        {grade_is_urgent, 80, "2026-11-23 10:36", {NULL, NULL, NULL}},
        {grade_is_urgent, 50, "2026-11-23 10:00", {NULL, NULL, NULL}},
        {grade_is_urgent, 0, "2026-11-23 10:00", {NULL, NULL, NULL}}, /* raised by a person */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct story story;
        struct escalation escalation = raised_at(&story, rows[i].grade, rows[i].percent, rows[i].raised);
        for (int64_t k = 0; k < 3; k++) {
            int64_t due_ms = escalation_next_due(&story.policy, &escalation);
            assert_int_equal(due_ms, rows[i].repeats[k] ? when(rows[i].repeats[k]) : INT64_MAX);
            if (due_ms == INT64_MAX)
                continue;
            escalation_repeat(&story.policy, escalation.to, due_ms, (struct cause){60, due_ms}, &escalation);
            assert_int_equal(escalation.repeat, k + 1);
            assert_int_equal(escalation.at, due_ms);
            assert_int_equal(escalation.raised_at, when(rows[i].raised));
            assert_int_equal(escalation.changed_seq, 60);
        }
    }
}

static void who_has_seen_it_is_not_reminded(void **state)
{
    (void)state;
    struct story story;
    struct escalation escalation = raised_at(&story, grade_is_urgent, 100, "2026-11-23 11:00");
    struct event seen = decision(EVENT_escalation_acknowledged, "zhao.min");
    char reason[256];
    struct cause cause = {51, when("2026-11-23 11:10")};
    assert_int_equal(escalation_acknowledge(&escalation, &seen, cause, reason, sizeof reason), 0);
    assert_true(span_is(escalation.acknowledged_by, "zhao.min"));
    assert_int_equal(escalation.acknowledged_at, cause.at_ms);
    assert_int_equal(escalation.changed_seq, 51);
    assert_int_equal(escalation_next_due(&story.policy, &escalation), INT64_MAX);
    struct escalation before = escalation;
    struct event again = decision(EVENT_escalation_acknowledged, "li.na");
    assert_int_equal(
        escalation_acknowledge(&escalation, &again, (struct cause){52, cause.at_ms}, reason, sizeof reason),
        -E_ALREADY_DONE);
    assert_string_equal(reason, "E-41-response-100 was seen by zhao.min already");
    assert_memory_equal(&before, &escalation, sizeof before);
}

static void a_notice_ends_with_its_clock(void **state)
{
    (void)state;
    struct story story;
    struct escalation escalation = raised_at(&story, grade_is_urgent, 100, "2026-11-23 11:00");
    escalation_end(&escalation, (struct cause){51, when("2026-11-23 11:10")});
    assert_true(escalation.ended);
    assert_int_equal(escalation.changed_seq, 51);
    assert_int_equal(escalation_next_due(&story.policy, &escalation), INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_notice_says_what_where_and_to_whom),
        cmocka_unit_test(an_unseen_notice_repeats_as_its_grade_says),
        cmocka_unit_test(who_has_seen_it_is_not_reminded),
        cmocka_unit_test(a_notice_ends_with_its_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
