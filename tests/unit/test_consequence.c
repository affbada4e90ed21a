/*
 * test_consequence.c - the worker's own endpoint: consequences of each cause once, all or nothing, and ticks.
 */
#include "core/status.h"
#include "tests/support/desk_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define WORKER "/manyi/worker"

static struct desk desk;
static uint8_t event_buffer[4096];

static struct span notice(const char *source, const char *id)
{
    struct notice data = {0};
    SET(&data, notice, id, span_of("N-unknown_type-newer.thing"));
    SET(&data, notice, seq, 1);
    SET(&data, notice, kind, span_of("unknown_type"));
    SET(&data, notice, count, 1);
    SET(&data, notice, at, DESK_MONDAY_MS);
    const struct event_draft draft = {.id = span_of(id),
                                      .source = span_of(source),
                                      .type = EVENT_system_noticed,
                                      .data = &data,
                                      .style = ENCODE_CARD};
    struct wire_writer writer;
    wire_writer_init(&writer, event_buffer, sizeof event_buffer);
    event_encode(&draft, &writer);
    return wire_written(&writer);
}

struct told {
    uint64_t seq;
    uint32_t step;
    uint32_t count;
};

/* PUT of so many notices for these causes. events: how many there really are. */
static struct reply conclude(uint64_t epoch, const struct told *causes, uint32_t cause_count, uint32_t events)
{
    struct wire_writer writer;
    wire_writer_init(&writer, desk.request, sizeof desk.request);
    wire_map(&writer, 4);
    wire_key(&writer, "source");
    wire_text(&writer, span_of(WORKER));
    wire_key(&writer, "epoch");
    wire_natural(&writer, epoch);
    wire_key(&writer, "causes");
    wire_array(&writer, cause_count);
    for (uint32_t i = 0; i < cause_count; i++) {
        wire_array(&writer, 3);
        wire_natural(&writer, causes[i].seq);
        wire_natural(&writer, causes[i].step);
        wire_natural(&writer, causes[i].count);
    }
    wire_key(&writer, "events");
    wire_array(&writer, events);
    for (uint32_t i = 0; i < events; i++)
        wire_bin(&writer, notice(WORKER, "n"));
    return desk_ask(&desk, desk.worker, "PUT", wire_written(&writer));
}

static void rate(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char id[32];
        snprintf(id, sizeof id, "%u-%u", (unsigned)journal_head(desk.journal), i);
        assert_int_equal(desk_acked(desk_rate(&desk, "/stores/a", id)).count, 1);
    }
}

static void consequences_go_into_records_of_their_own_with_their_cause(void **state)
{
    (void)state;
    static uint8_t buffer[SYSTEM_EVENT_MAX + RECORD_MAX];
    desk_hello(&desk, desk.worker, WORKER);
    rate(2); /* seq 2 and 3 */
    const struct told causes[] = {{2, 0, 1}, {2, 1, 0}, {3, 0, 2}};
    struct ack_reply ack = desk_acked(conclude(1, causes, 3, 3));
    assert_int_equal(ack.first, 4);
    assert_int_equal(ack.count, 3);
    assert_int_equal(ack.head, 6);
    struct journal_reader *reader;
    assert_int_equal(journal_reader_open(desk.journal, &reader), 0);
    static const struct {
        uint64_t cause;
        uint32_t step;
    } expected[] = {{2, 0}, {3, 0}, {3, 0}};
    for (uint32_t i = 0; i < 3; i++) {
        struct entry entry;
        assert_int_equal(journal_entry(reader, 4 + i, buffer, sizeof buffer, &entry), 0);
        assert_int_equal(entry.session, 1);
        assert_int_equal(entry.sequence, expected[i].cause);
        assert_int_equal(entry.step, expected[i].step);
    }
    struct journal_read read = {.class_mask = 1u << RECORD_CONSEQUENCE, .buffer = buffer, .capacity = sizeof buffer};
    assert_int_equal(journal_read(reader, &read), 0);
    assert_int_equal(read.count, 1);
    assert_int_equal(read.upto, 6);
    journal_reader_close(reader);
}

