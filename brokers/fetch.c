/*
 * fetch.c - FETCH: whole records after a seq, at once or as soon as there are any.
 *
 * A BATCH is built in the one buffer that it is sent from: journal_read leaves room before each record for its header as
 * a bin, and the map around them is put before the first.
 *
 *   buffer   | BATCH_PREFIX_MAX       | c6 len | record | c6 len | record | ...
 *                body: | map, array   |
 */
#include "brokers/feed_parts.h"
#include "core/bytes.h"
#include "core/ensure.h"
#include "core/status.h"

#define BIN_HEADER_BYTES 5u
#define MAX_BYTES_DEFAULT (1u * MIB)

_Static_assert(FETCH_BYTES_MAX >= BIN_HEADER_BYTES + SYSTEM_EVENT_MAX + RECORD_MAX, "any record fits");
_Static_assert(FEED_BUFFER_BYTES <= FRAME_MAX, "any batch can be received");

static int class_mask_of(struct span class, uint32_t *ret_mask)
{
    uint32_t outside = 1u << RECORD_OUTSIDE;
    uint32_t consequence = 1u << RECORD_CONSEQUENCE;
    if (class.len == 0 || span_is(class, "any"))
        *ret_mask = outside | consequence;
    else if (span_is(class, "outside"))
        *ret_mask = outside;
    else if (span_is(class, "consequence"))
        *ret_mask = consequence;
    else
        return -E_BAD_REQUEST;
    return 0;
}

static struct span parked_route(const struct parked *parked)
{
    return span_make(parked->route, parked->route_len);
}

static struct span parked_rid(const struct parked *parked)
{
    return span_make(parked->rid, parked->rid_len);
}

static void batch_prefix_write(struct wire_writer *writer, const struct feed *feed, const struct parked *asked,
                               uint32_t count)
{
    wire_map(writer, 4u + (asked->rid_len > 0));
    if (asked->rid_len > 0) {
        wire_key(writer, "rid");
        wire_raw(writer, parked_rid(asked));
    }
    wire_key(writer, "lineage");
    wire_text(writer, span_of(journal_lineage(feed->journal)));
    wire_key(writer, "head");
    wire_natural(writer, journal_head(feed->journal));
    wire_key(writer, "upto");
    wire_natural(writer, asked->after);
    wire_key(writer, "records");
    wire_array(writer, count);
}

/* Sends the records that feed->read holds, none for an empty batch; asked->after says where to go on. */
static void batch_send(struct feed *feed, const struct parked *asked, uint32_t count)
{
    uint8_t prefix[BATCH_PREFIX_MAX];
    struct wire_writer writer;
    wire_writer_init(&writer, prefix, sizeof prefix);
    batch_prefix_write(&writer, feed, asked, count);
    ensure(!writer.full);
    uint8_t *records = feed->buffer + BATCH_PREFIX_MAX;
    size_t len = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *header = records + len;
        header[0] = 0xc6; /* bin 32 */
        bytes_put_u32(header + 1, (uint32_t)feed->read.records[i].len);
        ensure(feed->read.records[i].at == header + BIN_HEADER_BYTES);
        len += BIN_HEADER_BYTES + feed->read.records[i].len;
    }
    memcpy(records - writer.len, prefix, writer.len);
    struct span body = span_make(records - writer.len, writer.len + len);
    request_reply(asked->port, parked_route(asked), "BATCH", body, &feed->counts);
    feed->batches++;
}

/* Its right has ended while it waited. */
static bool may_read_on(struct feed *feed, const struct parked *asked)
{
    const struct access_ask ask = {.right = MAY_journal};
    int status = asked->principal ? guard_may(&feed->guard, asked->principal, &ask) : 0;
    const struct request request = {.route = parked_route(asked), .rid = parked_rid(asked)};
    if (status)
        request_refuse(asked->port, &request, status, NULL, &feed->counts);
    return status == 0;
}

static void corrupt_send(struct feed *feed, const struct parked *asked, int status)
{
    const struct request request = {.route = parked_route(asked), .rid = parked_rid(asked)};
    request_refuse(asked->port, &request, status, feed->read.message, &feed->counts);
    feed->corrupt++;
}

/* Answers if there is anything to say. Our own followers are told, too, that what came does not concern them: at rest
 * their cursors are at the head. -E_AGAIN: nothing new yet; asked->after has moved on over what does not concern it. */
static int fetch_answer(struct feed *feed, struct parked *asked)
{
    feed->read.after = asked->after;
    feed->read.class_mask = asked->class_mask;
    feed->read.bytes_max = asked->max_bytes;
    int status = journal_read(feed->reader, &feed->read);
    if (status) {
        corrupt_send(feed, asked, status);
        return 0;
    }
    bool passed_over = feed->read.upto > asked->after && asked->port == feed->inner_port;
    asked->after = feed->read.upto;
    if (feed->read.count == 0 && !passed_over && feed->read.upto >= journal_head(feed->journal))
        return -E_AGAIN;
    batch_send(feed, asked, feed->read.count);
    return 0;
}

/* ---- parking ---- */

static void parked_free(struct feed *feed, struct parked *parked)
{
    ensure(parked->port != NULL);
    parked->port = NULL;
    feed->parked_count--;
}

/* The place where the same peer waits for the same class already (the old question is answered with an empty batch), or a free one.
 * NULL: all that it may have are taken. */
