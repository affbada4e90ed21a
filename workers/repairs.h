/*
 * repairs.h - vehicles in repair, as the law counts them: a case for each stay, a row for each vehicle.
 *
 *   workshop  'v' vehicle          days in repair of stays that are over, seq of the stay that it is in now
 *             's' store 0 visit    the stay: its case, or what was told of it out of order
 *
 * Caveats
 *   A vehicle is in one stay at a time: when it comes again before anybody said that it was done, the earlier stay has
 *   ended by then at the latest; a completion that is told afterwards corrects the days. An opening that is told only after a
 *   later one of the vehicle is of a stay that is over by then.
 *   A completion that comes before the opening waits for it: the stay is counted, and was over, so that no case is made.
 *   Imports count days and make no case. A second opening or completion of a visit changes nothing but facts that were
 *   missing.
 */
#ifndef MANYI_WORKERS_REPAIRS_H
#define MANYI_WORKERS_REPAIRS_H

#include "workers/fold.h"

struct vehicle_row {
    uint64_t days; /* of stays that are over */
    uint64_t stay; /* seq of the V case that it is in; 0: none */
};

struct stay_row {
    uint64_t repair;      /* seq of its V case; 0: none */
    int64_t opened_ms;    /* without a case: when it began; NEVER: not told yet */
    int64_t completed_ms; /* without a case: when it was done; NEVER: not told yet */
};

/* -E_NOT_FOUND */
int vehicle_get(struct store_txn *txn, struct span vehicle, struct vehicle_row *ret_row);
int stay_get(struct store_txn *txn, struct span store, struct span visit, struct stay_row *ret_row);

int repairs_on_event(struct fold *fold, const struct event *event);
int repairs_on_timer(struct fold *fold, const struct case_key *key, int64_t due_ms);
int repairs_on_policy(struct fold *fold, const struct case_key *key);

#endif
