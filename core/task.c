/* task.c - a task is worked on, checked by somebody else, and ends; how it is opened stands in task_open.c. */
#include "core/task.h"

#include "core/calendar.h"
#include "core/ensure.h"
#include "core/rejection.h"

#define TO(status) (1u << task_status_is_##status)

/* The drawing in task.h, row by row: where a task may go from here. */
static const uint32_t allowed_next[task_status_count] = {
    [task_status_is_open] = TO(started) | TO(completed) | TO(cancelled),
    [task_status_is_started] = TO(completed) | TO(cancelled),
    [task_status_is_completed] = TO(verified) | TO(open) | TO(cancelled),
    [task_status_is_verified] = 0,
    [task_status_is_cancelled] = 0,
};

/* Every move of status goes through here. */
static void task_move(struct task *task, enum task_status next)
{
    ensure((allowed_next[task->status] >> next) & 1);
    task->status = (int32_t)next;
}

bool task_is_open(const struct task *task)
{
    return task->status != task_status_is_verified && task->status != task_status_is_cancelled;
}

/* The time that the rulebook gives. */
static struct duration task_term(const struct policy *policy, const struct task *task)
{
    return task->kind == task_kind_is_recovery ? policy->recovery_due : policy->improvement.due;
}

bool task_is_to_do(const struct task *task)
{
    return task->status == task_status_is_open || task->status == task_status_is_started;
}

/* ---- decisions ---- */

/* One decision on its way. */
struct step {
    const struct policy *policy;
    struct task *task;
    const struct event *decision;
    struct cause cause;
    struct reason reason;
};

static int check_assigned(const struct step *step)
{
    const struct assigned *assigned = &step->decision->data.assigned;
    if (!HAS(assigned, assigned, responsible))
        return rejection(step->reason, -E_BAD_DECISION, "name the person who shall be responsible for %.*s",
                         SPAN_ARGS(step->task->id));
    if (span_equal(assigned->responsible, step->task->responsible))
        return rejection(step->reason, -E_ALREADY_DONE, "%.*s is responsible for %.*s already",
                         SPAN_ARGS(assigned->responsible), SPAN_ARGS(step->task->id));
    return 0;
}

static struct span apply_assigned(const struct step *step)
{
    step->task->responsible = step->decision->data.assigned.responsible;
    UNSET(step->task, task, by_post);
    return step->task->responsible;
}

static struct span apply_started(const struct step *step)
{
    task_move(step->task, task_status_is_started);
    return (struct span){0};
}

static int check_extended(const struct step *step)
{
    const struct extended *extended = &step->decision->data.extended;
    const struct task *task = step->task;
    if (extended->due <= step->cause.at_ms)
        return rejection(step->reason, -E_BAD_DECISION, "%.*s can't be extended to %s, which has passed",
                         SPAN_ARGS(task->id), local_time(step->policy, extended->due).text);
    if (extended->due <= task->due_at)
        return rejection(step->reason, -E_BAD_DECISION, "%.*s is due at %s; %s would not be more time",
                         SPAN_ARGS(task->id), local_time(step->policy, task->due_at).text,
                         local_time(step->policy, extended->due).text);
    return 0;
}

static struct span apply_extended(const struct step *step)
{
    struct task *task = step->task;
    task->due_at =
        calendar_add(step->policy, task->store, step->decision->data.extended.due, (struct duration){0, TIME_WALL});
    UNSET(task, task, due_from);
    task->overdue = false;
    return (struct span){0};
}

static struct span apply_completed(const struct step *step)
{
    struct task *task = step->task;
    task_move(task, task_status_is_completed);
    task->overdue = false;
    SET(task, task, completed_by, step->decision->data.completed.by);
    SET(task, task, completed_at, step->cause.at_ms);
    return (struct span){0};
}

static int check_verified(const struct step *step)
{
    struct span by = step->decision->data.task_verified.by;
    if (!span_equal(by, step->task->completed_by))
        return 0;
    return rejection(step->reason, -E_NOT_ALLOWED_PERSON,
                     "%.*s completed %.*s and may not verify it; somebody else must", SPAN_ARGS(by),
                     SPAN_ARGS(step->task->id));
}

static void task_end(struct task *task, enum task_status status, int64_t at_ms)
{
    task_move(task, status);
    task->overdue = false;
    SET(task, task, closed_at, at_ms);
}

/* It did not help: open again, with as long a time as people gave it at first, else with the rulebook's. */
static void begin_again(const struct step *step)
{
    struct task *task = step->task;
    struct duration again = task_term(step->policy, task);
    if (HAS(task, task, term_ms))
        again = (struct duration){task->term_ms, TIME_WALL};
    else
        SET(task, task, due_from, step->cause.at_ms);
    task_move(task, task_status_is_open);
    task->due_at = calendar_add(step->policy, task->store, step->cause.at_ms, again);
    UNSET(task, task, completed_by);
    UNSET(task, task, completed_at);
}

static struct span apply_verified(const struct step *step)
{
    bool effective = step->decision->data.task_verified.effective;
    SET(step->task, task, effective, effective);
    if (effective)
        task_end(step->task, task_status_is_verified, step->cause.at_ms);
    else
        begin_again(step);
    return span_of(effective ? "effective" : "not effective");
}

static struct span apply_cancelled(const struct step *step)
{
    task_end(step->task, task_status_is_cancelled, step->cause.at_ms);
    return (struct span){0};
}

/* ---- the table ---- */

#define IN(status) (1u << task_status_is_##status)

