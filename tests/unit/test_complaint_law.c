/* Nights, the law's clocks, ladders that come and go, calls that reach nobody. */
#include "core/calendar.h"
#include "core/quiet_hours.h"
#include "core/status.h"
#include "tests/support/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void levels_0_and_1_keep_quiet_from_20_to_8_except_for_urgent(void **state)
{
    (void)state;
    static const struct {
        enum grade grade;
        int64_t level;
        const char *due, *heard;
    } rows[] = {
        {grade_is_general, 0, "2026-11-23 19:59:59", "2026-11-23 19:59:59"},
        {grade_is_general, 0, "2026-11-23 20:00", "2026-11-24 08:00"},
        {grade_is_general, 1, "2026-11-23 23:59", "2026-11-24 08:00"},
        {grade_is_major, 1, "2026-11-24 00:00", "2026-11-24 08:00"},
        {grade_is_serious, 1, "2026-11-24 07:59:59.999", "2026-11-24 08:00"},
        {grade_is_general, 1, "2026-11-24 08:00", "2026-11-24 08:00"},
        {grade_is_general, 2, "2026-11-23 23:00", "2026-11-23 23:00"},
        {grade_is_urgent, 0, "2026-11-23 23:00", "2026-11-23 23:00"},
        {grade_is_general, 1, "2026-11-27 22:00", "2026-11-28 08:00"}, /* a Saturday morning is a morning */
    };
    struct policy policy;
    policy_default(&policy);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(quiet_until(&policy, span_of("sh-pudong"), rows[i].grade, rows[i].level, when(rows[i].due)),
                         when(rows[i].heard));
    policy.quiet.from_minute = 12 * 60; /* over lunch, and nothing else */
    policy.quiet.until_minute = 13 * 60;
    assert_int_equal(quiet_until(&policy, span_of("sh"), grade_is_general, 0, when("2026-11-23 12:30")),
                     when("2026-11-23 13:00"));
    assert_int_equal(quiet_until(&policy, span_of("sh"), grade_is_general, 0, when("2026-11-23 23:00")),
                     when("2026-11-23 23:00"));
    policy.quiet.until_minute = policy.quiet.from_minute;
    assert_int_equal(quiet_until(&policy, span_of("sh"), grade_is_general, 0, when("2026-11-23 12:00")),
                     when("2026-11-23 12:00"));
}

static void nights(struct policy *policy)
{
    policy->quiet.until_minute = 8 * 60;
}

/* General from 15:00, round the clock: response 8 h: 50 % 19:00, 80 % 21:24, 100 % 23:00. */
static void a_rung_that_is_not_quiet_does_not_forget_the_one_that_waits(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 15:00");
    nights(&story.policy);
    story_passes(&story, when("2026-11-23 23:00"));
    assert_string_equal(story.trace, "23 19:00 response 50 % level 0\n"
                                     "23 23:00 response 100 % level 2\n");
    story.trace[0] = '\0';
    story_passes(&story, when("2026-11-24 08:00"));
    assert_non_null(strstr(story.trace, "24 08:00 response 80 % level 1\n"));
}

static struct event about(enum category category, enum channel channel)
{
    struct event fact = complained();
    fact.data.complained.category = (int32_t)category;
    fact.data.complained.channel = (int32_t)channel;
    return fact;
}

static void open_about(struct story *story, enum category category, enum channel channel)
{
    struct event fact = about(category, channel);
    story_open(story, &fact, when("2026-11-23 09:00"));
}

static bool runs(const struct story *story, enum clock_kind kind)
{
    for (uint32_t i = 0; i < story->complaint.clocks_count; i++) {
        const struct clock *clock = &story->complaint.clocks[i];
        if (clock->kind == (int32_t)kind)
            return !HAS(clock, clock, stopped_at);
    }
    return false;
}

static void each_clock_of_the_law_stops_with_what_it_waits_for(void **state)
{
    (void)state;
    struct story story;
    open_about(&story, category_is_refund, channel_is_regulator);
    assert_int_equal(story.complaint.clocks_count, 8); /* response, plan, resolve, and all five of the law */
    story_goes(&story, decision(EVENT_complaint_acknowledged, "wang.li"), "2026-11-23 09:30");
    assert_false(runs(&story, clock_kind_is_regulator_accept));
    assert_true(runs(&story, clock_kind_is_refund_answer));
    story_goes(&story, decision(EVENT_complaint_planned, "wang.li"), "2026-11-23 10:00");
    assert_false(runs(&story, clock_kind_is_refund_answer));
    assert_true(runs(&story, clock_kind_is_refund_finish) && runs(&story, clock_kind_is_regulator_mediation));
    story_goes(&story, decision(EVENT_complaint_resolved, "wang.li"), "2026-11-23 11:00");
    assert_false(runs(&story, clock_kind_is_refund_finish) || runs(&story, clock_kind_is_regulator_mediation) ||
                 runs(&story, clock_kind_is_deliberate));
}

