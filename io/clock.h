/*
 * clock.h - the seam to time. One real half (clock_real.c), one simulated (clock_sim.c), chosen at link time.
 *
 * Read it once per turn. Only the outermost loop and intake's time keeper read it; journal time (at_ms)
 * comes from the journal alone.
 */
#ifndef MANYI_IO_CLOCK_H
#define MANYI_IO_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock_reading {
    int64_t wall_ms;      /* milliseconds since 1970-01-01T00:00:00Z, as the system believes */
    int64_t monotonic_ms; /* never goes back within a process; no defined zero */
};

/* start_wall_ms 0: the system's own time. Otherwise wall time begins there and, with rate n, runs n times as
 * fast as the monotonic clock: a time-lapse for demonstrations. monotonic_ms is scaled alike. */
struct clock_options {
    int64_t start_wall_ms;
    uint32_t rate;  /* 0 and 1: real time */
    bool until_now; /* once it has caught up with the system's time it goes on as that; not of one that begins later */
};

struct clock;

int clock_open(const struct clock_options *options, struct clock **ret_clock);
void clock_close(struct clock *clock); /* NULL is allowed */

/* Safe from several threads at once. */
struct clock_reading clock_read(const struct clock *clock);

/* Microseconds that have really passed, also in a time-lapse; no defined zero. For measuring how long something took: nothing is
 * decided by it. */
int64_t clock_us(const struct clock *clock);

/* How many times faster than the world's it runs now. */
uint32_t clock_rate(const struct clock *clock);

/* How many real milliseconds a caller must wait for `ms` of this clock to pass (at least 1 when ms > 0). */
int64_t clock_real_wait_ms(const struct clock *clock, int64_t ms);

/* Simulated half only: moves time on; either amount may be zero, wall may go back. */
void clock_sim_advance(struct clock *clock, int64_t wall_ms, int64_t monotonic_ms);

#endif
