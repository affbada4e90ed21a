/* A complaint lives: it is received, answered, planned, resolved, verified, and everyone may do what is theirs. */
#include "core/status.h"
#include "tests/support/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- the life ---- */

static void a_complaint_is_answered_planned_resolved_verified_and_closed(void **state)
{
    (void)state;
    struct story story;
    struct complaint *complaint = &story.complaint;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    story_goes(&story, decision(EVENT_complaint_acknowledged, "wang.li"), "2026-11-23 10:00");
    assert_int_equal(complaint->status, complaint_status_is_acknowledged);
    assert_int_equal(story_clock(&story, clock_kind_is_response)->stopped_at, when("2026-11-23 10:00"));
    assert_int_equal(story.effects.clocks_stopped, 1u << clock_kind_is_response);

    struct event plan = decision(EVENT_complaint_planned, "wang.li");
    SET(&plan.data.planned, planned, due, when("2026-11-24 12:00"));
    story_goes(&story, plan, "2026-11-23 11:00");
    assert_int_equal(complaint->status, complaint_status_is_planned);
    assert_int_equal(complaint->promised_at, when("2026-11-24 12:00"));

    struct event resolve = decision(EVENT_complaint_resolved, "wang.li");
    SET(&resolve.data.resolved, resolved, compensation_fen, 20000);
    story_goes(&story, resolve, "2026-11-23 16:00");
    assert_int_equal(complaint->status, complaint_status_is_resolved);
    assert_int_equal(complaint->compensation_fen, 20000);
    assert_int_equal(story_clock(&story, clock_kind_is_callback)->due_at, when("2026-11-24 16:00"));

    story_goes(&story, judged(verdict_is_upheld), "2026-11-23 17:00");
    story_goes(&story, verified("li.na", true), "2026-11-24 10:00");
    assert_int_equal(complaint->status, complaint_status_is_closed);
    assert_int_equal(complaint->outcome, complaint_outcome_is_satisfied);
    assert_int_equal(complaint->closed_at, when("2026-11-24 10:00"));
    assert_true(story.effects.closed);
    /* callback: half of 24 h from 16:00 is 04:00 */
    assert_string_equal(story.trace, "24 04:00 callback 50 % level 0\n");
    for (uint32_t i = 0; i < complaint->clocks_count; i++) {
        assert_true(HAS(&complaint->clocks[i], clock, stopped_at));
        assert_false(complaint->clocks[i].breached);
    }
}

static void a_satisfied_customer_waits_for_the_verdict(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    story_reaches(&story, complaint_status_is_resolved, "2026-11-23 10:00");
    story_goes(&story, verified("li.na", true), "2026-11-23 11:00");
    assert_int_equal(story.complaint.status, complaint_status_is_resolved);
    assert_true(span_is(story.complaint.waits_for, "verdict"));
    assert_int_equal(complaint_next_due(&story.policy, &story.complaint), INT64_MAX);
    story_refuses(&story, verified("li.na", true), "2026-11-23 11:30", -E_ALREADY_DONE, "waits for its verdict");
    story_goes(&story, judged(verdict_is_dismissed), "2026-11-25 11:00");
    assert_int_equal(story.complaint.status, complaint_status_is_closed);
    assert_int_equal(story.complaint.outcome, complaint_outcome_is_satisfied);
    assert_false(HAS(&story.complaint, complaint, waits_for));
}

static void an_unreachable_customer_closes_with_unknown_outcome(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    story_reaches(&story, complaint_status_is_resolved, "2026-11-23 10:00");
    story_goes(&story, judged(verdict_is_upheld), "2026-11-23 10:30");
    story_tries(&story, 4, "2026-11-23 10:40");
    struct event unreachable_customer = decision(EVENT_complaint_verified, "li.na");
    SET(&unreachable_customer.data.complaint_verified, complaint_verified, unreachable, true);
    story_goes(&story, unreachable_customer, "2026-11-23 11:00");
    assert_int_equal(story.complaint.status, complaint_status_is_closed);
    assert_int_equal(story.complaint.outcome, complaint_outcome_is_unknown);
}

