/*
 * http_role_mhd.c - the role's side of HTTP: its turn, requests that are whole, answers, beginning and end.
 */
#include "io/http_parts_mhd.h"

#include "core/status.h"
#include "io/http_open_mhd.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUIET_MS 60000                                /* without connections the library has nothing to do */
#define LOOK_MS 1000                                  /* at connections that take their time */
#define CONNECTION_MEMORY (HTTP_HEAD_MAX + 16u * KIB) /* and the head of an answer */

/* Of "2001:db8:1:2:3::4" "2001:db8:1:2::". */
static void network_take(struct place *place)
{
    uint8_t bytes[16];
    bool six = inet_pton(AF_INET6, place->peer, bytes) == 1;
    if (six)
        memset(bytes + 8, 0, 8);
    if (!six || !inet_ntop(AF_INET6, bytes, place->network, sizeof place->network))
        memcpy(place->network, place->peer, sizeof place->network);
}

/* What the proxy says last is what it has seen itself; the rest anybody could have sent. */
static void peer_take(const struct http *http, struct place *place)
{
    const uint8_t *bytes = place->address.sin6_addr.s6_addr;
    bool four = IN6_IS_ADDR_V4MAPPED(&place->address.sin6_addr);
    inet_ntop(four ? AF_INET : AF_INET6, four ? bytes + 12 : bytes, place->peer, sizeof place->peer);
    if (!http->behind_proxy || !place_is_loopback(&place->address))
        return;
    const char *named = MHD_lookup_connection_value(place->connection, MHD_HEADER_KIND, "X-Forwarded-For");
    const char *last = named ? strrchr(named, ',') : NULL;
    last = last ? last + 1 : named;
    while (last && *last == ' ')
        last++;
    uint8_t parsed[16];
    if (last && strlen(last) < HTTP_PEER_MAX &&
        (inet_pton(AF_INET, last, parsed) == 1 || inet_pton(AF_INET6, last, parsed) == 1))
        snprintf(place->peer, sizeof place->peer, "%s", last);
}

static bool is_secure(const struct http *http, const struct place *place)
{
    if (http->tls || !http->behind_proxy || !place_is_loopback(&place->address))
        return http->tls;
    const char *scheme = MHD_lookup_connection_value(place->connection, MHD_HEADER_KIND, "X-Forwarded-Proto");
    return scheme && strcasecmp(scheme, "https") == 0;
}

static enum http_method method_of(const char *method)
{
    if (strcmp(method, "GET") == 0)
        return HTTP_GET;
    if (strcmp(method, "HEAD") == 0)
        return HTTP_HEAD;
    return strcmp(method, "POST") == 0 ? HTTP_POST : HTTP_OTHER;
}

int http_receive(struct http *http, struct http_request *ret_request)
{
    if (http->ready_count == 0)
        return -E_AGAIN;
    uint32_t index = http->ready[http->ready_first];
    http->ready_first = (http->ready_first + 1) % HTTP_CONNECTIONS_MAX;
    http->ready_count--;
    struct place *place = &http->place[index];
    const char *mark = memchr(place->uri, '?', place->uri_len);
    size_t path_len = mark ? (size_t)(mark - place->uri) : place->uri_len;
    peer_take(http, place);
    network_take(place);
    *ret_request = (struct http_request){
        .id = (uint64_t)place->generation << 32 | (index + 1),
        .method = method_of(place->method),
        .path = span_make(place->uri, path_len),
        .query = mark ? span_make(mark + 1, place->uri_len - path_len - 1) : span_make(NULL, 0),
        .body = span_make(place->body, place->body_len),
        .peer = place->peer,
        .network = place->network,
        .secure = is_secure(http, place),
        .loopback = place_is_loopback(&place->address),
    };
    randombytes_buf(ret_request->nonce, sizeof ret_request->nonce);
    return 0;
}

