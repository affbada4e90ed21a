#include "tests/bench/load.h"

#include "core/ensure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

double load_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void load_fail(const char *format, ...)
{
    va_list words;
    va_start(words, format);
    vfprintf(stderr, format, words);
    va_end(words);
    fputc('\n', stderr);
    exit(1);
}

uint64_t load_number(int argc, char **argv, int at, uint64_t otherwise)
{
    char *end = NULL;
    if (at >= argc)
        return otherwise;
    uint64_t number = strtoull(argv[at], &end, 10);
    if (end == argv[at] || *end)
        load_fail("not a number: %s", argv[at]);
    return number;
}

void latencies_open(struct latencies *latencies, uint64_t unanswered_max)
{
    *latencies = (struct latencies){.ring = unanswered_max};
    latencies->sample = malloc(LOAD_SAMPLES_MAX * sizeof *latencies->sample);
    latencies->sent_at = malloc(unanswered_max * sizeof *latencies->sent_at);
    ensure(latencies->sample != NULL);
    ensure(latencies->sent_at != NULL);
}

void latencies_close(struct latencies *latencies)
{
    free(latencies->sample);
    free(latencies->sent_at);
}

uint64_t latencies_unanswered(const struct latencies *latencies)
{
    return latencies->sent - latencies->answered;
}

void latencies_sent(struct latencies *latencies, double at)
{
    ensure(latencies_unanswered(latencies) < latencies->ring);
    latencies->sent_at[latencies->sent++ % latencies->ring] = at;
}

void latencies_answered(struct latencies *latencies, double at)
{
    ensure(latencies_unanswered(latencies) > 0);
    double took = at - latencies->sent_at[latencies->answered++ % latencies->ring];
    if (latencies->samples < LOAD_SAMPLES_MAX)
        latencies->sample[latencies->samples++] = took;
}

static int sample_order(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double quantile_ms(const struct latencies *latencies, uint64_t of_thousand)
{
    return latencies->samples ? latencies->sample[(latencies->samples - 1) * of_thousand / 1000] * 1000 : 0;
}

void load_print(struct latencies *latencies, uint64_t events, double seconds, const char *more)
{
    qsort(latencies->sample, latencies->samples, sizeof *latencies->sample, sample_order);
    printf(
        "{\"events\":%llu,\"seconds\":%.4f,\"events_per_second\":%.1f,\"p50_ms\":%.4f,\"p99_ms\":%.4f,\"p999_ms\":%.4f%s}\n",
        (unsigned long long)events, seconds, seconds > 0 ? (double)events / seconds : 0, quantile_ms(latencies, 500),
        quantile_ms(latencies, 990), quantile_ms(latencies, 999), more);
}
