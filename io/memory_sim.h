/*
 * memory_sim.h - memory of the simulated seams: given back by free(), or the process ends.
 *
 * Taken by aligned_alloc, never by malloc: what stands for the world's disk and wires is no memory of the roles, and a
 * program that counts the calls of malloc (tests/sim/heap.h) counts theirs alone.
 */
#ifndef MANYI_IO_MEMORY_SIM_H
#define MANYI_IO_MEMORY_SIM_H

#include "core/ensure.h"

#include <stdlib.h>
#include <string.h>

#define MEMORY_ALIGNMENT 16u

static inline void *memory_take(size_t len)
{
    void *memory = aligned_alloc(MEMORY_ALIGNMENT, (len + MEMORY_ALIGNMENT - 1) & ~(size_t)(MEMORY_ALIGNMENT - 1));
    ensure(memory != NULL);
    return memory;
}

static inline void *memory_take_zeroed(size_t len)
{
    return memset(memory_take(len), 0, len);
}

#endif
