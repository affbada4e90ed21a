/*
 * Appeals: who may, until when, and every history of up to six decisions and deadlines.
 *
 * The store never closes here, so that a working day is 24 hours: 7 working days from Monday 09:00 are over on Monday 09:00.
 */
#include "core/appeal.h"
#include "core/calendar.h"
#include "core/status.h"
#include "schemas/codec.h"
#include "tests/support/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define HOUR 3600000ll
#define DAY (24 * HOUR)

static struct policy policy;
static char reason[256], id[CASE_ID_MAX];

/* A penalty of wang.li in sh-pudong's service, confirmed by zhao.min on 2026-11-23 09:00, of a complaint that sun.yi judged. */
static struct appeal_matter penalty(void)
{
    struct appeal_matter matter = {
        .entry = span_of("L-41-wang.li"),
        .store = span_of("sh-pudong"),
        .department = span_of("service"),
        .concerned = {{span_of("wang.li")}, 1},
        .parties = {{span_of("zhao.min"), span_of("sun.yi")}, 2},
        .notice_ms = when("2026-11-23 09:00"),
    };
    return matter;
}

static struct event filing(const char *by, enum appeal_ground ground)
{
    struct event event = {.type = EVENT_appeal_filed, .type_name = span_of("appeal.filed")};
    event.data.appeal_filed.by = span_of(by);
    event.data.appeal_filed.ground = (int32_t)ground;
    return event;
}

static struct event ruling(enum event_type type, const char *by, bool upheld)
{
    struct event event = {.type = type, .type_name = span_of("appeal.ruled")};
    event.data.appeal_ruled = (struct appeal_ruled){.by = span_of(by), .upheld = upheld, .reason = span_of("why")};
    return event;
}

static int file_at(const struct appeal_matter *matter, const char *by, const char *time, struct appeal *ret_appeal)
{
    struct event event = filing(by, appeal_ground_is_wrong_person);
    return appeal_file(&policy, matter, &event, (struct cause){80, when(time)}, id, ret_appeal, reason, sizeof reason);
}

static struct appeal filed(void)
{
    struct appeal appeal;
    struct appeal_matter matter = penalty();
    assert_int_equal(file_at(&matter, "wang.li", "2026-11-24 10:00", &appeal), 0);
    return appeal;
}

static int rule_at(struct appeal *appeal, const struct event *event, const char *time, struct appeal_effects *effects)
{
    return appeal_decide(&policy, appeal, event, (struct cause){90, when(time)}, false, effects, reason, sizeof reason);
}

#define assert_said(words)                                         \
    do {                                                           \
        if (!strstr(reason, words))                                \
            fail_msg("\"%s\" does not say \"%s\"", reason, words); \
    } while (0)

/* ---- filing ---- */

static void an_appeal_is_to_be_ruled_on_within_five_working_days(void **state)
{
    (void)state;
    struct appeal appeal = filed();
    assert_string_equal(id, "A-80");
    assert_int_equal(appeal.status, appeal_status_is_filed);
    assert_int_equal(appeal.rule_due_at, when("2026-11-29 10:00"));
    assert_int_equal(appeal_next_due(&policy, &appeal), appeal.rule_due_at);
    assert_true(appeal_is_open(&appeal));
}

/* Told on Monday the 23rd at 09:00; seven days of 24 hours are over on the 30th at 09:00, to the second. */
static void who_is_late_may_not_appeal_any_more(void **state)
{
    (void)state;
    struct appeal appeal = {0}, before = appeal;
    struct appeal_matter matter = penalty();
    assert_int_equal(file_at(&matter, "wang.li", "2026-11-30 09:00", &appeal), 0);
    appeal = before;
    assert_int_equal(file_at(&matter, "wang.li", "2026-11-30 09:01", &appeal), -E_TOO_LATE);
    assert_said("L-41-wang.li had to be filed by 2026-11-30 09:00");
    assert_memory_equal(&appeal, &before, sizeof appeal);
    struct event event = filing("wang.li", appeal_ground_is_other); /* filed at 08:55, heard at 09:05 */
    event.has_time = true;
    event.time_ms = when("2026-11-30 08:55");
    assert_int_equal(appeal_file(&policy, &matter, &event, (struct cause){80, when("2026-11-30 09:05")}, id, &appeal,
                                 reason, sizeof reason),
                     0);
}

