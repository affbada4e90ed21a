/*
 * escalations.h - notices as cases of their own, with their own timer for repeats. Part of the complaints role.
 *
 * A notice is about a case, which `about` on its card names. The case's own role raises it, ends it when the case is answered,
 * and lets it go with the case's card. Notices of what a fact bore lie behind 'E' and the seq of the fact, those of what
 * time brought behind 'E', 0 and its name.
 */
#ifndef MANYI_WORKERS_ESCALATIONS_H
#define MANYI_WORKERS_ESCALATIONS_H

#include "workers/fold.h"

/* Raises one for a complaint: under another name when the one it should have is taken. One that has
 * CASE_ESCALATIONS_MAX gets no more. */
int escalation_open(struct fold *fold, const struct complaint *complaint, const struct notice_wanted *wanted);

/* What happened to the complaint: clocks stopped, it closed, it was regraded, moved or rests, its card's days are
 * over. Its notices follow. */
int escalations_follow(struct fold *fold, const struct complaint *complaint, const struct complaint_effects *effects);

/* ---- of any other case ---- */

/* Raises one: "E-<what follows the letter in the case's id>-<why>[-<percent>]". percent 0: it comes once; from the policy's
 * breach (100) on it repeats in the rhythm of about->grade until it is seen or ended. level says whom it reaches. A case
 * that has CASE_ESCALATIONS_MAX gets no more. why: a word of at most NOTICE_WHY_MAX bytes. */
#define NOTICE_WHY_MAX 16u
int notice_raise(struct fold *fold, const struct notice_about *about, const char *why, int64_t percent, int64_t level,
                 int64_t at_ms);
/* The same because another notice did not arrive, which `because` names: told at once. ret_id lives as long as the step; it is
 * empty when the case gets no more. */
int notice_raise_because(struct fold *fold, const struct notice_about *about, const char *why, int64_t percent,
                         int64_t level, int64_t at_ms, struct span because, struct span *ret_id);
/* The case was answered or has closed: its notices end; or those that were raised because of `why`. */
int notices_end(struct fold *fold, struct span about);
int notices_end_of(struct fold *fold, struct span about, const char *why);
/* The days of its card are over: its notices are tombstones with it. */
int notices_gone(struct fold *fold, struct span about);

/* ---- their own life ---- */

int escalations_on_event(struct fold *fold, const struct event *event);
int escalations_on_timer(struct fold *fold, const struct case_key *key, int64_t due_ms);
int escalations_on_policy(struct fold *fold, const struct case_key *key);
int escalations_on_roster(struct fold *fold, const struct case_key *key);

/* How many a case has, up to CASE_ESCALATIONS_MAX. */
int escalations_count(struct store_txn *txn, struct span about, uint32_t *ret_count);

#endif
