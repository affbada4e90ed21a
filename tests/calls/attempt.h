/*
 * attempt.h - a run in a process of its own, that may die: what it said, and how it ended.
 */
#ifndef MANYI_TESTS_CALLS_ATTEMPT_H
#define MANYI_TESTS_CALLS_ATTEMPT_H

#include "tests/calls/fault.h"

#include <stddef.h>
#include <sys/types.h>

#define ATTEMPT_ENDED_MAX 160u

struct attempt {
    pid_t pid;
    int out_fd, err_fd; /* of files without a name: what it printed */
};

/* Runs `run` in a process of its own, which then exits with what it returned. It is killed after `seconds`. */
void attempt_start(int (*run)(void *context), void *context, unsigned seconds, struct attempt *ret_attempt);
/* Waits for it. ret_ended: "" when it exited with 0 to 127, code in *ret_code; else how it died, in words. */
void attempt_wait(struct attempt *attempt, int *ret_code, char ret_ended[ATTEMPT_ENDED_MAX]);
/* What it printed, cut to what fits, terminated; returns its whole length. */
size_t attempt_said(int fd, char *text, size_t size);
void attempt_forget(struct attempt *attempt);

/* Removes a folder with all that is in it, and makes it anew. */
void folder_renew(const char *path);
void folder_remove(const char *path);
/* Copies a folder of files and folders to a place where there is none. */
void folder_copy(const char *from, const char *to);

#endif
