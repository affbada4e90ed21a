/* A callback: its day, its tries, who may call, and every history of six things that may happen to it. */
#include "core/calendar.h"
#include "core/callback.h"
#include "core/sample.h"
#include "core/status.h"
#include "tests/support/story.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define MINUTE 60000ll
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static struct policy policy; /* as delivered: the national calendar */
static struct callback callback;
static char id_text[CASE_ID_MAX];
static char why_not[256];
static uint64_t seq;

static int the_rulebook(void **state)
{
    (void)state;
    policy_default(&policy);
    seq = 60;
    return 0;
}

static void plan(enum callback_kind kind, const char *completed)
{
    struct callback_plan plan = {
        .seq = 60,
        .kind = kind,
        .store = span_of("sh-pudong"),
        .department = span_of("service"),
        .customer = span_of("K-7"),
        .visit = span_of("RO-7"),
        .from_ms = when(completed),
    };
    callback_begin(&policy, &plan, (struct cause){60, when(completed)}, id_text, &callback);
}

static void passes(int64_t until_ms)
{
    for (int64_t due_ms = callback_next_due(&policy, &callback); due_ms <= until_ms;
         due_ms = callback_next_due(&policy, &callback))
        callback_advance(&policy, &callback, due_ms, CALLBACK_NOT_SKIPPED, (struct cause){++seq, until_ms});
}

static int decides(enum event_type type, const char *by, const char *at, enum callback_bar bar)
{
    struct event event = decision(type, by);
    passes(when(at));
    return callback_decide(&policy, &callback, &event, bar, (struct cause){++seq, when(at)}, why_not, sizeof why_not);
}

static int puts_off(const char *until, const char *at)
{
    struct event event = decision(EVENT_callback_rescheduled, "li.na");
    event.data.rescheduled.at = when(until);
    passes(when(at));
    return callback_decide(&policy, &callback, &event, BAR_NONE, (struct cause){++seq, when(at)}, why_not,
                           sizeof why_not);
}

static bool calls_in_vain(enum unreached_reason reason, const char *at, bool may)
{
    struct event event = {.type = EVENT_feedback_unreached, .type_name = span_of("feedback.unreached")};
    event.data.unreached.reason = (int32_t)reason;
    passes(when(at));
    return callback_tried(&policy, &callback, &event, may, (struct cause){++seq, when(at)});
}

static void expect(enum callback_status status)
{
    assert_string_equal(choice_name(choice_of_callback_status(), callback.status),
                        choice_name(choice_of_callback_status(), (int32_t)status));
}

static void expect_at(int64_t ms, const char *local)
{
    char text[24], wanted[24];
    snprintf(wanted, sizeof wanted, "%s", told_time(when(local), text));
    assert_string_equal(told_time(ms, text), wanted);
    assert_int_equal(ms, when(local));
}

/* ---- its day ---- */

/* National calendar, 08:30-12:00 and 13:00-17:30 from Monday to Friday; nobody is called before 09:00. By hand. */
static void its_day_begins_at_nine_or_with_the_next_working_minute(void **state)
{
    (void)state;
    static const struct {
        enum callback_kind kind;
        const char *completed, *due;
    } rows[] = {
        {callback_kind_is_sale_day3, "2026-11-23 16:40", "2026-11-26 09:00"},   /* Monday, so Thursday */
        {callback_kind_is_sale_day3, "2026-11-23 00:10", "2026-11-26 09:00"},   /* the hour doesn't matter */
        {callback_kind_is_sale_day3, "2026-11-25 10:00", "2026-11-30 08:30"},   /* Saturday is closed: Monday */
        {callback_kind_is_sale_day7, "2026-11-25 10:00", "2026-12-02 09:00"},   /* Wednesday, so Wednesday */
        {callback_kind_is_sale_day30, "2026-11-25 10:00", "2026-12-25 09:00"},  /* a Friday */
        {callback_kind_is_repair_day3, "2026-11-26 10:00", "2026-11-30 08:30"}, /* Sunday is closed: Monday */
        {callback_kind_is_resurvey, "2026-11-23 10:00", "2026-12-03 09:00"},    /* a Thursday */
        {callback_kind_is_lapsed, "2026-11-23 10:00", "2027-05-24 08:30"},      /* day 180 is Saturday 22 May */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        plan(rows[i].kind, rows[i].completed);
        expect_at(callback.due_at, rows[i].due);
    }
}

