/*
 * bench_rating.c - what `manyi bench` sends, and how it takes the time.
 */
#include "cli/bench_measure.h"

#include "core/ensure.h"
#include "schemas/codec.h"

#include <stdlib.h>
#include <time.h>

#define ID_DIGITS 12u

double bench_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void samples_begin(struct bench *bench)
{
    bench->samples = 0;
}

static int sample_order(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

void samples_read(struct bench *bench, struct throughput *throughput)
{
    if (bench->samples == 0)
        return;
    qsort(bench->sample, bench->samples, sizeof *bench->sample, sample_order);
    throughput->p50_ms = bench->sample[bench->samples / 2] * 1000;
    throughput->p99_ms = bench->sample[(uint64_t)bench->samples * 99 / 100] * 1000;
}

void sample_add(struct bench *bench, double seconds)
{
    if (bench->samples < BENCH_SAMPLES_MAX)
        bench->sample[bench->samples++] = seconds;
}

static void rating_encode(struct rating *rating, const char *device)
{
    static const char *const dimensions[] = {"quality", "advisor", "pickup"};
    struct rated data = {.has = 0};
    struct dimension_scores scores = {.count = 3};
    for (uint32_t i = 0; i < 3; i++)
        scores.item[i] = (struct dimension_score){span_of(dimensions[i]), 8000 + 1000 * (int32_t)(i % 3)};
    SET(&data, rated, store, span_of("sh-pudong"));
    SET(&data, rated, department, span_of("service"));
    SET(&data, rated, channel, channel_is_wechat);
    SET(&data, rated, staff, span_of("wang.li"));
    SET(&data, rated, scores, scores);
    SET(&data, rated, overall, 9000);
    if (device[0])
        SET(&data, rated, device, span_of(device));
    const struct event_draft draft = {.id = span_of("bench-000000000000"),
                                      .source = span_of("/stores/sh-pudong/bench"),
                                      .type = EVENT_feedback_rated,
                                      .data = &data,
                                      .style = ENCODE_EVENT};
    struct wire_writer writer;
    wire_writer_init(&writer, rating->bytes, sizeof rating->bytes);
    event_encode(&draft, &writer);
    rating->len = writer.len;
}

/* The size that the targets are written for: a name fills it up. */
void rating_prepare(struct rating *rating)
{
    char device[NAME_MAX_BYTES + 1] = "";
    rating_encode(rating, device);
    for (size_t len = 1; rating->len < BENCH_EVENT_BYTES && len <= NAME_MAX_BYTES; len++) {
        memset(device, 'd', len);
        rating_encode(rating, device);
    }
    ensure(rating->len == BENCH_EVENT_BYTES);
    for (size_t i = 0; i + 6 < rating->len && !rating->digits; i++) {
        if (memcmp(rating->bytes + i, "bench-", 6) == 0)
            rating->digits = (char *)rating->bytes + i + 6;
    }
    ensure(rating->digits != NULL);
}

void rating_number(struct rating *rating, uint64_t number)
{
    for (uint32_t i = ID_DIGITS; i > 0; i--, number /= 10)
        rating->digits[i - 1] = (char)('0' + number % 10);
}
