/* shares.c - see shares.h. */
#include "brokers/shares.h"

#define OF_A_KEY (1ull << 63)

/* FNV-1a. Routes are ours, not the peer's choice; two that meet share a share. */
static uint64_t peer_of(uint32_t principal, struct span route)
{
    uint64_t hash = 14695981039346656037ull;
    if (principal)
        return OF_A_KEY | principal;
    for (size_t i = 0; i < route.len; i++)
        hash = (hash ^ route.at[i]) * 1099511628211ull;
    return hash & ~OF_A_KEY;
}

void shares_begin(struct shares *shares, int64_t monotonic_ms)
{
    if (shares->count > 1)
        shares->company_ms = monotonic_ms + COMPANY_MS;
    shares->count = 0;
    shares->most = 0;
}

void shares_take(struct shares *shares, uint32_t principal, struct span route, size_t bytes)
{
    uint64_t peer = peer_of(principal, route);
    uint32_t place = 0;
    while (place < shares->count && shares->row[place].peer != peer)
        place++;
    if (place == SHARES_MAX) {
        place = SHARES_MAX - 1;
    } else if (place == shares->count) {
        shares->row[place].peer = peer;
        shares->row[place].bytes = 0;
        shares->count++;
    }
    shares->row[place].bytes += bytes;
    if (shares->row[place].bytes > shares->most)
        shares->most = shares->row[place].bytes;
}
