/*
 * fact_index.h - finds a rating or complaint by the id that its source gave it, for corrections and retractions.
 *
 * Twelve bytes a fact: a fingerprint of source and id, and how far its seq lies behind the first of its block. A block has
 * FACT_BLOCK_FACTS of them, whatever the batches were, so that two rebuilds write the same rows. The last block is kept
 * here and written again with each commit; full ones are only appended.
 *
 *   key: seq of the first, 8 bytes     value: version | fingerprint, 8 bytes | distance, 4 bytes | ...
 *
 * Caveats
 *   A fingerprint can be wrong: whoever finds a fact confirms its id and source in the journal.
 *   A search by id walks the blocks backwards, newest first: about a millisecond per million facts, all of them for an
 *   id that nobody has. Whoever folds looks at `searched`, so that others get their turn in between.
 */
#ifndef MANYI_WORKERS_FACT_INDEX_H
#define MANYI_WORKERS_FACT_INDEX_H

#include "io/store.h"

#define FACT_BLOCK_FACTS 160u /* a block stays below LMDB's half page */
#define FACT_BYTES 12u
#define FACT_BLOCK_BYTES (1u + FACT_BLOCK_FACTS * FACT_BYTES)

struct fact_index {
    uint8_t block[FACT_BLOCK_BYTES]; /* the last one */
    uint32_t count;                  /* facts in it */
    uint64_t first;                  /* seq of its first */
    bool changed;                    /* since it was written */
    uint64_t searched;               /* facts looked at by fact_index_find */
};

uint64_t fact_fingerprint(struct span source, struct span id);

/* Takes the last block from the store; call it after an abort, too. -E_CORRUPT; the store's errors. */
int fact_index_load(struct fact_index *index, struct store_txn *txn);
int fact_index_add(struct fact_index *index, struct store_txn *txn, uint64_t seq, uint64_t fingerprint);
int fact_index_flush(struct fact_index *index, struct store_txn *txn);
/* The newest fact with this fingerprint before `before`. -E_NOT_FOUND. */
int fact_index_find(struct fact_index *index, struct store_txn *txn, uint64_t fingerprint, uint64_t before,
                    uint64_t *ret_seq);

/* The first and last seq of a block as found in the table. -E_CORRUPT. */
int fact_block_read(struct span key, struct span value, uint64_t *ret_first, uint64_t *ret_last);

#endif
