/*
 * dirty_set.h - which score cards have changed since they were published: store, department and day.
 *
 * A rating marks one, millions a second while refolding, so that marks are kept here and reach the table `dirty` only
 * with a commit, or when the room is used up. They are taken in the order of their keys wherever they lie, so that the
 * same marks come out together however the ratings were cut into turns. Keys are those of score_key.h without staff.
 */
#ifndef MANYI_WORKERS_DIRTY_SET_H
#define MANYI_WORKERS_DIRTY_SET_H

#include "io/store.h"
#include "workers/arena.h"
#include "workers/score_key.h"

struct dirty_set;

int dirty_set_open(struct dirty_set **ret_set); /* -E_NO_MEMORY */
void dirty_set_close(struct dirty_set *set);    /* NULL is allowed */
/* Forgets what is not in the table: at start, and after an abort. */
int dirty_set_load(struct dirty_set *set, struct store_txn *txn);

/* Not while marks are being taken: those that are left must be taken, or the turn aborted, before. *ret_new: the mark is not
 * here yet; it may be in the table. */
int dirty_set_mark(struct dirty_set *set, struct store_txn *txn, struct span key, bool *ret_new);
/* Marks without being a first mark of anything: what a ruling changes is no rating. */
int dirty_set_mark_aside(struct dirty_set *set, struct store_txn *txn, struct span key);
/* Takes the first marks away, at most `most`, copied into the arena. */
int dirty_set_take(struct dirty_set *set, struct store_txn *txn, struct arena *arena, struct span *marks, uint32_t most,
                   uint32_t *ret_count);
bool dirty_set_is_empty(const struct dirty_set *set);
/* Moves all marks into the table. */
int dirty_set_flush(struct dirty_set *set, struct store_txn *txn);

#endif
