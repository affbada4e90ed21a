/*
 * oracle_task.c - recovery tasks for unhappy visits, improvement tasks by people, and what people decide about them.
 *
 *   OPEN -started-> STARTED -completed-> COMPLETED -verified-> VERIFIED
 *     `------------completed-----------^      `-- verified not effective --> OPEN (due again)
 *   OPEN, STARTED, COMPLETED -cancelled-> CANCELLED
 */
#include "tests/sim/oracle_delivery.h"
#include "tests/sim/oracle_improve.h"
#include "tests/sim/oracle_roster.h"

#include <stdio.h>

/* The recovery task of a fact. */
struct oracle_task *oracle_task(struct oracle *oracle, uint64_t seq)
{
    for (uint32_t i = 0; i < oracle->tasks_count; i++)
        if (oracle->tasks[i].seq == seq && oracle->tasks[i].kind == task_kind_is_recovery)
            return &oracle->tasks[i];
    return NULL;
}

bool oracle_task_is_open(const struct oracle_task *task)
{
    return task->status != task_status_is_verified && task->status != task_status_is_cancelled;
}

const char *oracle_task_rest(const struct oracle_task *task)
{
    if (!task->fact)
        return task->id + 2;
    const char *rest = strchr(task->id + 2, '-');
    return rest ? rest + 1 : "";
}

uint32_t oracle_task_of_id(const struct oracle *oracle, struct span id)
{
    for (uint32_t i = 0; i < oracle->tasks_count; i++)
        if (oracle_is(oracle->tasks[i].id, id))
            return i;
    return UINT32_MAX;
}

void oracle_task_touch(struct oracle *oracle, struct oracle_task *task)
{
    task->changed_seq = oracle->seq;
    task->changed = true;
    oracle_touch(oracle, 'T', (uint32_t)(task - oracle->tasks), false);
}

struct oracle_task *oracle_task_add(struct oracle *oracle, int32_t rule, const char *rest)
{
    struct oracle_task *task = ORACLE_ADD(oracle, tasks);
    task->seq = task->fact = oracle->seq;
    snprintf(task->id, sizeof task->id, "T-%llu%s%s", (unsigned long long)task->seq, rest[0] ? "-" : "", rest);
    task->rule = rule;
    task->kind = rule == task_rule_is_low_rating ? task_kind_is_recovery : task_kind_is_improvement;
    task->status = task_status_is_open;
    task->effective = -1;
    task->telling.from_ms = task->telling.sent_ms = task->telling.failing_ms = ORACLE_NEVER;
    task->telling.retry_ms = task->telling.read_ms = task->telling.climb_ms = ORACLE_NEVER;
    task->telling.sent_repeat = task->telling.means = task->telling.attempts = -1;
    task->closed_ms = task->due_from_ms = task->leaves_ms = ORACLE_NEVER;
    oracle->counters.tasks++;
    oracle_task_touch(oracle, task);
    return task;
}

/* The newest NAMES_MAX reasons are kept. */
void oracle_task_reason(struct oracle_task *task, const char *reason)
{
    struct oracle_names *reasons = &task->reasons;
    if (reasons->count == NAMES_MAX) {
        memmove(reasons->item, reasons->item + 1, (NAMES_MAX - 1) * sizeof reasons->item[0]);
        reasons->count--;
    }
    memset(reasons->item[reasons->count], 0, sizeof reasons->item[0]);
    snprintf(reasons->item[reasons->count++], sizeof reasons->item[0], "%.64s", reason);
}

static void add_reason(struct oracle *oracle, struct oracle_task *task)
{
    oracle_name reason;
    snprintf(reason, sizeof reason, "seq-%llu", (unsigned long long)oracle->seq);
    oracle_task_reason(task, reason);
}

/* ---- superiors ---- */

static int64_t life_next(const struct oracle *oracle, const struct oracle_task *task);

/* Overdue: whoever stands above the one who is responsible is told, and the next one up after the rulebook's time. */
static void superiors(struct oracle *oracle, struct oracle_task *task, int64_t at_ms)
{
    struct oracle_about about = {.grade = grade_is_general};
    oracle_label manager;
    memcpy(about.id, task->id, sizeof about.id);
    if (!task->overdue) {
        if (task->told)
            oracle_notices_end_why(oracle, task->id, "overdue");
        task->told = 0;
        return;
    }
    memcpy(about.store, task->store, sizeof about.store);
    memcpy(about.department, task->department, sizeof about.department);
    snprintf(about.skip.item[about.skip.count++], sizeof about.skip.item[0], "%.64s", task->responsible);
    oracle_manager(oracle, task->store, task->department, manager, sizeof manager);
    while (task->told == 0 || (task->told == 1 && life_next(oracle, task) <= at_ms)) {
        int64_t level = (strcmp(manager, task->responsible) == 0 ? 2 : 1) + task->told++;
        task->told_ms = at_ms;
        level = level < oracle->policy->level_most ? level : oracle->policy->level_most;
        oracle_notice_raise_about(oracle, &about, "overdue", 0, level, at_ms);
    }
}

