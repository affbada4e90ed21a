/*
 * Is the reader of a notice really told? From when it is sent, by the clock on the wall; and every history of up to six things
 * that happen to a notice's delivery, beside a recount that knows nothing of the rules' code.
 */
#include "core/delivery.h"
#include "tests/support/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define MINUTE 60000ll
#define HOUR (60 * MINUTE)

static struct policy policy;

/* ---- from when ---- */

static void what_can_wait_comes_together_and_nothing_waits_twice(void **state)
{
    (void)state;
    static const struct {
        enum grade grade;
        int64_t level;
        const char *at, *from;
    } rows[] = {
        {grade_is_general, 0, "2026-11-23 09:03", "2026-11-23 09:15"},
        {grade_is_general, 1, "2026-11-23 09:14:59.999", "2026-11-23 09:15"},
        {grade_is_serious, 1, "2026-11-23 09:15", "2026-11-23 09:30"},
        {grade_is_serious, 0, "2026-11-23 19:46", "2026-11-23 20:00"}, /* before it is quiet, not in the morning */
        {grade_is_general, 0, "2026-11-23 20:00", "2026-11-24 08:00"},
        {grade_is_general, 1, "2026-11-24 03:10", "2026-11-24 08:00"},
        {grade_is_general, 1, "2026-11-24 08:00", "2026-11-24 08:00"}, /* it has waited for the morning already */
        {grade_is_general, 1, "2026-11-24 08:01", "2026-11-24 08:15"},
        {grade_is_general, 2, "2026-11-23 09:03", "2026-11-23 09:03"},
        {grade_is_general, 2, "2026-11-23 23:03", "2026-11-23 23:03"},
        {grade_is_major, 0, "2026-11-23 09:03", "2026-11-23 09:03"},
        {grade_is_major, 0, "2026-11-23 23:03", "2026-11-24 08:00"},
        {grade_is_urgent, 0, "2026-11-24 03:10", "2026-11-24 03:10"},
    };
    policy_default(&policy);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char told[24], wanted[24];
        int64_t from_ms =
            delivery_from_ms(&policy, span_of("sh-pudong"), rows[i].grade, rows[i].level, when(rows[i].at));
        if (from_ms != when(rows[i].from))
            fail_msg("raised at %s: sent from %s, not from %s", rows[i].at, told_time(from_ms, told),
                     told_time(when(rows[i].from), wanted));
    }
}

static void the_rulebook_says_how_long_a_digest_is(void **state)
{
    (void)state;
    struct span store = span_of("sh-pudong");
    policy_default(&policy);
    policy.delivery.digest_minutes = 0;
    assert_int_equal(delivery_from_ms(&policy, store, grade_is_general, 0, when("2026-11-23 09:03")),
                     when("2026-11-23 09:03"));
    policy.delivery.digest_minutes = 60;
    assert_int_equal(delivery_from_ms(&policy, store, grade_is_general, 0, when("2026-11-23 09:03")),
                     when("2026-11-23 10:00"));
    policy.quiet.from_minute = 19 * 60 + 30; /* what is raised before that comes before that */
    assert_int_equal(delivery_from_ms(&policy, store, grade_is_general, 0, when("2026-11-23 19:10")),
                     when("2026-11-23 19:30"));
    policy.quiet.from_minute = policy.quiet.until_minute; /* never quiet */
    assert_int_equal(delivery_from_ms(&policy, store, grade_is_general, 0, when("2026-11-23 23:50")),
                     when("2026-11-24 00:00"));
}

/* ---- histories ---- */

enum move {
    SENT,
    SENT_BEFORE,   /* a report about the repeat before comes late */
    SENT_TO_OTHER, /* it went to who was the reader before */
    FAILED,
    FAILED_FOR_GOOD,
    FAILED_BEFORE,
    REPEATED,
    HANDED_OVER, /* to another reader */
    SEEN,
    ENDED,
    MOVES,
};

#define HISTORY_LEN 6
#define STEP (20 * MINUTE) /* urgent climbs after 5 min: before the next move */

