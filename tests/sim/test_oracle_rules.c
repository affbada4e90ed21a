/* test_oracle_rules.c - the oracle's rules against the rulebook's own sentences, worked by hand. */
#include "core/calendar.h"
#include "tests/sim/oracle_inside.h"
#include "tests/support/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HOUR (3600 * 1000ll)
#define MINUTE (60 * 1000ll)

static struct oracle *oracle;
static uint64_t seq;

static int begin(void **state)
{
    (void)state;
    seq = 0;
    int result = oracle_open(&oracle);
    calendar_round_the_clock(oracle->policy);
    return result;
}

static int end(void **state)
{
    (void)state;
    oracle_close(oracle);
    return 0;
}

/* One entry, stamped so. */
static uint64_t tell_at(int64_t at_ms, enum event_type type, const char *subject, int64_t time_ms, const void *data)
{
    uint8_t buffer[4096];
    char id[32];
    struct wire_writer writer;
    snprintf(id, sizeof id, "e-%llu", (unsigned long long)++seq);
    const struct event_draft draft = {.id = span_of(id),
                                      .source = span_of("/desk"),
                                      .subject = span_of(subject),
                                      .type = type,
                                      .time_ms = time_ms,
                                      .data = data};
    wire_writer_init(&writer, buffer, sizeof buffer);
    event_encode(&draft, &writer);
    const struct entry entry = {.seq = seq, .at_ms = at_ms, .event = wire_written(&writer)};
    oracle_entry(oracle, RECORD_OUTSIDE, &entry);
    return seq;
}

static uint64_t tell(const char *at, enum event_type type, const char *subject, const void *data)
{
    return tell_at(when(at), type, subject, 0, data);
}

static void pass_until(const char *at)
{
    const struct ticked nothing = {0};
    tell(at, EVENT_clock_ticked, NULL, &nothing);
}

static struct complained a_complaint(enum category category)
{
    struct complained fact = {0};
    SET(&fact, complained, store, span_of("sh-pudong"));
    SET(&fact, complained, department, span_of("service"));
    SET(&fact, complained, channel, channel_is_phone);
    SET(&fact, complained, category, (int32_t)category);
    SET(&fact, complained, text, span_of("it squeals"));
    return fact;
}

static struct oracle_complaint *complain(const char *at, enum category category)
{
    struct complained fact = a_complaint(category);
    return oracle_complaint(oracle, tell(at, EVENT_feedback_complained, NULL, &fact));
}

static int decide(const char *at, enum event_type type, const char *subject, const void *data)
{
    tell(at, type, subject, data);
    return oracle->decisions[oracle->decisions_count - 1].status;
}

static int decide_plainly(const char *at, enum event_type type, const char *subject, const char *by)
{
    struct decided plain = {0};
    SET(&plain, decided, by, span_of(by));
    return decide(at, type, subject, &plain);
}

static const struct oracle_notice *notice(const char *id)
{
    for (uint32_t i = 0; i < oracle->notices_count; i++)
        if (strcmp(oracle->notices[i].id, id) == 0)
            return &oracle->notices[i];
    return NULL;
}

static void notice_is(const char *id, int64_t level, const char *raised, int64_t repeat)
{
    const struct oracle_notice *found = notice(id);
    if (!found)
        fail_msg("%s was not raised", id);
    assert_int_equal(found->level, level);
    assert_int_equal(found->raised_ms, when(raised));
    assert_int_equal(found->repeat, repeat);
}

/* ---- clocks and the ladder ---- */

/* Response of a general complaint: 8 h; 50 80 100 150 200 % are 4 h, 6 h 24, 8 h, 12 h, 16 h. Daily repeats at 09:00. */
static void nobody_answers_and_it_climbs_the_ladder(void **state)
{
    (void)state;
    const struct oracle_complaint *complaint = complain("2026-11-23 10:00", category_is_delay);
    pass_until("2026-11-24 03:00");
    notice_is("E-1-response-50", 0, "2026-11-23 14:00", 0);
    notice_is("E-1-response-80", 1, "2026-11-23 16:24", 0);
    notice_is("E-1-response-100", 2, "2026-11-23 18:00", 0);
    notice_is("E-1-response-150", 3, "2026-11-23 22:00", 0);
    notice_is("E-1-response-200", 4, "2026-11-24 02:00", 0);
    notice_is("E-1-plan-100", 2, "2026-11-24 02:00", 0);
    assert_int_equal(complaint->level, 4);
    assert_true(complaint->clock[clock_kind_is_response].breached);
    assert_false(complaint->clock[clock_kind_is_resolve].breached);
    pass_until("2026-11-25 08:59");
    notice_is("E-1-response-80", 1, "2026-11-23 16:24", 0);
    notice_is("E-1-response-100", 2, "2026-11-23 18:00", 1);
    assert_string_equal(notice("E-1-response-100")->to, "director@sh-pudong");
}

