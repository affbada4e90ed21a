/*
 * chain.h - a small journal of several volumes for tests: sessions, refused events, causes, and what must be read from it.
 */
#ifndef MANYI_TESTS_SUPPORT_CHAIN_H
#define MANYI_TESTS_SUPPORT_CHAIN_H

#include "io/journal.h"

#define CHAIN_EVENTS 60u /* from outside; each third has a consequence */
#define CHAIN_SESSIONS 3u

/* Makes the journal of a directory, of three volumes or more, and closes it. volume_bytes: small enough for that. */
void chain_make(const char *dir, uint64_t volume_bytes);
uint64_t chain_head(void);

/* Compares all that a journal of that directory says with what was put in: entries, sessions, last cause, quarantine. Not
 * its lineage. restored: nobody has greeted the sessions. */
void chain_expect(const char *dir, bool restored);

/* One event as it was put in: id "e-<number>"; lent until the next call. */
struct span chain_event(uint32_t number);

#endif
