#include "tests/bench/pace.h"

#include "tests/bench/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

uint64_t pace_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

void pace_open(struct pace *pace)
{
    pace->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    if (pace->fd < 0 || prctl(PR_SET_TIMERSLACK, 1ul) != 0) {
        perror("timer");
        exit(1);
    }
}

void pace_wait(const struct pace *pace, uint64_t until_ns)
{
    uint64_t expired;
    if (until_ns <= pace_now_ns())
        return;
    const struct itimerspec once = {
        .it_value = {.tv_sec = (time_t)(until_ns / SECOND_NS), .tv_nsec = (long)(until_ns % SECOND_NS)}};
    if (timerfd_settime(pace->fd, TFD_TIMER_ABSTIME, &once, NULL) != 0 ||
        read(pace->fd, &expired, sizeof expired) != sizeof expired) {
        perror("timer");
        exit(1);
    }
}

void pace_close(struct pace *pace)
{
    close(pace->fd);
}
