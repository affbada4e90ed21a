/* delivery_case.c - a task and a callback are told by the rules of an escalation, through a stand-in. */
#include "core/delivery.h"

/* What all three cards have. */
#define COPY(field, from, from_record, to, to_record) \
    do {                                              \
        if (HAS(from, from_record, field))            \
            SET(to, to_record, field, (from)->field); \
        else                                          \
            UNSET(to, to_record, field);              \
    } while (0)

#define COPY_ALL(from, from_record, to, to_record)             \
    do {                                                       \
        COPY(deliver_from, from, from_record, to, to_record);  \
        COPY(sent_at, from, from_record, to, to_record);       \
        COPY(sent_means, from, from_record, to, to_record);    \
        COPY(attempts, from, from_record, to, to_record);      \
        COPY(failing_since, from, from_record, to, to_record); \
        COPY(failed_reason, from, from_record, to, to_record); \
        COPY(retry_at, from, from_record, to, to_record);      \
        COPY(climbed_to, from, from_record, to, to_record);    \
        COPY(read_at, from, from_record, to, to_record);       \
        COPY(climb_at, from, from_record, to, to_record);      \
    } while (0)

/* Told once, at the first level, as what is not grave. */
static struct escalation stand_in(struct span id, struct span store, struct span to, int64_t changed_seq)
{
    return (struct escalation){
        .id = id,
        .about = id,
        .store = store,
        .to = to,
        .grade = grade_is_general,
        .changed_seq = changed_seq,
    };
}

void delivery_of_task(const struct task *task, struct escalation *ret_escalation)
{
    *ret_escalation = stand_in(task->id, task->store, task->responsible, task->changed_seq);
    COPY_ALL(task, task, ret_escalation, escalation);
    if (HAS(task, task, sent_at))
        SET(ret_escalation, escalation, sent_repeat, 0);
}

void delivery_of_callback(const struct callback *callback, struct escalation *ret_escalation)
{
    *ret_escalation = stand_in(callback->id, callback->store, callback->notify_to, callback->changed_seq);
    COPY_ALL(callback, callback, ret_escalation, escalation);
    if (HAS(callback, callback, sent_at))
        SET(ret_escalation, escalation, sent_repeat, 0);
}

void delivery_to_task(const struct escalation *escalation, struct task *task)
{
    COPY_ALL(escalation, escalation, task, task);
    if (HAS(task, task, sent_at))
        SET(task, task, sent_to, escalation->to);
    else
        UNSET(task, task, sent_to);
    task->changed_seq = escalation->changed_seq;
}

void delivery_to_callback(const struct escalation *escalation, struct callback *callback)
{
    COPY_ALL(escalation, escalation, callback, callback);
    if (HAS(callback, callback, sent_at))
        SET(callback, callback, sent_to, escalation->to);
    else
        UNSET(callback, callback, sent_to);
    callback->changed_seq = escalation->changed_seq;
}