static void a_call_is_put_off_into_working_hours_within_two_weeks(void **state)
{
    (void)state;
    plan(callback_kind_is_sale_day3, "2026-11-23 10:00");
    assert_int_equal(puts_off("2026-11-24 12:20", "2026-11-23 11:00"), 0);
    expect_at(callback.due_at, "2026-11-24 13:00"); /* the lunch break */
    assert_int_equal(puts_off("2026-11-28 15:00", "2026-11-23 11:00"), 0);
    expect_at(callback.due_at, "2026-11-30 08:30"); /* a Saturday */
    assert_int_equal(puts_off("2026-11-23 10:59", "2026-11-23 11:00"), -E_BAD_DECISION);
    assert_int_equal(puts_off("2026-12-07 11:01", "2026-11-23 11:00"), -E_BAD_DECISION);
    assert_non_null(strstr(why_not, "at most"));
    assert_int_equal(puts_off("2026-12-07 11:00", "2026-11-23 11:00"), 0);
    expect(callback_status_is_planned);
}

/* ---- its tries ---- */

static void four_tries_in_two_days_then_a_message_then_unreachable(void **state)
{
    (void)state;
    calendar_round_the_clock(&policy);
    plan(callback_kind_is_sale_day3, "2026-11-23 10:00");
    assert_true(calls_in_vain(unreached_reason_is_no_answer, "2026-11-26 10:00", true));
    expect_at(callback.next_try_at, "2026-11-26 14:00");
    expect_at(callback.window_ends_at, "2026-11-28 10:00");
    assert_true(calls_in_vain(unreached_reason_is_busy, "2026-11-26 14:10", true));
    assert_int_equal(decides(EVENT_callback_claimed, "li.na", "2026-11-27 09:00", BAR_NONE), 0);
    assert_true(calls_in_vain(unreached_reason_is_busy, "2026-11-27 09:05", true));
    expect(callback_status_is_due);
    assert_false(HAS(&callback, callback, agent));
    assert_true(calls_in_vain(unreached_reason_is_no_answer, "2026-11-27 16:00", true));
    expect(callback_status_is_message);
    expect_at(callback.message_until, "2026-11-28 16:00");
    passes(when("2026-11-28 15:59"));
    expect(callback_status_is_message);
    passes(when("2026-11-28 16:00"));
    expect(callback_status_is_unreachable);
    assert_int_equal(callback.tries, 4);
}

static void two_days_after_the_first_try_no_more_are_made(void **state)
{
    (void)state;
    calendar_round_the_clock(&policy);
    plan(callback_kind_is_sale_day3, "2026-11-23 10:00");
    calls_in_vain(unreached_reason_is_no_answer, "2026-11-26 10:00", true);
    passes(when("2026-11-28 09:59"));
    expect(callback_status_is_due);
    passes(when("2026-11-28 10:00"));
    expect(callback_status_is_message);
    assert_int_equal(callback.tries, 1);
}

static void who_refuses_is_not_called_again_nor_a_wrong_number(void **state)
{
    (void)state;
    plan(callback_kind_is_sale_day3, "2026-11-23 10:00");
    assert_true(calls_in_vain(unreached_reason_is_refused, "2026-11-26 10:00", true));
    expect(callback_status_is_refused);
    assert_true(callback_was_contact(&callback));
    assert_false(calls_in_vain(unreached_reason_is_refused, "2026-11-26 10:05", true));
    plan(callback_kind_is_sale_day3, "2026-11-23 10:00");
    assert_true(calls_in_vain(unreached_reason_is_wrong_number, "2026-11-26 10:00", true));
    expect(callback_status_is_unreachable);
    assert_false(callback_was_contact(&callback));
}

static void a_call_by_who_may_not_call_is_noted_and_is_no_try(void **state)
{
    (void)state;
    plan(callback_kind_is_sale_day3, "2026-11-23 10:00");
    assert_true(calls_in_vain(unreached_reason_is_refused, "2026-11-26 10:00", false));
    expect(callback_status_is_due);
    assert_int_equal(callback.tries, 0);
    assert_true(span_is(callback.history[callback.history_count - 1].said, "may not call"));
}

/* ---- time ---- */

static void day_three_is_overdue_on_day_four_and_too_late_after_two_weeks(void **state)
{
    (void)state;
    calendar_round_the_clock(&policy);
    plan(callback_kind_is_sale_day3, "2026-11-23 10:00");
    passes(when("2026-11-26 09:00"));
    expect(callback_status_is_due);
    passes(when("2026-11-27 08:59"));
    assert_false(callback.overdue);
    passes(when("2026-11-27 09:00"));
    assert_true(callback.overdue);
    passes(when("2026-12-10 08:59"));
    expect(callback_status_is_due);
    passes(when("2026-12-10 09:00"));
    expect(callback_status_is_skipped);
    assert_int_equal(callback.skipped_because, callback_skip_is_too_late);
}

