/*
 * main.c - manyi-calls: makes the 1st, 2nd, 3rd ... call of a kind fail until a run passes untouched.
 *
 * Usage: manyi-calls [--every K] [--offset I] [--part PART] [--kind KIND [--first N [--lasting]]] [--dir DIR]
 * [--base-port P] [--verbose]
 * Whoever started it ends: so does it, and leaves what lies below DIR.
 */
#include "tests/calls/attempt.h"
#include "tests/calls/commands.h"
#include "tests/calls/lives.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

bool loop_wants(const struct loop *loop, const struct fault *fault)
{
    if (loop->only)
        return loop->only->kind == fault->kind && (loop->only->first == 0 || loop->only->first == fault->first) &&
               (loop->only->first == 0 || loop->only->lasting == fault->lasting);
    return fault->first % loop->every == (loop->offset + fault->lasting) % loop->every;
}

void loop_count(struct loop *loop, const struct fault *fault, const char *part, const char *call, const char *wrong)
{
    loop->failed[fault->kind]++;
    if (!wrong) {
        loop->survived[fault->kind]++;
        return;
    }
    loop->wrong++;
    fprintf(stderr, "%s: %s fails (--part %s --kind %s --first %llu%s): %s\n", part, call, part,
            fault_kind_names[fault->kind], (unsigned long long)fault->first, fault->lasting ? " --lasting" : "", wrong);
}

static int kind_of(const char *name, enum fault_kind *ret_kind)
{
    for (int kind = 0; kind < FAULT_KINDS; kind++) {
        if (strcmp(name, fault_kind_names[kind]) == 0) {
            *ret_kind = (enum fault_kind)kind;
            return 0;
        }
    }
    fprintf(stderr, "manyi-calls: no kind %s\n", name);
    return -1;
}

struct choices {
    struct loop loop;
    struct fault only;
    const char *base;
};

static int options_read(int argc, char **argv, struct choices *choices)
{
    static const struct option options[] = {
        {"every", required_argument, NULL, 'e'},     {"offset", required_argument, NULL, 'o'},
        {"kind", required_argument, NULL, 'k'},      {"first", required_argument, NULL, 'f'},
        {"lasting", no_argument, NULL, 'l'},         {"dir", required_argument, NULL, 'd'},
        {"verbose", no_argument, NULL, 'v'},         {"part", required_argument, NULL, 'p'},
        {"base-port", required_argument, NULL, 'b'}, {NULL, 0, NULL, 0},
    };
    for (int letter; (letter = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (letter == 'e')
            choices->loop.every = strtoull(optarg, NULL, 10);
        else if (letter == 'o')
            choices->loop.offset = strtoull(optarg, NULL, 10);
        else if (letter == 'k' && kind_of(optarg, &choices->only.kind) == 0)
            choices->loop.only = &choices->only;
        else if (letter == 'f')
            choices->only.first = strtoull(optarg, NULL, 10);
        else if (letter == 'l')
            choices->only.lasting = true;
        else if (letter == 'b')
            choices->loop.base_port = (uint32_t)strtoul(optarg, NULL, 10);
        else if (letter == 'd')
            choices->base = optarg;
        else if (letter == 'v')
            choices->loop.verbose = true;
        else if (letter == 'p')
            choices->loop.part = optarg;
        else
            return -1;
    }
    return choices->loop.every > 0 ? 0 : -1;
}

static uint64_t sum(const uint64_t counts[FAULT_KINDS])
{
    uint64_t all = 0;
    for (int kind = 0; kind < FAULT_KINDS; kind++)
        all += counts[kind];
    return all;
}

static void result_print(const struct loop *loop, double seconds)
{
    printf("{\"part\":\"calls\",\"calls\":%llu,\"survived\":%llu,\"kinds\":{", (unsigned long long)sum(loop->failed),
           (unsigned long long)sum(loop->survived));
    for (int kind = 0; kind < FAULT_KINDS; kind++)
        printf("%s\"%s\":%llu", kind ? "," : "", fault_kind_names[kind], (unsigned long long)loop->failed[kind]);
    printf("},\"seconds\":%.1f}\n", seconds);
}

int main(int argc, char **argv)
{
    struct choices choices = {.loop = {.every = 1}, .base = "/dev/shm"};
    if (options_read(argc, argv, &choices) < 0) {
        fprintf(stderr, "manyi-calls: [--every K] [--offset I] [--part life|again|commands] "
                        "[--kind KIND [--first N [--lasting]]] [--dir DIR] [--base-port P] [--verbose]\n");
        return 64;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct loop *loop = &choices.loop;
    struct timespec begin, end;
    snprintf(loop->dir, sizeof loop->dir, "%s/manyi-calls-XXXXXX", choices.base);
    if (!mkdtemp(loop->dir)) {
        perror(loop->dir);
        return 73;
    }
    clock_gettime(CLOCK_MONOTONIC, &begin);
    lives_run(loop);
    commands_run(loop);
    clock_gettime(CLOCK_MONOTONIC, &end);
    folder_remove(loop->dir);
    result_print(loop, (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
    return loop->wrong || sum(loop->failed) == 0 ? 1 : 0;
}
