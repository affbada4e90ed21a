/*
 * bench_decode.c - nanoseconds for one event_decode, on one core: best and median of many rounds.
 */
#include "schemas/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 200u
#define EVENTS 10000u

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(const char *name, struct span bytes)
{
    static struct event event;
    struct flaw flaw;
    double rounds[ROUNDS];
    uint64_t ids = 0;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        double begin = now_ns();
        for (uint32_t i = 0; i < EVENTS; i++) {
            if (event_decode(bytes, &event, &flaw)) {
                fprintf(stderr, "%s: %s: %s\n", name, flaw.field, flaw.message);
                exit(1);
            }
            ids += event.id.len;
        }
        rounds[round] = (now_ns() - begin) / EVENTS;
    }
    qsort(rounds, ROUNDS, sizeof rounds[0], ascending);
    printf("%-20s %4zu bytes  best %6.1f ns  median %6.1f ns  (%llu)\n", name, bytes.len, rounds[0], rounds[ROUNDS / 2],
           (unsigned long long)ids);
}

static struct span sample_rating(uint8_t *buffer, size_t capacity)
{
    static struct rated rated;
    static const char *const dimensions[] = {"quality", "initiation", "advisor", "facility", "pickup"};
    SET(&rated, rated, store, span_of("sh-pudong"));
    SET(&rated, rated, department, span_of("service"));
    SET(&rated, rated, channel, channel_is_kiosk);
    SET(&rated, rated, visit, span_of("RO-2026-118841"));
    SET(&rated, rated, staff, span_of("wang.li"));
    for (uint32_t i = 0; i < 5; i++)
        rated.scores.item[i] = (struct dimension_score){span_of(dimensions[i]), 9000};
    rated.scores.count = 5;
    SET(&rated, rated, overall, 9000);
    struct event_draft draft = {.id = span_of("bay-03-000041"),
                                .source = span_of("/stores/sh-pudong/service/bay-03"),
                                .type = EVENT_feedback_rated,
                                .time_ms = 1795392000000,
                                .data = &rated,
                                .style = ENCODE_EVENT};
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, capacity);
    event_encode(&draft, &writer);
    return wire_written(&writer);
}

int main(void)
{
    static uint8_t buffer[4096];
    measure("feedback.rated", sample_rating(buffer, sizeof buffer));
    return 0;
}