/* Urgent: 2 h, then every 30 min until somebody has seen it. */
static void an_urgent_breach_is_repeated_until_it_is_seen(void **state)
{
    (void)state;
    complain("2026-11-23 10:00", category_is_safety);
    pass_until("2026-11-23 13:10");
    notice_is("E-1-response-100", 2, "2026-11-23 12:00", 2);
    assert_int_equal(decide_plainly("2026-11-23 13:20", EVENT_escalation_acknowledged, "E-1-response-100", "li"), 0);
    pass_until("2026-11-23 15:00");
    notice_is("E-1-response-100", 2, "2026-11-23 12:00", 2);
    assert_int_equal(decide_plainly("2026-11-23 15:01", EVENT_escalation_acknowledged, "E-1-response-100", "li"),
                     -E_ALREADY_DONE);
}

/* Ten hours late, before the quiet hours: one notice, the highest rung of each clock that has come (125 % of 8 h, 62 % of 16 h). */
static void a_clock_that_is_past_fires_once_at_its_highest_rung(void **state)
{
    (void)state;
    struct complained fact = a_complaint(category_is_delay);
    tell_at(when("2026-11-23 19:00"), EVENT_feedback_complained, NULL, when("2026-11-23 09:00"), &fact);
    assert_int_equal(oracle->notices_count, 2);
    notice_is("E-1-response-100", 2, "2026-11-23 19:00", 0);
    notice_is("E-1-plan-50", 0, "2026-11-23 19:00", 0);
}

/* Nine minutes after the deadline it arrives that the customer was called a minute before it. */
static void a_decision_counts_by_its_own_time_within_fifteen_minutes(void **state)
{
    (void)state;
    const struct oracle_complaint *complaint = complain("2026-11-23 10:00", category_is_delay);
    struct decided plain = {0};
    SET(&plain, decided, by, span_of("li"));
    tell_at(when("2026-11-23 18:09"), EVENT_complaint_acknowledged, "C-1", when("2026-11-23 17:59"), &plain);
    assert_false(complaint->clock[clock_kind_is_response].breached);
    assert_true(notice("E-1-response-100")->ended);
    assert_int_equal(complaint->level, 2);
}

/* Resolve: 24 h from 10:00; rests from 12:00 for 48 h, as agreed, and wakes by itself. */
static void a_pause_stops_plan_and_resolve_and_ends_by_itself(void **state)
{
    (void)state;
    const struct oracle_complaint *complaint = complain("2026-11-23 10:00", category_is_delay);
    struct paused paused = {0};
    SET(&paused, paused, by, span_of("li"));
    SET(&paused, paused, reason, pause_reason_is_parts);
    SET(&paused, paused, until, when("2026-11-25 12:00"));
    assert_int_equal(decide("2026-11-23 12:00", EVENT_complaint_paused, "C-1", &paused), 0);
    assert_int_equal(complaint->clock[clock_kind_is_resolve].due_ms, when("2026-11-26 10:00"));
    assert_int_equal(complaint->clock[clock_kind_is_response].due_ms, when("2026-11-23 18:00"));
    assert_int_equal(decide("2026-11-23 13:00", EVENT_complaint_paused, "C-1", &paused), -E_ALREADY_DONE);
    pass_until("2026-11-25 12:00");
    assert_int_equal(complaint->pause_reason, -1);
    assert_int_equal(complaint->paused_ms, 48 * HOUR);
    assert_null(notice("E-1-plan-50"));
}

/* As urgent 3 h 30 of 2 h were 175 %; as general, they are 43 % of 8 h: both notices are taken back, the level stays. When
 * half of the 8 h are used, the rung has a name of its own. */
static void a_milder_grade_takes_back_what_has_not_come(void **state)
{
    (void)state;
    const struct oracle_complaint *complaint = complain("2026-11-23 10:00", category_is_safety);
    struct graded graded = {0};
    SET(&graded, graded, by, span_of("li"));
    SET(&graded, graded, grade, grade_is_general);
    uint64_t by = seq + 1;
    assert_int_equal(decide("2026-11-23 13:30", EVENT_complaint_graded, "C-1", &graded), 0);
    assert_true(notice("E-1-response-50")->ended && notice("E-1-response-150")->ended);
    assert_false(complaint->clock[clock_kind_is_response].breached);
    assert_int_equal(complaint->level, 3);
    pass_until("2026-11-23 14:00");
    char again[64];
    snprintf(again, sizeof again, "E-1-response-50-again-%llu", (unsigned long long)by + 1);
    notice_is(again, 0, "2026-11-23 14:00", 0);
    assert_int_equal(decide("2026-11-23 14:01", EVENT_complaint_graded, "C-1", &graded), -E_ALREADY_DONE);
}

