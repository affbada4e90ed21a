/*
 * test_feed.c - followers read the journal: at once, parked, page by page, and never a corrupt record.
 */
#include "core/status.h"
#include "io/follow.h"
#include "tests/support/desk_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct desk desk;
static uint8_t event_buffer[128 * 1024];

static void rate(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char id[32];
        snprintf(id, sizeof id, "%u", (unsigned)journal_head(desk.journal));
        assert_int_equal(desk_acked(desk_rate(&desk, "/stores/a", id)).count, 1);
    }
}

static struct span fetch(uint64_t after, const char *class, int64_t wait_ms)
{
    static uint8_t buffer[128];
    struct wire_writer writer;
    struct fetch_request request = {0};
    SET(&request, fetch_request, after, (int64_t)after);
    SET(&request, fetch_request, class, span_of(class));
    SET(&request, fetch_request, wait_ms, wait_ms);
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_fetch_request, &request, ENCODE_EVENT, &writer);
    return wire_written(&writer);
}

static struct batch_reply batch_of(struct reply reply, uint32_t *ret_count)
{
    struct batch_reply batch;
    struct wire_value header;
    assert_string_equal(reply.verb, "BATCH");
    desk_decode(reply.body, &record_of_batch_reply, &batch);
    struct wire_reader reader = wire_reader(batch.records);
    assert_int_equal(wire_read(&reader, &header), 0);
    assert_int_equal(header.kind, WIRE_ARRAY);
    *ret_count = header.count;
    return batch;
}

static void a_batch_names_lineage_head_and_where_to_go_on(void **state)
{
    (void)state;
    uint32_t count;
    rate(3);
    struct batch_reply batch = batch_of(desk_ask(&desk, desk.reader, "FETCH", fetch(0, "any", 0)), &count);
    assert_true(span_is(batch.lineage, journal_lineage(desk.journal)));
    assert_int_equal(batch.head, 4);
    assert_int_equal(batch.upto, 4);
    assert_int_equal(count, 4); /* a commit each */
    batch = batch_of(desk_ask(&desk, desk.reader, "FETCH", fetch(4, "any", 0)), &count);
    assert_int_equal(count, 0);
    assert_int_equal(batch.upto, 4);
}

static void a_follower_at_the_head_is_parked_until_there_is_more(void **state)
{
    (void)state;
    uint32_t count;
    struct reply reply;
    desk_send(desk.reader, "FETCH", fetch(1, "outside", 10000));
    assert_int_equal(desk_turn(&desk), 0);
    assert_false(desk_receive(&desk, desk.reader, &reply));
    rate(1);
    assert_true(desk_receive(&desk, desk.reader, &reply));
    struct batch_reply batch = batch_of(reply, &count);
    assert_int_equal(count, 1);
    assert_int_equal(batch.upto, 2);
}

static void a_parked_follower_is_answered_when_its_time_is_up(void **state)
{
    (void)state;
    uint32_t count;
    struct reply reply;
    desk_send(desk.reader, "FETCH", fetch(1, "outside", 10000));
    assert_int_equal(desk_turn(&desk), 0);
    desk_pass(&desk, 9999);
    assert_int_equal(desk_turn(&desk), 0);
    assert_false(desk_receive(&desk, desk.reader, &reply));
    desk_pass(&desk, 1);
    assert_int_equal(desk_turn(&desk), 0);
    assert_true(desk_receive(&desk, desk.reader, &reply));
    batch_of(reply, &count);
    assert_int_equal(count, 0);
}

static void a_wait_is_never_longer_than_a_minute(void **state)
{
    (void)state;
    struct reply reply;
    desk_send(desk.reader, "FETCH", fetch(1, "outside", 1000000000));
    assert_int_equal(desk_turn(&desk), 0);
    desk_pass(&desk, 60000);
    assert_int_equal(desk_turn(&desk), 0);
    assert_true(desk_receive(&desk, desk.reader, &reply));
}

