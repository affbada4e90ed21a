/* Another rulebook comes into force while cases are open: cards, notices and timers follow it at once. */
#include "core/calendar.h"
#include "core/status.h"
#include "io/policy_file.h"
#include "tests/support/showroom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MINUTE_MS (60 * 1000ll)
#define HOUR_MS (60 * MINUTE_MS)

static struct showroom showroom;

/* The default rulebook, to be changed and adopted. General: response 8 h, plan 16 h, resolve 24 h; 50 80 100 150 200 %. */
static struct policy *rulebook(const char *name)
{
    static struct policy policy;
    policy_default(&policy);
    calendar_round_the_clock(&policy);
    policy.quiet.until_minute = policy.quiet.from_minute; /* nobody sleeps */
    snprintf(policy.name, sizeof policy.name, "%s", name);
    return &policy;
}

static void hours(struct policy *policy, enum clock_kind kind, int64_t count)
{
    policy->grade[grade_is_general].clock[kind].ms = count * HOUR_MS;
}

static uint64_t publish_policy(const struct policy *policy)
{
    static char content[SYSTEM_EVENT_MAX];
    size_t len;
    char hash[33];
    assert_int_equal(policy_render(policy, content, sizeof content, &len, hash), 0);
    struct adopted adopted = {0};
    SET(&adopted, adopted, by, span_of("group"));
    SET(&adopted, adopted, content, span_make(content, len));
    SET(&adopted, adopted, hash, span_of(hash));
    return showroom_publish(&showroom, EVENT_policy_adopted, NULL, 0, &adopted);
}

static uint64_t adopt(const struct policy *policy)
{
    uint64_t seq = publish_policy(policy);
    showroom_turn(&showroom);
    return seq;
}

/* ---- what the desks see ---- */

static const char *name_of(char letter, uint64_t seq, const char *rest)
{
    static char text[CASE_ID_MAX];
    snprintf(text, sizeof text, "%c-%llu%s", letter, (unsigned long long)seq, rest);
    return text;
}

static struct complaint complaint_of(uint64_t seq)
{
    struct complaint card;
    showroom_card(&showroom, "complaint", name_of('C', seq, ""), &card);
    return card;
}

static struct task task_of(uint64_t seq)
{
    struct task card;
    showroom_card(&showroom, "task", name_of('T', seq, ""), &card);
    return card;
}

static struct escalation notice_of(uint64_t seq, const char *rest)
{
    struct escalation card;
    showroom_card(&showroom, "escalation", name_of('E', seq, rest), &card);
    return card;
}

static void clock_is(const struct complaint *card, enum clock_kind kind, int64_t due_ms, bool breached)
{
    for (uint32_t i = 0; i < card->clocks_count; i++) {
        if (card->clocks[i].kind != (int32_t)kind)
            continue;
        assert_int_equal(card->clocks[i].due_at - card->opened_at, due_ms);
        assert_int_equal(card->clocks[i].breached, breached);
        return;
    }
    fail_msg("no such clock");
}

static uint32_t raised(uint64_t seq, const char *rest)
{
    return showroom_count(&showroom, "escalation.raised", name_of('E', seq, rest));
}

static uint32_t lines_of(const struct history_line *history, uint32_t count, const char *type, const char *said)
{
    uint32_t lines = 0;
    for (uint32_t i = 0; i < count; i++)
        lines += span_is(history[i].type, type) && span_is(history[i].said, said);
    return lines;
}

static void agrees(const char *dir)
{
    showroom_nothing_twice(&showroom);
    showroom_rebuild_is_equal(&showroom, dir);
}

/* ---- complaints ---- */

/* Three hours of 8 are nothing yet; of 2 they are 150 %: one notice, at the highest rung that has come, to level 3. The
 * next rung of that clock, 200 %, comes at 4 h. Plan (16 h, 50 % at 8 h) and resolve stay as they were. */
static void shorter_deadlines_move_cards_and_fire_what_is_past_once(void **state)
{
    (void)state;
    uint64_t seq = showroom_complain(&showroom, NULL, NULL);
    showroom_pass(&showroom, 3 * HOUR_MS);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), 0);
    struct policy *policy = rulebook("brisk");
    hours(policy, clock_kind_is_response, 2);
    adopt(policy);
    struct complaint card = complaint_of(seq);
    clock_is(&card, clock_kind_is_response, 2 * HOUR_MS, true);
    clock_is(&card, clock_kind_is_plan, 16 * HOUR_MS, false);
    assert_int_equal(card.level, 3);
    assert_int_equal(lines_of(card.history, card.history_count, "policy.adopted", "brisk"), 1);
    assert_int_equal(lines_of(card.history, card.history_count, "clock.breached", "response"), 1);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), 1);
    struct escalation notice = notice_of(seq, "-response-150");
    assert_int_equal(notice.level, 3);
    assert_int_equal(notice.at - card.opened_at, 3 * HOUR_MS);
    showroom_pass(&showroom, HOUR_MS);
    assert_int_equal(raised(seq, "-response-200"), 1);
    notice = notice_of(seq, "-response-200");
    assert_int_equal(notice.at - card.opened_at, 4 * HOUR_MS);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), 2);
    agrees("/rebuilt-shorter");
}

