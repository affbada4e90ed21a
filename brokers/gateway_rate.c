/*
 * gateway_rate.c - a visit's link: the page on the tablet, what it asks about, and the rating.
 *
 *   GET  /rate/LINK         the page, kiosk.html
 *   GET  /rate/LINK/visit   {visit, store, department, store_name, store_name_en, expires, used, dimensions}
 *   POST /rate/LINK         feedback.rated of the link's visit, under an event id made of the link: there is one
 *
 * A tablet that did not hear the answer sends again. Its Idempotency-Key stands in the event: the same one again is the same
 * rating (200), another one comes too late (410).
 */
#include "brokers/gateway_parts.h"
#include "io/policy_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SOURCE "/manyi/gateway"
#define KEY_ATTRIBUTE "idempotencykey"

/* ---- rating ---- */

static void rated_tell(struct gateway *gateway, const struct errand *errand, bool again)
{
    char text[64];
    snprintf(text, sizeof text, "{\"seq\":%" PRIu64 ",\"duplicate\":%s}", errand->seq, again ? "true" : "false");
    struct http_answer answer = {.status = again ? 200 : 201, .type = "application/json", .body = span_of(text)};
    answer_send(gateway, &errand->request, &answer);
}

/* The rating that stands, as it came: was it this one? */
static void rated_before_heard(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct span row, bytes, key = http_header(gateway->http, errand->request.id, "Idempotency-Key");
    struct wire_value event, was;
    bool same = reply->status == 0 && rows_first_of(reply->body, &row) == 0 &&
                wire_find(row, "event", &event, &bytes) == 0 && event.kind == WIRE_BIN &&
                wire_find(event.bytes, KEY_ATTRIBUTE, &was, &bytes) == 0 && was.kind == WIRE_STR &&
                span_equal(was.bytes, key);
    if (same)
        rated_tell(gateway, errand, true);
    else if (reply->status && reply->status != -E_NOT_FOUND)
        answer_reply(gateway, errand, reply);
    else
        link_refuse(gateway, &errand->request, -E_LINK_USED, false);
}

static void rated_before_ask(struct gateway *gateway, struct errand *errand)
{
    struct wire_writer writer;
    ask_begin(gateway, errand, OURSELVES, 2, &writer);
    wire_key(&writer, "what");
    wire_text(&writer, span_of("event"));
    wire_key(&writer, "seq");
    wire_natural(&writer, errand->seq);
    ask_send(gateway, errand, PEER_FEED, "GET", &writer, rated_before_heard);
}

static void rated_answer(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    bool duplicate;
    struct problem problem;
    int status = ack_single(reply, &errand->seq, &duplicate, &problem);
    bool named = http_header(gateway->http, errand->request.id, "Idempotency-Key").len > 0;
    if (reply->status)
        answer_reply(gateway, errand, reply);
    else if (status < 0)
        answer_refused(gateway, &errand->request, status, &problem);
    else if (!duplicate)
        rated_tell(gateway, errand, false);
    else if (named)
        rated_before_ask(gateway, errand);
    else
        link_refuse(gateway, &errand->request, -E_LINK_USED, false);
}

/* "visit\nstore\ndepartment": no name has a line's end in it. */
static bool visit_read(struct span subject, struct span ret_part[3])
{
    for (uint32_t i = 0; i < 3; i++) {
        const uint8_t *end = subject.len ? memchr(subject.at, '\n', subject.len) : NULL;
        size_t len = end ? (size_t)(end - subject.at) : subject.len;
        if ((end != NULL) != (i < 2) || len == 0)
            return false;
        ret_part[i] = span_make(subject.at, len);
        subject = span_make(subject.at + len + (i < 2), subject.len - len - (i < 2));
    }
    return true;
}

