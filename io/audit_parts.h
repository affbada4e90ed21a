/*
 * audit_parts.h - what the two files of the audit share: reads that are remembered, requests that wait, refusals that are counted.
 *
 *   FREE ──read──▶ WRITING ──ACK──▶ ON_RECORD ──an hour──▶ FREE
 *                     '──3 s──▶ FAILED ──nobody waits any more──▶ FREE
 *
 * Included by audit*.c only.
 */
#ifndef MANYI_IO_AUDIT_PARTS_H
#define MANYI_IO_AUDIT_PARTS_H

#include "io/audit.h"

#define AUDIT_EVENT_MAX 2048u
#define AUDIT_TEXT_MAX (NAME_MAX_BYTES + 2u * LABEL_MAX_BYTES)

enum kept_state { KEPT_FREE, KEPT_WRITING, KEPT_ON_RECORD, KEPT_FAILED };

/* One read: who, what, which, why. */
struct audit_kept {
    enum kept_state state;
    uint32_t waiting; /* requests that came for it */
    uint64_t hash;    /* of what makes it the same read */
    uint64_t number;  /* of its record */
    int64_t since_ms; /* monotonic: begun, then on record */
    int64_t sent_ms;
    int64_t wall_ms;
    uint32_t principal;
    bool trusted;
    uint8_t what_len, subject_len, why_len;
    char name[NAME_MAX_BYTES + 1];
    uint8_t text[AUDIT_TEXT_MAX]; /* what, subject, why, one behind the other */
};

struct audit_waiting {
    struct port *port; /* NULL: free */
    uint32_t kept;     /* the read that it waits for */
    uint32_t principal;
    uint8_t route_len, verb_len;
    uint16_t body_len;
    uint8_t route[ROUTE_MAX];
    uint8_t verb[VERB_MAX];
    uint8_t body[AUDIT_REQUEST_MAX];
};

/* Refusals of one principal and code. */
struct audit_refusal {
    uint32_t principal;
    int status; /* 0: free */
    bool trusted;
    int64_t told_ms; /* monotonic */
    uint64_t times;  /* since then */
    char name[NAME_MAX_BYTES + 1];
    char what[LABEL_MAX_BYTES + 1]; /* of the last one */
    char peer[NAME_MAX_BYTES + 1];  /* likewise */
};

/* New records of a principal, since its minute and its hour began. */
struct audit_rate {
    int64_t minute_ms, hour_ms; /* monotonic */
    uint32_t minute, hour;
};

#define AUDIT_RATES PRINCIPALS_MAX

struct audit {
    struct port *intake; /* DEALER */
    struct parcel parcel;
    char source[NAME_MAX_BYTES];
    struct clock_reading now;
    uint64_t numbers; /* given out */
    uint32_t writing, waiting_count;
    struct audit_kept kept[AUDIT_READS_MAX];
    struct audit_rate rate[AUDIT_RATES]; /* by number */
    struct audit_waiting waiting[AUDIT_WAITING_MAX];
    struct audit_waiting taken;
    struct audit_refusal refusal[AUDIT_REFUSALS_MAX];
    uint32_t refusals; /* that are told apart now */
    uint64_t untold;
};

struct audit_record {
    enum event_type type;
    struct span id;
    int64_t time_ms;
    uint64_t number; /* what the ACK is known by; 0: nobody waits for it */
    const void *data;
};

/* A PUT of one event. Errors: those of port_send. */
int audit_send(struct audit *audit, struct audit_record record);

void audit_refusals_turn(struct audit *audit);
int64_t audit_refusals_due_ms(const struct audit *audit);

#endif
