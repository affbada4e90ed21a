/*
 * timekeeper.h - guarded time: what the journal's at_ms is made of.
 *
 * Journal time advances by the monotonic clock and is slewed to wall time, at most one part in ten, and never goes back.
 * A wall clock more than five minutes ahead is not followed while running: it is somebody's mistake, and one bad second
 * in 2099 would fire every timer for ever. One that is behind only slows journal time down until it has caught up.
 * Pure: readings come in, milliseconds go out.
 */
#ifndef MANYI_BROKERS_TIMEKEEPER_H
#define MANYI_BROKERS_TIMEKEEPER_H

#include "io/clock.h"

#include <stdbool.h>

#define TIME_STEP_MAX_MS (5ll * 60 * 1000)          /* a wall clock that is further away is not followed */
#define TIME_GAP_MAX_MS (7ll * 24 * 60 * 60 * 1000) /* between the journal's last entry and a start */
#define TIME_SLEW_PARTS 10                          /* one part in so many of the time that passes */

struct timekeeper {
    int64_t at_ms;   /* what was handed out last */
    int64_t base_ms; /* journal time when the monotonic clock stood at base_monotonic_ms */
    int64_t base_monotonic_ms;
    int64_t off_ms; /* wall time minus journal time at the last reading */
    bool adrift;    /* off by more than TIME_STEP_MAX_MS: to be reported */
};

/* last_at_ms: of the journal; INT64_MIN when it is empty. -E_CLOCK_MAD: wall time lies more than seven days after it or
 * more than five minutes before it; accept_time starts all the same, in the latter case from last_at_ms on. */
int timekeeper_start(struct timekeeper *keeper, int64_t last_at_ms, struct clock_reading now, bool accept_time);

/* Journal time now: never less than the time before. */
int64_t timekeeper_advance(struct timekeeper *keeper, struct clock_reading now);

#endif
