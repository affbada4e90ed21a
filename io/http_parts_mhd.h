/*
 * http_parts_mhd.h - what the files of the real half share: places of connections, and what the library calls.
 */
#ifndef MANYI_IO_HTTP_PARTS_MHD_H
#define MANYI_IO_HTTP_PARTS_MHD_H

#include "io/http.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>

enum phase { PHASE_FREE, PHASE_IDLE, PHASE_HEAD, PHASE_BODY, PHASE_READY, PHASE_ANSWERED, PHASE_STREAM };

#define BLOCK_BYTES (4u * KIB - 16u)
#define BLOCKS_MAX (HTTP_STREAMS_MAX / (4u * KIB))

/* A part of what a client of an open answer has not read yet. */
struct block {
    struct block *next;
    uint32_t from, len;
    uint8_t bytes[BLOCK_BYTES];
};

struct open_answer {
    struct block *first, *last;
    uint32_t count;      /* blocks */
    size_t unread;       /* bytes in them */
    uint64_t sent, read; /* bytes in its life */
    uint64_t mark;       /* what had been sent at mark_ms, the last time when all before it had been read */
    int64_t mark_ms;
    bool suspended, ends, left;
};

/* Blocks of all open answers: taken in order of their first use, so that memory which nobody ever needed is never touched. */
struct blocks {
    struct block *block, *free;
    uint32_t fresh, taken; /* used once; in use */
};

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
    size_t body_len, body_size, drained, answer_len;
    uint8_t *body;
    struct sockaddr_in6 address; /* IPv4 as ::ffff:1.2.3.4 */
    char peer[HTTP_PEER_MAX], network[HTTP_PEER_MAX];
    char uri[HTTP_URI_MAX + 1];
    char method[8];
    struct http *http; /* of an open answer */
    struct open_answer open;
};

struct http {
    struct MHD_Daemon *daemon;
    int fd;
    bool behind_proxy, tls;
    int64_t now_ms, look_ms;
    uint32_t connections;                 /* places that are taken */
    size_t bodies, answers;               /* bytes of all bodies, of all large answers */
    uint32_t ready[HTTP_CONNECTIONS_MAX]; /* places, a ring */
    uint32_t ready_first, ready_count;
    struct blocks blocks;
    struct pollfd look[HTTP_CONNECTIONS_MAX]; /* scratch, with the places of these */
    uint32_t looked[HTTP_CONNECTIONS_MAX];
    uint8_t *certificate, *key;
    char said[HTTP_MESSAGE_MAX]; /* by the library, while it starts */
    struct place place[HTTP_CONNECTIONS_MAX];
};

bool place_is_loopback(const struct sockaddr_in6 *address);

/* With the headers that every answer has; the caller destroys it. NULL: no memory. */
struct MHD_Response *http_response(const struct http_answer *answer);
void http_response_head(struct MHD_Response *response, const struct http_answer *answer);

/* The place of a request that is in this phase. NULL: answered, or gone. */
struct place *http_place_of(const struct http *http, uint64_t id, enum phase phase);

/* ---- http_stream_mhd.c ---- */

int blocks_open(struct blocks *blocks); /* -E_NO_MEMORY */
void blocks_close(struct blocks *blocks);
/* Just before it is queued. */
void open_answer_begins(struct place *place);
/* Frees what nobody will read. */
void open_answer_clear(struct http *http, struct place *place);
/* Those whose clients left are closed in the next MHD_run. */
void open_answers_look(struct http *http);
/* Does its client take too long? */
bool open_answer_is_slow(struct http *http, struct place *place);
/* Before the library stops: nobody may be suspended. */
void open_answer_stop(struct place *place);

/* ---- what the library calls; context is the struct http ---- */

enum MHD_Result http_on_accept(void *context, const struct sockaddr *from, socklen_t len);
void http_on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                        enum MHD_ConnectionNotificationCode code);
void *http_on_uri(void *context, const char *uri, struct MHD_Connection *connection);
void http_on_completed(void *context, struct MHD_Connection *connection, void **request_context,
                       enum MHD_RequestTerminationCode code);
enum MHD_Result http_on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                const char *version, const char *bytes, size_t *len, void **request_context);

#endif