static void the_last_cause_is_told_to_the_next_worker(void **state)
{
    (void)state;
    struct welcome_reply welcome = desk_hello(&desk, desk.worker, WORKER);
    assert_int_equal(welcome.epoch, 1);
    assert_int_equal(welcome.cause_seq, 0);
    rate(3);
    const struct told causes[] = {{2, 0, 1}, {4, 7, 1}};
    assert_int_equal(desk_acked(conclude(1, causes, 2, 2)).count, 2);
    desk_crash(&desk);
    welcome = desk_hello(&desk, desk.worker, WORKER);
    assert_int_equal(welcome.epoch, 2);
    assert_int_equal(welcome.cause_seq, 4);
    assert_int_equal(welcome.cause_step, 7);
    const struct told later[] = {{4, 8, 1}};
    desk_refused(conclude(1, later, 1, 1), -E_FENCED);
    assert_int_equal(desk_acked(conclude(2, later, 1, 1)).count, 1);
}

static void causes_that_make_no_sense_are_refused_whole(void **state)
{
    (void)state;
    static const struct {
        struct told causes[2];
        uint32_t count;
        uint32_t events;
    } cases[] = {
        {{{2, 0, 1}}, 1, 1},            /* told already */
        {{{2, 1, 1}, {2, 1, 1}}, 2, 2}, /* not increasing */
        {{{3, 0, 1}, {2, 5, 1}}, 2, 2}, /* back */
        {{{3, 0, 2}}, 1, 1},            /* fewer events than counted */
        {{{3, 0, 1}}, 1, 2},            /* more */
        {{{9, 0, 1}}, 1, 1},            /* a cause that the journal does not have */
    };
    desk_hello(&desk, desk.worker, WORKER);
    rate(2);
    const struct told first[] = {{2, 0, 1}};
    assert_int_equal(desk_acked(conclude(1, first, 1, 1)).count, 1);
    uint64_t head = journal_head(desk.journal);
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        desk_refused(conclude(1, cases[i].causes, cases[i].count, cases[i].events), -E_BAD_CAUSE);
        assert_int_equal(journal_head(desk.journal), head);
    }
}

/* One event of three is nobody's consequence: nothing of the PUT is kept. */
static void one_unsound_consequence_refuses_all(void **state)
{
    (void)state;
    static const char *const sources[] = {"/stores/a", WORKER};
    desk_hello(&desk, desk.worker, WORKER);
    for (uint32_t bad = 0; bad < 2; bad++) {
        struct wire_writer writer;
        wire_writer_init(&writer, desk.request, sizeof desk.request);
        wire_map(&writer, 3);
        wire_key(&writer, "epoch");
        wire_natural(&writer, 1);
        wire_key(&writer, "causes");
        wire_raw(&writer, span_make("\x91\x93\x01\x00\x03", 5)); /* [[1, 0, 3]] */
        wire_key(&writer, "events");
        wire_array(&writer, 3);
        wire_bin(&writer, notice(WORKER, "a"));
        wire_bin(&writer, notice(WORKER, "b"));
        if (bad == 0)
            wire_bin(&writer, notice(sources[bad], "c"));
        else
            wire_bin(&writer, desk_rating(event_buffer, sizeof event_buffer, sources[bad], "c", 5000));
        desk_refused(desk_ask(&desk, desk.worker, "PUT", wire_written(&writer)), -E_BAD_CAUSE);
        assert_int_equal(journal_head(desk.journal), 1);
    }
}

