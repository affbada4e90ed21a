/*
 * shares.h - how much of a turn each peer has had: where several are served, a turn ends when one of them has had its share.
 *
 * ZeroMQ takes requests from its peers in turns, so nobody waits behind another's queue; but everybody waits for two commits, that of
 * the turn before and that of their own, and a turn that one peer may fill takes as long as that peer likes. So a turn ends at a small
 * share when it serves another, too; at a larger one when another was served within a second, since most of those turns keep nobody
 * waiting; and whoever has been alone for a second may fill it. Many who bring much make it as many shares long: a commit is still
 * worth its price.
 *
 * A peer is a principal, over all its connections, or a connection that nobody knows by a key.
 */
#ifndef MANYI_BROKERS_SHARES_H
#define MANYI_BROKERS_SHARES_H

#include "core/limits.h"
#include "core/span.h"

#include <stdbool.h>
#include <stdint.h>

#define SHARE_BYTES_MAX (128u * KIB) /* while somebody else waits for the turn */
#define LONE_BYTES_MAX (512u * KIB)  /* while somebody else may come any moment */
#define COMPANY_MS 1000
#define SHARES_MAX 64u /* peers that are told apart in one turn; the rest share the last */

struct shares {
    uint32_t count;
    size_t most;        /* that one peer has had */
    int64_t company_ms; /* monotonic: until then whoever comes alone has been seen with others */
    struct {
        uint64_t peer;
        size_t bytes;
    } row[SHARES_MAX];
};

/* The next turn begins. */
void shares_begin(struct shares *shares, int64_t monotonic_ms);

/* The turn serves a request of so many bytes. principal 0: the peer is known by its route. */
void shares_take(struct shares *shares, uint32_t principal, struct span route, size_t bytes);

/* Should the turn end for the others' sake? */
static inline bool shares_end(const struct shares *shares, int64_t monotonic_ms)
{
    if (shares->count > 1)
        return shares->most >= SHARE_BYTES_MAX;
    return shares->most >= LONE_BYTES_MAX && monotonic_ms < shares->company_ms;
}

#endif
