/* The close of a large group's year that comes late, after an outage: every row is said once, in PUTs that intake takes. */
#include "core/status.h"
#include "tests/support/showroom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define DAY_MS (24 * 3600 * 1000ll)
#define STORES 250u

static struct showroom showroom;

static const char *const departments[] = {"sales", "service", "call_centre", "support"};
#define DEPARTMENTS (sizeof departments / sizeof departments[0])

static void one_rating_each(void)
{
    char store[32];
    for (uint32_t i = 0; i < STORES * DEPARTMENTS; i++) {
        struct rated fact = {.channel = channel_is_online};
        snprintf(store, sizeof store, "store-%03u", i / (uint32_t)DEPARTMENTS);
        fact.store = span_of(store);
        fact.department = span_of(departments[i % DEPARTMENTS]);
        SET(&fact, rated, overall, 9000);
        showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &fact);
    }
    showroom_turn(&showroom);
}

/* 1,000 departments and 250 stores by the month, the half-year and the year, 250 departments of sales by the quarter; the month
 * itself is said at its begin, at each of its steps of 48 rows, and the next one at its begin. */
static void a_year_that_closes_late_is_said_row_by_row(void **state)
{
    (void)state;
    showroom_pass(&showroom, 20 * DAY_MS); /* into December */
    one_rating_each();
    showroom_worker_crash(&showroom, false);
    desk_pass(&showroom.desk, 40 * DAY_MS);
    showroom_worker_start(&showroom);
    showroom_turn(&showroom);
    showroom_pass(&showroom, 1000);
    uint32_t causes, rows = 3 * (STORES * DEPARTMENTS + STORES) + STORES;
    uint32_t most = showroom_most_of_a_cause(&showroom, "period.changed", &causes);
    assert_true(most <= PUT_EVENTS_MAX / 2);
    assert_true(showroom_count(&showroom, "period.changed", "") > rows);
    assert_int_equal(showroom_count(&showroom, "period.changed", "P-store-249.support-2026"), 1);
    assert_int_equal(showroom_count(&showroom, "period.changed", "P-store-000.sales-2026-Q4"), 1);
    showroom_nothing_twice(&showroom);
    showroom_verify(&showroom);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-periods");
}

static struct span month_row(const char *store)
{
    struct get_request request = {.has = 0};
    SET(&request, get_request, what, span_of("period"));
    SET(&request, get_request, period, span_of("2026-11"));
    SET(&request, get_request, store, span_of(store));
    SET(&request, get_request, department, span_of("sales"));
    return showroom_get(&showroom, &request, 1);
}

/* A closed month keeps its row when its only rating is taken back later: restated as none. */
static void what_was_frozen_stays_when_its_last_rating_is_taken_back(void **state)
{
    (void)state;
    struct rated fact = {.store = span_of("a"), .department = span_of("sales"), .channel = channel_is_online};
    struct retracted retracted = {.reason = span_of("of another brand")};
    struct period card;
    struct flaw flaw;
    SET(&fact, rated, overall, 9000);
    uint64_t seq = showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &fact);
    fact.store = span_of("b");
    showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &fact);
    showroom_turn(&showroom);
    showroom_pass(&showroom, 20 * DAY_MS); /* from 23 November: December's 4th is over */
    retracted.of.seq = seq;
    uint64_t back = showroom_publish(&showroom, EVENT_feedback_retracted, NULL, 0, &retracted);
    showroom_turn(&showroom);
    assert_int_equal(showroom_outcome(&showroom, back), 0);
    assert_int_equal(record_decode(&record_of_period, month_row("b"), &card, &flaw), 0);
    assert_int_equal(card.restated.n, 1);
    assert_int_equal(record_decode(&record_of_period, month_row("a"), &card, &flaw), 0);
    assert_int_equal(card.status, period_status_is_closed);
    assert_int_equal(card.n, 1);
    assert_true(HAS(&card, period, restated));
    assert_int_equal(card.restated.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate_setup_teardown(a_year_that_closes_late_is_said_row_by_row, showroom_begin,
                                                 showroom_end, &showroom),
        cmocka_unit_test_prestate_setup_teardown(what_was_frozen_stays_when_its_last_rating_is_taken_back,
                                                 showroom_begin, showroom_end, &showroom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
