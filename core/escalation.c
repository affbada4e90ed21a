/* escalation.c - a notice to a person: raised once, repeated until seen, ended with its cause. */
#include "core/calendar.h"
#include "core/complaint.h"
#include "core/delivery.h"
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
    delivery_begin(policy, wanted->at_ms, escalation);
}

void escalation_raise_about(const struct policy *policy, const struct notice_about *about,
                            const struct notice_wanted *wanted, const char *why, struct cause cause,
                            const char *to_text, struct escalation *ret_escalation)
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
    delivery_begin(policy, wanted->at_ms, escalation);
}

void escalation_climb(const struct policy *policy, const struct escalation *from, const struct notice_wanted *wanted,
                      struct cause cause, const char *to_text, struct span because, struct escalation *ret_up)
{
    struct escalation *up = ret_up;
    *up = (struct escalation){
        .id = span_of(wanted->id_text),
        .about = from->about,
        .store = from->store,
        .grade = from->grade,
        .clock = from->clock,
        .rung_percent = from->rung_percent,
        .level = wanted->level,
        .to = span_of(to_text),
        .at = wanted->at_ms,
        .raised_at = wanted->at_ms,
        .changed_seq = (int64_t)cause.seq,
    };
    if (HAS(from, escalation, complaint))
        SET(up, escalation, complaint, from->complaint);
    if (HAS(from, escalation, department))
        SET(up, escalation, department, from->department);
    if (HAS(from, escalation, responsible))
        SET(up, escalation, responsible, from->responsible);
    if (HAS(from, escalation, skip))
        SET(up, escalation, skip, from->skip);
    if (is_resting(from))
        SET(up, escalation, rests, true);
    SET(up, escalation, climbed_from, from->id);
    delivery_begin(policy, wanted->at_ms, up);
    escalation_stands_for(policy, because, up);
}

void escalation_stands_for(const struct policy *policy, struct span because, struct escalation *escalation)
{
    SET(escalation, escalation, because, because);
    SET(escalation, escalation, deliver_from,
        quiet_until(policy, escalation->store, (enum grade)escalation->grade, escalation->level, escalation->at));
}

bool escalation_is_open(const struct escalation *escalation)
{
    return !escalation->ended && !HAS(escalation, escalation, acknowledged_by);
}

bool escalation_follow(const struct policy *policy, const struct complaint *complaint, struct span to, int64_t at_ms,
                       struct cause cause, struct escalation *escalation)
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
    SET(escalation, escalation, rests, rests);
    if (wakes || regraded)
        SET(escalation, escalation, repeat_from, at_ms);
    if (regraded)
        delivery_regraded(policy, at_ms, escalation);
    escalation_readdress(policy, to, at_ms, cause, escalation);
    escalation->changed_seq = (int64_t)cause.seq;
    return true;
}

bool escalation_readdress(const struct policy *policy, struct span to, int64_t at_ms, struct cause cause,
                          struct escalation *escalation)
{
    if (span_equal(escalation->to, to))
        return false;
    escalation->to = to;
    delivery_begin(policy, at_ms, escalation);
    escalation->changed_seq = (int64_t)cause.seq;
    return true;
}

int escalation_acknowledge(struct escalation *escalation, const struct event *decision, struct cause cause,
                           char *reason, size_t reason_size)
{
    if (HAS(escalation, escalation, acknowledged_by))
        return rejection((struct reason){reason, reason_size}, -E_ALREADY_DONE, "%.*s was seen by %.*s already",
                         SPAN_ARGS(escalation->id), SPAN_ARGS(escalation->acknowledged_by));
    escalation_seen(decision->data.decided.by, cause, escalation);
    return 0;
}

void escalation_seen(struct span by, struct cause cause, struct escalation *escalation)
{
    SET(escalation, escalation, acknowledged_by, by);
    SET(escalation, escalation, acknowledged_at, cause.at_ms);
    delivery_stop(escalation);
    escalation->changed_seq = (int64_t)cause.seq;
}

int64_t escalation_repeat_due(const struct policy *policy, const struct escalation *escalation)
{
    if (!escalation_is_open(escalation) || is_resting(escalation) || escalation->rung_percent < policy->breach_percent)
        return INT64_MAX;
    struct duration repeat = policy->grade[escalation->grade].repeat;
    int64_t from_ms = HAS(escalation, escalation, repeat_from) ? escalation->repeat_from : escalation->at;
    int64_t due_ms = repeat.ms == 0 ? calendar_next_minute(policy, escalation->store, from_ms, policy->repeat_minute)
                                    : calendar_add(policy, escalation->store, from_ms, repeat);
    return quiet_until(policy, escalation->store, (enum grade)escalation->grade, escalation->level, due_ms);
}

int64_t escalation_next_due(const struct policy *policy, const struct escalation *escalation)
{
    int64_t repeat_ms = escalation_repeat_due(policy, escalation), climb_ms = delivery_climb_ms(escalation);
    return repeat_ms < climb_ms ? repeat_ms : climb_ms;
}

void escalation_arm(const struct policy *policy, struct escalation *escalation)
{
    int64_t repeat_ms = escalation_repeat_due(policy, escalation);
    int64_t due_ms = escalation_next_due(policy, escalation);
    UNSET(escalation, escalation, repeat_at);
    UNSET(escalation, escalation, timer_at);
    if (repeat_ms != INT64_MAX)
        SET(escalation, escalation, repeat_at, repeat_ms);
    if (due_ms != INT64_MAX)
        SET(escalation, escalation, timer_at, due_ms);
}

/* When it was to repeat, as it was armed; a card of before notices were delivered has one timer alone. */
static int64_t repeat_armed_ms(const struct escalation *escalation)
{
    if (HAS(escalation, escalation, repeat_at))
        return escalation->repeat_at;
    bool before = HAS(escalation, escalation, timer_at) && !HAS(escalation, escalation, climb_at);
    return before ? escalation->timer_at : INT64_MAX;
}

bool escalation_reckon(const struct policy *policy, struct cause cause, struct escalation *escalation)
{
    int64_t due_ms = escalation_repeat_due(policy, escalation);
    if (due_ms == repeat_armed_ms(escalation))
        return false;
    if (due_ms != INT64_MAX)
        SET(escalation, escalation, repeat_from, cause.at_ms);
    escalation->changed_seq = (int64_t)cause.seq;
    return true;
}

void escalation_repeat(const struct policy *policy, struct span to, int64_t due_ms, struct cause cause,
                       struct escalation *escalation)
{
    escalation->repeat++;
    escalation->at = due_ms;
    UNSET(escalation, escalation, repeat_from);
    if (!escalation_readdress(policy, to, due_ms, cause, escalation))
        delivery_repeat(policy, escalation);
    escalation->changed_seq = (int64_t)cause.seq;
}

void escalation_end(struct escalation *escalation, struct cause cause)
{
    escalation->ended = true;
    delivery_stop(escalation);
    escalation->changed_seq = (int64_t)cause.seq;
}
