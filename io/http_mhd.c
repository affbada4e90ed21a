/*
 * http_mhd.c - HTTP by libmicrohttpd: connections, their requests, what is refused before it is one.
 *
 *   FREE ─accepted─▶ IDLE ─request line─▶ HEAD ─headers─▶ BODY ─whole─▶ READY (suspended) ─http_answer─▶ ANSWERED ─sent─▶ IDLE
 *                     │                     └── refused: answered at once, then closed
 *                     └── too slow, in any state: its socket is shut, which the library takes for a client that left
 *
 * A connection has one request at a time, so that its place holds both.
 */
#include "io/http.h"

#include "core/ensure.h"
#include "core/status.h"
#include "io/http_open_mhd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOOK_MS 1000                                  /* at connections that take their time */
#define CONNECTION_MEMORY (HTTP_HEAD_MAX + 16u * KIB) /* and the head of an answer */
#define BODY_FIRST (4u * KIB)
#define DRAINED_MAX HTTP_BODY_MAX /* of a body that is refused while it comes: most clients read only then */

enum phase { PHASE_FREE, PHASE_IDLE, PHASE_HEAD, PHASE_BODY, PHASE_READY, PHASE_ANSWERED };

struct place {
    struct MHD_Connection *connection;
    struct MHD_Response *response;
    enum phase phase;
    uint32_t generation; /* of the request: an old id finds nobody */
    int fd;
    int refused; /* status: the body comes, and nobody wants it */
    unsigned answer_status;
    int64_t since_ms;
    uint32_t uri_len; /* 0: it was too long */
    size_t body_len, body_size, drained;
    uint8_t *body;
    struct sockaddr_in6 address; /* IPv4 as ::ffff:1.2.3.4 */
    char peer[HTTP_PEER_MAX];
    char uri[HTTP_URI_MAX + 1];
    char method[8];
};

struct http {
    struct MHD_Daemon *daemon;
    int fd;
    bool behind_proxy, tls;
    int64_t now_ms, look_ms;
    size_t bodies;                        /* bytes of all bodies */
    uint32_t ready[HTTP_CONNECTIONS_MAX]; /* places, a ring */
    uint32_t ready_first, ready_count;
    uint8_t *certificate, *key;
    char said[HTTP_MESSAGE_MAX]; /* by the library, while it starts */
    struct place place[HTTP_CONNECTIONS_MAX];
};

/* ---- connections ---- */

static bool is_loopback(const struct sockaddr_in6 *address)
{
    static const uint8_t mapped[13] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127};
    return IN6_IS_ADDR_LOOPBACK(&address->sin6_addr) || memcmp(&address->sin6_addr, mapped, sizeof mapped) == 0;
}

static void address_take(const struct sockaddr *from, struct sockaddr_in6 *ret_address)
{
    *ret_address = (struct sockaddr_in6){.sin6_family = AF_INET6};
    if (from->sa_family == AF_INET6) {
        memcpy(ret_address, from, sizeof *ret_address);
    } else if (from->sa_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, from, sizeof four);
        ret_address->sin6_addr.s6_addr[10] = ret_address->sin6_addr.s6_addr[11] = 0xff;
        memcpy(&ret_address->sin6_addr.s6_addr[12], &four.sin_addr, 4);
    }
}

/* One address can't take all places. Loopback may: there a proxy speaks for everybody. */
static enum MHD_Result on_accept(void *context, const struct sockaddr *from, socklen_t len)
{
    struct http *http = context;
    struct sockaddr_in6 address;
    uint32_t count = 0;
    (void)len;
    address_take(from, &address);
    if (is_loopback(&address))
        return MHD_YES;
    for (uint32_t i = 0; i < HTTP_CONNECTIONS_MAX; i++)
        count += http->place[i].phase != PHASE_FREE &&
                 memcmp(&http->place[i].address.sin6_addr, &address.sin6_addr, sizeof address.sin6_addr) == 0;
    return count < HTTP_ADDRESS_CONNECTIONS_MAX ? MHD_YES : MHD_NO;
}

