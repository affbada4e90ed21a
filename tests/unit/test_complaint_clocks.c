/* A complaint's clocks run, rest, and call people by the ladder. */
#include "core/status.h"
#include "tests/support/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HOUR (3600 * 1000ll)

/* ---- the ladder ---- */

/*
 * General, opened Monday 23 at 09:00. Response 8 h, plan 16 h, resolve 24 h, working time = wall time for now:
 *            50 %          80 %             100 %         150 %         200 %
 * response   4 h   13:00   6 h 24   15:24   8 h   17:00   12 h  21:00   16 h 24th 01:00
 * plan       8 h   17:00   12 h 48  21:48   16 h  01:00   24 h  09:00   32 h 24th 17:00
 * resolve    12 h  21:00   19 h 12  04:12   24 h  09:00   36 h  21:00   48 h 25th 09:00
 */
static void a_complaint_that_nobody_answers_climbs_the_whole_ladder(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    assert_string_equal(story.id_text, "C-41");
    assert_true(story.effects.opened);
    story_passes(&story, when("2026-12-23 09:00"));
    assert_string_equal(story.trace, "23 13:00 response 50 % level 0\n"
                                     "23 15:24 response 80 % level 1\n"
                                     "23 17:00 response 100 % level 2\n"
                                     "23 17:00 plan 50 % level 0\n"
                                     "23 21:00 response 150 % level 3\n"
                                     "23 21:00 resolve 50 % level 0\n"
                                     "23 21:48 plan 80 % level 1\n"
                                     "24 01:00 response 200 % level 4\n"
                                     "24 01:00 plan 100 % level 2\n"
                                     "24 04:12 resolve 80 % level 1\n"
                                     "24 09:00 plan 150 % level 3\n"
                                     "24 09:00 resolve 100 % level 2\n"
                                     "24 17:00 plan 200 % level 4\n"
                                     "24 21:00 resolve 150 % level 3\n"
                                     "25 09:00 resolve 200 % level 4\n");
    assert_true(complaint_next_due(&story.policy, &story.complaint) > when("2027-06-01 00:00")); /* the law's is left */
    for (uint32_t i = 0; i < story.complaint.clocks_count; i++)
        assert_int_equal(story.complaint.clocks[i].breached,
                         story.complaint.clocks[i].kind != clock_kind_is_deliberate);
}

