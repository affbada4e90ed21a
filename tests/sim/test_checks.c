/*
 * test_checks.c - each check of the simulator is told a small lie, and must name it: the journal and what answers promise.
 */
#include "core/status.h"
#include "tests/sim/stage_expect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define VOLUME WORLD_JOURNAL "/000001"
#define SOMEBODY 99u

static struct stage stage;
static uint64_t complaint; /* its seq */

static int begin(void **state)
{
    (void)state;
    stage_open(&stage);
    stage_settle(&stage);
    complaint = stage_complain(&stage);
    stage_complain(&stage);
    assert_false(stage.world.outcome.violated);
    return 0;
}

static int end(void **state)
{
    (void)state;
    stage_close(&stage);
    return 0;
}

static void expect_peace(void)
{
    if (stage.world.outcome.violated)
        fail_msg("%s", stage.world.outcome.violation);
}

/* ---- messages ---- */

static void message(bool asks, const char *verb, const struct record_table *record, const void *body)
{
    uint8_t buffer[4096];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(record, body, ENCODE_EVENT, &writer);
    const struct span frames[] = {span_of(""), span_of(verb), wire_written(&writer)};
    const struct bus_sim_message sent = {
        .endpoint = stage.world.setup.intake_endpoint,
        .sender = asks ? SOMEBODY : PROCESS_INTAKE,
        .receiver = asks ? PROCESS_INTAKE : SOMEBODY,
        .to_binder = asks,
        .frames = frames,
        .count = 3,
    };
    checks_message(stage.world.checks, &sent);
}

static uint8_t rid_bytes[] = {0x07};
static const struct span rid = {rid_bytes, sizeof rid_bytes};

/* The entry of seq as it lies in the journal; lives until the next one. */
static struct entry entry_of(uint64_t seq)
{
    static uint8_t buffer[SYSTEM_EVENT_MAX + RECORD_MAX];
    struct journal_reader *reader;
    struct entry entry;
    stage_read(&stage);
    assert_int_equal(journal_reader_open(stage.world.reader, &reader), 0);
    assert_int_equal(journal_entry(reader, seq, buffer, sizeof buffer, &entry), 0);
    journal_reader_close(reader);
    return entry;
}

/* PUT of one event, in a session of this epoch (0: without). */
static void asks_to_put(struct span event, uint64_t epoch)
{
    uint8_t events[2048];
    struct wire_writer writer;
    struct put_request put = {0};
    wire_writer_init(&writer, events, sizeof events);
    wire_array(&writer, 1);
    wire_bin(&writer, event);
    SET(&put, put_request, rid, rid);
    SET(&put, put_request, events, wire_written(&writer));
    if (epoch) {
        SET(&put, put_request, source, span_of("/stage"));
        SET(&put, put_request, epoch, (int64_t)epoch);
        SET(&put, put_request, first, 1);
    }
    message(true, "PUT", &record_of_put_request, &put);
}

/* ACK: accepted as `first`, or a duplicate of `of`. */
static void is_acked(uint64_t first, uint64_t of)
{
    uint8_t problems[256];
    struct wire_writer writer;
    struct ack_reply ack = {0};
    struct problem problem = {0};
    wire_writer_init(&writer, problems, sizeof problems);
    wire_array(&writer, of > 0);
    SET(&problem, problem, i, 0);
    SET(&problem, problem, duplicate_of, (int64_t)of);
    if (of > 0)
        record_encode(&record_of_problem, &problem, ENCODE_EVENT, &writer);
    SET(&ack, ack_reply, rid, rid);
    if (first > 0)
        SET(&ack, ack_reply, first, (int64_t)first);
    SET(&ack, ack_reply, count, first > 0);
    SET(&ack, ack_reply, head, (int64_t)journal_head(stage.world.reader));
    SET(&ack, ack_reply, problems, wire_written(&writer));
    message(false, "ACK", &record_of_ack_reply, &ack);
}

static void an_ack_of_what_lies_on_the_disk_is_believed(void **state)
{
    (void)state;
    asks_to_put(entry_of(complaint).event, 0);
    is_acked(complaint, 0);
    is_acked(0, complaint);
    expect_peace();
}

static void an_ack_before_the_disk_is_told(void **state)
{
    (void)state;
    asks_to_put(entry_of(complaint).event, 0);
    is_acked(journal_head(stage.world.reader) + 1, 0);
    stage_expect(&stage, "acked once");
}

static void an_ack_of_other_bytes_is_told(void **state)
{
    (void)state;
    asks_to_put(entry_of(complaint).event, 0);
    is_acked(complaint + 1, 0);
    stage_expect(&stage, "acked once");
}

