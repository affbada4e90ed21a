/*
 * prospects.h - what somebody may decide about a case as it is now: every decision of its kind, weighed by the very functions that
 * the fold decides by.
 *
 *   card, who asks ──▶ a decision of each kind, with fields that stand in nobody's way ──▶ event_weigh ──▶ allowed, or why not
 *
 * So there is no second rulebook, and a page can say beforehand what the fold will say.
 *
 * Caveats
 *   What the fields say is not looked at: which handler, until when, into which complaint. A decision that is allowed may still be
 *   refused for what it says.
 *   It is as of the last commit: a clock may run out, and somebody else may decide, before the decision comes.
 *   The rulebook, roster and access file in force are read when they change, and kept.
 */
#ifndef MANYI_WORKERS_PROSPECTS_H
#define MANYI_WORKERS_PROSPECTS_H

#include "core/roster.h"
#include "schemas/codec.h"
#include "workers/case_key.h"
#include "workers/state.h"

struct prospects;

/* -E_NO_MEMORY */
int prospects_open(struct prospects **ret_prospects);
void prospects_close(struct prospects *prospects); /* NULL is allowed */

/* Begins with a state as it stands: txn reads. now_ms: when it would be decided. Errors: those of the store, -E_CORRUPT. */
int prospects_begin(struct prospects *prospects, struct store_txn *txn, int64_t now_ms);

/* The roster in force then; nobody in it before one is adopted. As it is until the next prospects_begin. */
const struct roster *prospects_roster(const struct prospects *prospects);

struct prospect {
    int status;         /* 0: allowed; else why not */
    const char *reason; /* one sentence, "" when allowed; until the next call */
};

/* What would become of a decision about this case by `by` (empty: nobody in particular), sent by a principal's number. type: a
 * decision about a case that there is. -E_UNKNOWN_CASE. */
int prospect_weigh(struct prospects *prospects, const struct case_key *key, enum event_type type, struct span by,
                   uint32_t principal, struct prospect *ret_prospect);

#endif
