/* dirty_set.c - a hash set of keys, open addressing, emptied as a whole. The table has them in order. */
#include "workers/dirty_set.h"

#include "core/ensure.h"
#include "core/status.h"
#include "workers/fact_index.h"
#include "workers/state.h"

#include <stdlib.h>

#define KEYS_MAX 2048u
#define SLOTS (2u * KEYS_MAX) /* a power of two */

struct key {
    uint8_t len;
    uint8_t bytes[SCORE_KEY_MAX];
};

struct dirty_set {
    uint32_t count;
    uint32_t slot[SLOTS]; /* number of the key + 1; 0 is free */
    struct key key[KEYS_MAX];
};

int dirty_set_open(struct dirty_set **ret_set)
{
    struct dirty_set *set = calloc(1, sizeof *set);
    if (!set)
        return -E_NO_MEMORY;
    *ret_set = set;
    return 0;
}

void dirty_set_close(struct dirty_set *set)
{
    free(set);
}

uint32_t dirty_set_count(const struct dirty_set *set)
{
    return set->count;
}

void dirty_set_forget(struct dirty_set *set)
{
    if (set->count)
        memset(set->slot, 0, sizeof set->slot);
    set->count = 0;
}

int dirty_set_flush(struct dirty_set *set, struct store_txn *txn)
{
    for (uint32_t i = 0; i < set->count; i++) {
        int result = store_put(txn, STATE_DIRTY, span_make(set->key[i].bytes, set->key[i].len), (struct span){0});
        if (result < 0)
            return result;
    }
    dirty_set_forget(set);
    return 0;
}

int dirty_set_mark(struct dirty_set *set, struct store_txn *txn, struct span key)
{
    ensure(key.len <= SCORE_KEY_MAX);
    uint32_t at = (uint32_t)fact_fingerprint(key, (struct span){0}) & (SLOTS - 1);
    for (; set->slot[at]; at = (at + 1) & (SLOTS - 1)) {
        const struct key *known = &set->key[set->slot[at] - 1];
        if (span_equal(span_make(known->bytes, known->len), key))
            return 0;
    }
    if (set->count == KEYS_MAX) {
        int result = dirty_set_flush(set, txn);
        return result < 0 ? result : dirty_set_mark(set, txn, key);
    }
    struct key *place = &set->key[set->count++];
    place->len = (uint8_t)key.len;
    memcpy(place->bytes, key.at, key.len);
    set->slot[at] = set->count;
    return 0;
}
