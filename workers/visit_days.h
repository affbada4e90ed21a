/*
 * visit_days.h - how many visits each department of each store had, day by day: what scores are weighted by. Part of the
 * complaints role.
 *
 * A row for each store, department and local day that had one, as the daily sums of ratings have; imports count, too.
 *
 *   table `visit_days`   score_key.h, without staff   version 1, number of visits
 */
#ifndef MANYI_WORKERS_VISIT_DAYS_H
#define MANYI_WORKERS_VISIT_DAYS_H

#include "workers/fold.h"

/* One visit more. */
int visit_days_add(struct fold *fold, struct span store, struct span department, int64_t day);

/* Of a store's department, or with an empty one of all of them, over local days [first_day, last_day]. -E_CORRUPT. */
int visit_days_sum(struct store_txn *txn, struct span store, struct span department, int64_t first_day,
                   int64_t last_day, uint64_t *ret_visits);

/* A row's value. -E_CORRUPT. */
int visit_days_read(struct span value, uint64_t *ret_visits);

#endif
