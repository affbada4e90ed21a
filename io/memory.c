/*
 * memory.c - see memory.h.
 */
#include "io/memory.h"
#include "core/limits.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 * MIB)

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
