/*
 * publisher_send.c - HELLO and PUTs on their way.
 *
 * A sequence is given to an event when it is sent, never before: until then another lineage may renumber it.
 */
#include "clients/c/publisher.h"
#include "core/ensure.h"
#include "core/status.h"

#define BIN_HEADER_MAX 5u
#define ENVELOPE_MAX (URI_MAX_BYTES + 256u) /* of a PUT: keys, rid, source, numbers */
#define RID_BYTES_MAX 32u

static struct span rid_write(uint8_t buffer[RID_BYTES_MAX], uint64_t attempt, uint64_t first, uint32_t count)
{
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, RID_BYTES_MAX);
    wire_array(&writer, 3);
    wire_natural(&writer, attempt);
    wire_natural(&writer, first);
    wire_natural(&writer, count);
    ensure(!writer.full);
    return wire_written(&writer);
}

static int request_send(struct manyi_publisher *publisher, const char *verb, const struct record_table *table,
                        const void *request)
{
    struct wire_writer writer;
    wire_writer_init(&writer, publisher->body, PUT_BYTES_MAX);
    record_encode(table, request, ENCODE_EVENT, &writer);
    ensure(!writer.full);
    return client_send(publisher->port, verb, wire_written(&writer));
}

/* Each HELLO is an attempt of its own: a late WELCOME of an earlier one has an epoch that is fenced already. */
static bool hello_send(struct manyi_publisher *publisher, int64_t now_ms)
{
    uint8_t rid[RID_BYTES_MAX];
    struct hello_request hello = {0};
    SET(&hello, hello_request, rid, rid_write(rid, publisher->attempt, 0, 0));
    SET(&hello, hello_request, source, span_of(publisher->source));
    SET(&hello, hello_request, instance, span_of(publisher->instance));
    if (request_send(publisher, "HELLO", &record_of_hello_request, &hello))
        return false;
    publisher->greeted = true;
    publisher->hellos++;
    publisher->quiet_since_ms = now_ms;
    return true;
}

/* As many events from `sent` on as one PUT may hold. */
static struct put put_cut(const struct manyi_publisher *publisher)
{
    struct put put = {.first = publisher->sent};
    uint64_t most = publisher->options.batch_events;
    if (most > publisher->put_events_max)
        most = publisher->put_events_max;
    size_t bytes_max = BATCH_BYTES;
    if (bytes_max + ENVELOPE_MAX > publisher->put_bytes_max)
        bytes_max = publisher->put_bytes_max > ENVELOPE_MAX ? publisher->put_bytes_max - ENVELOPE_MAX : 0;
    for (uint64_t at = put.first; at < publisher->window.end && put.count < most; at++) {
        size_t bytes = window_at(&publisher->window, at)->bytes.len + BIN_HEADER_MAX;
        if (put.count > 0 && put.bytes + bytes > bytes_max)
            break;
        put.bytes += bytes;
        put.count++;
    }
    return put;
}

static struct span events_write(struct manyi_publisher *publisher, const struct put *put)
{
    struct wire_writer writer;
    wire_writer_init(&writer, publisher->events, PUT_BYTES_MAX);
    wire_array(&writer, put->count);
    for (uint32_t i = 0; i < put->count; i++)
        wire_bin(&writer, window_at(&publisher->window, put->first + i)->bytes);
    ensure(!writer.full);
    return wire_written(&writer);
}

static bool put_send(struct manyi_publisher *publisher, const struct put *put, int64_t now_ms)
{
    uint8_t rid[RID_BYTES_MAX];
    struct put_request request = {0};
    SET(&request, put_request, rid, rid_write(rid, publisher->attempt, put->first, put->count));
    SET(&request, put_request, events, events_write(publisher, put));
    if (publisher->options.source) {
        uint64_t sequence = publisher->sequence + (put->first - publisher->window.first);
        SET(&request, put_request, source, span_of(publisher->source));
        SET(&request, put_request, epoch, (int64_t)publisher->epoch);
        SET(&request, put_request, first, (int64_t)sequence);
    }
    if (request_send(publisher, "PUT", &record_of_put_request, &request))
        return false;
    if (!publisher_flying(publisher))
        publisher->quiet_since_ms = now_ms;
    publisher->puts[publisher->put_end++ % PUTS_MAX] = *put;
    publisher->flying_bytes += put->bytes;
    publisher->sent += put->count;
    return true;
}

bool publisher_send(struct manyi_publisher *publisher, int64_t now_ms)
{
    if (publisher->dead || now_ms < publisher->rest_until_ms)
        return true;
    if (publisher->state == PUBLISHER_GREETING)
        return publisher->greeted || hello_send(publisher, now_ms);
    while (publisher->sent < publisher->window.end && publisher->put_end - publisher->put_first < PUTS_MAX) {
        struct put put = put_cut(publisher);
        bool credit = publisher->flying_bytes + put.bytes <= publisher->credit;
        if (!credit && publisher_flying(publisher))
            return true;
        if (!put_send(publisher, &put, now_ms))
            return false;
    }
    return true;
}
