/* A later release concludes by other rules: it folds everything anew in silence, says so once, and says every open card again. */
#include "core/status.h"
#include "tests/support/showroom.h"
#include "workers/speaker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HOUR_MS (3600 * 1000ll)

static struct showroom showroom;

static void complain(uint32_t times)
{
    for (uint32_t i = 0; i < times; i++)
        showroom_complain(&showroom, NULL, NULL);
}

static void release(uint32_t version)
{
    showroom_worker_stop(&showroom);
    showroom.desk.setup.fold_version = version;
    showroom_worker_start(&showroom);
}

static void the_first_release_announces_nothing(void **state)
{
    (void)state;
    complain(2);
    assert_int_equal(journal_head(showroom.desk.journal),
                     2 + 2 * 2); /* the rulebook and a fact each, with their cards */
}

static void a_later_release_adopts_once_and_says_open_cards_again(void **state)
{
    (void)state;
    complain(3);
    showroom_decide(&showroom, EVENT_complaint_withdrawn, "C-3", "wang.li");
    uint64_t head = journal_head(showroom.desk.journal);
    assert_int_equal(showroom_count(&showroom, "complaint.changed", ""), 4);
    release(2);
    showroom_turn(&showroom);
    /* and the one that was withdrawn by what was spoken of last: nobody can know whether all of that was said */
    assert_int_equal(showroom_count(&showroom, "complaint.changed", ""), 4 + 3);
    assert_int_equal(journal_head(showroom.desk.journal), head + 1 + 3);
    showroom_nothing_twice(&showroom);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-later");
    assert_int_equal(journal_head(showroom.desk.journal), head + 1 + 3);
    release(3);
    showroom_turn(&showroom);
    assert_int_equal(journal_head(showroom.desk.journal), head + (1 + 3) + (1 + 2));
    showroom_nothing_twice(&showroom);
}

/* The release before never came to speak of the last complaint and of a deadline: the later one does, once. */
static void what_was_left_unsaid_is_said_by_the_later_release(void **state)
{
    (void)state;
    complain(1);
    showroom_worker_stop(&showroom);
    struct complained fact = showroom_complaint(NULL, NULL);
    showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
    desk_pass(&showroom.desk, 4 * HOUR_MS);
    showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
    showroom.desk.setup.fold_version = 2;
    showroom_worker_start(&showroom);
    showroom_turn(&showroom);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), 2); /* 50 % of 8 h, of the first two */
    showroom_nothing_twice(&showroom);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-unsaid");
}

/* Killed after k turns, for every k until it has adopted: always exactly one announcement, each open card again once. */
static void a_release_that_dies_while_adopting_adopts_once(void **state)
{
    (void)state;
    for (int turns = 0; turns < 24; turns++) {
        showroom_close(&showroom);
        showroom_open_empty(&showroom);
        complain(3);
        uint64_t head = journal_head(showroom.desk.journal);
        release(2);
        for (int i = 0; i < turns; i++) {
            int64_t wait_ms;
            assert_int_equal(worker_turn(showroom.worker, clock_read(showroom.desk.setup.clock), &wait_ms), 0);
            if (i % 2)
                assert_int_equal(desk_turn(&showroom.desk), 0);
        }
        showroom_worker_crash(&showroom, turns % 3 == 0);
        showroom_worker_start(&showroom);
        showroom_turn(&showroom);
        assert_int_equal(journal_head(showroom.desk.journal), head + 1 + 3);
        assert_int_equal(showroom_count(&showroom, "complaint.changed", ""), 3 + 3);
        showroom_nothing_twice(&showroom);
    }
}

/* 2,000 deadlines of one tick take sixteen steps and several PUTs; the worker dies after it has spoken of the first ones. */
static uint32_t die_amid_two_thousand_deadlines(uint32_t version)
{
    struct complained fact = showroom_complaint(NULL, NULL);
    for (uint32_t i = 0; i < 2000; i++)
        showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
    showroom_turn(&showroom);
    desk_pass(&showroom.desk, 4 * HOUR_MS);
    release(version);
    for (int i = 0; showroom_count(&showroom, "escalation.raised", "") == 0; i++) {
        int64_t wait_ms;
        assert_true(i < 1000);
        assert_int_equal(desk_turn(&showroom.desk), 0);
        assert_int_equal(worker_turn(showroom.worker, clock_read(showroom.desk.setup.clock), &wait_ms), 0);
    }
    showroom_worker_crash(&showroom, true);
    assert_int_equal(desk_turn(&showroom.desk), 0); /* what it sent last still arrives */
    uint32_t raised = showroom_count(&showroom, "escalation.raised", "");
    assert_in_range(raised, 1, 1999);
    return raised;
}