static void a_duplicate_of_something_else_is_told(void **state)
{
    (void)state;
    asks_to_put(entry_of(complaint).event, 0);
    is_acked(0, complaint + 1);
    stage_expect(&stage, "acked once");
}

static void is_welcomed(uint64_t epoch)
{
    struct hello_request hello = {0};
    struct welcome_reply welcome = {0};
    SET(&hello, hello_request, rid, rid);
    SET(&hello, hello_request, source, span_of("/stage"));
    SET(&hello, hello_request, instance, span_of("somebody"));
    message(true, "HELLO", &record_of_hello_request, &hello);
    SET(&welcome, welcome_reply, rid, rid);
    SET(&welcome, welcome_reply, lineage, span_of("0123456789abcdef0123456789abcdef"));
    SET(&welcome, welcome_reply, epoch, (int64_t)epoch);
    SET(&welcome, welcome_reply, last, 0);
    SET(&welcome, welcome_reply, credit, 1);
    SET(&welcome, welcome_reply, max_events, 1);
    SET(&welcome, welcome_reply, max_bytes, 1);
    message(false, "WELCOME", &record_of_welcome_reply, &welcome);
}

static void an_epoch_given_twice_is_told(void **state)
{
    (void)state;
    is_welcomed(4);
    is_welcomed(5);
    expect_peace();
    is_welcomed(5);
    stage_expect(&stage, "fenced");
}

static void an_old_epoch_that_is_served_is_told(void **state)
{
    (void)state;
    is_welcomed(4);
    asks_to_put(entry_of(complaint).event, 4);
    is_acked(complaint, 0);
    is_welcomed(5);
    expect_peace();
    asks_to_put(entry_of(complaint).event, 4);
    is_acked(complaint, 0);
    stage_expect(&stage, "fenced");
}

/* ---- the journal ---- */

/* Puts a record of one entry where it does not belong, as no code of ours would. */
static void record_put(uint64_t seq, int64_t at_ms, struct span event)
{
    static const char *const tables[] = {"records", "sessions", "quarantine"};
    const struct store_options options = {.path = VOLUME, .tables = tables, .table_count = 3};
    uint8_t buffer[4096], key[8];
    struct store *store;
    struct store_txn *txn;
    struct record_writer writer = {.buffer = buffer, .capacity = sizeof buffer};
    const struct entry entry = {.event = event};
    for (uint32_t i = 0; i < 8; i++)
        key[i] = (uint8_t)(seq >> (56 - 8 * i));
    record_begin(&writer, RECORD_OUTSIDE, seq, at_ms);
    assert_int_equal(record_add(&writer, &entry), 0);
    assert_int_equal(store_open(&options, &store), 0);
    assert_int_equal(store_begin(store, true, &txn), 0);
    assert_int_equal(store_put(txn, 0, span_make(key, sizeof key), record_finish(&writer)), 0);
    assert_int_equal(store_commit(txn), 0);
    store_close(store);
}

static struct span copied(struct span event, uint8_t copy[2048])
{
    assert_true(event.len <= 2048);
    memcpy(copy, event.at, event.len);
    return span_make(copy, event.len);
}

static void looks(void)
{
    stage_read(&stage);
    checks_turn(stage.world.checks, PROCESS_INTAKE);
}

static void an_entry_that_became_another_is_told(void **state)
{
    (void)state;
    uint8_t copy[2048];
    struct entry entry = entry_of(complaint);
    struct span event = copied(entry.event, copy);
    copy[event.len - 1] ^= 1;
    stage_stop(&stage);
    record_put(complaint, entry.at_ms, event);
    stage_read(&stage);
    checks_end(stage.world.checks);
    stage_expect(&stage, "immutable");
}

static void an_event_that_comes_twice_is_told(void **state)
{
    (void)state;
    uint8_t copy[2048];
    struct entry entry = entry_of(complaint);
    entry.event = copied(entry.event, copy);
    stage_stop(&stage);
    stage_write(&stage, RECORD_OUTSIDE, &entry, journal_last_at_ms(stage.world.reader));
    looks();
    stage_expect(&stage, "acked once");
}

static void what_the_window_has_forgotten_may_come_again(void **state)
{
    (void)state;
    uint8_t copy[2048];
    struct entry entry = entry_of(complaint);
    entry.event = copied(entry.event, copy);
    stage_stop(&stage);
    stage.world.setup.identity_window = 1;
    stage_write(&stage, RECORD_OUTSIDE, &entry, journal_last_at_ms(stage.world.reader));
    looks();
    expect_peace();
}

