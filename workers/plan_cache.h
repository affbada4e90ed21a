/*
 * plan_cache.h - the plans of the visits that were rated or complained about last, kept read in front of their table: ratings
 * of one visit come together.
 *
 * Every change goes to the table at once. A plan has one place, by the hash of its key: another one takes it.
 *
 * Caveats
 *   The worker is the table's only writer, and writes only through here.
 *   Rows that were read live until the next call.
 *   After an abort, and when the table was emptied, forget.
 */
#ifndef MANYI_WORKERS_PLAN_CACHE_H
#define MANYI_WORKERS_PLAN_CACHE_H

#include "workers/state.h"

struct plan_cache;

int plan_cache_open(struct plan_cache **ret_cache); /* -E_NO_MEMORY */
void plan_cache_close(struct plan_cache *cache);    /* NULL is allowed */
void plan_cache_forget(struct plan_cache *cache);

/* As state_plan_get and state_plan_put. */
int plan_cache_get(struct plan_cache *cache, struct store_txn *txn, struct span store, struct span visit,
                   struct plan_row *ret_row);
int plan_cache_put(struct plan_cache *cache, struct store_txn *txn, struct span store, struct span visit,
                   const struct plan_row *row);

#endif
