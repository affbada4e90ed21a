/*
 * test_intake_session.c - publishers in sessions: exact for ever, over restarts, crashes and failed commits.
 */
#include "core/status.h"
#include "tests/support/bay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* ---- sessions ---- */

static void a_session_starts_at_epoch_1_and_rises_with_each_hello(void **state)
{
    (void)state;
    struct welcome_reply welcome = desk_hello(&desk, desk.peer, SOURCE);
    assert_int_equal(welcome.epoch, 1);
    assert_int_equal(welcome.last, 0);
    assert_false(HAS(&welcome, welcome_reply, last_id));
    assert_false(HAS(&welcome, welcome_reply, cause_seq));
    assert_true(span_is(welcome.lineage, journal_lineage(desk.journal)));
    assert_int_equal(welcome.max_events, 4096);
    assert_int_equal(desk_acked(put("a b", 1, 1)).last, 2);
    desk_crash(&desk);
    welcome = desk_hello(&desk, desk.peer, SOURCE);
    assert_int_equal(welcome.epoch, 2);
    assert_int_equal(welcome.last, 2);
    assert_true(span_is(welcome.last_id, "b"));
}

static void sequences_are_contiguous(void **state)
{
    (void)state;
    desk_hello(&desk, desk.peer, SOURCE);
    assert_int_equal(desk_acked(put("a b", 1, 1)).count, 2);
    struct nak_reply nak = desk_refused(put("d", 1, 4), -E_GAP);
    assert_int_equal(nak.expected, 3);
    struct ack_reply ack = desk_acked(put("a b c", 1, 1)); /* resent after a silence, with one more */
    assert_int_equal(ack.count, 1);
    assert_int_equal(ack.first, 4);
    assert_int_equal(ack.last, 3);
    assert_int_equal(desk_problems(&ack), 2);
    assert_int_equal(desk_problem(&ack, 0).duplicate_of, 2);
    assert_int_equal(desk_problem(&ack, 1).duplicate_of, 3);
}

static void an_old_epoch_is_fenced_and_an_unknown_one_has_no_session(void **state)
{
    (void)state;
    desk_refused(put("a", 1, 1), -E_NO_SESSION);
    desk_hello(&desk, desk.peer, SOURCE);
    desk_hello(&desk, desk.peer, SOURCE);
    desk_refused(put("a", 1, 1), -E_FENCED);
    desk_refused(put("a", 3, 1), -E_NO_SESSION);
    assert_int_equal(desk_acked(put("a", 2, 1)).count, 1);
    desk_crash(&desk);
    desk_refused(put("b", 1, 2), -E_FENCED);
    assert_int_equal(desk_acked(put("b", 2, 2)).count, 1);
}

static void a_refused_event_consumes_its_sequence(void **state)
{
    (void)state;
    desk_hello(&desk, desk.peer, SOURCE);
    struct ack_reply ack = desk_acked(put("a ? c", 1, 1));
    assert_int_equal(ack.count, 2);
    assert_int_equal(ack.last, 3);
    ack = desk_acked(put("d", 1, 4));
    assert_int_equal(ack.count, 1);
    ack = desk_acked(put("?", 1, 2)); /* resent, since the answer may have been lost: refused again */
    struct problem problem = desk_problem(&ack, 0);
    assert_false(HAS(&problem, problem, duplicate_of));
    assert_true(HAS(&problem, problem, code));
    assert_int_equal(ack.last, 4);
}

static struct problem problem_of_future_rating(int64_t time_ms)
{
    uint8_t buffer[512];
    struct wire_writer writer;
    struct rated fact = {0};
    SET(&fact, rated, store, span_of("sh-pudong"));
    SET(&fact, rated, department, span_of("service"));
    SET(&fact, rated, channel, channel_is_kiosk);
    SET(&fact, rated, overall, 9000);
    const struct event_draft event = {
        .id = span_of("f"), .source = span_of(SOURCE), .type = EVENT_feedback_rated, .time_ms = time_ms, .data = &fact};
    wire_writer_init(&writer, buffer, sizeof buffer);
    event_encode(&event, &writer);
    struct put_draft draft;
    draft_begin(&draft, &desk, 1, SOURCE, 1, 1);
    draft_event(&draft, wire_written(&writer), true);
    struct ack_reply ack = desk_acked(desk_ask(&desk, desk.peer, "PUT", draft_end(&draft)));
    assert_int_equal(ack.count, 0);
    assert_int_equal(ack.last, 1);
    assert_int_equal(desk_problems(&ack), 1);
    return desk_problem(&ack, 0);
}

