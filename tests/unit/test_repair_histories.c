/*
 * Every history of up to six things that may happen to a stay in the workshop, and every order in which the facts of two stays
 * may be told, each more than once.
 *
 * Nothing here knows the rules' code: what must be true is said by the drawing in core/repair.h, days are counted one by one.
 */
#include "core/calendar.h"
#include "core/repair.h"
#include "tests/support/showroom.h"
#include "tests/support/story.h"
#include "workers/repairs.h"
#include "workers/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define DAY (24 * 3600 * 1000ll)
#define HISTORY_LEN 6

/* ---- every history of one stay ---- */

enum thing { DAYS_PASS, DAYS_BEFORE, FAULT_AGAIN, LEFT, COMPLETED, EARLIER_WARNING, THINGS };

struct stay {
    struct policy policy;
    struct repair repair;
    int64_t now_ms;
    char told[16][24];
    uint32_t told_count;
};

static uint64_t histories;

static int64_t days_by_counting(int64_t from_ms, int64_t to_ms)
{
    int64_t days = 1;
    while (from_ms + days * DAY < to_ms)
        days++;
    return days;
}

/* Nothing is told of a stay that is over, nothing twice, and nothing lower than before. */
static void note(struct stay *stay, const struct repair_effects *effects)
{
    for (uint32_t i = 0; i < effects->notice_count; i++) {
        const struct repair_notice *notice = &effects->notice[i];
        char *said = stay->told[stay->told_count++], lower[24];
        snprintf(said, 24, "%s %d", notice->why, (int)notice->percent);
        snprintf(lower, 24, "%s 100", notice->why);
        assert_int_equal(stay->repair.status, repair_status_is_in_repair);
        assert_true(notice->at_ms <= stay->now_ms);
        for (uint32_t k = 0; k + 1 < stay->told_count; k++) {
            assert_string_not_equal(stay->told[k], said);
            assert_string_not_equal(stay->told[k], lower);
        }
    }
}

static void check_standing(const struct stay *stay)
{
    const struct repair *repair = &stay->repair;
    bool over = repair->status != repair_status_is_in_repair;
    bool gone = HAS(repair, repair, gone) && repair->gone;
    int64_t due_ms = repair_next_due(&stay->policy, repair);
    assert_true(due_ms > stay->now_ms);
    assert_int_equal(over, HAS(repair, repair, completed_at) != 0);
    assert_int_equal(over, HAS(repair, repair, days) != 0);
    assert_true(!gone || (over && due_ms == INT64_MAX));
    if (!over)
        return;
    assert_int_equal(repair->days, days_by_counting(repair->opened_at, repair->completed_at));
    assert_int_equal(gone, stay->now_ms >= repair->closed_at + stay->policy.card_keep_ms);
}

static void pass(struct stay *stay)
{
    struct cause cause = {61, stay->now_ms};
    int64_t due_ms;
    while ((due_ms = repair_next_due(&stay->policy, &stay->repair)) <= stay->now_ms) {
        struct repair_effects effects = {0};
        cause.at_ms = due_ms;
        repair_advance(&stay->policy, &stay->repair, due_ms, cause, &effects);
        note(stay, &effects);
        assert_false(effects.ended);
    }
}

static void end(struct stay *stay, enum repair_status status)
{
    struct repair_effects effects = {0};
    bool was_in = stay->repair.status == repair_status_is_in_repair;
    int64_t before_ms = stay->repair.completed_at, done_ms = stay->now_ms - 12 * 3600 * 1000ll;
    repair_end(&stay->policy, &stay->repair, status, done_ms, (struct cause){62, stay->now_ms}, &effects);
    assert_int_equal(effects.ended, was_in);
    assert_int_equal(effects.notice_count, 0);
    assert_true(was_in || stay->repair.completed_at <= before_ms);
    assert_int_equal(stay->repair.status, status);
}

/* False: the drawing has no such arrow from where it stands. */
static bool happens(struct stay *stay, enum thing thing)
{
    struct repair_effects effects = {0};
    struct cause cause = {62, stay->now_ms};
    bool in = stay->repair.status == repair_status_is_in_repair;
    if ((thing == COMPLETED && stay->repair.status == repair_status_is_completed) ||
        (thing != COMPLETED && thing != DAYS_PASS && !in))
        return false;
    switch (thing) {
    case DAYS_PASS:
        stay->now_ms += 12 * DAY;
        pass(stay);
        break;
    case DAYS_BEFORE:
        stay->repair.days_before += 13;
        break;
    case FAULT_AGAIN:
        stay->repair.fault_repairs += 2;
        SET(&stay->repair, repair, counted_at, stay->now_ms);
        break;
    case EARLIER_WARNING:
        stay->policy.statutory.loaner_warn_day--;
        repair_reckon(&stay->policy, &stay->repair);
        break;
    case LEFT:
        end(stay, repair_status_is_left);
        break;
    case COMPLETED:
        end(stay, repair_status_is_completed);
        break;
    case THINGS:
        break;
    }
    repair_notify(&stay->policy, &stay->repair, stay->now_ms, cause, &effects);
    note(stay, &effects);
    return true;
}

