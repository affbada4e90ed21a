/*
 * http_mhd.c - HTTP by libmicrohttpd: connections, their requests, what is refused before it is one.
 *
 *   FREE ─accepted─▶ IDLE ─request line─▶ HEAD ─headers─▶ BODY ─whole─▶ READY (suspended) ─http_answer─▶ ANSWERED ─sent─▶ IDLE
 *                     │                     │                                  └──http_stream─▶ STREAM (io/http_stream_mhd.c) ─ended─▶ IDLE
 *                     │                     └── refused: answered at once, then closed
 *                     └── too slow, in any state: its socket is shut, which the library takes for a client that left
 *
 * A connection has one request at a time, so that its place holds both.
 */
#include "io/http_parts_mhd.h"

#include "core/ensure.h"
#include "core/status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>

#define TOKEN_CHARACTERS \
    "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" /* RFC 9110, 5.6.2 */
#define BODY_FIRST (4u * KIB)
#define DRAINED_MAX HTTP_BODY_MAX /* of a body that is refused while it comes: most clients read only then */

/* ---- connections ---- */

bool place_is_loopback(const struct sockaddr_in6 *address)
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

/* How much of an address says whose it is: of IPv6 everybody has 2^64 of them. */
static size_t network_bytes(const struct sockaddr_in6 *address)
{
    return IN6_IS_ADDR_V4MAPPED(&address->sin6_addr) ? 16 : 8;
}

/* One address can't take all places. Loopback may: there a proxy speaks for everybody. */
enum MHD_Result http_on_accept(void *context, const struct sockaddr *from, socklen_t len)
{
    struct http *http = context;
    struct sockaddr_in6 address;
    uint32_t count = 0;
    (void)len;
    address_take(from, &address);
    if (place_is_loopback(&address))
        return MHD_YES;
    size_t len_kept = network_bytes(&address);
    for (uint32_t i = 0; i < HTTP_CONNECTIONS_MAX; i++)
        count += http->place[i].phase != PHASE_FREE &&
                 memcmp(&http->place[i].address.sin6_addr, &address.sin6_addr, len_kept) == 0;
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
    http->answers -= place->answer_len;
    place->answer_len = 0;
    open_answer_clear(http, place);
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
    http->connections++;
    place->phase = PHASE_IDLE;
    place->connection = connection;
    place->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    place->since_ms = http->now_ms;
    address_take(MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr, &place->address);
    *ret_place = place;
}

void http_on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                        enum MHD_ConnectionNotificationCode code)
{
    struct place *place = *socket_context;
    struct http *http = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        connection_begins(http, connection, socket_context);
    } else if (place) {
        place_clear(http, place);
        place->phase = PHASE_FREE;
        http->connections--;
    }
}

/* The request line as it was sent, before the library reads its percent signs. */
void *http_on_uri(void *context, const char *uri, struct MHD_Connection *connection)
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