/* What the customer says, of the visit that the link says. -E_BAD_REQUEST: the body names another one. */
static int rating_compose(struct span body, const struct link *link, struct span key, struct wire_writer *writer)
{
    static const char *const names[] = {"visit", "store", "department"};
    struct wire_reader reader = wire_reader(body);
    struct wire_value header, value;
    struct span part[3], bytes;
    char id[LINK_EVENT_ID_MAX];
    if (wire_read(&reader, &header) < 0 || header.kind != WIRE_MAP || !visit_read(link->subject, part))
        return -E_BAD_REQUEST;
    for (uint32_t i = 0; i < 3; i++) {
        if (wire_find(body, names[i], &value, &bytes) == 0)
            return -E_BAD_REQUEST;
    }
    bool adds_channel = wire_find(body, "channel", &value, &bytes) < 0;
    link_event_id(link, id);
    wire_map(writer, 4u + (key.len > 0));
    wire_key(writer, "id");
    wire_text(writer, span_of(id));
    wire_key(writer, "source");
    wire_text(writer, span_of(SOURCE));
    wire_key(writer, "type");
    wire_text(writer, span_of("feedback.rated"));
    if (key.len > 0) {
        wire_key(writer, KEY_ATTRIBUTE);
        wire_text(writer, key);
    }
    wire_key(writer, "data");
    wire_map(writer, header.count + 3 + adds_channel);
    for (uint32_t i = 0; i < 3; i++) {
        wire_key(writer, names[i]);
        wire_text(writer, part[i]);
    }
    if (adds_channel) {
        wire_key(writer, "channel");
        wire_text(writer, span_of("online"));
    }
    struct span rest = span_make(reader.at, (size_t)(reader.end - reader.at));
    if (rest.len > 0)
        wire_raw(writer, rest);
    return 0;
}

void link_rate(struct gateway *gateway, const struct http_request *request, struct span text)
{
    uint8_t buffer[LINK_TEXT_MAX];
    struct link link;
    struct span body;
    struct flaw flaw = {0};
    uint32_t characters;
    struct wire_writer writer;
    if (link_open(gateway, request, text, LINK_RATE, buffer, &link) < 0 || body_read(gateway, request, &body) < 0)
        return;
    wire_writer_init(&writer, gateway->composed, sizeof gateway->composed);
    struct span key = http_header(gateway->http, request->id, "Idempotency-Key");
    if (key.len > NAME_MAX_BYTES || utf8_count(key, &characters) < 0) {
        answer_problem(gateway, request, -E_BAD_REQUEST, "an Idempotency-Key has 1 to 64 bytes", "");
        return;
    }
    if (rating_compose(body, &link, key, &writer) < 0 || writer.full) {
        answer_problem(gateway, request, -E_BAD_REQUEST,
                       "a rating is an object; visit, store and department are the link's", "");
        return;
    }
    if (event_decode(wire_written(&writer), &gateway->event, &flaw) < 0) {
        answer_flaw(gateway, request, &flaw); /* the link stays good */
        return;
    }
    struct errand *errand = errand_begin(gateway, request, OURSELVES);
    if (errand)
        ask_put(gateway, errand, OURSELVES, wire_written(&writer), rated_answer);
}

/* ---- what the page asks about ---- */

/* The department's dimensions by the rulebook in force. */
static void dimensions_write(struct gateway *gateway, struct span department, struct wire_writer *writer)
{
    const struct department_weights *weights = policy_department(gateway->policy, department);
    wire_array(writer, weights ? weights->dimension_count : 0);
    for (uint32_t i = 0; weights && i < weights->dimension_count; i++)
        wire_text(writer, span_of(weights->dimension[i].dimension));
}

