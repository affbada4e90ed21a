/*
 * http_sim.c - HTTP without a network: a test asks, and looks at the answers.
 */
#include "io/http_sim.h"

#include "core/ensure.h"
#include "core/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define HEADERS_MAX 2048u

struct place {
    struct http_sim_request request;
    uint32_t status; /* 0: not answered */
    char *body;
    char headers[HEADERS_MAX];
};

struct http {
    struct place place[HTTP_SIM_PLACES];
    uint32_t asked, received;
};

int http_open(const struct http_options *options, struct http **ret_http, char message[HTTP_MESSAGE_MAX])
{
    (void)options;
    message[0] = '\0';
    struct http *http = calloc(1, sizeof *http);
    if (!http)
        return -E_NO_MEMORY;
    *ret_http = http;
    return 0;
}

void http_close(struct http *http)
{
    if (!http)
        return;
    for (uint32_t i = 0; i < http->asked; i++)
        free(http->place[i].body);
    free(http);
}

int http_fd(const struct http *http)
{
    (void)http;
    return -1;
}

void http_run(struct http *http, struct clock_reading now, int64_t *ret_wait_ms)
{
    (void)now;
    *ret_wait_ms = http->received < http->asked ? 0 : 1000;
}

uint64_t http_sim_ask(struct http *http, const struct http_sim_request *request)
{
    ensure(http->asked < HTTP_SIM_PLACES);
    http->place[http->asked].request = *request;
    return ++http->asked;
}

int http_receive(struct http *http, struct http_request *ret_request)
{
    if (http->received == http->asked)
        return -E_AGAIN;
    const struct http_sim_request *asked = &http->place[http->received++].request;
    const char *mark = strchr(asked->uri, '?');
    *ret_request = (struct http_request){
        .id = http->received,
        .method = asked->method,
        .path = mark ? span_make(asked->uri, (size_t)(mark - asked->uri)) : span_of(asked->uri),
        .query = span_of(mark ? mark + 1 : NULL),
        .body = span_of(asked->body),
        .peer = asked->peer ? asked->peer : "127.0.0.1",
        .network = asked->peer ? asked->peer : "127.0.0.1",
        .secure = asked->secure,
        .loopback = !asked->peer,
        .nonce = {(uint8_t)http->received},
    };
    return 0;
}

struct span http_header(const struct http *http, uint64_t id, const char *name)
{
    const char *line = http->place[id - 1].request.headers;
    size_t len = strlen(name);
    while (line && *line) {
        size_t line_len = strcspn(line, "\n");
        if (strncasecmp(line, name, len) == 0 && strncmp(line + len, ": ", 2) == 0)
            return span_make(line + len + 2, line_len - len - 2);
        line += line_len + (line[line_len] == '\n');
    }
    return span_make(NULL, 0);
}

int http_headers(const struct http *http, uint64_t id, const char *prefix,
                 int (*visit)(void *context, struct span name, struct span value), void *context)
{
    const char *line = http->place[id - 1].request.headers;
    int status = 0;
    while (line && *line && status >= 0) {
        size_t line_len = strcspn(line, "\n"), name_len = strcspn(line, ":\n");
        if (strncasecmp(line, prefix, strlen(prefix)) == 0 && name_len + 2 <= line_len)
            status = visit(context, span_make(line, name_len), span_make(line + name_len + 2, line_len - name_len - 2));
        line += line_len + (line[line_len] == '\n');
    }
    return status;
}

static void header_add(struct place *place, const char *name, const char *value)
{
    size_t len = strlen(place->headers);
    snprintf(place->headers + len, HEADERS_MAX - len, "%s: %s\n", name, value);
}

int http_answer(struct http *http, uint64_t id, const struct http_answer *answer)
{
    ensure(id >= 1 && id <= http->received);
    struct place *place = &http->place[id - 1];
    if (place->status != 0)
        return -E_UNREACHABLE;
    place->status = answer->status;
    place->body = malloc(answer->body.len + 1);
    ensure(place->body);
    if (answer->body.len > 0)
        memcpy(place->body, answer->body.at, answer->body.len);
    place->body[answer->body.len] = '\0';
    header_add(place, "Content-Type", answer->type);
    for (uint32_t i = 0; i < answer->field_count; i++)
        header_add(place, answer->field[i].name, answer->field[i].value);
    return 0;
}

uint32_t http_sim_answer(const struct http *http, uint64_t id, const char **ret_body, const char **ret_headers)
{
    const struct place *place = &http->place[id - 1];
    *ret_body = place->body;
    *ret_headers = place->headers;
    return place->status;
}
