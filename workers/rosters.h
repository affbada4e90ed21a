/*
 * rosters.h - who works where, as it is in force, and whom notices reach by it.
 *
 *   roster.changed -> read and checked -> in force from the next entry on -> a sweep: every open case follows
 *
 * Caveats
 *   Substitutes begin and end without an event: whom a notice reaches is found when it is raised, when it is repeated, and when
 *   its case or the roster changes, by the local day of the store then.
 */
#ifndef MANYI_WORKERS_ROSTERS_H
#define MANYI_WORKERS_ROSTERS_H

#include "workers/fold.h"

/* roster.changed. One that can't be read, or whose hash is another, changes nothing; a notice says why. */
int roster_adopt(struct fold *fold, const struct event *event);

/* After an abort, and at start. */
int rosters_load(struct fold *fold);

/* Whom a notice of this level about a complaint reaches at at_ms. text has LABEL_MAX_BYTES + 1. */
void recipient_of_complaint(const struct fold *fold, const struct complaint *complaint, int64_t level, int64_t at_ms,
                            char *text, size_t size);
/* The same of any other case. */
void recipient_of_other(const struct fold *fold, const struct notice_about *about, int64_t level, int64_t at_ms,
                        char *text, size_t size);

/* Somebody may not verify a complaint: when its store is too small for anybody else, says at the end of the sentence in
 * `reason` (REASON_MAX) that the next one up must. */
void verifier_name(const struct fold *fold, const struct complaint *complaint, char reason[REASON_MAX]);

#endif
