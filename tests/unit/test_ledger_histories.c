/*
 * Every history of up to six decisions about a penalty, time and appeals among them, checked after each.
 *
 * The invariants are DOMAIN's sentences: a person confirms, never whose it is; nothing counts before; an appeal freezes;
 * a closed period keeps its entries and gets one against them.
 */
#include "core/calendar.h"
#include "core/ledger.h"
#include "core/status.h"
#include "tests/support/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define HISTORY_LEN 6
#define HOUR_MS 3600000ll
#define WEEK_MS (7 * 24 * HOUR_MS)
#define WHOLE_FEN (-7000)

enum move {
    CONFIRMED,
    CONFIRMED_HALF,        /* by the same person */
    CONFIRMED_HALF_SECOND, /* by another */
    WAIVED,
    SETTLED,
    REVERSED,
    FROZEN,
    THAWED,
    TAKEN_BACK,
    WEEK_PASSES,
    PERIOD_CLOSES,
    MOVES
};

struct telling {
    struct policy policy;
    struct ledger_entry entry;
    int64_t now_ms;
    uint64_t seq;
    bool adjusted, was_confirmed, was_settled;
    char path[HISTORY_LEN + 1];
};

static uint64_t histories;

static bool drawing_allows(int32_t from, int32_t to)
{
    static const char *const drawn[] = {
        [ledger_status_is_proposed] = "confirmed waived reversed",
        [ledger_status_is_confirmed] = "settled reversed frozen",
        [ledger_status_is_waived] = "",
        [ledger_status_is_settled] = "frozen",
        [ledger_status_is_reversed] = "",
        [ledger_status_is_frozen] = "confirmed settled reversed",
    };
    return from == to || strstr(drawn[from], choice_name(choice_of_ledger_status(), to));
}

/* What must be true of any entry at any time. */
static void check_standing(const struct telling *telling)
{
    const struct ledger_entry *entry = &telling->entry;
    int32_t status = entry->status;
    bool ended =
        status == ledger_status_is_waived || status == ledger_status_is_reversed || status == ledger_status_is_settled;
    int64_t due_ms = ledger_next_due(&telling->policy, entry);
    assert_true(due_ms > telling->now_ms);
    assert_int_equal(ended, HAS(entry, ledger_entry, closed_at));
    assert_int_equal(!ended, ledger_is_open(entry));
    assert_int_equal(status == ledger_status_is_frozen, HAS(entry, ledger_entry, frozen_by));
    assert_int_equal(telling->was_confirmed, HAS(entry, ledger_entry, notice_at));
    if (ledger_counts(entry))
        assert_true(telling->was_confirmed);
    if (status == ledger_status_is_proposed)
        assert_int_equal(due_ms == INT64_MAX, entry->unanswered);
    if (status == ledger_status_is_confirmed || status == ledger_status_is_frozen)
        assert_int_equal(due_ms, INT64_MAX);
    if (telling->was_confirmed)
        assert_false(span_equal(entry->decided_by, entry->person));
    assert_in_range(-entry->amount_fen, 0, -WHOLE_FEN);
    assert_int_equal(entry->proposed_fen, WHOLE_FEN);
    if (entry->amount_fen != WHOLE_FEN) {
        assert_int_equal(entry->amount_fen, WHOLE_FEN / 2);
        assert_true(HAS(entry, ledger_entry, amended_by) || telling->adjusted || status == ledger_status_is_reversed);
    }
    if (status == ledger_status_is_settled)
        assert_true(HAS(entry, ledger_entry, settled_fen));
    assert_int_equal(telling->adjusted, HAS(entry, ledger_entry, adjusted_by));
    if (telling->adjusted)
        assert_true(status != ledger_status_is_reversed);
}

/* An entry against it, of the same size. */
static void check_adjustment(struct telling *telling, bool was_closed)
{
    struct ledger_proposal back;
    struct ledger_entry *entry = &telling->entry;
    assert_false(telling->adjusted);
    assert_true(was_closed || telling->was_settled);
    ledger_adjustment(entry, (struct span){0}, (struct cause){telling->seq, telling->now_ms}, &back);
    int64_t booked_fen = HAS(entry, ledger_entry, settled_fen) ? entry->settled_fen : entry->amount_fen;
    assert_int_equal(back.points + entry->points, 0);
    assert_int_equal(back.amount_fen + booked_fen, 0);
    SET(entry, ledger_entry, adjusted_by, span_of("L-9-back"));
    telling->adjusted = true;
}

static struct event decided(enum move move)
{
    static const enum event_type types[] = {EVENT_ledger_confirmed, EVENT_ledger_confirmed, EVENT_ledger_confirmed,
                                            EVENT_ledger_waived,    EVENT_ledger_settled,   EVENT_ledger_reversed};
    struct event event = decision(types[move], move == CONFIRMED_HALF_SECOND ? "qian.qi" : "zhou.ba");
    if (move == CONFIRMED_HALF || move == CONFIRMED_HALF_SECOND)
        SET(&event.data.ledger_confirmed, ledger_confirmed, amount_fen, WHOLE_FEN / 2);
    if (move == SETTLED)
        event.data.ledger_settled.period = span_of("2026-11");
    return event;
}

