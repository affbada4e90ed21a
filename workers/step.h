/*
 * step.h - within a step: what roles may do besides changing cases, and the pieces that every step is made of.
 */
#ifndef MANYI_WORKERS_STEP_H
#define MANYI_WORKERS_STEP_H

#include "workers/fold.h"

/* The steps of an entry are numbered by step_begin; step_end says the cards of what was touched. A step that fails
 * in between leaves the turn to be aborted. */
void step_begin(struct fold *fold, const struct entry *entry);
int step_end(struct fold *fold);
/* Another case may be touched in this step. */
bool step_has_room(const struct fold *fold);

/* The decision stands. */
void fold_accept(struct fold *fold);
/* It doesn't (OUTCOME_REJECTED), or is kept without effect (OUTCOME_KEPT): why, in one sentence. */
__attribute__((format(printf, 4, 5))) void fold_refuse(struct fold *fold, enum outcome outcome, int status,
                                                       const char *format, ...);

/* Says something that is not a case's card. */
void fold_say(struct fold *fold, enum event_type type, struct span subject, uint64_t fact_seq, const void *card);

/* What would become of the decision fold->event, in a fold that weighs: the step has the answer. */
int event_weigh(struct fold *fold);

/* fold->event as a step: system events, then the roles, then what became of a decision. */
int event_fold(struct fold *fold);

/* Goes through as many cases as a step may, from where the last one ended: after policy.adopted and roster.changed to reckon the open
 * ones anew, after fold.adopted to say them again. since: closed ones, too, that were changed from this entry on; 0: none. */
int sweep_begin(struct fold *fold, uint64_t since);
int sweep_step(struct fold *fold);

#endif
