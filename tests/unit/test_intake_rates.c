/*
 * test_intake_rates.c - who is refused is told to the audit once a minute, who sends too fast when to send again, and who sends very
 * much slows down nobody else.
 */
#include "core/status.h"
#include "tests/support/gate.h"

/* ---- stories: the audit ---- */

static uint64_t told(const char *code, const char *principal)
{
    uint64_t times = 0;
    for (uint64_t seq = 1; seq <= journal_head(desk.journal); seq++) {
        entry_at(seq);
        const struct access_refused *refused = &entry_event.data.access_refused;
        if (entry_event.type == EVENT_audit_refused && span_is(refused->code, code) &&
            span_is(refused->principal, principal))
            times = times * 100 + (uint64_t)refused->times;
    }
    return times;
}

static void refusals_are_told_once_a_minute_a_principal_and_code(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 5; i++)
        desk_refused(hello(visit(9), SOURCE), -E_FOREIGN_SOURCE);
    desk_refused(hello(visit(11), SOURCE), -E_REVOKED);
    assert_int_equal(told("E1806", "callcentre"), 1);
    assert_int_equal(told("E1804", "gone"), 1);
    desk_pass(&desk, 59000);
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(told("E1806", "callcentre"), 1);
    desk_pass(&desk, 1001);
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(told("E1806", "callcentre"), 104); /* once, then four times */
    desk_pass(&desk, 3600000);
    assert_int_equal(desk_turn(&desk), 0);
    desk_refused(hello(visit(9), SOURCE), -E_FOREIGN_SOURCE);
    assert_int_equal(told("E1806", "callcentre"), 10401); /* long after: at once again */
    struct reply reply = desk_ask(&desk, desk.peer, "PING", span_make("\x80", 1));
    assert_int_equal(desk_figure(reply.body, "E1806"), 6);
    assert_int_equal(desk_figure(reply.body, "E1804"), 1);
    assert_int_equal(desk_figure(reply.body, "E1801"), 0);
}

static void what_a_revoked_peer_calls_its_request_goes_on_record_as_text_or_not_at_all(void **state)
{
    (void)state;
    static const char *const verbs[] = {"\xff\xfe", "\xe4\xb8", "\x1b[2J"};
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        desk_refused(desk_ask(&desk, visit(11), verbs[i], span_make("\x80", 1)), -E_REVOKED);
        entry_at(journal_head(desk.journal)); /* which fails where it can't be decoded */
        assert_int_equal(entry_event.type, EVENT_audit_refused);
        assert_true(span_is(entry_event.data.access_refused.what, "unknown"));
        desk_pass(&desk, 3600000);
        assert_int_equal(desk_turn(&desk), 0);
    }
    desk_refused(desk_ask(&desk, visit(11), "FETCH", span_make("\x80", 1)), -E_REVOKED);
    entry_at(journal_head(desk.journal));
    assert_true(span_is(entry_event.data.access_refused.what, "FETCH"));
}

/* ---- stories: rates ---- */

static int64_t retry_of(struct reply reply)
{
    struct nak_reply nak = desk_refused(reply, -E_SLOW_DOWN);
    assert_true(HAS(&nak, nak_reply, retry_ms));
    return nak.retry_ms;
}

/* Ten events a second, a burst of a second: the model is written beside. */
static void who_sends_faster_than_they_may_is_told_when_to_send_again(void **state)
{
    (void)state;
    struct port *slow = visit(12);
    assert_int_equal(desk_acked(put_ratings(slow, "/slow", 0, 4)).count, 4); /* 10 - 4 = 6 */
    assert_int_equal(retry_of(put_ratings(slow, "/slow", 4, 8)), 200);       /* 2 more, at 100 ms each */
    assert_int_equal(desk_acked(put_ratings(slow, "/slow", 4, 6)).count, 6); /* 0 */
    assert_int_equal(retry_of(put_ratings(slow, "/slow", 10, 1)), 100);
    desk_pass(&desk, 99);
    assert_int_equal(retry_of(put_ratings(slow, "/slow", 10, 1)), 1);
    desk_pass(&desk, 1);
    assert_int_equal(desk_acked(put_ratings(slow, "/slow", 10, 1)).count, 1); /* 0 */
    assert_int_equal(retry_of(put_ratings(slow, "/slow", 11, 25)), 1000); /* more than it ever holds: when it is full */
    desk_pass(&desk, 100000);                                             /* 10, not 1,000 */
    assert_int_equal(desk_acked(put_ratings(slow, "/slow", 11, 25)).count, 25); /* -15 */
    assert_int_equal(retry_of(put_ratings(slow, "/slow", 36, 1)), 1600);
    assert_int_equal(desk_acked(put_ratings(visit(9), "/calls/1", 0, 100)).count, 100); /* others are not held up */
    assert_int_equal(retry_of(put_ratings(visit(12), "/slow", 36, 1)), 1600); /* nor is another connection faster */
    struct reply reply = desk_ask(&desk, desk.peer, "PING", span_make("\x80", 1));
    assert_int_equal(desk_figure(reply.body, "slowed_down"), 6);
}

