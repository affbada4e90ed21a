/*
 * oracle_ledger.h - what the two files of the oracle's ledger share. Only for them.
 */
#ifndef MANYI_TESTS_SIM_ORACLE_LEDGER_H
#define MANYI_TESTS_SIM_ORACLE_LEDGER_H

#include "core/ledger.h"
#include "tests/sim/oracle_inside.h"

/* "2026-11" is 24321 + 10; -1 for what is no month. */
int entry_month(const char *period);
/* The month that it belongs to, wherever it is booked. */
const char *entry_period(const struct oracle_entry *entry);
bool entry_counts(const struct oracle_entry *entry);
void entry_touch(struct oracle *oracle, struct oracle_entry *entry);
void entry_end(struct oracle *oracle, struct oracle_entry *entry, int32_t status);
/* One whose id is there already is the same one. NULL then. Pointers to entries are stale afterwards. */
struct oracle_entry *entry_propose(struct oracle *oracle, uint64_t seq, const char *name,
                                   const struct oracle_entry *as);
/* Settled, or of a closed month: it stays, and is taken back by an entry of the other sign. */
bool entry_is_booked(const struct oracle *oracle, const struct oracle_entry *entry);
/* `by` decided so, and is not the one to confirm it. */
void entry_adjust(struct oracle *oracle, uint32_t index, struct span by);
/* Who may not decide on it, nor rule on an appeal against it; the complaint as it is judged now is asked, too. */
bool entry_is_party(const struct oracle *oracle, const struct oracle_entry *entry, struct span by);
/* Its notices end. */
void entry_answered(struct oracle *oracle, const struct oracle_entry *entry);

#endif
