/* escalation.c - a notice to a person: raised once, repeated until seen, ended with its cause. */
#include "core/calendar.h"
#include "core/complaint.h"
#include "core/rejection.h"

void escalation_raise(const struct policy *policy, const struct complaint *complaint,
                      const struct notice_wanted *wanted, struct cause cause, const char *to_text,
                      struct escalation *ret_escalation)
{
    (void)policy;
    struct escalation *escalation = ret_escalation;
    *escalation = (struct escalation){
        .id = span_of(wanted->id_text),
        .complaint = complaint->id,
        .store = complaint->store,
        .grade = complaint->grade,
        .clock = span_of(wanted->manual ? "manual" : choice_name(choice_of_clock_kind(), wanted->clock)),
        .rung_percent = wanted->rung_percent,
        .level = wanted->level,
        .to = span_of(to_text),
        .at = wanted->at_ms,
        .raised_at = wanted->at_ms,
        .changed_seq = (int64_t)cause.seq,
    };
    if (HAS(complaint, complaint, department))
        SET(escalation, escalation, department, complaint->department);
}

int escalation_acknowledge(struct escalation *escalation, const struct event *decision, struct cause cause,
                           char *reason, size_t reason_size)
{
    if (HAS(escalation, escalation, acknowledged_by))
        return rejection((struct reason){reason, reason_size}, -E_ALREADY_DONE, "%.*s was seen by %.*s already",
                         SPAN_ARGS(escalation->id), SPAN_ARGS(escalation->acknowledged_by));
    SET(escalation, escalation, acknowledged_by, decision->data.decided.by);
    SET(escalation, escalation, acknowledged_at, cause.at_ms);
    escalation->changed_seq = (int64_t)cause.seq;
    return 0;
}

int64_t escalation_next_due(const struct policy *policy, const struct escalation *escalation)
{
    if (escalation->ended || HAS(escalation, escalation, acknowledged_by) ||
        escalation->rung_percent < policy->breach_percent)
        return INT64_MAX;
    struct duration repeat = policy->grade[escalation->grade].repeat;
    if (repeat.ms == 0)
        return calendar_next_minute(policy, escalation->store, escalation->at, policy->repeat_minute);
    return calendar_add(policy, escalation->store, escalation->at, repeat);
}

void escalation_repeat(struct escalation *escalation, int64_t due_ms, struct cause cause)
{
    escalation->repeat++;
    escalation->at = due_ms;
    escalation->changed_seq = (int64_t)cause.seq;
}

void escalation_end(struct escalation *escalation, struct cause cause)
{
    escalation->ended = true;
    escalation->changed_seq = (int64_t)cause.seq;
}
