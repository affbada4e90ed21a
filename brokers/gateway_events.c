/*
 * gateway_events.c - POST /v1/events: events in every form, answered when they are on disk.
 *
 *   body ─▶ one value: a map, or an array of them ─▶ each as it is kept: CloudEvents mended, id and source added ─▶ PUT ─▶ ACK
 *
 * MessagePack is forwarded as it came. What can't be read in its form at all is refused here, and kept nowhere; an event that can,
 * and is none, is intake's to refuse, and to keep.
 */
#include "brokers/gateway_parts.h"
#include "core/ensure.h"
#include "io/json.h"

#include <stdio.h>

#define BODY_DEPTH_MAX 64u
#define PROBLEM_POINTER_MAX 128u

/* ---- answers ---- */

static void taken_tell(struct gateway *gateway, const struct errand *errand, bool tells_case)
{
    char text[128], of_case[40] = "";
    unsigned long long seq = errand->seq;
    if (tells_case)
        snprintf(of_case, sizeof of_case, ",\"case\":\"C-%llu\"", seq);
    snprintf(text, sizeof text, "{\"seq\":%llu,\"duplicate\":%s%s}", seq, errand->again ? "true" : "false", of_case);
    struct http_answer answer = {
        .status = errand->again ? 200 : 201, .type = "application/json", .body = span_of(text)};
    answer_send(gateway, &errand->request, &answer);
}

/* An event that came before under this id may have been another one: is there that case? */
static void case_answer(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct span row;
    taken_tell(gateway, errand, reply->status == 0 && rows_first_of(reply->body, &row) == 0);
}

static void case_ask(struct gateway *gateway, struct errand *errand)
{
    char id[24];
    struct wire_writer writer;
    snprintf(id, sizeof id, "C-%llu", (unsigned long long)errand->seq);
    ask_begin(gateway, errand, OURSELVES, 3, &writer);
    wire_key(&writer, "what");
    wire_text(&writer, span_of("complaint"));
    wire_key(&writer, "id");
    wire_text(&writer, span_of(id));
    wire_key(&writer, "wait_seq"); /* whoever sends again at once is not told that there is none */
    wire_natural(&writer, errand->seq);
    ask_send(gateway, errand, PEER_QUERY, "GET", &writer, case_answer);
}

void event_answer(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct problem problem;
    int status = ack_single(reply, &errand->seq, &errand->again, &problem);
    bool complains = errand->type == EVENT_feedback_complained;
    if (reply->status)
        answer_reply(gateway, errand, reply);
    else if (status < 0)
        answer_refused(gateway, &errand->request, status, &problem);
    else if (complains && errand->again)
        case_ask(gateway, errand);
    else
        taken_tell(gateway, errand, complains);
}

/* A problem of intake's, and where in the event it lies as a JSON pointer. */
static int problem_write(struct span map, struct wire_writer *writer)
{
    char pointer[PROBLEM_POINTER_MAX];
    struct wire_reader reader = wire_reader(map);
    struct wire_value header, field;
    struct span bytes;
    if (wire_read(&reader, &header) < 0 || header.kind != WIRE_MAP)
        return -E_MALFORMED;
    bool has_field = wire_find(map, "field", &field, &bytes) == 0 && field.kind == WIRE_STR;
    wire_map(writer, header.count + has_field);
    if (reader.at < reader.end)
        wire_raw(writer, span_make(reader.at, (size_t)(reader.end - reader.at)));
    if (has_field) {
        pointer_write(field.bytes, pointer, sizeof pointer);
        wire_key(writer, "pointer");
        wire_text(writer, span_of(pointer));
    }
    return 0;
}

/* The ACK: {first, count, head, problems}. */
static void events_answer(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct wire_value value;
    struct span first, count, head, problems, map;
    struct wire_writer writer;
    bool whole = reply->status == 0 && wire_find(reply->body, "problems", &value, &problems) == 0 &&
                 value.kind == WIRE_ARRAY && wire_find(reply->body, "count", &value, &count) == 0 &&
                 wire_find(reply->body, "head", &value, &head) == 0;
    if (!whole) {
        answer_reply(gateway, errand, reply);
        return;
    }
    wire_writer_init(&writer, gateway->packed, sizeof gateway->packed);
    wire_map(&writer, 4);
    wire_key(&writer, "first");
    if (wire_find(reply->body, "first", &value, &first) == 0)
        wire_raw(&writer, first);
    else
        wire_nil(&writer);
    wire_key(&writer, "count");
    wire_raw(&writer, count);
    wire_key(&writer, "head");
    wire_raw(&writer, head);
    wire_key(&writer, "problems");
    struct wire_reader reader = wire_reader(problems);
    wire_read(&reader, &value);
    wire_array(&writer, value.count);
    for (uint32_t i = 0; i < value.count; i++) {
        if (wire_skip(&reader, BODY_DEPTH_MAX, &map) < 0 || problem_write(map, &writer) < 0) {
            answer_reply(gateway, errand, reply);
            return;
        }
    }
    if (writer.full)
        answer_reply(gateway, errand, reply);
    else
        answer_value(gateway, &errand->request, 200, wire_written(&writer));
}