/* ---- grading ---- */

static enum grade graded_as(struct complained fact)
{
    return (enum grade)oracle_complaint(oracle, tell("2026-11-23 10:00", EVENT_feedback_complained, NULL, &fact))
        ->grade;
}

static void repair(const char *visit, const char *at)
{
    struct visit fact = {0};
    SET(&fact, visit, store, span_of("sh-pudong"));
    SET(&fact, visit, department, span_of("service"));
    SET(&fact, visit, visit, span_of(visit));
    SET(&fact, visit, kind, visit_kind_is_repair);
    SET(&fact, visit, vehicle, span_of("VIN-1"));
    SET(&fact, visit, fault, span_of("P0301"));
    tell(at, EVENT_visit_completed, NULL, &fact);
}

static void the_gravest_rule_wins(void **state)
{
    (void)state;
    struct complained fact = a_complaint(category_is_delay);
    assert_int_equal(graded_as(fact), grade_is_general);
    SET(&fact, complained, claim_fen, 100000);
    assert_int_equal(graded_as(fact), grade_is_general); /* just 1,000 yuan */
    fact.claim_fen = 100001;
    assert_int_equal(graded_as(fact), grade_is_serious);
    fact.claim_fen = 1000001;
    assert_int_equal(graded_as(fact), grade_is_major);
    SET(&fact, complained, press, true);
    assert_int_equal(graded_as(fact), grade_is_urgent);
    assert_int_equal(graded_as(a_complaint(category_is_promise)), grade_is_serious);
    assert_int_equal(graded_as(a_complaint(category_is_refund)), grade_is_major);
    assert_int_equal(graded_as(a_complaint(category_is_safety)), grade_is_urgent);
    fact = a_complaint(category_is_delay);
    SET(&fact, complained, customer, span_of("c-1"));
    assert_int_equal(graded_as(fact), grade_is_general);
    assert_int_equal(graded_as(fact), grade_is_serious); /* the second within 30 days */
    fact = a_complaint(category_is_workmanship);
    SET(&fact, complained, visit, span_of("V-2"));
    repair("V-1", "2026-11-23 10:00");
    assert_int_equal(graded_as(fact), grade_is_general);
    repair("V-2", "2026-11-23 10:00");
    repair("V-2", "2026-11-23 10:00"); /* the same visit */
    assert_int_equal(graded_as(fact), grade_is_major);
}

/* ---- people ---- */

static int verify(const char *at, const char *subject, const char *by, bool satisfied)
{
    struct complaint_verified decision = {0};
    SET(&decision, complaint_verified, by, span_of(by));
    SET(&decision, complaint_verified, satisfied, satisfied);
    return decide(at, EVENT_complaint_verified, subject, &decision);
}

static void resolve(const char *day)
{
    char at[32];
    snprintf(at, sizeof at, "%s 10:01", day);
    assert_int_equal(decide_plainly(at, EVENT_complaint_acknowledged, "C-1", "li"), 0);
    assert_int_equal(decide_plainly(at, EVENT_complaint_resolved, "C-1", "li"), 0);
}

static void each_reopening_starts_a_level_higher(void **state)
{
    (void)state;
    const struct oracle_complaint *complaint = complain("2026-11-23 10:00", category_is_delay);
    assert_int_equal(verify("2026-11-23 10:00", "C-1", "wang", true), -E_WRONG_STATE);
    resolve("2026-11-23");
    assert_int_equal(verify("2026-11-23 11:00", "C-1", "li", true), -E_NOT_ALLOWED_PERSON);
    assert_int_equal(verify("2026-11-23 11:00", "C-1", "wang", false), 0);
    assert_int_equal(complaint->floor, 1);
    assert_int_equal(complaint->status, complaint_status_is_received);
    resolve("2026-11-24");
    notice_is("E-1-response-50-reopened-1", 1, "2026-11-23 15:00", 0);
    assert_int_equal(verify("2026-11-24 11:00", "C-1", "wang", false), 0);
    assert_int_equal(complaint->floor, 3);
    resolve("2026-11-25");
    assert_int_equal(verify("2026-11-25 11:00", "C-1", "wang", true), 0);
    assert_int_equal(complaint->waits_for, WAITS_VERDICT);
    struct judged judged = {0};
    SET(&judged, judged, by, span_of("wang"));
    SET(&judged, judged, verdict, verdict_is_dismissed);
    assert_int_equal(decide("2026-11-25 12:00", EVENT_complaint_judged, "C-1", &judged), 0);
    assert_int_equal(complaint->outcome, complaint_outcome_is_satisfied);
    pass_until("2026-12-25 11:59");
    assert_false(complaint->gone);
    pass_until("2026-12-25 12:00");
    assert_true(complaint->gone);
}

