/*
 * loop.c - runs one role: wait for messages or the time, give it a turn, wait again.
 */
#include "io/loop.h"

#include <errno.h>
#include <unistd.h>

void loop_wake(int wake_fd)
{
    int interrupted_errno = errno;
    uint64_t one = 1;
    ssize_t written = write(wake_fd, &one, sizeof one);
    (void)written; /* it can only fail because the count is at its end: then the loop is being woken already */
    errno = interrupted_errno;
}

static void wake_take(int wake_fd)
{
    uint64_t count;
    ssize_t taken = read(wake_fd, &count, sizeof count);
    (void)taken; /* usually nothing is there */
}

int loop_run(struct bus *bus, const struct clock *clock, const struct loop_waits *waits, const atomic_bool *stop,
             loop_turn *turn, void *self)
{
    int fds[WAIT_FDS_MAX];
    uint32_t fd_count = 0;
    if (waits->wake_fd >= 0)
        fds[fd_count++] = waits->wake_fd;
    if (waits->io_fd >= 0)
        fds[fd_count++] = waits->io_fd;
    while (!atomic_load(stop)) {
        int64_t wait_ms = 0;
        int result = turn(self, clock_read(clock), &wait_ms);
        if (result < 0)
            return result;
        bus_wait(bus, waits->ports, waits->count, fds, fd_count, clock_real_wait_ms(clock, wait_ms));
        if (waits->wake_fd >= 0)
            wake_take(waits->wake_fd);
    }
    return 0;
}
