/*
 * loop.h - runs one role: wait for messages or the time, give it a turn, wait again.
 *
 * Caveats
 *   The clock is read once per turn: whatever happens in a turn happens at the same moment.
 *   wake_fd is an eventfd made with EFD_NONBLOCK; the loop empties it. One wake_fd belongs to one loop.
 *   io_fd is readable as long as there is work of another kind than messages, such as an epoll descriptor of connections;
 *   the turn sees to it.
 *   To stop a loop from elsewhere (another thread, a signal handler): set *stop, then loop_wake.
 */
#ifndef MANYI_IO_LOOP_H
#define MANYI_IO_LOOP_H

#include "io/bus.h"
#include "io/clock.h"

#include <stdatomic.h>

/* Does what there is to do at `now`. 0, with *ret_wait_ms the milliseconds of the role's clock that may pass until the
 * next turn if no message comes (0: there is more to do at once, negative: any time); or a negative status, which ends
 * the loop. */
typedef int loop_turn(void *self, struct clock_reading now, int64_t *ret_wait_ms);

/* What a loop waits for, beside the time. */
struct loop_waits {
    struct port *const *ports;
    uint32_t count;
    int wake_fd; /* -1: none */
    int io_fd;   /* -1: none */
};

/* Returns 0 once *stop is set, or the negative status of a turn. A turn that has begun is always finished. */
int loop_run(struct bus *bus, const struct clock *clock, const struct loop_waits *waits, const atomic_bool *stop,
             loop_turn *turn, void *self);

/* Ends the wait of the loop that has this wake_fd. Safe in signal handlers. */
void loop_wake(int wake_fd);

#endif
