/*
 * trace_ratings.h - the newest ratings of a department in a period, found in the journal by looking back from its head.
 */
#ifndef MANYI_CLI_TRACE_RATINGS_H
#define MANYI_CLI_TRACE_RATINGS_H

#include "cli/cli.h"

#define TRACE_RATINGS_MAX 20u

struct traced_rating {
    uint64_t seq;
    int64_t time_ms; /* that it counts for */
};

struct traced_ratings {
    struct traced_rating rating[TRACE_RATINGS_MAX]; /* the newest first */
    uint32_t count;
    uint64_t looked_after; /* nothing at or before this entry was looked at */
};

/* Ratings of store and department from from_ms until to_ms. Looks back over at most a million entries. Failures are said. */
int trace_ratings_find(struct cli *cli, struct span store, struct span department, int64_t from_ms, int64_t to_ms,
                       struct traced_ratings *ret_ratings);

#endif
