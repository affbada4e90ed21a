/*
 * roles.h - what the worker does, a row each: every event goes through the roles in the order of the table.
 *
 * A role hands its outcome to later ones within the step (fold->step: decided, outcome). A new role is a new row.
 */
#ifndef MANYI_WORKERS_ROLES_H
#define MANYI_WORKERS_ROLES_H

#include "workers/fold.h"

struct role {
    const char *name;
    /* 0 or a failure. What a correction or retraction is about is in fold->target. */
    int (*on_event)(struct fold *fold, const struct event *event);
};

extern const struct role roles[];
extern const uint32_t roles_count;

int complaints_on_event(struct fold *fold, const struct event *event);
int complaints_on_timer(struct fold *fold, const struct case_key *key, int64_t due_ms);
int complaints_on_policy(struct fold *fold, const struct case_key *key);
int tasks_on_event(struct fold *fold, const struct event *event);
int tasks_on_timer(struct fold *fold, const struct case_key *key, int64_t due_ms);
int tasks_on_policy(struct fold *fold, const struct case_key *key);
int tasks_on_roster(struct fold *fold, const struct case_key *key);
int appeals_on_event(struct fold *fold, const struct event *event);
int appeals_on_timer(struct fold *fold, const struct case_key *key, int64_t due_ms);
int appeals_on_policy(struct fold *fold, const struct case_key *key);
int callbacks_on_event(struct fold *fold, const struct event *event);
int callbacks_on_timer(struct fold *fold, const struct case_key *key, int64_t due_ms);
int callbacks_on_policy(struct fold *fold, const struct case_key *key);
int callbacks_on_roster(struct fold *fold, const struct case_key *key);
int scores_on_event(struct fold *fold, const struct event *event);

#endif