/* ---- recovery ---- */

bool oracle_rating_is_low(const struct oracle *oracle, const struct oracle_rating *rating)
{
    int32_t low = oracle->policy->low_rating_thousandths;
    int32_t overall = rating->overall != INT32_MIN ? rating->overall : oracle_mapped(oracle->policy, rating);
    for (uint32_t i = 0; i < rating->scores; i++)
        if (rating->score[i].thousandths <= low)
            return true;
    return (overall != INT32_MIN && overall <= low) || (rating->nps != INT32_MIN && rating->nps <= low);
}

/* One per visit: repeats join it while it is open. None while a complaint about the visit is open. */
void oracle_rating_tasks(struct oracle *oracle, const struct oracle_rating *rating, int64_t from_ms)
{
    if (!rating->visit[0] || rating->historical || !oracle_rating_is_low(oracle, rating))
        return;
    struct oracle_visit *visit = oracle_visit(oracle, rating->store, rating->visit);
    struct oracle_task *task = visit && visit->task ? oracle_task(oracle, visit->task) : NULL;
    if (visit && visit->open_complaints)
        return;
    if (task && oracle_task_is_open(task)) {
        add_reason(oracle, task);
        oracle_task_touch(oracle, task);
        return;
    }
    int64_t due_ms = oracle_pass(oracle->policy, rating->store, from_ms, oracle->policy->recovery_due);
    task = oracle_task_add(oracle, task_rule_is_low_rating, "");
    oracle_visit_made(oracle, rating->store, rating->visit)->task = oracle->seq;
    memcpy(task->store, rating->store, sizeof task->store);
    memcpy(task->department, rating->department, sizeof task->department);
    memcpy(task->staff, rating->staff, sizeof task->staff);
    memcpy(task->customer, rating->customer, sizeof task->customer);
    memcpy(task->visit, rating->visit, sizeof task->visit);
    oracle_manager(oracle, rating->store, rating->department, task->responsible, sizeof task->responsible);
    task->by_post = true;
    task->opened_ms = task->due_from_ms = from_ms;
    task->due_ms = due_ms;
    task->overdue = due_ms <= oracle->at_ms;
    add_reason(oracle, task);
    superiors(oracle, task, oracle->at_ms);
}

/* ---- decisions ---- */

static int opened(struct oracle *oracle, const struct task_opened *decision)
{
    if (decision->due <= oracle->at_ms)
        return -E_BAD_DECISION;
    struct oracle_task *task = oracle_task_add(oracle, task_rule_is_meeting, "");
    oracle_take(task->store, sizeof task->store, decision->store);
    oracle_take(task->department, sizeof task->department, decision->department);
    oracle_take(task->dimension, sizeof task->dimension, decision->dimension);
    oracle_take(task->responsible, sizeof task->responsible, decision->responsible);
    task->by_post = false;
    task->opened_ms = oracle->at_ms;
    task->due_ms = oracle_whole_second(decision->due);
    task->term_ms = task->due_ms - task->opened_ms;
    task->reasons.count = 1;
    snprintf(task->reasons.item[0], sizeof task->reasons.item[0], "meeting");
    return 0;
}

static void end(struct oracle *oracle, struct oracle_task *task, int32_t status)
{
    task->status = status;
    task->closed_ms = oracle->at_ms;
    task->leaves_ms = oracle_whole_second(oracle->at_ms + oracle->policy->card_keep_ms);
    task->overdue = false;
}

static int extended(struct oracle *oracle, struct oracle_task *task, const struct extended *decision)
{
    if (task->status == task_status_is_completed)
        return -E_WRONG_STATE;
    if (decision->due <= oracle->at_ms || decision->due <= task->due_ms)
        return -E_BAD_DECISION;
    task->due_ms = oracle_whole_second(decision->due);
    task->due_from_ms = ORACLE_NEVER;
    task->overdue = false;
    return 0;
}

static struct duration rulebook_term(const struct oracle *oracle, const struct oracle_task *task)
{
    return task->kind == task_kind_is_recovery ? oracle->policy->recovery_due : oracle->policy->improvement.due;
}

static int verified(struct oracle *oracle, struct oracle_task *task, const struct task_verified *decision)
{
    if (task->status != task_status_is_completed)
        return -E_WRONG_STATE;
    if (oracle_is(task->completed_by, decision->by))
        return -E_NOT_ALLOWED_PERSON;
    task->effective = decision->effective;
    if (task->kind == task_kind_is_improvement)
        oracle_effect_measure(oracle, task);
    if (decision->effective) {
        end(oracle, task, task_status_is_verified);
        return 0;
    }
    struct duration term = {task->term_ms, TIME_WALL};
    if (task->rule != task_rule_is_meeting) {
        term = rulebook_term(oracle, task);
        task->due_from_ms = oracle->at_ms;
    }
    task->status = task_status_is_open;
    task->due_ms = oracle_pass(oracle->policy, task->store, oracle->at_ms, term);
    task->overdue = false;
    memset(task->completed_by, 0, sizeof task->completed_by);
    return 0;
}

