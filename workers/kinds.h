/*
 * kinds.h - the kinds of cases, a row each: what its card is, as what it is said, when it is open, what fires when it is due.
 *
 * A new kind is a new row here, a letter in case_key.c, and a role that makes its cases.
 */
#ifndef MANYI_WORKERS_KINDS_H
#define MANYI_WORKERS_KINDS_H

#include "workers/fold.h"

/* Any case's card. */
union card {
    struct complaint complaint;
    struct escalation escalation;
    struct task task;
    struct flag flag;
    struct repair repair;
    struct appeal appeal;
    struct period period;
    struct ledger_entry entry;
    struct callback callback;
};

/* What a card says of its case. */
struct standing {
    bool open;
    bool gone;   /* its tombstone was said, or it needs none of its own */
    bool asleep; /* not open yet: nobody was told of it */
    bool rests;  /* open, though nothing is due */
    bool armed;  /* a timer is, for timer_ms */
    int64_t timer_ms;
    int64_t due_ms; /* what the rulebook in force asks; NEVER for nothing */
    uint64_t changed_seq;
};

struct kind {
    char letter;
    const struct record_table *record;
    enum event_type changed; /* as which its card is said again */
    size_t open_counter;     /* offset in struct counters of how many are open */
    void (*stand)(const struct policy *policy, const union card *card, struct standing *ret_standing);
    /* What fires when its timer is due. */
    int (*on_timer)(struct fold *fold, const struct case_key *key, int64_t due_ms);
    /* Reckons an open case anew by the rulebook that this very entry has put into force. */
    int (*on_policy)(struct fold *fold, const struct case_key *key);
    /* Lets an open case follow the roster that this very entry has put into force; NULL: it names nobody by a post. */
    int (*on_roster)(struct fold *fold, const struct case_key *key);
};

extern const struct kind kinds[];
extern const uint32_t kinds_count;

/* The kind of a key that case_key.h has read; every letter there has a row here. */
const struct kind *kind_of(const struct case_key *key);

/* How many cases of this kind the fold counts as open. */
static inline uint64_t *kind_open_count(struct counters *counters, const struct kind *kind)
{
    return (uint64_t *)(void *)((uint8_t *)counters + kind->open_counter);
}

#endif
