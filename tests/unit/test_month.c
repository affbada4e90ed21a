/*
 * A month of a group of 12 stores: 100,000 events folded; what it brings to people each day is printed, and is what people
 * can bear.
 */
#include "core/score.h"
#include "core/status.h"
#include "tests/support/month.h"
#include "workers/fold.h"
#include "workers/score_key.h"
#include "workers/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct month month;

/* The month, the close of it on the 4th, and three weeks for decisions and appeals. */
static int a_month_goes_by(void **state)
{
    (void)state;
    month_begin(&month, "/month", 20261101);
    month_facts(&month);
    month_pass(&month, MONTH_START_MS + 60 * MONTH_DAY_MS);
    assert_int_equal(rehearsal_settle(month.rehearsal), 0);
    return 0;
}

static int it_is_over(void **state)
{
    (void)state;
    month_end(&month);
    return 0;
}

/* ---- what it brings ---- */

struct load {
    const char *what;
    uint32_t total, most;
};

static void load_add(struct load *load, uint32_t of_day)
{
    load->total += of_day;
    load->most = of_day > load->most ? of_day : load->most;
}

/* DOMAIN's issue: about 20 notices, 20 recovery tasks and 300 dials a day for 300 visits a day. */
static void its_daily_load_is_one_that_people_can_bear(void **state)
{
    (void)state;
    struct load load[] = {{"complaints", 0, 0},        {"notices", 0, 0}, {"recovery tasks", 0, 0},
                          {"improvement tasks", 0, 0}, {"dials", 0, 0},   {"entries proposed", 0, 0},
                          {"decisions refused", 0, 0}};
    for (uint32_t i = 0; i < MONTH_DAYS; i++) {
        const struct month_day *day = &month.day[i];
        const uint32_t of_day[] = {day->complaints, day->notices,   day->recovery_tasks, day->improvement_tasks,
                                   day->dials,      day->proposals, day->rejected};
        for (size_t k = 0; k < sizeof load / sizeof load[0]; k++)
            load_add(&load[k], of_day[k]);
    }
    print_message("%llu events; a day of %u visits brings\n", (unsigned long long)month.entries, MONTH_VISITS_A_DAY);
    for (size_t k = 0; k < sizeof load / sizeof load[0]; k++)
        print_message("  %-18s %6.1f on the average, %u at most\n", load[k].what, (double)load[k].total / MONTH_DAYS,
                      load[k].most);
    assert_true(month.entries >= 100000);
    assert_in_range(load[1].total / MONTH_DAYS, 5, 30);
    assert_in_range(load[2].total / MONTH_DAYS, 10, 30);
    assert_true(load[4].total / MONTH_DAYS <= 330);
    assert_true(load[6].total / MONTH_DAYS <= 3); /* people rarely decide what is not theirs to decide */
}

/* ---- sums ---- */

static void the_sums_of_the_group_are_those_of_its_stores(void **state)
{
    (void)state;
    struct fold *fold = rehearsal_fold(month.rehearsal);
    struct store_txn *txn;
    struct store_cursor *cursor;
    struct span key, value;
    uint64_t counted[MONTH_STORES] = {0}, group = 0, published = 0;
    assert_int_equal(store_begin(fold->store, false, &txn), 0);
    assert_int_equal(store_cursor_open(txn, STATE_SCORES, &cursor), 0);
    for (int result = store_seek(cursor, (struct span){0}, &key, &value); result == 0;
         result = store_next(cursor, &key, &value)) {
        struct score_place place;
        struct score_sums sums;
        char number[3] = "";
        assert_int_equal(score_key_parse(key, &place), 0);
        assert_int_equal(score_row_read(value, &sums), 0);
        memcpy(number, place.store.at + 1, 2);
        counted[strtoul(number, NULL, 10) - 1] += sums.n;
        group += sums.n;
    }
    store_cursor_close(cursor);
    store_abort(txn);
    for (uint32_t i = 0; i < MONTH_STORES; i++) {
        assert_int_equal(counted[i], month.ratings[i]);
        published += month.ratings[i];
    }
    assert_int_equal(group, published);
    assert_int_equal(month.ratings[MONTH_STORES], 0);
    print_message("%llu ratings of %u stores\n", (unsigned long long)group, MONTH_STORES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_daily_load_is_one_that_people_can_bear),
        cmocka_unit_test(the_sums_of_the_group_are_those_of_its_stores),
    };
    return cmocka_run_group_tests(tests, a_month_goes_by, it_is_over);
}
