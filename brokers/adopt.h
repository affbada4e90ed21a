/*
 * adopt.h - the events that intake itself writes: the first entries of a journal, and ticks.
 */
#ifndef MANYI_BROKERS_ADOPT_H
#define MANYI_BROKERS_ADOPT_H

#include "io/journal.h"

#define INTAKE_SOURCE "/manyi/intake"

/* Writes the first entries of an empty journal in one commit: policy.adopted, with the proposed file or, for an empty path,
 * the rulebook as delivered, every default written out; and, for a path that is not empty, roster.changed. Durable when it
 * returns 0. -E_BAD_POLICY, -E_BAD_ROSTER (logged, since only here the line at fault is known), those of file_read and of the
 * journal. */
int adopt_first(struct journal *journal, const char *policy_path, const char *roster_path, int64_t at_ms);

/* Adds clock.ticked to the journal's running turn. */
int adopt_tick(struct journal *journal, int64_t at_ms, int64_t wake_at_ms, uint64_t *ret_seq);

#endif
