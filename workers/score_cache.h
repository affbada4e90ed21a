/*
 * score_cache.h - rows of sums kept decoded between ratings, in front of a store table.
 *
 * Caveats
 *   The worker is the table's only writer: what is cached is what the table holds, plus what was changed since.
 *   Nothing is in the store before score_cache_flush; flush before every commit.
 *   After an aborted transaction, or any failure here, score_cache_forget before the next use.
 *   Room for a fixed number of rows: when it is used up, all are flushed and the room is used anew.
 *
 * Rows are written in the order in which they were first asked for, whatever the seed.
 */
#ifndef MANYI_WORKERS_SCORE_CACHE_H
#define MANYI_WORKERS_SCORE_CACHE_H

#include "core/score.h"
#include "io/store.h"

struct score_cache;

/* Takes about 2 KiB a row. The seed keeps senders of names from choosing what collides. -E_NO_MEMORY. */
int score_cache_open(uint32_t rows_max, uint64_t seed, struct score_cache **ret_cache);
void score_cache_close(struct score_cache *cache); /* NULL is allowed; what was not flushed is lost */

/* Lends the row of `key` (at most SCORE_KEY_MAX bytes) to be changed: it will be written by the next flush. A missing
 * row is empty. The row lives until the next call. May flush. -E_BAD_FORMAT for a broken row; the store's errors. */
int score_cache_get(struct score_cache *cache, struct store_txn *txn, uint32_t table, struct span key,
                    struct score_sums **ret_sums);

/* Writes every row that was lent since the last flush; one that has become empty is deleted. The store's errors. */
int score_cache_flush(struct score_cache *cache, struct store_txn *txn, uint32_t table);

/* Drops every row, written or not. */
void score_cache_forget(struct score_cache *cache);

#endif
