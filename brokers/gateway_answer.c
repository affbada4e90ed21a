/*
 * gateway_answer.c - answers: cards and figures as JSON, problems by RFC 9457.
 */
#include "brokers/gateway_parts.h"
#include "io/json.h"

#include <stdio.h>
#include <stdlib.h>

static void field_add(struct http_answer *answer, const char *name, const char *value)
{
    if (answer->field_count < HTTP_FIELDS_MAX)
        answer->field[answer->field_count++] = (struct http_field){name, value};
}

void answer_send(struct gateway *gateway, const struct http_request *request, struct http_answer *answer)
{
    if (request->id == 0)
        return;
    if (request->secure)
        field_add(answer, "Strict-Transport-Security", "max-age=31536000");
    if (answer->status == 503)
        field_add(answer, "Retry-After", "1");
    if (answer->status >= 400)
        gateway->refused++;
    if (answer->status >= 200 && answer->status / 100 - 2 < METRICS_ANSWERS)
        histogram_add(&gateway->http_times[request->place][answer->status / 100 - 2],
                      clock_us(gateway->setup.clock) - request->since_us, 1);
    http_answer(gateway->http, request->id, answer);
}

void answer_problem_more(struct gateway *gateway, const struct http_request *request, int status, const char *detail,
                         const char *pointer, const char *more)
{
    char problem[HTTP_PROBLEM_MAX];
    size_t len = http_problem(status, detail, pointer, more, problem);
    struct http_answer answer = {
        .status = http_status_of(status),
        .type = "application/problem+json",
        .body = span_make(problem, len),
    };
    if (answer.status == 401)
        field_add(&answer, "WWW-Authenticate", "Bearer realm=\"manyi\"");
    if (answer.status == 429)
        field_add(&answer, "Retry-After", "900"); /* as long as a lock may last */
    answer_send(gateway, request, &answer);
}

void answer_problem(struct gateway *gateway, const struct http_request *request, int status, const char *detail,
                    const char *pointer)
{
    answer_problem_more(gateway, request, status, detail, pointer, "");
}

void answer_value_with(struct gateway *gateway, const struct http_request *request, uint32_t status, struct span value,
                       const struct http_field *field)
{
    char *text = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&text, &len);
    int result = to ? json_print(to, value) : -E_NO_MEMORY;
    if (to && fclose(to) != 0 && result == 0)
        result = -E_NO_MEMORY;
    if (result < 0) {
        answer_problem(gateway, request, result, "", "");
    } else {
        struct http_answer answer = {.status = status, .type = "application/json", .body = span_make(text, len)};
        if (field)
            field_add(&answer, field->name, field->value);
        answer_send(gateway, request, &answer);
    }
    free(text);
}

void answer_value(struct gateway *gateway, const struct http_request *request, uint32_t status, struct span value)
{
    answer_value_with(gateway, request, status, value, NULL);
}

void answer_text(struct gateway *gateway, const struct http_request *request, uint32_t status, const char *text)
{
    struct http_answer answer = {.status = status, .type = "text/plain; charset=utf-8", .body = span_of(text)};
    answer_send(gateway, request, &answer);
}

/* 429 says for how long. */
static void answer_slow_down(struct gateway *gateway, const struct http_request *request, const struct nak_reply *nak)
{
    char problem[HTTP_PROBLEM_MAX], seconds[24], detail[512];
    int64_t wait_ms = HAS(nak, nak_reply, retry_ms) ? nak->retry_ms : 1000;
    snprintf(detail, sizeof detail, "%.*s", SPAN_ARGS(nak->message));
    size_t len = http_problem(-E_SLOW_DOWN, detail, "", "", problem);
    struct http_answer answer = {.status = 429, .type = "application/problem+json", .body = span_make(problem, len)};
    snprintf(seconds, sizeof seconds, "%lld", (long long)(wait_ms + 999) / 1000);
    field_add(&answer, "Retry-After", seconds);
    answer_send(gateway, request, &answer);
}

/* A reply's map without our rid. */
static struct span rid_leave(struct gateway *gateway, struct span map)
{
    struct wire_reader reader = wire_reader(map);
    struct wire_value header, key;
    struct span value, rid;
    struct wire_writer writer;
    wire_writer_init(&writer, gateway->composed, sizeof gateway->composed);
    if (wire_read(&reader, &header) < 0 || header.kind != WIRE_MAP || wire_find(map, "rid", &key, &rid) < 0)
        return map;
    wire_map(&writer, header.count - 1);
    for (uint32_t i = 0; i < header.count; i++) {
        if (wire_read(&reader, &key) < 0 || key.kind != WIRE_STR || wire_skip(&reader, 64, &value) < 0)
            return map;
        if (value.at == rid.at)
            continue;
        wire_text(&writer, key.bytes);
        wire_raw(&writer, value);
    }
    return writer.full ? map : wire_written(&writer);
}

void answer_reply(struct gateway *gateway, const struct errand *errand, const struct reply *reply)
{
    char detail[512];
    if (reply->status == 0) {
        answer_value(gateway, &errand->request, 200, rid_leave(gateway, reply->body));
    } else if (reply->status == -E_SLOW_DOWN) {
        answer_slow_down(gateway, &errand->request, &reply->nak);
    } else {
        snprintf(detail, sizeof detail, "%.*s", SPAN_ARGS(reply->nak.message));
        answer_problem(gateway, &errand->request, reply->status, detail, "");
    }
}