/* A second more ahead than is allowed. Its answer is lost; two seconds later nothing is wrong with it any more. */
static void what_time_has_mended_is_refused_again_when_it_is_resent(void **state)
{
    (void)state;
    int64_t time_ms = DESK_MONDAY_MS + FUTURE_MAX_MS + 1000;
    char message[192];
    char key[33];
    desk_hello(&desk, desk.peer, SOURCE);
    struct problem problem = problem_of_future_rating(time_ms);
    assert_true(span_is(problem.code, "E1209"));
    snprintf(message, sizeof message, "%.*s", SPAN_ARGS(problem.message));
    snprintf(key, sizeof key, "%.*s", SPAN_ARGS(problem.quarantine));
    desk_pass(&desk, 2000);
    for (uint32_t i = 0; i < 2; i++) {
        problem = problem_of_future_rating(time_ms);
        assert_false(HAS(&problem, problem, duplicate_of));
        assert_true(span_is(problem.code, "E1209"));
        assert_true(span_is(problem.field, "time"));
        assert_true(span_is(problem.message, message));
        assert_true(span_is(problem.quarantine, key));
        desk_restart(&desk); /* what is known is on the disk */
    }
}

static void a_session_speaks_for_its_source_only(void **state)
{
    (void)state;
    desk_hello(&desk, desk.peer, SOURCE);
    struct put_draft draft;
    draft_begin(&draft, &desk, 2, SOURCE, 1, 1);
    draft_event(&draft, desk_rating(event_buffer, sizeof event_buffer, "/stores/other", "a", 5000), true);
    draft_event(&draft, rating("b"), true);
    struct ack_reply ack = desk_acked(desk_ask(&desk, desk.peer, "PUT", draft_end(&draft)));
    assert_int_equal(ack.count, 1);
    assert_int_equal(ack.last, 2);
    assert_true(span_is(desk_problem(&ack, 0).code, "E1215"));
}

static void what_a_session_sent_before_without_one_is_a_duplicate_that_consumes(void **state)
{
    (void)state;
    assert_int_equal(desk_acked(put("a", 0, 0)).count, 1);
    desk_hello(&desk, desk.peer, SOURCE);
    struct ack_reply ack = desk_acked(put("a b", 1, 1));
    assert_int_equal(ack.count, 1);
    assert_int_equal(ack.last, 2);
    assert_int_equal(desk_problem(&ack, 0).duplicate_of, 2);
}

static void nobody_outside_may_be_the_worker(void **state)
{
    (void)state;
    uint8_t buffer[128];
    struct wire_writer writer;
    struct hello_request request = {0};
    SET(&request, hello_request, source, span_of("/manyi/worker"));
    SET(&request, hello_request, instance, span_of("x"));
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_hello_request, &request, ENCODE_EVENT, &writer);
    desk_refused(desk_ask(&desk, desk.peer, "HELLO", wire_written(&writer)), -E_RESERVED_SOURCE);
    assert_int_equal(desk_hello(&desk, desk.worker, "/manyi/worker").epoch, 1);
}

/* ---- durability ---- */

static void a_failed_commit_ends_the_turn_without_a_reply(void **state)
{
    (void)state;
    desk_hello(&desk, desk.peer, SOURCE);
    struct put_draft draft;
    draft_begin(&draft, &desk, 1, SOURCE, 1, 1);
    draft_event(&draft, rating("a"), true);
    store_sim_fail_next_commit(DESK_VOLUME, -E_COMMIT_FAILED);
    desk_send(desk.peer, "PUT", draft_end(&draft));
    assert_int_equal(desk_turn(&desk), -E_COMMIT_FAILED);
    struct reply reply;
    assert_false(desk_receive(&desk, desk.peer, &reply));
    desk_crash(&desk);
    struct ack_reply ack = desk_acked(put("a", 1, 1)); /* nothing of it remained */
    assert_int_equal(ack.first, 2);
    assert_int_equal(ack.count, 1);
}

