/*
 * account.h - what a run tells those who started it, in memory that outlives it.
 */
#ifndef MANYI_TESTS_CALLS_ACCOUNT_H
#define MANYI_TESTS_CALLS_ACCOUNT_H

#include "tests/calls/fault.h"

#include <stddef.h>

#define LIFE_EVENTS 15u
#define LIFE_PHASES (LIFE_EVENTS + 2u) /* an event each, then time passes twice */
#define ACCOUNT_TEXT 512u

/* What became of an event, as its publisher was told. */
struct told {
    bool known;
    bool duplicate;
    bool quarantined;
    int status;
    uint64_t seq;
};

struct life_account {
    uint32_t events_max; /* publish no more than these and end then; 0: live on */
    bool ended;          /* it came to its end, well or not; otherwise it died */
    int status;          /* 0, or the failure that it ended with */
    char where[64];      /* doing what */
    char struck[32];     /* the call that was made to fail */
    char said[512];      /* by our own checks: what is wrong */
    uint64_t calls[FAULT_KINDS];
    int64_t passed_ms; /* of the journal's time */
    struct told told[LIFE_EVENTS];
    uint32_t told_twice;
    uint64_t heads[LIFE_PHASES]; /* of the journal, after each phase */
    uint64_t cards;              /* of all channels, as a subscriber has them */
    uint64_t cards_sum;
    uint64_t quarantined;
    char verified[ACCOUNT_TEXT]; /* what `manyi verify` says of the directory */
};

#endif
