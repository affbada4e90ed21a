/*
 * memory.c - see memory.h.
 */
#include "io/memory.h"
#include "core/ensure.h"
#include "core/limits.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 * MIB)
#define KEPT_BYTES (64 * MIB) /* free at the end of the heap, before any of it is given back */

void *memory_take(size_t len)
{
    size_t page = len < HUGE_PAGE ? 4 * KIB : HUGE_PAGE;
    if (len > SIZE_MAX - page)
        return NULL;
    size_t whole = (len + page - 1) / page * page;
    void *memory = aligned_alloc(page, whole);
    if (!memory)
        return NULL;
    if (page == HUGE_PAGE)
        madvise(memory, whole, MADV_HUGEPAGE); /* a system without them says no, and has small ones */
    memset(memory, 0, len);
    return memory;
}

void memory_keep(size_t len)
{
    ensure(len < 32 * MIB); /* glibc takes no more */
    mallopt(M_MMAP_THRESHOLD, (int)len);
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
}