static void put_without_session(const char *id, bool nonsense)
{
    struct put_draft draft;
    draft_begin(&draft, &desk, nonsense ? 2 : 1, NULL, 0, 0);
    draft_event(&draft, rating(id), true);
    if (nonsense)
        draft_event(&draft, span_of("nonsense"), true);
    desk_send(desk.peer, "PUT", draft_end(&draft));
}

/* A turn is on its way to the disk and fails while the next one is filled: with a repeat of what is lost, which is found in
 * memory, or with nonsense, whose quarantine waits for the disk. Nobody is answered, nothing is written any more. */
static void the_turn_after_a_failed_commit_is_lost_with_it(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        bool nonsense;
    } next[] = {{"b", false}, {"a", false}, {"b", true}};
    for (size_t i = 0; i < sizeof next / sizeof next[0]; i++) {
        int64_t wait_ms;
        struct reply reply;
        desk_turn(&desk);
        put_without_session("a", false);
        store_sim_fail_next_commit(DESK_VOLUME, -E_COMMIT_FAILED);
        assert_int_equal(intake_turn(desk.intake, clock_read(desk.setup.clock), &wait_ms), 0); /* on its way */
        assert_false(desk_receive(&desk, desk.peer, &reply));
        put_without_session(next[i].id, next[i].nonsense);
        for (int turn = 0; turn < 5; turn++) { /* a failure is final, for whoever does not believe it, too */
            int status = intake_turn(desk.intake, clock_read(desk.setup.clock), &wait_ms);
            assert_true(status == -E_COMMIT_FAILED || turn == 0);
            assert_false(desk_receive(&desk, desk.peer, &reply));
        }
        desk_crash(&desk);
        assert_int_equal(journal_head(desk.journal), 1);
    }
}

static void what_was_committed_but_not_answered_is_a_duplicate_with_the_same_seq(void **state)
{
    (void)state;
    desk_hello(&desk, desk.peer, SOURCE);
    struct put_draft draft;
    draft_begin(&draft, &desk, 2, SOURCE, 1, 1);
    draft_event(&draft, rating("a"), true);
    draft_event(&draft, rating("b"), true);
    desk_send(desk.peer, "PUT", draft_end(&draft));
    assert_int_equal(desk_turn(&desk), 0);
    desk_crash(&desk); /* the reply is lost with the connection */
    struct reply reply;
    assert_false(desk_receive(&desk, desk.peer, &reply));
    struct welcome_reply welcome = desk_hello(&desk, desk.peer, SOURCE);
    assert_int_equal(welcome.last, 2);
    struct ack_reply ack = desk_acked(put("a b", 2, 1));
    assert_int_equal(ack.count, 0);
    assert_int_equal(desk_problem(&ack, 0).duplicate_of, 2);
    assert_int_equal(desk_problem(&ack, 1).duplicate_of, 3);
}

static void a_nearly_full_disk_refuses_publishers_but_not_the_worker(void **state)
{
    (void)state;
    desk.setup.disk_reserve_bytes = 1000000;
    desk_restart(&desk);
    disk_sim_free_bytes(999999);
    desk_pass(&desk, 1000);
    desk_refused(put("a", 0, 0), -E_DISK_NEARLY_FULL);
    assert_int_equal(desk_hello(&desk, desk.worker, "/manyi/worker").epoch, 1);
    disk_sim_free_bytes(1000000);
    desk_pass(&desk, 1000);
    assert_int_equal(desk_acked(put("a", 0, 0)).count, 1);
}

/* It would write a new epoch, and whoever greets over and over would fill the disk. */
static void a_nearly_full_disk_refuses_a_greeting_from_outside(void **state)
{
    (void)state;
    uint8_t body[256];
    struct wire_writer writer;
    struct hello_request hello = {0};
    SET(&hello, hello_request, source, span_of(SOURCE));
    SET(&hello, hello_request, instance, span_of("kiosk"));
    wire_writer_init(&writer, body, sizeof body);
    record_encode(&record_of_hello_request, &hello, ENCODE_EVENT, &writer);
    desk.setup.disk_reserve_bytes = 1000000;
    desk_restart(&desk);
    disk_sim_free_bytes(999999);
    desk_pass(&desk, 1000);
    desk_refused(desk_ask(&desk, desk.peer, "HELLO", wire_written(&writer)), -E_DISK_NEARLY_FULL);
    disk_sim_free_bytes(1000000);
    desk_pass(&desk, 1000);
    assert_int_equal(desk_hello(&desk, desk.peer, SOURCE).epoch, 1); /* the refused one did not count */
}

