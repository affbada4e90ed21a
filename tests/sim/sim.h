/*
 * sim.h - the command: one seed, or many in several processes, and what is said about them.
 */
#ifndef MANYI_TESTS_SIM_SIM_H
#define MANYI_TESTS_SIM_SIM_H

#include "tests/sim/world.h"

#include <sys/types.h>

#define JOBS_MAX 64u
#define ALL_FAULTS_SEEDS 100u /* so many worlds have each kind of fault */
#define SIM_VIOLATED 1        /* the exit code */

struct sim_options {
    const char *command;  /* as it was called, so that it can be called again */
    uint64_t first, last; /* seeds */
    uint32_t hours, events, jobs;
    uint64_t without; /* as in world_options */
    bool one;         /* --seed: the story of one */
    bool trace;
    bool calm;
    bool json;
};

/* What many seeds have come to. */
struct sim_totals {
    uint64_t seeds, violations;
    struct world_outcome sum; /* of all; its violation is that of the lowest seed that has one */
    uint64_t violated_seed;
    double seconds;
};

struct world_options sim_world_options(const struct sim_options *options, uint64_t seed);

/* This process is about to run the seed: if it ends in the middle, its last words tell which it was. */
void sim_watch(const struct sim_options *options, uint64_t seed);

/* Runs them all; a violation ends the run once all lower seeds are through. */
void sim_run_many(const struct sim_options *options, struct sim_totals *ret_totals);

/* False: many whole worlds, and a kind of fault never happened in them: they prove nothing about it. Tells which. */
bool sim_faults_happened(FILE *out, const struct sim_options *options, const struct sim_totals *totals);

void outcome_add(struct world_outcome *sum, const struct world_outcome *outcome);
void sim_tell_violation(FILE *out, const struct sim_options *options, uint64_t seed, const char *violation);
void sim_tell_one(const struct sim_options *options, const struct world_outcome *outcome);
void sim_tell_totals(const struct sim_options *options, const struct sim_totals *totals);

#endif
