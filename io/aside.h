/*
 * aside.h - the seam to a second pair of hands: one piece of work done beside the turn.
 *
 * Real half: aside_real.c, a thread. Simulated half: aside_sim.c, where it is done when it is waited for.
 *
 * Caveat
 *   What the work touches is its own until aside_wait: the caller keeps its hands off.
 */
#ifndef MANYI_IO_ASIDE_H
#define MANYI_IO_ASIDE_H

#include <stdbool.h>

struct aside;

/* Its result is handed to whoever waits. */
typedef int aside_work(void *context);

/* -E_NO_MEMORY. */
int aside_open(struct aside **ret_aside);
void aside_close(struct aside *aside); /* after aside_wait for what was started; NULL is allowed */

/* The loop of this wake_fd (loop.h) is woken whenever a piece of work is done. -1: none, as at first. */
void aside_wakes(struct aside *aside, int wake_fd);

/* Starts the work; the piece before must have been waited for. */
void aside_start(struct aside *aside, aside_work *work, void *context);
/* Would aside_wait return at once? */
bool aside_ready(struct aside *aside);
/* Blocks until the work that was started is done, and returns its result. */
int aside_wait(struct aside *aside);

#endif
