/* A task: opened by a low rating or a meeting, done by one person, checked by another. */
#include "core/calendar.h"
#include "core/status.h"
#include "core/task.h"
#include "tests/support/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define NONE INT32_MIN

static struct policy policy;
static struct task task;
static char id_text[CASE_ID_MAX];
static char reason_texts[40][32];
static char why[256];

static int the_rulebook(void **state)
{
    (void)state;
    policy_default(&policy);
    calendar_round_the_clock(&policy);
    return 0;
}

static struct event rated(void)
{
    struct event fact = {.type = EVENT_feedback_rated, .type_name = span_of("feedback.rated")};
    fact.data.rated = (struct rated){.store = span_of("sh-pudong"), .department = span_of("service")};
    SET(&fact.data.rated, rated, visit, span_of("RO-7"));
    SET(&fact.data.rated, rated, staff, span_of("zhang.wei"));
    return fact;
}

static void open_recovery(const char *at)
{
    struct event fact = rated();
    task_open_recovery(&policy, &fact, (struct cause){57, when(at)}, span_of("manager@sh-pudong/service"), id_text,
                       reason_texts[0], &task);
}

static int try_improvement(const char *due)
{
    struct event opened = decision(EVENT_task_opened, "chen.yu");
    opened.data.task_opened.store = span_of("sh-pudong");
    opened.data.task_opened.department = span_of("service");
    opened.data.task_opened.responsible = span_of("wang.li");
    opened.data.task_opened.due = when(due);
    SET(&opened.data.task_opened, task_opened, dimension, span_of("pickup"));
    return task_open_improvement(&policy, &opened, (struct cause){57, when("2026-11-23 09:00")}, id_text, &task, why,
                                 sizeof why);
}

static void open_improvement(const char *due)
{
    assert_int_equal(try_improvement(due), 0);
}

static int decide(struct event event, const char *at)
{
    struct task before = task;
    why[0] = '\0';
    int rc = task_decide(&policy, &task, &event, (struct cause){60, when(at)}, why, sizeof why);
    if (rc != 0)
        assert_memory_equal(&before, &task, sizeof task);
    else
        assert_int_equal(task.changed_seq, 60);
    return rc;
}

static void refuses(struct event event, const char *at, int status, const char *words)
{
    assert_int_equal(decide(event, at), status);
    if (!strstr(why, words))
        fail_msg("it said \"%s\", not \"%s\"", why, words);
}

static struct event verified_task(const char *by, bool effective)
{
    struct event event = decision(EVENT_task_verified, by);
    event.data.task_verified.effective = effective;
    return event;
}

static struct event extended_to(const char *due)
{
    struct event event = decision(EVENT_task_extended, "chen.yu");
    event.data.extended.due = when(due);
    return event;
}