static void a_claim_that_is_forgotten_lapses(void **state)
{
    (void)state;
    plan(callback_kind_is_sale_day3, "2026-11-23 10:00");
    assert_int_equal(decides(EVENT_callback_claimed, "li.na", "2026-11-25 10:00", BAR_NONE), -E_WRONG_STATE);
    assert_int_equal(decides(EVENT_callback_claimed, "wang.li", "2026-11-26 09:10", BAR_SERVED), -E_NOT_ALLOWED_PERSON);
    assert_int_equal(decides(EVENT_callback_claimed, "wang.li", "2026-11-26 09:10", BAR_BLAMED), -E_NOT_ALLOWED_PERSON);
    assert_int_equal(decides(EVENT_callback_claimed, "li.na", "2026-11-26 09:10", BAR_NONE), 0);
    assert_int_equal(decides(EVENT_callback_claimed, "li.na", "2026-11-26 09:11", BAR_NONE), -E_ALREADY_DONE);
    assert_int_equal(decides(EVENT_callback_claimed, "zhao.min", "2026-11-26 09:12", BAR_NONE), -E_WRONG_STATE);
    assert_non_null(strstr(why_not, "claimed by li.na until 2026-11-26 09:40"));
    assert_int_equal(decides(EVENT_callback_done, "zhao.min", "2026-11-26 09:12", BAR_NONE), -E_WRONG_STATE);
    passes(when("2026-11-26 09:40"));
    expect(callback_status_is_due);
    assert_int_equal(decides(EVENT_callback_claimed, "zhao.min", "2026-11-26 09:41", BAR_NONE), 0);
    assert_int_equal(decides(EVENT_callback_done, "zhao.min", "2026-11-26 09:50", BAR_NONE), 0);
    expect(callback_status_is_done);
}

static void what_is_planned_follows_a_new_rulebook(void **state)
{
    (void)state;
    plan(callback_kind_is_sale_day7, "2026-11-23 10:00");
    policy.callbacks.kind[callback_kind_is_sale_day7].day = 8;
    assert_true(callback_reckon(&policy, &callback, (struct cause){70, when("2026-11-24 10:00")}));
    expect_at(callback.due_at, "2026-12-01 09:00");
    assert_false(callback_reckon(&policy, &callback, (struct cause){71, when("2026-11-24 10:00")}));
    assert_int_equal(puts_off("2026-11-25 10:00", "2026-11-24 11:00"), 0);
    policy.callbacks.kind[callback_kind_is_sale_day7].day = 9;
    assert_false(callback_reckon(&policy, &callback, (struct cause){72, when("2026-11-24 12:00")}));
}

/* ---- the sample ---- */

/* The vectors of the paper's appendix A (15 bytes) and of its reference program (none, and 8 bytes): key 00 01 ... 0f. */
static void siphash_gives_the_published_values(void **state)
{
    (void)state;
    uint8_t bytes[15];
    for (uint8_t i = 0; i < sizeof bytes; i++)
        bytes[i] = i;
    const uint64_t key0 = 0x0706050403020100ull, key1 = 0x0f0e0d0c0b0a0908ull;
    assert_int_equal(siphash(key0, key1, span_make(bytes, 15)), 0xa129ca6149be45e5ull);
    assert_int_equal(siphash(key0, key1, span_make(bytes, 0)), 0x726fdb47dd0e0e31ull);
    assert_int_equal(siphash(key0, key1, span_make(bytes, 8)), 0x93f5f5799a932462ull);
}

/* libsodium's SipHash says the same of every length, and a fifth of 10,000 visits is drawn: 2,000 with a standard deviation of
 * sqrt(10,000 * 0.2 * 0.8) = 40, so within 160. */
