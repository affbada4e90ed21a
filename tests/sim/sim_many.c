/*
 * sim_many.c - many seeds, dealt out to several processes, their outcomes added up in the order of the seeds.
 */
#include "core/ensure.h"
#include "tests/sim/sim.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Seen by all processes. */
struct shared {
    _Atomic uint64_t violated; /* the lowest seed that was; UINT64_MAX: none */
    struct seat {
        uint64_t seed; /* that it works on */
        struct world_outcome sum;
        uint64_t seeds;
        struct world_outcome violated; /* of its lowest seed that was */
        uint64_t violated_seed;
    } seats[JOBS_MAX];
};

void outcome_add(struct world_outcome *sum, const struct world_outcome *outcome)
{
    sum->turns += outcome->turns;
    sum->messages += outcome->messages;
    sum->commits += outcome->commits;
    sum->acked += outcome->acked;
    sum->entries += outcome->entries;
    sum->consequences += outcome->consequences;
    sum->lost += outcome->lost;
    sum->doubled += outcome->doubled;
    sum->simulated_ms += outcome->simulated_ms;
    sum->hash ^= outcome->hash;
    for (enum fault fault = 0; fault < FAULT_COUNT; fault++)
        sum->faults[fault] += outcome->faults[fault];
}

static void violated_at(struct shared *shared, uint64_t seed)
{
    uint64_t lowest = atomic_load(&shared->violated);
    while (seed < lowest && !atomic_compare_exchange_weak(&shared->violated, &lowest, seed))
        ;
}

static void seat_work(const struct sim_options *options, struct shared *shared, uint32_t job)
{
    struct seat *seat = &shared->seats[job];
    for (uint64_t seed = options->first + job; seed <= options->last; seed += options->jobs) {
        if (seed > atomic_load(&shared->violated))
            return;
        struct world_options world = sim_world_options(options, seed);
        struct world_outcome outcome;
        seat->seed = seed;
        sim_watch(options, seed);
        world_run(&world, &outcome);
        outcome_add(&seat->sum, &outcome);
        seat->seeds++;
        if (outcome.violated) {
            seat->violated = outcome;
            seat->violated_seed = seed;
            violated_at(shared, seed);
            return;
        }
    }
}

/* A process that broke an invariant of the code has ended at its seed. */
static void seat_ended(struct shared *shared, struct seat *seat, int status)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    seat->violated_seed = seat->seed;
    seat->violated = (struct world_outcome){.violated = true};
    snprintf(seat->violated.violation, sizeof seat->violated.violation,
             "alive: the process ended by %s %d; its last words stand above", WIFSIGNALED(status) ? "signal" : "exit",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    violated_at(shared, seat->seed);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void sim_run_many(const struct sim_options *options, struct sim_totals *ret_totals)
{
    pid_t pids[JOBS_MAX];
    struct sim_totals totals = {.violated_seed = UINT64_MAX};
    struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ensure(shared != MAP_FAILED);
    atomic_store(&shared->violated, UINT64_MAX);
    double began = seconds_now();
    fflush(NULL);
    for (uint32_t job = 0; job < options->jobs; job++) {
        pids[job] = fork();
        ensure(pids[job] >= 0);
        if (pids[job] == 0) {
            seat_work(options, shared, job);
            _exit(0);
        }
    }
    for (uint32_t job = 0; job < options->jobs; job++) {
        int status = 0;
        pid_t ended = waitpid(pids[job], &status, 0);
        ensure(ended == pids[job]);
        seat_ended(shared, &shared->seats[job], status);
    }
    for (uint32_t job = 0; job < options->jobs; job++) {
        const struct seat *seat = &shared->seats[job];
        outcome_add(&totals.sum, &seat->sum);
        totals.seeds += seat->seeds;
        totals.violations += seat->violated.violated;
        if (!seat->violated.violated || seat->violated_seed > totals.violated_seed)
            continue;
        totals.violated_seed = seat->violated_seed;
        totals.sum.violated = true;
        memcpy(totals.sum.violation, seat->violated.violation, sizeof totals.sum.violation);
    }
    totals.seconds = seconds_now() - began;
    munmap(shared, sizeof *shared);
    *ret_totals = totals;
}