static void visit_tell(struct gateway *gateway, struct errand *errand)
{
    static const char *const names[] = {"visit", "store", "department"};
    struct wire_writer writer;
    struct span part[3];
    if (!visit_read(span_of(errand->text), part)) {
        answer_problem(gateway, &errand->request, -E_LINK_FORGED, "", "");
        return;
    }
    wire_writer_init(&writer, gateway->composed, sizeof gateway->composed);
    wire_map(&writer, 6u + PLACE_PAIRS);
    for (uint32_t i = 0; i < 3; i++) {
        wire_key(&writer, names[i]);
        wire_text(&writer, part[i]);
    }
    place_names_write(errand, &writer);
    wire_key(&writer, "expires");
    wire_time_text(&writer, errand->seen);
    wire_key(&writer, "used");
    wire_bool(&writer, errand->again);
    wire_key(&writer, "dimensions");
    dimensions_write(gateway, part[2], &writer);
    answer_value(gateway, &errand->request, 200, wire_written(&writer));
}

/* Read when it is another one than the last time. */
static void policy_heard(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct wire_value hash, content;
    struct span row, bytes;
    char message[POLICY_MESSAGE_MAX];
    if (reply->status == -E_NO_POLICY) {
        policy_default(gateway->policy);
        gateway->policy_hash[0] = '\0';
    } else if (reply->status || rows_first_of(reply->body, &row) < 0 || wire_find(row, "hash", &hash, &bytes) < 0 ||
               hash.kind != WIRE_STR || wire_find(row, "content", &content, &bytes) < 0 || content.kind != WIRE_STR) {
        answer_reply(gateway, errand, reply);
        return;
    } else if (!span_is(hash.bytes, gateway->policy_hash)) {
        gateway->policy_hash[0] = '\0';
        if (policy_parse(content.bytes, gateway->policy, message) < 0)
            policy_default(gateway->policy);
        else
            snprintf(gateway->policy_hash, sizeof gateway->policy_hash, "%.*s", SPAN_ARGS(hash.bytes));
    }
    visit_tell(gateway, errand);
}

/* A tablet that knows no name shows the short one. */
static void place_heard(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct wire_writer writer;
    place_keep(errand, reply);
    ask_begin(gateway, errand, OURSELVES, 1, &writer);
    wire_key(&writer, "what");
    wire_text(&writer, span_of("policy"));
    ask_send(gateway, errand, PEER_QUERY, "GET", &writer, policy_heard);
}

static void visit_heard(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct wire_value rated;
    struct span row, bytes, part[3];
    if (reply->status || rows_first_of(reply->body, &row) < 0) {
        answer_reply(gateway, errand, reply);
        return;
    }
    errand->again = wire_find(row, "rated_at", &rated, &bytes) == 0 && rated.kind != WIRE_NIL;
    if (visit_read(span_of(errand->text), part))
        place_ask(gateway, errand, part[1], place_heard);
    else
        answer_problem(gateway, &errand->request, -E_LINK_FORGED, "", "");
}

void rate_page(struct gateway *gateway, const struct http_request *request)
{
    if (!asset_send(gateway, request, span_of("/kiosk.html")))
        answer_problem(gateway, request, -E_NOT_FOUND, "this server has no page for tablets", "");
}

void rate_visit(struct gateway *gateway, const struct http_request *request, struct span text)
{
    uint8_t buffer[LINK_TEXT_MAX];
    struct link link;
    struct span part[3];
    struct wire_writer writer;
    if (link_open(gateway, request, text, LINK_RATE, buffer, &link) < 0)
        return;
    if (!visit_read(link.subject, part)) {
        link_refuse(gateway, request, -E_LINK_FORGED, false);
        return;
    }
    struct errand *errand = errand_begin(gateway, request, OURSELVES);
    if (!errand)
        return;
    errand->seen = link.expires_ms < TIME_END_MS ? link.expires_ms : TIME_END_MS - 1; /* as far as times are told */
    snprintf(errand->text, sizeof errand->text, "%.*s", SPAN_ARGS(link.subject));
    ask_begin(gateway, errand, OURSELVES, 3, &writer);
    wire_key(&writer, "what");
    wire_text(&writer, span_of("visit"));
    wire_key(&writer, "store");
    wire_text(&writer, part[1]);
    wire_key(&writer, "visit");
    wire_text(&writer, part[0]);
    ask_send(gateway, errand, PEER_QUERY, "GET", &writer, visit_heard);
}
