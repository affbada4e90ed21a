/*
 * task.h - recovery tasks for an unhappy customer, improvement tasks opened by rules and by people. Pure.
 *
 *   OPEN -started-> STARTED -completed-> COMPLETED -verified-> VERIFIED
 *     `------------completed-----------^      `-- verified not effective --> OPEN (due again)
 *   OPEN, STARTED, COMPLETED -cancelled-> CANCELLED
 */
#ifndef MANYI_CORE_TASK_H
#define MANYI_CORE_TASK_H

#include "core/complaint.h"

/* Is a rating low: any dimension, overall or NPS at or below the policy's 6? The overall may come from a mapped key:
 * mapped_overall is then thousandths, else -1. */
bool rating_is_low(const struct policy *policy, const struct rated *rating, int32_t mapped_overall);

/* A recovery task from a low rating, or from a correction with the rating as it is now. id_text receives "T-<seq>",
 * reason_text "seq-<seq>"; both outlive it, as `responsible` must, who holds the post of the department's manager. */
void task_open_recovery(const struct policy *policy, const struct event *fact, struct cause cause,
                        struct span responsible, char *id_text, char *reason_text, struct task *ret_task);

/* Another low rating of the same visit, or such a correction, joins the open task: one more reason (the newest NAMES_MAX
 * are kept). */
void task_join(struct task *task, const struct event *fact, struct cause cause, char *reason_text);

/* task.opened. -E_BAD_DECISION when its deadline has passed: a sentence is in reason, ret_task is untouched. */
int task_open_improvement(const struct policy *policy, const struct event *decision, struct cause cause, char *id_text,
                          struct task *ret_task, char *reason, size_t reason_size);

/* What a rule wants: an improvement of a department, or of one of its dimensions. Everything is borrowed. */
struct task_wanted {
    enum task_rule rule;
    struct span id; /* of a new task */
    struct span store, department;
    struct span dimension; /* empty: the department as a whole */
    struct span responsible;
    const struct span *reasons;
    uint32_t reasons_count;
    struct span said; /* the figures, for the history */
};

/* Opens one with the rulebook's measure and deadline. */
void task_open_by_rule(const struct policy *policy, const struct task_wanted *wanted, struct cause cause,
                       struct task *ret_task);
/* The same is wanted again while it is open: more reasons, and a line of history. Low ratings join until NAMES_MAX say it. */
void task_join_by_rule(struct task *task, const struct task_wanted *wanted, struct cause cause);

/* 0 or a rejection as complaint_decide gives. Who completed may not verify. */
int task_decide(const struct policy *policy, struct task *task, const struct event *decision, struct cause cause,
                char *reason, size_t reason_size);

/* At due_ms: becomes overdue, or (closed) a tombstone: sets `gone`. An overdue one is due again for the next superior. */
void task_advance(const struct policy *policy, struct task *task, int64_t due_ms, struct cause cause);

/* Another rulebook is in force: a deadline that it sets is counted anew, one that people set stays. True when that changed
 * it; the history has then a line with the rulebook's name, which must outlive it. */
bool task_reckon(const struct policy *policy, struct task *task, struct cause cause);

/* An overdue task's superior is to be told, as of at_ms: counts it. Two are told: the superior, and the one above after
 * the policy's time. */
bool task_tells(const struct policy *policy, struct task *task, int64_t at_ms);
/* It is not overdue any more: nobody counts as told. True when somebody was. */
bool task_untells(struct task *task);

/* When the next thing is due; INT64_MAX for never. It falls due or leaves; or the next one up is told (core/delivery.h). */
int64_t task_next_due(const struct policy *policy, const struct task *task);

/* Has somebody to work on it? */
bool task_is_to_do(const struct task *task);

bool task_is_open(const struct task *task);

#endif
