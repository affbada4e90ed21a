/* escalations.h - notices as cases of their own, with their own timer for repeats. Part of the complaints role. */
#ifndef MANYI_WORKERS_ESCALATIONS_H
#define MANYI_WORKERS_ESCALATIONS_H

#include "workers/fold.h"

/* Raises one for a complaint: under another name when the one it should have is taken. One that has
 * CASE_ESCALATIONS_MAX gets no more. */
int escalation_open(struct fold *fold, const struct complaint *complaint, const struct notice_wanted *wanted);

/* What happened to the complaint: clocks stopped, it closed, it was regraded, moved or rests, its card's days are
 * over. Its notices follow. */
int escalations_follow(struct fold *fold, const struct complaint *complaint, const struct complaint_effects *effects);

int escalations_on_event(struct fold *fold, const struct event *event);
int escalations_on_timer(struct fold *fold, const struct case_key *key, int64_t due_ms);
int escalations_on_policy(struct fold *fold, const struct case_key *key);

/* How many a complaint has, up to CASE_ESCALATIONS_MAX. */
int escalations_count(struct store_txn *txn, uint64_t complaint_seq, uint32_t *ret_count);

#endif