static void a_fifth_is_drawn_and_drawn_again(void **state)
{
    (void)state;
    uint8_t key[crypto_shorthash_KEYBYTES], out[crypto_shorthash_BYTES], bytes[64];
    for (uint8_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)(i * 7 + 3);
    for (uint8_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 31 + 1);
    uint64_t half[2] = {0, 0};
    for (int i = 0; i < 16; i++)
        half[i / 8] |= (uint64_t)key[i] << 8 * (i % 8);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        uint64_t wanted = 0;
        crypto_shorthash(out, bytes, len, key);
        for (int i = 7; i >= 0; i--)
            wanted = wanted << 8 | out[i];
        assert_int_equal(siphash(half[0], half[1], span_make(bytes, len)), wanted);
    }
    uint32_t drawn = 0, other = 0;
    for (uint32_t i = 0; i < 10000; i++) {
        char visit[16];
        snprintf(visit, sizeof visit, "RO-%u", i);
        uint32_t draw = sample_draw(span_of("manyi"), span_of("repair_day3"), span_of("sh-pudong"), span_of(visit));
        assert_int_equal(draw,
                         sample_draw(span_of("manyi"), span_of("repair_day3"), span_of("sh-pudong"), span_of(visit)));
        assert_true(draw < 100);
        drawn += draw < 20;
        other += draw < 20 &&
                 sample_draw(span_of("other"), span_of("repair_day3"), span_of("sh-pudong"), span_of(visit)) < 20;
    }
    assert_in_range(drawn, 1840, 2160);
    assert_in_range(other, 320, 480); /* another key draws others: a fifth of a fifth is 400, sd 19.6 */
}

static void warranty_and_safety_are_always_called(void **state)
{
    (void)state;
    uint32_t plain = 0;
    for (uint32_t i = 0; i < 200; i++) {
        char visit[16];
        enum callback_why why;
        snprintf(visit, sizeof visit, "RO-%u", i);
        plain +=
            callback_wanted(&policy, callback_kind_is_repair_day3, span_of("s"), span_of(visit), false, false, &why);
        assert_true(
            callback_wanted(&policy, callback_kind_is_repair_day3, span_of("s"), span_of(visit), true, false, &why));
        assert_int_equal(why, callback_why_is_warranty);
        assert_true(
            callback_wanted(&policy, callback_kind_is_repair_day3, span_of("s"), span_of(visit), true, true, &why));
        assert_int_equal(why, callback_why_is_safety);
        assert_true(
            callback_wanted(&policy, callback_kind_is_sale_day3, span_of("s"), span_of(visit), false, false, &why));
        assert_int_equal(why, callback_why_is_everybody);
        assert_false(
            callback_wanted(&policy, callback_kind_is_consult_day3, span_of("s"), span_of(visit), true, true, &why));
    }
    assert_in_range(plain, 15, 65); /* 40, sd 5.7 */
}

/* ---- every history ---- */

#define HISTORY_LEN 6
enum happening { CLAIM_A, CLAIM_B, PUT_OFF, IN_VAIN, DONE_A, CANCEL, ANSWER, AN_HOUR, TWO_DAYS, HAPPENINGS };

/* What may follow what, as the drawing in callback.h has it. */
static bool drawing_allows(int32_t from, int32_t to)
{
    static const char *const drawn[callback_status_count] = {
        [callback_status_is_planned] = "due done refused unreachable cancelled skipped",
        [callback_status_is_due] = "planned claimed message done refused unreachable cancelled skipped",
        [callback_status_is_claimed] = "planned due message done refused unreachable cancelled skipped",
        [callback_status_is_message] = "planned done refused unreachable cancelled skipped",
    };
    return from == to || (drawn[from] && strstr(drawn[from], choice_name(choice_of_callback_status(), to)));
}

static void check_standing(int64_t now_ms)
{
    bool ended = callback_has_ended(&callback);
    int64_t due_ms = callback_next_due(&policy, &callback);
    assert_true(due_ms > now_ms);
    assert_true(due_ms == INT64_MAX || due_ms % 1000 == 0);
    assert_int_equal(due_ms == INT64_MAX, HAS(&callback, callback, gone));
    assert_int_equal(ended, HAS(&callback, callback, closed_at));
    assert_int_equal(callback_is_open(&callback), !ended);
    assert_true(callback.tries >= 0 && callback.tries <= policy.callbacks.tries_most);
    assert_int_equal(callback.status == callback_status_is_skipped, HAS(&callback, callback, skipped_because));
    assert_int_equal(callback.status == callback_status_is_claimed, HAS(&callback, callback, claimed_until));
    assert_int_equal(callback.status == callback_status_is_message, HAS(&callback, callback, message_until));
    if (callback.status == callback_status_is_claimed)
        assert_true(HAS(&callback, callback, agent));
    if (callback.status == callback_status_is_due || callback.status == callback_status_is_planned)
        assert_false(HAS(&callback, callback, agent));
    if (callback.status == callback_status_is_message)
        assert_true(callback.tries > 0);
    if (callback.overdue)
        assert_true(callback.status == callback_status_is_due || callback.status == callback_status_is_claimed);
}