struct rule {
    enum event_type type;
    uint32_t states;                               /* in which it may be taken */
    uint32_t done_in;                              /* in which it has been taken already */
    const char *first;                             /* what must be done first in the other open states */
    int (*check)(const struct step *step);         /* NULL: nothing more to check */
    struct span (*apply)(const struct step *step); /* returns what the history shall say */
};

static const struct rule rules[] = {
    {EVENT_task_assigned, IN(open) | IN(started), 0, "its work is done", check_assigned, apply_assigned},
    {EVENT_task_started, IN(open), IN(started) | IN(completed), "", NULL, apply_started},
    {EVENT_task_extended, IN(open) | IN(started), 0, "it needs no more time", check_extended, apply_extended},
    {EVENT_task_completed, IN(open) | IN(started), IN(completed), "", NULL, apply_completed},
    {EVENT_task_verified, IN(completed), 0, "complete it first", check_verified, apply_verified},
    {EVENT_task_cancelled, IN(open) | IN(started) | IN(completed), 0, "", NULL, apply_cancelled},
};

static const struct rule *rule_of(enum event_type type)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].type == type)
            return &rules[i];
    }
    unreachable();
}

static int check_state(const struct step *step, const struct rule *rule)
{
    const struct task *task = step->task;
    const char *status = choice_name(choice_of_task_status(), task->status);
    uint32_t here = 1u << task->status;
    if (rule->states & here)
        return 0;
    if (!task_is_open(task))
        return rejection(step->reason, -E_WRONG_STATE, "%.*s is %s since %s; open a new task instead",
                         SPAN_ARGS(task->id), status, local_time(step->policy, task->closed_at).text);
    if (rule->done_in & here)
        return rejection(step->reason, -E_ALREADY_DONE, "%.*s is %s already", SPAN_ARGS(task->id), status);
    return rejection(step->reason, -E_WRONG_STATE, "%.*s is %s; %s", SPAN_ARGS(task->id), status, rule->first);
}

int task_decide(const struct policy *policy, struct task *task, const struct event *decision, struct cause cause,
                char *reason, size_t reason_size)
{
    const struct rule *rule = rule_of(decision->type);
    struct step step = {policy, task, decision, cause, {reason, reason_size}};
    int rc = check_state(&step, rule);
    if (rc == 0 && rule->check)
        rc = rule->check(&step);
    if (rc != 0)
        return rc;
    struct span said = rule->apply(&step);
    history_add(task->history, &task->history_count, cause.seq, cause.at_ms, decision->type_name,
                decision->data.decided.by, said);
    history_time(task->history, task->history_count, decision);
    task->changed_seq = (int64_t)cause.seq;
    return 0;
}

/* ---- time ---- */

static int64_t tombstone_due(const struct policy *policy, const struct task *task)
{
    return calendar_add(policy, task->store, task->closed_at, (struct duration){policy->card_keep_ms, TIME_WALL});
}

#define TOLD_MOST 2

/* When the next superior of an overdue task is due to be told. */
static int64_t tell_due(const struct policy *policy, const struct task *task)
{
    if (task->told == 0 || task->told == TOLD_MOST)
        return INT64_MAX;
    return calendar_add(policy, task->store, task->told_at, policy->improvement.overdue_again);
}

bool task_tells(const struct policy *policy, struct task *task, int64_t at_ms)
{
    if (!task->overdue || (task->told > 0 && tell_due(policy, task) > at_ms))
        return false;
    SET(task, task, told, task->told + 1);
    SET(task, task, told_at, at_ms);
    return true;
}

bool task_untells(struct task *task)
{
    bool told = !task->overdue && task->told > 0;
    if (told) {
        task->told = 0;
        UNSET(task, task, told);
        UNSET(task, task, told_at);
    }
    return told;
}

/* Of its own life; who is responsible may be out of reach besides. */
static int64_t life_due(const struct policy *policy, const struct task *task)
{
    if (task_is_to_do(task))
        return task->overdue ? tell_due(policy, task) : task->due_at;
    bool kept = !task_is_open(task) && !HAS(task, task, gone);
    return kept ? tombstone_due(policy, task) : INT64_MAX;
}

int64_t task_next_due(const struct policy *policy, const struct task *task)
{
    int64_t life_ms = life_due(policy, task);
    return HAS(task, task, climb_at) && task->climb_at < life_ms ? task->climb_at : life_ms;
}

void task_advance(const struct policy *policy, struct task *task, int64_t due_ms, struct cause cause)
{
    if (life_due(policy, task) > due_ms)
        return;
    task->changed_seq = (int64_t)cause.seq;
    if (!task_is_open(task)) {
        SET(task, task, gone, true);
        return;
    }
    if (task->overdue) /* the next superior, which task_tells counts */
        return;
    task->overdue = true;
    history_add(task->history, &task->history_count, cause.seq, task->due_at, span_of("task.overdue"), (struct span){0},
                (struct span){0});
}

bool task_reckon(const struct policy *policy, struct task *task, struct cause cause)
{
    if (!task_is_to_do(task) || !HAS(task, task, due_from))
        return false;
    int64_t due_ms = calendar_add(policy, task->store, task->due_from, task_term(policy, task));
    if (due_ms == task->due_at)
        return false;
    bool was_overdue = task->overdue;
    task->due_at = due_ms;
    task->overdue = due_ms <= cause.at_ms;
    task->changed_seq = (int64_t)cause.seq;
    history_add(task->history, &task->history_count, cause.seq, cause.at_ms, span_of("policy.adopted"),
                (struct span){0}, span_of(policy->name));
    if (task->overdue && !was_overdue)
        history_add(task->history, &task->history_count, cause.seq, cause.at_ms, span_of("task.overdue"),
                    (struct span){0}, (struct span){0});
    return true;
}
