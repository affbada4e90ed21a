/*
 * Open addressing over an array of rows that fills from its start:
 *
 *   slots  [ hash | row + 1 ]  a power of two, at most half full; 0 is free; a clash goes to the next slot
 *   rows   [ key, sums ]       in the order in which they were first asked for
 *   dirty  [ row ]             those to be written
 *
 * Rows never leave one by one, so that there are no tombstones.
 */
#include "workers/score_cache.h"

#include "core/ensure.h"
#include "core/status.h"
#include "workers/score_key.h"

#include <stdlib.h>

struct row {
    struct score_sums sums;
    bool dirty;
    uint8_t key_len;
    uint8_t key[SCORE_KEY_MAX];
};

struct slot {
    uint32_t hash;
    uint32_t row_after; /* number of the row + 1; 0 is free */
};

struct score_cache {
    uint64_t seed;
    uint32_t rows_max, row_count;
    uint32_t dirty_count;
    uint32_t slot_count; /* a power of two */
    struct row *rows;
    uint32_t *dirty;
    struct slot *slots;
};

_Static_assert(SCORE_KEY_MAX <= UINT8_MAX, "a key's length fits into a byte");
_Static_assert(SCORE_KEY_MAX <= STORE_KEY_MAX, "a key fits into the store");

int score_cache_open(uint32_t rows_max, uint64_t seed, struct score_cache **ret_cache)
{
    ensure(rows_max >= 1);
    ensure(rows_max <= 1u << 24);
    struct score_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return -E_NO_MEMORY;
    cache->seed = seed;
    cache->rows_max = rows_max;
    cache->slot_count = 2;
    while (cache->slot_count < 2 * rows_max)
        cache->slot_count *= 2;
    cache->rows = calloc(rows_max, sizeof *cache->rows);
    cache->dirty = calloc(rows_max, sizeof *cache->dirty);
    cache->slots = calloc(cache->slot_count, sizeof *cache->slots);
    if (!cache->rows || !cache->dirty || !cache->slots) {
        score_cache_close(cache);
        return -E_NO_MEMORY;
    }
    *ret_cache = cache;
    return 0;
}

void score_cache_close(struct score_cache *cache)
{
    if (!cache)
        return;
    free(cache->slots);
    free(cache->dirty);
    free(cache->rows);
    free(cache);
}

/* Both halves of a product depend on all bits of its factors: the step of Wang Yi's wyhash. */
static uint64_t fold_product(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint32_t hash_of(uint64_t seed, struct span key)
{
    uint64_t hash = seed ^ key.len;
    for (size_t at = 0; at < key.len; at += sizeof(uint64_t)) {
        uint64_t word = 0;
        size_t left = key.len - at;
        memcpy(&word, key.at + at, left < sizeof word ? left : sizeof word);
        hash = fold_product(hash ^ word, 0x9e3779b97f4a7c15ull);
    }
    return (uint32_t)fold_product(hash, 0xd6e8feb86659fd93ull);
}

/* The slot of a key, or the free one where it belongs. */
static struct slot *find_slot(struct score_cache *cache, struct span key, uint32_t hash)
{
    uint32_t mask = cache->slot_count - 1;
    for (uint32_t at = hash & mask;; at = (at + 1) & mask) {
        struct slot *slot = &cache->slots[at];
        if (slot->row_after == 0)
            return slot;
        const struct row *row = &cache->rows[slot->row_after - 1];
        if (slot->hash == hash && span_equal(span_make(row->key, row->key_len), key))
            return slot;
    }
}

static int load_row(struct store_txn *txn, uint32_t table, struct span key, struct row *ret_row)
{
    struct span value;
    int result = store_get(txn, table, key, &value);
    if (result == 0)
        result = score_row_read(value, &ret_row->sums);
    else if (result == -E_NOT_FOUND) {
        memset(&ret_row->sums, 0, sizeof ret_row->sums);
        result = 0;
    }
    ret_row->dirty = false;
    ret_row->key_len = (uint8_t)key.len;
    memcpy(ret_row->key, key.at, key.len);
    return result;
}

static struct score_sums *lend_row(struct score_cache *cache, uint32_t number)
{
    struct row *row = &cache->rows[number];
    if (!row->dirty) {
        row->dirty = true;
        cache->dirty[cache->dirty_count++] = number;
    }
    return &row->sums;
}

int score_cache_get(struct score_cache *cache, struct store_txn *txn, uint32_t table, struct span key,
                    struct score_sums **ret_sums)
{
    ensure(key.len >= 1);
    ensure(key.len <= SCORE_KEY_MAX);
    uint32_t hash = hash_of(cache->seed, key);
    struct slot *slot = find_slot(cache, key, hash);
    if (slot->row_after == 0) {
        if (cache->row_count == cache->rows_max) {
            int flushed = score_cache_flush(cache, txn, table);
            if (flushed != 0)
                return flushed;
            score_cache_forget(cache);
            slot = find_slot(cache, key, hash);
        }
        int loaded = load_row(txn, table, key, &cache->rows[cache->row_count]);
        if (loaded != 0)
            return loaded;
        *slot = (struct slot){hash, ++cache->row_count};
    }
    *ret_sums = lend_row(cache, slot->row_after - 1);
    return 0;
}

/* No count is left; score_add sees to it that then no sum is, either. */
static bool is_empty(const struct score_sums *sums)
{
    return sums->n == 0 && sums->overall.n == 0 && sums->weighted.n == 0 && sums->nps_n == 0 && sums->ces.n == 0 &&
           sums->dimension_count == 0 && sums->dropped == 0;
}

static int write_row(struct store_txn *txn, uint32_t table, const struct row *row)
{
    struct span key = span_make(row->key, row->key_len);
    if (is_empty(&row->sums)) {
        int result = store_delete(txn, table, key);
        return result == -E_NOT_FOUND ? 0 : result;
    }
    uint8_t bytes[SCORE_ROW_MAX];
    return store_put(txn, table, key, span_make(bytes, score_row_encode(&row->sums, bytes)));
}

int score_cache_flush(struct score_cache *cache, struct store_txn *txn, uint32_t table)
{
    for (uint32_t i = 0; i < cache->dirty_count; i++) {
        struct row *row = &cache->rows[cache->dirty[i]];
        int result = write_row(txn, table, row);
        if (result != 0)
            return result;
        row->dirty = false;
    }
    cache->dirty_count = 0;
    return 0;
}

void score_cache_forget(struct score_cache *cache)
{
    cache->row_count = 0;
    cache->dirty_count = 0;
    memset(cache->slots, 0, cache->slot_count * sizeof *cache->slots);
}
