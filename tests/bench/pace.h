/* pace.h - waits for moments of a schedule. */
#ifndef MANYI_TESTS_BENCH_PACE_H
#define MANYI_TESTS_BENCH_PACE_H

#include <stdint.h>

/* Of the monotonic clock. */
uint64_t pace_now_ns(void);

/* Returns at that moment, or at once when it is over. The thread is woken as exactly as the kernel can. */
struct pace {
    int fd;
};
void pace_open(struct pace *pace);
void pace_wait(const struct pace *pace, uint64_t until_ns);
void pace_close(struct pace *pace);

#endif
