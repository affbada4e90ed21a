/*
 * periods.h - months close, and with them quarters, half-years and years: their figures are frozen, and what follows is proposed.
 *
 *   P-month-2026-11   open, due at its close  -->  rows of every department and store, frozen at that instant  -->  closed
 *                                                  their cards, proposals and tasks, PERIOD_ROWS_STEP a second
 *                     P-month-2026-12 begins
 *
 * The first rating begins the first month. A month is closed by the rulebook in force when it closes; ratings that come, are
 * corrected or appealed later restate the scores beside the frozen figures, which stay.
 *
 *   table `periods`   period 0 store 0 department   version, card of record `period`
 */
#ifndef MANYI_WORKERS_PERIODS_H
#define MANYI_WORKERS_PERIODS_H

#include "workers/fold.h"

#define PERIOD_ROWS_STEP 48u /* each may touch three cases: a prize, a band, a task */
#define PERIOD_KEY_MAX (PERIOD_NAME_BYTES + 2u + 2u * NAME_MAX_BYTES)
#define PERIOD_NAME_BYTES 10u

/* A rating was counted: a month is open from now on. */
int period_begin(struct fold *fold);

int periods_on_timer(struct fold *fold, const struct case_key *key, int64_t due_ms);
int periods_on_policy(struct fold *fold, const struct case_key *key);

/* Where the rows of a period, or one of them, lie. */
struct span period_row_key(struct span period, struct span store, struct span department,
                           uint8_t buffer[PERIOD_KEY_MAX]);
/* The card borrows the row. -E_CORRUPT. */
int period_row_read(struct span row, struct period *ret_card);

#endif
