/*
 * clock_sim.c - a clock that stands still until a test moves it.
 */
#include "core/ensure.h"
#include "io/clock.h"
#include "io/memory_sim.h"

#define DEFAULT_WALL_MS 1795392000000ll /* 2026-11-23T00:00:00Z, a Monday */

struct clock {
    struct clock_reading now;
    int64_t rate;
};

int clock_open(const struct clock_options *options, struct clock **ret_clock)
{
    struct clock *clock = memory_take_zeroed(sizeof *clock);
    clock->rate = options->rate > 1 ? options->rate : 1;
    clock->now.wall_ms = options->start_wall_ms ? options->start_wall_ms : DEFAULT_WALL_MS;
    clock->now.monotonic_ms = 1;
    *ret_clock = clock;
    return 0;
}

void clock_close(struct clock *clock)
{
    free(clock);
}

struct clock_reading clock_read(const struct clock *clock)
{
    return clock->now;
}

int64_t clock_us(const struct clock *clock)
{
    return clock->now.monotonic_ms * 1000 / clock->rate;
}

uint32_t clock_rate(const struct clock *clock)
{
    return (uint32_t)clock->rate;
}

int64_t clock_real_wait_ms(const struct clock *clock, int64_t ms)
{
    if (ms <= 0)
        return ms;
    return ms / clock->rate + (ms % clock->rate != 0);
}

void clock_sim_advance(struct clock *clock, int64_t wall_ms, int64_t monotonic_ms)
{
    ensure(monotonic_ms >= 0);
    clock->now.wall_ms += wall_ms;
    clock->now.monotonic_ms += monotonic_ms;
}
