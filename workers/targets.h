/*
 * targets.h - what a correction or retraction is about: found by seq or id, fetched from the journal, decoded.
 */
#ifndef MANYI_WORKERS_TARGETS_H
#define MANYI_WORKERS_TARGETS_H

#include "workers/fold.h"

/* Fills fold->target for fold->event: a correction, a retraction, an appeal against a rating, a ruling on one. `needed` says whether
 * the event is about an earlier one, and seq is 0 when there is no such one. FOLD_WANTS: the runner shall fetch
 * fold->wanted_seq and come again with it as `original`; nothing was changed. */
int target_find(struct fold *fold, const struct entry *entry, const struct original *original);

/* A target that is a rating, as it counts now: what was corrected before lies over it. -E_ALREADY_DONE: it was retracted. */
int target_rating(struct fold *fold, struct rated *ret_rating);

/* Nothing in the journal has this id or seq. */
void target_refuse(struct fold *fold);

#endif
