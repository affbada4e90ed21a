/*
 * sim_tell.c - what a run has come to, for people and, in one line of JSON, for programs.
 */
#include "tests/sim/sim.h"

#include <inttypes.h>
#include <stdio.h>

#ifndef MANYI_COMMIT /* commit.cmake */
#define MANYI_COMMIT "unknown"
#endif

void sim_tell_violation(FILE *out, const struct sim_options *options, uint64_t seed, const char *violation)
{
    fprintf(out, "\nseed %" PRIu64 " VIOLATED %s\n  commit %s\n  again:  %s --seed %" PRIu64 " --trace", seed,
            violation, MANYI_COMMIT, options->command, seed);
    if (options->hours)
        fprintf(out, " --hours %u", options->hours);
    if (options->events)
        fprintf(out, " --events %u", options->events);
    if (options->calm)
        fprintf(out, " --calm");
    for (enum fault fault = 0; fault < FAULT_COUNT; fault++) {
        if (options->without >> fault & 1)
            fprintf(out, " --without %s", fault_name(fault));
    }
    fprintf(out, "\n");
}

static void tell_json(const struct sim_totals *totals)
{
    const struct world_outcome *sum = &totals->sum;
    printf("{\"part\": \"sim\", \"seeds\": %" PRIu64 ", \"hours\": %.1f, \"turns\": %" PRIu64 ", \"messages\": %" PRIu64
           ", \"commits\": %" PRIu64 ", \"acked\": %" PRIu64 ", \"lost\": %" PRIu64 ", \"doubled\": %" PRIu64
           ", \"violations\": %" PRIu64 ", \"hash\": \"%016" PRIx64 "\", \"faults\": {",
           totals->seeds, (double)sum->simulated_ms / 3.6e6, sum->turns, sum->messages, sum->commits, sum->acked,
           sum->lost, sum->doubled, totals->violations, sum->hash);
    for (enum fault fault = 0; fault < FAULT_COUNT; fault++)
        printf("%s\"%s\": %" PRIu64, fault ? ", " : "", fault_name(fault), sum->faults[fault]);
    printf("}, \"seconds\": %.1f}\n", totals->seconds);
}

/* Each kind that there is, or only those that happened. */
static void tell_faults(const struct world_outcome *sum, bool each)
{
    for (enum fault fault = 0; fault < FAULT_COUNT; fault++) {
        if (each || sum->faults[fault] > 0)
            printf("%12" PRIu64 "  %s\n", sum->faults[fault], fault_text(fault));
    }
}

void sim_tell_one(const struct sim_options *options, const struct world_outcome *outcome)
{
    (void)options;
    tell_faults(outcome, false);
    printf("hash %016" PRIx64 ", %.1f simulated hours, %" PRIu64 " turns, %" PRIu64 " messages, %" PRIu64
           " commits, %" PRIu64 " entries, %" PRIu64 " consequences, %" PRIu64 " events acknowledged\n",
           outcome->hash, (double)outcome->simulated_ms / 3.6e6, outcome->turns, outcome->messages, outcome->commits,
           outcome->entries, outcome->consequences, outcome->acked);
}

void sim_tell_totals(const struct sim_options *options, const struct sim_totals *totals)
{
    const struct world_outcome *sum = &totals->sum;
    if (options->json) {
        tell_json(totals);
        return;
    }
    tell_faults(sum, true);
    printf("hash %016" PRIx64 " of all\n", sum->hash);
    printf("%" PRIu64 " seeds, %.0f simulated hours, %" PRIu64 " turns, %" PRIu64 " messages, %" PRIu64 " commits\n",
           totals->seeds, (double)sum->simulated_ms / 3.6e6, sum->turns, sum->messages, sum->commits);
    printf("%" PRIu64 " events acknowledged, %" PRIu64 " lost, %" PRIu64 " doubled; %" PRIu64
           " violations; %.1f s, %.2f seeds/s\n",
           sum->acked, sum->lost, sum->doubled, totals->violations, totals->seconds,
           totals->seconds > 0 ? (double)totals->seeds / totals->seconds : 0.0);
}
