/*
 * verify.h - what must be true of the worker's state, checked in one pass over every row.
 *
 * Reads only, beside a running worker if need be. Long: it pins pages while it reads.
 */
#ifndef MANYI_WORKERS_VERIFY_H
#define MANYI_WORKERS_VERIFY_H

#include "workers/state.h"

#define VIOLATIONS_MAX 32u /* told in words; all are counted */
#define VIOLATION_TEXT 192u

struct verified {
    struct state_head head;
    uint64_t rows[STATE_TABLES];
    uint32_t checksum[STATE_TABLES]; /* CRC-32C of all keys and values: equal states have equal ones */
    uint64_t violations;
    char violation[VIOLATIONS_MAX][VIOLATION_TEXT];
};

/* What is checked, a line each. */
extern const char *const verify_checks[];
extern const uint32_t verify_checks_count;

/* Checks the state in DIR/state; journal_head: of the journal it was folded from. 0 whatever was violated;
 * -E_NO_JOURNAL without a state; the store's errors. */
int state_verify(const char *dir, uint64_t journal_head, struct verified *ret_verified);

#endif
