/*
 * dirty_set.h - which score cards have changed since they were published: store, department and day.
 *
 * A rating marks one, millions a second while refolding, so that marks are kept here and reach the table `dirty` only
 * with a commit, or when the room is used up. Keys are those of score_key.h without staff.
 */
#ifndef MANYI_WORKERS_DIRTY_SET_H
#define MANYI_WORKERS_DIRTY_SET_H

#include "io/store.h"
#include "workers/score_key.h"

struct dirty_set;

int dirty_set_open(struct dirty_set **ret_set); /* -E_NO_MEMORY */
void dirty_set_close(struct dirty_set *set);    /* NULL is allowed */
int dirty_set_mark(struct dirty_set *set, struct store_txn *txn, struct span key);
/* Moves all marks into the table. */
int dirty_set_flush(struct dirty_set *set, struct store_txn *txn);
void dirty_set_forget(struct dirty_set *set);
uint32_t dirty_set_count(const struct dirty_set *set);

#endif
