/*
 * feed.c - the turn: hear from intake, take requests, serve those parked, ask intake again.
 */
#include "brokers/feed.h"
#include "brokers/feed_parts.h"
#include "core/ensure.h"
#include "core/status.h"

#include <stdlib.h>

#define REQUESTS_MAX 64u /* of each port in a turn: parked ones come next */
#define ASK_AGAIN_MS 2000
#define TRY_AGAIN_MS 50 /* when intake's port was not there yet */
#define GUARD_TURN_MS 1000
#define GAP_BYTES 5u /* a bin's header before each record */

/* ---- the question to intake ---- */

static int heads_take(struct feed *feed)
{
    int status = 0;
    bool heard = false;
    while (port_receive(feed->intake, &feed->parcel) == 0) {
        heard = true;
        feed->question.standing = false;
    }
    parcel_release(&feed->parcel);
    if (heard)
        status = journal_refresh(feed->journal);
    return status;
}

static void question_send(struct feed *feed, int64_t now_ms)
{
    struct await_request await = {0};
    SET(&await, await_request, head, (int64_t)feed->question.head);
    if (feed->question.wake_at_ms > 0)
        SET(&await, await_request, wake_at, feed->question.wake_at_ms);
    uint8_t buffer[64];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_await_request, &await, ENCODE_EVENT, &writer);
    ensure(!writer.full);
    const struct span frames[] = {span_make(NULL, 0), span_of("AWAIT"), wire_written(&writer)};
    int status = port_send(feed->intake, frames, sizeof frames / sizeof frames[0]);
    feed->question.standing = true; /* lost or refused: it is asked again */
    feed->question.sent_ms = status ? now_ms - ASK_AGAIN_MS + TRY_AGAIN_MS : now_ms;
}

/* Whenever somebody is parked one question stands with intake, and it is the right one. */
static void question_keep(struct feed *feed, int64_t now_ms)
{
    if (feed->parked_count == 0)
        return;
    uint64_t head = feed->served_head;
    int64_t wake_at_ms = fetch_wake_at_ms(feed, head);
    struct question *question = &feed->question;
    bool right = question->standing && question->head == head && question->wake_at_ms == wake_at_ms;
    if (right && now_ms - question->sent_ms < ASK_AGAIN_MS)
        return;
    question->head = head;
    question->wake_at_ms = wake_at_ms;
    question_send(feed, now_ms);
}

/* ---- requests ---- */

static void ping_take(struct feed *feed, struct port *port, struct request *request)
{
    struct ping_request asked;
    struct flaw flaw = {0};
    int status = request_decode(request, &record_of_ping_request, &asked, &flaw);
    if (status) {
        request_refuse(port, request, status, flaw.message, &feed->counts);
        return;
    }
    uint8_t buffer[512];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    request_pong_begin(&writer, request->rid, "feed", 7);
    request_pong_figure(&writer, "head", journal_head(feed->journal));
    request_pong_figure(&writer, "parked", feed->parked_count);
    request_pong_figure(&writer, "batches", feed->batches);
    request_pong_figure(&writer, "corrupt", feed->corrupt);
    request_pong_figure(&writer, "untold_refusals", audit_untold(feed->audit));
    request_pong_figure(&writer, "bad_frames", feed->counts.bad_frames);
    request_pong_figure(&writer, "dropped_replies", feed->counts.dropped_replies);
    ensure(!writer.full);
    request_reply(port, request->route, "PONG", wire_written(&writer), &feed->counts);
}

static void request_take(struct feed *feed, struct port *port, struct request *request, int64_t now_ms)
{
    if (request->status)
        request_refuse(port, request, request->status, NULL, &feed->counts);
    else if (span_is(request->verb, "FETCH"))
        fetch_take(feed, port, request, now_ms);
    else if (span_is(request->verb, "GET"))
        get_take(feed, port, request);
    else if (span_is(request->verb, "PING"))
        ping_take(feed, port, request);
    else
        request_refuse(port, request, -E_UNKNOWN_VERB, NULL, &feed->counts);
}

static bool port_drain(struct feed *feed, struct port *port, int64_t now_ms)
{
    for (uint32_t i = 0; i < REQUESTS_MAX; i++) {
        struct request request;
        if (request_receive(port, &feed->parcel, &feed->counts, &request))
            return false;
        request_take(feed, port, &request, now_ms);
    }
    return true;
}

/* What waited to be put on record, or for the worker to say where a case is. */
static void kept_take(struct feed *feed, int64_t now_ms)
{
    struct port *port;
    struct request request;
    while (feed_case_take(feed, &port, &request))
        request_take(feed, port, &request, now_ms);
    while (audit_take(feed->audit, &port, &request))
        request_take(feed, port, &request, now_ms);
}

/* ---- the turn ---- */

