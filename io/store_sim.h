/*
 * store_sim.h - what only the simulated store can do: survive, forget, fail and crash on demand.
 *
 * A store's rows live as long as the process, under its path, over any number of store_close and store_open.
 * The table of paths is the one process global of the simulated half (with the watches on it): it stands for the disk. One
 * thread only.
 */
#ifndef MANYI_IO_STORE_SIM_H
#define MANYI_IO_STORE_SIM_H

#include "core/span.h"

#include <stdbool.h>
#include <stdint.h>

/* Empties the disk under this path. Its writer must be closed; who reads it reads nothing from then on. */
void store_sim_forget(const char *path);

/* The next commit of this path returns result (such as -E_STORE_FULL or -E_COMMIT_FAILED) and keeps nothing. */
void store_sim_fail_next_commit(const char *path, int result);

/* The process dies: the path can be opened again although it was not closed. The dead handle may only be closed, its
 * transactions only aborted. With lose_last the last commit is gone too, which only STORE_MAY_LOSE_LAST allows. */
void store_sim_crash(const char *path, bool lose_last);

/* Sees every commit of a write transaction of any path, twice. Before it, a negative return makes it fail and keep nothing;
 * after it, one is returned although all is kept, as to a process that died before it heard. NULL: nobody, as at first. */
typedef int store_sim_watch(void *context, const char *path, bool kept);
void store_sim_set_watch(store_sim_watch *watch, void *context);

/* The same for all paths that begin so; lose_last where the durability allows it. Whether a commit was lost of any. */
bool store_sim_crash_all(const char *prefix, bool lose_last);
/* Whether the durability of any of them allows that. */
bool store_sim_may_lose_last(const char *prefix);
void store_sim_forget_all(const char *prefix);

/* Everything under the paths that begin with `from`, as of their last commits, under `to` instead: a snapshot. Whoever was
 * there must be closed, and is replaced. */
void store_sim_copy_all(const char *from, const char *to);

/* The disk rots: one bit in the middle of this row's value is another from now on, also for whoever has it open. */
void store_sim_spoil(const char *path, uint32_t table, struct span key);

/* How this path lies on the disk is damaged from now on: whoever opens or walks it meets this fault. NULL: mended. */
void store_sim_plant_fault(const char *path, const char *what);

/* Hears of each walk that has gone through a path: what others do meanwhile. NULL: nobody, as at first. */
typedef void store_sim_walked(void *context, const char *path);
void store_sim_set_walked(store_sim_walked *walked, void *context);

#endif
