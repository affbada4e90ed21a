/*
 * query.h - the query port: cards, figures and outcomes as of the worker's last commit.
 *
 * Each answer reads in a short transaction of its own. A request with wait_seq is parked, at most PARKED_MAX of them and
 * 10 s each, until that entry is folded.
 *
 * Who asks is told what they may see (sight.h): lists leave the rest out, one case is refused with why, and so are
 * figures that pool more than they may see. Reading the ledger goes on record first (io/audit.h).
 */
#ifndef MANYI_WORKERS_QUERY_H
#define MANYI_WORKERS_QUERY_H

#include "core/histogram.h"
#include "io/setup.h"
#include "io/store.h"

struct query;

/* How far the worker has come. */
struct folded {
    uint64_t reached;                /* everything up to it is folded and committed */
    uint64_t head;                   /* of the journal, as last heard */
    int64_t now_ms;                  /* monotonic */
    int64_t behind_ms;               /* for how long it has not been at the head */
    uint64_t state_bytes;            /* that its store uses */
    const struct histogram *commits; /* how long the state's took */
};

/* Serves setup->query_endpoint, and query_trusted_endpoint with `as`, from `state`, which outlives it. Errors: those of
 * port_open, -E_NO_MEMORY. */
int query_open(const struct setup *setup, struct store *state, struct query **ret_query);
void query_close(struct query *query);                              /* NULL is allowed */
uint32_t query_ports(struct query *query, struct port **ret_ports); /* at most 3 */

/* Somebody waits for an entry to be folded, and no longer than he said. */
bool query_waits(const struct query *query);

/* Answers what is there, and what has waited for what is folded now, for some milliseconds: a costly question delays the fold by
 * itself alone. true: there is more. */
bool query_turn(struct query *query, const struct folded *folded, struct clock_reading now);

#endif