/* At 9 h, 112 % of response and 56 % of plan have passed: 50, 80, 100 and plan 50 were told. Of 24 h and 32 h they are
 * 37.5 % and 28 %: nothing of that has come. Response's 50 % comes at 12 h, under a name of its own. */
static void longer_deadlines_take_the_breach_back_and_end_what_was_told_too_early(void **state)
{
    (void)state;
    char again[64];
    uint64_t seq = showroom_complain(&showroom, NULL, NULL);
    showroom_pass(&showroom, 9 * HOUR_MS);
    struct complaint card = complaint_of(seq);
    clock_is(&card, clock_kind_is_response, 8 * HOUR_MS, true);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), 4);
    struct policy *policy = rulebook("patient");
    hours(policy, clock_kind_is_response, 24);
    hours(policy, clock_kind_is_plan, 32);
    hours(policy, clock_kind_is_resolve, 48);
    adopt(policy);
    card = complaint_of(seq);
    clock_is(&card, clock_kind_is_response, 24 * HOUR_MS, false);
    clock_is(&card, clock_kind_is_plan, 32 * HOUR_MS, false);
    clock_is(&card, clock_kind_is_resolve, 48 * HOUR_MS, false);
    assert_int_equal(card.level, 2); /* a level never falls */
    static const char *const told[] = {"-response-50", "-response-80", "-response-100", "-plan-50"};
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
        assert_true(notice_of(seq, told[i]).ended);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), 4);
    showroom_pass(&showroom, 3 * HOUR_MS - 1000);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), 4);
    desk_pass(&showroom.desk, 1000);
    uint64_t tick = journal_head(showroom.desk.journal) + 1; /* whose entry raises it */
    showroom_turn(&showroom);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), 5);
    snprintf(again, sizeof again, "-response-50-again-%llu", (unsigned long long)tick);
    assert_false(notice_of(seq, again).ended);
    agrees("/rebuilt-longer");
}

/* Acknowledged at 1 h, at rest from 2 h until 26 h: plan has used 2 h. Of 3 h that is 66 %: told at once, at 50 %, and the
 * plan is due at 3 + 24 = 27 h. Its 80 % come 2 h 24 min after opening without the rest of 24 h: 26 h 24 min. */
static void a_complaint_at_rest_is_reckoned_without_its_rest(void **state)
{
    (void)state;
    char id[CASE_ID_MAX];
    uint64_t seq = showroom_complain(&showroom, NULL, NULL);
    int64_t opened_ms = complaint_of(seq).opened_at;
    snprintf(id, sizeof id, "%s", name_of('C', seq, ""));
    showroom_pass(&showroom, HOUR_MS);
    showroom_decide(&showroom, EVENT_complaint_acknowledged, id, "wang.li");
    showroom_pass(&showroom, HOUR_MS);
    struct paused paused = {0};
    SET(&paused, paused, by, span_of("wang.li"));
    SET(&paused, paused, reason, 0);
    SET(&paused, paused, until, opened_ms + 26 * HOUR_MS);
    showroom_publish(&showroom, EVENT_complaint_paused, id, 0, &paused);
    showroom_pass(&showroom, HOUR_MS);
    struct complaint card = complaint_of(seq);
    clock_is(&card, clock_kind_is_plan, 40 * HOUR_MS, false);
    struct policy *policy = rulebook("brisk");
    hours(policy, clock_kind_is_plan, 3);
    adopt(policy);
    card = complaint_of(seq);
    clock_is(&card, clock_kind_is_plan, 27 * HOUR_MS, false);
    clock_is(&card, clock_kind_is_resolve, 48 * HOUR_MS, false);
    assert_int_equal(raised(seq, "-plan-50"), 1);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), 1);
    showroom_pass(&showroom, 23 * HOUR_MS + 24 * MINUTE_MS);
    assert_int_equal(raised(seq, "-plan-80"), 1);
    assert_int_equal(notice_of(seq, "-plan-80").at - opened_ms, 26 * HOUR_MS + 24 * MINUTE_MS);
    agrees("/rebuilt-resting");
}

