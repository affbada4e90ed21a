/*
 * gateway_post.c - POST: events into the journal, and decisions, each answered when it is on disk and folded.
 */
#include "brokers/gateway_parts.h"
#include "io/json.h"
#include "schemas/actions.h"

#include <sodium.h>
#include <stdio.h>
#include <strings.h>

int body_read(struct gateway *gateway, const struct http_request *request, struct span *ret_value)
{
    char message[JSON_MESSAGE_MAX] = "";
    struct wire_writer writer;
    wire_writer_init(&writer, gateway->packed, sizeof gateway->packed);
    struct span body = request->body.len > 0 ? request->body : span_of("{}");
    int result = json_to_wire(body, &writer, message);
    if (result < 0) {
        answer_problem(gateway, request, result, message, "");
        return result;
    }
    *ret_value = wire_written(&writer);
    return 0;
}

/* "data.staff[3]" as "#/data/staff/3". */
static void pointer_write(struct span field, char *pointer, size_t size)
{
    size_t len = 0;
    pointer[0] = '\0';
    for (size_t i = 0; i < field.len && len + 4 < size; i++) {
        char character = (char)field.at[i];
        if (len == 0) {
            memcpy(pointer, "#/", 2);
            len = 2;
        }
        if (character == ']')
            continue;
        pointer[len++] = character == '.' || character == '[' ? '/' : character;
    }
    pointer[len] = '\0';
}

static void answer_flaw(struct gateway *gateway, const struct http_request *request, const struct flaw *flaw)
{
    char pointer[128];
    pointer_write(span_of(flaw->field), pointer, sizeof pointer);
    answer_problem(gateway, request, flaw->status, flaw->message, pointer);
}

static void answer_refused(struct gateway *gateway, const struct http_request *request, int status,
                           const struct problem *problem)
{
    char pointer[128] = "", detail[PROBLEMS_TEXT_MAX + 1] = "", more[NAME_MAX_BYTES + 32] = "";
    if (HAS(problem, problem, field))
        pointer_write(problem->field, pointer, sizeof pointer);
    if (HAS(problem, problem, message))
        snprintf(detail, sizeof detail, "%.*s", SPAN_ARGS(problem->message));
    if (HAS(problem, problem, quarantine))
        snprintf(more, sizeof more, ",\"quarantine\":\"%.*s\"", SPAN_ARGS(problem->quarantine));
    answer_problem_more(gateway, request, status, detail, pointer, more);
}