/* All within one second, which is as often as the disk is looked at by itself. A PUT is some 150 bytes; a commit is counted
 * as 64 KiB: 1 MiB above the reserve is used up after 16 at the most, the first one included. */
static void between_two_looks_what_is_on_its_way_to_the_disk_counts(void **state)
{
    (void)state;
    char id[16];
    desk.setup.disk_reserve_bytes = 16 * MIB;
    desk_restart(&desk);
    disk_sim_free_bytes(17 * MIB);
    desk_pass(&desk, 1000);
    desk_acked(put("first", 0, 0));
    disk_sim_free_bytes(16 * MIB - 1); /* what a look would find from now on: others write, too */
    uint32_t taken = 0;
    struct reply reply;
    do {
        snprintf(id, sizeof id, "a%u", taken++);
        reply = put(id, 0, 0);
    } while (strcmp(reply.verb, "ACK") == 0 && taken < 100);
    assert_in_range(taken, 2, 17);
    desk_refused(reply, -E_DISK_NEARLY_FULL);
}

/* 40 PUTs of 200 KiB, all waiting at once: 8 MiB in one turn, none of it on the disk yet. */
static void one_turn_does_not_take_more_than_there_is_room_for(void **state)
{
    (void)state;
    static uint8_t filler[200 * KIB];
    uint32_t sent = 40, taken = 0;
    desk.setup.disk_reserve_bytes = MIB;
    desk_restart(&desk);
    disk_sim_free_bytes(4 * MIB);
    desk_pass(&desk, 1000);
    for (uint32_t i = 0; i < sent; i++) {
        char id[16];
        struct put_draft draft;
        snprintf(id, sizeof id, "a%u", i);
        draft_begin(&draft, &desk, 2, NULL, 0, 0);
        draft_event(&draft, rating(id), false);
        draft_event(&draft, span_make(filler, sizeof filler), true); /* refused, and kept */
        desk_send(desk.peer, "PUT", draft_end(&draft));
    }
    assert_int_equal(desk_turn(&desk), 0);
    for (uint32_t i = 0; i < sent; i++) {
        struct reply reply;
        assert_true(desk_receive(&desk, desk.peer, &reply));
        taken += strcmp(reply.verb, "ACK") == 0;
    }
    /* (4 - 1) MiB at 400 KiB for each: its 200 KiB twice, since entries have headers. The first that does not fit still
     * gets in: the reserve has room for it. */
    assert_int_equal(taken, 8);
}

int main(void)
{
#define STORY(name) cmocka_unit_test_prestate_setup_teardown(name, desk_story_begin, desk_story_end, &desk)
    const struct CMUnitTest tests[] = {
        STORY(a_session_starts_at_epoch_1_and_rises_with_each_hello),
        STORY(sequences_are_contiguous),
        STORY(an_old_epoch_is_fenced_and_an_unknown_one_has_no_session),
        STORY(a_refused_event_consumes_its_sequence),
        STORY(what_time_has_mended_is_refused_again_when_it_is_resent),
        STORY(a_session_speaks_for_its_source_only),
        STORY(what_a_session_sent_before_without_one_is_a_duplicate_that_consumes),
        STORY(nobody_outside_may_be_the_worker),
        STORY(a_failed_commit_ends_the_turn_without_a_reply),
        STORY(the_turn_after_a_failed_commit_is_lost_with_it),
        STORY(what_was_committed_but_not_answered_is_a_duplicate_with_the_same_seq),
        STORY(a_nearly_full_disk_refuses_publishers_but_not_the_worker),
        STORY(a_nearly_full_disk_refuses_a_greeting_from_outside),
        STORY(between_two_looks_what_is_on_its_way_to_the_disk_counts),
        STORY(one_turn_does_not_take_more_than_there_is_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
