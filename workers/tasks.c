/* tasks.c - tasks, in the state: a recovery task for an unhappy visit, improvement tasks opened by people. */
#include "workers/tasks.h"

#include "core/calendar.h"
#include "core/effect.h"
#include "core/status.h"
#include "core/task.h"
#include "workers/cases.h"
#include "workers/escalations.h"
#include "workers/improvements.h"
#include "workers/roles.h"
#include "workers/scores.h"
#include "workers/step.h"
#include "workers/targets.h"
#include "workers/tasks_inside.h"
#include "workers/visits.h"

#include <stdio.h>

int task_load(struct fold *fold, const struct case_key *key, struct task_case *ret_case)
{
    int result = case_load(fold, key, &ret_case->card);
    if (result < 0)
        return result;
    ret_case->key = *key;
    ret_case->lines_before = case_lines(ret_case->card.history, ret_case->card.history_count, fold->step.cause);
    ret_case->told_before = task_is_to_do(&ret_case->card) ? ret_case->card.responsible : (struct span){0};
    return 0;
}

/* Who holds the post of the department's manager, or its role while no roster is adopted. */
struct span department_manager(struct fold *fold, struct span store, struct span department)
{
    char text[LABEL_MAX_BYTES + 1];
    const struct roster_question question = {
        .store = store,
        .department = department,
        .level = ROSTER_MANAGER,
        .day = calendar_day(&fold->policy, fold->step.cause.at_ms),
    };
    roster_recipient(fold->roster, &question, text, sizeof text);
    return name_cut(arena_copy(&fold->arena, span_of(text)));
}

/* The superior of who is responsible: the manager, or the next one up when it is the manager's own task; then one up. */
static int superior_tell(struct fold *fold, const struct task *card, int64_t at_ms)
{
    bool own = span_equal(card->responsible, department_manager(fold, card->store, card->department));
    int64_t level = ROSTER_MANAGER + own + card->told - 1;
    struct notice_about about = {.id = card->id, .store = card->store, .department = card->department};
    about.grade = grade_is_general;
    about.skip.item[about.skip.count++] = card->responsible;
    if (level > fold->policy.level_most)
        level = fold->policy.level_most;
    return notice_raise(fold, &about, "overdue", 0, level, at_ms);
}

/* Its notices come when it is overdue, end with that, and leave with its card. */
static int superiors_follow(struct fold *fold, struct task *card, int64_t at_ms)
{
    if (HAS(card, task, gone))
        return notices_gone(fold, card->id);
    if (task_untells(card))
        return notices_end_of(fold, card->id, "overdue");
    int result = 0;
    while (result == 0 &&
           task_tells(&fold->policy, card, at_ms)) /* both at once when the rulebook leaves no time between */
        result = superior_tell(fold, card, at_ms);
    return result;
}

