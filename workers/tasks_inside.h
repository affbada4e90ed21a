/* tasks_inside.h - a task in hand, and who is told of it. Only for workers/task*.c. */
#ifndef MANYI_WORKERS_TASKS_INSIDE_H
#define MANYI_WORKERS_TASKS_INSIDE_H

#include "workers/tasks.h"

struct task_case {
    struct case_key key;
    struct task card;
    uint32_t lines_before;
    struct span told_before; /* who had it to do when it was loaded; empty: nobody, or it is new */
};

int task_load(struct fold *fold, const struct case_key *key, struct task_case *ret_case);
/* at_ms: as of when it changed. */
int task_save_at(struct fold *fold, struct task_case *held, int64_t at_ms);

/* Who holds the post of the department's manager, or its role while no roster is adopted. */
struct span department_manager(struct fold *fold, struct span store, struct span department);

/* ---- task_delivery.c ---- */

/* Whoever has it to do from now on is told; when nobody has, nobody is. */
int task_telling_follow(struct fold *fold, struct task_case *held, int64_t at_ms);
/* Who is responsible can't be reached: the next one up is told so. */
int task_go_up(struct fold *fold, struct task *card, int64_t at_ms);

#endif
