/*
 * complaint.c - a complaint is opened, moves, falls due and ends. What people decide stands in complaint_decide.c,
 * the clocks in complaint_clocks.c.
 */
#include "core/complaint.h"

#include "core/calendar.h"
#include "core/complaint_clocks.h"
#include "core/complaint_life.h"
#include "core/ensure.h"
#include "core/names.h"

#include <stdio.h>

#define TO(status) (1u << complaint_status_is_##status)

/* The drawing in complaint.h, row by row: where a complaint may go from here. */
static const uint32_t allowed_next[complaint_status_count] = {
    [complaint_status_is_received] = TO(acknowledged) | TO(closed),
    [complaint_status_is_acknowledged] = TO(planned) | TO(resolved) | TO(closed),
    [complaint_status_is_planned] = TO(resolved) | TO(closed),
    [complaint_status_is_resolved] = TO(received) | TO(closed),
    [complaint_status_is_closed] = TO(received),
};

void complaint_move(struct complaint *complaint, enum complaint_status next)
{
    ensure((allowed_next[complaint->status] >> next) & 1);
    complaint->status = (int32_t)next;
}

const char *complaint_status_name(const struct complaint *complaint)
{
    return choice_name(choice_of_complaint_status(), complaint->status);
}

/* When the closed card leaves by this rulebook. */
static int64_t leaving_ms(const struct policy *policy, const struct complaint *complaint)
{
    struct duration keep = {policy->card_keep_ms, TIME_WALL};
    return calendar_add(policy, complaint->store, complaint->closed_at, keep);
}

void complaint_close(const struct policy *policy, struct complaint *complaint, enum complaint_outcome outcome,
                     int64_t at_ms, struct complaint_effects *effects)
{
    clocks_wake(policy, complaint, at_ms);
    clocks_stop_all(policy, complaint, at_ms, effects);
    complaint_move(complaint, complaint_status_is_closed);
    SET(complaint, complaint, outcome, (int32_t)outcome);
    SET(complaint, complaint, closed_at, at_ms);
    SET(complaint, complaint, leaves_at, leaving_ms(policy, complaint));
    UNSET(complaint, complaint, waits_for);
    effects->closed = true;
}

/* ---- opening ---- */

static void copy_fact(struct complaint *complaint, const struct complained *fact)
{
    complaint->store = fact->store;
    complaint->channel = fact->channel;
    complaint->category = fact->category;
    if (HAS(fact, complained, department))
        SET(complaint, complaint, department, fact->department);
    if (HAS(fact, complained, staff))
        SET(complaint, complaint, staff, fact->staff);
    if (HAS(fact, complained, customer))
        SET(complaint, complaint, customer, fact->customer);
    if (HAS(fact, complained, visit)) {
        SET(complaint, complaint, visit, fact->visit);
        SET(complaint, complaint, visit_store, fact->store);
    }
    if (HAS(fact, complained, vehicle))
        SET(complaint, complaint, vehicle, fact->vehicle);
}

/* The fact's own time, never after the journal's; too old a time can't start clocks. */
static int64_t opening_ms(const struct policy *policy, const struct event *fact, struct cause cause, bool *ret_late)
{
    int64_t time_ms = fact->has_time && fact->time_ms < cause.at_ms ? fact->time_ms : cause.at_ms;
    *ret_late = cause.at_ms - time_ms > policy->fact_age_max_ms;
    return *ret_late ? cause.at_ms : time_ms;
}

/* An import is told as it was: it starts when it happened and is closed in the book from its arrival. */
static void open_historical(const struct policy *policy, struct complaint *complaint, const struct event *fact,
                            struct cause cause, struct complaint_effects *effects)
{
    complaint->historical = true;
    if (fact->has_time && fact->time_ms < cause.at_ms)
        complaint->opened_at = fact->time_ms;
    complaint->late = false;
    complaint_close(policy, complaint, complaint_outcome_is_unknown, cause.at_ms, effects);
}

