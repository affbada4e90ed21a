/*
 * feed_parts.h - what the files of the feed share: the broker itself, and the requests that are parked with it.
 *
 * Included by feed*.c, fetch.c and get.c only.
 */
#ifndef MANYI_BROKERS_FEED_PARTS_H
#define MANYI_BROKERS_FEED_PARTS_H

#include "brokers/feed.h"
#include "io/audit.h"

/* A FETCH that waits for more. */
struct parked {
    struct port *port; /* NULL: free */
    uint8_t route[ROUTE_MAX];
    uint8_t rid[RID_MAX];
    size_t route_len;
    size_t rid_len;
    uint32_t principal; /* 0: local */
    uint64_t after;     /* moves on over records of other classes */
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

/* A GET personal that waits until the worker has said where its case is; then what came of it, for a moment. */
enum case_state { CASE_FREE, CASE_ASKED, CASE_TOLD, CASE_ANSWERED };

struct case_question {
    enum case_state state;
    enum card_channel channel;
    uint32_t principal;
    uint64_t seq;
    uint64_t number;  /* rid */
    int status;       /* may they? */
    int64_t since_ms; /* monotonic */
    struct port *port;
    uint32_t peer;
    size_t route_len, body_len;
    uint8_t route[ROUTE_MAX];
    uint8_t body[AUDIT_REQUEST_MAX];
};

#define FEED_CASES_MAX 16u
#define PARKED_INNER 32u /* places that nobody outside can take from the worker and the outlet */
#define BATCH_PREFIX_MAX 512u
#define FEED_BUFFER_BYTES (BATCH_PREFIX_MAX + FETCH_BYTES_MAX)
#define ENTRY_BUFFER_BYTES (SYSTEM_EVENT_MAX + RECORD_MAX)

struct feed {
    const struct setup *setup;
    struct journal *journal;
    struct journal_reader *reader;
    struct guard guard;
    struct audit *audit;
    struct port *public_port;
    struct port *inner_port;
    struct port *intake; /* DEALER */
    struct port *worker; /* DEALER at its trusted query port; NULL: there is none */
    struct parcel case_parcel;
    struct case_question cases[FEED_CASES_MAX];
    uint64_t case_numbers;
    int64_t now_ms; /* monotonic, of this turn */
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

/* ---- feed_events.c, feed_quarantine.c: pages of rows; a cursor that is not empty: there is more ---- */

#define ROWS_CURSOR_MAX 40u

/* -E_UNKNOWN_CHOICE, -E_BAD_REQUEST: caller->detail says what of. */
int feed_events_get(struct feed *feed, struct caller *caller, const struct get_request *asked,
                    struct wire_writer *writer, uint32_t *ret_count, char ret_cursor[ROWS_CURSOR_MAX]);
/* `quarantine`, or the one `quarantined` under `id`: -E_NOT_FOUND. */
int feed_quarantine_get(struct feed *feed, const struct get_request *asked, uint32_t most, struct wire_writer *writer,
                        uint32_t *ret_count, char ret_cursor[ROWS_CURSOR_MAX]);

/* ---- feed_ratings.c ---- */

/* GET ratings: the body of ROWS, in feed->buffer. -E_MISSING_FIELD: store and department are asked for; -E_BAD_REQUEST; what to
 * refuse it with. */
int feed_ratings_get(struct feed *feed, struct caller *caller, const struct get_request *asked,
                     const struct request *request, struct span *ret_body);

/* ---- feed_door.c: 0, or what to refuse with by feed_refuse ---- */

int feed_caller(struct feed *feed, const struct port *port, const struct request *request, struct caller_as as,
                struct caller *ret_caller);
/* May this be asked for at all: "journal", "event", "personal" or "quarantine"? */
int feed_may_ask(struct feed *feed, const struct caller *caller, struct span what);
/* May the caller be told this event's personal fields? */
int feed_may_see_person(struct feed *feed, const struct caller *caller, const struct event *event);
/* audit_read; seq 0: of none in particular. -E_AGAIN: answer nothing now. */
int feed_record(struct feed *feed, const struct caller *caller, const char *what, uint64_t seq, struct span why,
                struct port *port, const struct request *request);
/* ---- feed_case.c ---- */

/* May the caller be told the words of this entry, whose own place says `status`? 0; -E_AGAIN: the request is kept until the worker
 * has said where the case is now; else what to refuse it with. */
int feed_case_decide(struct feed *feed, const struct caller *caller, const struct event *event, uint64_t seq,
                     int status, struct port *port, const struct request *request);
/* Hears the worker. */
void feed_cases_turn(struct feed *feed);
/* A request that was kept, to be taken as if it had just come; it lives until the next one. false: none. */
bool feed_case_take(struct feed *feed, struct port **ret_port, struct request *ret_request);
/* When one is given up, monotonic; INT64_MAX: none waits. */
int64_t feed_cases_due_ms(const struct feed *feed);

/* Says why, and puts on record that somebody was refused. */
void feed_refuse(struct feed *feed, struct port *port, const struct request *request, const struct caller *caller,
                 struct span what, int status);

#endif
