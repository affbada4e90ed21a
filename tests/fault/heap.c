/*
 * heap.c - malloc and its kin: glibc's own, unless the plan says otherwise.
 */
#include "tests/fault/fault.h"

#include <errno.h>
#include <stdlib.h>

/* What glibc calls them when it doesn't want them replaced. */
void *__libc_malloc(size_t len);
void *__libc_calloc(size_t count, size_t len);
void *__libc_realloc(void *old, size_t len);
void *__libc_memalign(size_t alignment, size_t len);

static bool refused(enum fault_call call, const void *caller, struct fault *ret_fault)
{
    *ret_fault = plan_decide_heap(call, caller);
    if (ret_fault->act != ACT_FAIL)
        return false;
    errno = ret_fault->error;
    return true;
}

EXPORT void *malloc(size_t len)
{
    struct fault fault;
    if (refused(CALL_malloc, __builtin_return_address(0), &fault))
        return NULL;
    void *made = __libc_malloc(len);
    plan_done(fault);
    return made;
}

EXPORT void *calloc(size_t count, size_t len)
{
    struct fault fault;
    if (refused(CALL_calloc, __builtin_return_address(0), &fault))
        return NULL;
    void *made = __libc_calloc(count, len);
    plan_done(fault);
    return made;
}

EXPORT void *realloc(void *old, size_t len)
{
    struct fault fault;
    if (refused(CALL_realloc, __builtin_return_address(0), &fault))
        return NULL;
    void *made = __libc_realloc(old, len);
    plan_done(fault);
    return made;
}

EXPORT int posix_memalign(void **ret_made, size_t alignment, size_t len)
{
    struct fault fault;
    if (refused(CALL_memalign, __builtin_return_address(0), &fault))
        return fault.error;
    void *made = __libc_memalign(alignment, len);
    plan_done(fault);
    if (!made)
        return ENOMEM;
    *ret_made = made;
    return 0;
}
