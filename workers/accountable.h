/*
 * accountable.h - the accountable score: the voice score, without what upheld appeals have taken out, and with what they have put elsewhere.
 *
 *   accountable sums of a place = voice sums - sums in accounted 'o' + sums in accounted 'i'
 *
 * The daily sums are the voice of every customer, and stay as they are: no path of ratings is longer for it. The table has rows only
 * where an appeal was upheld. A rating that is accounted otherwise and then corrected is taken back as it was and accounted as it is.
 */
#ifndef MANYI_WORKERS_ACCOUNTABLE_H
#define MANYI_WORKERS_ACCOUNTABLE_H

#include "workers/score_key.h"
#include "workers/scores.h"

#define ACCOUNTED_OUT 'o'
#define ACCOUNTED_IN 'i'
#define ACCOUNTED_KEY_MAX (1u + SCORE_KEY_MAX)

/* Counts (sign +1), or no longer counts (-1), how a rating of the daily sums is accounted. Its score cards will be said. */
int accountable_count(struct fold *fold, const struct counted *counted, const struct appealed_row *row, int sign);

/* Sums of a place and a day: `voice` as they are accounted. -E_CORRUPT when more was taken out than there is. */
int accountable_of(struct store_txn *txn, struct span prefix, const struct score_sums *voice,
                   struct score_sums *ret_sums);

/* The same of a department over local days [first_day, last_day], of which `voice` has the sums. */
int accountable_of_days(struct store_txn *txn, struct span store, struct span department, int64_t first_day,
                        int64_t last_day, const struct score_sums *voice, struct score_sums *ret_sums);

/* The card's `accountable` from accountable sums, department by department. */
void accountable_figure(const struct policy *policy, const struct department_sums *parts, uint32_t count,
                        const struct score_sums *total, struct score *card);

#endif