/* DOMAIN's table of grades, as due times after opening at 09:00 on the 23rd. */
static void every_grade_has_its_deadlines(void **state)
{
    (void)state;
    static const struct {
        enum grade grade;
        const char *response, *plan, *resolve;
    } rows[] = {
        {grade_is_general, "2026-11-23 17:00", "2026-11-24 01:00", "2026-11-24 09:00"},
        {grade_is_serious, "2026-11-23 13:00", "2026-11-23 17:00", "2026-11-24 09:00"},
        {grade_is_major, "2026-11-23 11:00", "2026-11-23 13:00", "2026-11-24 09:00"},
        {grade_is_urgent, "2026-11-23 11:00", "2026-11-23 13:00", "2026-11-25 09:00"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct story story;
        story_open_plain(&story, rows[i].grade, "2026-11-23 09:00");
        assert_int_equal(story_clock(&story, clock_kind_is_response)->due_at, when(rows[i].response));
        assert_int_equal(story_clock(&story, clock_kind_is_plan)->due_at, when(rows[i].plan));
        assert_int_equal(story_clock(&story, clock_kind_is_resolve)->due_at, when(rows[i].resolve));
    }
}

static void notices_have_the_names_of_clock_and_rung(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    story_passes(&story, when("2026-11-23 13:00"));
    assert_int_equal(story.effects.notice_count, 1);
    assert_string_equal(story.effects.notice[0].id_text, "E-41-response-50");
    assert_int_equal(story.complaint.level, 0);
}

static void no_notice_level_0(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    assert_int_equal(story.effects.notice_count, 0);
    assert_int_equal(story.complaint.level, 0);
    assert_int_equal(complaint_next_due(&story.policy, &story.complaint), when("2026-11-23 13:00"));
}

/* Heard at 00:00, told at 09:00: 9 of 8 h response are 112 %, 9 of 16 h plan 56 %, 9 of 24 h resolve 37 %. */
static void a_clock_already_past_fires_once_at_its_highest_rung(void **state)
{
    (void)state;
    struct story story;
    struct event fact = complained();
    fact.has_time = true;
    fact.time_ms = when("2026-11-23 00:00");
    story_open(&story, &fact, when("2026-11-23 09:00"));
    assert_string_equal(story.trace, "23 09:00 response 100 % level 2\n"
                                     "23 09:00 plan 50 % level 0\n");
    assert_true(story_clock(&story, clock_kind_is_response)->breached);
    assert_int_equal(story.complaint.opened_at, when("2026-11-23 00:00"));
    assert_int_equal(story.complaint.level, 2);
}

/* 24 h at the top: the latest that may start clocks is 7 days before. */
static void a_fact_older_than_seven_days_starts_when_it_arrives(void **state)
{
    (void)state;
    static const struct {
        const char *time;
        bool late;
        const char *opened;
    } rows[] = {
        {"2026-11-16 09:00", false, "2026-11-16 09:00"},
        {"2026-11-16 08:59:59.999", true, "2026-11-23 09:00"},
        {"2026-11-23 09:00:00.001", false, "2026-11-23 09:00"}, /* never later than the journal */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct story story;
        struct event fact = complained();
        fact.has_time = true;
        fact.time_ms = when(rows[i].time);
        story_open(&story, &fact, when("2026-11-23 09:00"));
        assert_int_equal(story.complaint.late, rows[i].late);
        assert_int_equal(story.complaint.opened_at, when(rows[i].opened));
    }
}

/* 09:00:00.001 + 4 h = 13:00:00.001, up to the second: 13:00:01. */
static void dues_are_rounded_up_to_the_second(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00:00.001");
    assert_int_equal(complaint_next_due(&story.policy, &story.complaint), when("2026-11-23 13:00:01"));
    assert_int_equal(story_clock(&story, clock_kind_is_response)->due_at, when("2026-11-23 17:00:01"));
}

static void an_import_is_closed_and_calls_nobody(void **state)
{
    (void)state;
    struct story story;
    struct event fact = complained();
    fact.has_time = true;
    fact.time_ms = when("2025-03-01 09:00");
    SET(&fact.data.complained, complained, historical, true);
    story_open(&story, &fact, when("2026-11-23 09:00"));
    assert_int_equal(story.complaint.status, complaint_status_is_closed);
    assert_int_equal(story.complaint.outcome, complaint_outcome_is_unknown);
    assert_int_equal(story.complaint.clocks_count, 0);
    assert_int_equal(story.complaint.opened_at, when("2025-03-01 09:00"));
    assert_true(story.effects.opened);
    assert_true(story.effects.closed);
    story_passes(&story, when("2027-11-23 09:00"));
    assert_string_equal(story.trace, "");
}

/* ---- in time ---- */

/* Response is due at 17:00. What arrives at 17:10 was in time when it was decided at 17:00 and says so. */
static void a_decision_counts_in_time_within_fifteen_minutes(void **state)
{
    (void)state;
    static const struct {
        const char *time; /* NULL: it has none */
        const char *at;
        const char *stopped;
        bool breached;
    } rows[] = {
        {"2026-11-23 16:58", "2026-11-23 17:10", "2026-11-23 16:58", false},
        {"2026-11-23 17:00", "2026-11-23 17:10", "2026-11-23 17:00", false},
        {"2026-11-23 17:01", "2026-11-23 17:10", "2026-11-23 17:01", true},
        {"2026-11-23 16:55", "2026-11-23 17:10", "2026-11-23 16:55", false},
        {"2026-11-23 16:54", "2026-11-23 17:10", "2026-11-23 17:10", true}, /* 16 minutes: too old */
        {"2026-11-23 17:20", "2026-11-23 17:10", "2026-11-23 17:10", true}, /* not yet */
        {NULL, "2026-11-23 17:10", "2026-11-23 17:10", true},
        {NULL, "2026-11-23 17:00", "2026-11-23 17:00", false},
        {"2026-11-23 08:50", "2026-11-23 09:02", "2026-11-23 09:00", false}, /* never before the clock started */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct story story;
        story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
        struct event answer = decision(EVENT_complaint_acknowledged, "wang.li");
        answer.has_time = rows[i].time != NULL;
        answer.time_ms = rows[i].time ? when(rows[i].time) : 0;
        story_goes(&story, answer, rows[i].at);
        const struct clock *response = story_clock(&story, clock_kind_is_response);
        assert_int_equal(response->stopped_at, when(rows[i].stopped));
        assert_int_equal(response->breached, rows[i].breached);
    }
}

/* ---- pauses ---- */

/* Opened 09:00, resolve due 24th 09:00. Paused 12:00 on the 23rd to 12:00 on the 25th: 48 h later. */
static void a_pause_stops_plan_and_resolve_and_ends_by_itself(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    story_goes(&story, paused_until("2026-11-25 12:00"), "2026-11-23 12:00");
    assert_int_equal(story_clock(&story, clock_kind_is_resolve)->due_at, when("2026-11-26 09:00"));
    assert_int_equal(story_clock(&story, clock_kind_is_response)->due_at, when("2026-11-23 17:00"));
    story_passes(&story, when("2026-11-25 12:00"));
    assert_false(HAS(&story.complaint, complaint, paused));
    assert_int_equal(story.complaint.paused_ms, 48 * HOUR);
    const struct history_line *line = &story.complaint.history[story.complaint.history_count - 1];
    assert_true(span_is(line->type, "clock.resumed"));
    assert_int_equal(line->at, when("2026-11-25 12:00"));
    assert_int_equal(line->by.len, 0);
    /* half of plan: 8 h of which 3 h had passed: 17:00 on the 25th */
    assert_int_equal(complaint_next_due(&story.policy, &story.complaint), when("2026-11-25 17:00"));
    assert_string_equal(story.trace, "23 13:00 response 50 % level 0\n"
                                     "23 15:24 response 80 % level 1\n"
                                     "23 17:00 response 100 % level 2\n"
                                     "23 21:00 response 150 % level 3\n"
                                     "24 01:00 response 200 % level 4\n");
}

/* 3 h passed, rested 2 h, resumed 14:00: resolve due 24th 09:00 + 2 h. */
static void resuming_early_gives_back_what_was_not_used(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    story_goes(&story, paused_until("2026-11-25 12:00"), "2026-11-23 12:00");
    story_goes(&story, decision(EVENT_complaint_resumed, "wang.li"), "2026-11-23 14:00");
    assert_int_equal(story.complaint.paused_ms, 2 * HOUR);
    assert_int_equal(story_clock(&story, clock_kind_is_resolve)->due_at, when("2026-11-24 11:00"));
    story_refuses(&story, decision(EVENT_complaint_resumed, "wang.li"), "2026-11-23 14:30", -E_WRONG_STATE,
                  "C-41 does not rest");
}

/* 6 days, then 4 days are the 10 that are allowed; a second more is not. */
static void pauses_have_ten_working_days_in_all(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-01 09:00");
    story_goes(&story, decision(EVENT_complaint_acknowledged, "wang.li"), "2026-11-01 09:00");
    story_refuses(&story, paused_until("2026-11-11 09:00:01"), "2026-11-01 09:00", -E_PAUSE_USED_UP,
                  "has rested 0.0 working days");
    story_goes(&story, paused_until("2026-11-07 09:00"), "2026-11-01 09:00");
    story_refuses(&story, paused_until("2026-11-08 09:00"), "2026-11-02 09:00", -E_ALREADY_DONE,
                  "rests already until 2026-11-07 09:00");
    story_refuses(&story, paused_until("2026-11-11 10:00:01"), "2026-11-07 10:00", -E_PAUSE_USED_UP,
                  "C-41 has rested 6.0 working days; until 2026-11-11 10:00 it would be 10.0 of at most 10.0");
    story_goes(&story, paused_until("2026-11-11 10:00"), "2026-11-07 10:00");
    story_passes(&story, when("2026-11-11 10:00"));
    assert_int_equal(story.complaint.paused_ms, 240 * HOUR);
}

static void a_pause_needs_a_clock_and_a_future(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    story_refuses(&story, paused_until("2026-11-23 10:00"), "2026-11-23 10:00", -E_BAD_DECISION,
                  "can't rest until 2026-11-23 10:00, which has passed");
    story_reaches(&story, complaint_status_is_resolved, "2026-11-23 10:00");
    story_refuses(&story, paused_until("2026-11-24 10:00"), "2026-11-23 11:00", -E_WRONG_STATE, "C-41 is resolved");
}

/* Planned while it rests: the plan clock had used 3 of 16 h, so it was met; resolving ends the pause. */
static void work_done_while_it_rests_counts_as_done_in_time(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    story_goes(&story, decision(EVENT_complaint_acknowledged, "wang.li"), "2026-11-23 10:00");
    story_goes(&story, paused_until("2026-11-27 12:00"), "2026-11-23 12:00");
    story_goes(&story, decision(EVENT_complaint_planned, "wang.li"), "2026-11-25 12:00");
    /* due 24th 01:00 + 48 h of rest */
    assert_int_equal(story_clock(&story, clock_kind_is_plan)->due_at, when("2026-11-26 01:00"));
    assert_false(story_clock(&story, clock_kind_is_plan)->breached);
    assert_true(HAS(&story.complaint, complaint, paused));
    story_goes(&story, decision(EVENT_complaint_resolved, "wang.li"), "2026-11-26 12:00");
    assert_false(HAS(&story.complaint, complaint, paused));
    assert_false(story_clock(&story, clock_kind_is_resolve)->breached);
    assert_int_equal(story.complaint.paused_ms, 72 * HOUR);
}

/* Resolve had 24 h from 09:00 and lost 12:00-14:00: as urgent it has 48 wall hours and still loses 2. */
static void regrading_keeps_what_pauses_took(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    story_goes(&story, paused_until("2026-11-23 14:00"), "2026-11-23 12:00");
    story_goes(&story, graded(grade_is_urgent), "2026-11-23 15:00");
    assert_int_equal(story_clock(&story, clock_kind_is_resolve)->due_at, when("2026-11-25 11:00"));
}

/* ---- grading anew ---- */

/* General from 09:00, urgent from 12:30: 3 h 30 of 2 h response are 175 %, of 4 h plan 87 %, of 48 h resolve 7 %. */
static void regrading_recomputes_from_opening_and_fires_once(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    story_goes(&story, graded(grade_is_urgent), "2026-11-23 12:30");
    assert_string_equal(story.trace, "23 12:30 response 150 % level 3\n"
                                     "23 12:30 plan 80 % level 1\n");
    assert_true(story_clock(&story, clock_kind_is_response)->breached);
    /* next: plan's 100 % at 13:00, response's 200 % at 13:00 */
    story_passes(&story, when("2026-11-23 13:00"));
    assert_string_equal(story.trace, "23 12:30 response 150 % level 3\n"
                                     "23 12:30 plan 80 % level 1\n"
                                     "23 13:00 response 200 % level 4\n"
                                     "23 13:00 plan 100 % level 2\n");
}

/* Rests from 12:00, when 3 h were used: of an urgent plan's 4 h that is 75 %, so half of it is told at once. */
static void a_graver_grade_is_told_even_while_it_rests(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    story_goes(&story, decision(EVENT_complaint_acknowledged, "wang.li"), "2026-11-23 09:00");
    story_goes(&story, paused_until("2026-11-24 12:00"), "2026-11-23 12:00");
    story_goes(&story, graded(grade_is_urgent), "2026-11-23 18:00");
    assert_string_equal(story.trace, "23 18:00 plan 50 % level 0\n");
    assert_int_equal(complaint_next_due(&story.policy, &story.complaint), when("2026-11-24 12:00"));
    story_passes(&story, when("2026-11-24 12:12")); /* 80 % of 4 h: 3 h 12 used */
    assert_string_equal(story.trace, "23 18:00 plan 50 % level 0\n"
                                     "24 12:12 plan 80 % level 1\n");
}

/*
 * Urgent: response (2 h) is breached at 11:00, plan (4 h) half used. As general at 11:15 2 h 15 of 8 h and of 16 h have
 * passed: nothing has come yet, and all of it comes when it is time: 50 % at 13:00, 80 % at 15:24, 100 % at 17:00.
 */
static void a_milder_grade_takes_back_what_has_not_come_yet(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_urgent, "2026-11-23 09:00");
    story_passes(&story, when("2026-11-23 11:00"));
    assert_string_equal(story.trace, "23 10:00 response 50 % level 0\n"
                                     "23 10:36 response 80 % level 1\n"
                                     "23 11:00 response 100 % level 2\n"
                                     "23 11:00 plan 50 % level 0\n");
    story_goes(&story, graded(grade_is_general), "2026-11-23 11:15");
    assert_false(story_clock(&story, clock_kind_is_response)->breached);
    assert_int_equal(story.complaint.level, 2); /* it never falls */
    /* 135 of 480 minutes are 28.1 %, of 960 14.1 %, of 1,440 9.4 % */
    assert_int_equal(story.effects.unfired_percent[clock_kind_is_response], 29);
    assert_int_equal(story.effects.unfired_percent[clock_kind_is_plan], 15);
    assert_int_equal(story.effects.unfired_percent[clock_kind_is_resolve], 10);
    story.trace[0] = '\0';
    story_passes(&story, when("2026-11-23 17:00"));
    assert_string_equal(story.trace, "23 13:00 response 50 % level 0\n"
                                     "23 15:24 response 80 % level 1\n"
                                     "23 17:00 response 100 % level 2\n"
                                     "23 17:00 plan 50 % level 0\n");
    assert_true(story_clock(&story, clock_kind_is_response)->breached);
}