/* At 6 h 30 min, 81 % of response: 50 and 80 were told, to levels 0 and 1. A ladder of 60, 90 and 100 % finds its 60 %
 * told and nothing untrue; its 90 % come at 7 h 12 min. */
static void a_ladder_of_other_shares_goes_on_where_the_old_one_was(void **state)
{
    (void)state;
    uint64_t seq = showroom_complain(&showroom, NULL, NULL);
    showroom_pass(&showroom, 6 * HOUR_MS + 30 * MINUTE_MS);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), 2);
    struct policy *policy = rulebook("other shares");
    policy->rung_count = 3;
    policy->ladder[0] = (struct rung){60, 0};
    policy->ladder[1] = (struct rung){90, 1};
    policy->ladder[2] = (struct rung){100, 2};
    adopt(policy);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), 2);
    assert_false(notice_of(seq, "-response-50").ended);
    assert_false(notice_of(seq, "-response-80").ended);
    showroom_pass(&showroom, 42 * MINUTE_MS);
    assert_int_equal(raised(seq, "-response-90"), 1);
    struct complaint card = complaint_of(seq);
    assert_int_equal(notice_of(seq, "-response-90").at - card.opened_at, 7 * HOUR_MS + 12 * MINUTE_MS);
    showroom_pass(&showroom, 48 * MINUTE_MS); /* 8 h */
    assert_int_equal(raised(seq, "-response-100"), 1);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), 4);
    agrees("/rebuilt-ladder");
}

/* The same moment; now 80 % shall reach level 2, whom nobody has told: the old notice of 80 % ends, a new one is raised. */
static void a_ladder_that_reaches_higher_tells_those_who_were_not_told(void **state)
{
    (void)state;
    char again[64];
    uint64_t seq = showroom_complain(&showroom, NULL, NULL);
    showroom_pass(&showroom, 6 * HOUR_MS + 30 * MINUTE_MS);
    struct policy *policy = rulebook("higher");
    policy->rung_count = 3;
    policy->ladder[0] = (struct rung){50, 0};
    policy->ladder[1] = (struct rung){80, 2};
    policy->ladder[2] = (struct rung){100, 3};
    uint64_t adopted = adopt(policy);
    snprintf(again, sizeof again, "-response-80-again-%llu", (unsigned long long)adopted);
    assert_false(notice_of(seq, "-response-50").ended);
    assert_true(notice_of(seq, "-response-80").ended);
    assert_int_equal(notice_of(seq, again).level, 2);
    assert_int_equal(complaint_of(seq).level, 2);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), 3);
    agrees("/rebuilt-higher");
}

/* Breached by a brisk rulebook at 4 h, taken back by the default one, due again at 8 h while the worker is down: the entry that
 * finds it due adopts a ladder whose 100 % reach level 3. The director's notice ends, and the general manager has one. */
static void a_rung_that_falls_due_by_the_entry_that_lifts_it_is_told_to_both(void **state)
{
    (void)state;
    char again[64];
    uint64_t seq = showroom_complain(&showroom, NULL, NULL);
    showroom_pass(&showroom, 5 * HOUR_MS);
    struct policy *policy = rulebook("brisk");
    hours(policy, clock_kind_is_response, 4);
    adopt(policy);
    adopt(rulebook("default"));
    assert_true(notice_of(seq, "-response-100").ended);
    showroom_worker_stop(&showroom);
    desk_pass(&showroom.desk, 3 * HOUR_MS + 30 * MINUTE_MS);
    policy = rulebook("higher");
    policy->ladder[2].level = 3;
    policy->ladder[3].level = 4;
    policy->rung_count = 4;
    uint64_t adopted = publish_policy(policy);
    showroom_worker_start(&showroom);
    showroom_turn(&showroom);
    snprintf(again, sizeof again, "-response-100-again-%llu", (unsigned long long)adopted);
    struct escalation notice = notice_of(seq, again);
    assert_int_equal(notice.level, 2);
    assert_true(notice.ended);
    snprintf(again, sizeof again, "-response-100-again-%llu-2", (unsigned long long)adopted);
    notice = notice_of(seq, again);
    assert_int_equal(notice.level, 3);
    assert_false(notice.ended);
    agrees("/rebuilt-lifted");
}

/* Where a clock is breached moves from 100 % to 80 %, which have passed at 6 h 30 min: the breach is told, on the card and
 * by a notice. */