/* Reopened at 12:00: response 8 h, half of it 16:00, and the floor lifts level 0 to 1. */
static void an_unsatisfied_customer_reopens_it_a_level_higher(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    story_reaches(&story, complaint_status_is_resolved, "2026-11-23 10:00");
    story_goes(&story, judged(verdict_is_upheld), "2026-11-23 11:00");
    story_goes(&story, verified("li.na", false), "2026-11-23 12:00");
    assert_int_equal(story.complaint.status, complaint_status_is_received);
    assert_int_equal(story.complaint.floor, 1);
    assert_int_equal(story.complaint.reopened, 1);
    assert_true(HAS(&story.complaint, complaint, verdict));
    assert_true(story.effects.reopened);
    assert_int_equal(story.complaint.clocks_count, 4); /* response, plan, resolve, and the reason that is missing */
    assert_int_equal(story_clock(&story, clock_kind_is_response)->started_at, when("2026-11-23 12:00"));
    story_passes(&story, when("2026-11-23 16:00"));
    assert_string_equal(story.trace, "23 16:00 response 50 % level 1\n");
    assert_string_equal(story.effects.notice[0].id_text, "E-41-response-50-reopened-1");
}

static void the_second_reopening_sets_the_floor_to_three(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    static const int64_t floors[] = {1, 3, 4, 4};
    for (size_t i = 0; i < sizeof floors / sizeof floors[0]; i++) {
        story_reaches(&story, complaint_status_is_resolved, "2026-11-23 09:30");
        story_goes(&story, decision(EVENT_complaint_reopened, "li.na"), "2026-11-23 09:30");
        assert_int_equal(story.complaint.floor, floors[i]);
    }
}

static void a_closed_complaint_can_be_reopened(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    story_goes(&story, decision(EVENT_complaint_withdrawn, "chen.yu"), "2026-11-23 10:00");
    assert_int_equal(story.complaint.outcome, complaint_outcome_is_withdrawn);
    story_goes(&story, decision(EVENT_complaint_reopened, "chen.yu"), "2026-11-24 10:00");
    assert_int_equal(story.complaint.status, complaint_status_is_received);
    assert_false(HAS(&story.complaint, complaint, outcome));
    assert_false(HAS(&story.complaint, complaint, closed_at));
    assert_int_equal(story_clock(&story, clock_kind_is_resolve)->due_at, when("2026-11-25 10:00"));
}

static void a_merged_complaint_names_the_one_that_goes_on(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    struct event merge = decision(EVENT_complaint_merged, "chen.yu");
    merge.data.merged.into = span_of("C-41");
    story_refuses(&story, merge, "2026-11-23 10:00", -E_BAD_DECISION, "into itself");
    merge.data.merged.into = span_of("C-30");
    story_goes(&story, merge, "2026-11-23 10:00");
    assert_int_equal(story.complaint.status, complaint_status_is_closed);
    assert_int_equal(story.complaint.outcome, complaint_outcome_is_merged);
    assert_true(span_is(story.complaint.merged_into, "C-30"));
    assert_int_equal(story.effects.clocks_stopped, 7 | 1u << clock_kind_is_deliberate); /* response, plan and resolve */
}

/* Closed on the 23rd of November at 10:00; 30 days later is the 23rd of December. */
static void a_closed_card_leaves_after_thirty_days(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    story_goes(&story, decision(EVENT_complaint_withdrawn, "chen.yu"), "2026-11-23 10:00");
    assert_int_equal(complaint_next_due(&story.policy, &story.complaint), when("2026-12-23 10:00"));
    story_passes(&story, when("2026-12-23 10:00"));
    assert_true(story.complaint.gone);
    assert_true(story.effects.gone);
    assert_int_equal(complaint_next_due(&story.policy, &story.complaint), INT64_MAX);
}

static void transferring_keeps_the_clocks_and_takes_the_handler_away(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    story_goes(&story, assigned("wang.li"), "2026-11-23 09:10");
    struct event transfer = decision(EVENT_complaint_transferred, "chen.yu");
    story_refuses(&story, transfer, "2026-11-23 09:20", -E_BAD_DECISION, "name the store or department");
    SET(&transfer.data.transferred, transferred, department, span_of("service"));
    story_refuses(&story, transfer, "2026-11-23 09:20", -E_ALREADY_DONE, "with sh-pudong service already");
    SET(&transfer.data.transferred, transferred, department, span_of("sales"));
    story_goes(&story, transfer, "2026-11-23 09:20");
    assert_true(span_is(story.complaint.department, "sales"));
    assert_true(span_is(story.complaint.store, "sh-pudong"));
    assert_false(HAS(&story.complaint, complaint, handler));
    assert_int_equal(story_clock(&story, clock_kind_is_response)->due_at, when("2026-11-23 17:00"));
}

