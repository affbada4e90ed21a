/*
 * sim_watch.c - last words of a process that ends in the middle of a world: by a broken invariant of the code, by touching
 * memory that is not its own, or because a turn never ends.
 */
#include "core/ensure.h"
#include "tests/sim/sim.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define CPU_SECONDS_MAX 300 /* of one world; they take one or two, a sanitizer ten */
#define WORDS_MAX 8192
#define STACK_BYTES (64 * 1024) /* for a signal when the stack itself is full */

static const struct ending {
    int signal;
    const char *why;
} endings[] = {
    {SIGABRT, "alive: it broke an invariant of the code"},
    {SIGVTALRM, "alive: it never came to an end"},
#ifndef __SANITIZE_ADDRESS__ /* which says more of these two, and ends the process by itself */
    {SIGSEGV, "alive: it touched memory that is not its own"},
    {SIGBUS, "alive: it touched memory that is not there"},
#endif
};
#define ENDING_COUNT (sizeof endings / sizeof endings[0])

/* Prepared beforehand: a signal's handler may write, and little else. */
static char last_words[ENDING_COUNT][WORDS_MAX];

static void say_and_end(int signal_number)
{
    for (size_t i = 0; i < ENDING_COUNT; i++) {
        if (endings[i].signal == signal_number) {
            ssize_t written = write(STDERR_FILENO, last_words[i], strlen(last_words[i]));
            (void)written;
        }
    }
    _exit(SIM_VIOLATED);
}

static void words_prepare(const struct sim_options *options, uint64_t seed, size_t i)
{
    FILE *words = fmemopen(last_words[i], WORDS_MAX, "w");
    ensure(words != NULL);
    sim_tell_violation(words, options, seed, endings[i].why);
    fclose(words);
    last_words[i][WORDS_MAX - 1] = '\0';
}

void sim_watch(const struct sim_options *options, uint64_t seed)
{
    static char stack[STACK_BYTES];
    const stack_t other_stack = {.ss_sp = stack, .ss_size = sizeof stack};
    const struct itimerval most = {.it_value.tv_sec = CPU_SECONDS_MAX};
    struct sigaction action = {.sa_handler = say_and_end, .sa_flags = SA_ONSTACK};
    int status = sigaltstack(&other_stack, NULL);
    ensure(status == 0);
    for (size_t i = 0; i < ENDING_COUNT; i++) {
        words_prepare(options, seed, i);
        sigaction(endings[i].signal, &action, NULL);
    }
    setitimer(ITIMER_VIRTUAL, &most, NULL);
}
