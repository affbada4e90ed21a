/* Rewards and penalties: the arithmetic to the fen, when a period closes, what a veto takes, who may decide. */
#include "core/calendar.h"
#include "core/ledger.h"
#include "core/status.h"
#include "tests/support/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void rulebook(struct policy *policy)
{
    policy_default(policy);
    calendar_round_the_clock(policy);
}

/* ---- the parts of a penalty ---- */

/* 100 yuan: 30 % of it are the manager's 30, the person bears 70. 200.01 yuan among three: 30 % are 60.003, so 60.00;
 * 140.01 are left: 46.67 each. 500 yuan among three: 150.00, and 350.00 left: 116.67, 116.67, 116.66. */
static void a_penalty_is_shared_to_the_fen(void **state)
{
    (void)state;
    static const struct {
        int64_t total, percent, share, part[3];
        uint32_t people;
    } rows[] = {
        {10000, 30, 3000, {7000}, 1},
        {10000, 0, 0, {10000}, 1},
        {20001, 30, 6000, {4667, 4667, 4667}, 3},
        {50000, 30, 15000, {11667, 11667, 11666}, 3},
        {50000, 0, 0, {25000, 25000}, 2},
        {1, 30, 0, {1, 0, 0}, 3},
        {2, 50, 1, {1, 0}, 2},
        {0, 30, 0, {0}, 1},
        {10000, 100, 10000, {0, 0}, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct penalty_parts parts;
        ledger_penalty_parts(rows[i].total, rows[i].percent, rows[i].people, &parts);
        assert_int_equal(parts.share_fen, rows[i].share);
        for (uint32_t k = 0; k < rows[i].people; k++)
            assert_int_equal(parts.part_fen[k], rows[i].part[k]);
    }
}

static void what_is_shared_adds_up_to_the_penalty(void **state)
{
    (void)state;
    for (int64_t total = 0; total < 3000; total += 7) {
        for (int64_t percent = 0; percent <= 100; percent += 3) {
            for (uint32_t people = 1; people <= NAMES_MAX; people++) {
                struct penalty_parts parts;
                ledger_penalty_parts(total, percent, people, &parts);
                int64_t sum = parts.share_fen;
                for (uint32_t i = 0; i < people; i++) {
                    sum += parts.part_fen[i];
                    assert_true(parts.part_fen[i] <= parts.part_fen[0]);
                    assert_true(parts.part_fen[0] - parts.part_fen[i] <= 1);
                }
                assert_int_equal(sum, total);
                assert_true(parts.share_fen * 100 <= total * percent);
            }
        }
    }
}

/* ---- periods ---- */

static void a_period_closes_on_the_fourth_after_its_end(void **state)
{
    (void)state;
    static const struct {
        const char *period, *last_open, *closed;
    } rows[] = {
        {"2026-11", "2026-12-03 23:59:59.999", "2026-12-04 00:00"},
        {"2026-12", "2027-01-03 23:59:59.999", "2027-01-04 00:00"},
        {"2026-Q4", "2027-01-03 23:59:59.999", "2027-01-04 00:00"},
        {"2026-H1", "2026-07-03 23:59:59.999", "2026-07-04 00:00"},
        {"2026", "2027-01-03 23:59:59.999", "2027-01-04 00:00"},
    };
    struct policy policy;
    rulebook(&policy);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_false(ledger_period_closed(&policy, span_of(rows[i].period), when(rows[i].last_open)));
        assert_true(ledger_period_closed(&policy, span_of(rows[i].period), when(rows[i].closed)));
    }
    assert_false(ledger_period_closed(&policy, span_of("soon"), when("2026-12-04 00:00")));
}

static void a_month_is_that_of_the_rulebooks_zone(void **state)
{
    (void)state;
    struct policy policy;
    char text[PERIOD_TEXT_MAX];
    rulebook(&policy);
    assert_true(span_is(ledger_month(&policy, when("2026-11-30 23:59:59"), text), "2026-11"));
    assert_true(span_is(ledger_month(&policy, when("2026-12-01 00:00"), text), "2026-12"));
}

static void open_praise(const struct policy *policy, const char *period, const char *at, bool at_close,
                        char text[PERIOD_TEXT_MAX], struct ledger_entry *entry)
{
    struct ledger_proposal proposal = {
        .kind = ledger_kind_is_praise,
        .seq = 41,
        .name = span_of("wang.li"),
        .person = span_of("wang.li"),
        .store = span_of("sh-pudong"),
        .period = span_of(period),
        .amount_fen = 5000,
        .at_close = at_close,
        .rule = span_of("praise"),
    };
    ledger_open(policy, &proposal, (struct cause){41, when(at)}, span_of("L-41-wang.li"), text, entry);
}