static void a_person_escalates_at_once_and_the_level_never_falls(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    struct event escalate = decision(EVENT_complaint_escalated, "zhao.min");
    escalate.data.escalated.level = 3;
    story_goes(&story, escalate, "2026-11-23 10:00");
    assert_string_equal(story.trace, "23 10:00 manual 0 % level 3\n");
    assert_string_equal(story.effects.notice[0].id_text, "E-41-manual-42");
    escalate.data.escalated.level = 1;
    story_goes(&story, escalate, "2026-11-23 10:05");
    assert_int_equal(story.complaint.level, 3);
    story_passes(&story, when("2026-11-23 13:00"));
    assert_int_equal(story.complaint.level, 3); /* half of the response clock is level 0 */
}

/* ---- when ---- */

static void what_the_state_forbids_is_refused_with_its_reason(void **state)
{
    (void)state;
    static const struct {
        enum complaint_status status;
        enum event_type type;
        int refused;
        const char *words;
    } rows[] = {
        {complaint_status_is_received, EVENT_complaint_planned, -E_WRONG_STATE, "C-41 is received; acknowledge it"},
        {complaint_status_is_received, EVENT_complaint_resolved, -E_WRONG_STATE, "C-41 is received; acknowledge it"},
        {complaint_status_is_received, EVENT_complaint_verified, -E_WRONG_STATE, "C-41 is received; resolve it"},
        {complaint_status_is_received, EVENT_complaint_reopened, -E_ALREADY_DONE, "C-41 is open already: received"},
        {complaint_status_is_acknowledged, EVENT_complaint_acknowledged, -E_ALREADY_DONE, "already: acknowledged"},
        {complaint_status_is_planned, EVENT_complaint_planned, -E_ALREADY_DONE, "already: planned"},
        {complaint_status_is_planned, EVENT_complaint_verified, -E_WRONG_STATE, "C-41 is planned; resolve it first"},
        {complaint_status_is_resolved, EVENT_complaint_resolved, -E_ALREADY_DONE, "already: resolved"},
        {complaint_status_is_resolved, EVENT_complaint_planned, -E_ALREADY_DONE, "already: resolved"},
        {complaint_status_is_resolved, EVENT_complaint_acknowledged, -E_ALREADY_DONE, "already: resolved"},
        {complaint_status_is_closed, EVENT_complaint_acknowledged, -E_WRONG_STATE,
         "C-41 is closed since 2026-11-23 10:00; reopen it first"},
        {complaint_status_is_closed, EVENT_complaint_withdrawn, -E_WRONG_STATE, "C-41 is closed since"},
        {complaint_status_is_closed, EVENT_complaint_judged, -E_WRONG_STATE, "C-41 is closed since"},
        {complaint_status_is_closed, EVENT_complaint_escalated, -E_WRONG_STATE, "C-41 is closed since"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct story story;
        story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
        if (rows[i].status == complaint_status_is_closed)
            story_goes(&story, decision(EVENT_complaint_withdrawn, "chen.yu"), "2026-11-23 10:00");
        else
            story_reaches(&story, rows[i].status, "2026-11-23 10:00");
        story_refuses(&story, decision(rows[i].type, "li.na"), "2026-11-23 11:00", rows[i].refused, rows[i].words);
    }
}

static void a_decision_must_make_sense(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    story_refuses(&story, decision(EVENT_complaint_assigned, "chen.yu"), "2026-11-23 10:00", -E_BAD_DECISION,
                  "name the handler");
    story_goes(&story, assigned("wang.li"), "2026-11-23 10:00");
    story_refuses(&story, assigned("wang.li"), "2026-11-23 10:00", -E_ALREADY_DONE, "assigned to wang.li already");
    story_goes(&story, decision(EVENT_complaint_acknowledged, "wang.li"), "2026-11-23 10:00");
    struct event plan = decision(EVENT_complaint_planned, "wang.li");
    SET(&plan.data.planned, planned, due, when("2026-11-23 10:00"));
    story_refuses(&story, plan, "2026-11-23 10:00", -E_BAD_DECISION, "2026-11-23 10:00, which has passed");
    story_reaches(&story, complaint_status_is_resolved, "2026-11-23 10:00");
    story_refuses(&story, decision(EVENT_complaint_verified, "li.na"), "2026-11-23 10:00", -E_BAD_DECISION, "either");
    struct event both = verified("li.na", true);
    SET(&both.data.complaint_verified, complaint_verified, unreachable, true);
    story_refuses(&story, both, "2026-11-23 10:00", -E_BAD_DECISION, "either");
}

/* 64 three-byte characters and a name of 64 bytes: the sentence is cut, but not within a character. */
static void a_reason_too_long_is_cut_at_a_whole_character(void **state)
{
    (void)state;
    char id[CASE_ID_MAX] = "";
    for (int i = 0; i < 40; i++)
        memcpy(id + 3 * i, "满", 4);
    for (size_t shift = 0; shift < 3; shift++) {
        struct story story;
        story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
        story.complaint.id = span_make(id, 120);
        char name[NAME_MAX_BYTES + 1];
        memset(name, 'x', sizeof name);
        memcpy(name + 1 + shift, "满满满满满满满满满满满满满满满满满满满满", 60);
        struct name_list staff = {.item = {span_make(name, 61 + shift)}, .count = 1};
        SET(&story.complaint, complaint, staff, staff);
        struct event judge = judged(verdict_is_upheld);
        judge.data.judged.by = staff.item[0];
        char reason[192];
        memset(reason, '?', sizeof reason);
        int rc = complaint_decide(&story.policy, &story.complaint, &judge, (struct cause){42, when("2026-11-23 10:00")},
                                  &story.effects, reason, sizeof reason);
        assert_int_equal(rc, -E_NOT_ALLOWED_PERSON);
        uint32_t characters;
        assert_in_range(strlen(reason), sizeof reason - 4, sizeof reason - 1);
        assert_int_equal(utf8_count(span_of(reason), &characters), 0);
    }
}

static void a_note_may_be_added_to_a_closed_complaint(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    story_goes(&story, decision(EVENT_complaint_withdrawn, "chen.yu"), "2026-11-23 10:00");
    uint32_t lines = story.complaint.history_count;
    story_goes(&story, decision(EVENT_complaint_noted, "chen.yu"), "2026-11-24 10:00");
    assert_int_equal(story.complaint.history_count, lines + 1);
    assert_int_equal(story.complaint.changed_seq, story.seq);
}

static void judging_keeps_whom_it_is_upheld_against(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    struct event judge = judged(verdict_is_upheld);
    struct name_list staff = {.item = {span_of("zhang.wei")}, .count = 1};
    SET(&judge.data.judged, judged, staff, staff);
    story_goes(&story, judge, "2026-11-23 10:00");
    assert_int_equal(story.complaint.verdict, verdict_is_upheld);
    assert_int_equal(story.complaint.judged_staff.count, 1);
    story_goes(&story, judged(verdict_is_dismissed), "2026-11-23 11:00");
    assert_int_equal(story.complaint.verdict, verdict_is_dismissed);
    assert_false(HAS(&story.complaint, complaint, judged_staff));
}

/* ---- history, recipients ---- */

static void the_history_tells_it_in_order(void **state)
{
    (void)state;
    struct story story;
    struct event fact = complained();
    SET(&fact.data.complained, complained, reported_by, span_of("ma.lin"));
    story_open(&story, &fact, when("2026-11-23 09:00"));
    story_goes(&story, assigned("wang.li"), "2026-11-23 13:30");
    story_goes(&story, graded(grade_is_major), "2026-11-23 13:45");
    /* major: 4 h 45 of 2 h response are 237 %, of 4 h plan 118 %, of 24 h resolve 19 % */
    static const struct {
        const char *type, *by, *said, *at;
    } lines[] = {
        {"feedback.complained", "ma.lin", "general", "2026-11-23 09:00"},
        {"clock.half_used", "", "response", "2026-11-23 13:00"},
        {"complaint.assigned", "chen.yu", "wang.li", "2026-11-23 13:30"},
        {"complaint.graded", "chen.yu", "major", "2026-11-23 13:45"},
        {"clock.breached", "", "response", "2026-11-23 13:45"},
        {"clock.breached", "", "plan", "2026-11-23 13:45"},
    };
    assert_int_equal(story.complaint.history_count, sizeof lines / sizeof lines[0]);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const struct history_line *line = &story.complaint.history[i];
        assert_true(span_is(line->type, lines[i].type));
        assert_true(span_is(line->by, lines[i].by));
        assert_true(span_is(line->said, lines[i].said));
        assert_int_equal(line->at, when(lines[i].at));
    }
}