struct place *http_place_of(const struct http *http, uint64_t id, enum phase phase)
{
    uint32_t index = (uint32_t)id - 1;
    if (index >= HTTP_CONNECTIONS_MAX)
        return NULL;
    const struct place *place = &http->place[index];
    return place->phase == phase && place->generation == id >> 32 ? (struct place *)(uintptr_t)place : NULL;
}

struct span http_header(const struct http *http, uint64_t id, const char *name)
{
    struct place *place = http_place_of(http, id, PHASE_READY);
    return place ? span_of(MHD_lookup_connection_value(place->connection, MHD_HEADER_KIND, name)) : span_make(NULL, 0);
}

struct visiting {
    const char *prefix;
    int (*visit)(void *context, struct span name, struct span value);
    void *context;
    int status;
};

static enum MHD_Result on_header(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct visiting *visiting = context;
    (void)kind;
    if (strncasecmp(name, visiting->prefix, strlen(visiting->prefix)) == 0)
        visiting->status = visiting->visit(visiting->context, span_of(name), span_of(value));
    return visiting->status < 0 ? MHD_NO : MHD_YES;
}

int http_headers(const struct http *http, uint64_t id, const char *prefix,
                 int (*visit)(void *context, struct span name, struct span value), void *context)
{
    struct visiting visiting = {.prefix = prefix, .visit = visit, .context = context};
    struct place *place = http_place_of(http, id, PHASE_READY);
    if (place)
        MHD_get_connection_values(place->connection, MHD_HEADER_KIND, on_header, &visiting);
    return visiting.status;
}

/* Whoever asks for much and doesn't read it takes memory until his time is over. */
static struct MHD_Response *response_no_room(void)
{
    char problem[HTTP_PROBLEM_MAX];
    size_t len = http_problem(-E_AGAIN, "too many large answers have not been read yet", "", "", problem);
    const struct http_answer answer = {
        .type = "application/problem+json",
        .body = span_make(problem, len),
        .field = {{"Retry-After", "1"}},
        .field_count = 1,
    };
    return http_response(&answer);
}

int http_answer(struct http *http, uint64_t id, const struct http_answer *answer)
{
    struct place *place = http_place_of(http, id, PHASE_READY);
    if (!place)
        return -E_UNREACHABLE;
    size_t len = answer->body.len > HTTP_ANSWER_SMALL ? answer->body.len : 0;
    bool fits = http->answers + len <= HTTP_ANSWERS_MAX;
    place->response = fits ? http_response(answer) : response_no_room(); /* NULL: the connection is closed instead */
    place->answer_status = fits ? answer->status : http_status_of(-E_AGAIN);
    place->answer_len = fits ? len : 0;
    http->answers += place->answer_len;
    place->phase = PHASE_ANSWERED;
    place->since_ms = http->now_ms;
    MHD_resume_connection(place->connection);
    return 0;
}

/* Whoever takes his time to ask, or to read: a shut socket looks to the library like a client that left. */
static void slow_end(struct http *http)
{
    static const int64_t patience_ms[] = {
        [PHASE_FREE] = INT64_MAX,       [PHASE_IDLE] = HTTP_HEAD_MS, [PHASE_HEAD] = HTTP_HEAD_MS,
        [PHASE_BODY] = HTTP_REQUEST_MS, [PHASE_READY] = INT64_MAX,   [PHASE_ANSWERED] = HTTP_READ_MS,
        [PHASE_STREAM] = INT64_MAX,
    };
    for (uint32_t i = 0; i < HTTP_CONNECTIONS_MAX; i++) {
        struct place *place = &http->place[i];
        if (http->now_ms - place->since_ms > patience_ms[place->phase] ||
            (place->phase == PHASE_STREAM && open_answer_is_slow(http, place)))
            shutdown(place->fd, SHUT_RDWR);
    }
}