struct told {
    struct escalation card;
    enum move moves[HISTORY_LEN];
    uint32_t count, climbs;
    bool above; /* is somebody? */
};

static const char *reader(uint32_t handed_over)
{
    return handed_over % 2 ? "li.na" : "wang.li";
}

/* What the history says by itself, read from its end. */
struct recount {
    bool over;     /* seen or ended */
    bool has_it;   /* the reader has the present repeat */
    bool had_one;  /* the reader has an earlier one */
    bool given_up; /* the last that was heard of the present repeat is that it will never arrive */
    uint32_t fails, repeats, handed;
};

static struct recount recount(const struct told *told)
{
    struct recount is = {0};
    for (uint32_t i = 0; i < told->count; i++) {
        bool counts = !is.over && !is.has_it && !is.given_up;
        switch (told->moves[i]) {
        case SENT:
            if (is.over)
                break;
            is.has_it = true;
            is.fails = 0;
            is.given_up = false;
            break;
        case SENT_BEFORE:
            if (!is.over && !is.has_it && !is.had_one && is.repeats > 0) {
                is.had_one = true;
                is.fails = 0;
                is.given_up = false;
            }
            break;
        case FAILED:
            is.fails += counts;
            break;
        case FAILED_FOR_GOOD:
            is.fails += counts;
            is.given_up = is.given_up || (counts && told->above);
            break;
        case REPEATED:
            if (is.over)
                break;
            is.had_one = is.has_it; /* of the one before this */
            is.has_it = is.given_up = false;
            is.fails = 0;
            is.repeats++;
            break;
        case HANDED_OVER:
            if (is.over)
                break;
            is.has_it = is.had_one = is.given_up = false;
            is.fails = 0;
            is.handed++;
            break;
        case SEEN:
        case ENDED:
            is.over = true;
            break;
        default:
            break;
        }
    }
    return is;
}

static void check(const struct told *told, int64_t now_ms)
{
    const struct escalation *card = &told->card;
    struct recount is = recount(told);
    bool waits = HAS(card, escalation, deliver_from), fails = HAS(card, escalation, attempts);
    assert_true(span_is(card->to, reader(is.handed)));
    assert_int_equal(HAS(card, escalation, sent_repeat) && card->sent_repeat == card->repeat, is.has_it);
    assert_int_equal(HAS(card, escalation, sent_repeat) != 0, HAS(card, escalation, sent_at) != 0);
    assert_int_equal(waits, !is.over && !is.has_it && !is.given_up);
    if (!is.over)
        assert_int_equal(fails ? card->attempts : 0, is.fails);
    assert_true(!fails || HAS(card, escalation, failing_since));
    assert_true(!HAS(card, escalation, failing_since) || HAS(card, escalation, failed_reason));
    assert_true(!HAS(card, escalation, retry_at) || (waits && fails));
    assert_true(told->climbs <= 1);
    assert_int_equal(told->climbs, HAS(card, escalation, climbed_to) != 0);
    assert_true(delivery_climb_ms(card) > now_ms);
    if (is.over)
        assert_true(delivery_climb_ms(card) == INT64_MAX);
    /* What has failed for longer than it may has gone up, where anybody is. */
    if (!is.over && told->above && HAS(card, escalation, failing_since) && now_ms - card->failing_since >= 5 * MINUTE)
        assert_int_equal(told->climbs, 1);
    /* Where nobody is, nobody gives up. */
    if (!told->above)
        assert_true(!fails || is.over || HAS(card, escalation, retry_at));
}

static void climb_until(struct told *told, int64_t until_ms)
{
    while (delivery_climb_ms(&told->card) <= until_ms) {
        struct cause cause = {9, delivery_climb_ms(&told->card)};
        told->climbs += told->above;
        if (told->above)
            delivery_climbed(span_of("E-41-response-100-up-3"), cause, &told->card);
        else
            delivery_stays(&policy, cause, &told->card);
    }
}