static void place_clear(struct http *http, struct place *place)
{
    if (place->response)
        MHD_destroy_response(place->response);
    place->response = NULL;
    http->bodies -= place->body_size;
    free(place->body);
    place->body = NULL;
    place->body_len = place->body_size = place->drained = 0;
    place->refused = 0;
    place->generation++;
    place->since_ms = http->now_ms;
}

static void connection_begins(struct http *http, struct MHD_Connection *connection, void **ret_place)
{
    uint32_t i = 0;
    while (i < HTTP_CONNECTIONS_MAX && http->place[i].phase != PHASE_FREE)
        i++;
    if (i == HTTP_CONNECTIONS_MAX)
        return; /* the library's own limit is the same: it can't come so far */
    struct place *place = &http->place[i];
    place->phase = PHASE_IDLE;
    place->connection = connection;
    place->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    place->since_ms = http->now_ms;
    address_take(MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr, &place->address);
    *ret_place = place;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct place *place = *socket_context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        connection_begins(context, connection, socket_context);
    } else if (place) {
        place_clear(context, place);
        place->phase = PHASE_FREE;
    }
}

/* The request line as it was sent, before the library reads its percent signs. */
static void *on_uri(void *context, const char *uri, struct MHD_Connection *connection)
{
    struct place *place = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    (void)context;
    if (!place)
        return NULL;
    size_t len = strlen(uri);
    place->uri_len = len <= HTTP_URI_MAX ? (uint32_t)len : 0;
    memcpy(place->uri, uri, place->uri_len);
    place->uri[place->uri_len] = '\0';
    place->phase = PHASE_HEAD;
    return place;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request_context,
                         enum MHD_RequestTerminationCode code)
{
    struct place *place = *request_context;
    (void)connection;
    (void)code;
    if (!place)
        return;
    ensure(place->phase != PHASE_READY);
    place_clear(context, place);
    place->phase = PHASE_IDLE;
    *request_context = NULL;
}

/* ---- requests ---- */

static struct MHD_Response *response_make(const struct http_answer *answer)
{
    void *body = (void *)(uintptr_t)answer->body.at; /* it is copied */
    struct MHD_Response *response =
        MHD_create_response_from_buffer(answer->body.len, body ? body : "", MHD_RESPMEM_MUST_COPY);
    if (!response)
        return NULL;
    for (uint32_t i = 0; i < http_always_count; i++)
        MHD_add_response_header(response, http_always[i].name, http_always[i].value);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type);
    for (uint32_t i = 0; i < answer->field_count; i++)
        MHD_add_response_header(response, answer->field[i].name, answer->field[i].value);
    return response;
}

/* Answers before the body has come: the library closes the connection behind it. */
static enum MHD_Result refuse(struct MHD_Connection *connection, uint32_t http_status, int status, const char *detail)
{
    char problem[HTTP_PROBLEM_MAX];
    size_t len = http_problem(status, detail, "", "", problem);
    const struct http_answer answer = {
        .type = "application/problem+json",
        .body = span_make(problem, len),
        .field = {{"Connection", "close"}},
        .field_count = 1,
    };
    struct MHD_Response *response = response_make(&answer);
    if (!response)
        return MHD_NO;
    enum MHD_Result result = MHD_queue_response(connection, http_status, response);
    MHD_destroy_response(response);
    return result;
}

struct framing {
    uint32_t lengths, encodings, hosts, authorizations;
    bool chunked, strange;
    uint64_t length;
};

static enum MHD_Result on_header(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct framing *framing = context;
    (void)kind;
    if (strcasecmp(name, "Content-Length") == 0) {
        char *end;
        framing->lengths++;
        errno = 0;
        framing->length = strtoull(value ? value : "", &end, 10);
        framing->strange |= !value || value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0;
    } else if (strcasecmp(name, "Transfer-Encoding") == 0) {
        framing->encodings++;
        framing->chunked = value && strcasecmp(value, "chunked") == 0;
    } else if (strcasecmp(name, "Host") == 0) {
        framing->hosts++;
    } else if (strcasecmp(name, "Authorization") == 0) {
        framing->authorizations++;
    }
    return MHD_YES;
}

