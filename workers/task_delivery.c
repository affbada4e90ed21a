/* task_delivery.c - who is responsible for a task is told when it opens and when it changes hands. */
#include "core/delivery.h"
#include "core/task.h"
#include "workers/cases.h"
#include "workers/deliveries.h"
#include "workers/escalations.h"
#include "workers/tasks_inside.h"

/* The word of him who was to have it is of no use any more. */
static int word_taken_back(struct fold *fold, struct task *card)
{
    if (!HAS(card, task, climbed_to))
        return 0;
    UNSET(card, task, climbed_to);
    return notices_end_of(fold, card->id, NOTICE_UNDELIVERED);
}

int task_telling_follow(struct fold *fold, struct task_case *held, int64_t at_ms)
{
    struct task *card = &held->card;
    struct escalation telling;
    bool to_do = task_is_to_do(card);
    if (span_equal(held->told_before, to_do ? card->responsible : (struct span){0}))
        return 0;
    int result = word_taken_back(fold, card);
    delivery_of_task(card, &telling);
    if (to_do)
        delivery_begin(&fold->policy, at_ms, &telling);
    else
        delivery_stop(&telling);
    delivery_to_task(&telling, card);
    held->told_before = to_do ? card->responsible : (struct span){0};
    return result;
}

int task_go_up(struct fold *fold, struct task *card, int64_t at_ms)
{
    char because[LABEL_MAX_BYTES + 1];
    struct escalation telling;
    struct span up;
    struct cause cause = {fold->step.cause.seq, at_ms};
    bool own = span_equal(card->responsible, department_manager(fold, card->store, card->department));
    struct notice_about about = {.id = card->id, .store = card->store, .department = card->department};
    about.grade = grade_is_general;
    about.skip.item[about.skip.count++] = name_cut(card->responsible);
    delivery_of_task(card, &telling);
    int result = notice_raise_because(fold, &about, NOTICE_UNDELIVERED, 0, ROSTER_MANAGER + own, at_ms,
                                      delivery_because(card->id, &telling, because), &up);
    if (result < 0)
        return result;
    if (up.len > 0)
        delivery_climbed(up, cause, &telling);
    else
        delivery_stays(&fold->policy, cause, &telling);
    delivery_to_task(&telling, card);
    return 0;
}

int task_told(struct fold *fold, const struct case_key *key, const struct event *event)
{
    struct task_case held;
    struct escalation telling;
    int result = task_load(fold, key, &held);
    if (result < 0 || HAS(&held.card, task, gone))
        return result;
    result = delivery_trace(fold, key, event);
    delivery_of_task(&held.card, &telling);
    if (result < 0 || !task_is_to_do(&held.card) || !delivery_apply(fold, event, &telling))
        return result;
    delivery_to_task(&telling, &held.card);
    if (delivery_climb_ms(&telling) <= fold->step.cause.at_ms)
        result = task_go_up(fold, &held.card, fold->step.cause.at_ms);
    return result < 0 ? result : task_save_at(fold, &held, fold->step.cause.at_ms);
}
