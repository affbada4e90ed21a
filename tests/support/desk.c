/*
 * desk.c - see desk.h.
 */
#include "tests/support/desk.h"
#include "core/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define TURNS_MAX 64

static struct port *dealer(struct desk *desk, const char *endpoint)
{
    const struct port_options options = {.kind = PORT_DEALER, .endpoint = endpoint};
    struct port *port;
    assert_int_equal(port_open(desk->setup.bus, &options, &port), 0);
    return port;
}

void desk_start(struct desk *desk)
{
    const struct journal_options options = {.dir = desk->setup.dir, .lineage = desk->lineage};
    assert_int_equal(journal_open(&options, &desk->journal), 0);
    struct clock_reading now = clock_read(desk->setup.clock);
    assert_int_equal(intake_open(&desk->setup, desk->journal, now, &desk->intake), 0);
    if (!desk->writes_itself)
        intake_overlap(desk->intake, -1, 0);
    assert_int_equal(feed_open(&desk->setup, desk->journal, &desk->feed), 0);
    desk->peer = dealer(desk, desk->setup.intake_endpoint);
    desk->worker = dealer(desk, desk->setup.intake_inner_endpoint);
    desk->reader = dealer(desk, desk->setup.feed_endpoint);
    desk->folder = dealer(desk, desk->setup.feed_inner_endpoint);
}

void desk_stop(struct desk *desk)
{
    parcel_release(&desk->parcel);
    port_close(desk->peer);
    port_close(desk->worker);
    port_close(desk->reader);
    port_close(desk->folder);
    feed_close(desk->feed);
    intake_close(desk->intake);
    journal_close(desk->journal);
}

void desk_open(struct desk *desk)
{
    memset(desk, 0, sizeof *desk);
    struct setup *setup = &desk->setup;
    desk->lineage = "0123456789abcdef0123456700000000"; /* its last digits make epochs begin at 1 */
    *setup = (struct setup){
        .dir = "/desk",
        .policy_path = MANYI_SOURCE_DIR "/tests/support/round_the_clock.yaml",
        .intake_endpoint = "inproc://intake",
        .feed_endpoint = "inproc://feed",
        .intake_inner_endpoint = "inproc://intake-inner",
        .intake_trusted_endpoint = "inproc://intake-trusted",
        .feed_inner_endpoint = "inproc://feed-inner",
        .identity_window = 1000,
    };
    const struct clock_options options = {.start_wall_ms = DESK_MONDAY_MS};
    assert_int_equal(bus_open(&setup->bus), 0);
    assert_int_equal(clock_open(&options, &setup->clock), 0);
    desk_start(desk);
}

void desk_close(struct desk *desk)
{
    desk_stop(desk);
    bus_close(desk->setup.bus);
    clock_close(desk->setup.clock);
}

void desk_restart(struct desk *desk)
{
    desk_stop(desk);
    desk_start(desk);
}

int desk_turn(struct desk *desk)
{
    struct clock_reading now = clock_read(desk->setup.clock);
    int64_t wait_ms;
    for (int i = 0; i < TURNS_MAX; i++) {
        int status = intake_turn(desk->intake, now, &wait_ms);
        if (status)
            return status;
        int64_t feed_wait_ms;
        assert_int_equal(feed_turn(desk->feed, now, &feed_wait_ms), 0);
        if (i > 5 && wait_ms != 0 && feed_wait_ms != 0)
            break; /* an AWAIT and its HEAD, and what is written beside, have had their time */
    }
    return 0;
}

void desk_send(struct port *port, const char *verb, struct span body)
{
    const struct span frames[] = {span_make(NULL, 0), span_of(verb), body};
    assert_int_equal(port_send(port, frames, 3), 0);
}

bool desk_receive(struct desk *desk, struct port *port, struct reply *ret_reply)
{
    if (port_receive(port, &desk->parcel))
        return false;
    assert_int_equal(desk->parcel.count, 3);
    assert_int_equal(desk->parcel.frame[0].len, 0);
    snprintf(ret_reply->verb, sizeof ret_reply->verb, "%.*s", SPAN_ARGS(desk->parcel.frame[1]));
    ret_reply->body = desk->parcel.frame[2];
    return true;
}

struct reply desk_ask(struct desk *desk, struct port *port, const char *verb, struct span body)
{
    struct reply reply;
    desk_send(port, verb, body);
    assert_int_equal(desk_turn(desk), 0);
    assert_true(desk_receive(desk, port, &reply));
    return reply;
}

void desk_decode(struct span body, const struct record_table *record, void *ret_record)
{
    struct flaw flaw = {0};
    if (record_decode(record, body, ret_record, &flaw))
        fail_msg("%s %s", flaw.field, flaw.message);
}

uint64_t desk_figure(struct span body, const char *name)
{
    struct wire_value value;
    struct span bytes;
    assert_int_equal(wire_find(body, name, &value, &bytes), 0);
    assert_int_equal(value.kind, WIRE_UINT);
    return value.natural;
}