static void consequences_and_the_workers_source_are_refused_on_the_public_port(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        const char *code;
    } cases[] = {{WORKER, "E1211"}, {"/stores/a", "E1211"}};
    for (uint32_t i = 0; i < 2; i++) {
        struct put_draft draft;
        draft_begin(&draft, &desk, 1, NULL, 0, 0);
        draft_event(&draft, notice(cases[i].source, "n"), true);
        struct ack_reply ack = desk_acked(desk_ask(&desk, desk.peer, "PUT", draft_end(&draft)));
        assert_int_equal(ack.count, 0);
        assert_true(span_is(desk_problem(&ack, 0).code, cases[i].code));
    }
}

static void a_new_fold_version_is_announced_by_the_worker_only(void **state)
{
    (void)state;
    struct fold_adopted data = {0};
    SET(&data, fold_adopted, by, span_of("manyi"));
    SET(&data, fold_adopted, version, 2);
    const struct event_draft adopted = {
        .id = span_of("fold-2"), .source = span_of(WORKER), .type = EVENT_fold_adopted, .data = &data};
    struct wire_writer writer;
    wire_writer_init(&writer, event_buffer, sizeof event_buffer);
    event_encode(&adopted, &writer);
    struct put_draft draft;
    draft_begin(&draft, &desk, 1, NULL, 0, 0);
    draft_event(&draft, wire_written(&writer), true);
    struct span body = draft_end(&draft);
    assert_int_equal(desk_acked(desk_ask(&desk, desk.worker, "PUT", body)).first, 2);
    struct ack_reply ack = desk_acked(desk_ask(&desk, desk.worker, "PUT", body));
    assert_int_equal(desk_problem(&ack, 0).duplicate_of, 2);
    ack = desk_acked(desk_ask(&desk, desk.peer, "PUT", body));
    assert_true(span_is(desk_problem(&ack, 0).code, "E1213"));
}

/* ---- ticks ---- */

static void fetch_send(uint64_t after, int64_t wake_at_ms)
{
    uint8_t buffer[128];
    struct wire_writer writer;
    struct fetch_request request = {0};
    SET(&request, fetch_request, after, (int64_t)after);
    SET(&request, fetch_request, class, span_of("outside"));
    SET(&request, fetch_request, wait_ms, 60000);
    if (wake_at_ms)
        SET(&request, fetch_request, wake_at, wake_at_ms);
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_fetch_request, &request, ENCODE_EVENT, &writer);
    desk_send(desk.folder, "FETCH", wire_written(&writer));
    assert_int_equal(desk_turn(&desk), 0);
}

static void a_tick_comes_when_the_worker_is_parked_and_the_time_is_reached(void **state)
{
    (void)state;
    struct reply reply;
    fetch_send(1, DESK_MONDAY_MS + 30000);
    desk_pass(&desk, 29999);
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(journal_head(desk.journal), 1);
    desk_pass(&desk, 1);
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(journal_head(desk.journal), 2);
    assert_int_equal(journal_last_at_ms(desk.journal), DESK_MONDAY_MS + 30000);
    assert_true(desk_receive(&desk, desk.folder, &reply));
    assert_string_equal(reply.verb, "BATCH");
    struct batch_reply batch;
    desk_decode(reply.body, &record_of_batch_reply, &batch);
    assert_int_equal(batch.upto, 2);
    desk_pass(&desk, 60000); /* nobody is parked: nothing more is written */
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(journal_head(desk.journal), 2);
}

static void an_entry_at_the_wanted_time_makes_the_tick_unnecessary(void **state)
{
    (void)state;
    fetch_send(1, DESK_MONDAY_MS + 30000);
    desk_pass(&desk, 30000);
    struct put_draft draft;
    draft_begin(&draft, &desk, 1, NULL, 0, 0);
    draft_event(&draft, desk_rating(event_buffer, sizeof event_buffer, "/stores/a", "1", 9000), true);
    desk_send(desk.peer, "PUT", draft_end(&draft));
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(journal_head(desk.journal), 2); /* the rating, no tick */
}

