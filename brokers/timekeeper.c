/*
 * timekeeper.c - see timekeeper.h.
 */
#include "brokers/timekeeper.h"
#include "core/ensure.h"
#include "core/status.h"

/* Corrections are made once in so much monotonic time, so that whole milliseconds are enough to count in. */
#define SLEW_EVERY_MS 1000

static int64_t clamp(int64_t value, int64_t most)
{
    if (value > most)
        return most;
    return value < -most ? -most : value;
}

int timekeeper_start(struct timekeeper *keeper, int64_t last_at_ms, struct clock_reading now, bool accept_time)
{
    int64_t start_ms = now.wall_ms;
    if (last_at_ms != INT64_MIN) {
        bool ahead = now.wall_ms > last_at_ms && now.wall_ms - last_at_ms > TIME_GAP_MAX_MS;
        bool behind = now.wall_ms < last_at_ms && last_at_ms - now.wall_ms > TIME_STEP_MAX_MS;
        if ((ahead || behind) && !accept_time)
            return -E_CLOCK_MAD;
        if (start_ms < last_at_ms)
            start_ms = last_at_ms;
    }
    *keeper = (struct timekeeper){
        .at_ms = start_ms,
        .base_ms = start_ms,
        .base_monotonic_ms = now.monotonic_ms,
        .off_ms = now.wall_ms - start_ms,
    };
    return 0;
}

int64_t timekeeper_advance(struct timekeeper *keeper, struct clock_reading now)
{
    int64_t passed_ms = now.monotonic_ms - keeper->base_monotonic_ms;
    ensure(passed_ms >= 0);
    int64_t at_ms = keeper->base_ms + passed_ms;
    keeper->off_ms = now.wall_ms - at_ms;
    keeper->adrift = keeper->off_ms > TIME_STEP_MAX_MS || keeper->off_ms < -TIME_STEP_MAX_MS;
    if (passed_ms >= SLEW_EVERY_MS) {
        if (keeper->off_ms <= TIME_STEP_MAX_MS)
            at_ms += clamp(keeper->off_ms, passed_ms / TIME_SLEW_PARTS);
        keeper->base_ms = at_ms;
        keeper->base_monotonic_ms = now.monotonic_ms;
    }
    /* A correction backwards takes less than the time that passed, but the last answer may be newer than its base. */
    if (at_ms > keeper->at_ms)
        keeper->at_ms = at_ms;
    return keeper->at_ms;
}