/* What two readers could take for different requests is none. */
static enum MHD_Result head_take(struct http *http, struct place *place, const char *method)
{
    struct framing framing = {0};
    MHD_get_connection_values(place->connection, MHD_HEADER_KIND, on_header, &framing);
    snprintf(place->method, sizeof place->method, "%s", method);
    if (place->uri_len == 0)
        return refuse(place->connection, 414, -E_BAD_REQUEST, "a path with its query has at most 2 KiB");
    if (framing.lengths + framing.encodings > 1 || framing.strange || (framing.encodings && !framing.chunked))
        return refuse(place->connection, 400, -E_BAD_REQUEST,
                      "a body has one Content-Length or Transfer-Encoding: chunked");
    if (framing.hosts > 1 || framing.authorizations > 1)
        return refuse(place->connection, 400, -E_BAD_REQUEST, "Host and Authorization are said once");
    if (framing.length > HTTP_BODY_MAX)
        return refuse(place->connection, 413, -E_REQUEST_TOO_LARGE, "a body has at most 1 MiB + 64 KiB");
    if (http->bodies + framing.length > HTTP_BODIES_MAX)
        return refuse(place->connection, 503, -E_AGAIN, "too many requests come at once");
    place->phase = PHASE_BODY;
    return MHD_YES;
}

static bool body_grow(struct http *http, struct place *place, size_t len)
{
    size_t size = place->body_size ? place->body_size : BODY_FIRST;
    while (size < len)
        size *= 2;
    if (size > HTTP_BODY_MAX)
        size = HTTP_BODY_MAX;
    if (http->bodies - place->body_size + size > HTTP_BODIES_MAX)
        return false;
    uint8_t *body = realloc(place->body, size);
    if (!body)
        return false;
    http->bodies += size - place->body_size;
    place->body = body;
    place->body_size = size;
    return true;
}

static enum MHD_Result body_take(struct http *http, struct place *place, const char *bytes, size_t len)
{
    size_t whole = place->body_len + len;
    if (!place->refused && whole > HTTP_BODY_MAX)
        place->refused = -E_REQUEST_TOO_LARGE;
    if (!place->refused && whole > place->body_size && !body_grow(http, place, whole))
        place->refused = -E_AGAIN;
    if (place->refused) {
        place->drained += len;
        return place->drained > DRAINED_MAX ? MHD_NO : MHD_YES;
    }
    memcpy(place->body + place->body_len, bytes, len);
    place->body_len = whole;
    return MHD_YES;
}

static void ready_add(struct http *http, struct place *place)
{
    ensure(http->ready_count < HTTP_CONNECTIONS_MAX);
    http->ready[(http->ready_first + http->ready_count++) % HTTP_CONNECTIONS_MAX] = (uint32_t)(place - http->place);
    place->phase = PHASE_READY;
    MHD_suspend_connection(place->connection);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *bytes, size_t *len, void **request_context)
{
    struct http *http = context;
    struct place *place = *request_context;
    (void)url;
    (void)version;
    if (!place)
        return MHD_NO;
    if (place->phase == PHASE_HEAD)
        return head_take(http, place, method);
    if (*len > 0) {
        enum MHD_Result result = body_take(http, place, bytes, *len);
        *len = 0;
        return result;
    }
    if (place->refused)
        return refuse(connection, http_status_of(place->refused), place->refused, "");
    if (place->phase == PHASE_BODY) {
        ready_add(http, place);
        return MHD_YES;
    }
    if (!place->response)
        return MHD_NO;
    return MHD_queue_response(connection, place->answer_status, place->response);
}

/* ---- the role's side ---- */