/* "/principals/wang.li": what somebody publishes as who says nothing else. */
static void source_write(const struct who *who, char source[URI_MAX_BYTES + 1])
{
    if (who->number == PRINCIPAL_LOCAL)
        snprintf(source, URI_MAX_BYTES + 1, "/manyi/http");
    else
        snprintf(source, URI_MAX_BYTES + 1, "/principals/%.*s", SPAN_ARGS(who->name));
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

/* ---- decisions ---- */

static const struct {
    const char *path, *prefix;
} decided[] = {
    {"complaints", "complaint."}, {"escalations", "escalation."}, {"tasks", "task."},
    {"callbacks", "callback."},   {"ledger", "ledger."},          {"appeals", "appeal."},
};

void outcome_ask(struct gateway *gateway, struct errand *errand, errand_then *then)
{
    struct wire_writer writer;
    ask_begin(gateway, errand, errand->number, 3, &writer);
    wire_key(&writer, "what");
    wire_text(&writer, span_of("outcome"));
    wire_key(&writer, "seq");
    wire_natural(&writer, errand->seq);
    wire_key(&writer, "wait_seq");
    wire_natural(&writer, errand->seq);
    ask_send(gateway, errand, PEER_QUERY, "GET", &writer, then);
}

/* A key that was used for another case or another step: whoever asks must not believe that this one was taken. */
static bool is_same_decision(const struct errand *errand, struct span row)
{
    struct wire_value type, subject;
    struct span bytes;
    bool has_subject = wire_find(row, "subject", &subject, &bytes) == 0 && subject.kind == WIRE_STR;
    return wire_find(row, "type", &type, &bytes) == 0 && type.kind == WIRE_STR &&
           span_is(type.bytes, event_table(errand->type)->type) &&
           span_is(has_subject ? subject.bytes : span_make(NULL, 0), errand->text);
}

/* What became of it. One that is not folded yet is on disk all the same. */
void outcome_answer(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct wire_value outcome, code, reason;
    struct span row, bytes;
    char text[96], detail[512];
    if (reply->status == -E_NOT_FOLDED || reply->status == -E_AGAIN) {
        snprintf(text, sizeof text, "{\"seq\":%llu,\"outcome\":null}", (unsigned long long)errand->seq);
        struct http_answer answer = {.status = 202, .type = "application/json", .body = span_of(text)};
        answer_send(gateway, &errand->request, &answer);
        return;
    }
    if (reply->status || rows_first_of(reply->body, &row) < 0) {
        answer_reply(gateway, errand, reply);
        return;
    }
    if (errand->again && !is_same_decision(errand, row)) {
        answer_problem(gateway, &errand->request, -E_KEY_REUSED, "", "");
        return;
    }
    bool rejected = wire_find(row, "outcome", &outcome, &bytes) == 0 && outcome.kind == WIRE_STR &&
                    span_is(outcome.bytes, "rejected");
    if (!rejected) {
        answer_value(gateway, &errand->request, 200, row);
        return;
    }
    int status = wire_find(row, "code", &code, &bytes) == 0 && code.kind == WIRE_STR ? status_of_code(code.bytes)
                                                                                     : -E_BAD_DECISION;
    bool says = wire_find(row, "reason", &reason, &bytes) == 0 && reason.kind == WIRE_STR;
    snprintf(detail, sizeof detail, "%.*s", SPAN_ARGS(says ? reason.bytes : span_make(NULL, 0)));
    snprintf(text, sizeof text, ",\"seq\":%llu", (unsigned long long)errand->seq);
    answer_problem_more(gateway, &errand->request, status, detail, "", text);
}

static void decision_answer(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct problem problem; /* again: the same Idempotency-Key; it is answered as the first time */
    int status = ack_single(reply, &errand->seq, &errand->again, &problem);
    if (reply->status)
        answer_reply(gateway, errand, reply);
    else if (status < 0)
        answer_refused(gateway, &errand->request, status, &problem);
    else
        outcome_ask(gateway, errand, errand->page ? home_again : outcome_answer);
}

/* {id, source, type, subject, data}, with `by` being who asks when nobody is named. */
static void decision_compose(struct gateway *gateway, const struct http_request *request, const struct who *who,
                             enum event_type type, struct span subject, struct span data, struct wire_writer *writer)
{
    char id[2 * HTTP_NONCE_BYTES + 1], source[URI_MAX_BYTES + 1];
    struct span key = http_header(gateway->http, request->id, "Idempotency-Key"), bytes;
    struct wire_reader reader = wire_reader(data);
    struct wire_value header, value;
    source_write(who, source);
    sodium_bin2hex(id, sizeof id, request->nonce, HTTP_NONCE_BYTES);
    wire_map(writer, 4u + (subject.len > 0));
    wire_key(writer, "id");
    wire_text(writer, key.len > 0 ? key : span_of(id));
    wire_key(writer, "source");
    wire_text(writer, span_of(source));
    wire_key(writer, "type");
    wire_text(writer, span_of(event_table(type)->type));
    if (subject.len > 0) {
        wire_key(writer, "subject");
        wire_text(writer, subject);
    }
    wire_read(&reader, &header);
    bool adds_by = who->number != PRINCIPAL_LOCAL && wire_find(data, "by", &value, &bytes) < 0;
    wire_key(writer, "data");
    wire_map(writer, header.count + adds_by);
    if (adds_by) {
        wire_key(writer, "by");
        wire_text(writer, who->name);
    }
    struct span rest = span_make(reader.at, (size_t)(reader.end - reader.at));
    if (rest.len > 0)
        wire_raw(writer, rest);
}

/* "csrf=...", and nothing that would be lost. */
static bool form_is_token(struct span form)
{
    return span_starts(form, "csrf=") && !memchr(form.at, '&', form.len);
}

static void decide(struct gateway *gateway, const struct http_request *request, const struct who *who,
                   enum event_type type, struct span subject)
{
    struct span data;
    struct wire_value header;
    struct flaw flaw;
    struct wire_writer writer;
    struct span content = http_header(gateway->http, request->id, "Content-Type");
    struct http_request plain = *request;
    /* a button without a script; a program that says so by default (curl) sends JSON all the same */
    bool button = who->session && span_starts(content, "application/x-www-form-urlencoded");
    if (button && request->body.len > 0 && !form_is_token(request->body)) {
        answer_problem(gateway, request, -E_BAD_REQUEST,
                       "a form has the field csrf alone here; a decision's fields come as JSON", "");
        return;
    }
    if (button)
        plain.body = span_make(NULL, 0);
    if (body_read(gateway, &plain, &data) < 0)
        return;
    struct wire_reader reader = wire_reader(data);
    if (wire_read(&reader, &header) < 0 || header.kind != WIRE_MAP) {
        answer_problem(gateway, request, -E_MALFORMED, "the decision's data is an object", "");
        return;
    }
    wire_writer_init(&writer, gateway->composed, sizeof gateway->composed);
    decision_compose(gateway, request, who, type, subject, data, &writer);
    /* nobody needs a slip of the pen in quarantine */
    if (writer.full || event_decode(wire_written(&writer), &gateway->event, &flaw) < 0) {
        if (writer.full)
            answer_problem(gateway, request, -E_TOO_LARGE, "", "");
        else
            answer_flaw(gateway, request, &flaw);
        return;
    }
    struct errand *errand = errand_begin(gateway, request, who->number);
    if (!errand)
        return;
    errand->page = button;
    errand->type = type;
    snprintf(errand->text, sizeof errand->text, "%.*s", SPAN_ARGS(subject));
    ask_put(gateway, errand, who->number, wire_written(&writer), decision_answer);
}

/* /v1/complaints/C-41/acknowledge, /v1/tasks/open */
void post_decision(struct gateway *gateway, const struct http_request *request, const struct who *who,
                   const struct path *path)
{
    enum event_type type = EVENT_unknown;
    for (size_t i = 0; i < sizeof decided / sizeof decided[0] && path->count >= 3; i++) {
        if (span_is(path->segment[1], decided[i].path))
            type = action_find(decided[i].prefix, (const char *)path->segment[path->count - 1].at);
    }
    if (type == EVENT_unknown || path->count < 3 || path->count > 4)
        answer_problem(gateway, request, -E_NOT_FOUND, "nothing can be done at this path", "");
    else
        decide(gateway, request, who, type, path->count == 4 ? path->segment[2] : span_make(NULL, 0));
}