static void only_whom_it_concerns_may_appeal(void **state)
{
    (void)state;
    struct appeal appeal;
    struct appeal_matter matter = penalty();
    assert_int_equal(file_at(&matter, "li.na", "2026-11-24 10:00", &appeal), -E_NOT_ALLOWED_PERSON);
    assert_said("concerns wang.li, not li.na");
    matter.concerned.count = 0;
    assert_int_equal(file_at(&matter, "wang.li", "2026-11-24 10:00", &appeal), -E_NOT_ALLOWED_PERSON);
    assert_said("concerns nobody by name");
}

/* ---- ruling ---- */

static void nobody_rules_who_is_party_to_it(void **state)
{
    (void)state;
    static const struct {
        const char *by;
        int status;
    } rows[] = {{"wang.li", -E_NOT_ALLOWED_PERSON},
                {"zhao.min", -E_NOT_ALLOWED_PERSON},
                {"sun.yi", -E_NOT_ALLOWED_PERSON},
                {"qian.qi", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct appeal appeal = filed();
        struct appeal_effects effects = {0};
        struct event event = ruling(EVENT_appeal_ruled, rows[i].by, true);
        assert_int_equal(rule_at(&appeal, &event, "2026-11-25 10:00", &effects), rows[i].status);
        assert_int_equal(effects.upheld, rows[i].status == 0);
    }
}

static void what_is_upheld_is_final(void **state)
{
    (void)state;
    struct appeal appeal = filed();
    struct appeal_effects effects = {0};
    struct event upheld = ruling(EVENT_appeal_ruled, "qian.qi", true);
    struct event review = ruling(EVENT_appeal_reviewed, "zhou.ba", false);
    assert_int_equal(rule_at(&appeal, &upheld, "2026-11-25 10:00", &effects), 0);
    assert_true(effects.upheld);
    assert_false(appeal_is_open(&appeal));
    assert_int_equal(rule_at(&appeal, &review, "2026-11-26 10:00", &effects), -E_WRONG_STATE);
    assert_said("it was upheld");
}

static void a_rejected_one_is_looked_at_once_more_by_somebody_else(void **state)
{
    (void)state;
    struct appeal appeal = filed();
    struct appeal_effects effects = {0};
    struct event rejected = ruling(EVENT_appeal_ruled, "qian.qi", false);
    struct event own = ruling(EVENT_appeal_reviewed, "qian.qi", true);
    struct event review = ruling(EVENT_appeal_reviewed, "zhou.ba", true);
    assert_int_equal(rule_at(&appeal, &review, "2026-11-25 09:00", &effects), -E_WRONG_STATE);
    assert_said("comes after the ruling");
    assert_int_equal(rule_at(&appeal, &rejected, "2026-11-25 10:00", &effects), 0);
    assert_false(effects.final);
    assert_int_equal(appeal.review_due_at, when("2026-12-02 10:00"));
    assert_int_equal(rule_at(&appeal, &rejected, "2026-11-25 11:00", &effects), -E_ALREADY_DONE);
    assert_int_equal(rule_at(&appeal, &own, "2026-11-26 10:00", &effects), -E_NOT_ALLOWED_PERSON);
    assert_said("somebody else");
    assert_int_equal(rule_at(&appeal, &review, "2026-11-26 10:00", &effects), 0);
    assert_true(effects.upheld);
    assert_int_equal(appeal.status, appeal_status_is_upheld);
}

static void there_is_no_third_look(void **state)
{
    (void)state;
    struct appeal appeal = filed();
    struct appeal_effects effects = {0};
    struct event rejected = ruling(EVENT_appeal_ruled, "qian.qi", false);
    struct event review = ruling(EVENT_appeal_reviewed, "zhou.ba", false);
    struct event third = ruling(EVENT_appeal_reviewed, "wu.jiu", true);
    assert_int_equal(rule_at(&appeal, &rejected, "2026-11-25 10:00", &effects), 0);
    assert_int_equal(rule_at(&appeal, &review, "2026-11-26 10:00", &effects), 0);
    assert_true(effects.final);
    assert_int_equal(rule_at(&appeal, &third, "2026-11-27 10:00", &effects), -E_WRONG_STATE);
    assert_said("no third look");
}

static void only_a_rating_of_the_wrong_department_goes_to_another(void **state)
{
    (void)state;
    struct appeal_effects effects = {0};
    struct event moved = ruling(EVENT_appeal_ruled, "qian.qi", true);
    SET(&moved.data.appeal_ruled, appeal_ruled, department, span_of("support"));
    struct appeal appeal = filed();
    assert_int_equal(rule_at(&appeal, &moved, "2026-11-25 10:00", &effects), -E_BAD_DECISION);
    struct appeal_matter matter = penalty();
    matter.entry = (struct span){0};
    matter.rating = 41;
    struct event event = filing("wang.li", appeal_ground_is_wrong_department);
    assert_int_equal(appeal_file(&policy, &matter, &event, (struct cause){80, when("2026-11-24 10:00")}, id, &appeal,
                                 reason, sizeof reason),
                     0);
    assert_int_equal(appeal.rating, 41);
    struct event nowhere = moved;
    nowhere.data.appeal_ruled.department = span_of("service");
    assert_int_equal(rule_at(&appeal, &nowhere, "2026-11-25 10:00", &effects), -E_BAD_DECISION);
    assert_int_equal(rule_at(&appeal, &moved, "2026-11-25 10:00", &effects), 0);
    assert_true(span_is(appeal.moved_to, "support"));
}

/* ---- deadlines ---- */

static void an_unanswered_one_is_overdue_once_and_waits_for_people(void **state)
{
    (void)state;
    struct appeal appeal = filed();
    struct appeal_effects effects = {0};
    int64_t due_ms = appeal_next_due(&policy, &appeal);
    appeal_advance(&policy, &appeal, due_ms, (struct cause){95, due_ms}, &effects);
    assert_true(effects.overdue);
    assert_true(appeal.overdue);
    assert_int_equal(appeal_next_due(&policy, &appeal), INT64_MAX);
    struct event late = ruling(EVENT_appeal_ruled, "qian.qi", true);
    assert_int_equal(rule_at(&appeal, &late, "2026-12-20 10:00", &effects), 0);
    assert_true(effects.ruled);
}

static void another_rulebook_counts_a_running_deadline_anew(void **state)
{
    (void)state;
    struct appeal appeal = filed();
    struct policy other = policy;
    other.ranking.appeal_rule_within.ms = 2 * DAY;
    assert_false(appeal_reckon(&policy, &appeal, (struct cause){85, when("2026-11-25 10:00")}));
    assert_true(appeal_reckon(&other, &appeal, (struct cause){85, when("2026-11-25 10:00")}));
    assert_int_equal(appeal.rule_due_at, when("2026-11-26 10:00"));
}

/* ---- every history ---- */

static const char *const people[] = {"wang.li", "zhao.min", "qian.qi", "zhou.ba"};
static uint64_t histories, taken;

static void check_standing(const struct appeal *appeal, int64_t now_ms)
{
    bool open = appeal_is_open(appeal);
    int64_t due_ms = appeal_next_due(&policy, appeal);
    assert_int_equal(open, !HAS(appeal, appeal, closed_at));
    assert_true(due_ms > now_ms);
    assert_true(open || due_ms != INT64_MAX || (HAS(appeal, appeal, gone) && appeal->gone));
    assert_true(appeal->status != appeal_status_is_filed || !HAS(appeal, appeal, ruled_by));
    assert_true(appeal->status == appeal_status_is_filed || HAS(appeal, appeal, ruled_by));
    if (HAS(appeal, appeal, ruled_by)) {
        assert_false(span_is(appeal->ruled_by, "wang.li"));
        assert_false(span_is(appeal->ruled_by, "zhao.min"));
    }
    if (HAS(appeal, appeal, reviewed_by))
        assert_false(span_equal(appeal->reviewed_by, appeal->ruled_by));
}

/* What ends, ends once, and never begins again. */
static void check_step(const struct appeal *before, const struct appeal *after, const struct appeal_effects *effects)
{
    assert_true(appeal_is_open(before) || before->status == after->status);
    assert_int_equal(effects->upheld,
                     before->status != appeal_status_is_upheld && after->status == appeal_status_is_upheld);
    assert_int_equal(effects->final,
                     before->status != appeal_status_is_final && after->status == appeal_status_is_final);
    assert_int_equal(effects->overdue, !before->overdue && after->overdue);
    assert_true(!(before->status == appeal_status_is_rejected && after->status == appeal_status_is_filed));
}

static void walk(const struct appeal *from, int64_t now_ms, int depth)
{
    for (int i = 0; i < 17; i++) {
        struct appeal appeal = *from;
        struct appeal_effects effects = {0};
        int64_t at_ms = now_ms;
        histories++;
        if (i < 16) {
            struct event event =
                ruling(i & 1 ? EVENT_appeal_reviewed : EVENT_appeal_ruled, people[i >> 2], (i & 2) != 0);
            if (appeal_decide(&policy, &appeal, &event, (struct cause){90, at_ms}, false, &effects, reason,
                              sizeof reason) < 0) {
                assert_memory_equal(&appeal, from, sizeof appeal);
                assert_true(strlen(reason) > 20);
                continue;
            }
        } else { /* nobody decides until what is due falls due */
            at_ms = appeal_next_due(&policy, &appeal);
            if (at_ms == INT64_MAX)
                continue;
            appeal_advance(&policy, &appeal, at_ms, (struct cause){90, at_ms}, &effects);
        }
        taken++;
        check_step(from, &appeal, &effects);
        check_standing(&appeal, at_ms);
        if (depth > 1)
            walk(&appeal, at_ms + HOUR, depth - 1);
    }
}

/* Paths of length up to six: filed -> {upheld | rejected -> {upheld, final}} and each step by two people who may, or by time. */
static void every_history_of_six_decisions_keeps_the_rules(void **state)
{
    (void)state;
    struct appeal appeal = filed();
    histories = taken = 0;
    walk(&appeal, when("2026-11-25 10:00"), 6);
    print_message("%llu tried, %llu taken\n", (unsigned long long)histories, (unsigned long long)taken);
    assert_true(taken > 30);
    assert_true(histories > 10 * taken);
}

int main(void)
{
    policy_default(&policy);
    calendar_round_the_clock(&policy);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_appeal_is_to_be_ruled_on_within_five_working_days),
        cmocka_unit_test(who_is_late_may_not_appeal_any_more),
        cmocka_unit_test(only_whom_it_concerns_may_appeal),
        cmocka_unit_test(nobody_rules_who_is_party_to_it),
        cmocka_unit_test(what_is_upheld_is_final),
        cmocka_unit_test(a_rejected_one_is_looked_at_once_more_by_somebody_else),
        cmocka_unit_test(there_is_no_third_look),
        cmocka_unit_test(only_a_rating_of_the_wrong_department_goes_to_another),
        cmocka_unit_test(an_unanswered_one_is_overdue_once_and_waits_for_people),
        cmocka_unit_test(another_rulebook_counts_a_running_deadline_anew),
        cmocka_unit_test(every_history_of_six_decisions_keeps_the_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
