/*
 * called.h - who was called back, and who was not: the unhappy less often than the content is worth a look. Part of the
 * callbacks role.
 *
 * A visit is counted once, as soon as two things are known of it:
 *   call   its first callback that tells: tried, reached or done is a call made; skipped as too late, cancelled by people, or
 *          overdue without a try when the answer came, is a call neglected. All other ends tell nothing.
 *   mood   a low rating that no call of ours asked for, or a complaint: unhappy. Any other such rating: content. What is said
 *          in the callback itself counts not, since nobody who is not called could say it.
 *
 * Caveat: a correction of a rating changes no count; a flag is a question, and the count of a visit is made once.
 */
#ifndef MANYI_WORKERS_CALLED_H
#define MANYI_WORKERS_CALLED_H

#include "core/callback.h"
#include "workers/fold.h"

/* A callback has ended; `was_overdue`: it was so before this step. */
int called_ended(struct fold *fold, const struct callback *callback, bool was_overdue);

/* Lays what a rating shows of the customer over the row of its visit; the caller keeps the row before anything else ends, and
 * then has it counted. */
void called_mood_rated(struct fold *fold, const struct rated *rating, struct plan_row *plan);
void called_mood_complained(struct plan_row *plan);

/* One of the two has become known now, and was not in `before`: is the visit to be counted? */
int called_count(struct fold *fold, struct span store, const struct plan_row *before, const struct plan_row *now);

/* A row of `called`: -E_CORRUPT when it can't be read, or says that more were called than visits are counted. */
int called_row_verify(struct span value);

#endif