/* Resolved, then not satisfied: the demand was not met, and the law counts from it; ours begin anew. */
static void reopened_the_law_counts_from_the_demand(void **state)
{
    (void)state;
    struct story story;
    open_about(&story, category_is_refund, channel_is_phone);
    story_reaches(&story, complaint_status_is_resolved, "2026-11-23 10:00");
    story_goes(&story, judged(verdict_is_upheld), "2026-11-23 11:00");
    story_goes(&story, verified("li.na", false), "2026-11-24 12:00");
    assert_int_equal(story_clock(&story, clock_kind_is_refund_finish)->started_at, when("2026-11-23 09:00"));
    assert_int_equal(story_clock(&story, clock_kind_is_resolve)->started_at, when("2026-11-24 12:00"));
    assert_int_equal(story_clock(&story, clock_kind_is_deliberate)->started_at, when("2026-11-24 12:00"));
}

static bool reckon(struct story *story, const struct policy *policy, const char *at)
{
    struct complaint_effects effects = {0};
    story->policy = *policy;
    bool changed = complaint_reckon(policy, &story->complaint, (struct cause){++story->seq, when(at)}, &effects);
    story->effects = effects;
    return changed;
}

/* 100 % of the response clock was told to the director; a ladder without that rung comes and goes. */
static void a_ladder_that_loses_a_rung_and_gets_it_back_tells_it_once(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_urgent, "2026-11-23 09:00");
    story_passes(&story, when("2026-11-23 11:30"));
    struct policy full = story.policy, other = story.policy;
    other.rung_count = 2; /* 50 % and 80 % */
    reckon(&story, &other, "2026-11-23 11:30");
    assert_int_equal(story.effects.notice_count, 0);
    reckon(&story, &full, "2026-11-23 11:31");
    assert_int_equal(story.effects.notice_count, 0);
    assert_int_equal(story_clock(&story, clock_kind_is_response)->told_percent, 100);
}

/* Told to the director; now the general manager is to hear of 100 %: told anew, and the one that was open ends. */
static void a_share_that_was_told_to_too_few_is_told_anew(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_urgent, "2026-11-23 09:00");
    story_passes(&story, when("2026-11-23 11:30"));
    struct policy higher = story.policy;
    higher.ladder[2].level = 3;
    higher.ladder[3].level = 4;
    higher.rung_count = 4;
    assert_true(reckon(&story, &higher, "2026-11-23 11:30"));
    assert_int_equal(story.effects.notice_count, 1);
    assert_string_equal(story.effects.notice[0].id_text, "E-41-response-100");
    assert_int_equal(story.effects.notice[0].level, 3);
    assert_int_equal(story.effects.unfired_percent[clock_kind_is_response], 100);
}

/* Closed at 10:00; kept for 30 days; a rulebook that keeps cards for one day is in force when a note is added. */
static void a_note_on_a_closed_complaint_does_not_move_its_cards_end(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    story_goes(&story, decision(EVENT_complaint_withdrawn, "chen.yu"), "2026-11-23 10:00");
    story.policy.card_keep_ms = 24 * 3600 * 1000;
    story_goes(&story, decision(EVENT_complaint_noted, "wang.li"), "2026-11-23 11:00");
    assert_int_equal(complaint_next_due(&story.policy, &story.complaint), when("2026-12-23 10:00"));
}

static void nobody_is_unreachable_before_the_tries_are_made(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    story_reaches(&story, complaint_status_is_resolved, "2026-11-23 10:00");
    struct event gone = decision(EVENT_complaint_verified, "li.na");
    SET(&gone.data.complaint_verified, complaint_verified, unreachable, true);
    story_refuses(&story, gone, "2026-11-23 10:30", -E_WRONG_STATE, "0 of 4 tries within 2 days");
    story_tries(&story, 3, "2026-11-23 11:00");
    story_refuses(&story, gone, "2026-11-23 12:00", -E_WRONG_STATE, "3 of 4 tries within 2 days");
    story_tries(&story, 1, "2026-11-25 11:00"); /* two days after the first, to the minute */
    story_goes(&story, gone, "2026-11-25 11:01");
    assert_true(span_is(story.complaint.waits_for, "verdict"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_0_and_1_keep_quiet_from_20_to_8_except_for_urgent),
        cmocka_unit_test(a_rung_that_is_not_quiet_does_not_forget_the_one_that_waits),
        cmocka_unit_test(each_clock_of_the_law_stops_with_what_it_waits_for),
        cmocka_unit_test(reopened_the_law_counts_from_the_demand),
        cmocka_unit_test(a_ladder_that_loses_a_rung_and_gets_it_back_tells_it_once),
        cmocka_unit_test(a_share_that_was_told_to_too_few_is_told_anew),
        cmocka_unit_test(a_note_on_a_closed_complaint_does_not_move_its_cards_end),
        cmocka_unit_test(nobody_is_unreachable_before_the_tries_are_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
