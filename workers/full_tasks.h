/*
 * full_tasks.h - which open improvement tasks hold as many reasons as they can: what is low once more changes nothing of
 * them, so that their cards need not be read to know it.
 *
 * Caveat: a task's reasons never become fewer. After an abort, forget: it may not be full in the state.
 */
#ifndef MANYI_WORKERS_FULL_TASKS_H
#define MANYI_WORKERS_FULL_TASKS_H

#include "workers/case_key.h"

#define FULL_TASKS 64u /* remembered at most, by seq: another one takes the place */

struct full_tasks {
    struct case_key key[FULL_TASKS];
};

static inline void full_tasks_forget(struct full_tasks *tasks)
{
    memset(tasks, 0, sizeof *tasks);
}

static inline void full_tasks_add(struct full_tasks *tasks, const struct case_key *key)
{
    tasks->key[case_seq(key) % FULL_TASKS] = *key;
}

static inline bool full_tasks_have(const struct full_tasks *tasks, const struct case_key *key)
{
    return case_key_equal(&tasks->key[case_seq(key) % FULL_TASKS], key);
}

#endif
