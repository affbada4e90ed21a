/*
 * improvements.h - improvement tasks that nobody has to ask for: low ratings that come again, and drift. Part of the tasks role.
 */
#ifndef MANYI_WORKERS_IMPROVEMENTS_H
#define MANYI_WORKERS_IMPROVEMENTS_H

#include "workers/fold.h"

/* A rating came (before NULL) or was corrected: each dimension of it that is low now counts towards a task of its own. given_ms:
 * when it was given. */
int improve_rated(struct fold *fold, const struct rated *rating, const struct rated *before, uint64_t seq,
                  int64_t given_ms);
/* A rating was taken back (now NULL) or corrected: what is not low any more is no ground, if no task was opened by it
 * yet. */
int improve_forget(struct fold *fold, const struct rated *rating, const struct rated *now, uint64_t seq);

/* Judges the days of a department that are over since it was last done. To be called before a rating is counted or counted
 * anew, at least for the first of each second; a call too many changes nothing. What comes later about a day that is judged restates its scores,
 * not its drift. */
int improve_days(struct fold *fold, struct span store, struct span department);

#endif
