/*
 * answer_trace.h - what the two files of GET trace share: the rulebook that was in force at an entry. Only for query_trace*.c.
 */
#ifndef MANYI_WORKERS_ANSWER_TRACE_H
#define MANYI_WORKERS_ANSWER_TRACE_H

#include "workers/answer.h"

struct policy_look;

/* The one that was looked at last: lines of a case mostly stand under the same. Zero-initialise. */
struct rulebook_seen {
    struct policy_look *look; /* NULL: none was in force */
    uint64_t seq;             /* of its adoption */
    char name[NAME_MAX_BYTES + 1];
    char hash[NAME_MAX_BYTES + 1];
};

/* The rulebook by which the entry `seq` was folded, and those after it. */
int rulebook_see(struct store_txn *txn, uint64_t seq, struct rulebook_seen *seen);
void rulebook_close(struct rulebook_seen *seen);
/* Key `policy`: {name, hash, seq}, or null. */
void rulebook_write(struct wire_writer *rows, const struct rulebook_seen *seen);

/* A score by its id, S-store.department-period: one row, with the formula filled in. */
int answer_trace_score(struct answer *answer);

#endif
