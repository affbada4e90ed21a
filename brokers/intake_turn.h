/*
 * intake_turn.h - what the files of intake share: the broker itself, and what a turn has done so far.
 *
 * Included by its own files only: intake.c, greet.c, put.c, ack.c, consequence.c, access_entries.c.
 */
#ifndef MANYI_BROKERS_INTAKE_TURN_H
#define MANYI_BROKERS_INTAKE_TURN_H

#include "brokers/answers.h"
#include "brokers/await.h"
#include "brokers/identity.h"
#include "brokers/intake.h"
#include "brokers/mend.h"
#include "brokers/rates.h"
#include "brokers/refusals.h"
#include "brokers/reserve.h"
#include "brokers/sender.h"
#include "brokers/sessions.h"
#include "brokers/shares.h"
#include "brokers/timekeeper.h"
#include "core/status.h"
#include "io/request.h"

#define ARRIVALS_MAX 16u /* events that are looked at together: PUT's stride */

/* One event of a PUT, decoded and checked. */
struct arrival {
    struct span bytes;
    struct span id;
    struct span source;
    uint64_t fingerprint;
    struct flaw flaw; /* status 0: nothing is wrong with it */
};

struct intake {
    const struct setup *setup;
    struct journal *journal;
    struct port *public_port;
    struct port *trusted_port; /* NULL: there are no front ends */
    struct port *inner_port;
    struct guard guard;
    struct rates *rates;
    struct refusals refusals;
    struct identity *identity;
    struct sessions *sessions;
    struct timekeeper keeper;
    struct await await;

    /* The turn. */
    int64_t at_ms;
    int64_t monotonic_ms;
    bool begun;                       /* the journal's turn: there is something to commit */
    int64_t begun_at_ms;              /* what its entries are stamped with */
    uint64_t head;                    /* seq of the newest entry, durable or not */
    struct last_cause last_cause;     /* likewise */
    uint32_t turn_requests;           /* taken since the turn before was started on its way */
    size_t turn_bytes;                /* of their bodies */
    struct shares shares;             /* of whom they are */
    uint64_t turn_puts, leaving_puts; /* PUTs taken in this turn, and in the one that is leaving */
    int64_t turn_us, leaving_us;      /* when their first requests were taken, by clock_us */
    uint64_t turn_refused;            /* intake->refused when the turn began: each refusal writes several rows */
    uint64_t turn_lookups;            /* identity_lookups when the turn began: each reads a record */
    struct answers *answers;          /* one of the two below */
    struct answers *leaving;          /* of the turn that is on its way to the disk; NULL: none */
    struct answers both_answers[2];
    bool overlaps;
    size_t beside_bytes_min;
    struct parcel parcel;
    struct event event; /* the one that is being decoded */
    struct arrival arrivals[ARRIVALS_MAX];
    struct mending mending;        /* of the PUT in hand, when it mends an event of the quarantine */
    uint8_t mended[PUT_BYTES_MAX]; /* the event of the quarantine that is being mended, as it was refused */

    struct reserve reserve;
    char damage[PROBLEMS_TEXT_MAX]; /* of the journal: what was told last */
    int64_t readers_reaped_ms;

    /* Since the start. */
    struct request_counts public_counts;
    struct request_counts inner_counts;
    uint64_t accepted;
    uint64_t duplicates;
    uint64_t refused;
    uint64_t slowed_down; /* PUTs that came faster than their principal may send */
    uint64_t commits;
    uint64_t puts;
    struct histogram put_times; /* from taking a PUT's turn to its answer */
    uint64_t refused_by[STATUS_ROWS + 1],
        quarantined_by[STATUS_ROWS + 1]; /* events, by the row of their code in core/status.def */

    uint64_t quarantined; /* different events in the quarantine, since ever */
};

/* The most that one answer's body takes: 4,096 problems. */
#define PROBLEM_MAX 512u
#define ACK_PREFIX_MAX 192u
#define ANSWER_MAX (ACK_PREFIX_MAX + PUT_EVENTS_MAX * PROBLEM_MAX)

/* Begins the journal's turn, if it has not begun. */
int turn_begin(struct intake *intake);

/* Adds an entry to the journal's turn. */
int turn_add(struct intake *intake, enum record_class class, const struct entry *entry);

/* Queues a NAK. detail may be NULL; expected 0: none. */
void turn_refuse(struct intake *intake, struct port *port, const struct request *request, int status,
                 const char *detail, uint64_t expected);

/* The same of a PUT that came too fast. */
void turn_slow_down(struct intake *intake, struct port *port, const struct request *request, int64_t retry_ms);
/* The same of any request, counted as a refusal when it is one by right. */
void sender_refuse(struct intake *intake, struct port *port, const struct request *request, const struct sender *sender,
                   int status, const char *detail);

void hello_take(struct intake *intake, struct port *port, struct request *request, const struct sender *sender);
void ping_take(struct intake *intake, struct port *port, struct request *request);

/* Writes access.changed into the turn when the access file's content is another than the journal's newest. Errors are final. */
int access_keep(struct intake *intake);
/* Looks whether the access file has changed, before a turn takes requests. */
int access_watch(struct intake *intake, struct clock_reading now);
/* Writes what the audit is to know of refusals into the turn. */
int refusals_tell(struct intake *intake);

/* Each takes one PUT and queues its reply. Errors are the journal's, and final. */
int put_take(struct intake *intake, struct port *port, struct request *request, struct sender *sender);
int consequences_take(struct intake *intake, struct port *port, const struct request *request,
                      const struct put_request *asked, struct wire_reader events, uint32_t count);

/* The next element of a PUT's events: a map, or the bytes in a bin. They are known to be sound MessagePack. */
struct span event_take(struct wire_reader *events);

/* Queues an ACK. problems: encoded, where ack_problems said, count of them. last 0: no session. */
uint8_t *ack_problems(struct intake *intake);
void ack_add(struct intake *intake, struct port *port, const struct request *request, const struct ack_reply *ack,
             struct span problems, uint32_t count);

#endif
