/* tasks.c - tasks, in the state: a recovery task for an unhappy visit, improvement tasks opened by people. */
#include "core/score.h"
#include "core/status.h"
#include "core/task.h"
#include "workers/cases.h"
#include "workers/roles.h"
#include "workers/step.h"
#include "workers/targets.h"
#include "workers/visits.h"

struct task_case {
    struct case_key key;
    struct task card;
    uint32_t lines_before;
};

static int task_load(struct fold *fold, const struct case_key *key, struct task_case *ret_case)
{
    int result = case_load(fold, key, &ret_case->card);
    if (result < 0)
        return result;
    ret_case->key = *key;
    ret_case->lines_before = case_lines(ret_case->card.history, ret_case->card.history_count, fold->step.cause);
    return 0;
}

static int task_save(struct fold *fold, struct task_case *held)
{
    struct task *card = &held->card;
    int64_t armed_ms = HAS(card, task, timer_at) ? card->timer_at : NEVER;
    int64_t due_ms = task_next_due(&fold->policy, card);
    if (due_ms == NEVER)
        UNSET(card, task, timer_at);
    else
        SET(card, task, timer_at, due_ms);
    return case_save(fold, &(struct case_change){
                               .key = held->key,
                               .card = card,
                               .armed_ms = armed_ms,
                               .due_ms = due_ms,
                               .open = task_is_open(card),
                               .event = EVENT_task_changed,
                               .history = card->history,
                               .history_count = card->history_count,
                               .lines_before = held->lines_before,
                           });
}

/* ---- recovery ---- */

/* Is the task that is remembered with the visit still open? 0 stands for none. */
static int still_open(struct fold *fold, uint64_t seq, bool *ret_open)
{
    *ret_open = false;
    if (seq == 0)
        return 0;
    struct case_key key = case_key_of_seq('T', seq);
    return case_is_open(fold->txn, &key, ret_open);
}

static int recovery_join(struct fold *fold, const struct event *event, uint64_t seq)
{
    char reason[NAME_MAX_BYTES + 1];
    struct task_case held;
    struct case_key key = case_key_of_seq('T', seq);
    int result = task_load(fold, &key, &held);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    task_join(&held.card, event, fold->step.cause, reason);
    return task_save(fold, &held);
}

static int recovery_open(struct fold *fold, const struct event *event, struct visit_row *row)
{
    const struct rated *rating = &event->data.rated;
    char id[CASE_ID_MAX], responsible[NAME_MAX_BYTES * 3], reason[NAME_MAX_BYTES + 1];
    struct task_case held = {.key = case_key_of_seq('T', fold->step.cause.seq)};
    task_open_recovery(&fold->policy, event, fold->step.cause, id, responsible, reason, &held.card);
    held.card.responsible = name_cut(held.card.responsible);
    row->task = fold->step.cause.seq;
    fold->head.counters.tasks++;
    int result = visit_keep(fold, rating->store, rating->visit, row);
    return result < 0 ? result : task_save(fold, &held);
}

/* An overall that is given goes before a mapped one, as in the scores. */
static bool is_low(struct fold *fold, const struct rated *rating)
{
    int32_t mapped = -1;
    if (HAS(rating, rated, raw) && !HAS(rating, rated, overall) &&
        policy_map(&fold->policy, &rating->raw, &mapped) != MAPPED_SCORE)
        mapped = -1;
    return rating_is_low(&fold->policy, rating, mapped);
}

/* Does it call for a recovery task, as long as nobody complains? */
static bool calls_for_recovery(struct fold *fold, const struct rated *rating)
{
    bool historical = HAS(rating, rated, historical) && rating->historical;
    return HAS(rating, rated, visit) && !historical && is_low(fold, rating);
}

static int recover(struct fold *fold, const struct event *event)
{
    const struct rated *rating = &event->data.rated;
    struct visit_row row;
    bool task_open;
    int result = visit_find(fold, rating->store, rating->visit, &row);
    if (result < 0 || row.open_complaints > 0)
        return result;
    result = still_open(fold, row.task, &task_open);
    if (result < 0)
        return result;
    return task_open ? recovery_join(fold, event, row.task) : recovery_open(fold, event, &row);
}

static int on_rated(struct fold *fold, const struct event *event)
{
    return calls_for_recovery(fold, &event->data.rated) ? recover(fold, event) : 0;
}

/* A rating that becomes low, or low about this visit, is news; one that was so has had its task. */
static int on_corrected(struct fold *fold, const struct event *event)
{
    struct rated before;
    if (fold->target.event.type != EVENT_feedback_rated)
        return 0;
    int result = target_rating(fold, &before);
    if (result < 0)
        return result == -E_ALREADY_DONE ? 0 : result;
    struct event told = *event;
    struct rated *now = &told.data.rated;
    *now = before;
    rating_correct(now, &event->data.corrected);
    bool same_visit = span_equal(before.store, now->store) && span_equal(before.visit, now->visit);
    bool known = calls_for_recovery(fold, &before) && same_visit;
    return calls_for_recovery(fold, now) && !known ? recover(fold, &told) : 0;
}

/* ---- decisions ---- */

static int on_opened(struct fold *fold, const struct event *event)
{
    char id[CASE_ID_MAX];
    char reason[REASON_MAX];
    struct task_case held = {.key = case_key_of_seq('T', fold->step.cause.seq)};
    int status = task_open_improvement(&fold->policy, event, fold->step.cause, id, &held.card, reason, sizeof reason);
    if (status < 0) {
        fold_refuse(fold, OUTCOME_REJECTED, status, "%s", reason);
        return 0;
    }
    fold->head.counters.tasks++;
    fold_accept(fold);
    return task_save(fold, &held);
}

static int on_decision(struct fold *fold, const struct event *event)
{
    struct task_case held;
    struct case_key key;
    if (case_key_of_id(event->subject, &key) < 0 || case_letter(&key) != 'T')
        return 0;
    int result = task_load(fold, &key, &held);
    if (result == -E_NOT_FOUND) {
        fold_refuse(fold, OUTCOME_REJECTED, -E_UNKNOWN_CASE, "%.*s is not known", SPAN_ARGS(event->subject));
        return 0;
    }
    if (result < 0)
        return result;
    char reason[REASON_MAX];
    int status = task_decide(&fold->policy, &held.card, event, fold->step.cause, reason, sizeof reason);
    if (status < 0) {
        fold_refuse(fold, OUTCOME_REJECTED, status, "%s", reason);
        return 0;
    }
    fold_accept(fold);
    return task_save(fold, &held);
}

/* ---- the role ---- */

int tasks_on_event(struct fold *fold, const struct event *event)
{
    if (event->type == EVENT_feedback_rated)
        return on_rated(fold, event);
    if (event->type == EVENT_feedback_corrected)
        return on_corrected(fold, event);
    if (event->type == EVENT_task_opened)
        return on_opened(fold, event);
    return event->type >= EVENT_task_assigned && event->type <= EVENT_task_cancelled ? on_decision(fold, event) : 0;
}

int tasks_on_timer(struct fold *fold, const struct case_key *key, int64_t due_ms)
{
    struct task_case held;
    int result = task_load(fold, key, &held);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    task_advance(&fold->policy, &held.card, due_ms, fold->step.cause);
    return task_save(fold, &held);
}

int tasks_on_policy(struct fold *fold, const struct case_key *key)
{
    struct task_case held;
    int result = task_load(fold, key, &held);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    return task_reckon(&fold->policy, &held.card, fold->step.cause) ? task_save(fold, &held) : 0;
}
