/*
 * attempt.c - a run in a process of its own, that may die.
 */
#define _GNU_SOURCE /* memfd_create */
#include "tests/calls/attempt.h"

#include "cli/rebuild.h"
#include "core/ensure.h"

#include <fts.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void attempt_start(int (*run)(void *context), void *context, unsigned seconds, struct attempt *ret_attempt)
{
    struct attempt attempt = {.out_fd = memfd_create("out", 0), .err_fd = memfd_create("err", 0)};
    ensure(attempt.out_fd >= 0);
    ensure(attempt.err_fd >= 0);
    fflush(NULL);
    attempt.pid = fork();
    ensure(attempt.pid >= 0);
    if (attempt.pid == 0) {
        dup2(attempt.out_fd, STDOUT_FILENO);
        dup2(attempt.err_fd, STDERR_FILENO);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        alarm(seconds);
        int code = run(context);
        fault_arm(NULL);
        exit(code);
    }
    *ret_attempt = attempt;
}

void attempt_wait(struct attempt *attempt, int *ret_code, char ret_ended[ATTEMPT_ENDED_MAX])
{
    int status;
    ret_ended[0] = '\0';
    *ret_code = -1;
    pid_t waited = waitpid(attempt->pid, &status, 0);
    ensure(waited == attempt->pid);
    if (WIFEXITED(status))
        *ret_code = WEXITSTATUS(status);
    else if (WTERMSIG(status) == SIGALRM)
        snprintf(ret_ended, ATTEMPT_ENDED_MAX, "it did not come to an end");
    else
        snprintf(ret_ended, ATTEMPT_ENDED_MAX, "it was killed by %s", strsignal(WTERMSIG(status)));
}

size_t attempt_said(int fd, char *text, size_t size)
{
    ssize_t len = pread(fd, text, size - 1, 0);
    text[len > 0 ? len : 0] = '\0';
    off_t whole = lseek(fd, 0, SEEK_END);
    return whole > 0 ? (size_t)whole : 0;
}

void attempt_forget(struct attempt *attempt)
{
    close(attempt->out_fd);
    close(attempt->err_fd);
}

void folder_remove(const char *path)
{
    int result = tree_remove(path);
    ensure(result == 0);
}

void folder_renew(const char *path)
{
    folder_remove(path);
    int made = mkdir(path, 0750);
    ensure(made == 0);
}

static void file_copy(const char *from, const char *to)
{
    static char bytes[64 * 1024];
    FILE *source = fopen(from, "rb");
    FILE *target = fopen(to, "wb");
    ensure(source != NULL);
    ensure(target != NULL);
    for (size_t len; (len = fread(bytes, 1, sizeof bytes, source)) > 0;) {
        size_t written = fwrite(bytes, 1, len, target);
        ensure(written == len);
    }
    fclose(source);
    int result = fclose(target);
    ensure(result == 0);
}

void folder_copy(const char *from, const char *to)
{
    char *const paths[] = {(char *)from, NULL};
    char path[512];
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    ensure(tree != NULL);
    for (FTSENT *entry; (entry = fts_read(tree)) != NULL;) {
        snprintf(path, sizeof path, "%s%s", to, entry->fts_path + strlen(from));
        if (entry->fts_info == FTS_D) {
            int made = mkdir(path, 0750);
            ensure(made == 0);
        } else if (entry->fts_info == FTS_F) {
            file_copy(entry->fts_path, path);
        }
    }
    fts_close(tree);
}