/* How the later one counts steps nobody can know: it raises none of that entry's notices, and its adoption says how all stand. */
static void an_entry_half_spoken_of_by_another_release_is_not_raised_again(void **state)
{
    (void)state;
    uint32_t raised = die_amid_two_thousand_deadlines(1);
    release(2);
    showroom_turn(&showroom);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), raised);
    assert_int_equal(showroom_count(&showroom, "escalation.changed", ""), 2000);
    showroom_nothing_twice(&showroom);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-half");
}

/* What it spoke of itself it goes on with, also before its adoption is folded. */
static void a_release_that_dies_amid_its_own_words_goes_on_with_them(void **state)
{
    (void)state;
    die_amid_two_thousand_deadlines(2);
    showroom_worker_start(&showroom);
    showroom_turn(&showroom);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), 2000);
    showroom_nothing_twice(&showroom);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-own");
}

/* ---- an intake that answers what the test says ---- */

#define INNER "inproc://another-intake"

/* What the speaker makes of an ACK with this count and, if there is one, this problem. */
static int adoption_answered(uint32_t count, const struct problem *problem, char *ret_problem)
{
    struct setup setup = showroom.desk.setup;
    const struct port_options options = {.kind = PORT_ROUTER, .endpoint = INNER, .bind = true};
    struct speaker *speaker;
    struct port *intake;
    struct parcel parcel = {0};
    uint8_t problems[512], body[1024];
    struct wire_writer writer;
    snprintf(setup.intake_inner_endpoint, sizeof setup.intake_inner_endpoint, "%s", INNER);
    assert_int_equal(port_open(setup.bus, &options, &intake), 0);
    assert_int_equal(speaker_open(&setup, &speaker), 0);
    speaker_adopt(speaker, 2);
    assert_int_equal(speaker_turn(speaker, 1000), -E_AGAIN);
    assert_int_equal(port_receive(intake, &parcel), 0);
    assert_true(span_is(parcel.frame[2], "PUT"));
    struct wire_value rid;
    struct ack_reply ack = {0};
    struct span bytes;
    assert_int_equal(wire_find(parcel.frame[3], "rid", &rid, &bytes), 0);
    wire_writer_init(&writer, problems, sizeof problems);
    wire_array(&writer, problem ? 1 : 0);
    if (problem)
        record_encode(&record_of_problem, problem, ENCODE_EVENT, &writer);
    SET(&ack, ack_reply, rid, bytes);
    SET(&ack, ack_reply, count, count);
    SET(&ack, ack_reply, head, 8);
    SET(&ack, ack_reply, problems, wire_written(&writer));
    wire_writer_init(&writer, body, sizeof body);
    record_encode(&record_of_ack_reply, &ack, ENCODE_EVENT, &writer);
    const struct span frames[] = {parcel.frame[0], {NULL, 0}, span_of("ACK"), wire_written(&writer)};
    assert_int_equal(port_send(intake, frames, 4), 0);
    int result = speaker_turn(speaker, 1001);
    snprintf(ret_problem, PROBLEMS_TEXT_MAX, "%s", speaker_problem(speaker));
    parcel_release(&parcel);
    speaker_close(speaker);
    port_close(intake);
    return result;
}

/* An ACK answers for each event alone: it may have refused this one. */
static void an_adoption_that_is_refused_is_not_said(void **state)
{
    (void)state;
    char says[PROBLEMS_TEXT_MAX];
    struct problem repeated = {0}, refused = {0};
    SET(&repeated, problem, i, 0);
    SET(&repeated, problem, duplicate_of, 3);
    SET(&refused, problem, i, 0);
    SET(&refused, problem, code, span_of("E1402"));
    SET(&refused, problem, message, span_of("the event that it may repeat is in a damaged record"));
    assert_int_equal(adoption_answered(1, NULL, says), 0);
    assert_int_equal(adoption_answered(0, &repeated, says), 0);
    assert_int_equal(adoption_answered(0, &refused, says), -E_BAD_CAUSE);
    assert_string_equal(says, "E1402 the event that it may repeat is in a damaged record");
    assert_int_equal(adoption_answered(0, NULL, says), -E_BAD_CAUSE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define STORY(name) cmocka_unit_test_prestate_setup_teardown(name, showroom_begin, showroom_end, &showroom)
        STORY(the_first_release_announces_nothing),
        STORY(an_adoption_that_is_refused_is_not_said),
        STORY(a_later_release_adopts_once_and_says_open_cards_again),
        STORY(what_was_left_unsaid_is_said_by_the_later_release),
        STORY(an_entry_half_spoken_of_by_another_release_is_not_raised_again),
        STORY(a_release_that_dies_amid_its_own_words_goes_on_with_them),
        STORY(a_release_that_dies_while_adopting_adopts_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