static void walk(const struct stay *from, int depth)
{
    for (int thing = 0; thing < THINGS; thing++) {
        struct stay stay = *from;
        if (!happens(&stay, (enum thing)thing))
            continue;
        assert_true(stay.repair.told >= from->repair.told);
        check_standing(&stay);
        histories++;
        if (depth > 1)
            walk(&stay, depth - 1);
    }
}

static void every_history_of_six_things_keeps_the_rules(void **state)
{
    (void)state;
    static char id[CASE_ID_MAX];
    struct event event = {.type = EVENT_visit_opened};
    event.data.visit =
        (struct visit){.store = span_of("sh-pudong"), .department = span_of("service"), .visit = span_of("RO-1")};
    for (int safety = 0; safety < 2; safety++) {
        struct stay stay = {.now_ms = when("2026-11-23 10:00")};
        policy_default(&stay.policy);
        repair_open(&stay.policy, &event, (struct cause){60, stay.now_ms}, id, &stay.repair);
        SET(&stay.repair, repair, vehicle, span_of("VIN-1"));
        stay.repair.safety = safety;
        check_standing(&stay);
        walk(&stay, HISTORY_LEN);
    }
    print_message("%llu histories\n", (unsigned long long)histories);
    assert_true(histories > 10000);
}

/* ---- every order of what is told ---- */

static struct showroom showroom;

/* RO-A: 3 days from day 0. RO-B: from day 10, 2 days and 2 hours, which are 3. */
static const struct {
    enum event_type type;
    char visit;
    int64_t after_ms;
} facts[] = {
    {EVENT_visit_opened, 'A', 0},
    {EVENT_visit_completed, 'A', 3 * DAY},
    {EVENT_visit_opened, 'B', 10 * DAY},
    {EVENT_visit_completed, 'B', 12 * DAY + 2 * 3600 * 1000ll},
};
#define FACTS 4u
#define ORDERS (FACTS * FACTS * FACTS * FACTS * FACTS * FACTS)

static void tell(uint32_t order, uint32_t fact)
{
    char number[32], vehicle[32];
    struct visit visit = {.kind = visit_kind_is_repair};
    snprintf(number, sizeof number, "RO-%c-%u", facts[fact].visit, order);
    snprintf(vehicle, sizeof vehicle, "VIN-%u", order);
    SET(&visit, visit, store, span_of("sh-pudong"));
    SET(&visit, visit, department, span_of("service"));
    SET(&visit, visit, visit, span_of(number));
    SET(&visit, visit, kind, visit_kind_is_repair);
    SET(&visit, visit, vehicle, span_of(vehicle));
    showroom_publish(&showroom, facts[fact].type, NULL, DESK_MONDAY_MS - 30 * DAY + facts[fact].after_ms, &visit);
}

static void whatever_the_order_the_days_of_a_vehicle_are_the_same_once_all_is_told(void **state)
{
    (void)state;
    static struct verified verified;
    struct store *store;
    struct store_txn *txn;
    uint32_t whole = 0;
    for (uint32_t order = 0; order < ORDERS; order++) {
        for (uint32_t rest = order, i = 0; i < HISTORY_LEN; i++, rest /= FACTS)
            tell(order, rest % FACTS);
        showroom_turn(&showroom);
    }
    showroom_worker_stop(&showroom);
    assert_int_equal(state_verify(showroom.desk.setup.dir, journal_head(showroom.desk.journal), &verified), 0);
    assert_int_equal(verified.violations, 0);
    assert_int_equal(state_open(showroom.desk.setup.dir, false, &store), 0);
    assert_int_equal(store_begin(store, false, &txn), 0);
    for (uint32_t order = 0; order < ORDERS; order++) {
        uint32_t told = 0;
        char vehicle[32];
        struct vehicle_row row;
        for (uint32_t rest = order, i = 0; i < HISTORY_LEN; i++, rest /= FACTS)
            told |= 1u << rest % FACTS;
        if (told != (1u << FACTS) - 1)
            continue;
        snprintf(vehicle, sizeof vehicle, "VIN-%u", order);
        assert_int_equal(vehicle_get(txn, span_of(vehicle), &row), 0);
        if (row.days != 6 || row.stay != 0)
            fail_msg("order %u: %d days, in stay %d", order, (int)row.days, (int)row.stay);
        whole++;
    }
    store_abort(txn);
    store_close(store);
    assert_int_equal(whole, 1560); /* surjections of six onto four: 4^6 - 4 * 3^6 + 6 * 2^6 - 4 */
    showroom_worker_start(&showroom);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_history_of_six_things_keeps_the_rules),
        cmocka_unit_test_prestate_setup_teardown(whatever_the_order_the_days_of_a_vehicle_are_the_same_once_all_is_told,
                                                 showroom_begin, showroom_end, &showroom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
