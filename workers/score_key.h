/*
 * score_key.h - where a row of sums lies: store, department, local day, staff, in the order in which queries scan.
 *
 *   store | 00 | department | 00 | day, 4 bytes | staff
 *
 * Names hold no control characters, so that a zero byte ends them. The day is big-endian and has its sign bit turned
 * over: days before 1970 come first.
 */
#ifndef MANYI_WORKERS_SCORE_KEY_H
#define MANYI_WORKERS_SCORE_KEY_H

#include "core/limits.h"
#include "core/span.h"

#define SCORE_KEY_MAX (3u * NAME_MAX_BYTES + 2u + 4u)

struct score_place {
    struct span store;
    struct span department;
    int64_t day;       /* local, since 1970-01-01 */
    struct span staff; /* empty for ratings of nobody in particular */
};

/* Returns the key's length. Days beyond 32 bits count as the first or last of them. With an empty staff it is where a
 * scan of a day begins; with an empty department and day INT64_MIN, where a scan of a store begins. */
size_t score_key_build(const struct score_place *place, uint8_t ret_key[SCORE_KEY_MAX]);

/* The names lie in `key`. -E_BAD_FORMAT. */
int score_key_parse(struct span key, struct score_place *ret_place);

#endif
