/*
 * schedule.h - when what is sent is to be sent: fixed before the first, whatever becomes of it.
 *
 * Whoever waits for an answer before sending again sends less while the server is slow, and leaves out of his figures those who would have
 * waited longest (coordinated omission). So every moment is a function of its number alone, and latency counts from that moment.
 */
#ifndef MANYI_TESTS_BENCH_SCHEDULE_H
#define MANYI_TESTS_BENCH_SCHEDULE_H

#include <stdint.h>

#define SECOND_NS 1000000000ull

/* Of the index-th of so many a second, evenly: nanoseconds after the start. index below 2^32, so that nothing overflows. */
static inline uint64_t schedule_even_ns(uint64_t index, uint32_t per_second)
{
    return index / per_second * SECOND_NS + index % per_second * SECOND_NS / per_second;
}

/* The same, each anywhere within its own interval: the multiples of the golden ratio, whose fractions fill it evenly (D. Knuth, The Art
 * of Computer Programming 6.4, theorem S). So that what happens every so many ms on the server meets them at every distance. */
static inline uint64_t schedule_scattered_ns(uint64_t index, uint32_t per_second)
{
    uint64_t fraction = (uint32_t)(index * 2654435769u); /* of 2^32 */
    return schedule_even_ns(index, per_second) + ((SECOND_NS / per_second * fraction) >> 32);
}

#endif
