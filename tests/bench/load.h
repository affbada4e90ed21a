/*
 * load.h - what the load programs share: a clock, latencies, and the line of figures that bench.py reads.
 *
 * Every load program sends for some seconds, waits for the last answer, and prints one JSON object:
 *   {"events": acknowledged, "seconds": from the first sent to the last answered, "events_per_second", "p50_ms", "p99_ms", ...}
 * An error is a sentence on stderr and the exit code 1.
 */
#ifndef MANYI_TESTS_BENCH_LOAD_H
#define MANYI_TESTS_BENCH_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#define LOAD_SAMPLES_MAX 4000000u
#define LOAD_SILENCE_S 20.0 /* a peer that says nothing for so long has failed */

double load_now(void); /* seconds, monotonic */

/* Says why on stderr, and ends with 1. */
_Noreturn void load_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A number of the command line, or its default when it is not given. */
uint64_t load_number(int argc, char **argv, int at, uint64_t otherwise);

/* Latencies of answers that come in the order of their requests: a ring of the unanswered ones' times. */
struct latencies {
    double *sample; /* LOAD_SAMPLES_MAX; later ones are not kept */
    uint64_t samples;
    double *sent_at; /* `ring` of them */
    uint64_t ring, sent, answered;
};

void latencies_open(struct latencies *latencies, uint64_t unanswered_max);
void latencies_close(struct latencies *latencies);
void latencies_sent(struct latencies *latencies, double at);
void latencies_answered(struct latencies *latencies, double at);
uint64_t latencies_unanswered(const struct latencies *latencies);

/* Prints the figures; more: further members, such as ",\"commits\":4", or "". */
void load_print(struct latencies *latencies, uint64_t events, double seconds, const char *more);

#endif
