/* escalation.c - a notice to a person: raised once, repeated until seen, ended with its cause. */
#include "core/calendar.h"
#include "core/complaint.h"
#include "core/quiet_hours.h"
#include "core/rejection.h"

/* Pauses let plan and resolve rest, and with them their notices. */
static bool notice_rests(const struct complaint *complaint, const struct escalation *escalation)
{
    return HAS(complaint, complaint, paused) &&
           (span_is(escalation->clock, "plan") || span_is(escalation->clock, "resolve"));
}

static bool is_resting(const struct escalation *escalation)
{
    return HAS(escalation, escalation, rests) && escalation->rests;
}

void escalation_raise(const struct policy *policy, const struct complaint *complaint,
                      const struct notice_wanted *wanted, struct cause cause, const char *to_text,
                      struct escalation *ret_escalation)
{
    (void)policy;
    struct escalation *escalation = ret_escalation;
    *escalation = (struct escalation){
        .id = span_of(wanted->id_text),
        .about = complaint->id,
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
    SET(escalation, escalation, complaint, complaint->id);
    if (HAS(complaint, complaint, department))
        SET(escalation, escalation, department, complaint->department);
    if (notice_rests(complaint, escalation))
        SET(escalation, escalation, rests, true);
}

void escalation_raise_about(const struct notice_about *about, const struct notice_wanted *wanted, const char *why,
                            struct cause cause, const char *to_text, struct escalation *ret_escalation)
{
    struct escalation *escalation = ret_escalation;
    *escalation = (struct escalation){
        .id = span_of(wanted->id_text),
        .about = about->id,
        .store = about->store,
        .grade = (int32_t)about->grade,
        .clock = span_of(why),
        .rung_percent = wanted->rung_percent,
        .level = wanted->level,
        .to = span_of(to_text),
        .at = wanted->at_ms,
        .raised_at = wanted->at_ms,
        .changed_seq = (int64_t)cause.seq,
    };
    if (about->department.len)
        SET(escalation, escalation, department, about->department);
    if (about->responsible.len)
        SET(escalation, escalation, responsible, about->responsible);
    if (about->skip.count)
        SET(escalation, escalation, skip, about->skip);
}

bool escalation_follow(const struct complaint *complaint, struct span to, int64_t at_ms, struct cause cause,
                       struct escalation *escalation)
{
    bool rests = notice_rests(complaint, escalation);
    bool wakes = is_resting(escalation) && !rests;
    bool regraded = escalation->grade != complaint->grade;
    bool moved = !span_equal(escalation->store, complaint->store) || !span_equal(escalation->to, to) ||
                 (HAS(complaint, complaint, department) && !span_equal(escalation->department, complaint->department));
    if (rests == is_resting(escalation) && !regraded && !moved)
        return false;
    escalation->grade = complaint->grade;
    escalation->store = complaint->store;
    if (HAS(complaint, complaint, department))
        SET(escalation, escalation, department, complaint->department);
    escalation->to = to;
    SET(escalation, escalation, rests, rests);
    if (wakes || regraded)
        SET(escalation, escalation, repeat_from, at_ms);
    escalation->changed_seq = (int64_t)cause.seq;
    return true;
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
    if (escalation->ended || HAS(escalation, escalation, acknowledged_by) || is_resting(escalation) ||
        escalation->rung_percent < policy->breach_percent)
        return INT64_MAX;
    struct duration repeat = policy->grade[escalation->grade].repeat;
    int64_t from_ms = HAS(escalation, escalation, repeat_from) ? escalation->repeat_from : escalation->at;
    int64_t due_ms = repeat.ms == 0 ? calendar_next_minute(policy, escalation->store, from_ms, policy->repeat_minute)
                                    : calendar_add(policy, escalation->store, from_ms, repeat);
    return quiet_until(policy, escalation->store, (enum grade)escalation->grade, escalation->level, due_ms);
}

bool escalation_reckon(const struct policy *policy, struct cause cause, struct escalation *escalation)
{
    int64_t armed_ms = HAS(escalation, escalation, timer_at) ? escalation->timer_at : INT64_MAX;
    int64_t due_ms = escalation_next_due(policy, escalation);
    if (due_ms == armed_ms)
        return false;
    if (due_ms != INT64_MAX)
        SET(escalation, escalation, repeat_from, cause.at_ms);
    escalation->changed_seq = (int64_t)cause.seq;
    return true;
}

void escalation_repeat(struct escalation *escalation, int64_t due_ms, struct cause cause)
{
    escalation->repeat++;
    escalation->at = due_ms;
    UNSET(escalation, escalation, repeat_from);
    escalation->changed_seq = (int64_t)cause.seq;
}

void escalation_end(struct escalation *escalation, struct cause cause)
{
    escalation->ended = true;
    escalation->changed_seq = (int64_t)cause.seq;
}
