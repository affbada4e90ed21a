/*
 * tasks.h - tasks that other roles and rules open. Part of the tasks role.
 */
#ifndef MANYI_WORKERS_TASKS_H
#define MANYI_WORKERS_TASKS_H

#include "workers/fold.h"
#include "workers/watches.h"

/* What a rule found: the figures that its task's history tells. */
struct task_ground {
    int32_t rule; /* enum task_rule */
    struct watch_place place;
    struct span id; /* a task of its own would be called so: at most NAME_MAX_BYTES */
    const struct span *reasons;
    uint32_t reasons_count;
    struct span said;
};

/* Opens an improvement task, or joins the one of the same store, department and dimension that is still open. The row of
 * the place, which the caller keeps (watch_put), names it. Borrows all for the step. */
int task_improve(struct fold *fold, const struct task_ground *ground, struct watch_row *row);

/* The accountable figures of a department's closed period, CSI / 10. */
struct band_figures {
    double csi, low, high; /* 0-100, with the 95 % interval */
    uint64_t n;
};

/* A band below 80: opens T-band-STORE.DEPARTMENT-PERIOD, or joins the department's band task that is still open. A period
 * opens one once: a second call with it changes nothing. */
int task_open_for_band(struct fold *fold, struct span store, struct span department, struct span period,
                       const struct band_figures *figures);

#endif
