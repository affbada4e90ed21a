/*
 * journal_checking.h - what the files of the journal's check share. Included by journal_check*.c only.
 */
#ifndef MANYI_IO_JOURNAL_CHECKING_H
#define MANYI_IO_JOURNAL_CHECKING_H

#include "io/journal_check.h"
#include "io/journal_volume.h"
#include "schemas/codec.h"

/* Who an entry is from, for finding the same one twice. */
struct check_identity {
    uint64_t fingerprint;
    uint64_t seq;
};

/* What records and rows say of one session. */
struct check_session {
    uint64_t sequence;    /* of its newest entry; 0: none met */
    uint64_t id;          /* fingerprint of that entry's event */
    uint64_t epoch, last; /* of its row in the volume before */
    uint32_t row_volume;  /* whose table had its row last, counted from 1; also a damaged one */
};

struct checking {
    struct journal_checked *checked;
    struct event event;
    uint64_t window;

    /* The volume that is gone through. */
    uint32_t volume;              /* counted from 1 */
    uint64_t volume_first;        /* seq that its first entry must have */
    uint64_t volume_records;      /* met in it */
    uint64_t volume_sessions;     /* likewise */
    bool begun;                   /* it has a lineage row */
    bool torn;                    /* pages of it can't be reached: what is missing is theirs */
    bool gap_before;              /* as it began, `gap` */
    uint64_t index_sum, rows_sum; /* of the quarantine's arrivals by hash, and by row */
    uint64_t quota_sum, used_sum; /* of what sources have used, by their rows, and by the events */

    /* The chain. */
    uint64_t next_seq;
    bool gap; /* what comes before next_seq could not be read, and was told: the next record says where it goes on */
    int64_t at_ms;
    struct last_cause cause;           /* of the last consequence */
    struct last_cause cause_row;       /* as the newest row says */
    struct check_session *sessions;    /* by number */
    uint32_t last_session;             /* the greatest number met */
    struct check_identity *identities; /* of the newest events, a ring */
    uint64_t identity_count;
};

/* Counts a fault; the first ones are kept in words. */
__attribute__((format(printf, 2, 3))) void check_fault(struct checking *checking, const char *format, ...);

/* number: at most SESSIONS_MAX. */
static inline struct check_session *check_session_of(struct checking *checking, uint32_t number)
{
    if (number > checking->last_session)
        checking->last_session = number;
    return &checking->sessions[number];
}

/* 64 bits that tell bytes apart. */
uint64_t check_fingerprint(struct span first, struct span second);

void check_record(struct checking *checking, struct span key, struct span value);      /* in journal_check_records.c */
void check_session_row(struct checking *checking, struct span key, struct span value); /* in journal_check_rows.c */
void check_quarantine_row(struct checking *checking, struct span key, struct span value);
/* After all rows of a volume. */
void check_volume_rows(struct checking *checking);

#endif