/* Urgent, breached since 11:00, 150 % at 12:00. As serious (4 h) at 12:30 3 h 30 are 87 %: 50 % and 80 % stay fired;
 * of plan's 8 h they are 44 %, so that its half comes again at 13:00. */
static void what_has_come_by_both_grades_is_not_told_twice(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_urgent, "2026-11-23 09:00");
    story_goes(&story, decision(EVENT_complaint_noted, "wang.li"), "2026-11-23 12:30");
    story.trace[0] = '\0';
    story_goes(&story, graded(grade_is_serious), "2026-11-23 12:30");
    assert_string_equal(story.trace, "");
    assert_int_equal(story.effects.unfired_percent[clock_kind_is_response], 88); /* 210 of 240 minutes are 87.5 % */
    assert_false(story_clock(&story, clock_kind_is_response)->breached);
    story_passes(&story, when("2026-11-23 13:00"));
    assert_string_equal(story.trace, "23 13:00 response 100 % level 2\n"
                                     "23 13:00 plan 50 % level 0\n");
}

static void a_grade_may_be_what_it_is_only_once(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    story_refuses(&story, graded(grade_is_general), "2026-11-23 15:30", -E_ALREADY_DONE, "C-41 is general already");
}

static void a_met_clock_keeps_the_deadline_that_people_knew(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    story_goes(&story, decision(EVENT_complaint_acknowledged, "wang.li"), "2026-11-23 12:00");
    story_goes(&story, graded(grade_is_urgent), "2026-11-23 12:30");
    assert_int_equal(story_clock(&story, clock_kind_is_response)->due_at, when("2026-11-23 17:00"));
    assert_false(story_clock(&story, clock_kind_is_response)->breached);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_complaint_that_nobody_answers_climbs_the_whole_ladder),
        cmocka_unit_test(every_grade_has_its_deadlines),
        cmocka_unit_test(notices_have_the_names_of_clock_and_rung),
        cmocka_unit_test(no_notice_level_0),
        cmocka_unit_test(a_clock_already_past_fires_once_at_its_highest_rung),
        cmocka_unit_test(a_fact_older_than_seven_days_starts_when_it_arrives),
        cmocka_unit_test(dues_are_rounded_up_to_the_second),
        cmocka_unit_test(an_import_is_closed_and_calls_nobody),
        cmocka_unit_test(a_decision_counts_in_time_within_fifteen_minutes),
        cmocka_unit_test(a_pause_stops_plan_and_resolve_and_ends_by_itself),
        cmocka_unit_test(resuming_early_gives_back_what_was_not_used),
        cmocka_unit_test(pauses_have_ten_working_days_in_all),
        cmocka_unit_test(a_pause_needs_a_clock_and_a_future),
        cmocka_unit_test(work_done_while_it_rests_counts_as_done_in_time),
        cmocka_unit_test(regrading_keeps_what_pauses_took),
        cmocka_unit_test(regrading_recomputes_from_opening_and_fires_once),
        cmocka_unit_test(a_graver_grade_is_told_even_while_it_rests),
        cmocka_unit_test(a_milder_grade_takes_back_what_has_not_come_yet),
        cmocka_unit_test(what_has_come_by_both_grades_is_not_told_twice),
        cmocka_unit_test(a_grade_may_be_what_it_is_only_once),
        cmocka_unit_test(a_met_clock_keeps_the_deadline_that_people_knew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
