/* tale_decisions.c - what people decide in a tale, whether it makes sense or not. */
#include "tests/support/tale.h"

#include <stdio.h>

static void fill_task_decision(struct tale *tale, enum event_type type, union event_data *data)
{
    switch (type) {
    case EVENT_task_assigned:
        if (tale_chance(tale, 9, 10))
            SET(&data->assigned, assigned, responsible, tale_person(tale));
        break;
    case EVENT_task_opened:
        SET(&data->task_opened, task_opened, store, tale_store(tale));
        SET(&data->task_opened, task_opened, department, tale_department(tale));
        SET(&data->task_opened, task_opened, measure, span_of("train"));
        SET(&data->task_opened, task_opened, responsible, tale_person(tale));
        SET(&data->task_opened, task_opened, due, tale_deadline(tale));
        if (tale_chance(tale, 1, 2))
            SET(&data->task_opened, task_opened, dimension, span_of("quality"));
        break;
    case EVENT_task_extended:
        SET(&data->extended, extended, due, tale_deadline(tale));
        SET(&data->extended, extended, reason, span_of("holidays"));
        break;
    case EVENT_task_verified:
        SET(&data->task_verified, task_verified, effective, tale_chance(tale, 1, 2));
        break;
    default:
        break;
    }
}

static void fill_decision(struct tale *tale, enum event_type type, union event_data *data)
{
    memset(data, 0, sizeof *data);
    SET(&data->decided, decided, by, tale_person(tale)); /* the first field of every decision */
    switch (type) {
    case EVENT_complaint_graded:
        SET(&data->graded, graded, grade, (int32_t)tale_between(tale, 0, grade_count - 1));
        break;
    case EVENT_complaint_assigned:
        if (tale_chance(tale, 9, 10))
            SET(&data->assigned, assigned, handler, tale_person(tale));
        break;
    case EVENT_complaint_planned:
        SET(&data->planned, planned, measure, span_of("look at it"));
        if (tale_chance(tale, 1, 2))
            SET(&data->planned, planned, due, tale_deadline(tale));
        break;
    case EVENT_complaint_paused:
        SET(&data->paused, paused, reason, (int32_t)tale_between(tale, 0, pause_reason_count - 1));
        SET(&data->paused, paused, until, tale_deadline(tale));
        break;
    case EVENT_complaint_resolved:
        if (tale_chance(tale, 1, 3))
            SET(&data->resolved, resolved, compensation_fen, tale_between(tale, 0, 1000));
        break;
    case EVENT_complaint_verified:
        if (tale_chance(tale, 5, 6))
            SET(&data->complaint_verified, complaint_verified, satisfied, tale_chance(tale, 1, 2));
        if (tale_chance(tale, 1, 4))
            SET(&data->complaint_verified, complaint_verified, unreachable, tale_chance(tale, 2, 3));
        break;
    case EVENT_complaint_judged:
        SET(&data->judged, judged, verdict, (int32_t)tale_between(tale, 0, 1));
        if (tale_chance(tale, 1, 2)) {
            data->judged.staff.item[data->judged.staff.count++] = tale_person(tale);
            SET(&data->judged, judged, staff, data->judged.staff);
        }
        break;
    case EVENT_complaint_reopened:
    case EVENT_task_cancelled:
        SET(&data->reasoned, reasoned, reason, span_of("not over"));
        break;
    case EVENT_complaint_merged:
        SET(&data->merged, merged, into, span_of(tale_chance(tale, 1, 20) ? "nothing" : tale_complaint_id(tale)));
        break;
    case EVENT_complaint_transferred:
        if (tale_chance(tale, 2, 3))
            SET(&data->transferred, transferred, store, tale_store(tale));
        if (tale_chance(tale, 1, 2))
            SET(&data->transferred, transferred, department, tale_department(tale));
        break;
    case EVENT_complaint_escalated:
        SET(&data->escalated, escalated, level, tale_between(tale, 0, 4));
        break;
    default:
        fill_task_decision(tale, type, data);
    }
}

