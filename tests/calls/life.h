/*
 * life.h - a short life of the house, in one process and one thread: the roles over a directory, a publisher, somebody who
 * asks, a subscriber; turns are given by hand.
 *
 * Journal time stands still but for the phases that move it, whatever else has to be waited for: so that every life ends with
 * the same journal and the same state.
 */
#ifndef MANYI_TESTS_CALLS_LIFE_H
#define MANYI_TESTS_CALLS_LIFE_H

#include "tests/calls/account.h"

#define LIFE_LINEAGE "0123456789abcdef0123456789abcdef"

/* Lives through all phases on a directory, which may hold an earlier life: what was published before is published again. The
 * account tells where to begin (passed_ms, told) and what came of it. expected: of a life without faults, whose heads are
 * waited for; NULL: this is that life. */
void life_run(const char *dir, const struct life_account *expected, struct life_account *account);

/* Writes the resolved rulebook that the life adopts; before anything is made to fail. */
void life_prepare(void);

#endif
