/*
 * request.h - requests and replies as every role takes and gives them: frames, verbs, rid, NAK.
 *
 * Caveats
 *   A request lends its parcel's bytes: copy route and rid before the next request_receive into the same parcel.
 *   A reply to a peer that is gone or reads too slowly is dropped and counted: peers ask again.
 */
#ifndef MANYI_IO_REQUEST_H
#define MANYI_IO_REQUEST_H

#include "core/histogram.h"
#include "core/limits.h"
#include "io/bus.h"
#include "schemas/codec.h"

#define ROUTE_MAX 255u
#define VERB_MAX 16u
#define NAK_MAX 1024u /* bytes of an encoded NAK's body */

struct request {
    struct span route; /* whom to answer */
    struct span verb;
    struct span body;
    struct span rid;    /* encoded value to echo; empty: none */
    uint32_t principal; /* who asks, by the key of the connection; 0: local */
    int status;         /* 0; else why it can't be served: answer it with request_refuse */
};

/* What a port has met since it was opened. */
struct request_counts {
    uint64_t requests;
    uint64_t bad_frames;
    uint64_t dropped_replies;
};

/* Takes the next request of a ROUTER. -E_AGAIN: none. One of wrong or too many frames is counted and given with its
 * status: every peer is answered. */
int request_receive(struct port *port, struct parcel *parcel, struct request_counts *counts,
                    struct request *ret_request);

/* Decodes the body as `record`, whose first field is rid. 0, or what to refuse it with: -E_BAD_REQUEST, with the
 * sentence in ret_flaw. request->rid is taken from it. */
int request_decode(struct request *request, const struct record_table *record, void *ret_record, struct flaw *ret_flaw);

/* Sends a reply's body, made by one of the functions below or by record_encode. */
void request_reply(struct port *port, struct span route, const char *verb, struct span body,
                   struct request_counts *counts);

/* Encodes a NAK: status's code, its summary and, when not NULL, what is special about this one. expected 0: none. It echoes
 * the request's rid, also of a body that nobody has decoded. */
struct span request_nak(const struct request *request, int status, const char *detail, uint64_t expected,
                        uint8_t buffer[NAK_MAX]);

/* The same of -E_SLOW_DOWN: to be sent again after retry_ms. */
struct span request_nak_slow(const struct request *request, int64_t retry_ms, uint8_t buffer[NAK_MAX]);

/* request_nak and request_reply. */
void request_refuse(struct port *port, const struct request *request, int status, const char *detail,
                    struct request_counts *counts);

/* The first pairs of a PONG: {rid, role}, to be followed by `pairs` more. */
void request_pong_begin(struct wire_writer *writer, struct span rid, const char *role, uint32_t pairs);
void request_pong_figure(struct wire_writer *writer, const char *name, uint64_t figure);

/* {buckets: [times that took at most each bound of core/histogram.h, not more than the one before; the rest], sum_us, p50_us, p99_us} */
#define PONG_TIMES_MAX (HISTOGRAM_BUCKETS * 9u + 96u) /* bytes */
void request_pong_times(struct wire_writer *writer, const char *name, const struct histogram *histogram);

/* For a port that takes PING alone: answers a turn's share of what waits. pong writes all of the body, request_pong_begin
 * first. */
typedef void request_pong(const void *self, struct span rid, struct wire_writer *writer);
void request_pings_answer(struct port *port, struct parcel *parcel, struct request_counts *counts, request_pong *pong,
                          const void *self);

#endif
