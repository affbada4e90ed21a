/*
 * request.c - frames to requests, results to replies.
 */
#include "io/request.h"
#include "core/ensure.h"
#include "core/status.h"

#include <stdio.h>

#define PONG_MAX 1024u
#define PINGS_PER_TURN 64u

/* The rid of a body that nobody has decoded: of an unknown verb, or of no record. */
static struct span rid_find(struct span body)
{
    struct wire_value value;
    struct span rid, whole;
    if (wire_find(body, "rid", &value, &rid) || value.kind == WIRE_NIL || rid.len > RID_MAX)
        return span_make(NULL, 0);
    struct wire_reader reader = wire_reader(rid);
    return wire_skip(&reader, EVENT_DEPTH_MAX, &whole) == 0 ? rid : span_make(NULL, 0);
}

/* [route, "", verb, body] */
static int request_open(const struct parcel *parcel, struct request *ret_request)
{
    const struct span *frame = parcel->frame;
    if (parcel->count == 4 && frame[1].len == 0 && frame[2].len > 0 && frame[2].len <= VERB_MAX) {
        *ret_request = (struct request){.route = frame[0], .verb = frame[2], .body = frame[3]};
        return 0;
    }
    return -E_BAD_FRAMES;
}

int request_receive(struct port *port, struct parcel *parcel, struct request_counts *counts,
                    struct request *ret_request)
{
    int status = port_receive(port, parcel);
    if (status < 0 && status != -E_BAD_FRAMES)
        return status;
    counts->requests++;
    if (status || request_open(parcel, ret_request)) {
        counts->bad_frames++;
        *ret_request = (struct request){.route = parcel->frame[0], .status = -E_BAD_FRAMES};
    }
    ret_request->principal = parcel->principal;
    return 0;
}

int request_decode(struct request *request, const struct record_table *record, void *ret_record, struct flaw *ret_flaw)
{
    int status = record_decode(record, request->body, ret_record, ret_flaw);
    if (status)
        return -E_BAD_REQUEST;
    /* Every request's record begins {has, rid}: types.def. */
    const struct ping_request *common = ret_record;
    request->rid = HAS(common, ping_request, rid) ? common->rid : span_make(NULL, 0);
    if (request->rid.len <= RID_MAX)
        return 0;
    request->rid = span_make(NULL, 0);
    *ret_flaw = (struct flaw){.status = -E_TOO_LONG, .field = "rid", .message = "A rid may have 64 bytes."};
    return -E_BAD_REQUEST;
}

void request_reply(struct port *port, struct span route, const char *verb, struct span body,
                   struct request_counts *counts)
{
    const struct span frames[] = {route, span_make(NULL, 0), span_of(verb), body};
    if (port_send(port, frames, sizeof frames / sizeof frames[0]))
        counts->dropped_replies++;
}

static struct span nak_encode(const struct request *request, int status, const char *detail, struct nak_reply nak,
                              uint8_t buffer[NAK_MAX])
{
    const struct status_text *text = status_text(status);
    char message[PROBLEMS_TEXT_MAX + 128];
    int len = snprintf(message, sizeof message, detail && detail[0] ? "%s: %s" : "%s", text->summary, detail);
    ensure(len > 0);
    struct span rid = request->rid.len > 0 ? request->rid : rid_find(request->body);
    if (rid.len > 0)
        SET(&nak, nak_reply, rid, rid);
    SET(&nak, nak_reply, code, span_of(text->code));
    SET(&nak, nak_reply, message, span_of(message));
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, NAK_MAX);
    record_encode(&record_of_nak_reply, &nak, ENCODE_EVENT, &writer);
    ensure(!writer.full);
    return wire_written(&writer);
}

struct span request_nak(const struct request *request, int status, const char *detail, uint64_t expected,
                        uint8_t buffer[NAK_MAX])
{
    struct nak_reply nak = {0};
    if (expected > 0)
        SET(&nak, nak_reply, expected, (int64_t)expected);
    return nak_encode(request, status, detail, nak, buffer);
}

struct span request_nak_slow(const struct request *request, int64_t retry_ms, uint8_t buffer[NAK_MAX])
{
    struct nak_reply nak = {0};
    ensure(retry_ms > 0);
    SET(&nak, nak_reply, retry_ms, retry_ms);
    return nak_encode(request, -E_SLOW_DOWN, NULL, nak, buffer);
}

void request_refuse(struct port *port, const struct request *request, int status, const char *detail,
                    struct request_counts *counts)
{
    uint8_t buffer[NAK_MAX];
    request_reply(port, request->route, "NAK", request_nak(request, status, detail, 0, buffer), counts);
}

void request_pong_begin(struct wire_writer *writer, struct span rid, const char *role, uint32_t pairs)
{
    wire_map(writer, pairs + 1 + (rid.len > 0));
    if (rid.len > 0) {
        wire_key(writer, "rid");
        wire_raw(writer, rid);
    }
    wire_key(writer, "role");
    wire_text(writer, span_of(role));
}

void request_pong_figure(struct wire_writer *writer, const char *name, uint64_t figure)
{
    wire_key(writer, name);
    wire_natural(writer, figure);
}

void request_pong_times(struct wire_writer *writer, const char *name, const struct histogram *histogram)
{
    wire_key(writer, name);
    wire_map(writer, 4);
    wire_key(writer, "buckets");
    wire_array(writer, HISTOGRAM_BUCKETS);
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        wire_natural(writer, histogram->count[i]);
    request_pong_figure(writer, "sum_us", histogram->sum_us);
    request_pong_figure(writer, "p50_us", histogram_quantile_us(histogram, 500));
    request_pong_figure(writer, "p99_us", histogram_quantile_us(histogram, 990));
}

void request_pings_answer(struct port *port, struct parcel *parcel, struct request_counts *counts, request_pong *pong,
                          const void *self)
{
    struct request request;
    for (uint32_t i = 0; i < PINGS_PER_TURN; i++) {
        struct ping_request ping;
        struct flaw flaw;
        if (request_receive(port, parcel, counts, &request))
            return;
        int status = request.status ? request.status : -E_UNKNOWN_VERB;
        if (request.status == 0 && span_is(request.verb, "PING"))
            status = request_decode(&request, &record_of_ping_request, &ping, &flaw);
        if (status < 0) {
            request_refuse(port, &request, status, NULL, counts);
            continue;
        }
        uint8_t body[PONG_MAX];
        struct wire_writer writer;
        wire_writer_init(&writer, body, sizeof body);
        pong(self, request.rid, &writer);
        ensure(!writer.full);
        request_reply(port, request.route, "PONG", wire_written(&writer), counts);
    }
}