static void what_belongs_to_a_closed_period_is_booked_in_the_present_month(void **state)
{
    (void)state;
    struct policy policy;
    struct ledger_entry entry;
    char text[PERIOD_TEXT_MAX];
    rulebook(&policy);
    open_praise(&policy, "2026-11", "2026-12-03 23:00", false, text, &entry);
    assert_true(span_is(entry.period, "2026-11"));
    assert_false(HAS(&entry, ledger_entry, for_period));
    open_praise(&policy, "2026-11", "2026-12-04 00:00", false, text, &entry);
    assert_true(span_is(entry.period, "2026-12"));
    assert_true(span_is(entry.for_period, "2026-11"));
    open_praise(&policy, "2026-11", "2026-12-04 00:00", true, text, &entry); /* the close itself */
    assert_true(span_is(entry.period, "2026-11"));
}

/* ---- vetoes ---- */

#define MONTH(year, month) ((year)*12 + (month)-1)

static void a_veto_takes_its_period_and_two_take_the_year(void **state)
{
    (void)state;
    static const struct {
        const char *why, *period;
        int32_t months[3];
        uint32_t count;
        bool taken;
    } rows[] = {
        {"no veto", "2026-11", {0}, 0, false},
        {"in the month", "2026-11", {MONTH(2026, 11)}, 1, true},
        {"in another month", "2026-11", {MONTH(2026, 10)}, 1, false},
        {"in the quarter", "2026-Q4", {MONTH(2026, 10)}, 1, true},
        {"in the half-year", "2026-H2", {MONTH(2026, 7)}, 1, true},
        {"before the half-year", "2026-H2", {MONTH(2026, 6)}, 1, false},
        {"one doesn't take a year", "2026", {MONTH(2026, 7)}, 1, false},
        {"two of one year take it", "2026", {MONTH(2026, 1), MONTH(2026, 12)}, 2, true},
        {"and each month of it", "2026-05", {MONTH(2026, 1), MONTH(2026, 12)}, 2, true},
        {"two in one month", "2026", {MONTH(2026, 3), MONTH(2026, 3)}, 2, true},
        {"eleven months apart, over the new year", "2026", {MONTH(2025, 12), MONTH(2026, 11)}, 2, true},
        {"twelve months apart", "2026", {MONTH(2025, 11), MONTH(2026, 11)}, 2, false},
        {"the year of the first stays", "2025", {MONTH(2025, 12), MONTH(2026, 11)}, 2, false},
        {"the second and third are near", "2026", {MONTH(2025, 1), MONTH(2026, 2), MONTH(2026, 11)}, 3, true},
        {"no period", "soon", {MONTH(2026, 11)}, 1, false},
    };
    struct policy policy;
    rulebook(&policy);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t by = ledger_veto_takes(&policy, rows[i].months, rows[i].count, span_of(rows[i].period));
        if ((by < rows[i].count) != rows[i].taken)
            fail_msg("%s: %s of %s", rows[i].why, by < rows[i].count ? "taken" : "not taken", rows[i].period);
    }
}

/* ---- who may, and how much ---- */

struct telling {
    struct policy policy;
    struct ledger_entry entry;
    char text[PERIOD_TEXT_MAX];
    char reason[256];
};

static void praise_begin(struct telling *telling)
{
    rulebook(&telling->policy);
    open_praise(&telling->policy, "2026-11", "2026-11-23 09:00", false, telling->text, &telling->entry);
}

static int decide_in(struct telling *telling, struct event event, struct ledger_context context)
{
    struct ledger_effects effects = {0};
    return ledger_decide(&telling->policy, &telling->entry, &event, (struct cause){50, when("2026-11-24 09:00")},
                         &context, &effects, telling->reason, sizeof telling->reason);
}

static int confirm(struct telling *telling, const char *by, int64_t amount_fen)
{
    struct event event = decision(EVENT_ledger_confirmed, by);
    if (amount_fen >= 0)
        SET(&event.data.ledger_confirmed, ledger_confirmed, amount_fen, amount_fen);
    return decide_in(telling, event, (struct ledger_context){.member = false});
}