static void a_breach_that_comes_earlier_is_told_on_card_and_notice(void **state)
{
    (void)state;
    uint64_t seq = showroom_complain(&showroom, NULL, NULL);
    showroom_pass(&showroom, 6 * HOUR_MS + 30 * MINUTE_MS);
    struct policy *policy = rulebook("strict");
    policy->breach_percent = 80;
    adopt(policy);
    struct complaint card = complaint_of(seq);
    clock_is(&card, clock_kind_is_response, 8 * HOUR_MS, true);
    assert_int_equal(lines_of(card.history, card.history_count, "clock.breached", "response"), 1);
    assert_true(notice_of(seq, "-response-80").ended);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), 3);
    agrees("/rebuilt-strict");
}

/* ---- escalations, tasks ---- */

/* Daily until now; from 9 h on each hour: first at 10 h, not at once for the hour that has passed since the raising. */
static void a_new_rhythm_begins_when_it_comes_into_force(void **state)
{
    (void)state;
    uint64_t seq = showroom_complain(&showroom, NULL, NULL);
    showroom_pass(&showroom, 9 * HOUR_MS);
    struct policy *policy = rulebook("hourly");
    policy->grade[grade_is_general].repeat = (struct duration){HOUR_MS, TIME_WALL};
    adopt(policy);
    assert_int_equal(notice_of(seq, "-response-100").repeat, 0);
    showroom_pass(&showroom, HOUR_MS - 1000);
    assert_int_equal(notice_of(seq, "-response-100").repeat, 0);
    showroom_pass(&showroom, 1000);
    struct escalation notice = notice_of(seq, "-response-100");
    assert_int_equal(notice.repeat, 1);
    assert_int_equal(notice.at - notice.raised_at, 2 * HOUR_MS); /* raised at 8 h */
    showroom_pass(&showroom, HOUR_MS);
    assert_int_equal(notice_of(seq, "-response-100").repeat, 2);
    agrees("/rebuilt-hourly");
}

/* Two days are the rulebook's, and become two hours: both had begun 3 h ago. The one that people gave more time keeps it. */
static void a_recovery_task_follows_the_rulebook_unless_people_set_its_deadline(void **state)
{
    (void)state;
    struct rated one = showroom_rating("v-1", 3000), other = showroom_rating("v-2", 3000);
    uint64_t ours = showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &one);
    uint64_t theirs = showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &other);
    showroom_turn(&showroom);
    struct task card = task_of(theirs);
    int64_t extended_ms = card.opened_at + 72 * HOUR_MS;
    struct extended extended = {0};
    SET(&extended, extended, by, span_of("chen.jing"));
    SET(&extended, extended, due, extended_ms);
    SET(&extended, extended, reason, span_of("the customer travels"));
    showroom_publish(&showroom, EVENT_task_extended, name_of('T', theirs, ""), 0, &extended);
    showroom_pass(&showroom, 3 * HOUR_MS);
    struct policy *policy = rulebook("brisk");
    policy->recovery_due = (struct duration){2 * HOUR_MS, TIME_WORKING};
    adopt(policy);
    card = task_of(ours);
    assert_int_equal(card.due_at - card.opened_at, 2 * HOUR_MS);
    assert_true(card.overdue);
    assert_int_equal(lines_of(card.history, card.history_count, "policy.adopted", "brisk"), 1);
    assert_int_equal(task_of(theirs).due_at, extended_ms);
    assert_false(task_of(theirs).overdue);
    policy = rulebook("patient");
    policy->recovery_due = (struct duration){5 * HOUR_MS, TIME_WORKING};
    adopt(policy);
    assert_false(task_of(ours).overdue);
    showroom_pass(&showroom, 2 * HOUR_MS);
    assert_true(task_of(ours).overdue);
    agrees("/rebuilt-tasks");
}

/* ---- all together ---- */

static void a_rulebook_that_changes_no_case_says_nothing_of_any(void **state)
{
    (void)state;
    uint64_t seq = showroom_complain(&showroom, NULL, NULL);
    showroom_pass(&showroom, 9 * HOUR_MS);
    uint32_t complaints = showroom_count(&showroom, "complaint.changed", "");
    uint32_t lines = complaint_of(seq).history_count;
    struct policy *policy = rulebook("the same");
    policy->satisfied_thousandths = 9000;
    adopt(policy);
    assert_int_equal(showroom_count(&showroom, "complaint.changed", ""), complaints);
    assert_int_equal(showroom_count(&showroom, "escalation.changed", ""), 0);
    assert_int_equal(complaint_of(seq).history_count, lines);
    agrees("/rebuilt-same");
}

static void complain(uint32_t times)
{
    struct complained fact = showroom_complaint(NULL, NULL);
    for (uint32_t i = 0; i < times; i++)
        showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
    showroom_turn(&showroom);
}