static void a_bucket_outlives_a_change_of_the_file(void **state)
{
    (void)state;
    assert_int_equal(desk_acked(put_ratings(visit(12), "/slow", 0, 10)).count, 10);
    file_write(
        "- {name: other, number: 2, kind: device, roles: [publisher], stores: all, departments: all, sources: all, "
        "speaks_for: [], rate: 1}\n");
    desk_pass(&desk, 1001); /* full again */
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(desk_acked(put_ratings(visitor, "/slow", 10, 10)).count, 10);
    assert_int_equal(retry_of(put_ratings(visitor, "/slow", 20, 1)), 100);
    assert_int_equal(desk_acked(put_ratings(visit(2), "/other", 0, 1)).count, 1);
    assert_int_equal(retry_of(put_ratings(visitor, "/other", 1, 1)), 1000);
    assert_int_equal(retry_of(put_ratings(visit(12), "/slow", 20, 1)), 100);
}

/* ---- stories: shares ---- */

#define FLOOD_PUTS 400u
#define FLOOD_EVENTS 200u

/* PUTs of about 23 KB, unanswered, one after the other. */
static size_t flood(struct port *port, uint32_t puts)
{
    size_t bytes = 0;
    for (uint32_t k = 0; k < puts; k++) {
        struct put_draft draft;
        draft_begin(&draft, &desk, FLOOD_EVENTS, NULL, 0, 0);
        for (uint32_t i = 0; i < FLOOD_EVENTS; i++) {
            uint8_t buffer[1024];
            char id[24];
            snprintf(id, sizeof id, "%u-%u", k, i);
            draft_event(&draft, desk_rating(buffer, sizeof buffer, "/calls/flood", id, 9000), true);
        }
        struct span body = draft_end(&draft);
        desk_send(port, "PUT", body);
        bytes += body.len;
    }
    return bytes / puts;
}

static uint32_t answers_of(struct port *port)
{
    struct reply reply;
    uint32_t count = 0;
    for (; desk_receive(&desk, port, &reply); count++)
        desk_acked(reply);
    return count;
}

/* The most of the flood that is answered by one commit. */
static size_t largest_turn(struct port *flooder, uint32_t puts, size_t put_len)
{
    uint32_t largest = 0;
    for (uint32_t left = puts; left > 0;) {
        int64_t wait_ms;
        assert_int_equal(intake_turn(desk.intake, clock_read(desk.setup.clock), &wait_ms), 0);
        uint32_t served = answers_of(flooder);
        largest = served > largest ? served : largest;
        left -= served;
    }
    return largest * put_len;
}

/* What of the flood is answered together with the one event that came with it. */
static size_t turn_beside_one(struct port *flooder, size_t put_len)
{
    struct put_draft draft;
    uint8_t buffer[1024];
    int64_t wait_ms;
    draft_begin(&draft, &desk, 1, NULL, 0, 0);
    draft_event(&draft, desk_rating(buffer, sizeof buffer, SOURCE, "polite", 9000), true);
    desk_send(desk.peer, "PUT", draft_end(&draft));
    flood(flooder, FLOOD_PUTS);
    for (uint32_t answered = 0; answered == 0;) { /* the turn before may be on its way */
        assert_int_equal(answers_of(flooder), 0);
        assert_int_equal(intake_turn(desk.intake, clock_read(desk.setup.clock), &wait_ms), 0);
        answered = answers_of(desk.peer);
    }
    return answers_of(flooder) * put_len;
}

/* Whoever waits, waits for the turn on its way and for its own: 9 MB come, and a turn takes 8 MiB of them from who is alone, half a
 * megabyte from who has been seen beside somebody within a second, and an eighth while somebody waits for that very turn. */
static void a_flood_fills_a_turn_only_where_nobody_waits(void **state)
{
    (void)state;
    struct port *flooder = visit(9);
    size_t put_len = flood(flooder, FLOOD_PUTS);
    size_t alone = largest_turn(flooder, FLOOD_PUTS, put_len);
    assert_in_range(alone, 8 * MIB - put_len, 8 * MIB + put_len);
    flood(flooder, 1);
    desk_rate(&desk, SOURCE, "beside");
    assert_int_equal(answers_of(flooder), 1);
    flood(flooder, FLOOD_PUTS);
    assert_in_range(largest_turn(flooder, FLOOD_PUTS, put_len), 512 * KIB - put_len, 512 * KIB + put_len);
    desk_pass(&desk, 1001);
    flood(flooder, FLOOD_PUTS);
    assert_in_range(largest_turn(flooder, FLOOD_PUTS, put_len), 8 * MIB - put_len, 8 * MIB + put_len);
    assert_in_range(turn_beside_one(flooder, put_len), 128 * KIB - put_len, 128 * KIB + put_len);
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, gate_begin, gate_end)
    const struct CMUnitTest tests[] = {
        STORY(refusals_are_told_once_a_minute_a_principal_and_code),
        STORY(what_a_revoked_peer_calls_its_request_goes_on_record_as_text_or_not_at_all),
        STORY(who_sends_faster_than_they_may_is_told_when_to_send_again),
        STORY(a_bucket_outlives_a_change_of_the_file),
        STORY(a_flood_fills_a_turn_only_where_nobody_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
