/*
 * clock_real.c - the system's clocks, or a time-lapse of them.
 */
#include "core/ensure.h"
#include "core/status.h"
#include "io/clock.h"

#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

struct clock {
    bool lapse; /* false: hand out the system's own readings */
    int64_t rate;
    int64_t wall_start_ms; /* of the lapse */
    int64_t start_ms;      /* monotonic, when the lapse began */
    int64_t lapse_ms;      /* so long it lasts, by the system's monotonic clock */
};

static int64_t system_ms(clockid_t which)
{
    struct timespec now;
    int result = clock_gettime(which, &now);
    ensure(result == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int clock_open(const struct clock_options *options, struct clock **ret_clock)
{
    struct clock *clock = calloc(1, sizeof *clock);
    if (!clock)
        return -E_NO_MEMORY;
    clock->rate = options->rate > 1 ? options->rate : 1;
    clock->lapse = options->start_wall_ms != 0 || clock->rate > 1;
    clock->wall_start_ms = options->start_wall_ms ? options->start_wall_ms : system_ms(CLOCK_REALTIME);
    clock->start_ms = system_ms(CLOCK_MONOTONIC);
    clock->lapse_ms = INT64_MAX;
    int64_t ahead_ms = system_ms(CLOCK_REALTIME) - clock->wall_start_ms;
    if (options->until_now && clock->rate > 1 && ahead_ms >= 0)
        clock->lapse_ms =
            ahead_ms / (clock->rate - 1); /* then as much has passed there as here, and the distance at first */
    *ret_clock = clock;
    return 0;
}

void clock_close(struct clock *clock)
{
    free(clock);
}

static bool lapse_is_over(const struct clock *clock, int64_t monotonic_ms)
{
    return monotonic_ms - clock->start_ms > clock->lapse_ms;
}

struct clock_reading clock_read(const struct clock *clock)
{
    int64_t monotonic_ms = system_ms(CLOCK_MONOTONIC);
    if (!clock->lapse)
        return (struct clock_reading){.wall_ms = system_ms(CLOCK_REALTIME), .monotonic_ms = monotonic_ms};
    int64_t real_ms = monotonic_ms - clock->start_ms, passed_ms = real_ms * clock->rate;
    if (lapse_is_over(clock, monotonic_ms))
        passed_ms = clock->lapse_ms * clock->rate + (real_ms - clock->lapse_ms);
    return (struct clock_reading){.wall_ms = clock->wall_start_ms + passed_ms,
                                  .monotonic_ms = clock->start_ms + passed_ms};
}

int64_t clock_us(const struct clock *clock)
{
    (void)clock;
    struct timespec now;
    int result = clock_gettime(CLOCK_MONOTONIC, &now);
    ensure(result == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

uint32_t clock_rate(const struct clock *clock)
{
    return lapse_is_over(clock, system_ms(CLOCK_MONOTONIC)) ? 1 : (uint32_t)clock->rate;
}

int64_t clock_real_wait_ms(const struct clock *clock, int64_t ms)
{
    int64_t rate = clock_rate(clock);
    if (ms <= 0)
        return ms;
    return ms / rate + (ms % rate != 0);
}
