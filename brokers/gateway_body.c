/*
 * gateway_body.c - what a POST says, and what is told of it: its JSON, who sends it, which field is wrong.
 */
#include "brokers/gateway_parts.h"
#include "io/json.h"

#include <stdio.h>

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

void pointer_write(struct span field, char *pointer, size_t size)
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

void answer_flaw_of(struct gateway *gateway, const struct http_request *request, const struct flaw *flaw, int64_t of)
{
    char inner[128], pointer[160];
    pointer_write(span_of(flaw->field), inner, sizeof inner);
    if (of < 0)
        snprintf(pointer, sizeof pointer, "%s", inner);
    else
        snprintf(pointer, sizeof pointer, "#/%lld%s", (long long)of, inner[0] ? inner + 1 : "");
    answer_problem(gateway, request, flaw->status, flaw->message, pointer);
}

void answer_flaw(struct gateway *gateway, const struct http_request *request, const struct flaw *flaw)
{
    answer_flaw_of(gateway, request, flaw, -1);
}

void answer_refused(struct gateway *gateway, const struct http_request *request, int status,
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

void source_write(const struct who *who, char source[URI_MAX_BYTES + 1])
{
    if (who->number == PRINCIPAL_LOCAL)
        snprintf(source, URI_MAX_BYTES + 1, "/manyi/http");
    else
        snprintf(source, URI_MAX_BYTES + 1, "/principals/%.*s", SPAN_ARGS(who->name));
}