/* Who may is looked at once a second, and what is to be told of refusals in its time. */
static int64_t wait_shorten(const struct feed *feed, int64_t wait_ms, int64_t now_ms)
{
    int64_t due_ms = audit_due_ms(feed->audit), cases_ms = feed_cases_due_ms(feed);
    due_ms = cases_ms < due_ms ? cases_ms : due_ms;
    int64_t left_ms = due_ms == INT64_MAX ? INT64_MAX : due_ms > now_ms ? due_ms - now_ms : 0;
    if (feed->setup->access_path[0] && left_ms > GUARD_TURN_MS)
        left_ms = GUARD_TURN_MS;
    return left_ms < INT64_MAX && (wait_ms < 0 || wait_ms > left_ms) ? left_ms : wait_ms;
}

int feed_turn(void *self, struct clock_reading now, int64_t *ret_wait_ms)
{
    struct feed *feed = self;
    int status = heads_take(feed);
    if (status)
        return status;
    feed->now_ms = now.monotonic_ms;
    guard_turn(&feed->guard, now);
    audit_turn(feed->audit, now);
    feed_cases_turn(feed);
    kept_take(feed, now.monotonic_ms);
    fetch_serve_parked(feed, now.monotonic_ms);
    bool more = port_drain(feed, feed->inner_port, now.monotonic_ms);
    more = port_drain(feed, feed->public_port, now.monotonic_ms) || more;
    parcel_release(&feed->parcel);
    /* What came while requests were taken: nobody may be asked for with a head that he has not been served up to. */
    more = more || journal_head(feed->journal) > feed->served_head;
    question_keep(feed, now.monotonic_ms);
    if (more) {
        *ret_wait_ms = 0;
        return 0;
    }
    *ret_wait_ms = -1;
    if (feed->parked_count > 0) {
        int64_t next_ms = feed->question.sent_ms + ASK_AGAIN_MS;
        int64_t deadline_ms = fetch_deadline_ms(feed);
        next_ms = deadline_ms < next_ms ? deadline_ms : next_ms;
        *ret_wait_ms = next_ms > now.monotonic_ms ? next_ms - now.monotonic_ms : 0;
    }
    *ret_wait_ms = wait_shorten(feed, *ret_wait_ms, now.monotonic_ms);
    return 0;
}

uint32_t feed_ports(struct feed *feed, struct port **ret_ports)
{
    ret_ports[0] = feed->inner_port;
    ret_ports[1] = feed->public_port;
    ret_ports[2] = feed->intake;
    uint32_t count = 3;
    if (audit_port(feed->audit))
        ret_ports[count++] = audit_port(feed->audit);
    if (feed->worker)
        ret_ports[count++] = feed->worker;
    return count;
}

/* ---- opening ---- */

static int port_make(struct feed *feed, enum port_kind kind, const char *endpoint, struct port **ret_port)
{
    const struct port_options options = {.kind = kind, .endpoint = endpoint, .bind = kind == PORT_ROUTER};
    return port_open(feed->setup->bus, &options, ret_port);
}

static int feed_prepare(struct feed *feed)
{
    feed->buffer = malloc(FEED_BUFFER_BYTES);
    feed->entry_buffer = malloc(ENTRY_BUFFER_BYTES);
    if (!feed->buffer || !feed->entry_buffer)
        return -E_NO_MEMORY;
    feed->read.buffer = feed->buffer + BATCH_PREFIX_MAX;
    feed->read.capacity = FETCH_BYTES_MAX;
    feed->read.gap = GAP_BYTES;
    feed->served_head = journal_head(feed->journal);
    int status = journal_reader_open(feed->journal, &feed->reader);
    if (status == 0)
        status = guard_open(feed->setup, "feed", &feed->guard);
    if (status == 0)
        status = audit_open(feed->setup, "feed", &feed->audit);
    if (status == 0)
        status = port_make(feed, PORT_DEALER, feed->setup->intake_inner_endpoint, &feed->intake);
    if (status == 0 && feed->setup->query_trusted_endpoint[0])
        status = port_make(feed, PORT_DEALER, feed->setup->query_trusted_endpoint, &feed->worker);
    if (status == 0)
        status = port_make(feed, PORT_ROUTER, feed->setup->feed_inner_endpoint, &feed->inner_port);
    if (status == 0)
        status = port_make(feed, PORT_ROUTER, feed->setup->feed_endpoint, &feed->public_port);
    return status;
}

int feed_open(const struct setup *setup, struct journal *journal, struct feed **ret_feed)
{
    struct feed *feed = calloc(1, sizeof *feed);
    if (!feed)
        return -E_NO_MEMORY;
    feed->setup = setup;
    feed->journal = journal;
    int status = feed_prepare(feed);
    if (status) {
        feed_close(feed);
        return status;
    }
    *ret_feed = feed;
    return 0;
}

void feed_close(struct feed *feed)
{
    if (!feed)
        return;
    parcel_release(&feed->parcel);
    port_close(feed->public_port);
    port_close(feed->inner_port);
    port_close(feed->intake);
    parcel_release(&feed->case_parcel);
    port_close(feed->worker);
    audit_close(feed->audit);
    guard_close(&feed->guard);
    journal_reader_close(feed->reader);
    free(feed->buffer);
    free(feed->entry_buffer);
    free(feed);
}
