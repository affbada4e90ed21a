/*
 * recent.h - the newest cards as they are sent, in one ring for everybody who is followed.
 *
 *   ring    │ a:17 │ b:4 │ a:19 │ a:20 │ c:9 │ ...        each block knows the next one of its chain
 *             tail ▲ what a new block needs goes away here: its chain reaches less far back then
 *
 * Caveats
 *   Positions are never used again; 0 is none. A span lives until the next recent_add.
 *   A chain stays where it is as long as it has blocks; recent_forget lets go of them.
 */
#ifndef MANYI_BROKERS_RECENT_H
#define MANYI_BROKERS_RECENT_H

#include "core/span.h"

#include <stdint.h>

/* The blocks of one that is followed, in order of n: all with n above `from`. */
struct recent_chain {
    uint64_t from;
    uint64_t first, last; /* positions */
};

struct recent {
    uint8_t *ring;
    uint64_t size, head, tail;
};

/* size: bytes, a power of two. -E_NO_MEMORY. */
int recent_open(struct recent *recent, uint64_t size);
void recent_close(struct recent *recent); /* of a zeroed one, too */

/* At the chain's end; n is above those that are there, the block at most a quarter of the ring. */
void recent_add(struct recent *recent, struct recent_chain *chain, uint64_t n, struct span block);

/* The first block above *n, which must not be below chain->from; *n and *at become its own. at: where the last one was, or 0. false:
 * there is none. */
bool recent_next(const struct recent *recent, const struct recent_chain *chain, uint64_t *n, uint64_t *at,
                 struct span *ret_block);

void recent_forget(struct recent *recent, struct recent_chain *chain);

#endif
