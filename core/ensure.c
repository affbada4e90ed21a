/*
 * ensure.c - the end of the process when an invariant of ours is broken.
 *
 * The one place in the pure ring that writes to the outside: there is nobody left to hand a result to.
 */
#include "core/ensure.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void ensure_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "manyi: broken invariant: %s (%s:%d). Please report this line; the journal is intact.\n", condition,
            file, line);
    abort();
}