/* upto moves on over what does not concern the follower, so that it never reads it again. */
static void other_classes_are_passed_over(void **state)
{
    (void)state;
    uint32_t count;
    struct reply reply;
    rate(2);
    struct batch_reply batch = batch_of(desk_ask(&desk, desk.reader, "FETCH", fetch(0, "consequence", 0)), &count);
    assert_int_equal(count, 0);
    assert_int_equal(batch.upto, 3);
    desk_send(desk.reader, "FETCH", fetch(3, "consequence", 5000));
    assert_int_equal(desk_turn(&desk), 0);
    rate(2); /* parked all the time */
    assert_false(desk_receive(&desk, desk.reader, &reply));
    desk_pass(&desk, 5000);
    assert_int_equal(desk_turn(&desk), 0);
    assert_true(desk_receive(&desk, desk.reader, &reply));
    assert_int_equal(batch_of(reply, &count).upto, 5);
}

static void what_a_fetch_may_not_ask_is_refused(void **state)
{
    (void)state;
    desk_refused(desk_ask(&desk, desk.reader, "FETCH", fetch(0, "some", 0)), -E_BAD_REQUEST);
    desk_refused(desk_ask(&desk, desk.reader, "FETCH", span_make("\x80", 1)), -E_BAD_REQUEST);
    desk_refused(desk_ask(&desk, desk.reader, "PUT", span_make("\x80", 1)), -E_UNKNOWN_VERB);
    desk_refused(desk_ask(&desk, desk.reader, "GET", span_make("\x80", 1)), -E_BAD_REQUEST);
}

static void a_request_of_an_unknown_verb_is_refused_by_its_rid(void **state)
{
    (void)state;
    static const char body[] = "\x82\xa4what\xa6status\xa3rid\x04";
    struct reply reply = desk_ask(&desk, desk.reader, "SHOUT", span_make(body, sizeof body - 1));
    struct nak_reply nak = desk_refused(reply, -E_UNKNOWN_VERB);
    assert_true(HAS(&nak, nak_reply, rid));
    assert_true(span_is(nak.rid, "\x04"));
}

#define PEERS 400u

/* FETCH of every class by each of these peers, at the head; how many are refused, since they find no place to wait in. */
static uint32_t crowd_fetches(struct port *peers[PEERS])
{
    static const char *const classes[] = {"outside", "consequence", "any"};
    uint32_t refused = 0;
    for (uint32_t i = 0; i < PEERS; i++) {
        for (uint32_t j = 0; j < 3; j++) {
            struct reply reply;
            desk_send(peers[i], "FETCH", fetch(1, classes[j], 60000));
            assert_int_equal(desk_turn(&desk), 0);
            if (!desk_receive(&desk, peers[i], &reply))
                continue;
            desk_refused(reply, -E_AGAIN);
            refused++;
        }
    }
    return refused;
}

/* 1,024 questions may be parked, 32 of them the house's own. Classes and peers tell them apart: here 3 classes x 400 peers. */
static void a_crowd_outside_leaves_the_worker_a_place_to_wait_in(void **state)
{
    (void)state;
    static struct port *peers[PEERS];
    const struct port_options options = {.kind = PORT_DEALER, .endpoint = desk.setup.feed_endpoint};
    for (uint32_t i = 0; i < PEERS; i++)
        assert_int_equal(port_open(desk.setup.bus, &options, &peers[i]), 0);
    assert_int_equal(crowd_fetches(peers), 1200 - (1024 - 32));
    struct reply pong = desk_ask(&desk, desk.reader, "PING", span_make("\x80", 1));
    assert_int_equal(desk_figure(pong.body, "parked"), 1024 - 32);
    struct reply reply;
    desk_send(desk.folder, "FETCH", fetch(1, "outside", 60000));
    assert_int_equal(desk_turn(&desk), 0);
    assert_false(desk_receive(&desk, desk.folder, &reply));
    rate(1);
    assert_true(desk_receive(&desk, desk.folder, &reply));
    uint32_t count;
    assert_int_equal(batch_of(reply, &count).upto, 2);
    parcel_release(&desk.parcel);
    for (uint32_t i = 0; i < PEERS; i++)
        port_close(peers[i]);
}

