/*
 * follow.h - a follower's side of the feed: FETCH after a cursor, hand out record after record. Used by worker and outlet.
 *
 * One request is outstanding at a time; if no answer comes within 5 s (or the wait asked for plus 5 s) it is sent again.
 * The records lent by follow_receive live until it hands out the next batch: meanwhile one can be asked for, and come.
 */
#ifndef MANYI_IO_FOLLOW_H
#define MANYI_IO_FOLLOW_H

#include "core/limits.h"
#include "io/bus.h"
#include "schemas/record.h"

struct follow_options {
    struct bus *bus;
    const char *endpoint;
    const char *class;  /* "outside", "consequence" or "any" */
    uint32_t max_bytes; /* per batch */
};

struct follow;

struct follow_batch {
    char lineage[NAME_MAX_BYTES + 1];
    uint64_t head;       /* of the journal */
    uint64_t upto;       /* continue after this */
    struct span records; /* what follow_record has not handed out yet */
    uint32_t count;
};

int follow_open(const struct follow_options *options, struct follow **ret_follow);
void follow_close(struct follow *follow);
struct port *follow_port(struct follow *follow);

/* Asks for what comes after `after`, unless a request for it is on its way. wake_at 0: no tick wanted. A changed wake_at is sent anew. */
int follow_ask(struct follow *follow, uint64_t after, int64_t wait_ms, int64_t wake_at_ms, int64_t monotonic_ms);
/* -E_AGAIN: nothing yet. A NAK's status, such as -E_CORRUPT: a record that can't be served; ask again only after a while. */
int follow_receive(struct follow *follow, struct follow_batch *ret_batch);
/* What the last NAK said, such as which volume and seq; "" before any. Lives until the next one. */
const char *follow_problem(const struct follow *follow);
/* The next record's bytes. -E_NOT_FOUND at the end. */
int follow_record(struct follow_batch *batch, struct span *ret_record);

/* Asks for one entry (GET event); follow_entry of the same seq has the answer: -E_AGAIN until it comes, -E_NOT_FOUND. The
 * entry tells seq, at_ms, session and event, and is lent until another seq is asked for. */
int follow_get(struct follow *follow, uint64_t seq, int64_t monotonic_ms);
int follow_entry(struct follow *follow, uint64_t seq, struct entry *ret_entry);

/* Takes what has come, so that it does not wake anybody again; follow_receive and follow_entry have it later. What an entry lends
 * stays. */
void follow_listen(struct follow *follow);

/* Drops what was asked and answered: the journal behind the feed may have become another one. */
void follow_forget(struct follow *follow);

#endif
