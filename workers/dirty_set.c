/* dirty_set.c - a hash set of keys, open addressing, in front of the table; sorted when the first is taken. */
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
    bool in_table; /* rows are there: then all marks are taken from there */
    bool sorted;   /* by key, to be taken; the slots are of no use any more */
    uint32_t taken;
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

static void empty(struct dirty_set *set)
{
    if (set->count)
        memset(set->slot, 0, sizeof set->slot);
    set->count = 0;
    set->taken = 0;
    set->sorted = false;
}

int dirty_set_load(struct dirty_set *set, struct store_txn *txn)
{
    uint64_t rows;
    int result = store_count(txn, STATE_DIRTY, &rows);
    if (result < 0)
        return result;
    empty(set);
    set->in_table = rows > 0;
    return 0;
}

bool dirty_set_is_empty(const struct dirty_set *set)
{
    return set->taken == set->count && !set->in_table;
}

static struct span key_span(const struct key *key)
{
    return span_make(key->bytes, key->len);
}

int dirty_set_flush(struct dirty_set *set, struct store_txn *txn)
{
    for (uint32_t i = set->taken; i < set->count; i++) {
        int result = store_put(txn, STATE_DIRTY, key_span(&set->key[i]), (struct span){0});
        if (result < 0)
            return result;
        set->in_table = true;
    }
    empty(set);
    return 0;
}

int dirty_set_mark(struct dirty_set *set, struct store_txn *txn, struct span key, bool *ret_new)
{
    ensure(key.len <= SCORE_KEY_MAX);
    ensure(!set->sorted);
    *ret_new = false;
    uint32_t at = (uint32_t)fact_fingerprint(key, (struct span){0}) & (SLOTS - 1);
    for (; set->slot[at]; at = (at + 1) & (SLOTS - 1)) {
        if (span_equal(key_span(&set->key[set->slot[at] - 1]), key))
            return 0;
    }
    if (set->count == KEYS_MAX) {
        int result = dirty_set_flush(set, txn);
        return result < 0 ? result : dirty_set_mark(set, txn, key, ret_new);
    }
    struct key *place = &set->key[set->count++];
    place->len = (uint8_t)key.len;
    memcpy(place->bytes, key.at, key.len);
    set->slot[at] = set->count;
    *ret_new = true;
    return 0;
}

int dirty_set_mark_aside(struct dirty_set *set, struct store_txn *txn, struct span key)
{
    ensure(!set->sorted);
    int result = store_put(txn, STATE_DIRTY, key, (struct span){0});
    set->in_table |= result == 0;
    return result;
}

/* ---- taking ---- */

/* As the table has them. */
static int key_compare(const void *a, const void *b)
{
    const struct key *one = a, *other = b;
    int order = memcmp(one->bytes, other->bytes, one->len < other->len ? one->len : other->len);
    return order ? order : (int)one->len - (int)other->len;
}

static uint32_t take_here(struct dirty_set *set, struct arena *arena, struct span *marks, uint32_t most)
{
    uint32_t count = 0;
    if (!set->sorted && set->count > 1)
        qsort(set->key, set->count, sizeof set->key[0], key_compare);
    set->sorted = true;
    while (count < most && set->taken < set->count)
        marks[count++] = arena_copy(arena, key_span(&set->key[set->taken++]));
    if (set->taken == set->count)
        empty(set);
    return count;
}

static int take_from_table(struct dirty_set *set, struct store_txn *txn, struct arena *arena, struct span *marks,
                           uint32_t most, uint32_t *ret_count)
{
    struct store_cursor *cursor;
    struct span key, value;
    uint32_t count = 0;
    int result = store_cursor_open(txn, STATE_DIRTY, &cursor);
    if (result < 0)
        return result;
    result = store_seek(cursor, (struct span){0}, &key, &value);
    while (result == 0 && count < most) {
        marks[count++] = arena_copy(arena, key);
        result = store_next(cursor, &key, &value);
    }
    store_cursor_close(cursor);
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    set->in_table = result == 0;
    result = 0;
    for (uint32_t i = 0; i < count && result == 0; i++)
        result = store_delete(txn, STATE_DIRTY, marks[i]);
    *ret_count = count;
    return result;
}

int dirty_set_take(struct dirty_set *set, struct store_txn *txn, struct arena *arena, struct span *marks, uint32_t most,
                   uint32_t *ret_count)
{
    if (!set->in_table) {
        *ret_count = take_here(set, arena, marks, most);
        return 0;
    }
    int result = dirty_set_flush(set, txn);
    return result < 0 ? result : take_from_table(set, txn, arena, marks, most, ret_count);
}