/* ---- bodies ---- */

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

/* One value and nothing behind it; {events: […]}, as in a PUT, is that array. */
static int msgpack_read(struct gateway *gateway, const struct http_request *request, struct span *ret_value)
{
    struct wire_reader reader = wire_reader(request->body);
    struct wire_value events, type;
    struct span value, array, bytes;
    int status = wire_skip(&reader, BODY_DEPTH_MAX, &value);
    if (status == 0 && reader.at != reader.end)
        status = -E_MALFORMED;
    if (status < 0) {
        answer_problem(gateway, request, status, "the body is one MessagePack value, and nothing behind it", "");
        return status;
    }
    bool wrapped = wire_find(value, "events", &events, &array) == 0 && events.kind == WIRE_ARRAY &&
                   wire_find(value, "type", &type, &bytes) < 0;
    *ret_value = wrapped ? array : value;
    return 0;
}

static int binary_read(struct gateway *gateway, const struct http_request *request, struct span *ret_value)
{
    struct wire_writer writer;
    struct flaw flaw = {0};
    wire_writer_init(&writer, gateway->packed, sizeof gateway->packed);
    int status = cloud_binary_read(gateway, request, &writer, &flaw);
    if (status == 0 && writer.full)
        status = flaw.status = -E_TOO_LARGE;
    if (status < 0)
        answer_flaw(gateway, request, &flaw);
    else
        *ret_value = wire_written(&writer);
    return status;
}

/* ---- events ---- */

