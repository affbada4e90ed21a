/*
 * query.h - the query port: cards, figures and outcomes as of the worker's last commit.
 *
 * Each answer reads in a short transaction of its own. A request with wait_seq is parked, at most PARKED_MAX of them and
 * 10 s each, until that entry is folded.
 */
#ifndef MANYI_WORKERS_QUERY_H
#define MANYI_WORKERS_QUERY_H

#include "io/setup.h"
#include "io/store.h"

struct query;

/* How far the worker has come. */
struct folded {
    uint64_t reached; /* everything up to it is folded and committed */
    uint64_t head;    /* of the journal, as last heard */
};

/* Serves setup->query_endpoint from `state`, which outlives it. Errors: those of port_open, -E_NO_MEMORY. */
int query_open(const struct setup *setup, struct store *state, struct query **ret_query);
void query_close(struct query *query); /* NULL is allowed */
struct port *query_port(struct query *query);

/* Answers what is there, and what has waited for what is folded now. */
void query_turn(struct query *query, const struct folded *folded, int64_t monotonic_ms);

#endif