static void a_corrupt_record_is_named_and_never_served(void **state)
{
    (void)state;
    uint32_t count;
    rate(3); /* seq 2, 3, 4, a record each */
    desk_spoil(3);
    struct batch_reply batch = batch_of(desk_ask(&desk, desk.reader, "FETCH", fetch(1, "any", 0)), &count);
    assert_int_equal(count, 1); /* what is sound before it */
    assert_int_equal(batch.upto, 2);
    struct nak_reply nak = desk_refused(desk_ask(&desk, desk.reader, "FETCH", fetch(2, "any", 0)), -E_CORRUPT);
    assert_non_null(strstr((const char *)nak.message.at, "volume 000001, at seq 3"));
    batch = batch_of(desk_ask(&desk, desk.reader, "FETCH", fetch(3, "any", 0)), &count);
    assert_int_equal(count, 1);
}

/* ---- GET ---- */

static struct reply get(const char *what, uint64_t seq, const char *cursor)
{
    uint8_t buffer[128];
    struct wire_writer writer;
    struct get_request request = {0};
    SET(&request, get_request, what, span_of(what));
    if (seq)
        SET(&request, get_request, seq, (int64_t)seq);
    if (cursor)
        SET(&request, get_request, cursor, span_of(cursor));
    SET(&request, get_request, limit, 2);
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_get_request, &request, ENCODE_EVENT, &writer);
    return desk_ask(&desk, desk.reader, "GET", wire_written(&writer));
}

/* The first row of ROWS, and how many there are. */
static struct span row_of(struct reply reply, uint32_t *ret_count)
{
    struct rows_reply rows;
    struct wire_value header;
    assert_string_equal(reply.verb, "ROWS");
    desk_decode(reply.body, &record_of_rows_reply, &rows);
    struct wire_reader reader = wire_reader(rows.rows);
    assert_int_equal(wire_read(&reader, &header), 0);
    *ret_count = header.count;
    return span_make(reader.at, (size_t)(reader.end - reader.at));
}

static void a_single_entry_is_got_by_its_seq_as_it_was_received(void **state)
{
    (void)state;
    uint32_t count;
    struct wire_value value;
    struct span bytes;
    rate(1);
    struct span row = row_of(get("event", 2, NULL), &count);
    assert_int_equal(count, 1);
    assert_int_equal(desk_figure(row, "seq"), 2);
    assert_int_equal(wire_find(row, "at", &value, &bytes), 0);
    assert_true(span_is(value.bytes, "2026-11-23T00:00:00.000Z"));
    assert_int_equal(wire_find(row, "event", &value, &bytes), 0);
    assert_true(span_equal(value.bytes, desk_rating(event_buffer, sizeof event_buffer, "/stores/a", "1", 9000)));
    desk_refused(get("event", 3, NULL), -E_NOT_FOUND);
    desk_refused(get("event", 0, NULL), -E_BAD_REQUEST);
    desk_refused(get("nonsense", 1, NULL), -E_BAD_REQUEST);
}

