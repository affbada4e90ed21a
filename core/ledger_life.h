/*
 * ledger_life.h - what the files of the ledger's rules share: the one way to move an entry, and its history.
 */
#ifndef MANYI_CORE_LEDGER_LIFE_H
#define MANYI_CORE_LEDGER_LIFE_H

#include "core/ledger.h"

/* Every move of status goes through here. */
void ledger_move(struct ledger_entry *entry, enum ledger_status next, int64_t at_ms);

/* A line of its history; the entry is changed by this cause. */
void ledger_note(struct ledger_entry *entry, struct cause cause, struct span type, struct span by, struct span said);

/* Settled, or confirmed in a period that is closed: it stays, and is taken back by an entry against it. */
bool ledger_is_booked(const struct policy *policy, const struct ledger_entry *entry, struct cause cause);

#endif