void http_run(struct http *http, struct clock_reading now, int64_t *ret_wait_ms)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;
    http->now_ms = now.monotonic_ms;
    if (now.monotonic_ms >= http->look_ms) {
        slow_end(http);
        open_answers_look(http);
        http->look_ms = now.monotonic_ms + LOOK_MS;
    }
    MHD_run(http->daemon);
    *ret_wait_ms = http->connections > 0 ? http->look_ms - now.monotonic_ms : QUIET_MS;
    if (http->ready_count > 0)
        *ret_wait_ms = 0;
    else if (MHD_get_timeout(http->daemon, &wait_ms) == MHD_YES && wait_ms < (uint64_t)*ret_wait_ms)
        *ret_wait_ms = (int64_t)wait_ms;
}

int http_fd(const struct http *http)
{
    return http->fd;
}

/* ---- beginning and end ---- */

/* What the library says while it starts is why it can't; later it speaks of clients, who are nobody's worry. */
static void on_said(void *context, const char *format, va_list arguments)
{
    struct http *http = context;
    if (!http->daemon)
        vsnprintf(http->said, sizeof http->said, format, arguments);
}

static int daemon_start(struct http *http, int listening)
{
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem secure[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, http->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, http->key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t) "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    http->daemon =
        MHD_start_daemon(http->tls ? flags | MHD_USE_TLS : flags, 0, http_on_accept, http, http_on_request, http,
                         MHD_OPTION_EXTERNAL_LOGGER, on_said, http, MHD_OPTION_LISTEN_SOCKET, listening,
                         MHD_OPTION_CONNECTION_LIMIT, HTTP_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                         (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(HTTP_READ_MS / 1000),
                         MHD_OPTION_NOTIFY_CONNECTION, http_on_connection, http, MHD_OPTION_NOTIFY_COMPLETED,
                         http_on_completed, http, MHD_OPTION_URI_LOG_CALLBACK, http_on_uri, http,
                         MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, http->tls ? secure : none, MHD_OPTION_END);
    if (!http->daemon)
        return http->tls ? -E_BAD_CONFIG : -E_IO;
    http->fd = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    return 0;
}

int http_open(const struct http_options *options, struct http **ret_http, char message[HTTP_MESSAGE_MAX])
{
    int listening = -1;
    struct http *http = calloc(1, sizeof *http);
    message[0] = '\0';
    if (!http || sodium_init() < 0) {
        free(http);
        return -E_NO_MEMORY;
    }
    http->behind_proxy = options->behind_proxy;
    http->tls = options->certificate_path[0] != '\0';
    int result = blocks_open(&http->blocks);
    if (result == 0 && http->tls)
        result = pem_load(options->certificate_path, "tls_certificate", &http->certificate, message);
    if (result == 0 && http->tls)
        result = pem_load(options->key_path, "tls_key", &http->key, message);
    if (result == 0)
        result = http_listen(options->host, options->port, &listening, message);
    if (result == 0) {
        result = daemon_start(http, listening);
        if (result < 0)
            close(listening);
    }
    if (result == -E_BAD_CONFIG && message[0] == '\0')
        snprintf(message, HTTP_MESSAGE_MAX,
                 "tls_certificate and tls_key are not a certificate and its key, in PEM: %.200s", http->said);
    if (result < 0) {
        http_close(http);
        return result;
    }
    *ret_http = http;
    return 0;
}

void http_close(struct http *http)
{
    if (!http)
        return;
    /* the library must not find anybody suspended when it stops: without an answer they are closed */
    for (uint32_t i = 0; i < HTTP_CONNECTIONS_MAX; i++) {
        struct place *place = &http->place[i];
        if (place->phase == PHASE_READY) {
            place->phase = PHASE_ANSWERED;
            MHD_resume_connection(place->connection);
        } else if (place->phase == PHASE_STREAM) {
            open_answer_stop(place);
        }
    }
    if (http->daemon) {
        MHD_run(http->daemon);
        MHD_stop_daemon(http->daemon);
    }
    blocks_close(&http->blocks);
    free(http->certificate);
    if (http->key)
        sodium_memzero(http->key, strlen((const char *)http->key));
    free(http->key);
    free(http);
}
