/*
 * gateway_decide.c - POST of a decision, answered when it is on disk and folded, with what became of it.
 */
#include "brokers/gateway_parts.h"
#include "schemas/actions.h"

#include <sodium.h>
#include <stdio.h>

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

/* Beside what a problem says: the decision's own entry, and the card's last one, as it is by now. */
static void rejected_more(const struct errand *errand, struct span row, char *more, size_t size)
{
    struct wire_value card, changed;
    struct span bytes, none;
    int len = snprintf(more, size, ",\"seq\":%llu", (unsigned long long)errand->seq);
    if (wire_find(row, "card", &card, &bytes) == 0 && card.kind == WIRE_MAP &&
        wire_find(bytes, "changed_seq", &changed, &none) == 0 && changed.kind == WIRE_UINT)
        snprintf(more + len, size - (size_t)len, ",\"changed_seq\":%llu", (unsigned long long)changed.natural);
}

/* What became of it. One that is not folded yet is on disk all the same. */
void outcome_answer(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct wire_value outcome, code, reason;
    struct span row, bytes;
    char text[96], detail[512], more[96];
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
    rejected_more(errand, row, more, sizeof more);
    answer_problem_more(gateway, &errand->request, status, detail, "", more);
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
                             enum event_type type, struct span subject, int64_t if_seq, struct span data,
                             struct wire_writer *writer)
{
    char id[2 * HTTP_NONCE_BYTES + 1], source[URI_MAX_BYTES + 1];
    struct span key = http_header(gateway->http, request->id, "Idempotency-Key"), bytes;
    struct wire_reader reader = wire_reader(data);
    struct wire_value header, value;
    source_write(who, source);
    sodium_bin2hex(id, sizeof id, request->nonce, HTTP_NONCE_BYTES);
    wire_map(writer, 4u + (subject.len > 0) + (if_seq > 0));
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
    if (if_seq > 0) {
        wire_key(writer, "ifseq");
        wire_integer(writer, if_seq);
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
    int64_t if_seq;
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
    if (if_match_read(gateway, request, &if_seq) < 0 || body_read(gateway, &plain, &data) < 0)
        return;
    struct wire_reader reader = wire_reader(data);
    if (wire_read(&reader, &header) < 0 || header.kind != WIRE_MAP) {
        answer_problem(gateway, request, -E_MALFORMED, "the decision's data is an object", "");
        return;
    }
    wire_writer_init(&writer, gateway->composed, sizeof gateway->composed);
    decision_compose(gateway, request, who, type, subject, if_seq, data, &writer);
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