void http_on_completed(void *context, struct MHD_Connection *connection, void **request_context,
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

void http_response_head(struct MHD_Response *response, const struct http_answer *answer)
{
    for (uint32_t i = 0; i < http_always_count; i++) {
        if (!http_has_own(answer, http_always[i].name))
            MHD_add_response_header(response, http_always[i].name, http_always[i].value);
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type);
    for (uint32_t i = 0; i < answer->field_count; i++)
        MHD_add_response_header(response, answer->field[i].name, answer->field[i].value);
}

struct MHD_Response *http_response(const struct http_answer *answer)
{
    void *body = (void *)(uintptr_t)answer->body.at; /* it is copied */
    struct MHD_Response *response =
        MHD_create_response_from_buffer(answer->body.len, body ? body : "", MHD_RESPMEM_MUST_COPY);
    if (response)
        http_response_head(response, answer);
    return response;
}

/* Answers before the body has come: the library closes the connection behind it. */
static enum MHD_Result refuse(struct MHD_Connection *connection, uint32_t http_status, int status, const char *detail)
{
    char problem[HTTP_PROBLEM_MAX];
    size_t len = http_problem_as(http_status, status, detail, "", "", problem);
    const struct http_answer answer = {
        .type = "application/problem+json",
        .body = span_make(problem, len),
        .field = {{"Connection", "close"}},
        .field_count = 1,
    };
    struct MHD_Response *response = http_response(&answer);
    if (!response)
        return MHD_NO;
    enum MHD_Result result = MHD_queue_response(connection, http_status, response);
    MHD_destroy_response(response);
    return result;
}

struct framing {
    uint32_t lengths, encodings, hosts, authorizations;
    bool chunked, strange, misnamed;
    uint64_t length;
    uintptr_t last; /* behind the last value, in the library's buffer */
};

static enum MHD_Result on_header(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct framing *framing = context;
    uintptr_t behind = value ? (uintptr_t)value + strlen(value) : 0;
    (void)kind;
    framing->last = behind > framing->last ? behind : framing->last;
    framing->misnamed |= name[0] == '\0' || name[strspn(name, TOKEN_CHARACTERS)] != '\0';
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

/* The library takes a header without a name for the end of the head, so that what follows would be another request, and glues
 * folded lines together elsewhere. It reads in place and ends each line by NULs: behind the last value there may be no more than the
 * line's end and the empty line. */
static bool head_is_whole(const struct framing *framing, const char *method, size_t size)
{
    uintptr_t begin = (uintptr_t)method, behind = framing->last;
    uint32_t ends = 0;
    if (behind < begin || behind >= begin + size)
        return false;
    for (size_t i = behind - begin; i < size; i++) {
        ends += method[i] == '\0';
        if (method[i] != '\0' && method[i] != ' ' && method[i] != '\t')
            return false;
    }
    return ends <= 4;
}

/* What two readers could take for different requests is none. */
static enum MHD_Result head_take(struct http *http, struct place *place, const char *method, const char *version)
{
    struct framing framing = {.last = (uintptr_t)version + strlen(version)};
    MHD_get_connection_values(place->connection, MHD_HEADER_KIND, on_header, &framing);
    snprintf(place->method, sizeof place->method, "%s", method);
    const union MHD_ConnectionInfo *head =
        MHD_get_connection_info(place->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (head && head->header_size > HTTP_HEAD_MAX)
        return refuse(place->connection, 431, -E_REQUEST_TOO_LARGE, "a head has at most 16 KiB");
    if (head && !head_is_whole(&framing, method, head->header_size))
        return refuse(place->connection, 400, -E_BAD_REQUEST, "each header has a name and stands in one line");
    if (place->uri_len == 0)
        return refuse(place->connection, 414, -E_BAD_REQUEST, "a path with its query has at most 2 KiB");
    if (framing.lengths + framing.encodings > 1 || framing.strange || (framing.encodings && !framing.chunked))
        return refuse(place->connection, 400, -E_BAD_REQUEST,
                      "a body has one Content-Length or Transfer-Encoding: chunked");
    if (framing.misnamed)
        return refuse(place->connection, 400, -E_BAD_REQUEST, "no space stands in or behind a header's name");
    if (framing.encodings && strcmp(version, MHD_HTTP_VERSION_1_1) != 0)
        return refuse(place->connection, 400, -E_BAD_REQUEST, "Transfer-Encoding is HTTP/1.1");
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

enum MHD_Result http_on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                const char *version, const char *bytes, size_t *len, void **request_context)
{
    struct http *http = context;
    struct place *place = *request_context;
    (void)url;
    if (!place)
        return MHD_NO;
    if (place->phase == PHASE_HEAD)
        return head_take(http, place, method, version);
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
    if (place->phase == PHASE_STREAM)
        open_answer_begins(place);
    return MHD_queue_response(connection, place->answer_status, place->response);
}