/* The consequence is stamped 20 ms after the wanted time, and fires nothing. */
static void a_consequence_after_the_wanted_time_takes_no_tick_away(void **state)
{
    (void)state;
    desk_hello(&desk, desk.worker, WORKER);
    rate(1); /* seq 2 */
    desk_pass(&desk, 1020);
    const struct told cause = {2, 0, 1};
    assert_int_equal(desk_acked(conclude(1, &cause, 1, 1)).first, 3);
    fetch_send(3, DESK_MONDAY_MS + 1000);
    assert_int_equal(journal_head(desk.journal), 4);
    assert_int_equal(journal_last_at_ms(desk.journal), DESK_MONDAY_MS + 1020);
}

/* A worker that wishes for what the tick has reached already would make the journal grow for ever. */
static void no_tick_comes_twice_for_the_same_time(void **state)
{
    (void)state;
    desk_pass(&desk, 5000);
    fetch_send(1, DESK_MONDAY_MS + 1000);
    assert_int_equal(journal_head(desk.journal), 2);
    fetch_send(2, DESK_MONDAY_MS + 1000);
    fetch_send(2, DESK_MONDAY_MS + 5000); /* what the tick was stamped with */
    desk_pass(&desk, 10000);
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(journal_head(desk.journal), 2);
    fetch_send(2, DESK_MONDAY_MS + 5001);
    assert_int_equal(journal_head(desk.journal), 3);
}

static void a_worker_that_is_behind_gets_no_tick(void **state)
{
    (void)state;
    rate(1);
    fetch_send(0, DESK_MONDAY_MS + 1000); /* answered at once with what it has not read */
    struct reply reply;
    assert_true(desk_receive(&desk, desk.folder, &reply));
    desk_pass(&desk, 5000);
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(journal_head(desk.journal), 2);
}

static void a_changed_wish_takes_the_place_of_the_one_before(void **state)
{
    (void)state;
    fetch_send(1, DESK_MONDAY_MS + 30000);
    fetch_send(1, DESK_MONDAY_MS + 10000);
    struct reply reply;
    assert_true(desk_receive(&desk, desk.folder, &reply)); /* the first question gets an empty batch */
    desk_pass(&desk, 10000);
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(journal_head(desk.journal), 2);
}

/* Intake is started anew while the feed goes on: the feed asks again after two seconds. */
static void a_restart_of_intake_does_not_lose_the_wish(void **state)
{
    (void)state;
    fetch_send(1, DESK_MONDAY_MS + 30000);
    intake_close(desk.intake);
    assert_int_equal(intake_open(&desk.setup, desk.journal, clock_read(desk.setup.clock), &desk.intake), 0);
    desk_pass(&desk, 2000);
    assert_int_equal(desk_turn(&desk), 0);
    desk_pass(&desk, 28000);
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(journal_head(desk.journal), 2);
}

int main(void)
{
#define STORY(name) cmocka_unit_test_prestate_setup_teardown(name, desk_story_begin, desk_story_end, &desk)
    const struct CMUnitTest tests[] = {
        STORY(consequences_go_into_records_of_their_own_with_their_cause),
        STORY(the_last_cause_is_told_to_the_next_worker),
        STORY(causes_that_make_no_sense_are_refused_whole),
        STORY(one_unsound_consequence_refuses_all),
        STORY(consequences_and_the_workers_source_are_refused_on_the_public_port),
        STORY(a_new_fold_version_is_announced_by_the_worker_only),
        STORY(a_tick_comes_when_the_worker_is_parked_and_the_time_is_reached),
        STORY(an_entry_at_the_wanted_time_makes_the_tick_unnecessary),
        STORY(a_consequence_after_the_wanted_time_takes_no_tick_away),
        STORY(no_tick_comes_twice_for_the_same_time),
        STORY(a_worker_that_is_behind_gets_no_tick),
        STORY(a_changed_wish_takes_the_place_of_the_one_before),
        STORY(a_restart_of_intake_does_not_lose_the_wish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
