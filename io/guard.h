/*
 * guard.h - what a role asks before it serves a request: who it is, and whether they may.
 *
 *   request.principal (the key of the connection) or `as` (trusted endpoints) --> guard_who --> access_decide
 *
 * Without an access file everybody is local (NULL) and may do everything. With one, a number that nobody has any more is
 * refused: a revoked key's connection may live a moment longer than its right.
 */
#ifndef MANYI_IO_GUARD_H
#define MANYI_IO_GUARD_H

#include "io/keyring.h"
#include "io/setup.h"

struct guard {
    struct keyring *keyring;
    bool speaks;   /* logs what is wrong with the file */
    bool troubled; /* it was said */
};

/* Reads setup->access_path. Errors: those of keyring_open; what is wrong was logged. */
int guard_open(const struct setup *setup, const char *role, struct guard *ret_guard);
void guard_close(struct guard *guard); /* of a zeroed one, too */

/* Once a turn. */
enum keyring_change guard_turn(struct guard *guard, struct clock_reading now);

/* *ret_principal NULL: local. -E_UNKNOWN_PRINCIPAL, -E_REVOKED. */
int guard_who(const struct guard *guard, uint32_t number, const struct principal **ret_principal);

/* access_decide of guard_who. */
int guard_may(const struct guard *guard, uint32_t number, const struct access_ask *ask);

/* What that principal is called: "local" for 0, "unknown" for one that nobody knows. Lives until the next guard_turn. */
struct span guard_name(const struct guard *guard, uint32_t number);

static inline const struct access *guard_access(const struct guard *guard)
{
    return keyring_access(guard->keyring);
}

#endif