static void time_that_goes_back_is_told(void **state)
{
    (void)state;
    stage_stop(&stage);
    record_put(journal_head(stage.world.reader) + 1, WORLD_BEGIN_MS - 1, span_of("\x80"));
    looks();
    stage_expect(&stage, "time never goes back");
}

static void a_hole_is_told(void **state)
{
    (void)state;
    stage_stop(&stage);
    record_put(journal_head(stage.world.reader) + 2, journal_last_at_ms(stage.world.reader), span_of("\x80"));
    looks();
    stage_expect(&stage, "dense");
}

static void a_journal_that_lost_its_end_is_told(void **state)
{
    (void)state;
    store_sim_copy_all(WORLD_JOURNAL, "/before");
    stage_complain(&stage);
    stage_stop(&stage);
    journal_close(stage.world.reader);
    stage.world.reader = NULL;
    store_sim_copy_all("/before", WORLD_JOURNAL);
    looks();
    stage_expect(&stage, "for ever");
}

static void a_sequence_that_comes_again_is_told(void **state)
{
    (void)state;
    static const uint8_t event[] = "\x83\xa2id\xa1z\xa6source\xa2/z\xa4type\xa1z";
    static const uint8_t other[] = "\x83\xa2id\xa1y\xa6source\xa2/z\xa4type\xa1z";
    struct entry entry = {.session = 7, .sequence = 5, .event = span_make(event, sizeof event - 1)};
    stage_stop(&stage);
    int64_t at_ms = journal_last_at_ms(stage.world.reader);
    stage_write(&stage, RECORD_OUTSIDE, &entry, at_ms);
    looks();
    expect_peace();
    entry.event = span_make(other, sizeof other - 1);
    stage_write(&stage, RECORD_OUTSIDE, &entry, at_ms);
    looks();
    stage_expect(&stage, "consumed for ever");
}

/* ---- what is handed out ---- */

/* A BATCH of one record with this event as entry `seq`. */
static void is_served(uint64_t seq, struct span event)
{
    uint8_t buffer[4096], records[4200], body[4400];
    struct record_writer record = {.buffer = buffer, .capacity = sizeof buffer};
    const struct entry entry = {.event = event};
    struct batch_reply batch = {0};
    struct wire_writer writer;
    record_begin(&record, RECORD_OUTSIDE, seq, entry_of(seq).at_ms);
    assert_int_equal(record_add(&record, &entry), 0);
    wire_writer_init(&writer, records, sizeof records);
    wire_array(&writer, 1);
    wire_bin(&writer, record_finish(&record));
    SET(&batch, batch_reply, lineage, span_of("0123456789abcdef0123456789abcdef"));
    SET(&batch, batch_reply, head, (int64_t)journal_head(stage.world.reader));
    SET(&batch, batch_reply, upto, (int64_t)seq);
    SET(&batch, batch_reply, records, wire_written(&writer));
    wire_writer_init(&writer, body, sizeof body);
    record_encode(&record_of_batch_reply, &batch, ENCODE_CARD, &writer);
    const struct span frames[] = {span_of(""), span_of("BATCH"), wire_written(&writer)};
    const struct bus_sim_message sent = {
        .endpoint = stage.world.setup.feed_endpoint, .receiver = SOMEBODY, .frames = frames, .count = 3};
    checks_message(stage.world.checks, &sent);
}

static void a_feed_that_serves_other_bytes_is_told(void **state)
{
    (void)state;
    uint8_t copy[2048];
    struct span event = copied(entry_of(complaint).event, copy);
    is_served(complaint, event);
    expect_peace();
    copy[event.len - 1] ^= 1;
    is_served(complaint, event);
    stage_expect(&stage, "served as it is");
}

int main(void)
{
#define STORY(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        STORY(an_ack_of_what_lies_on_the_disk_is_believed),
        STORY(an_ack_before_the_disk_is_told),
        STORY(an_ack_of_other_bytes_is_told),
        STORY(a_duplicate_of_something_else_is_told),
        STORY(an_epoch_given_twice_is_told),
        STORY(an_old_epoch_that_is_served_is_told),
        STORY(an_entry_that_became_another_is_told),
        STORY(an_event_that_comes_twice_is_told),
        STORY(what_the_window_has_forgotten_may_come_again),
        STORY(time_that_goes_back_is_told),
        STORY(a_hole_is_told),
        STORY(a_journal_that_lost_its_end_is_told),
        STORY(a_sequence_that_comes_again_is_told),
        STORY(a_feed_that_serves_other_bytes_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
