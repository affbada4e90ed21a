/*
 * crowd.h - events that make a server's state large in one way each, so that its cost can be looked at beside.
 *
 *   complaints   each opens a complaint, which nobody handles: an open case with an armed timer
 *   sales        each is a sale's visit of another customer: two callbacks planned at least, each with an armed timer
 *   staff-days   historical ratings of 1,000 people on 100 days: each of the first 100,000 is another row of sums
 */
#ifndef MANYI_TESTS_BENCH_CROWD_H
#define MANYI_TESTS_BENCH_CROWD_H

#include "core/span.h"

#define CROWD_STAFF 1000u
#define CROWD_DAYS 100u

struct crowd {
    int kind;
    uint64_t next;
    int64_t time_ms;
    uint8_t bytes[512];
};

/* first: the number of the first event's id. -E_USAGE: no such kind. */
int crowd_init(struct crowd *crowd, const char *kind, uint64_t first, int64_t time_ms);

/* The next event's bytes, lent until the next call. */
struct span crowd_next(struct crowd *crowd);

#endif