struct span desk_rating(uint8_t *buffer, size_t size, const char *source, const char *id, int32_t overall)
{
    struct rated rated = {0};
    SET(&rated, rated, store, span_of("sh-pudong"));
    SET(&rated, rated, department, span_of("service"));
    SET(&rated, rated, channel, channel_is_kiosk);
    SET(&rated, rated, overall, overall);
    const struct event_draft draft = {
        .id = span_of(id), .source = span_of(source), .type = EVENT_feedback_rated, .data = &rated};
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, size);
    event_encode(&draft, &writer);
    assert_false(writer.full);
    return wire_written(&writer);
}

void draft_begin(struct put_draft *draft, struct desk *desk, uint32_t events, const char *source, uint64_t epoch,
                 uint64_t first)
{
    wire_writer_init(&draft->writer, desk->request, sizeof desk->request);
    wire_map(&draft->writer, source ? 4 : 1);
    if (source) {
        wire_key(&draft->writer, "source");
        wire_text(&draft->writer, span_of(source));
        wire_key(&draft->writer, "epoch");
        wire_natural(&draft->writer, epoch);
        wire_key(&draft->writer, "first");
        wire_natural(&draft->writer, first);
    }
    wire_key(&draft->writer, "events");
    wire_array(&draft->writer, events);
    draft->left = events;
}

void draft_event(struct put_draft *draft, struct span event, bool in_bin)
{
    assert_true(draft->left > 0);
    draft->left--;
    if (in_bin)
        wire_bin(&draft->writer, event);
    else
        wire_raw(&draft->writer, event);
}

struct span draft_end(struct put_draft *draft)
{
    assert_int_equal(draft->left, 0);
    assert_false(draft->writer.full);
    return wire_written(&draft->writer);
}

struct reply desk_put(struct desk *desk, const char *source, const char *ids, uint64_t epoch, uint64_t first)
{
    char words[16][32] = {{0}};
    uint32_t count = 0;
    for (const char *at = ids; *at; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        assert_true(count < 16);
        assert_true(len < sizeof words[0]);
        memcpy(words[count++], at, len);
        at += len;
    }
    struct put_draft draft;
    draft_begin(&draft, desk, count, epoch ? source : NULL, epoch, first);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t buffer[1024];
        bool nonsense = strcmp(words[i], "?") == 0;
        draft_event(&draft,
                    nonsense ? span_make("\xc1", 1) : desk_rating(buffer, sizeof buffer, source, words[i], 9000), true);
    }
    return desk_ask(desk, desk->peer, "PUT", draft_end(&draft));
}

struct reply desk_rate(struct desk *desk, const char *source, const char *id)
{
    uint8_t buffer[1024];
    struct put_draft draft;
    draft_begin(&draft, desk, 1, NULL, 0, 0);
    draft_event(&draft, desk_rating(buffer, sizeof buffer, source, id, 9000), true);
    return desk_ask(desk, desk->peer, "PUT", draft_end(&draft));
}

struct ack_reply desk_acked(struct reply reply)
{
    struct ack_reply ack;
    if (strcmp(reply.verb, "ACK") != 0) {
        struct nak_reply nak;
        desk_decode(reply.body, &record_of_nak_reply, &nak);
        fail_msg("%s: %.*s", reply.verb, SPAN_ARGS(nak.message));
    }
    desk_decode(reply.body, &record_of_ack_reply, &ack);
    return ack;
}

struct nak_reply desk_refused(struct reply reply, int status)
{
    struct nak_reply nak;
    assert_string_equal(reply.verb, "NAK");
    desk_decode(reply.body, &record_of_nak_reply, &nak);
    if (!span_is(nak.code, status_text(status)->code))
        fail_msg("%.*s instead of %s: %.*s", SPAN_ARGS(nak.code), status_text(status)->code, SPAN_ARGS(nak.message));
    return nak;
}

uint32_t desk_problems(const struct ack_reply *ack)
{
    struct wire_reader reader = wire_reader(ack->problems);
    struct wire_value value;
    assert_int_equal(wire_read(&reader, &value), 0);
    assert_int_equal(value.kind, WIRE_ARRAY);
    return value.count;
}

struct problem desk_problem(const struct ack_reply *ack, uint32_t n)
{
    struct wire_reader reader = wire_reader(ack->problems);
    struct wire_value value;
    struct span bytes = {0};
    struct problem problem;
    assert_int_equal(wire_read(&reader, &value), 0);
    assert_true(n < value.count);
    for (uint32_t i = 0; i <= n; i++)
        assert_int_equal(wire_skip(&reader, 8, &bytes), 0);
    desk_decode(bytes, &record_of_problem, &problem);
    return problem;
}

struct welcome_reply desk_hello(struct desk *desk, struct port *port, const char *source)
{
    uint8_t buffer[1024];
    struct wire_writer writer;
    struct hello_request request = {0};
    struct welcome_reply welcome;
    SET(&request, hello_request, source, span_of(source));
    SET(&request, hello_request, instance, span_of("till-1"));
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_hello_request, &request, ENCODE_EVENT, &writer);
    struct reply reply = desk_ask(desk, port, "HELLO", wire_written(&writer));
    if (strcmp(reply.verb, "WELCOME") != 0)
        fail_msg("%s", reply.verb);
    desk_decode(reply.body, &record_of_welcome_reply, &welcome);
    return welcome;
}