/* Whose it is, and who judged, never may: a proposal is as it was. */
static void check_refusals(const struct telling *telling)
{
    static const char *const people[] = {"wang.li", "judge.wu"};
    const struct ledger_context nothing = {.member = false};
    char reason[256];
    for (size_t i = 0; i < 2; i++) {
        struct ledger_entry copy = telling->entry;
        struct ledger_effects effects = {0};
        struct event event = decision(EVENT_ledger_confirmed, people[i]);
        int status = ledger_decide(&telling->policy, &copy, &event, (struct cause){telling->seq, telling->now_ms},
                                   &nothing, &effects, reason, sizeof reason);
        assert_true(status < 0);
        assert_int_equal(copy.status, telling->entry.status);
    }
}

static void decide(struct telling *telling, enum move move)
{
    const struct ledger_context nothing = {.member = false};
    struct ledger_effects effects = {0};
    struct event event = decided(move);
    char reason[256];
    bool was_closed = ledger_period_closed(&telling->policy, span_of("2026-11"), telling->now_ms);
    int status = ledger_decide(&telling->policy, &telling->entry, &event, (struct cause){telling->seq, telling->now_ms},
                               &nothing, &effects, reason, sizeof reason);
    if (status < 0)
        return;
    if (effects.adjust)
        check_adjustment(telling, was_closed);
}

static void pass_until(struct telling *telling, int64_t until_ms)
{
    for (int64_t due_ms; (due_ms = ledger_next_due(&telling->policy, &telling->entry)) <= until_ms;)
        ledger_advance(&telling->policy, &telling->entry, due_ms, (struct cause){++telling->seq, due_ms});
    telling->now_ms = until_ms;
}

static void move_make(struct telling *telling, enum move move)
{
    struct ledger_entry *entry = &telling->entry;
    struct cause cause = {++telling->seq, telling->now_ms};
    struct ledger_effects effects = {0};
    bool was_closed = ledger_period_closed(&telling->policy, span_of("2026-11"), telling->now_ms);
    if (move <= REVERSED)
        decide(telling, move);
    else if (move == FROZEN && ledger_may_freeze(entry))
        ledger_freeze(entry, span_of("A-80"), cause);
    else if (move == THAWED && entry->status == ledger_status_is_frozen)
        ledger_thaw(entry, cause);
    else if (move == TAKEN_BACK)
        ledger_take_back(&telling->policy, entry, span_of("judge.wu"), cause, &effects);
    else if (move == WEEK_PASSES)
        pass_until(telling, telling->now_ms + WEEK_MS);
    else if (move == PERIOD_CLOSES && telling->now_ms < when("2026-12-04 00:00"))
        pass_until(telling, when("2026-12-04 00:00"));
    if (effects.adjust)
        check_adjustment(telling, was_closed);
}

static void go_on(const struct telling *before, int depth)
{
    for (int move = 0; move < MOVES && depth < HISTORY_LEN; move++) {
        struct telling telling = *before;
        telling.path[depth] = (char)('a' + move);
        telling.now_ms += HOUR_MS;
        move_make(&telling, (enum move)move);
        telling.was_confirmed |= telling.entry.status == ledger_status_is_confirmed;
        telling.was_settled |= telling.entry.status == ledger_status_is_settled;
        if (!drawing_allows(before->entry.status, telling.entry.status))
            fail_msg("history %s: from %d to %d", telling.path, before->entry.status, telling.entry.status);
        check_standing(&telling);
        check_refusals(&telling);
        histories++;
        go_on(&telling, depth + 1);
    }
}

static void every_history_of_six_moves_keeps_the_rules(void **state)
{
    (void)state;
    static struct telling telling;
    char period[PERIOD_TEXT_MAX];
    policy_default(&telling.policy);
    calendar_round_the_clock(&telling.policy);
    telling.now_ms = when("2026-11-23 09:00");
    telling.seq = 41;
    struct ledger_proposal proposal = {
        .kind = ledger_kind_is_complaint_penalty,
        .seq = 41,
        .name = span_of("wang.li"),
        .person = span_of("wang.li"),
        .store = span_of("sh-pudong"),
        .period = span_of("2026-11"),
        .points = -3,
        .amount_fen = WHOLE_FEN,
        .rule = span_of("complaint_penalty"),
        .party = {.count = 1, .item = {span_of("judge.wu")}},
    };
    ledger_open(&telling.policy, &proposal, (struct cause){41, telling.now_ms}, span_of("L-41-wang.li"), period,
                &telling.entry);
    check_standing(&telling);
    go_on(&telling, 0);
    assert_int_equal(histories, 11 + 121 + 1331 + 14641 + 161051 + 1771561);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_history_of_six_moves_keeps_the_rules)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
