/* Stories of notices: whatever becomes of their complaint, they follow it. */
#include "core/status.h"
#include "tests/support/showroom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MINUTE_MS 60000ll
#define HOUR_MS (60 * MINUTE_MS)

static struct showroom showroom;
static char complaint_id[64];
static uint64_t complaint_seq;
static int64_t opened_ms; /* 08:00 in Shanghai */

static void complain_as(enum grade grade)
{
    struct complained fact = showroom_complaint(NULL, NULL);
    SET(&fact, complained, grade, (int32_t)grade);
    complaint_seq = showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
    showroom_turn(&showroom);
    snprintf(complaint_id, sizeof complaint_id, "C-%llu", (unsigned long long)complaint_seq);
    struct complaint card;
    showroom_card(&showroom, "complaint", complaint_id, &card);
    opened_ms = card.opened_at;
}

static struct escalation notice(const char *rest)
{
    static struct escalation card; /* its spans live until the next request */
    char id[96];
    snprintf(id, sizeof id, "E-%llu-%s", (unsigned long long)complaint_seq, rest);
    showroom_card(&showroom, "escalation", id, &card);
    return card;
}

static uint32_t times_said(const char *type, const char *rest)
{
    char id[96];
    snprintf(id, sizeof id, "E-%llu-%s", (unsigned long long)complaint_seq, rest);
    return showroom_count(&showroom, type, id);
}

static uint64_t decide(enum event_type type, const void *decision)
{
    uint64_t seq = showroom_publish(&showroom, type, complaint_id, 0, decision);
    showroom_turn(&showroom);
    assert_int_equal(showroom_outcome(&showroom, seq), 0);
    return seq;
}

static uint64_t grade_as(enum grade grade)
{
    struct graded graded = {0};
    SET(&graded, graded, by, span_of("chen.yu"));
    SET(&graded, graded, grade, (int32_t)grade);
    return decide(EVENT_complaint_graded, &graded);
}

static void is_in_order(const char *rebuilt)
{
    showroom_nothing_twice(&showroom);
    showroom_verify(&showroom);
    showroom_rebuild_is_equal(&showroom, rebuilt);
}

/* Urgent: 50 % of 2 h after 1 h, 100 % after 2 h. As general: 50 % of 8 h after 4 h, 100 % after 8 h, once more. */
static void a_milder_grade_ends_notices_and_raises_them_again_when_it_is_time(void **state)
{
    (void)state;
    char again[48];
    complain_as(grade_is_urgent);
    showroom_pass(&showroom, 2 * HOUR_MS + 10 * MINUTE_MS);
    assert_false(notice("response-100").ended);
    grade_as(grade_is_general);
    assert_true(notice("response-50").ended);
    assert_true(notice("response-100").ended);
    assert_true(notice("plan-50").ended);

    showroom_pass(&showroom, 6 * HOUR_MS);
    assert_int_equal(times_said("escalation.raised", "response-100"), 1); /* no repeats of what has ended */
    uint64_t tick = journal_head(showroom.desk.journal);
    bool found = false;
    for (uint64_t seq = complaint_seq; seq <= tick && !found; seq++) {
        snprintf(again, sizeof again, "response-100-again-%llu", (unsigned long long)seq);
        found = times_said("escalation.raised", again) == 1;
    }
    assert_true(found);
    assert_false(notice(again).ended);
    assert_int_equal(notice(again).at, opened_ms + 8 * HOUR_MS);
    showroom_decide(&showroom, EVENT_complaint_acknowledged, complaint_id, "wang.li");
    assert_true(notice(again).ended);
    is_in_order("/rebuilt-milder");
}

/* General: breached after 8 h, at 16:00; repeated at 09:00. As urgent from 16:10: each 30 min from then on. */
static void an_open_notice_takes_the_new_grade_and_its_rhythm(void **state)
{
    (void)state;
    complain_as(grade_is_general);
    showroom_pass(&showroom, 8 * HOUR_MS + 10 * MINUTE_MS);
    assert_int_equal(notice("response-100").grade, grade_is_general);
    grade_as(grade_is_urgent);
    assert_int_equal(notice("response-100").grade, grade_is_urgent);
    assert_int_equal(notice("response-100").repeat, 0);
    assert_int_equal(times_said("escalation.changed", "response-100"), 1);
    showroom_pass(&showroom, 30 * MINUTE_MS - 1000);
    assert_int_equal(notice("response-100").repeat, 0);
    showroom_pass(&showroom, 1000 + 30 * MINUTE_MS);
    assert_int_equal(notice("response-100").repeat, 2);
    assert_int_equal(notice("response-100").at, opened_ms + 9 * HOUR_MS + 10 * MINUTE_MS);
    is_in_order("/rebuilt-rhythm");
}

