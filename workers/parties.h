/*
 * parties.h - what only the state knows of somebody who wants to decide: whether they profit, or are party to the matter.
 *
 * Caveat: a card's `party` has NAMES_MAX names; a verdict may name as many, and who judged. So the complaint is asked.
 */
#ifndef MANYI_WORKERS_PARTIES_H
#define MANYI_WORKERS_PARTIES_H

#include "schemas/types.h"
#include "workers/fold.h"

/* Do they work in the department, or lead it, as the roster in force has it? */
bool party_belongs(const struct fold *fold, struct span person, struct span store, struct span department);

/* Have they judged the complaint `about` (C-41), or is it upheld against them? An empty or another id: no. */
int party_of_complaint(struct fold *fold, struct span about, struct span person, bool *ret_party);

/* Are they party to an entry: its person, who decided on it, asked for another amount or proposed it, or to its complaint; or,
 * where it is a department's, do they belong to it? */
int party_of_entry(struct fold *fold, const struct ledger_entry *entry, struct span person, bool *ret_party);

#endif
