/*
 * accesses.h - who may do what, as the journal has it: access.changed is adopted, and decisions are looked at by it.
 *
 *   access.changed (intake's own) -> read and checked -> in force from the next entry on
 *   decision of principal n -> the case's own store and department -> access_decide -> the roles, or decision.rejected
 *
 * Caveats
 *   Entries without a principal (0) were local: everything is allowed, as in journals from before there were principals.
 *   Intake has looked at right, source and `by` already; here is what it can't know: where the case is, and whose.
 */
#ifndef MANYI_WORKERS_ACCESSES_H
#define MANYI_WORKERS_ACCESSES_H

#include "workers/fold.h"

/* access.changed. One that intake has not written, that can't be read, or whose hash is another, changes nothing. */
int access_adopt(struct fold *fold, const struct event *event);

/* After an abort, and at start. */
int accesses_load(struct fold *fold);

/* May the principal of this step do this? When not, refuses it (fold_refuse) and *ret_refused is true. */
int access_check(struct fold *fold, const struct event *event, bool *ret_refused);

#endif
