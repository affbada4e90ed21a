/*
 * refusals.h - whom intake has refused by right: counted by code, and told to the audit, a principal and code once a minute.
 *
 * The first refusal is told in its own turn, those that follow within a minute together at its end, so that nobody makes the
 * journal grow by being refused. Who finds no place in the table is counted among `others`.
 */
#ifndef MANYI_BROKERS_REFUSALS_H
#define MANYI_BROKERS_REFUSALS_H

#include "core/limits.h"
#include "core/span.h"

#include <stdbool.h>
#include <stdint.h>

#define REFUSALS_MAX 256u /* principals and codes that were refused within a minute */
#define REFUSAL_CODES 7u
#define REFUSALS_EVERY_MS (60 * 1000ll)

struct refusal {
    uint32_t principal; /* 0: others */
    int status;         /* 0: a free place */
    bool over_http;
    uint32_t times; /* since it was told last */
    int64_t told_ms;
    char what[NAME_MAX_BYTES + 1]; /* a type or a verb: the last one */
};

struct refusals {
    struct refusal row[REFUSALS_MAX]; /* the first is the others' */
    uint64_t counts[REFUSAL_CODES];   /* since the start */
};

/* Codes that speak of rights: 0 to REFUSAL_CODES - 1. */
int refusals_status(uint32_t index);

/* Counts one, when its status speaks of rights. */
void refusals_count(struct refusals *refusals, uint32_t principal, bool over_http, int status, struct span what);

/* The next that is to be told at at_ms, from *index on; NULL: no more. Tell it, and it begins anew; a refusal that
 * nobody has repeated for a minute gives its place back. */
struct refusal *refusals_next(struct refusals *refusals, int64_t at_ms, uint32_t *index);
void refusals_told(struct refusal *refusal, int64_t at_ms);

#endif
