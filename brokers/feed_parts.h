/*
 * feed_parts.h - what the files of the feed share: the broker itself, and the requests that are parked with it.
 *
 * Included by feed.c, fetch.c and get.c only.
 */
#ifndef MANYI_BROKERS_FEED_PARTS_H
#define MANYI_BROKERS_FEED_PARTS_H

#include "brokers/feed.h"
#include "io/request.h"

/* A FETCH that waits for more. */
struct parked {
    struct port *port; /* NULL: free */
    uint8_t route[ROUTE_MAX];
    uint8_t rid[RID_MAX];
    size_t route_len;
    size_t rid_len;
    uint64_t after; /* moves on over records of other classes */
    uint32_t class_mask;
    uint32_t max_bytes;
    int64_t deadline_ms; /* monotonic */
    int64_t wake_at_ms;  /* journal time; 0: no tick is wanted */
};

/* The AWAIT that was sent to intake. */
struct question {
    bool standing;
    uint64_t head;
    int64_t wake_at_ms;
    int64_t sent_ms; /* monotonic */
};

#define PARKED_INNER 32u /* places that nobody outside can take from the worker and the outlet */
#define BATCH_PREFIX_MAX 512u
#define FEED_BUFFER_BYTES (BATCH_PREFIX_MAX + FETCH_BYTES_MAX)
#define ENTRY_BUFFER_BYTES (SYSTEM_EVENT_MAX + RECORD_MAX)

struct feed {
    const struct setup *setup;
    struct journal *journal;
    struct journal_reader *reader;
    struct port *public_port;
    struct port *inner_port;
    struct port *intake; /* DEALER */
    struct parcel parcel;
    struct request_counts counts;
    uint8_t *buffer; /* the reply that is being made: a prefix, then what it holds */
    uint8_t *entry_buffer;
    struct journal_read read;
    struct event event;
    struct question question;
    uint64_t served_head; /* parked requests have seen everything up to here */
    uint32_t parked_count;
    struct parked parked[PARKED_MAX]; /* the first PARKED_INNER for the inner endpoint alone */
    uint64_t batches;
    uint64_t corrupt;
};

/* Answers a FETCH, or parks it. now_ms: monotonic. */
void fetch_take(struct feed *feed, struct port *port, struct request *request, int64_t now_ms);
/* Answers those parked that have something to get, or whose time is up. */
void fetch_serve_parked(struct feed *feed, int64_t now_ms);
/* When the first parked one's time is up, monotonic; INT64_MAX when none is parked. */
int64_t fetch_deadline_ms(const struct feed *feed);
/* The earliest tick that is wanted by who is parked at head; 0: none. */
int64_t fetch_wake_at_ms(const struct feed *feed, uint64_t head);

void get_take(struct feed *feed, struct port *port, struct request *request);

#endif
