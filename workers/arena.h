/*
 * arena.h - memory of a step: taken once at start, handed out from the front, emptied at once.
 *
 * Caveat: what it hands out is undefined and lives until the next arena_reset (or arena_back past it).
 */
#ifndef MANYI_WORKERS_ARENA_H
#define MANYI_WORKERS_ARENA_H

#include "core/ensure.h"
#include "core/span.h"

struct arena {
    uint8_t *bytes;
    size_t used;
    size_t size;
};

/* Aligned for every type. What a step takes is bounded by STEP_CASES_MAX and STEP_BYTES_MAX, so running out is our bug. */
static inline void *arena_take(struct arena *arena, size_t len)
{
    size_t aligned = (len + 15) & ~(size_t)15;
    ensure(arena->size - arena->used >= aligned);
    void *at = arena->bytes + arena->used;
    arena->used += aligned;
    return at;
}

static inline struct span arena_copy(struct arena *arena, struct span bytes)
{
    if (bytes.len == 0)
        return bytes;
    uint8_t *at = arena_take(arena, bytes.len);
    memcpy(at, bytes.at, bytes.len);
    return span_make(at, bytes.len);
}

static inline void arena_reset(struct arena *arena)
{
    arena->used = 0;
}

#endif