static struct parked *place_find(struct feed *feed, const struct parked *asked)
{
    struct parked *vacant = NULL;
    bool ours = asked->port == feed->inner_port && asked->principal == PRINCIPAL_LOCAL;
    for (uint32_t i = ours ? 0 : PARKED_INNER; i < PARKED_MAX; i++) {
        struct parked *place = &feed->parked[i];
        if (!place->port) {
            vacant = vacant ? vacant : place;
            continue;
        }
        if (place->port == asked->port && place->class_mask == asked->class_mask &&
            span_equal(parked_route(place), parked_route(asked))) {
            batch_send(feed, place, 0);
            parked_free(feed, place);
            return place;
        }
    }
    return vacant;
}

/* false: there is no place. */
static bool park(struct feed *feed, const struct parked *asked)
{
    struct parked *place = place_find(feed, asked);
    if (!place)
        return false;
    *place = *asked;
    feed->parked_count++;
    return true;
}

/* Who reads the whole journal is put on record. */
static int fetch_allow(struct feed *feed, struct port *port, const struct request *request,
                       const struct fetch_request *fetch, struct caller *ret_caller)
{
    struct span why = HAS(fetch, fetch_request, why) ? fetch->why : (struct span){0};
    int status = feed_caller(feed, port, request, CALLER_AS(fetch, fetch_request), ret_caller);
    if (status == 0)
        status = feed_may_ask(feed, ret_caller, span_of("journal"));
    return status ? status : feed_record(feed, ret_caller, "journal", 0, why, port, request);
}

static int asked_open(struct feed *feed, struct port *port, const struct request *request,
                      const struct fetch_request *asked_for, const struct caller *caller, int64_t now_ms,
                      struct parked *ret_asked, int64_t *ret_wait_ms)
{
    const struct fetch_request fetch = *asked_for;
    int status;
    struct span class = HAS(&fetch, fetch_request, class) ? fetch.class : span_make(NULL, 0);
    struct parked asked = {.port = port, .principal = caller->number, .after = (uint64_t)fetch.after};
    status = class_mask_of(class, &asked.class_mask);
    if (status)
        return status;
    int64_t most = HAS(&fetch, fetch_request, max_bytes) ? fetch.max_bytes : MAX_BYTES_DEFAULT;
    asked.max_bytes = most > FETCH_BYTES_MAX ? FETCH_BYTES_MAX : most < 1 ? 1 : (uint32_t)most;
    int64_t wait_ms = HAS(&fetch, fetch_request, wait_ms) ? fetch.wait_ms : 0;
    *ret_wait_ms = wait_ms > FETCH_WAIT_MAX_MS ? FETCH_WAIT_MAX_MS : wait_ms;
    asked.deadline_ms = now_ms + *ret_wait_ms;
    if (port == feed->inner_port && caller->number == PRINCIPAL_LOCAL && HAS(&fetch, fetch_request, wake_at))
        asked.wake_at_ms = fetch.wake_at;
    ensure(request->route.len <= ROUTE_MAX);
    asked.route_len = request->route.len;
    memcpy(asked.route, request->route.at, request->route.len);
    asked.rid_len = request->rid.len;
    if (request->rid.len > 0)
        memcpy(asked.rid, request->rid.at, request->rid.len);
    *ret_asked = asked;
    return 0;
}

void fetch_take(struct feed *feed, struct port *port, struct request *request, int64_t now_ms)
{
    struct parked asked;
    struct fetch_request fetch;
    struct caller caller;
    struct flaw flaw = {0};
    int64_t wait_ms;
    int status = request_decode(request, &record_of_fetch_request, &fetch, &flaw);
    if (status) {
        request_refuse(port, request, status, flaw.message, &feed->counts);
        return;
    }
    status = fetch_allow(feed, port, request, &fetch, &caller);
    if (status == -E_AGAIN)
        return; /* it is being put on record */
    if (status == 0)
        status = asked_open(feed, port, request, &fetch, &caller, now_ms, &asked, &wait_ms);
    if (status) {
        feed_refuse(feed, port, request, &caller, span_of("journal"), status);
        return;
    }
    uint64_t after = asked.after;
    if (fetch_answer(feed, &asked) == 0)
        return;
    if (wait_ms > 0 && park(feed, &asked))
        return;
    bool no_place = wait_ms > 0 && asked.after == after; /* who got on is told how far */
    if (no_place)
        request_refuse(port, request, -E_AGAIN, "all places to wait in are taken; ask again in a second",
                       &feed->counts);
    else
        batch_send(feed, &asked, 0);
}

void fetch_serve_parked(struct feed *feed, int64_t now_ms)
{
    uint64_t head = journal_head(feed->journal);
    bool longer = head > feed->served_head;
    for (uint32_t i = 0; i < PARKED_MAX && feed->parked_count > 0; i++) {
        struct parked *parked = &feed->parked[i];
        if (!parked->port)
            continue;
        if (longer && (!may_read_on(feed, parked) || fetch_answer(feed, parked) == 0)) {
            parked_free(feed, parked);
        } else if (parked->deadline_ms <= now_ms) {
            batch_send(feed, parked, 0);
            parked_free(feed, parked);
        }
    }
    feed->served_head = head;
}

int64_t fetch_deadline_ms(const struct feed *feed)
{
    int64_t first = INT64_MAX;
    for (uint32_t i = 0; i < PARKED_MAX && feed->parked_count > 0; i++) {
        const struct parked *parked = &feed->parked[i];
        if (parked->port && parked->deadline_ms < first)
            first = parked->deadline_ms;
    }
    return first;
}

int64_t fetch_wake_at_ms(const struct feed *feed, uint64_t head)
{
    int64_t first = 0;
    for (uint32_t i = 0; i < PARKED_MAX && feed->parked_count > 0; i++) {
        const struct parked *parked = &feed->parked[i];
        bool wants = parked->port && parked->wake_at_ms > 0 && parked->after == head;
        if (wants && (first == 0 || parked->wake_at_ms < first))
            first = parked->wake_at_ms;
    }
    return first;
}