static void an_open_notice_moves_with_its_complaint(void **state)
{
    (void)state;
    char seen[64];
    complain_as(grade_is_general);
    showroom_pass(&showroom, 8 * HOUR_MS);
    snprintf(seen, sizeof seen, "E-%llu-response-50", (unsigned long long)complaint_seq);
    showroom_decide(&showroom, EVENT_escalation_acknowledged, seen, "wang.li");
    struct transferred transferred = {0};
    SET(&transferred, transferred, by, span_of("chen.yu"));
    SET(&transferred, transferred, store, span_of("sh-minhang"));
    SET(&transferred, transferred, department, span_of("sales"));
    decide(EVENT_complaint_transferred, &transferred);
    assert_true(span_is(notice("response-80").store, "sh-minhang"));
    assert_true(span_is(notice("response-80").department, "sales"));
    assert_true(span_is(notice("response-80").to, "manager@sh-minhang/sales"));
    assert_true(span_is(notice("response-100").to, "director@sh-minhang"));
    assert_true(span_is(notice("plan-50").to, "handler@sh-minhang/sales"));
    assert_true(span_is(notice("response-50").to, "handler@sh-pudong/service")); /* who has seen it, has */
    assert_int_equal(times_said("escalation.changed", "response-100"), 1);

    struct assigned assigned = {0};
    SET(&assigned, assigned, by, span_of("chen.yu"));
    SET(&assigned, assigned, handler, span_of("li.na"));
    decide(EVENT_complaint_assigned, &assigned);
    assert_true(span_is(notice("plan-50").to, "li.na"));
    assert_int_equal(times_said("escalation.changed", "response-100"), 1); /* nothing of it has changed */
    is_in_order("/rebuilt-moved");
}

/*
 * Urgent: response breached after 2 h, plan after 4 h, repeated each 30 min. Paused after 4 h 40 for 3 h: by then
 * response was repeated 5 times, plan once. Response goes on: 6 times more. Plan rests, and goes on 30 min after waking.
 */
static void a_pause_lets_the_repeats_of_plan_and_resolve_rest(void **state)
{
    (void)state;
    complain_as(grade_is_urgent);
    showroom_pass(&showroom, 4 * HOUR_MS + 40 * MINUTE_MS);
    assert_int_equal(notice("response-100").repeat, 5);
    assert_int_equal(notice("plan-100").repeat, 1);
    struct paused paused = {0};
    SET(&paused, paused, by, span_of("wang.li"));
    SET(&paused, paused, reason, pause_reason_is_parts);
    SET(&paused, paused, until, opened_ms + 7 * HOUR_MS + 40 * MINUTE_MS);
    decide(EVENT_complaint_paused, &paused);
    showroom_pass(&showroom, 3 * HOUR_MS);
    assert_int_equal(notice("response-100").repeat, 11);
    assert_int_equal(notice("plan-100").repeat, 1);
    showroom_pass(&showroom, 30 * MINUTE_MS - 1000);
    assert_int_equal(notice("plan-100").repeat, 1);
    showroom_pass(&showroom, 1000);
    assert_int_equal(notice("plan-100").repeat, 2);
    assert_int_equal(notice("plan-100").at, opened_ms + 8 * HOUR_MS + 10 * MINUTE_MS);

    SET(&paused, paused, until, opened_ms + 30 * HOUR_MS);
    decide(EVENT_complaint_paused, &paused);
    showroom_pass(&showroom, HOUR_MS);
    assert_int_equal(notice("plan-100").repeat, 2);
    showroom_decide(&showroom, EVENT_complaint_resumed, complaint_id, "wang.li");
    showroom_pass(&showroom, 30 * MINUTE_MS);
    assert_int_equal(notice("plan-100").repeat, 3);
    is_in_order("/rebuilt-rested");
}

/* 147 = 192 that a step may end, less the 45 that 9 clocks of 5 rungs may still raise. */
static void a_complaint_cannot_be_regraded_without_end(void **state)
{
    (void)state;
    complain_as(grade_is_general);
    struct escalated escalated = {.level = 4};
    SET(&escalated, escalated, by, span_of("wang.li"));
    SET(&escalated, escalated, level, 4);
    for (int i = 0; i < 147; i++)
        showroom_publish(&showroom, EVENT_complaint_escalated, complaint_id, 0, &escalated);
    struct graded graded = {0};
    SET(&graded, graded, by, span_of("chen.yu"));
    SET(&graded, graded, grade, grade_is_urgent);
    uint64_t seq = showroom_publish(&showroom, EVENT_complaint_graded, complaint_id, 0, &graded);
    showroom_turn(&showroom);
    assert_int_equal(showroom_outcome(&showroom, seq), -E_BAD_DECISION);
}

/* General: 50 % of 8 h after 4 h, which the worker misses: what it then says of the complaint is younger than that. */
static void a_rung_that_was_due_while_the_worker_was_away_is_said_when_it_is_back(void **state)
{
    (void)state;
    showroom_turn(&showroom);
    showroom_worker_stop(&showroom);
    struct complained fact = showroom_complaint(NULL, NULL);
    showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
    assert_int_equal(desk_turn(&showroom.desk), 0);
    desk_pass(&showroom.desk, 5 * HOUR_MS);
    showroom_worker_start(&showroom);
    showroom_turn(&showroom);
    showroom_pass(&showroom, 1000);
    assert_true(showroom_count(&showroom, "escalation.raised", "") >= 1);
    uint64_t head = journal_head(showroom.desk.journal);
    showroom_pass(&showroom, 1000);
    assert_int_equal(journal_head(showroom.desk.journal), head); /* and then it is quiet */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define STORY(name) cmocka_unit_test_prestate_setup_teardown(name, showroom_begin, showroom_end, &showroom)
        STORY(a_milder_grade_ends_notices_and_raises_them_again_when_it_is_time),
        STORY(an_open_notice_takes_the_new_grade_and_its_rhythm),
        STORY(an_open_notice_moves_with_its_complaint),
        STORY(a_pause_lets_the_repeats_of_plan_and_resolve_rest),
        STORY(a_complaint_cannot_be_regraded_without_end),
        STORY(a_rung_that_was_due_while_the_worker_was_away_is_said_when_it_is_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