/* What the proxy says last is what it has seen itself; the rest anybody could have sent. */
static void peer_take(const struct http *http, struct place *place)
{
    const uint8_t *bytes = place->address.sin6_addr.s6_addr;
    bool four = IN6_IS_ADDR_V4MAPPED(&place->address.sin6_addr);
    inet_ntop(four ? AF_INET : AF_INET6, four ? bytes + 12 : bytes, place->peer, sizeof place->peer);
    if (!http->behind_proxy || !is_loopback(&place->address))
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
    if (http->tls || !http->behind_proxy || !is_loopback(&place->address))
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
    *ret_request = (struct http_request){
        .id = (uint64_t)place->generation << 32 | (index + 1),
        .method = method_of(place->method),
        .path = span_make(place->uri, path_len),
        .query = mark ? span_make(mark + 1, place->uri_len - path_len - 1) : span_make(NULL, 0),
        .body = span_make(place->body, place->body_len),
        .peer = place->peer,
        .secure = is_secure(http, place),
        .loopback = is_loopback(&place->address),
    };
    randombytes_buf(ret_request->nonce, sizeof ret_request->nonce);
    return 0;
}

/* NULL: answered, or gone. */
static struct place *place_of(const struct http *http, uint64_t id)
{
    uint32_t index = (uint32_t)id - 1;
    if (index >= HTTP_CONNECTIONS_MAX)
        return NULL;
    const struct place *place = &http->place[index];
    return place->phase == PHASE_READY && place->generation == id >> 32 ? (struct place *)(uintptr_t)place : NULL;
}

struct span http_header(const struct http *http, uint64_t id, const char *name)
{
    struct place *place = place_of(http, id);
    return place ? span_of(MHD_lookup_connection_value(place->connection, MHD_HEADER_KIND, name)) : span_make(NULL, 0);
}

int http_answer(struct http *http, uint64_t id, const struct http_answer *answer)
{
    struct place *place = place_of(http, id);
    if (!place)
        return -E_UNREACHABLE;
    place->response = response_make(answer); /* NULL: the connection is closed instead */
    place->answer_status = answer->status;
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
    };
    for (uint32_t i = 0; i < HTTP_CONNECTIONS_MAX; i++) {
        const struct place *place = &http->place[i];
        if (place->phase != PHASE_FREE && http->now_ms - place->since_ms > patience_ms[place->phase])
            shutdown(place->fd, SHUT_RDWR);
    }
}

void http_run(struct http *http, struct clock_reading now, int64_t *ret_wait_ms)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;
    http->now_ms = now.monotonic_ms;
    if (now.monotonic_ms >= http->look_ms) {
        slow_end(http);
        http->look_ms = now.monotonic_ms + LOOK_MS;
    }
    MHD_run(http->daemon);
    *ret_wait_ms = http->look_ms - now.monotonic_ms;
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
    http->daemon = MHD_start_daemon(
        http->tls ? flags | MHD_USE_TLS : flags, 0, on_accept, http, on_request, http, MHD_OPTION_EXTERNAL_LOGGER,
        on_said, http, MHD_OPTION_LISTEN_SOCKET, listening, MHD_OPTION_CONNECTION_LIMIT, HTTP_CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)(HTTP_READ_MS / 1000), MHD_OPTION_NOTIFY_CONNECTION, on_connection, http, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, http, MHD_OPTION_URI_LOG_CALLBACK, on_uri, http, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_ARRAY, http->tls ? secure : none, MHD_OPTION_END);
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
    int result = http->tls ? pem_load(options->certificate_path, "tls_certificate", &http->certificate, message) : 0;
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
        if (http->place[i].phase == PHASE_READY) {
            http->place[i].phase = PHASE_ANSWERED;
            MHD_resume_connection(http->place[i].connection);
        }
    }
    if (http->daemon) {
        MHD_run(http->daemon);
        MHD_stop_daemon(http->daemon);
    }
    free(http->certificate);
    if (http->key)
        sodium_memzero(http->key, strlen((const char *)http->key));
    free(http->key);
    free(http);
}