void complaint_open(const struct policy *policy, const struct event *fact, struct cause cause,
                    const struct complaint_context *context, char *id_text, struct complaint *ret_complaint,
                    struct complaint_effects *effects)
{
    const struct complained *told = &fact->data.complained;
    struct complaint *complaint = ret_complaint;
    *complaint = (struct complaint){.seq = (int64_t)cause.seq, .changed_seq = (int64_t)cause.seq};
    snprintf(id_text, CASE_ID_MAX, "C-%llu", (unsigned long long)cause.seq);
    complaint->id = span_of(id_text);
    copy_fact(complaint, told);
    complaint->grade = (int32_t)complaint_grade(policy, told, context);
    complaint->status = complaint_status_is_received;
    complaint->opened_at = opening_ms(policy, fact, cause, &complaint->late);
    SET(complaint, complaint, paused_ms, 0);
    effects->opened = true;
    struct span reported_by = HAS(told, complained, reported_by) ? told->reported_by : (struct span){0};
    history_add(complaint->history, &complaint->history_count, cause.seq, cause.at_ms, fact->type_name, reported_by,
                span_of(choice_name(choice_of_grade(), complaint->grade)));
    history_time(complaint->history, complaint->history_count, fact);
    if (HAS(told, complained, historical) && told->historical) {
        open_historical(policy, complaint, fact, cause, effects);
        return;
    }
    clocks_restart(policy, complaint, complaint->opened_at);
    clocks_fire(policy, complaint, cause.at_ms, cause, effects);
}

/* ---- time ---- */

void complaint_tried(const struct policy *policy, struct complaint *complaint, const struct event *fact,
                     struct cause cause, struct complaint_effects *effects)
{
    const struct unreached *try = &fact->data.unreached;
    bool has_agent = HAS(try, unreached, call) && HAS(&try->call, call, agent);
    struct span agent = has_agent ? try->call.agent : (struct span){0};
    history_add(complaint->history, &complaint->history_count, cause.seq, cause.at_ms, fact->type_name, agent,
                span_of(choice_name(choice_of_unreached_reason(), try->reason)));
    history_time(complaint->history, complaint->history_count, fact);
    complaint->changed_seq = (int64_t)cause.seq;
    if (complaint->status != complaint_status_is_resolved || !complaint_may_call(complaint, agent))
        return;
    clocks_stop(policy, complaint, clock_kind_is_callback, cause.at_ms, cause.at_ms, effects);
    try_add(policy, complaint, cause.at_ms);
    if (!HAS(complaint, complaint, waits_for))
        SET(complaint, complaint, waits_for, span_of("verification"));
}

static bool is_gone(const struct complaint *complaint)
{
    return HAS(complaint, complaint, gone) && complaint->gone;
}

int64_t complaint_next_due(const struct policy *policy, const struct complaint *complaint)
{
    if (complaint->status == complaint_status_is_closed)
        return is_gone(complaint) ? INT64_MAX : complaint->leaves_at;
    int64_t next_ms = clocks_next_due(policy, complaint);
    if (HAS(complaint, complaint, paused) && complaint->paused.until < next_ms)
        next_ms = complaint->paused.until;
    return next_ms;
}