/* In the journal at 10:00:00: a second before or after is near enough, a millisecond more is told. */
static void the_history_shows_when_it_was_decided(void **state)
{
    (void)state;
    static const struct {
        const char *time; /* NULL: it has none */
        bool shown;
    } rows[] = {
        {NULL, false},
        {"2026-11-23 10:00:00", false},
        {"2026-11-23 09:59:59.000", false},
        {"2026-11-23 09:59:58.999", true},
        {"2026-11-23 10:00:01.001", true},
        {"2026-11-22 18:30", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct story story;
        story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
        struct event note = decision(EVENT_complaint_noted, "wang.li");
        note.has_time = rows[i].time != NULL;
        note.time_ms = rows[i].time ? when(rows[i].time) : 0;
        story_goes(&story, note, "2026-11-23 10:00");
        const struct history_line *line = &story.complaint.history[story.complaint.history_count - 1];
        assert_int_equal(HAS(line, history_line, time), rows[i].shown);
        if (rows[i].shown)
            assert_int_equal(line->time, note.time_ms);
    }
}

static void the_history_keeps_the_newest_lines(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    for (int i = 0; i < 40; i++)
        story_goes(&story, decision(EVENT_complaint_noted, "chen.yu"), "2026-11-23 09:00");
    assert_int_equal(story.complaint.history_count, HISTORY_MAX);
    for (uint32_t i = 1; i < HISTORY_MAX; i++)
        assert_int_equal(story.complaint.history[i].seq, story.complaint.history[i - 1].seq + 1);
    assert_int_equal(story.complaint.history[HISTORY_MAX - 1].seq, story.seq);
}

static void a_notice_always_reaches_somebody(void **state)
{
    (void)state;
    static const struct {
        const char *department, *handler;
        int64_t level;
        const char *reaches;
    } rows[] = {
        {"service", NULL, 0, "handler@sh-pudong/service"},
        {"service", "wang.li", 0, "wang.li"},
        {"service", "zhang.wei", 0, "manager@sh-pudong/service"}, /* complained about: the next one up */
        {"service", "wang.li", 1, "manager@sh-pudong/service"},
        {"service", "wang.li", 2, "director@sh-pudong"},
        {"service", "wang.li", 3, "general-manager@sh-pudong"},
        {"service", "wang.li", 4, "management-group"},
        {NULL, NULL, 0, "handler@sh-pudong"},
        {NULL, NULL, 1, "manager@sh-pudong"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct complaint complaint = {.store = span_of("sh-pudong")};
        struct name_list staff = {.item = {span_of("zhang.wei")}, .count = 1};
        SET(&complaint, complaint, staff, staff);
        if (rows[i].department)
            SET(&complaint, complaint, department, span_of(rows[i].department));
        if (rows[i].handler)
            SET(&complaint, complaint, handler, span_of(rows[i].handler));
        char text[NAME_MAX_BYTES * 3];
        complaint_recipient(NULL, 0, &complaint, rows[i].level, text, sizeof text);
        assert_string_equal(text, rows[i].reaches);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_complaint_is_answered_planned_resolved_verified_and_closed),
        cmocka_unit_test(a_satisfied_customer_waits_for_the_verdict),
        cmocka_unit_test(an_unreachable_customer_closes_with_unknown_outcome),
        cmocka_unit_test(an_unsatisfied_customer_reopens_it_a_level_higher),
        cmocka_unit_test(the_second_reopening_sets_the_floor_to_three),
        cmocka_unit_test(a_closed_complaint_can_be_reopened),
        cmocka_unit_test(a_merged_complaint_names_the_one_that_goes_on),
        cmocka_unit_test(a_closed_card_leaves_after_thirty_days),
        cmocka_unit_test(transferring_keeps_the_clocks_and_takes_the_handler_away),
        cmocka_unit_test(a_person_escalates_at_once_and_the_level_never_falls),
        cmocka_unit_test(what_the_state_forbids_is_refused_with_its_reason),
        cmocka_unit_test(a_decision_must_make_sense),
        cmocka_unit_test(a_reason_too_long_is_cut_at_a_whole_character),
        cmocka_unit_test(a_note_may_be_added_to_a_closed_complaint),
        cmocka_unit_test(judging_keeps_whom_it_is_upheld_against),
        cmocka_unit_test(the_history_tells_it_in_order),
        cmocka_unit_test(the_history_shows_when_it_was_decided),
        cmocka_unit_test(the_history_keeps_the_newest_lines),
        cmocka_unit_test(a_notice_always_reaches_somebody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
