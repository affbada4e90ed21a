/*
 * http.h - the seam to HTTP: whole requests in, answers out, later and in any order. Real half: http_mhd.c (libmicrohttpd, epoll).
 * Simulated half: http_sim.c (requests that a test puts there).
 *
 *   connection ─▶ head ─▶ body ─▶ http_receive ... (the role asks others meanwhile) ... http_answer ─▶ connection
 *                                                                                  └── http_stream, http_stream_send ... http_stream_end
 *
 * Caveats
 *   A server belongs to one thread. http_fd is readable when there is work; http_run does it.
 *   A request that has been received waits until it is answered, however long that takes: nobody notices meanwhile that its
 *   client has left. Whoever receives it answers each one by a deadline.
 *   What can't be a request is answered here and never received: a head over 16 KiB, a path over 2 KiB, a body over HTTP_BODY_MAX,
 *   a length said twice or beside chunks, a request that takes its time. Paths and queries come as they were sent: percent signs
 *   are the receiver's to read.
 */
#ifndef MANYI_IO_HTTP_H
#define MANYI_IO_HTTP_H

#include "core/limits.h"
#include "core/span.h"
#include "io/clock.h"

#define HTTP_CONNECTIONS_MAX 4096u
#define HTTP_ADDRESS_CONNECTIONS_MAX 128u /* of one address that is not loopback; of IPv6 of one /64 */
#define HTTP_URI_MAX (2u * KIB)
#define HTTP_HEAD_MAX (16u * KIB)
#define HTTP_BODY_MAX (1u * MIB + 64u * KIB)
#define HTTP_BODIES_MAX (64u * MIB)   /* of all requests together */
#define HTTP_ANSWERS_MAX (256u * MIB) /* not read yet, of those over HTTP_ANSWER_SMALL; then it is 503 */
#define HTTP_ANSWER_SMALL (64u * KIB)
#define HTTP_STREAM_MAX (128u * KIB) /* not read yet, of an answer that stays open */
#define HTTP_STREAMS_MAX (64u * MIB) /* of all of them together */
#define HTTP_STREAM_FAIR \
    (HTTP_STREAMS_MAX / HTTP_CONNECTIONS_MAX) /* what each may have when more than half of that is taken */
#define HTTP_STREAM_LAST 256u                 /* last words, which always have room */
#define HTTP_HEAD_MS 10000                    /* from the connection's beginning, or the answer before */
#define HTTP_REQUEST_MS 30000                 /* the whole of it */
#define HTTP_READ_MS 60000                    /* to read an answer */
#define HTTP_PEER_MAX 46u                     /* an address as text, with its end */
#define HTTP_NONCE_BYTES 16u
#define HTTP_FIELDS_MAX 6u
#define HTTP_MESSAGE_MAX 384u

struct http;

struct http_options {
    const char *host; /* as in the configuration: an address, a name, or "*" */
    uint16_t port;
    const char *certificate_path, *key_path; /* PEM; both or neither ("") */
    bool behind_proxy;                       /* X-Forwarded-For and -Proto are believed of a peer on loopback */
};

/* -E_PORT_IN_USE, -E_NOT_PERMITTED, -E_BAD_ADDRESS, -E_NO_DESCRIPTORS, -E_NO_MEMORY; -E_BAD_CONFIG: certificate and key. message
 * says what it is about. */
int http_open(const struct http_options *options, struct http **ret_http, char message[HTTP_MESSAGE_MAX]);
void http_close(struct http *http); /* NULL is allowed; whoever waits for an answer gets none */

int http_fd(const struct http *http);

/* Accepts, reads, writes, and closes what is too slow; *ret_wait_ms: when it wants to be called again if nothing comes. */
void http_run(struct http *http, struct clock_reading now, int64_t *ret_wait_ms);

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_OTHER };

/* Everything is lent until the request is answered. */
struct http_request {
    uint64_t id; /* never 0 */
    enum http_method method;
    struct span path, query; /* before and after the "?" */
    struct span body;
    const char *peer;                /* address of the client; of a proxy's the one that it names */
    const char *network;             /* whose it is: the address, of IPv6 its first 64 bits: everybody has as many */
    bool secure;                     /* over TLS, here or at the proxy */
    bool loopback;                   /* the client itself is on this machine */
    int64_t since_us;                /* the receiver's own notes: when it came, by clock_us, */
    uint32_t place;                  /* and what it is for */
    uint8_t nonce[HTTP_NONCE_BYTES]; /* random, of this request alone: what it makes is named after it */
};

/* The next request that is whole. -E_AGAIN: none. */
int http_receive(struct http *http, struct http_request *ret_request);

/* The first header of this name, of a request that is not answered yet; empty: none. */
struct span http_header(const struct http *http, uint64_t id, const char *name);

/* Visits its headers whose names begin with prefix, in whatever case, in their order; a negative return of visit ends it and is
 * returned. */
int http_headers(const struct http *http, uint64_t id, const char *prefix,
                 int (*visit)(void *context, struct span name, struct span value), void *context);

struct http_field {
    const char *name, *value;
};

struct http_answer {
    uint32_t status;
    const char *type; /* of the body */
    struct span body; /* copied */
    struct http_field field[HTTP_FIELDS_MAX];
    uint32_t field_count;
};

/* -E_UNREACHABLE: it was answered already, or is gone. */
int http_answer(struct http *http, uint64_t id, const struct http_answer *answer);

/* ---- answers that stay open ---- */

/* Begins one, whose first bytes are the body of `head`; what was lent of the request is gone. Errors: those of http_answer;
 * -E_AGAIN: no memory, and it can still be answered. */
int http_stream(struct http *http, uint64_t id, const struct http_answer *head);

/* The parts, one after the other: all or nothing; copied. -E_AGAIN: no room until its client has read more; whoever has read
 * everything has room for HTTP_STREAM_MAX, unless all of them together have none. -E_UNREACHABLE: its client left. */
int http_stream_send(struct http *http, uint64_t id, const struct span *parts, uint32_t count);

/* The last of it (at most HTTP_STREAM_LAST). It is closed when its client has read everything, or HTTP_READ_MS later. */
void http_stream_end(struct http *http, uint64_t id, struct span last);

struct http_stream_state {
    size_t unread;    /* bytes that lie here; what the kernel holds counts as read */
    int64_t stuck_ms; /* for how long something has lain here without a moment when all of it had been read */
};

/* -E_UNREACHABLE: its client left, or it has ended. */
int http_stream_look(const struct http *http, uint64_t id, struct http_stream_state *ret_state);

/* ---- what every answer has: http.c ---- */

extern const struct http_field http_always[];
extern const uint32_t http_always_count;
/* Has the answer a field of its own under this name? It stands instead. */
bool http_has_own(const struct http_answer *answer, const char *name);

/* The HTTP status that a status of ours is told as. */
uint32_t http_status_of(int status);

/* A problem by RFC 9457, in JSON: code, title and fix are the status's; detail and pointer may be "". more: members
 * behind them, as JSON; may be "". Returns its length; what would be too long is left out. */
#define HTTP_PROBLEM_MAX (8u * KIB)
size_t http_problem(int status, const char *detail, const char *pointer, const char *more, char text[HTTP_PROBLEM_MAX]);
/* The same under an HTTP status of its own, such as 405. */
size_t http_problem_as(uint32_t told_as, int status, const char *detail, const char *pointer, const char *more,
                       char text[HTTP_PROBLEM_MAX]);

#endif
