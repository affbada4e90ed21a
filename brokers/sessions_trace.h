/*
 * sessions_trace.h - what entries and rows of older volumes say of sessions: for those whose rows are damaged.
 */
#ifndef MANYI_BROKERS_SESSIONS_TRACE_H
#define MANYI_BROKERS_SESSIONS_TRACE_H

#include "io/journal.h"

/* Reads the whole journal. traces: SESSIONS_MAX + 1 zeroed rows, by number; filled for each session with an entry, or with a sound
 * row in a volume before the newest: number, source, and last and last_id of whichever of the two went further. Sequences after
 * that were refused, answered as duplicates, or stand in damaged records. */
int sessions_trace(struct journal *journal, struct session_row *traces);

#endif
