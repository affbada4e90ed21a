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
    bool open, deaf;
    size_t len, read; /* of an open answer's body */
    int64_t since_ms; /* when its client had read everything for the last time */
    char headers[HEADERS_MAX];
};

struct http {
    struct place place[HTTP_SIM_PLACES];
    uint32_t asked, received;
    int64_t now_ms;
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
    http->now_ms = now.monotonic_ms;
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
        .body = asked->body_len > 0 ? span_make(asked->body, asked->body_len) : span_of(asked->body),
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

static void body_add(struct place *place, struct span bytes)
{
    place->body = realloc(place->body, place->len + bytes.len + 1);
    ensure(place->body);
    if (bytes.len > 0)
        memcpy(place->body + place->len, bytes.at, bytes.len);
    place->len += bytes.len;
    place->body[place->len] = '\0';
}

int http_answer(struct http *http, uint64_t id, const struct http_answer *answer)
{
    ensure(id >= 1 && id <= http->received);
    struct place *place = &http->place[id - 1];
    if (place->status != 0)
        return -E_UNREACHABLE;
    place->status = answer->status;
    body_add(place, answer->body);
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

/* ---- answers that stay open ---- */

static struct place *open_of(const struct http *http, uint64_t id)
{
    ensure(id >= 1 && id <= http->received);
    const struct place *place = &http->place[id - 1];
    return place->open ? (struct place *)(uintptr_t)place : NULL;
}

static void all_read(const struct http *http, struct place *place)
{
    if (place->deaf && place->read < place->len)
        return;
    place->read = place->len;
    place->since_ms = http->now_ms;
}

int http_stream(struct http *http, uint64_t id, const struct http_answer *head)
{
    int result = http_answer(http, id, head);
    if (result < 0)
        return result;
    http->place[id - 1].open = true;
    all_read(http, &http->place[id - 1]);
    return 0;
}

int http_stream_send(struct http *http, uint64_t id, const struct span *parts, uint32_t count)
{
    struct place *place = open_of(http, id);
    size_t len = 0;
    if (!place)
        return -E_UNREACHABLE;
    for (uint32_t i = 0; i < count; i++)
        len += parts[i].len;
    all_read(http, place);
    if (place->len - place->read + len > HTTP_STREAM_MAX)
        return -E_AGAIN;
    for (uint32_t i = 0; i < count; i++)
        body_add(place, parts[i]);
    return 0;
}

void http_stream_end(struct http *http, uint64_t id, struct span last)
{
    struct place *place = open_of(http, id);
    ensure(last.len <= HTTP_STREAM_LAST);
    if (!place)
        return;
    body_add(place, last);
    place->open = false;
}

int http_stream_look(const struct http *http, uint64_t id, struct http_stream_state *ret_state)
{
    struct place *place = open_of(http, id);
    if (!place)
        return -E_UNREACHABLE;
    all_read(http, place);
    *ret_state = (struct http_stream_state){
        .unread = place->len - place->read,
        .stuck_ms = http->now_ms - place->since_ms,
    };
    return 0;
}

void http_sim_reads(struct http *http, uint64_t id, bool reads)
{
    http->place[id - 1].deaf = !reads;
}

void http_sim_leave(struct http *http, uint64_t id)
{
    http->place[id - 1].open = false;
}

bool http_sim_is_open(const struct http *http, uint64_t id)
{
    return http->place[id - 1].open;
}
