/* plan_cache.c - an array of places, looked up by the hash of store and visit. */
#include "workers/plan_cache.h"

#include "core/ensure.h"
#include "core/status.h"
#include "workers/fact_index.h"

#include <stdlib.h>

#define PLACES 512u /* a power of two */

/* Names of a row are copied here: what the store lends is gone with the next write. */
struct place {
    uint8_t store_len, visit_len; /* 0: empty */
    uint8_t store[NAME_MAX_BYTES], visit[NAME_MAX_BYTES];
    uint8_t customer[NAME_MAX_BYTES], department[NAME_MAX_BYTES];
    struct plan_row row;
};

struct plan_cache {
    struct place place[PLACES];
};

int plan_cache_open(struct plan_cache **ret_cache)
{
    struct plan_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return -E_NO_MEMORY;
    *ret_cache = cache;
    return 0;
}

void plan_cache_close(struct plan_cache *cache)
{
    free(cache);
}

void plan_cache_forget(struct plan_cache *cache)
{
    memset(cache, 0, sizeof *cache);
}

static struct place *place_of(struct plan_cache *cache, struct span store, struct span visit)
{
    return &cache->place[fact_fingerprint(store, visit) & (PLACES - 1)];
}

static struct span copy(uint8_t to[NAME_MAX_BYTES], struct span name)
{
    ensure(name.len <= NAME_MAX_BYTES);
    if (name.len > 0)
        memmove(to, name.at, name.len);
    return span_make(to, name.len);
}

static void fill(struct place *place, struct span store, struct span visit, const struct plan_row *row)
{
    place->store_len = (uint8_t)copy(place->store, store).len;
    place->visit_len = (uint8_t)copy(place->visit, visit).len;
    place->row = *row;
    place->row.customer = copy(place->customer, row->customer);
    place->row.department = copy(place->department, row->department);
}

int plan_cache_get(struct plan_cache *cache, struct store_txn *txn, struct span store, struct span visit,
                   struct plan_row *ret_row)
{
    struct place *place = place_of(cache, store, visit);
    if (!span_equal(span_make(place->visit, place->visit_len), visit) ||
        !span_equal(span_make(place->store, place->store_len), store)) {
        struct plan_row row;
        int result = state_plan_get(txn, store, visit, &row);
        if (result < 0)
            return result;
        if (row.customer.len > NAME_MAX_BYTES || row.department.len > NAME_MAX_BYTES)
            return -E_CORRUPT;
        fill(place, store, visit, &row);
    }
    *ret_row = place->row;
    return 0;
}

int plan_cache_put(struct plan_cache *cache, struct store_txn *txn, struct span store, struct span visit,
                   const struct plan_row *row)
{
    fill(place_of(cache, store, visit), store, visit, row);
    return state_plan_put(txn, store, visit, row);
}
