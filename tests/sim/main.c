/*
 * main.c - manyi-sim: Manyi's roles in simulated worlds where everything goes wrong that can.
 */
#include "tests/sim/sim.h"

#include <getopt.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define LARGE_BYTES (1 << 20)

static const char help[] =
    "manyi-sim --seed 41 --trace        one world, as a story\n"
    "manyi-sim --seeds 1..500           many worlds; the totals come last\n"
    "\n"
    "  --seed N       one seed\n"
    "  --seeds A..B   each of them\n"
    "  --trace        tell what happens (with --seed)\n"
    "  --hours H      simulated hours with faults; the seed decides when left out (24 to 240)\n"
    "  --events N     events that are published, about; the seed decides when left out\n"
    "  --calm         no faults\n"
    "  --without F    never the fault F, such as power_loss, all else being as the seed has it; may be repeated\n"
    "  --jobs N       processes for --seeds; one a core when left out\n"
    "  --json         the figures as one line of JSON, last\n"
    "  --help         this\n"
    "\n"
    "A seed decides everything: the same one is the same world, with the same hash.\n"
    "Exit 0: nothing violated. 1: a violation; the seed and how to run it again are told, or a\n"
    "kind of fault never happened in 100 whole worlds or more. 64: wrong usage.\n";

static bool number_read(const char *text, uint64_t most, uint64_t *ret_number, const char **ret_end)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    unsigned long long number = strtoull(text, &end, 10);
    if (number > most)
        return false;
    *ret_number = number;
    *ret_end = end;
    return true;
}

static bool whole_number(const char *text, uint64_t most, uint32_t *ret_number)
{
    uint64_t number;
    const char *end;
    if (!number_read(text, most, &number, &end) || *end != '\0' || number == 0)
        return false;
    *ret_number = (uint32_t)number;
    return true;
}

static bool seeds_read(const char *text, struct sim_options *options)
{
    const char *end;
    if (!number_read(text, UINT64_MAX - JOBS_MAX, &options->first, &end) || strncmp(end, "..", 2) != 0)
        return false;
    return number_read(end + 2, UINT64_MAX - JOBS_MAX, &options->last, &end) && *end == '\0' &&
           options->first <= options->last;
}

static bool seed_read(const char *text, struct sim_options *options)
{
    const char *end;
    options->one = number_read(text, UINT64_MAX - JOBS_MAX, &options->first, &end) && *end == '\0';
    options->last = options->first;
    return options->one;
}

static bool fault_read(const char *text, uint64_t *ret_without)
{
    for (enum fault fault = 0; fault < FAULT_COUNT; fault++) {
        if (strcmp(text, fault_name(fault)) == 0) {
            *ret_without |= 1ull << fault;
            return true;
        }
    }
    return false;
}

static int usage(const char *what)
{
    fprintf(stderr, "manyi-sim: %s; `manyi-sim --help` says more\n", what);
    return EX_USAGE;
}

/* -1: go on; else the exit code. */
static int options_read(int argc, char **argv, struct sim_options *options)
{
    static const struct option rows[] = {{"seed", 1, NULL, 's'},  {"seeds", 1, NULL, 'S'},   {"trace", 0, NULL, 't'},
                                         {"hours", 1, NULL, 'h'}, {"events", 1, NULL, 'e'},  {"calm", 0, NULL, 'c'},
                                         {"jobs", 1, NULL, 'j'},  {"without", 1, NULL, 'w'}, {"json", 0, NULL, 'J'},
                                         {"help", 0, NULL, 'H'},  {NULL, 0, NULL, 0}};
    bool sound = true;
    uint32_t seeds = 0;
    for (int which; sound && (which = getopt_long(argc, argv, "", rows, NULL)) != -1;) {
        if (which == 's' || which == 'S') {
            sound = which == 's' ? seed_read(optarg, options) : seeds_read(optarg, options);
            seeds++;
        } else if (which == 'h')
            sound = whole_number(optarg, 24 * 365, &options->hours);
        else if (which == 'e')
            sound = whole_number(optarg, 1000000, &options->events);
        else if (which == 'j')
            sound = whole_number(optarg, JOBS_MAX, &options->jobs);
        else if (which == 'w')
            sound = fault_read(optarg, &options->without);
        else if (which == 't')
            options->trace = true;
        else if (which == 'c')
            options->calm = true;
        else if (which == 'J')
            options->json = true;
        else if (which == 'H')
            return fputs(help, stdout) < 0 ? EX_IOERR : 0;
        else
            return EX_USAGE;
    }
    if (!sound)
        return usage("an option has a value that makes no sense");
    if (seeds != 1 || optind != argc)
        return usage("one of --seed N and --seeds A..B is needed, and nothing else");
    return options->trace && !options->one ? usage("--trace tells the story of one --seed") : -1;
}

struct world_options sim_world_options(const struct sim_options *options, uint64_t seed)
{
    return (struct world_options){.seed = seed,
                                  .trace = options->trace ? stdout : NULL,
                                  .hours = options->hours,
                                  .events = options->events,
                                  .calm = options->calm,
                                  .without = options->without};
}

static int run_one(const struct sim_options *options)
{
    struct world_options world = sim_world_options(options, options->first);
    struct world_outcome outcome;
    sim_watch(options, options->first);
    world_run(&world, &outcome);
    if (options->json) {
        struct sim_totals totals = {.seeds = 1, .sum = outcome, .violations = outcome.violated};
        sim_tell_totals(options, &totals);
    } else {
        sim_tell_one(options, &outcome);
    }
    if (!outcome.violated)
        return 0;
    fflush(stdout);
    sim_tell_violation(stderr, options, options->first, outcome.violation);
    return SIM_VIOLATED;
}

static int run_many(const struct sim_options *options)
{
    struct sim_totals totals;
    sim_run_many(options, &totals);
    if (totals.sum.violated)
        sim_tell_violation(stderr, options, totals.violated_seed, totals.sum.violation);
    sim_tell_totals(options, &totals);
    if (totals.sum.violated)
        return SIM_VIOLATED;
    fflush(stdout);
    return sim_faults_happened(stderr, options, &totals) ? 0 : SIM_VIOLATED;
}

int main(int argc, char **argv)
{
    struct sim_options options = {.command = argc > 0 ? argv[0] : "manyi-sim"};
    int code = options_read(argc, argv, &options);
    if (code >= 0)
        return code;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (options.jobs == 0)
        options.jobs = cores < 1 ? 1 : cores > (long)JOBS_MAX ? JOBS_MAX : (uint32_t)cores;
    if (options.trace)
        setvbuf(stdout, NULL, _IOLBF, 0);   /* the story is told up to a sudden end */
    mallopt(M_MMAP_THRESHOLD, LARGE_BYTES); /* what no world touches is never written */
    return options.one ? run_one(&options) : run_many(&options);
}