static void report(struct told *told, enum move move, struct cause cause)
{
    struct escalation *card = &told->card;
    struct notice_sent sent = {.to = card->to, .means = notice_means_is_smtp, .repeat = card->repeat, .attempt = 1};
    struct notice_failed failed = {.to = card->to,
                                   .repeat = card->repeat,
                                   .attempt = 1,
                                   .reason = span_of("550 no such mailbox"),
                                   .permanent = move == FAILED_FOR_GOOD};
    if (move == FAILED)
        SET(&failed, notice_failed, retry_at, cause.at_ms + HOUR);
    if (move == SENT_BEFORE)
        sent.repeat--;
    if (move == FAILED_BEFORE)
        failed.repeat--;
    if (move == SENT_TO_OTHER)
        sent.to = span_of(span_is(card->to, "wang.li") ? "li.na" : "wang.li");
    if (sent.repeat < 0 || failed.repeat < 0)
        return; /* before the first there is none */
    struct escalation before = *card;
    bool changed = move == FAILED || move == FAILED_FOR_GOOD || move == FAILED_BEFORE
                       ? delivery_failed(&policy, &failed, cause, card)
                       : delivery_sent(&sent, cause, card);
    if (!changed)
        assert_memory_equal(&before, card, sizeof before);
}

static void make(struct told *told, enum move move, int64_t now_ms)
{
    struct escalation *card = &told->card;
    struct cause cause = {10 + told->count, now_ms};
    bool open = escalation_is_open(card);
    told->moves[told->count++] = move;
    if (move == SEEN && open)
        escalation_seen(span_of("zhao.min"), cause, card);
    else if (move == ENDED)
        escalation_end(card, cause);
    else if (move == REPEATED && open)
        escalation_repeat(&policy, card->to, now_ms, cause, card);
    else if (move == HANDED_OVER && open)
        escalation_readdress(&policy, span_of(span_is(card->to, "wang.li") ? "li.na" : "wang.li"), now_ms, cause, card);
    else if (open && move < REPEATED)
        report(told, move, cause);
    climb_until(told, now_ms);
}

static uint64_t told_histories;

static void tell_on(const struct told *from, int64_t now_ms)
{
    for (enum move move = 0; move < MOVES; move++) {
        struct told told = *from;
        climb_until(&told, now_ms);
        make(&told, move, now_ms);
        check(&told, now_ms);
        told_histories++;
        if (told.count < HISTORY_LEN)
            tell_on(&told, now_ms + STEP);
    }
}

static struct told raised(bool above)
{
    struct story story;
    struct told told = {.above = above};
    struct notice_wanted wanted = {.id_text = "E-41-response-100", .rung_percent = 100, .level = 2};
    story_open_plain(&story, grade_is_urgent, "2026-11-23 09:00");
    wanted.at_ms = when("2026-11-23 11:00");
    escalation_raise(&policy, &story.complaint, &wanted, (struct cause){5, wanted.at_ms}, "wang.li", &told.card);
    told.card.id = span_of("E-41-response-100");
    told.card.store = span_of("sh-pudong");
    return told;
}

static void whatever_happens_a_card_never_says_that_somebody_has_it_who_has_not(void **state)
{
    (void)state;
    policy_default(&policy);
    told_histories = 0;
    for (int above = 0; above < 2; above++) {
        struct told told = raised(above);
        check(&told, when("2026-11-23 11:00"));
        tell_on(&told, when("2026-11-23 11:00"));
    }
    /* 10 + 10^2 + ... + 10^6 of either kind: none was left out */
    assert_int_equal(told_histories, 2 * 1111110);
}

