/*
 * bench_line.c - the whole line: events are published, and it takes until the last one is folded and committed.
 *
 *   bench_line BASE_PORT EVENTS [KIND, mix] [FIRST, 0] [events of a PUT, 128] [PUTs in flight, 200]
 *
 * KIND: `mix`, what every benchmark sends, or a crowd that makes the state large (crowd.h). FIRST: number of the first event's id.
 * Prints one JSON object: acked_seconds until the last ACK, folded_seconds until the worker had committed all, and what
 * this program itself took of the processors.
 */
#include "core/limits.h"
#include "core/status.h"
#include "tests/bench/crowd.h"
#include "tests/bench/events.h"
#include "tests/bench/put_lane.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct source {
    bool mixed;
    struct event_mix mix;
    struct crowd crowd;
};

static int source_open(struct source *source, const char *kind, uint64_t first)
{
    int64_t now_ms = (int64_t)time(NULL) * 1000 + 1; /* a time to the millisecond, as sources give */
    source->mixed = strcmp(kind, "mix") == 0;
    if (!source->mixed)
        return crowd_init(&source->crowd, kind, first, now_ms);
    event_mix_init(&source->mix, first, now_ms);
    return 0;
}

static struct span source_next(struct source *source)
{
    return source->mixed ? event_mix_next(&source->mix) : crowd_next(&source->crowd);
}

static void publish(struct put_lane *lane, struct source *source, uint64_t events, uint32_t of_put, uint32_t in_flight)
{
    for (uint64_t left = events; left > 0;) {
        uint32_t count = left < of_put ? (uint32_t)left : of_put;
        put_lane_begin(lane, count);
        for (uint32_t i = 0; i < count; i++)
            put_lane_add(lane, source_next(source));
        put_lane_send(lane);
        left -= count;
        put_lane_answers(lane, 0);
        while (lane->sent - lane->answered >= in_flight)
            put_lane_answers(lane, 1000);
    }
    put_lane_flush(lane);
}

static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t number(int count, char **words, int index, uint64_t otherwise)
{
    return count > index ? strtoull(words[index], NULL, 10) : otherwise;
}

int main(int count, char **words)
{
    static struct source source;
    struct put_lane lane;
    struct bus *bus;
    uint16_t base = (uint16_t)number(count, words, 1, 0);
    uint64_t events = number(count, words, 2, 0);
    uint32_t of_put = (uint32_t)number(count, words, 5, 128);
    uint32_t in_flight = (uint32_t)number(count, words, 6, 200);
    if (!base || !events || of_put == 0 || of_put > PUT_EVENTS_MAX || in_flight == 0 || in_flight >= CREDIT_REQUESTS ||
        source_open(&source, count > 3 ? words[3] : "mix", number(count, words, 4, 0)) < 0) {
        fputs(
            "bench_line BASE_PORT EVENTS [mix|complaints|sales|staff-days] [FIRST] [events of a PUT] [PUTs in flight]\n",
            stderr);
        return 64;
    }
    must(bus_open(&bus), "bus");
    put_lane_open(&lane, bus, base + 1);
    double begin_s = monotonic_s();
    publish(&lane, &source, events, of_put, in_flight);
    double acked_s = monotonic_s() - begin_s;
    worker_wait(bus, base + 3, lane.last_seq);
    double folded_s = monotonic_s() - begin_s;
    printf(
        "{\"events\":%llu,\"acked_seconds\":%.4f,\"folded_seconds\":%.4f,\"load_cpu_seconds\":%.4f,\"last_seq\":%llu}\n",
        (unsigned long long)events, acked_s, folded_s, cpu_s(), (unsigned long long)lane.last_seq);
    put_lane_close(&lane);
    bus_close(bus);
    return 0;
}
