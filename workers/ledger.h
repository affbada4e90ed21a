/*
 * ledger.h - the ledger, in the state: what other roles propose, freeze and take back, and what they may ask.
 *
 * Caveat: each call may touch the entry and, for an adjustment, a second one. Whoever calls in a loop counts them.
 */
#ifndef MANYI_WORKERS_LEDGER_H
#define MANYI_WORKERS_LEDGER_H

#include "core/ledger.h"
#include "workers/fold.h"

/* Keeps a proposal as a new entry, by the step's cause. Its key: "L-<seq>-<name>", of time's "L-<name>"; a name too long
 * for a subject is replaced by its fingerprint, so `name` may be up to LABEL_MAX_BYTES. An entry that is there already
 * stays as it is: the same proposal made twice is one. */
int ledger_propose(struct fold *fold, const struct ledger_proposal *proposal, struct case_key *ret_key);

/* The card; its spans live in the step's arena. -E_NOT_FOUND */
int ledger_find(struct fold *fold, const struct case_key *key, struct ledger_entry *ret_entry);

/* An appeal against an entry is filed (ask ledger_may_freeze before), is rejected at last, or is upheld. `appeal` is its
 * id, `by` who ruled. -E_CORRUPT when there is no such entry. An entry that was taken back while frozen stays so. */
int ledger_appeal_filed(struct fold *fold, const struct case_key *key, struct span appeal);
int ledger_appeal_rejected(struct fold *fold, const struct case_key *key);
int ledger_appeal_upheld(struct fold *fold, const struct case_key *key, struct span by);

/* Is a reward of `period` taken by vetoes of this person or, when person is empty, of this store and department? The
 * veto's id goes into id_text and ret_veto, which is empty when none does. */
int ledger_vetoed(struct fold *fold, struct span person, struct span store, struct span department, struct span period,
                  char id_text[CASE_ID_MAX], struct span *ret_veto);

/* ---- the role ---- */

int ledger_on_event(struct fold *fold, const struct event *event);
int ledger_on_timer(struct fold *fold, const struct case_key *key, int64_t due_ms);
int ledger_on_policy(struct fold *fold, const struct case_key *key);

#endif
