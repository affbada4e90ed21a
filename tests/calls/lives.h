/*
 * lives.h - one life after the other, in each of which another call fails; and a life after it that finds everything in order.
 */
#ifndef MANYI_TESTS_CALLS_LIVES_H
#define MANYI_TESTS_CALLS_LIVES_H

#include "tests/calls/fault.h"

#define LOOP_DIR_MAX 128u

/* What is to be made to fail, and what came of it. Shared by all loops. */
struct loop {
    char dir[LOOP_DIR_MAX];   /* a folder of our own */
    uint64_t every;           /* only each so many-th call */
    uint64_t offset;          /* of those, which */
    uint32_t base_port;       /* six ports of our own; 0: to be found */
    const struct fault *only; /* NULL: all */
    const char *part;         /* NULL: all */
    bool verbose;
    uint64_t failed[FAULT_KINDS];   /* calls that were made to fail */
    uint64_t survived[FAULT_KINDS]; /* and all was well afterwards */
    uint64_t wrong;
};

/* Whether this fault is one of those to be tried. */
bool loop_wants(const struct loop *loop, const struct fault *fault);
/* Counts a fault that struck; wrong: NULL, or what was not well, which is said. */
void loop_count(struct loop *loop, const struct fault *fault, const char *part, const char *call, const char *wrong);

/* All lives of all kinds. */
void lives_run(struct loop *loop);

#endif
