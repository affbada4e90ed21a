/* The ledger in the worker: many entries settled at once, through a crash; a query of entries and accounts. */
#include "core/status.h"
#include "tests/support/showroom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define PRAISES 330u

static struct showroom showroom;

static void praise_and_confirm(uint32_t times)
{
    struct praised fact = {.store = span_of("sh-pudong"), .text = span_of("friendly")};
    struct ledger_confirmed confirmed = {.by = span_of("zhou.ba")};
    struct name_list staff = {.count = 1, .item = {span_of("wang.li")}};
    char id[64];
    SET(&fact, praised, staff, staff);
    for (uint32_t i = 0; i < times; i++) {
        uint64_t seq = showroom_publish(&showroom, EVENT_feedback_praised, NULL, 0, &fact);
        snprintf(id, sizeof id, "L-%llu-wang.li", (unsigned long long)seq);
        showroom_publish(&showroom, EVENT_ledger_confirmed, id, 0, &confirmed);
    }
    showroom_turn(&showroom);
}

static uint64_t settle(void)
{
    struct ledger_settled settled = {.by = span_of("payroll"), .period = span_of("2026-11")};
    return showroom_publish(&showroom, EVENT_ledger_settled, NULL, 0, &settled);
}

/* Every entry once, and 50 yuan each in the account. */
static void expect_all_settled(uint32_t times)
{
    struct get_request request = {.has = 0};
    struct account account;
    struct flaw flaw;
    SET(&request, get_request, what, span_of("ledger"));
    SET(&request, get_request, status, span_of("settled"));
    SET(&request, get_request, period, span_of("2026"));
    SET(&request, get_request, limit, 1000);
    showroom_get(&showroom, &request, times);
    request = (struct get_request){.has = 0};
    SET(&request, get_request, what, span_of("account"));
    SET(&request, get_request, staff, span_of("wang.li"));
    struct span row = showroom_get(&showroom, &request, 1);
    assert_int_equal(record_decode(&record_of_account, row, &account, &flaw), 0);
    assert_true(span_is(account.year, "2026"));
    assert_int_equal(account.entries, times);
    assert_int_equal(account.amount_fen, times * 5000ll);
    assert_int_equal(account.balance, 100);
    showroom_verify(&showroom);
}

/* 330 entries: 128 a step, and the rest by a timer for the same instant: 128, 128, 74. */
static void a_month_of_many_entries_is_settled_in_steps(void **state)
{
    (void)state;
    praise_and_confirm(PRAISES);
    settle();
    showroom_turn(&showroom);
    expect_all_settled(PRAISES);
    showroom_nothing_twice(&showroom);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-settled");
}

static void a_crash_amid_settling_goes_on_where_it_was(void **state)
{
    (void)state;
    praise_and_confirm(PRAISES);
    settle();
    for (int i = 0; i < 4; i++) {
        int64_t wait_ms;
        assert_int_equal(desk_turn(&showroom.desk), 0);
        assert_int_equal(worker_turn(showroom.worker, clock_read(showroom.desk.setup.clock), &wait_ms), 0);
    }
    showroom_worker_crash(&showroom, true);
    showroom_worker_start(&showroom);
    showroom_turn(&showroom);
    expect_all_settled(PRAISES);
    showroom_nothing_twice(&showroom);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-crashed");
}

/* Who has nothing has a year's points; a year is named by four digits. */
static void an_account_that_nobody_has_begins_with_a_hundred_points(void **state)
{
    (void)state;
    struct get_request request = {.has = 0};
    struct account account;
    struct flaw flaw;
    SET(&request, get_request, what, span_of("account"));
    SET(&request, get_request, staff, span_of("nobody"));
    showroom_get(&showroom, &request, 0);
    SET(&request, get_request, period, span_of("2026"));
    struct span row = showroom_get(&showroom, &request, 1);
    assert_int_equal(record_decode(&record_of_account, row, &account, &flaw), 0);
    assert_int_equal(account.balance, 100);
    assert_int_equal(account.entries, 0);
}

/* Points of a year: two upheld complaints, general and serious, cost 3 and 5; one of them is waived. */
static void an_account_is_the_sum_of_what_is_confirmed(void **state)
{
    (void)state;
    struct complained fact = showroom_complaint(NULL, NULL);
    struct judged judged = {.by = span_of("zhao.min"), .verdict = verdict_is_upheld};
    struct reasoned waived = {.by = span_of("zhou.ba"), .reason = span_of("a misunderstanding")};
    struct name_list staff = {.count = 1, .item = {span_of("wang.li")}};
    struct account account;
    struct flaw flaw;
    char id[2][64];
    SET(&judged, judged, staff, staff);
    for (int i = 0; i < 2; i++) {
        char subject[64];
        SET(&fact, complained, grade, i == 0 ? grade_is_general : grade_is_serious);
        uint64_t seq = showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
        snprintf(subject, sizeof subject, "C-%llu", (unsigned long long)seq);
        seq = showroom_publish(&showroom, EVENT_complaint_judged, subject, 0, &judged);
        snprintf(id[i], sizeof id[i], "L-%llu-wang.li", (unsigned long long)seq);
    }
    showroom_turn(&showroom);
    uint64_t of_waived = showroom_publish(&showroom, EVENT_ledger_waived, id[0], 0, &waived);
    uint64_t of_confirmed = showroom_decide(&showroom, EVENT_ledger_confirmed, id[1], "zhou.ba");
    showroom_turn(&showroom);
    assert_int_equal(showroom_outcome(&showroom, of_waived), 0);
    assert_int_equal(showroom_outcome(&showroom, of_confirmed), 0);
    struct get_request request = {.has = 0};
    SET(&request, get_request, what, span_of("account"));
    SET(&request, get_request, staff, span_of("wang.li"));
    struct span row = showroom_get(&showroom, &request, 1);
    assert_int_equal(record_decode(&record_of_account, row, &account, &flaw), 0);
    assert_int_equal(account.points, -5);
    assert_int_equal(account.balance, 95);
    assert_int_equal(account.entries, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define STORY(name) cmocka_unit_test_prestate_setup_teardown(name, showroom_begin, showroom_end, &showroom)
        STORY(a_month_of_many_entries_is_settled_in_steps),
        STORY(a_crash_amid_settling_goes_on_where_it_was),
        STORY(an_account_that_nobody_has_begins_with_a_hundred_points),
        STORY(an_account_is_the_sum_of_what_is_confirmed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