/* Time, step by step, so that each move of a timer is seen. */
static void passes_checked(int64_t *now_ms, int64_t ms)
{
    int64_t until_ms = *now_ms + ms;
    for (int64_t due_ms = callback_next_due(&policy, &callback); due_ms <= until_ms;
         due_ms = callback_next_due(&policy, &callback)) {
        int32_t from = callback.status;
        callback_advance(&policy, &callback, due_ms, CALLBACK_NOT_SKIPPED, (struct cause){++seq, due_ms});
        bool lapsed_and_over = from == callback_status_is_claimed; /* by way of due, when both come at once */
        assert_true(drawing_allows(from, callback.status) || lapsed_and_over);
    }
    *now_ms = until_ms;
}

static int decide_at(enum event_type type, const char *by, int64_t now_ms)
{
    struct callback before = callback;
    struct event event = decision(type, by);
    if (type == EVENT_callback_rescheduled)
        event.data.rescheduled.at = now_ms + 3 * HOUR;
    int status =
        callback_decide(&policy, &callback, &event, BAR_NONE, (struct cause){++seq, now_ms}, why_not, sizeof why_not);
    if (status < 0)
        assert_memory_equal(&before, &callback, sizeof before);
    return status;
}

static void happens(enum happening happening, int64_t *now_ms)
{
    struct event fact = {.type_name = span_of("feedback.rated")};
    int32_t from = callback.status;
    fact.data.unreached.reason = unreached_reason_is_no_answer;
    switch (happening) {
    case CLAIM_A:
        decide_at(EVENT_callback_claimed, "li.na", *now_ms);
        break;
    case CLAIM_B:
        decide_at(EVENT_callback_claimed, "zhao.min", *now_ms);
        break;
    case PUT_OFF:
        decide_at(EVENT_callback_rescheduled, "li.na", *now_ms);
        break;
    case IN_VAIN:
        callback_tried(&policy, &callback, &fact, true, (struct cause){++seq, *now_ms});
        break;
    case DONE_A:
        decide_at(EVENT_callback_done, "li.na", *now_ms);
        break;
    case CANCEL:
        decide_at(EVENT_callback_cancelled, "zhao.min", *now_ms);
        break;
    case ANSWER:
        callback_answered(&callback, &fact, (struct cause){++seq, *now_ms});
        break;
    case AN_HOUR:
        passes_checked(now_ms, HOUR);
        return;
    default:
        passes_checked(now_ms, 2 * DAY);
        return;
    }
    assert_true(drawing_allows(from, callback.status));
}

static uint32_t tell(const struct callback *so_far, int64_t now_ms, int left)
{
    uint32_t histories = 0;
    if (left == 0)
        return 1;
    for (int happening = 0; happening < HAPPENINGS; happening++) {
        int64_t now = now_ms;
        bool had_ended = callback_has_ended(so_far);
        callback = *so_far;
        happens((enum happening)happening, &now);
        check_standing(now);
        if (had_ended)
            assert_int_equal(callback.status, so_far->status); /* what has ended stays so */
        struct callback then = callback;
        histories += tell(&then, now, left - 1);
    }
    return histories;
}

static void every_history_of_six_keeps_the_invariants(void **state)
{
    (void)state;
    calendar_round_the_clock(&policy);
    plan(callback_kind_is_sale_day3, "2026-11-23 10:00");
    passes(when("2026-11-26 09:00"));
    struct callback due = callback;
    assert_int_equal(tell(&due, when("2026-11-26 09:00"), HISTORY_LEN), 9 * 9 * 9 * 9 * 9 * 9);
}

int main(void)
{
#define RULE(test) cmocka_unit_test_setup(test, the_rulebook)
    const struct CMUnitTest tests[] = {
        RULE(its_day_begins_at_nine_or_with_the_next_working_minute),
        RULE(a_call_is_put_off_into_working_hours_within_two_weeks),
        RULE(four_tries_in_two_days_then_a_message_then_unreachable),
        RULE(two_days_after_the_first_try_no_more_are_made),
        RULE(who_refuses_is_not_called_again_nor_a_wrong_number),
        RULE(a_call_by_who_may_not_call_is_noted_and_is_no_try),
        RULE(day_three_is_overdue_on_day_four_and_too_late_after_two_weeks),
        RULE(a_claim_that_is_forgotten_lapses),
        RULE(what_is_planned_follows_a_new_rulebook),
        RULE(siphash_gives_the_published_values),
        RULE(a_fifth_is_drawn_and_drawn_again),
        RULE(warranty_and_safety_are_always_called),
        RULE(every_history_of_six_keeps_the_invariants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