void complaint_advance(const struct policy *policy, struct complaint *complaint, int64_t due_ms, struct cause cause,
                       struct complaint_effects *effects)
{
    if (complaint_next_due(policy, complaint) > due_ms)
        return; /* the policy has changed since the timer was armed */
    if (complaint->status == complaint_status_is_closed && leaving_ms(policy, complaint) > due_ms) {
        complaint->leaves_at = leaving_ms(policy, complaint);
        return;
    }
    complaint->changed_seq = (int64_t)cause.seq;
    if (complaint->status == complaint_status_is_closed) {
        SET(complaint, complaint, gone, true);
        effects->gone = true;
        return;
    }
    if (HAS(complaint, complaint, paused) && complaint->paused.until <= due_ms) {
        struct span reason = span_of(choice_name(choice_of_pause_reason(), complaint->paused.reason));
        history_add(complaint->history, &complaint->history_count, cause.seq, complaint->paused.until,
                    span_of("clock.resumed"), (struct span){0}, reason);
        int64_t woken_ms = complaint->paused.until;
        notices_follow(effects, woken_ms);
        clocks_wake(policy, complaint, woken_ms);
        clocks_count_reasons(policy, complaint, woken_ms);
    }
    clocks_fire(policy, complaint, due_ms, cause, effects);
}

static bool clocks_differ(const struct complaint *one, const struct complaint *other)
{
    if (HAS(one, complaint, paused) && one->paused.until != other->paused.until)
        return true;
    for (uint32_t i = 0; i < one->clocks_count; i++) {
        const struct clock *here = &one->clocks[i], *there = &other->clocks[i];
        if (here->due_at != there->due_at || here->breached != there->breached ||
            here->calendar_unknown != there->calendar_unknown || here->told_percent != there->told_percent ||
            here->told_level != there->told_level || here->quiet_percent != there->quiet_percent)
            return true;
    }
    return false;
}

bool complaint_reckon(const struct policy *policy, struct complaint *complaint, struct cause cause,
                      struct complaint_effects *effects)
{
    struct complaint reckoned = *complaint;
    int64_t armed_ms = HAS(complaint, complaint, timer_at) ? complaint->timer_at : INT64_MAX;
    ensure(complaint->status != complaint_status_is_closed);
    history_add(reckoned.history, &reckoned.history_count, cause.seq, cause.at_ms, span_of("policy.adopted"),
                (struct span){0}, span_of(policy->name));
    clocks_remeasure(policy, &reckoned, cause.at_ms, effects);
    clocks_fire(policy, &reckoned, cause.at_ms, cause, effects);
    if (effects->notice_count == 0 && !clocks_differ(complaint, &reckoned) &&
        complaint_next_due(policy, &reckoned) == armed_ms)
        return false;
    notices_follow(effects, cause.at_ms);
    reckoned.changed_seq = (int64_t)cause.seq;
    *complaint = reckoned;
    return true;
}

/* ---- people ---- */

bool complaint_is_about(const struct complaint *complaint, struct span person)
{
    return names_have(&complaint->staff, person);
}

bool complaint_blames(const struct complaint *complaint, struct span person)
{
    return HAS(complaint, complaint, judged_staff) && names_have(&complaint->judged_staff, person);
}

bool complaint_weighs(enum event_type type)
{
    return type == EVENT_complaint_judged || type == EVENT_complaint_graded || type == EVENT_complaint_merged ||
           type == EVENT_complaint_withdrawn;
}

bool complaint_served_by(const struct complaint *complaint, struct span person)
{
    return HAS(complaint, complaint, served_by) && span_equal(complaint->served_by, person);
}

bool complaint_may_call(const struct complaint *complaint, struct span person)
{
    return !complaint_is_about(complaint, person) && !complaint_blames(complaint, person) &&
           !complaint_served_by(complaint, person);
}

void complaint_recipient(const struct roster *roster, int64_t day, const struct complaint *complaint, int64_t level,
                         char *text, size_t size)
{
    struct roster_question question = {
        .store = complaint->store,
        .level = level,
        .day = day,
        .skip = &complaint->staff,
        .skip_too = HAS(complaint, complaint, judged_staff) ? &complaint->judged_staff : NULL,
    };
    if (HAS(complaint, complaint, department))
        question.department = complaint->department;
    if (level == 0 && HAS(complaint, complaint, handler)) {
        question.first = complaint->handler;
        question.level = ROSTER_MANAGER; /* who was named takes the place of the default handler */
    }
    roster_recipient(roster, &question, text, size);
}