/* At or below 6 on any dimension, the overall or the recommendation. */
static void one_low_answer_makes_a_low_rating(void **state)
{
    (void)state;
    static const struct {
        int32_t dimensions[2], overall, nps, mapped; /* NONE: not asked */
        bool low;
    } rows[] = {
        {{9000, 9000}, NONE, NONE, -1, false},   {{9000, 6000}, NONE, NONE, -1, true},
        {{9000, 6001}, NONE, NONE, -1, false},   {{0, 9000}, NONE, NONE, -1, true},
        {{NONE, NONE}, 6000, NONE, -1, true},    {{NONE, NONE}, 7000, NONE, -1, false},
        {{NONE, NONE}, NONE, 6000, -1, true},    {{NONE, NONE}, NONE, 7000, -1, false},
        {{NONE, NONE}, NONE, NONE, 0, true},     {{NONE, NONE}, NONE, NONE, 6000, true},
        {{NONE, NONE}, NONE, NONE, 6670, false}, {{NONE, NONE}, NONE, NONE, -1, false},
        {{9000, 9000}, 9000, 6000, 10000, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rated rating = {0};
        struct dimension_scores scores = {.count = 0};
        for (size_t k = 0; k < 2; k++) {
            if (rows[i].dimensions[k] != NONE)
                scores.item[scores.count++].thousandths = rows[i].dimensions[k];
        }
        if (scores.count > 0)
            SET(&rating, rated, scores, scores);
        if (rows[i].overall != NONE)
            SET(&rating, rated, overall, rows[i].overall);
        if (rows[i].nps != NONE)
            SET(&rating, rated, nps, rows[i].nps);
        assert_int_equal(rating_is_low(&policy, &rating, rows[i].mapped), rows[i].low);
    }
}

static void a_low_rating_opens_a_recovery_task_for_the_manager(void **state)
{
    (void)state;
    open_recovery("2026-11-23 09:00");
    assert_true(span_is(task.id, "T-57"));
    assert_int_equal(task.kind, task_kind_is_recovery);
    assert_int_equal(task.status, task_status_is_open);
    assert_true(span_is(task.responsible, "manager@sh-pudong/service"));
    assert_true(span_is(task.visit, "RO-7"));
    assert_true(span_is(task.reasons.item[0], "seq-57"));
    assert_int_equal(task.due_at, when("2026-11-25 09:00")); /* 2 working days */
    assert_int_equal(task_next_due(&policy, &task), task.due_at);
    assert_false(task.overdue);
}

/* Rated on Saturday 21 at 10:00, arrived on Monday 23 at 09:00: due 23 at 10:00. */
static void a_task_is_due_from_when_the_customer_rated(void **state)
{
    (void)state;
    struct event fact = rated();
    fact.has_time = true;
    fact.time_ms = when("2026-11-21 10:00");
    task_open_recovery(&policy, &fact, (struct cause){57, when("2026-11-23 09:00")},
                       span_of("manager@sh-pudong/service"), id_text, reason_texts[0], &task);
    assert_int_equal(task.opened_at, when("2026-11-21 10:00"));
    assert_int_equal(task.due_at, when("2026-11-23 10:00"));
    assert_false(task.overdue);
    fact.time_ms = when("2026-11-20 10:00"); /* due on the 22nd, before it arrived */
    task_open_recovery(&policy, &fact, (struct cause){57, when("2026-11-23 09:00")},
                       span_of("manager@sh-pudong/service"), id_text, reason_texts[0], &task);
    assert_true(task.overdue);
    assert_int_equal(task_next_due(&policy, &task), INT64_MAX);
    fact.time_ms = when("2026-11-01 10:00"); /* older than 7 days: from arrival */
    task_open_recovery(&policy, &fact, (struct cause){57, when("2026-11-23 09:00")},
                       span_of("manager@sh-pudong/service"), id_text, reason_texts[0], &task);
    assert_int_equal(task.due_at, when("2026-11-25 09:00"));
}

static void repeats_of_a_visit_join_its_task(void **state)
{
    (void)state;
    open_recovery("2026-11-23 09:00");
    struct event again = rated();
    for (uint64_t seq = 58; seq < 58 + 20; seq++)
        task_join(&task, &again, (struct cause){seq, when("2026-11-23 10:00")}, reason_texts[seq - 57]);
    assert_int_equal(task.reasons.count, NAMES_MAX);
    assert_true(span_is(task.reasons.item[0], "seq-62")); /* 21 reasons, the newest 16: 62 to 77 */
    assert_true(span_is(task.reasons.item[NAMES_MAX - 1], "seq-77"));
    assert_int_equal(task.changed_seq, 77);
}

static void a_meeting_opens_an_improvement_task(void **state)
{
    (void)state;
    open_improvement("2026-12-20 18:00");
    assert_int_equal(task.kind, task_kind_is_improvement);
    assert_true(span_is(task.responsible, "wang.li"));
    assert_true(span_is(task.dimension, "pickup"));
    assert_true(span_is(task.reasons.item[0], "meeting"));
    assert_int_equal(task_next_due(&policy, &task), when("2026-12-20 18:00"));
}

static void a_deadline_that_has_passed_opens_no_task(void **state)
{
    (void)state;
    struct task before = task;
    assert_int_equal(try_improvement("2026-11-23 09:00"), -E_BAD_DECISION);
    assert_string_equal(why, "a task for wang.li can't be due at 2026-11-23 09:00, which has passed");
    assert_memory_equal(&before, &task, sizeof task);
    open_improvement("2026-11-23 09:00:01");
}

static void a_task_is_started_completed_verified_and_ends(void **state)
{
    (void)state;
    open_recovery("2026-11-23 09:00");
    assert_int_equal(decide(decision(EVENT_task_started, "wang.li"), "2026-11-23 10:00"), 0);
    assert_int_equal(task.status, task_status_is_started);
    assert_int_equal(decide(decision(EVENT_task_completed, "wang.li"), "2026-11-24 10:00"), 0);
    assert_int_equal(task.status, task_status_is_completed);
    assert_int_equal(task_next_due(&policy, &task), INT64_MAX);
    refuses(verified_task("wang.li", true), "2026-11-24 11:00", -E_NOT_ALLOWED_PERSON,
            "wang.li completed T-57 and may not verify it");
    assert_int_equal(decide(verified_task("li.na", true), "2026-11-25 10:00"), 0);
    assert_int_equal(task.status, task_status_is_verified);
    assert_true(task.effective);
    assert_false(task_is_open(&task));
    assert_int_equal(task.closed_at, when("2026-11-25 10:00"));
    assert_int_equal(task_next_due(&policy, &task), when("2026-12-25 10:00"));
    task_advance(&policy, &task, when("2026-12-25 10:00"), (struct cause){90, when("2026-12-25 10:00")});
    assert_true(task.gone);
    assert_int_equal(task_next_due(&policy, &task), INT64_MAX);
}

/* A recovery task has 2 working days again; an improvement task as long as it had at first, however often it fails: 23rd 09:00
 * to 30th 09:00, 7 days. */
static void what_did_not_help_is_open_again_with_a_new_deadline(void **state)
{
    (void)state;
    open_recovery("2026-11-23 09:00");
    assert_int_equal(decide(decision(EVENT_task_completed, "wang.li"), "2026-11-24 10:00"), 0);
    assert_int_equal(decide(verified_task("li.na", false), "2026-11-26 10:00"), 0);
    assert_int_equal(task.status, task_status_is_open);
    assert_false(task.effective);
    assert_int_equal(task.due_at, when("2026-11-28 10:00"));
    open_improvement("2026-11-30 09:00");
    assert_int_equal(decide(decision(EVENT_task_completed, "wang.li"), "2026-11-24 10:00"), 0);
    assert_int_equal(decide(verified_task("li.na", false), "2026-12-01 10:00"), 0);
    assert_int_equal(task.due_at, when("2026-12-08 10:00"));
    assert_int_equal(decide(decision(EVENT_task_completed, "wang.li"), "2026-12-02 10:00"), 0);
    assert_int_equal(decide(verified_task("li.na", false), "2026-12-03 10:00"), 0);
    assert_int_equal(task.due_at, when("2026-12-10 10:00"));
}

static struct task_wanted low_quality(const struct span *reasons, uint32_t count)
{
    return (struct task_wanted){
        .rule = task_rule_is_low_ratings,
        .id = span_of("T-57-quality"),
        .store = span_of("sh-pudong"),
        .department = span_of("service"),
        .dimension = span_of("quality"),
        .responsible = span_of("chen.jing"),
        .reasons = reasons,
        .reasons_count = count,
        .said = span_of("3 at most 6 in 30 d: 4 5 6"),
    };
}

/* By the rulebook: 30 days from the 23rd, and 30 days again from when it was found not to have helped. */
static void a_rule_opens_an_improvement_with_the_rulebooks_measure_and_deadline(void **state)
{
    (void)state;
    const struct span reasons[] = {span_of("seq-41"), span_of("seq-50"), span_of("seq-57")};
    struct task_wanted wanted = low_quality(reasons, 3);
    task_open_by_rule(&policy, &wanted, (struct cause){57, when("2026-11-23 09:00")}, &task);
    assert_true(span_is(task.id, "T-57-quality"));
    assert_int_equal(task.kind, task_kind_is_improvement);
    assert_int_equal(task.rule, task_rule_is_low_ratings);
    assert_int_equal(task.reasons.count, 3);
    assert_true(span_is(task.measure, "Find the common cause of the low ratings, and remove it"));
    assert_int_equal(task.due_at, when("2026-12-23 09:00"));
    assert_true(span_is(task.history[0].type, "task.low_ratings"));
    wanted = low_quality(reasons, 1);
    task_join_by_rule(&task, &wanted, (struct cause){60, when("2026-11-24 09:00")});
    assert_int_equal(task.reasons.count, 4);
    assert_int_equal(task.history_count, 2);
    assert_int_equal(decide(decision(EVENT_task_completed, "chen.jing"), "2026-12-01 09:00"), 0);
    assert_int_equal(decide(verified_task("li.na", false), "2026-12-10 09:00"), 0);
    assert_int_equal(task.due_at, when("2027-01-09 09:00"));
    policy.improvement.due.ms /= 2; /* another rulebook: 15 days from the 10th */
    assert_true(task_reckon(&policy, &task, (struct cause){70, when("2026-12-11 09:00")}));
    assert_int_equal(task.due_at, when("2026-12-25 09:00"));
}

/* 25th 09:00 the superior, 2 working days later the next one; whoever extends it begins anew. */
static void two_superiors_are_told_of_an_overdue_task(void **state)
{
    (void)state;
    open_recovery("2026-11-23 09:00");
    assert_false(task_tells(&policy, &task, when("2026-11-24 09:00")));
    task_advance(&policy, &task, when("2026-11-25 09:00"), (struct cause){71, when("2026-11-25 09:00")});
    assert_true(task_tells(&policy, &task, when("2026-11-25 09:00")));
    assert_int_equal(task_next_due(&policy, &task), when("2026-11-27 09:00"));
    assert_false(task_tells(&policy, &task, when("2026-11-27 08:59")));
    task_advance(&policy, &task, when("2026-11-27 09:00"), (struct cause){72, when("2026-11-27 09:00")});
    assert_true(task_tells(&policy, &task, when("2026-11-27 09:00")));
    assert_int_equal(task.told, 2);
    assert_int_equal(task_next_due(&policy, &task), INT64_MAX);
    assert_false(task_tells(&policy, &task, when("2026-12-27 09:00")));
    assert_int_equal(decide(extended_to("2026-11-30 10:00"), "2026-11-28 10:00"), 0);
    assert_true(task_untells(&task));
    assert_false(task_untells(&task));
    assert_int_equal(task.told, 0);
}

static void past_its_deadline_a_task_is_overdue_until_extended_or_done(void **state)
{
    (void)state;
    open_recovery("2026-11-23 09:00");
    task_advance(&policy, &task, when("2026-11-25 08:59"), (struct cause){70, when("2026-11-25 08:59")});
    assert_false(task.overdue);
    task_advance(&policy, &task, when("2026-11-25 09:00"), (struct cause){71, when("2026-11-25 09:00")});
    assert_true(task.overdue);
    assert_true(span_is(task.history[task.history_count - 1].type, "task.overdue"));
    refuses(extended_to("2026-11-25 10:00"), "2026-11-25 10:00", -E_BAD_DECISION, "which has passed");
    assert_int_equal(decide(extended_to("2026-11-27 10:00"), "2026-11-25 10:00"), 0);
    assert_false(task.overdue);
    assert_int_equal(task_next_due(&policy, &task), when("2026-11-27 10:00"));
    refuses(extended_to("2026-11-26 10:00"), "2026-11-25 11:00", -E_BAD_DECISION,
            "T-57 is due at 2026-11-27 10:00; 2026-11-26 10:00 would not be more time");
    assert_int_equal(decide(decision(EVENT_task_completed, "wang.li"), "2026-11-28 10:00"), 0);
    assert_false(task.overdue);
}

static void somebody_else_can_be_made_responsible(void **state)
{
    (void)state;
    open_recovery("2026-11-23 09:00");
    struct event event = decision(EVENT_task_assigned, "chen.yu");
    refuses(event, "2026-11-23 10:00", -E_BAD_DECISION, "name the person");
    SET(&event.data.assigned, assigned, responsible, span_of("wang.li"));
    assert_int_equal(decide(event, "2026-11-23 10:00"), 0);
    assert_true(span_is(task.responsible, "wang.li"));
    refuses(event, "2026-11-23 10:00", -E_ALREADY_DONE, "wang.li is responsible for T-57 already");
}

static void what_the_state_forbids_is_refused_with_its_reason(void **state)
{
    (void)state;
    open_recovery("2026-11-23 09:00");
    refuses(verified_task("li.na", true), "2026-11-23 10:00", -E_WRONG_STATE, "T-57 is open; complete it first");
    assert_int_equal(decide(decision(EVENT_task_started, "wang.li"), "2026-11-23 10:00"), 0);
    refuses(decision(EVENT_task_started, "wang.li"), "2026-11-23 10:00", -E_ALREADY_DONE, "T-57 is started already");
    assert_int_equal(decide(decision(EVENT_task_completed, "wang.li"), "2026-11-23 10:00"), 0);
    refuses(decision(EVENT_task_completed, "wang.li"), "2026-11-23 10:00", -E_ALREADY_DONE, "T-57 is completed");
    refuses(extended_to("2026-12-01 10:00"), "2026-11-23 10:00", -E_WRONG_STATE, "T-57 is completed; it needs no");
    refuses(decision(EVENT_task_assigned, "chen.yu"), "2026-11-23 10:00", -E_WRONG_STATE, "its work is done");
    assert_int_equal(decide(decision(EVENT_task_cancelled, "chen.yu"), "2026-11-23 11:00"), 0);
    assert_int_equal(task.status, task_status_is_cancelled);
    static const enum event_type all[] = {EVENT_task_assigned,  EVENT_task_started,  EVENT_task_extended,
                                          EVENT_task_completed, EVENT_task_verified, EVENT_task_cancelled};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        refuses(decision(all[i], "li.na"), "2026-11-24 10:00", -E_WRONG_STATE,
                "T-57 is cancelled since 2026-11-23 11:00; open a new task");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_low_answer_makes_a_low_rating, the_rulebook),
        cmocka_unit_test_setup(a_low_rating_opens_a_recovery_task_for_the_manager, the_rulebook),
        cmocka_unit_test_setup(a_task_is_due_from_when_the_customer_rated, the_rulebook),
        cmocka_unit_test_setup(repeats_of_a_visit_join_its_task, the_rulebook),
        cmocka_unit_test_setup(a_meeting_opens_an_improvement_task, the_rulebook),
        cmocka_unit_test_setup(a_deadline_that_has_passed_opens_no_task, the_rulebook),
        cmocka_unit_test_setup(a_task_is_started_completed_verified_and_ends, the_rulebook),
        cmocka_unit_test_setup(what_did_not_help_is_open_again_with_a_new_deadline, the_rulebook),
        cmocka_unit_test_setup(a_rule_opens_an_improvement_with_the_rulebooks_measure_and_deadline, the_rulebook),
        cmocka_unit_test_setup(two_superiors_are_told_of_an_overdue_task, the_rulebook),
        cmocka_unit_test_setup(past_its_deadline_a_task_is_overdue_until_extended_or_done, the_rulebook),
        cmocka_unit_test_setup(somebody_else_can_be_made_responsible, the_rulebook),
        cmocka_unit_test_setup(what_the_state_forbids_is_refused_with_its_reason, the_rulebook),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
