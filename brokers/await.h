/*
 * await.h - the feed's standing question to intake: tell me when there is more, or when the worker wants to be woken.
 *
 * There is one feed, so there is one question; a newer one takes the place of the one before.
 */
#ifndef MANYI_BROKERS_AWAIT_H
#define MANYI_BROKERS_AWAIT_H

#include "brokers/answers.h"

struct await {
    bool standing;
    uint64_t head;        /* answered once the journal is longer */
    int64_t wake_at_ms;   /* 0: no tick is wanted */
    int64_t ticked_at_ms; /* stamp of the last tick; 0: none since the start */
    uint8_t route[ROUTE_MAX];
    size_t route_len;
    uint8_t rid[RID_MAX];
    size_t rid_len;
};

/* Takes an AWAIT. 0, or what to refuse it with. */
int await_take(struct await *await, struct request *request, struct flaw *ret_flaw);

/* Does the worker, parked at the head, want a tick by now? Consequences that were stamped after its wish fire nothing, so
 * it is due however old the wish is; but no tick comes for a time that the last one had reached. */
bool await_tick_due(const struct await *await, uint64_t head, int64_t at_ms);

/* A tick has been added, stamped at_ms. */
void await_ticked(struct await *await, int64_t at_ms);

/* Milliseconds until it will, if nothing else happens; -1 for never. */
int64_t await_wait_ms(const struct await *await, uint64_t head, int64_t at_ms);

/* Answers it if the journal, which ends at head now, is longer than it was told. */
void await_answer(struct await *await, uint64_t head, struct port *port, struct request_counts *counts);

#endif
