/*
 * decided_since.h - two people at once: a decision that names the entry as of which its sender saw the case (`ifseq`) counts only
 * if nobody has decided about the case since.
 *
 *   li.na sees C-41 as of 57 ──acknowledged, ifseq 57──▶ accepted as 60
 *   wu.di sees C-41 as of 57 ──assigned, ifseq 57──▶ refused, E1610: C-41 was acknowledged by li.na
 *
 * It is asked in the fold, where decisions have an order: whatever races before it, one of two wins.
 *
 * Caveats
 *   What people have decided counts. What a clock did to the card (a notice, a deadline, a pause that ended), another rulebook or
 *   roster doesn't: otherwise no click on a card whose clock runs out would ever count.
 */
#ifndef MANYI_WORKERS_DECIDED_SINCE_H
#define MANYI_WORKERS_DECIDED_SINCE_H

#include "workers/fold.h"

/* Of a decision with if_seq. Of no case, or one that nobody knows, the roles say so. Errors: those of the store. */
int decided_since(struct fold *fold, const struct event *decision, bool *ret_refused);

#endif
