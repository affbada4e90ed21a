/*
 * ledger_case.h - what the files of the ledger's role share: an entry in hand, and the one way to keep it.
 */
#ifndef MANYI_WORKERS_LEDGER_CASE_H
#define MANYI_WORKERS_LEDGER_CASE_H

#include "workers/ledger.h"
#include "workers/ledger_rows.h"

struct ledger_case {
    struct case_key key;
    struct ledger_entry card;
    uint32_t lines_before;
    struct ledger_account part_before; /* what it added to its account */
};

/* -E_NOT_FOUND, -E_CORRUPT */
int ledger_load(struct fold *fold, const struct case_key *key, struct ledger_case *ret_case);
/* With its timer, and the account that it counts in. */
int ledger_keep(struct fold *fold, struct ledger_case *held);

/* The id that a proposal gets, into text. */
struct span ledger_id(const struct ledger_proposal *proposal, char text[CASE_ID_MAX]);

/* The veto that takes it, if it is a reward: as ledger_vetoed. */
int ledger_entry_vetoed(struct fold *fold, const struct ledger_entry *entry, char id_text[CASE_ID_MAX],
                        struct span *ret_veto);

/* Proposes the entry against one that stays, as `by` has decided, and names it on the card, which is yet to be kept. */
int ledger_adjust(struct fold *fold, struct ledger_case *held, struct span by);
/* Its cause is gone: it is reversed or adjusted, and kept; left as it is when that happened before. */
int ledger_retire(struct fold *fold, struct ledger_case *held, struct span by, bool *ret_changed);

/* The entries of an upheld complaint follow its card as this step has left it. */
int ledger_follow_complaint(struct fold *fold, uint64_t complaint, struct span by);

/* ledger.settled of a whole period. */
int ledger_settle_period(struct fold *fold, const struct event *event);
/* It is the turn of this entry and those behind it. */
int ledger_settle_on(struct fold *fold, struct ledger_case *held);

#endif