static void nobody_decides_on_their_own_reward(void **state)
{
    (void)state;
    struct telling telling;
    praise_begin(&telling);
    assert_int_equal(confirm(&telling, "wang.li", -1), -E_NOT_ALLOWED_PERSON);
    assert_non_null(strstr(telling.reason, "wang.li's own"));
    struct ledger_context member = {.member = true};
    assert_int_equal(decide_in(&telling, decision(EVENT_ledger_confirmed, "chen.yu"), member), -E_NOT_ALLOWED_PERSON);
    assert_int_equal(confirm(&telling, "zhou.ba", -1), 0);
    assert_int_equal(telling.entry.status, ledger_status_is_confirmed);
    assert_int_equal(telling.entry.notice_at, when("2026-11-24 09:00"));
}

static void another_amount_takes_a_second_person(void **state)
{
    (void)state;
    struct telling telling;
    praise_begin(&telling);
    assert_int_equal(confirm(&telling, "zhou.ba", 5001), -E_BAD_DECISION);
    assert_int_equal(confirm(&telling, "zhou.ba", 3000), 0);
    assert_int_equal(telling.entry.status, ledger_status_is_proposed);
    assert_int_equal(confirm(&telling, "zhou.ba", 3000), -E_NOT_ALLOWED_PERSON);
    assert_int_equal(confirm(&telling, "zhou.ba", -1), -E_NOT_ALLOWED_PERSON);
    assert_int_equal(confirm(&telling, "qian.qi", 3000), 0);
    assert_int_equal(telling.entry.status, ledger_status_is_confirmed);
    assert_int_equal(telling.entry.amount_fen, 3000);
    assert_int_equal(telling.entry.proposed_fen, 5000);
}

static void who_asked_for_less_may_confirm_the_whole_after_all(void **state)
{
    (void)state;
    struct telling telling;
    praise_begin(&telling);
    assert_int_equal(confirm(&telling, "zhou.ba", 0), 0);
    assert_int_equal(confirm(&telling, "zhou.ba", 5000), 0);
    assert_int_equal(telling.entry.amount_fen, 5000);
    assert_false(HAS(&telling.entry, ledger_entry, amended_fen));
}

static void a_vetoed_reward_is_not_confirmed_but_waived(void **state)
{
    (void)state;
    struct telling telling;
    struct ledger_context vetoed = {.vetoed_by = span_of("L-60-veto-wang.li")};
    praise_begin(&telling);
    assert_int_equal(decide_in(&telling, decision(EVENT_ledger_confirmed, "zhou.ba"), vetoed), -E_BAD_DECISION);
    assert_non_null(strstr(telling.reason, "L-60-veto-wang.li"));
    assert_int_equal(decide_in(&telling, decision(EVENT_ledger_waived, "zhou.ba"), vetoed), 0);
    assert_int_equal(telling.entry.status, ledger_status_is_waived);
}

/* Five days round the clock: from Monday 09:00 to Saturday 09:00. */
static void nobody_answers_and_it_is_overdue_after_five_days(void **state)
{
    (void)state;
    struct telling telling;
    praise_begin(&telling);
    int64_t due_ms = when("2026-11-28 09:00");
    assert_int_equal(ledger_next_due(&telling.policy, &telling.entry), due_ms);
    ledger_advance(&telling.policy, &telling.entry, due_ms, (struct cause){60, due_ms});
    assert_true(telling.entry.unanswered);
    assert_int_equal(ledger_next_due(&telling.policy, &telling.entry), INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_penalty_is_shared_to_the_fen),
        cmocka_unit_test(what_is_shared_adds_up_to_the_penalty),
        cmocka_unit_test(a_period_closes_on_the_fourth_after_its_end),
        cmocka_unit_test(a_month_is_that_of_the_rulebooks_zone),
        cmocka_unit_test(what_belongs_to_a_closed_period_is_booked_in_the_present_month),
        cmocka_unit_test(a_veto_takes_its_period_and_two_take_the_year),
        cmocka_unit_test(nobody_decides_on_their_own_reward),
        cmocka_unit_test(another_amount_takes_a_second_person),
        cmocka_unit_test(who_asked_for_less_may_confirm_the_whole_after_all),
        cmocka_unit_test(a_vetoed_reward_is_not_confirmed_but_waived),
        cmocka_unit_test(nobody_answers_and_it_is_overdue_after_five_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