static void nobody_tries_for_ever(void **state)
{
    (void)state;
    policy_default(&policy);
    struct told told = raised(true);
    int64_t begin_ms = when("2026-11-23 11:00"), now_ms = begin_ms;
    for (int i = 0; i < 72; i++, now_ms += HOUR) { /* of three days, each hour */
        report(&told, FAILED, (struct cause){20, now_ms});
        climb_until(&told, now_ms + HOUR - 1);
        assert_true(HAS(&told.card, escalation, deliver_from));
    }
    assert_int_equal(told.card.attempts, 72);
    assert_int_equal(told.card.failing_since, begin_ms);
    report(&told, FAILED, (struct cause){21, now_ms});
    assert_false(HAS(&told.card, escalation, deliver_from));
    assert_false(HAS(&told.card, escalation, retry_at));
    /* with the next repeat once more, and then no more again */
    escalation_repeat(&policy, told.card.to, now_ms + HOUR, (struct cause){22, now_ms + HOUR}, &told.card);
    assert_true(HAS(&told.card, escalation, deliver_from));
    report(&told, FAILED, (struct cause){23, now_ms + HOUR});
    assert_false(HAS(&told.card, escalation, deliver_from));
    assert_int_equal(told.climbs, 1);
}

static void at_the_top_it_is_tried_again_each_hour(void **state)
{
    (void)state;
    policy_default(&policy);
    struct told told = raised(false);
    int64_t now_ms = when("2026-11-23 11:00");
    for (int i = 0; i < 200; i++, now_ms += HOUR) {
        report(&told, FAILED_FOR_GOOD, (struct cause){20, now_ms});
        climb_until(&told, now_ms);
        assert_true(HAS(&told.card, escalation, deliver_from));
        assert_int_equal(told.card.retry_at, now_ms + HOUR);
    }
}

static void a_graver_grade_does_not_wait(void **state)
{
    (void)state;
    policy_default(&policy);
    struct told told = raised(true);
    int64_t now_ms = when("2026-11-23 11:01");
    told.card.grade = grade_is_general;
    told.card.level = 1;
    delivery_begin(&policy, now_ms, &told.card);
    assert_int_equal(told.card.deliver_from, when("2026-11-23 11:15"));
    report(&told, FAILED, (struct cause){20, when("2026-11-23 11:15")});
    assert_int_equal(delivery_climb_ms(&told.card), when("2026-11-23 15:15"));
    told.card.grade = grade_is_urgent;
    delivery_regraded(&policy, when("2026-11-23 11:17"), &told.card);
    assert_int_equal(delivery_climb_ms(&told.card), when("2026-11-23 11:20"));
    delivery_regraded(&policy, when("2026-11-23 12:17"), &told.card);
    assert_int_equal(delivery_climb_ms(&told.card), when("2026-11-23 12:17")); /* it is past: at once */
}

static void why_it_goes_up_is_said_in_one_line_that_fits(void **state)
{
    (void)state;
    char text[LABEL_MAX_BYTES + 1];
    struct told told = raised(true);
    SET(&told.card, escalation, failed_reason, span_of("550 no such mailbox"));
    struct span because = delivery_because(told.card.id, &told.card, text);
    assert_true(span_is(because, "E-41-response-100 to wang.li: 550 no such mailbox"));
    char reason[LABEL_MAX_BYTES + 1] = "";
    for (int i = 0; i < 64; i++) /* 64 characters of 3 bytes */
        memcpy(reason + 3 * i, "满", 3);
    SET(&told.card, escalation, failed_reason, span_of(reason));
    because = delivery_because(told.card.id, &told.card, text);
    /* 17 + 4 + 7 + 2 = 30 bytes go before it: 54 whole characters have room in 192 */
    assert_int_equal(because.len, 30 + 54 * 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_can_wait_comes_together_and_nothing_waits_twice),
        cmocka_unit_test(the_rulebook_says_how_long_a_digest_is),
        cmocka_unit_test(whatever_happens_a_card_never_says_that_somebody_has_it_who_has_not),
        cmocka_unit_test(nobody_tries_for_ever),
        cmocka_unit_test(at_the_top_it_is_tried_again_each_hour),
        cmocka_unit_test(a_graver_grade_does_not_wait),
        cmocka_unit_test(why_it_goes_up_is_said_in_one_line_that_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