static int assigned(struct oracle_task *task, const struct assigned *decision)
{
    if (task->status == task_status_is_completed)
        return -E_WRONG_STATE;
    if (!HAS(decision, assigned, responsible))
        return -E_BAD_DECISION;
    if (oracle_is(task->responsible, decision->responsible))
        return -E_ALREADY_DONE;
    oracle_take(task->responsible, sizeof task->responsible, decision->responsible);
    task->by_post = false;
    return 0;
}

static int completed(struct oracle *oracle, struct oracle_task *task, const struct completed *decision)
{
    if (task->status == task_status_is_completed)
        return -E_ALREADY_DONE;
    task->status = task_status_is_completed;
    task->completed_ms = oracle->at_ms;
    task->overdue = false;
    oracle_take(task->completed_by, sizeof task->completed_by, decision->by);
    return 0;
}

static int decide(struct oracle *oracle, struct oracle_task *task, const struct event *event)
{
    if (!oracle_task_is_open(task))
        return -E_WRONG_STATE;
    switch (event->type) {
    case EVENT_task_assigned:
        return assigned(task, &event->data.assigned);
    case EVENT_task_started:
        if (task->status != task_status_is_open)
            return -E_ALREADY_DONE;
        task->status = task_status_is_started;
        return 0;
    case EVENT_task_extended:
        return extended(oracle, task, &event->data.extended);
    case EVENT_task_completed:
        return completed(oracle, task, &event->data.completed);
    case EVENT_task_verified:
        return verified(oracle, task, &event->data.task_verified);
    case EVENT_task_cancelled:
        end(oracle, task, task_status_is_cancelled);
        return 0;
    default:
        return -E_NOT_FOLDED_TYPE;
    }
}

int oracle_task_decide(struct oracle *oracle, const struct event *event)
{
    if (event->type == EVENT_task_opened)
        return opened(oracle, &event->data.task_opened);
    uint32_t index = oracle_task_of_id(oracle, event->subject);
    if (index == UINT32_MAX)
        return -E_UNKNOWN_CASE;
    struct oracle_task *task = &oracle->tasks[index];
    int status = decide(oracle, task, event);
    if (status == 0) {
        oracle_task_touch(oracle, task);
        superiors(oracle, task, oracle->at_ms);
    }
    return status;
}

/* ---- in time ---- */

/* Of its own; its responsible may be out of reach besides. */
static int64_t life_next(const struct oracle *oracle, const struct oracle_task *task)
{
    if (!oracle_task_is_open(task))
        return task->gone ? ORACLE_NEVER : task->leaves_ms;
    if (task->status != task_status_is_completed && task->overdue && task->told == 1)
        return oracle_pass(oracle->policy, task->store, task->told_ms, oracle->policy->improvement.overdue_again);
    bool waits = task->status == task_status_is_completed || task->overdue;
    return waits ? ORACLE_NEVER : task->due_ms;
}

int64_t oracle_task_next(const struct oracle *oracle, const struct oracle_task *task)
{
    int64_t life_ms = life_next(oracle, task);
    return task->telling.climb_ms < life_ms ? task->telling.climb_ms : life_ms;
}

void oracle_task_fire(struct oracle *oracle, struct oracle_task *task, int64_t due_ms)
{
    bool climbs = task->telling.climb_ms <= due_ms;
    if (climbs)
        oracle_task_climbs(oracle, task, due_ms);
    if (climbs && life_next(oracle, task) > due_ms)
        return;
    if (oracle_task_is_open(task)) {
        task->overdue = true;
    } else {
        int64_t leaves = oracle_whole_second(task->closed_ms + oracle->policy->card_keep_ms);
        if (leaves > due_ms) {
            task->leaves_ms = leaves;
            oracle_touch(oracle, 'T', (uint32_t)(task - oracle->tasks), false); /* said again, as it was */
            return;
        }
        task->gone = true;
        oracle_notices_gone_about(oracle, task->id);
    }
    oracle_task_touch(oracle, task);
    superiors(oracle, task, due_ms);
}

/* A deadline that the rulebook set is counted anew; one that people set stays. */
void oracle_task_reckon(struct oracle *oracle, struct oracle_task *task)
{
    int64_t due_ms = task->due_ms;
    bool counted = task->due_from_ms != ORACLE_NEVER && task->status != task_status_is_completed;
    if (counted)
        due_ms = oracle_pass(oracle->policy, task->store, task->due_from_ms, rulebook_term(oracle, task));
    if (due_ms == task->due_ms) {
        if (oracle_task_next(oracle, task) == task->armed_ms)
            return;
        oracle_touch(oracle, 'T', (uint32_t)(task - oracle->tasks), false); /* said again, as it was */
        superiors(oracle, task, oracle->at_ms); /* whose time has come by the new rulebook are told now */
        return;
    }
    task->due_ms = due_ms;
    task->overdue = due_ms <= oracle->at_ms;
    oracle_task_touch(oracle, task);
    superiors(oracle, task, oracle->at_ms);
}
