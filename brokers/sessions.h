/*
 * sessions.h - the sessions of intake: at most SESSIONS_MAX sources, each with an epoch and the last sequence consumed.
 *
 * The table lives in memory and is filled from the journal at start. Rows changed in a turn are written in that turn's
 * transaction; when it fails the process ends, and with it what the table knows beyond the disk.
 */
#ifndef MANYI_BROKERS_SESSIONS_H
#define MANYI_BROKERS_SESSIONS_H

#include "core/span.h"
#include "io/journal.h"

#define WORKER_SOURCE "/manyi/worker"
#define WORKER_SESSION 1u /* its number in every journal */

struct sessions;

/* at_ms: the journal's time. */
int sessions_open(struct journal *journal, int64_t at_ms, struct sessions **ret_sessions);
void sessions_close(struct sessions *sessions);
uint32_t sessions_count(const struct sessions *sessions);

/* Opens or takes over the session of a source: its epoch rises. Lent until the next call. -E_TOO_MANY_SESSIONS. */
int sessions_hello(struct sessions *sessions, struct span source, struct span instance,
                   const struct session_row **ret_row);

/* The session of a source: lent as above. NULL: it has none. */
const struct session_row *sessions_of(struct sessions *sessions, struct span source);

/* The session of a source if `epoch` is its newest: lent as above. -E_NO_SESSION (also for an epoch that was never given
 * out), -E_FENCED. */
int sessions_find(struct sessions *sessions, struct span source, uint64_t epoch, const struct session_row **ret_row);

/* The session has consumed every sequence up to `last`; id is that of the last event, empty when it had none. */
void sessions_consume(struct sessions *sessions, uint32_t number, uint64_t last, struct span id);

/* Writes the rows that this turn has changed. */
int sessions_save(struct sessions *sessions, struct journal *journal);
bool sessions_changed(const struct sessions *sessions);

#endif
