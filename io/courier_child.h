/*
 * courier_child.h - a command that brings a message: started without a shell, watched without waiting, ended when it takes too
 * long. Only for courier_curl.c.
 *
 * Caveats
 *   What it is told comes on its standard input; its output goes nowhere. Its environment is PATH and LANG alone: ours may hold
 *   what is not its business.
 *   It leads a process group, which is ended as a whole.
 */
#ifndef MANYI_IO_COURIER_CHILD_H
#define MANYI_IO_COURIER_CHILD_H

#include "io/courier.h"

#include <sys/types.h>

struct courier_child {
    pid_t pid; /* 0: none */
    int fd;    /* readable once it has ended */
};

/* -E_NO_INPUT_FILE: it can't be started. -E_NO_DESCRIPTORS, -E_NO_MEMORY. */
int courier_child_start(const char *command, struct span input, struct courier_child *ret_child);
/* Takes what became of it. -E_AGAIN: it runs. Afterwards there is none. */
int courier_child_end(struct courier_child *child, struct courier_outcome *ret_outcome);
/* Ends it by force and waits for that: it can't refuse. */
void courier_child_kill(struct courier_child *child);

#endif
