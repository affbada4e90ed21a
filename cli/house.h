/*
 * house.h - a data directory taken into use: made, locked, its journal, clock and bus opened, roles running in it.
 *
 * Used by serve, run, demo and rebuild. Steps are undone in reverse by house_leave, however far house_enter came.
 */
#ifndef MANYI_CLI_HOUSE_H
#define MANYI_CLI_HOUSE_H

#include "cli/cli.h"
#include "cli/roles.h"

/* What was not there before and this process made, so that a start that fails can take it away again. */
struct house_made {
    size_t kept_len; /* of the directory's path: the part that was there before */
    bool directory;
    bool run;
    bool lock[ROLES];
    bool store[ROLES];
};

struct house {
    struct setup setup;
    uint32_t mask; /* of roles */
    int lock_fd[ROLES];
    struct journal *journal;
    struct zap *zap; /* NULL: nobody needs a key */
    struct roles roles;
    bool roles_open;
    struct house_made made;
};

/* SIGTERM and SIGINT become readable at the descriptor that is returned, instead of ending the process; threads that
 * are made later inherit that. -1 on failure. */
int signals_take(void);

/* Zero-initialises house, then: directory, locks, descriptors, clock, bus, journal, roles; starts their threads.
 * Signals that end the process must be blocked before, as threads inherit the mask. Failures are said and undone; a
 * directory that was made is removed again, and never anything that somebody else may have put there. */
int house_enter(struct cli *cli, uint32_t mask, bool one_process, const struct clock_options *clock,
                struct house *house);
void house_leave(struct house *house);

/* Keys for every port that this process binds, and somebody at the door before the first of them; nothing where nobody needs a
 * key. Used by house_enter. */
int house_keys_enter(struct cli *cli, struct house *house);

/* Waits until every role of the house answers PING. stop_fd: readable when somebody wants to end; then -E_STOPPED. */
int house_wait_ready(struct cli *cli, struct house *house, int stop_fd);

/* Whether hardly any descriptor is left for another peer or volume; any_fd: one that is open. */
bool house_descriptors_low(int any_fd);

/* Opens the journal, unless what was folded from it says that it has lost entries. A new one is begun only where nothing is left
 * of another. Used by house_enter. */
int house_journal_open(struct cli *cli, struct house *house);

/* errno of a file or directory as a status. */
int status_of_errno(void);

/* For commands that work instead of a role. */
int house_lock(struct cli *cli, const char *name, int *ret_fd);

#endif
