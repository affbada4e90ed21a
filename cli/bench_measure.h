/*
 * bench_measure.h - the measurements of `manyi bench`, each against a server that is running.
 */
#ifndef MANYI_CLI_BENCH_MEASURE_H
#define MANYI_CLI_BENCH_MEASURE_H

#include "cli/cli.h"

#define BENCH_EVENT_BYTES 229u
#define BENCH_SAMPLES_MAX 400000u

struct throughput {
    uint64_t events;
    double seconds;
    double p50_ms, p99_ms; /* from handing over to the answer; 0 in batches */
};

struct bench {
    struct cli *cli;
    uint64_t next_id; /* every event of a run is another one */
    double *sample;   /* BENCH_SAMPLES_MAX */
    uint32_t samples;
};

/* Ratings of BENCH_EVENT_BYTES through the client library, until the time or the number is reached, in PUTs of `batch` events; one_by_one: each
 * waits for the answer to the one before. */
int measure_publishing(struct bench *bench, uint32_t batch, bool one_by_one, uint64_t events_max, double seconds,
                       struct throughput *ret_throughput);

/* PUTs of one rating each, `in_flight` of them unanswered: requests rather than batches. */
int measure_requests(struct bench *bench, uint32_t in_flight, uint64_t events_max, double seconds,
                     struct throughput *ret_throughput);

/* One complaint at a time: from handing it over until its card is at a subscriber. */
int measure_notice(struct bench *bench, uint32_t complaints, struct throughput *ret_throughput);

/* Waits until the worker has folded everything; *ret_seconds how long it took. */
int measure_lag(struct bench *bench, double seconds_max, double *ret_seconds);

/* A rating that is another one each time it is numbered. */
struct rating {
    uint8_t bytes[BENCH_EVENT_BYTES + 64];
    size_t len;
    char *digits; /* of its id */
};
void rating_prepare(struct rating *rating);
void rating_number(struct rating *rating, uint64_t number);

/* Latencies of one measurement. */
void samples_begin(struct bench *bench);
void sample_add(struct bench *bench, double seconds);
void samples_read(struct bench *bench, struct throughput *throughput);

double bench_now(void);

#endif