static void personal_fields_are_got_alone(void **state)
{
    (void)state;
    uint32_t count;
    struct wire_value value;
    struct span bytes;
    struct complained data = {0};
    SET(&data, complained, store, span_of("sh-pudong"));
    SET(&data, complained, channel, channel_is_phone);
    SET(&data, complained, category, category_is_delay);
    SET(&data, complained, text, span_of("three days late"));
    SET(&data, complained, contact, span_of("138 0000 0000"));
    const struct event_draft draft = {
        .id = span_of("c"), .source = span_of("/stores/a"), .type = EVENT_feedback_complained, .data = &data};
    struct wire_writer writer;
    struct put_draft put;
    wire_writer_init(&writer, event_buffer, sizeof event_buffer);
    event_encode(&draft, &writer);
    draft_begin(&put, &desk, 1, NULL, 0, 0);
    draft_event(&put, wire_written(&writer), true);
    assert_int_equal(desk_acked(desk_ask(&desk, desk.peer, "PUT", draft_end(&put))).count, 1);

    struct span row = row_of(get("personal", 2, NULL), &count);
    assert_int_equal(wire_find(row, "text", &value, &bytes), 0);
    assert_true(span_is(value.bytes, "three days late"));
    assert_int_equal(wire_find(row, "contact", &value, &bytes), 0);
    assert_true(span_is(value.bytes, "138 0000 0000"));
    assert_int_equal(wire_find(row, "type", &value, &bytes), 0);
    assert_true(span_is(value.bytes, "feedback.complained"));
    assert_int_equal(wire_find(row, "store", &value, &bytes), -E_NOT_FOUND);
}

static void the_quarantine_is_got_page_by_page(void **state)
{
    (void)state;
    uint32_t count;
    uint32_t seen = 0;
    struct put_draft put;
    draft_begin(&put, &desk, 5, NULL, 0, 0);
    for (uint32_t i = 0; i < 5; i++)
        draft_event(&put, span_make("\x01\x02\x03\x04\x05", i + 1), true);
    assert_int_equal(desk_acked(desk_ask(&desk, desk.peer, "PUT", draft_end(&put))).count, 0);
    char cursor[64] = "";
    for (uint32_t page = 0; page < 3; page++) {
        struct reply reply = get("quarantine", 0, cursor[0] ? cursor : NULL);
        struct span row = row_of(reply, &count);
        assert_int_equal(count, page < 2 ? 2 : 1);
        seen += count;
        assert_int_equal(desk_figure(row, "count"), 1);
        struct wire_value value;
        struct span bytes;
        assert_int_equal(wire_find(reply.body, "cursor", &value, &bytes), 0);
        assert_int_equal(value.kind, page < 2 ? WIRE_STR : WIRE_NIL);
        if (page < 2)
            snprintf(cursor, sizeof cursor, "%.*s", SPAN_ARGS(value.bytes));
    }
    assert_int_equal(seen, 5);
}

/* ---- the follower's side ---- */

static struct follow *follower(const char *class)
{
    struct follow *follow;
    const struct follow_options options = {
        .bus = desk.setup.bus, .endpoint = desk.setup.feed_inner_endpoint, .class = class, .max_bytes = 1000};
    assert_int_equal(follow_open(&options, &follow), 0);
    return follow;
}

static int64_t monotonic(void)
{
    return clock_read(desk.setup.clock).monotonic_ms;
}

static void a_follower_reads_everything_in_order(void **state)
{
    (void)state;
    struct follow *follow = follower("outside");
    struct follow_batch batch;
    uint64_t after = 0;
    rate(20);
    while (after < 21) {
        assert_int_equal(follow_ask(follow, after, 1000, 0, monotonic()), 0);
        assert_int_equal(desk_turn(&desk), 0);
        assert_int_equal(follow_receive(follow, &batch), 0);
        assert_string_equal(batch.lineage, journal_lineage(desk.journal));
        struct span bytes;
        while (follow_record(&batch, &bytes) == 0) {
            struct record record;
            assert_int_equal(record_open(bytes, &record), 0);
            assert_int_equal(record.first, after + 1);
            after += record.count;
        }
        assert_int_equal(batch.upto, after);
        assert_int_equal(follow_receive(follow, &batch), -E_AGAIN);
    }
    follow_close(follow);
}