int task_save_at(struct fold *fold, struct task_case *held, int64_t at_ms)
{
    struct task *card = &held->card;
    int result = superiors_follow(fold, card, at_ms);
    if (result == 0)
        result = task_telling_follow(fold, held, at_ms);
    if (result < 0)
        return result;
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

static int task_save(struct fold *fold, struct task_case *held)
{
    return task_save_at(fold, held, fold->step.cause.at_ms);
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
    char id[CASE_ID_MAX], reason[NAME_MAX_BYTES + 1];
    struct span manager = department_manager(fold, rating->store, rating->department);
    struct task_case held = {.key = case_key_of_seq('T', fold->step.cause.seq)};
    task_open_recovery(&fold->policy, event, fold->step.cause, manager, id, reason, &held.card);
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

static bool is_historical(const struct rated *rating)
{
    return HAS(rating, rated, historical) && rating->historical;
}

/* Does it call for a recovery task, as long as nobody complains? */
static bool calls_for_recovery(struct fold *fold, const struct rated *rating)
{
    return HAS(rating, rated, visit) && !is_historical(rating) && is_low(fold, rating);
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
    const struct rated *rating = &event->data.rated;
    const struct cause *cause = &fold->step.cause;
    int result = calls_for_recovery(fold, rating) ? recover(fold, event) : 0;
    if (result < 0 || is_historical(rating))
        return result;
    int64_t given_ms = event->has_time && event->time_ms < cause->at_ms ? event->time_ms : cause->at_ms;
    return improve_rated(fold, rating, NULL, cause->seq, given_ms);
}

/* What is low by the correction alone counts as of the day on which it was given. */
static int improve_amended(struct fold *fold, const struct rated *before, const struct rated *now)
{
    const struct target *target = &fold->target;
    bool dated = target->event.has_time && target->event.time_ms < target->at_ms;
    int64_t given_ms = dated ? target->event.time_ms : target->at_ms;
    int result = improve_forget(fold, before, now, target->seq);
    return result < 0 ? result : improve_rated(fold, now, before, target->seq, given_ms);
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
    if (calls_for_recovery(fold, now) && !known)
        result = recover(fold, &told);
    return result < 0 || is_historical(now) ? result : improve_amended(fold, &before, now);
}

/* A rating that is taken back is no ground for a task that is not opened yet. */
static int on_retracted(struct fold *fold)
{
    struct rated before;
    if (fold->target.event.type != EVENT_feedback_rated)
        return 0;
    int result = target_rating(fold, &before);
    if (result < 0)
        return result == -E_ALREADY_DONE ? 0 : result;
    return improve_forget(fold, &before, NULL, fold->target.seq);
}

/* ---- improvement ---- */

int task_improve(struct fold *fold, const struct task_ground *ground, struct watch_row *row)
{
    struct task_wanted wanted = {
        .rule = (enum task_rule)ground->rule,
        .id = ground->id,
        .store = ground->place.store,
        .department = ground->place.department,
        .dimension = ground->place.dimension,
        .reasons = ground->reasons,
        .reasons_count = ground->reasons_count,
        .said = ground->said,
    };
    struct task_case held;
    bool open = false;
    int result = row->task.len > 0 ? case_is_open(fold->txn, &row->task, &open) : 0;
    if (result == 0 && open)
        result = task_load(fold, &row->task, &held);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    /* Enough say it: a flood of low ratings must not become a flood of cards, which takes the disk's reserve. */
    if (open && wanted.rule == task_rule_is_low_ratings && held.card.reasons.count == NAMES_MAX) {
        full_tasks_add(&fold->full_tasks, &held.key);
        return 0;
    }
    if (open) {
        task_join_by_rule(&held.card, &wanted, fold->step.cause);
        return task_save(fold, &held);
    }
    held = (struct task_case){0};
    int known = case_key_of_id(wanted.id, &held.key);
    ensure(known == 0);
    wanted.responsible = department_manager(fold, wanted.store, wanted.department);
    task_open_by_rule(&fold->policy, &wanted, fold->step.cause, &held.card);
    row->task = held.key;
    fold->head.counters.tasks++;
    return task_save(fold, &held);
}

/* Sums of what the task is judged by over local days [first, last]. */
static int effect_days(struct fold *fold, const struct task *task, int64_t first, int64_t last, struct sums *ret_sums)
{
    struct sums total = {0};
    int64_t day = first - 1;
    int result = 0;
    struct score_sums *row = arena_take(&fold->arena, sizeof *row);
    struct span dimension = HAS(task, task, dimension) ? task->dimension : (struct span){0};
    while (result == 0) {
        result = score_day_from(fold, task->store, task->department, day + 1, last, &day, row);
        struct sums sums = result == 0 ? effect_sums(row, dimension) : (struct sums){0};
        total.n += sums.n;
        total.sum += sums.sum;
        total.squares += sums.squares;
    }
    *ret_sums = total;
    return result == -E_NOT_FOUND ? 0 : result;
}

/* The days up to the one of its opening against those after the one of its completion: no day is on both sides. */
static int effect_keep(struct fold *fold, struct task *task, int64_t completed_ms)
{
    const struct policy *policy = &fold->policy;
    int64_t opened = calendar_day(policy, task->opened_at);
    int64_t completed = calendar_day(policy, completed_ms);
    int64_t today = calendar_day(policy, fold->step.cause.at_ms);
    struct sums before, after;
    struct effect effect;
    int result = effect_days(fold, task, opened - policy->improvement.effect_days + 1, opened, &before);
    if (result == 0)
        result = effect_days(fold, task, completed + 1, today, &after);
    if (result < 0)
        return result;
    if (effect_measure(&before, &after, policy->evidence_show_n, &effect))
        SET(task, task, effect, effect);
    else
        UNSET(task, task, effect);
    return 0;
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
    int64_t completed_ms = held.card.completed_at;
    int status = task_decide(&fold->policy, &held.card, event, fold->step.cause, reason, sizeof reason);
    if (status < 0) {
        fold_refuse(fold, OUTCOME_REJECTED, status, "%s", reason);
        return 0;
    }
    fold_accept(fold);
    if (fold->weighs)
        return 0;
    if (event->type == EVENT_task_verified && held.card.kind == task_kind_is_improvement)
        result = effect_keep(fold, &held.card, completed_ms);
    return result < 0 ? result : task_save(fold, &held);
}

/* ---- the role ---- */

int tasks_on_event(struct fold *fold, const struct event *event)
{
    if (event->type == EVENT_feedback_rated)
        return on_rated(fold, event);
    if (event->type == EVENT_feedback_corrected)
        return on_corrected(fold, event);
    if (event->type == EVENT_feedback_retracted)
        return on_retracted(fold);
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
    if (HAS(&held.card, task, climb_at) && held.card.climb_at <= due_ms)
        result = task_go_up(fold, &held.card, due_ms);
    return result < 0 ? result : task_save_at(fold, &held, due_ms);
}

int tasks_on_policy(struct fold *fold, const struct case_key *key)
{
    struct task_case held;
    int result = task_load(fold, key, &held);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    int64_t armed_ms = HAS(&held.card, task, timer_at) ? held.card.timer_at : NEVER;
    bool changed = task_reckon(&fold->policy, &held.card, fold->step.cause);
    return changed || task_next_due(&fold->policy, &held.card) != armed_ms ? task_save(fold, &held) : 0;
}

/* Nobody was named for it: who holds the post by now is responsible. */
int tasks_on_roster(struct fold *fold, const struct case_key *key)
{
    struct task_case held;
    const struct cause *cause = &fold->step.cause;
    int result = task_load(fold, key, &held);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    struct task *card = &held.card;
    struct span manager = department_manager(fold, card->store, card->department);
    if (!HAS(card, task, by_post) || span_equal(manager, card->responsible))
        return 0;
    card->responsible = manager;
    card->changed_seq = (int64_t)cause->seq;
    history_add(card->history, &card->history_count, cause->seq, cause->at_ms, span_of("roster.changed"),
                (struct span){0}, manager);
    return task_save(fold, &held);
}
