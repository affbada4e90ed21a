/*
 * watches.h - what is remembered of a store and department, and of each of its dimensions, to see that it must improve.
 *
 * A row of the whole department has an empty dimension: it holds the day up to which drift is judged, and the task of
 * its band. Rows are bounded: the newest low ratings, one task, one sum.
 */
#ifndef MANYI_WORKERS_WATCHES_H
#define MANYI_WORKERS_WATCHES_H

#include "core/policy.h"
#include "io/store.h"
#include "workers/case_key.h"

struct watch_place {
    struct span store, department;
    struct span dimension; /* empty: the department as a whole */
};

struct low_rating {
    uint64_t seq;
    int64_t at_ms;
    int32_t thousandths;
};

struct watch_row {
    struct case_key task; /* the newest improvement task; len 0 for none */
    int64_t day;          /* of the whole department: the first local day that drift has not judged; 0 for none yet */
    int64_t cusum;        /* of a dimension: drift.h */
    uint32_t low_count;
    struct low_rating low[LOW_RATINGS_MAX]; /* since the last task, in order of their coming */
};

/* Zeros when there is none. -E_CORRUPT. */
int watch_get(struct store_txn *txn, const struct watch_place *place, struct watch_row *ret_row);
int watch_put(struct store_txn *txn, const struct watch_place *place, const struct watch_row *row);
/* Of a table's row; -E_CORRUPT. */
int watch_read(struct span value, struct watch_row *ret_row);

#endif