static void decide_complaint(struct tale *tale)
{
    static const enum event_type usual[] = {EVENT_complaint_acknowledged, EVENT_complaint_planned,
                                            EVENT_complaint_resolved, EVENT_complaint_verified, EVENT_complaint_judged};
    enum event_type type = tale_chance(tale, 1, 2) ? usual[tale_between(tale, 0, 4)]
                                                   : (enum event_type)tale_between(tale, EVENT_complaint_acknowledged,
                                                                                   EVENT_complaint_escalated);
    if ((type == EVENT_complaint_merged || type == EVENT_complaint_withdrawn) && tale_chance(tale, 1, 2))
        return;
    union event_data data;
    fill_decision(tale, type, &data);
    tale_publish(tale, type, tale_chance(tale, 1, 60) ? NULL : tale_complaint_id(tale), tale_time(tale), &data);
}

/* Somebody who is never complained about brings one of the newest complaints to its end, or nearly: as of just before
 * something falls due, told a few minutes after it. */
static void carry_through(struct tale *tale)
{
    union event_data data;
    const char *id = tale_complaint_id(tale);
    int64_t time_ms = 0;
    if (tale->wake_ms > tale->now_ms && tale_chance(tale, 2, 3)) {
        tale->now_ms = tale->wake_ms + tale_between(tale, 0, 10) * 60000;
        time_ms = tale->wake_ms - tale_between(tale, 0, 3) * 60000;
    }
    fill_decision(tale, EVENT_complaint_acknowledged, &data);
    data.decided.by = span_of("staff-8");
    tale_publish(tale, EVENT_complaint_acknowledged, id, time_ms, &data);
    if (tale_chance(tale, 1, 4))
        return;
    fill_decision(tale, EVENT_complaint_resolved, &data);
    data.resolved.by = span_of("staff-8");
    tale_publish(tale, EVENT_complaint_resolved, id, time_ms, &data);
    fill_decision(tale, EVENT_complaint_verified, &data);
    data.complaint_verified.by = span_of(tale_chance(tale, 1, 6) ? "staff-8" : "staff-9");
    tale_publish(tale, EVENT_complaint_verified, id, time_ms, &data);
}

static void decide_notice(struct tale *tale)
{
    union event_data data;
    fill_decision(tale, EVENT_escalation_acknowledged, &data);
    const char *id = tale->notice(tale->context, &tale->dice);
    if (id)
        tale_publish(tale, EVENT_escalation_acknowledged, tale_chance(tale, 1, 30) ? "E-1-response-50" : id,
                     tale_time(tale), &data);
}

static void decide_task(struct tale *tale)
{
    enum event_type type = (enum event_type)tale_between(tale, EVENT_task_assigned, EVENT_task_cancelled);
    union event_data data;
    char id[32];
    if (type == EVENT_task_cancelled && tale_chance(tale, 1, 2))
        type = EVENT_task_completed;
    fill_decision(tale, type, &data);
    uint64_t seq = tale_chance(tale, 1, 2) ? tale_pick(tale, tale->rating, tale->ratings)
                                           : tale_pick(tale, tale->task, tale->tasks);
    snprintf(id, sizeof id, "T-%llu", (unsigned long long)seq);
    tale_publish(tale, type, id, tale_time(tale), &data);
}

static void open_task(struct tale *tale)
{
    union event_data data;
    fill_decision(tale, EVENT_task_opened, &data);
    uint64_t seq = tale_publish(tale, EVENT_task_opened, NULL, tale_time(tale), &data);
    if (tale->tasks < TALE_SEQS_MAX)
        tale->task[tale->tasks++] = seq;
}

static void decide_else(struct tale *tale)
{
    union event_data data;
    static const enum event_type types[] = {EVENT_callback_claimed, EVENT_callback_done, EVENT_ledger_waived};
    enum event_type type = types[tale_between(tale, 0, 2)];
    fill_decision(tale, type, &data);
    if (type == EVENT_ledger_waived)
        SET(&data.reasoned, reasoned, reason, span_of("no"));
    tale_publish(tale, type, "B-1-day3", tale_time(tale), &data);
}

void tale_decision(struct tale *tale, int64_t what)
{
    if (what < 49)
        carry_through(tale);
    else if (what < 70)
        decide_complaint(tale);
    else if (what < 76)
        decide_notice(tale);
    else if (what < 85)
        decide_task(tale);
    else if (what < 87)
        open_task(tale);
    else
        decide_else(tale);
}
