/* names.h - asks a list of names. Pure. */
#ifndef MANYI_CORE_NAMES_H
#define MANYI_CORE_NAMES_H

#include "schemas/types.h"

/* Is this name on the list? NULL is an empty one. */
static inline bool names_have(const struct name_list *names, struct span name)
{
    for (uint32_t i = 0; names && i < names->count; i++) {
        if (span_equal(names->item[i], name))
            return true;
    }
    return false;
}

#endif
