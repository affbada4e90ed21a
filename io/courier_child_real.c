/* courier_child_real.c - posix_spawn and a descriptor of the process. */
#define _GNU_SOURCE /* memfd_create, ..._addclosefrom_np */
#include "io/courier_child.h"

#include "core/status.h"
#include "io/courier_text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_TRY_AGAIN 75

/* The input as a file in memory, at its beginning. */
static int input_open(struct span input)
{
    int fd = memfd_create("notice", MFD_CLOEXEC);
    if (fd < 0)
        return -1;
    for (size_t at = 0; at < input.len;) {
        ssize_t written = write(fd, input.at + at, input.len - at);
        if (written <= 0) {
            close(fd);
            return -1;
        }
        at += (size_t)written;
    }
    if (lseek(fd, 0, SEEK_SET) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* No signal of ours is blocked or ignored in it. */
static int attributes_make(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int result = posix_spawnattr_init(attributes);
    if (result)
        return result;
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &all);
    posix_spawnattr_setpgroup(attributes, 0);
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

static int spawn(const char *command, int input_fd, pid_t *ret_pid)
{
    char *const arguments[] = {(char *)command, NULL};
    char *const environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&actions))
        return ENOMEM;
    int result = attributes_make(&attributes);
    if (result == 0) {
        result = posix_spawn_file_actions_adddup2(&actions, input_fd, 0);
        for (int fd = 1; result == 0 && fd <= 2; fd++)
            result = posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_WRONLY, 0);
        if (result == 0)
            result = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
        if (result == 0)
            result = posix_spawn(ret_pid, command, &actions, &attributes, arguments, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return result;
}

int courier_child_start(const char *command, struct span input, struct courier_child *ret_child)
{
    int input_fd = input_open(input);
    if (input_fd < 0)
        return -E_NO_DESCRIPTORS;
    struct courier_child child = {.fd = -1};
    int result = spawn(command, input_fd, &child.pid);
    close(input_fd);
    if (result)
        return result == ENOMEM || result == EAGAIN ? -E_NO_MEMORY : -E_NO_INPUT_FILE;
    child.fd = (int)syscall(SYS_pidfd_open, child.pid, 0);
    if (child.fd < 0) {
        courier_child_kill(&child);
        return -E_NO_DESCRIPTORS;
    }
    *ret_child = child;
    return 0;
}

int courier_child_end(struct courier_child *child, struct courier_outcome *ret_outcome)
{
    int status;
    pid_t ended = waitpid(child->pid, &status, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR))
        return -E_AGAIN;
    struct courier_outcome *outcome = ret_outcome;
    outcome->verdict = COURIER_TRANSIENT;
    if (ended > 0 && WIFEXITED(status)) {
        int code = WEXITSTATUS(status);
        outcome->verdict =
            code == 0 ? COURIER_DELIVERED : (code == EXIT_TRY_AGAIN ? COURIER_TRANSIENT : COURIER_PERMANENT);
        if (code != 0)
            snprintf(outcome->reason, sizeof outcome->reason, "exit %d", code);
    } else {
        snprintf(outcome->reason, sizeof outcome->reason, "ended by a signal");
    }
    if (child->fd >= 0)
        close(child->fd);
    *child = (struct courier_child){.fd = -1};
    return 0;
}

void courier_child_kill(struct courier_child *child)
{
    if (child->pid <= 0)
        return;
    kill(-child->pid, SIGKILL);
    kill(child->pid, SIGKILL);
    while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    if (child->fd >= 0)
        close(child->fd);
    *child = (struct courier_child){.fd = -1};
}