/* Response 4 h instead of 8 h, after 3 h: 75 %, so that each is told at 50 %. 256 cases a step, each complaint with its
 * notice: 128 complaints a step. `times` and `steps` of it; the worker dies once `died_after` entries of it are said. */
static void many_are_reckoned(uint32_t times, uint32_t steps, uint64_t died_after, const char *dir)
{
    uint32_t causes;
    complain(times);
    showroom_pass(&showroom, 3 * HOUR_MS);
    struct policy *policy = rulebook("brisk");
    hours(policy, clock_kind_is_response, 4);
    publish_policy(policy);
    uint64_t head = journal_head(showroom.desk.journal);
    for (int i = 0; journal_head(showroom.desk.journal) < head + died_after; i++) {
        int64_t wait_ms;
        assert_true(i < 1000);
        assert_int_equal(desk_turn(&showroom.desk), 0);
        assert_int_equal(worker_turn(showroom.worker, clock_read(showroom.desk.setup.clock), &wait_ms), 0);
    }
    showroom_worker_crash(&showroom, true);
    showroom_worker_start(&showroom);
    showroom_turn(&showroom);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), times);
    assert_int_equal(showroom_count(&showroom, "complaint.changed", ""), 2 * times);
    assert_int_equal(showroom_most_of_a_cause(&showroom, "escalation.raised", &causes), 128);
    assert_int_equal(causes, steps);
    agrees(dir);
}

/* ceil(600 / 128) = 5 steps. */
static void six_hundred_complaints_are_reckoned_in_steps_through_a_crash(void **state)
{
    (void)state;
    many_are_reckoned(600, 5, 3, "/rebuilt-600");
}

/* ceil(2,500 / 128) = 20 steps, more than a turn holds: 2,500 complaints write more than TURN_WRITES_MAX rows. It dies in
 * the second turn, within the sweep. */
static void a_sweep_goes_on_where_the_turn_before_the_crash_ended(void **state)
{
    (void)state;
    many_are_reckoned(2500, 20, 4000, "/rebuilt-2500");
}

/* Each return to 2 h tells 150 % anew, under another name; the 193rd time its complaint has the 192 that one step can end. */
static void one_rulebook_after_the_other_raises_no_more_notices_than_can_end(void **state)
{
    (void)state;
    uint64_t seq = showroom_complain(&showroom, NULL, NULL);
    showroom_pass(&showroom, 3 * HOUR_MS);
    for (int i = 0; i < 200; i++) {
        struct policy *policy = rulebook("brisk");
        hours(policy, clock_kind_is_response, 2);
        publish_policy(policy);
        publish_policy(rulebook("as before"));
        showroom_turn(&showroom);
    }
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), 192);
    struct policy *policy = rulebook("brisk");
    hours(policy, clock_kind_is_response, 2);
    adopt(policy);
    struct complaint card = complaint_of(seq);
    clock_is(&card, clock_kind_is_response, 2 * HOUR_MS, true);
    uint64_t withdrawn = showroom_decide(&showroom, EVENT_complaint_withdrawn, name_of('C', seq, ""), "wang.li");
    assert_int_equal(showroom_outcome(&showroom, withdrawn), 0);
    assert_int_equal(showroom_count(&showroom, "escalation.changed", ""), 192); /* each has ended once */
    agrees("/rebuilt-bound");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define STORY(name) cmocka_unit_test_prestate_setup_teardown(name, showroom_begin, showroom_end, &showroom)
        STORY(shorter_deadlines_move_cards_and_fire_what_is_past_once),
        STORY(longer_deadlines_take_the_breach_back_and_end_what_was_told_too_early),
        STORY(a_complaint_at_rest_is_reckoned_without_its_rest),
        STORY(a_ladder_of_other_shares_goes_on_where_the_old_one_was),
        STORY(a_ladder_that_reaches_higher_tells_those_who_were_not_told),
        STORY(a_rung_that_falls_due_by_the_entry_that_lifts_it_is_told_to_both),
        STORY(a_breach_that_comes_earlier_is_told_on_card_and_notice),
        STORY(a_new_rhythm_begins_when_it_comes_into_force),
        STORY(a_recovery_task_follows_the_rulebook_unless_people_set_its_deadline),
        STORY(a_rulebook_that_changes_no_case_says_nothing_of_any),
        STORY(six_hundred_complaints_are_reckoned_in_steps_through_a_crash),
        STORY(a_sweep_goes_on_where_the_turn_before_the_crash_ended),
        STORY(one_rulebook_after_the_other_raises_no_more_notices_than_can_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
