/*
 * gateway_events.c - POST /v1/events: events into the journal, answered when they are on disk.
 */
#include "brokers/gateway_parts.h"
#include "io/json.h"

#include <stdio.h>

/* The event with an id and a source, which stand in the request's head, or follow from who asks. */
static void event_compose(struct span map, struct span id, const char *source, struct wire_writer *writer)
{
    struct wire_reader reader = wire_reader(map);
    struct wire_value header, value;
    struct span bytes;
    wire_read(&reader, &header);
    bool adds_id = id.len > 0 && wire_find(map, "id", &value, &bytes) < 0;
    bool adds_source = wire_find(map, "source", &value, &bytes) < 0;
    wire_map(writer, header.count + adds_id + adds_source);
    if (adds_id) {
        wire_key(writer, "id");
        wire_text(writer, id);
    }
    if (adds_source) {
        wire_key(writer, "source");
        wire_text(writer, span_of(source));
    }
    struct span rest = span_make(reader.at, (size_t)(reader.end - reader.at));
    if (rest.len > 0)
        wire_raw(writer, rest);
}

static void event_answer(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    char text[96];
    uint64_t seq = 0;
    bool duplicate;
    struct problem problem;
    int status = ack_single(reply, &seq, &duplicate, &problem);
    if (reply->status) {
        answer_reply(gateway, errand, reply);
    } else if (status < 0) {
        answer_refused(gateway, &errand->request, status, &problem);
    } else {
        snprintf(text, sizeof text, "{\"seq\":%llu,\"duplicate\":%s}", (unsigned long long)seq,
                 duplicate ? "true" : "false");
        struct http_answer answer = {
            .status = duplicate ? 200 : 201, .type = "application/json", .body = span_of(text)};
        answer_send(gateway, &errand->request, &answer);
    }
}

static void events_answer(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    answer_reply(gateway, errand, reply); /* the ACK: first, count, head, problems */
}

/* JSON lines as one array. */
static int lines_read(struct gateway *gateway, const struct http_request *request, struct span *ret_value)
{
    char message[JSON_MESSAGE_MAX] = "", detail[JSON_MESSAGE_MAX + 32];
    uint32_t count = 0;
    struct span rest = request->body;
    struct wire_writer writer;
    wire_writer_init(&writer, gateway->packed + 5, sizeof gateway->packed - 5);
    for (uint32_t line = 1; rest.len > 0; line++) {
        const uint8_t *end = memchr(rest.at, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.at) : rest.len;
        struct span one = span_make(rest.at, len > 0 && rest.at[len - 1] == '\r' ? len - 1 : len);
        rest = span_make(rest.at + len + (end != NULL), rest.len - len - (end != NULL));
        if (one.len == 0)
            continue;
        int result = count == PUT_EVENTS_MAX ? -E_REQUEST_TOO_LARGE : json_to_wire(one, &writer, message);
        if (result < 0) {
            snprintf(detail, sizeof detail, "line %u: %s", line, message);
            answer_problem(gateway, request, result, detail, "");
            return result;
        }
        count++;
    }
    uint8_t *header = gateway->packed;
    header[0] = 0xdd; /* array 32 */
    for (uint32_t i = 0; i < 4; i++)
        header[1 + i] = (uint8_t)(count >> (24 - 8 * i));
    *ret_value = span_make(header, 5 + writer.len);
    return 0;
}

/* Each event in a bin of its own: a broken one spoils itself alone. */
static void events_put(struct gateway *gateway, struct errand *errand, const struct who *who, struct span array,
                       uint32_t count)
{
    char source[URI_MAX_BYTES + 1];
    struct wire_writer writer, event;
    struct wire_reader reader = wire_reader(array);
    struct wire_value header;
    struct span one;
    source_write(who, source);
    wire_read(&reader, &header);
    ask_begin(gateway, errand, who->number, 1, &writer);
    wire_key(&writer, "events");
    wire_array(&writer, count);
    while (count-- > 0 && wire_skip(&reader, JSON_DEPTH_MAX + 1, &one) == 0) {
        struct wire_reader inner = wire_reader(one);
        wire_writer_init(&event, gateway->composed, sizeof gateway->composed);
        bool is_map = wire_read(&inner, &header) == 0 && header.kind == WIRE_MAP;
        if (is_map)
            event_compose(one, span_make(NULL, 0), source, &event);
        wire_bin(&writer, is_map ? wire_written(&event) : one);
    }
    ask_send(gateway, errand, PEER_INTAKE, "PUT", &writer, events_answer);
}

static void event_put(struct gateway *gateway, struct errand *errand, const struct who *who, struct span map)
{
    char source[URI_MAX_BYTES + 1];
    struct wire_writer event;
    source_write(who, source);
    wire_writer_init(&event, gateway->composed, sizeof gateway->composed);
    event_compose(map, http_header(gateway->http, errand->request.id, "Idempotency-Key"), source, &event);
    ask_put(gateway, errand, who->number, wire_written(&event), event_answer);
}

void post_events(struct gateway *gateway, const struct http_request *request, const struct who *who)
{
    struct span type = http_header(gateway->http, request->id, "Content-Type");
    struct span value;
    struct wire_value header;
    bool lines = span_starts(type, "application/x-ndjson") || span_starts(type, "application/jsonl");
    if (!lines && !span_starts(type, "application/json") && !span_starts(type, "application/cloudevents+json")) {
        answer_problem(gateway, request, -E_BAD_REQUEST,
                       "send Content-Type: application/json (one event or an array), or application/x-ndjson (a line "
                       "each)",
                       "");
        return;
    }
    if ((lines ? lines_read(gateway, request, &value) : body_read(gateway, request, &value)) < 0)
        return;
    struct wire_reader reader = wire_reader(value);
    if (wire_read(&reader, &header) < 0 || (header.kind != WIRE_MAP && header.kind != WIRE_ARRAY)) {
        answer_problem(gateway, request, -E_MALFORMED, "an event is an object; several are an array of objects", "");
        return;
    }
    if (header.kind == WIRE_ARRAY && header.count > PUT_EVENTS_MAX) {
        answer_problem(gateway, request, -E_REQUEST_TOO_LARGE, "", "");
        return;
    }
    struct errand *errand = errand_begin(gateway, request, who->number);
    if (errand && header.kind == WIRE_MAP)
        event_put(gateway, errand, who, value);
    else if (errand)
        events_put(gateway, errand, who, value, header.count);
}
