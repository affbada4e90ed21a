/*
 * tally.h - open cases counted by what they are like: for status, so that nobody has to read every list to draw a figure.
 *
 * Caveats
 *   It walks the open cases: at most TALLY_CASES_MAX of them, and not again within TALLY_EVERY_MS. So it may be that much older than
 *   the state, and `cut` says that there were more.
 */
#ifndef MANYI_WORKERS_TALLY_H
#define MANYI_WORKERS_TALLY_H

#include "io/store.h"
#include "schemas/codec.h"

#define TALLY_CASES_MAX 10000u
#define TALLY_EVERY_MS 2000
#define TALLY_LEVELS 5u

struct tally {
    bool known;
    bool cut;
    uint64_t seq;       /* of the state that was counted */
    int64_t counted_ms; /* monotonic */
    uint64_t complaints[grade_count][TALLY_LEVELS];
    uint64_t overdue;     /* open complaints with a clock that has run out */
    uint64_t undelivered; /* open notices that nobody could be given */
};

/* Counts anew when the state is another one by now. On failure the tally is as it was. Errors are the store's. */
int tally_refresh(struct tally *tally, struct store_txn *txn, uint64_t seq, int64_t monotonic_ms);

/* "complaints_by": [[level 0, 1, 2, 3, 4] of each grade in its order], "overdue", "undelivered", "cut". */
#define TALLY_PAIRS 4u
void tally_write(const struct tally *tally, struct wire_writer *writer);

#endif