static void a_follower_asks_again_when_no_answer_comes(void **state)
{
    (void)state;
    struct follow *follow = follower("any");
    struct follow_batch batch;
    assert_int_equal(follow_ask(follow, 0, 0, 0, monotonic()), 0);
    feed_close(desk.feed); /* the question is lost with it */
    assert_int_equal(feed_open(&desk.setup, desk.journal, &desk.feed), 0);
    assert_int_equal(desk_turn(&desk), 0);
    desk_pass(&desk, 4999);
    assert_int_equal(follow_ask(follow, 0, 0, 0, monotonic()), 0);
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(follow_receive(follow, &batch), -E_AGAIN);
    desk_pass(&desk, 1);
    assert_int_equal(follow_ask(follow, 0, 0, 0, monotonic()), 0);
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(follow_receive(follow, &batch), 0);
    assert_int_equal(batch.count, 1);
    follow_close(follow);
}

static void an_answer_to_a_question_that_was_given_up_is_ignored(void **state)
{
    (void)state;
    struct follow *follow = follower("any");
    struct follow_batch batch;
    rate(1);
    assert_int_equal(follow_ask(follow, 0, 0, 0, monotonic()), 0);
    assert_int_equal(follow_ask(follow, 1, 0, 0, monotonic()), 0);
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(follow_receive(follow, &batch), 0);
    assert_int_equal(batch.count, 1);
    assert_int_equal(batch.upto, 2);
    assert_int_equal(follow_receive(follow, &batch), -E_AGAIN);
    follow_close(follow);
}

static void a_follower_gets_single_entries_beside(void **state)
{
    (void)state;
    struct follow *follow = follower("outside");
    struct follow_batch batch;
    struct entry entry;
    rate(2);
    assert_int_equal(follow_ask(follow, 0, 0, 0, monotonic()), 0);
    assert_int_equal(follow_get(follow, 3, monotonic()), 0);
    assert_int_equal(follow_entry(follow, 3, &entry), -E_AGAIN);
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(follow_entry(follow, 3, &entry), 0);
    assert_int_equal(entry.seq, 3);
    assert_int_equal(entry.at_ms, DESK_MONDAY_MS);
    assert_true(span_equal(entry.event, desk_rating(event_buffer, sizeof event_buffer, "/stores/a", "2", 9000)));
    assert_int_equal(follow_receive(follow, &batch), 0); /* is not lost on the way */
    assert_int_equal(batch.count, 1);                    /* the policy's record alone is longer than max_bytes */
    assert_int_equal(follow_get(follow, 9, monotonic()), 0);
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(follow_entry(follow, 9, &entry), -E_NOT_FOUND);
    follow_close(follow);
}

int main(void)
{
#define STORY(name) cmocka_unit_test_prestate_setup_teardown(name, desk_story_begin, desk_story_end, &desk)
    const struct CMUnitTest tests[] = {
        STORY(a_batch_names_lineage_head_and_where_to_go_on),
        STORY(a_follower_at_the_head_is_parked_until_there_is_more),
        STORY(a_parked_follower_is_answered_when_its_time_is_up),
        STORY(a_wait_is_never_longer_than_a_minute),
        STORY(other_classes_are_passed_over),
        STORY(what_a_fetch_may_not_ask_is_refused),
        STORY(a_request_of_an_unknown_verb_is_refused_by_its_rid),
        STORY(a_crowd_outside_leaves_the_worker_a_place_to_wait_in),
        STORY(a_corrupt_record_is_named_and_never_served),
        STORY(a_single_entry_is_got_by_its_seq_as_it_was_received),
        STORY(personal_fields_are_got_alone),
        STORY(the_quarantine_is_got_page_by_page),
        STORY(a_follower_reads_everything_in_order),
        STORY(a_follower_asks_again_when_no_answer_comes),
        STORY(an_answer_to_a_question_that_was_given_up_is_ignored),
        STORY(a_follower_gets_single_entries_beside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
