/*
 * wrap_memory.c - allocations of our own objects, which may find no memory.
 */
#include "tests/calls/wrap.h"

#include <stdlib.h>

WRAPPED(void *, malloc, size_t size)
{
    return fault_strikes(FAULT_ALLOCATION, "malloc") ? NULL : __real_malloc(size);
}

WRAPPED(void *, calloc, size_t count, size_t size)
{
    return fault_strikes(FAULT_ALLOCATION, "calloc") ? NULL : __real_calloc(count, size);
}

WRAPPED(void *, realloc, void *old, size_t size)
{
    return fault_strikes(FAULT_ALLOCATION, "realloc") ? NULL : __real_realloc(old, size);
}
