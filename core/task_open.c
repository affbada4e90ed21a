/* task_open.c - a task is opened by a low rating, by a rule about many of them, or by people; repeats join it. */
#include "core/task.h"

#include "core/calendar.h"
#include "core/ensure.h"
#include "core/rejection.h"

#include <stdio.h>

#define REASON_TEXT_MAX 32u /* seq-9007199254740991 */

bool rating_is_low(const struct policy *policy, const struct rated *rating, int32_t mapped_overall)
{
    int32_t low = policy->low_rating_thousandths;
    for (uint32_t i = 0; HAS(rating, rated, scores) && i < rating->scores.count; i++) {
        if (rating->scores.item[i].thousandths <= low)
            return true;
    }
    return (HAS(rating, rated, overall) && rating->overall <= low) || (HAS(rating, rated, nps) && rating->nps <= low) ||
           (mapped_overall >= 0 && mapped_overall <= low);
}

/* ---- opening ---- */

static void task_begin(const struct policy *policy, struct task *task, enum task_rule rule, struct cause cause,
                       struct span id)
{
    *task = (struct task){
        .id = id,
        .seq = (int64_t)cause.seq,
        .changed_seq = (int64_t)cause.seq,
        .kind = rule == task_rule_is_low_rating ? task_kind_is_recovery : task_kind_is_improvement,
        .status = task_status_is_open,
        .opened_at = cause.at_ms,
    };
    SET(task, task, rule, (int32_t)rule);
    if (policy->improvement.measure[rule][0])
        SET(task, task, measure, span_of(policy->improvement.measure[rule]));
}

/* Of a task that is named by its fact alone. */
static struct span id_of_fact(char *id_text, struct cause cause)
{
    snprintf(id_text, CASE_ID_MAX, "T-%llu", (unsigned long long)cause.seq);
    return span_of(id_text);
}

static void add_reason(struct task *task, struct span reason)
{
    if (task->reasons.count == NAMES_MAX) {
        memmove(task->reasons.item, task->reasons.item + 1, (NAMES_MAX - 1) * sizeof task->reasons.item[0]);
        task->reasons.count--;
    }
    task->reasons.item[task->reasons.count++] = reason;
}

void task_open_recovery(const struct policy *policy, const struct event *fact, struct cause cause,
                        struct span responsible, char *id_text, char *reason_text, struct task *ret_task)
{
    const struct rated *rating = &fact->data.rated;
    struct task *task = ret_task;
    task_begin(policy, task, task_rule_is_low_rating, cause, id_of_fact(id_text, cause));
    task->store = rating->store;
    task->department = rating->department;
    if (HAS(rating, rated, staff))
        SET(task, task, staff, rating->staff);
    if (HAS(rating, rated, customer))
        SET(task, task, customer, rating->customer);
    if (HAS(rating, rated, visit))
        SET(task, task, visit, rating->visit);
    task->responsible = responsible;
    SET(task, task, by_post, true);
    snprintf(reason_text, REASON_TEXT_MAX, "seq-%llu", (unsigned long long)cause.seq);
    add_reason(task, span_of(reason_text));
    bool late = fact->has_time && cause.at_ms - fact->time_ms > policy->fact_age_max_ms;
    if (fact->has_time && fact->time_ms < cause.at_ms && !late)
        task->opened_at = fact->time_ms;
    SET(task, task, due_from, task->opened_at);
    task->due_at = calendar_add(policy, task->store, task->opened_at, policy->recovery_due);
    task->overdue = task->due_at <= cause.at_ms;
    history_add(task->history, &task->history_count, cause.seq, cause.at_ms, fact->type_name, (struct span){0},
                (struct span){0});
    history_time(task->history, task->history_count, fact);
}

void task_join(struct task *task, const struct event *fact, struct cause cause, char *reason_text)
{
    snprintf(reason_text, REASON_TEXT_MAX, "seq-%llu", (unsigned long long)cause.seq);
    add_reason(task, span_of(reason_text));
    task->changed_seq = (int64_t)cause.seq;
    history_add(task->history, &task->history_count, cause.seq, cause.at_ms, fact->type_name, (struct span){0},
                span_of(reason_text));
    history_time(task->history, task->history_count, fact);
}

int task_open_improvement(const struct policy *policy, const struct event *decision, struct cause cause, char *id_text,
                          struct task *ret_task, char *reason, size_t reason_size)
{
    const struct task_opened *opened = &decision->data.task_opened;
    struct task *task = ret_task;
    if (opened->due <= cause.at_ms)
        return rejection((struct reason){reason, reason_size}, -E_BAD_DECISION,
                         "a task for %.*s can't be due at %s, which has passed", SPAN_ARGS(opened->responsible),
                         local_time(policy, opened->due).text);
    task_begin(policy, task, task_rule_is_meeting, cause, id_of_fact(id_text, cause));
    task->store = opened->store;
    task->department = opened->department;
    task->responsible = opened->responsible;
    if (HAS(opened, task_opened, dimension))
        SET(task, task, dimension, opened->dimension);
    add_reason(task, span_of("meeting"));
    task->due_at = calendar_add(policy, task->store, opened->due, (struct duration){0, TIME_WALL});
    SET(task, task, term_ms, task->due_at - task->opened_at);
    history_add(task->history, &task->history_count, cause.seq, cause.at_ms, decision->type_name, opened->by,
                opened->responsible);
    history_time(task->history, task->history_count, decision);
    return 0;
}

/* ---- by rule ---- */

/* As what the history tells of a rule. */
static const char *const rule_lines[task_rule_count] = {
    [task_rule_is_low_rating] = "task.low_rating", [task_rule_is_low_ratings] = "task.low_ratings",
    [task_rule_is_drift] = "task.drift",           [task_rule_is_band] = "task.band",
    [task_rule_is_meeting] = "task.meeting",
};

void task_open_by_rule(const struct policy *policy, const struct task_wanted *wanted, struct cause cause,
                       struct task *ret_task)
{
    struct task *task = ret_task;
    task_begin(policy, task, wanted->rule, cause, wanted->id);
    task->store = wanted->store;
    task->department = wanted->department;
    if (wanted->dimension.len)
        SET(task, task, dimension, wanted->dimension);
    task->responsible = wanted->responsible;
    SET(task, task, by_post, true);
    SET(task, task, due_from, cause.at_ms);
    task->due_at = calendar_add(policy, task->store, cause.at_ms, policy->improvement.due);
    task_join_by_rule(task, wanted, cause);
}

void task_join_by_rule(struct task *task, const struct task_wanted *wanted, struct cause cause)
{
    for (uint32_t i = 0; i < wanted->reasons_count; i++)
        add_reason(task, wanted->reasons[i]);
    task->changed_seq = (int64_t)cause.seq;
    history_add(task->history, &task->history_count, cause.seq, cause.at_ms, span_of(rule_lines[wanted->rule]),
                (struct span){0}, wanted->said);
}
