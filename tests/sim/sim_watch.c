/*
 * sim_watch.c - last words of a process that ends in the middle of a world: by a broken invariant of the code, or because a
 * turn never ends.
 */
#include "tests/sim/sim.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define CPU_SECONDS_MAX 300 /* of one world; they take one or two, a sanitizer ten */

static char last_words[2][128];

static void say_and_end(int signal_number)
{
    const char *words = last_words[signal_number == SIGVTALRM];
    ssize_t written = write(STDERR_FILENO, words, strlen(words));
    (void)written;
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

void sim_watch(uint64_t seed)
{
    static const char *const why[] = {"broke an invariant of the code", "never came to an end"};
    for (int i = 0; i < 2; i++)
        snprintf(last_words[i], sizeof last_words[i],
                 "seed %" PRIu64 " VIOLATED alive: it %s\n  again:  manyi-sim --seed %" PRIu64 " --trace\n", seed,
                 why[i], seed);
    const struct itimerval most = {.it_value.tv_sec = CPU_SECONDS_MAX};
    signal(SIGABRT, say_and_end);
    signal(SIGVTALRM, say_and_end);
    setitimer(ITIMER_VIRTUAL, &most, NULL);
}
