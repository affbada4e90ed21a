/* Notices about any case: their names, whom they reach, that they come again, end and go with their case. */
#include "core/status.h"
#include "io/store_sim.h"
#include "tests/support/story.h"
#include "workers/cases.h"
#include "workers/escalations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define SEQ 90

static struct notice_about about_of(const char *id)
{
    return (struct notice_about){
        .id = span_of(id),
        .store = span_of("sh-pudong"),
        .department = span_of("service"),
        .grade = grade_is_major,
    };
}

/* A turn of a fold in which entry 90 is folded, at 10:00. */
static struct fold *fold_new(void)
{
    struct fold *fold;
    store_sim_forget("/about/state");
    assert_int_equal(fold_open("/about", &fold), 0);
    assert_int_equal(fold_begin(fold, "one"), 0);
    fold->step.cause = (struct cause){SEQ, when("2026-11-23 10:00")};
    return fold;
}

static struct escalation notice(struct fold *fold, const char *id)
{
    struct case_key key;
    struct escalation escalation;
    assert_int_equal(case_key_of_id(span_of(id), &key), 0);
    assert_int_equal(case_load(fold, &key, &escalation), 0);
    return escalation;
}

static void raise_one(struct fold *fold, const struct notice_about *about, const char *why, int64_t percent,
                      int64_t level)
{
    assert_int_equal(notice_raise(fold, about, why, percent, level, fold->step.cause.at_ms), 0);
}

static void a_notice_is_named_after_its_case_and_why(void **state)
{
    (void)state;
    static const struct {
        const char *about, *why;
        int64_t percent;
        const char *id;
    } rows[] = {
        {"T-57", "overdue", 0, "E-57-overdue"},
        {"T-57", "overdue", 0, "E-57-overdue-2"},
        {"T-57", "overdue", 0, "E-57-overdue-3"},
        {"T-58", "overdue", 150, "E-58-overdue-150"},
        {"T-band-sh-pudong.service-2026-11", "overdue", 100, "E-band-sh-pudong.service-2026-11-overdue-100"},
    };
    struct fold *fold = fold_new();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct notice_about about = about_of(rows[i].about);
        raise_one(fold, &about, rows[i].why, rows[i].percent, 1);
        struct escalation card = notice(fold, rows[i].id);
        assert_true(span_is(card.id, rows[i].id));
        assert_true(span_is(card.about, rows[i].about));
        assert_true(span_is(card.clock, rows[i].why));
        assert_false(HAS(&card, escalation, complaint));
        assert_true(span_is(card.to, "manager@sh-pudong/service"));
        assert_int_equal(card.rung_percent, rows[i].percent);
        assert_int_equal(card.raised_at, when("2026-11-23 10:00"));
    }
    assert_int_equal(fold->head.counters.escalations, 5);
    assert_int_equal(fold->head.counters.open_escalations, 5);
    fold_abort(fold);
    fold_close(fold);
}

/* 2 + 55 bytes of a case's name would leave no room for "-overdue-150-2" in 64. */
static void a_long_name_is_a_fingerprint_in_its_notices(void **state)
{
    (void)state;
    const char *long_id = "T-band-sh-pudong-lujiazui-flagship.call_centre.north-2026-11";
    struct fold *fold = fold_new();
    struct notice_about about = about_of(long_id);
    uint32_t count;
    raise_one(fold, &about, "overdue", 150, 1);
    raise_one(fold, &about, "overdue", 150, 1);
    assert_int_equal(escalations_count(fold->txn, about.id, &count), 0);
    assert_int_equal(count, 2);
    assert_int_equal(notices_end(fold, about.id), 0);
    assert_int_equal(fold->head.counters.open_escalations, 0);
    fold_abort(fold);
    fold_close(fold);
}

/* T-57 and what else entry 57 bore: each case's notices are its own. */
static void notices_end_with_their_own_case_alone(void **state)
{
    (void)state;
    struct fold *fold = fold_new();
    struct notice_about task = about_of("T-57"), other = about_of("T-57-drift"), later = about_of("T-570");
    raise_one(fold, &task, "overdue", 100, 2);
    raise_one(fold, &other, "overdue", 100, 2);
    raise_one(fold, &later, "overdue", 100, 2);
    assert_int_equal(notices_end(fold, task.id), 0);
    assert_true(notice(fold, "E-57-overdue-100").ended);
    assert_false(notice(fold, "E-57-drift-overdue-100").ended);
    assert_false(notice(fold, "E-570-overdue-100").ended);
    assert_int_equal(notices_gone(fold, task.id), 0);
    struct escalation card = notice(fold, "E-57-overdue-100");
    assert_true(HAS(&card, escalation, gone) && card.gone);
    fold_abort(fold);
    fold_close(fold);
}

/* Time bore both, and one's name begins with the other's. */
static void a_name_that_begins_another_is_not_that_other(void **state)
{
    (void)state;
    struct fold *fold = fold_new();
    struct notice_about one = about_of("T-band-sh"), other = about_of("T-band-sh-pudong");
    raise_one(fold, &one, "overdue", 100, 2);
    raise_one(fold, &other, "overdue", 100, 2);
    assert_int_equal(notices_end(fold, one.id), 0);
    assert_true(notice(fold, "E-band-sh-overdue-100").ended);
    assert_false(notice(fold, "E-band-sh-pudong-overdue-100").ended);
    fold_abort(fold);
    fold_close(fold);
}

/* Major: every two hours from the breach on. */
static void an_unseen_one_past_the_breach_comes_again(void **state)
{
    (void)state;
    struct fold *fold = fold_new();
    struct notice_about about = about_of("T-57");
    struct case_key key;
    raise_one(fold, &about, "overdue", 80, 1);
    raise_one(fold, &about, "overdue", 100, 2);
    struct escalation early = notice(fold, "E-57-overdue-80"), card = notice(fold, "E-57-overdue-100");
    assert_false(HAS(&early, escalation, timer_at));
    assert_int_equal(card.timer_at, when("2026-11-23 12:00"));
    assert_int_equal(case_key_of_id(card.id, &key), 0);
    assert_int_equal(escalations_on_timer(fold, &key, card.timer_at), 0);
    card = notice(fold, "E-57-overdue-100");
    assert_int_equal(card.repeat, 1);
    assert_int_equal(card.timer_at, when("2026-11-23 14:00"));
    fold_abort(fold);
    fold_close(fold);
}

static void the_responsible_person_is_reminded_unless_it_is_about_them(void **state)
{
    (void)state;
    struct fold *fold = fold_new();
    struct notice_about about = about_of("T-57");
    about.responsible = span_of("wang.li");
    raise_one(fold, &about, "overdue", 50, 0);
    assert_true(span_is(notice(fold, "E-57-overdue-50").to, "wang.li"));
    about.id = span_of("T-58");
    about.skip = (struct name_list){.item = {span_of("wang.li")}, .count = 1};
    raise_one(fold, &about, "overdue", 50, 0);
    assert_true(span_is(notice(fold, "E-58-overdue-50").to, "manager@sh-pudong/service"));
    fold_abort(fold);
    fold_close(fold);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_notice_is_named_after_its_case_and_why),
        cmocka_unit_test(a_long_name_is_a_fingerprint_in_its_notices),
        cmocka_unit_test(notices_end_with_their_own_case_alone),
        cmocka_unit_test(a_name_that_begins_another_is_not_that_other),
        cmocka_unit_test(an_unseen_one_past_the_breach_comes_again),
        cmocka_unit_test(the_responsible_person_is_reminded_unless_it_is_about_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