/* ---- ratings ---- */

static struct rated a_rating(const char *visit, int32_t overall)
{
    struct rated fact = {0};
    SET(&fact, rated, store, span_of("sh-pudong"));
    SET(&fact, rated, department, span_of("service"));
    SET(&fact, rated, channel, channel_is_kiosk);
    SET(&fact, rated, overall, overall);
    if (visit)
        SET(&fact, rated, visit, span_of(visit));
    return fact;
}

static void a_low_visit_gets_one_recovery_task(void **state)
{
    (void)state;
    struct rated fact = a_rating("V-1", 6000);
    uint64_t first = tell("2026-11-23 10:00", EVENT_feedback_rated, NULL, &fact);
    const struct oracle_task *task = oracle_task(oracle, first);
    assert_int_equal(task->due_ms, when("2026-11-25 10:00"));
    assert_string_equal(task->responsible, "manager@sh-pudong/service");
    SET(&fact, rated, nps, 6000);
    fact.overall = 9000;
    tell("2026-11-23 11:00", EVENT_feedback_rated, NULL, &fact);
    assert_int_equal(oracle->tasks_count, 1);
    assert_int_equal(oracle->tasks[0].reasons.count, 2);
    pass_until("2026-11-25 10:00");
    assert_true(oracle->tasks[0].overdue);
    struct complained complained = a_complaint(category_is_delay);
    SET(&complained, complained, visit, span_of("V-2"));
    tell("2026-11-25 10:00", EVENT_feedback_complained, NULL, &complained);
    fact = a_rating("V-2", 1000);
    tell("2026-11-25 11:00", EVENT_feedback_rated, NULL, &fact);
    fact = a_rating("V-3", 6100);
    tell("2026-11-25 11:00", EVENT_feedback_rated, NULL, &fact);
    assert_int_equal(oracle->tasks_count, 1);
}

/* Quality 9 (27), pickup 7 (16): (243 + 112) / 43 = 8.256 weighted; the customer says 7 in all. */
static void a_rating_is_added_corrected_and_taken_back(void **state)
{
    (void)state;
    struct rated fact = a_rating(NULL, 7000);
    fact.scores.item[fact.scores.count++] = (struct dimension_score){span_of("quality"), 9000};
    fact.scores.item[fact.scores.count++] = (struct dimension_score){span_of("pickup"), 7000};
    SET(&fact, rated, scores, fact.scores);
    uint64_t rating = tell("2026-11-23 10:00", EVENT_feedback_rated, NULL, &fact);
    const struct oracle_score *score = &oracle->scores[0];
    assert_int_equal(score->day, 20780); /* 2026-11-23 */
    assert_int_equal(score->weighted.sum, 8256);
    assert_int_equal(score->overall.sum, 7000);
    assert_int_equal(score->satisfied, 0);
    assert_int_equal(score->overall_only.n, 0);
    struct corrected corrected = {0};
    SET(&corrected, corrected, of, ((struct reference){.seq = rating}));
    SET(&corrected, corrected, overall, 8000);
    assert_int_equal(decide("2026-11-23 11:00", EVENT_feedback_corrected, NULL, &corrected), 0);
    assert_int_equal(score->overall.sum, 8000);
    assert_int_equal(score->satisfied, 1);
    struct retracted retracted = {0};
    SET(&retracted, retracted, of, ((struct reference){.id = span_of("e-1")}));
    SET(&retracted, retracted, reason, span_of("twice"));
    assert_int_equal(decide("2026-11-23 12:00", EVENT_feedback_retracted, NULL, &retracted), 0);
    assert_int_equal(score->n, 0);
    assert_int_equal(decide("2026-11-23 12:00", EVENT_feedback_retracted, NULL, &retracted), -E_ALREADY_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define RULE(name) cmocka_unit_test_setup_teardown(name, begin, end)
        RULE(nobody_answers_and_it_climbs_the_ladder),
        RULE(an_urgent_breach_is_repeated_until_it_is_seen),
        RULE(a_clock_that_is_past_fires_once_at_its_highest_rung),
        RULE(a_decision_counts_by_its_own_time_within_fifteen_minutes),
        RULE(a_pause_stops_plan_and_resolve_and_ends_by_itself),
        RULE(a_milder_grade_takes_back_what_has_not_come),
        RULE(the_gravest_rule_wins),
        RULE(each_reopening_starts_a_level_higher),
        RULE(a_low_visit_gets_one_recovery_task),
        RULE(a_rating_is_added_corrected_and_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
