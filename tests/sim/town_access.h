/*
 * town_access.h - what tests/sim/access.yaml comes to, said once for the cast and for the oracle, in words of the town.
 *
 * The people's program directs Pudong and Minhang. Not Xihu; not the whole group; nor does it appeal, which everybody does in their
 * own name.
 */
#ifndef MANYI_TESTS_SIM_TOWN_ACCESS_H
#define MANYI_TESTS_SIM_TOWN_ACCESS_H

#include "core/span.h"

#define TOWN_PEOPLE 7u
#define TOWN_KEYED_EVERY 3u /* one seed of so many has keys */

static inline bool town_directs(struct span store)
{
    return span_is(store, "sh-pudong") || span_is(store, "sh-minhang");
}

#endif
