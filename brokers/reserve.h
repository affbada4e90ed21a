/*
 * reserve.h - the disk reserve: is there room for new outside events, also between two looks at the disk?
 *
 * A look tells what is free now, and nothing of the turns that are not on the disk yet: those are counted here and
 * subtracted. What others write meanwhile (the worker's state, the outlet's cards) only a look can tell, so another one
 * follows after an eighth of the reserve, and after a second.
 *
 *   free when last looked | on the disk since | leaving turn | this turn | the reserve: the worker's, and nobody else's
 */
#ifndef MANYI_BROKERS_RESERVE_H
#define MANYI_BROKERS_RESERVE_H

#include "core/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reserve {
    const char *dir;
    uint64_t reserve_bytes;
    uint64_t free_bytes;    /* when last looked */
    uint64_t since_bytes;   /* taken since then */
    uint64_t written_bytes; /* on the disk since then */
    uint64_t leaving_bytes; /* of the turn that is on its way to the disk */
    uint64_t turn_bytes;    /* of the turn that is being filled */
    int64_t looked_ms;      /* monotonic; INT64_MIN: never */
    bool is_short;
};

/* dir is borrowed. */
void reserve_open(struct reserve *reserve, const char *dir, uint64_t reserve_bytes);

/* Looks at the disk, once a second. Only this finds that there is room again. */
void reserve_watch(struct reserve *reserve, int64_t monotonic_ms);

/* Must a request that writes be refused? */
bool reserve_is_short(struct reserve *reserve);

/* The turn will write for a request of so many bytes; for a refused event that is kept; and for its commit. More than
 * it may turn out to be, never less. */
void reserve_take_request(struct reserve *reserve, size_t len);
void reserve_take_refused(struct reserve *reserve);
void reserve_take_commit(struct reserve *reserve);

void reserve_turn_leaves(struct reserve *reserve);
void reserve_turn_is_written(struct reserve *reserve);

#endif