/* The event with an id and a source, which stand in the request's head, or follow from who asks. */
static void event_compose(struct span map, struct span id, const char *source, struct wire_writer *writer)
{
    struct wire_reader reader = wire_reader(map);
    struct wire_value header, value;
    struct span bytes;
    wire_read(&reader, &header);
    bool adds_id = id.len > 0 && wire_find(map, "id", &value, &bytes) < 0;
    bool adds_source = source && wire_find(map, "source", &value, &bytes) < 0;
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

/* What arrives, and as what. */
struct sending {
    const struct http_request *request;
    const struct who *who;
    bool cloud;  /* in CloudEvents' JSON format */
    bool strict; /* what an event lacks is missing: no header stands for it */
};

/* An event as it is kept, lent until the next. Not a map: as it came, for intake to refuse. */
static int event_make(struct gateway *gateway, const struct sending *from, struct span id, struct span one,
                      struct span *ret_event, struct flaw *flaw)
{
    char source[URI_MAX_BYTES + 1];
    struct wire_reader reader = wire_reader(one);
    struct wire_value header;
    struct wire_writer writer;
    *ret_event = one;
    if (wire_read(&reader, &header) < 0 || header.kind != WIRE_MAP)
        return 0;
    if (from->cloud) {
        wire_writer_init(&writer, gateway->clouded, sizeof gateway->clouded);
        int status = cloud_read(gateway, one, &writer, flaw);
        if (status < 0)
            return status;
        one = wire_written(&writer);
    }
    source_write(from->who, source);
    wire_writer_init(&writer, gateway->composed, sizeof gateway->composed);
    event_compose(one, id, from->strict ? NULL : source, &writer);
    *ret_event = wire_written(&writer);
    return writer.full ? (flaw->status = -E_TOO_LARGE) : 0;
}

static enum event_type type_of(struct span event)
{
    struct wire_value type;
    struct span bytes;
    bool has = wire_find(event, "type", &type, &bytes) == 0 && type.kind == WIRE_STR;
    return has ? event_type_of(type.bytes) : EVENT_unknown;
}

static void event_put(struct gateway *gateway, const struct sending *from, struct span map)
{
    struct span event, none = span_make(NULL, 0);
    struct span id = from->strict ? none : http_header(gateway->http, from->request->id, "Idempotency-Key");
    struct flaw flaw = {0};
    if (event_make(gateway, from, id, map, &event, &flaw) < 0) {
        answer_flaw(gateway, from->request, &flaw);
        return;
    }
    struct errand *errand = errand_begin(gateway, from->request, from->who->number);
    if (!errand)
        return;
    errand->type = type_of(event);
    ask_put(gateway, errand, from->who->number, event, event_answer);
}

/* Each event in a bin of its own: a broken one spoils itself alone. */
static void events_put(struct gateway *gateway, const struct sending *from, struct span array, uint32_t count)
{
    struct wire_writer writer;
    struct wire_reader reader = wire_reader(array);
    struct wire_value header;
    struct span one, event;
    struct flaw flaw = {0};
    struct errand *errand = errand_begin(gateway, from->request, from->who->number);
    if (!errand)
        return;
    wire_read(&reader, &header);
    ask_begin(gateway, errand, from->who->number, 1, &writer);
    wire_key(&writer, "events");
    wire_array(&writer, count);
    for (uint32_t i = 0; i < count; i++) {
        int status = wire_skip(&reader, BODY_DEPTH_MAX, &one);
        ensure(status == 0); /* whoever read the body has walked it */
        if (event_make(gateway, from, span_make(NULL, 0), one, &event, &flaw) < 0) {
            answer_flaw_of(gateway, from->request, &flaw, i);
            errand_end(errand);
            return;
        }
        wire_bin(&writer, event);
    }
    ask_send(gateway, errand, PEER_INTAKE, "PUT", &writer, events_answer);
}

static int events_read(struct gateway *gateway, const struct http_request *request, enum media media, bool binary,
                       struct span *ret_value)
{
    if (binary)
        return binary_read(gateway, request, ret_value);
    if (media == MEDIA_LINES)
        return lines_read(gateway, request, ret_value);
    if (media == MEDIA_MSGPACK)
        return msgpack_read(gateway, request, ret_value);
    return body_read(gateway, request, ret_value);
}

void post_events(struct gateway *gateway, const struct http_request *request, const struct who *who)
{
    enum media media = media_of(gateway, request);
    bool cloud = media == MEDIA_CLOUD || media == MEDIA_CLOUD_BATCH;
    bool binary = !cloud && media != MEDIA_OTHER && media != MEDIA_OTHER_CHARSET && cloud_is_binary(gateway, request);
    const struct sending from = {.request = request, .who = who, .cloud = cloud, .strict = cloud || binary};
    struct wire_value header;
    struct span value;
    bool fits = binary ? media != MEDIA_LINES && (media != MEDIA_NONE || request->body.len == 0)
                       : cloud || media == MEDIA_JSON || media == MEDIA_LINES || media == MEDIA_MSGPACK;
    if (!fits) {
        media_refuse(gateway, request, media);
        return;
    }
    if (events_read(gateway, request, media, binary, &value) < 0)
        return;
    struct wire_reader reader = wire_reader(value);
    bool is_value = wire_read(&reader, &header) == 0;
    bool one = is_value && header.kind == WIRE_MAP && media != MEDIA_CLOUD_BATCH;
    bool several = is_value && header.kind == WIRE_ARRAY && media != MEDIA_CLOUD && !binary;
    if (several && header.count > PUT_EVENTS_MAX)
        answer_problem(gateway, request, -E_REQUEST_TOO_LARGE, "", "");
    else if (several)
        events_put(gateway, &from, value, header.count);
    else if (one)
        event_put(gateway, &from, value);
    else
        answer_problem(gateway, request, -E_MALFORMED,
                       cloud ? "a structured event is an object, a batch an array of them"
                             : "an event is an object; several are an array of objects",
                       "");
}

/* ---- mended ---- */

void post_mended(struct gateway *gateway, const struct http_request *request, const struct who *who, struct span key)
{
    enum media media = media_of(gateway, request);
    struct wire_value header;
    struct span value;
    if (media != MEDIA_JSON && media != MEDIA_MSGPACK) {
        answer_problem(gateway, request, -E_MEDIA_TYPE,
                       "send the mended event as application/json or application/vnd.msgpack", "");
        return;
    }
    if (events_read(gateway, request, media, false, &value) < 0)
        return;
    struct wire_reader reader = wire_reader(value);
    if (wire_read(&reader, &header) < 0 || header.kind != WIRE_MAP) {
        answer_problem(gateway, request, -E_MALFORMED, "the mended event is one object", "");
        return;
    }
    struct errand *errand = errand_begin(gateway, request, who->number);
    if (!errand)
        return;
    struct wire_writer writer;
    errand->type = type_of(value);
    ask_begin(gateway, errand, who->number, 2, &writer);
    wire_key(&writer, "mends");
    wire_text(&writer, key);
    wire_key(&writer, "events");
    wire_array(&writer, 1);
    wire_bin(&writer, value);
    ask_send(gateway, errand, PEER_INTAKE, "PUT", &writer, event_answer);
}
