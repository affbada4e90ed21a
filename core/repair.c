/* repair.c - what the law counts of a stay in the workshop, and what is told before it is too late. */
#include "core/repair.h"

#include "core/calendar.h"
#include "core/ensure.h"
#include "core/quiet_hours.h"

#include <stdio.h>

#define DAY_MS (24 * 3600 * 1000ll)

int64_t repair_days(int64_t opened_ms, int64_t completed_ms)
{
    return completed_ms > opened_ms ? (completed_ms - opened_ms + DAY_MS - 1) / DAY_MS : 1;
}

int64_t repair_opened_ms(const struct event *visit, struct cause cause)
{
    return visit->has_time && visit->time_ms < cause.at_ms ? visit->time_ms : cause.at_ms;
}

int64_t repair_completed_ms(const struct event *visit, struct cause cause)
{
    const struct visit *told = &visit->data.visit;
    int64_t ms = repair_opened_ms(visit, cause);
    if (HAS(told, visit, completed_at))
        ms = told->completed_at < cause.at_ms ? told->completed_at : cause.at_ms;
    return ms;
}

/* The first instant of its day `day`, counted from 1. */
static int64_t day_begin_ms(const struct policy *policy, struct span store, int64_t from_ms, int64_t day)
{
    return calendar_add(policy, store, from_ms, (struct duration){(day > 1 ? day - 1 : 0) * DAY_MS, TIME_WALL});
}

void repair_open(const struct policy *policy, const struct event *visit, struct cause cause, char *id_text,
                 struct repair *ret_repair)
{
    const struct visit *told = &visit->data.visit;
    struct repair *repair = ret_repair;
    snprintf(id_text, CASE_ID_MAX, "V-%llu", (unsigned long long)cause.seq);
    *repair = (struct repair){
        .id = span_of(id_text),
        .seq = (int64_t)cause.seq,
        .changed_seq = (int64_t)cause.seq,
        .store = told->store,
        .department = told->department,
        .visit = told->visit,
        .status = repair_status_is_in_repair,
        .opened_at = repair_opened_ms(visit, cause),
    };
    if (HAS(told, visit, customer))
        SET(repair, repair, customer, told->customer);
    repair->late = cause.at_ms - repair->opened_at > policy->fact_age_max_ms;
    SET(repair, repair, clock_from, repair->late ? cause.at_ms : repair->opened_at);
    SET(repair, repair, told, 0);
    repair_reckon(policy, repair);
}

void repair_reckon(const struct policy *policy, struct repair *repair)
{
    repair->loaner_at = day_begin_ms(policy, repair->store, repair->clock_from, policy->statutory.loaner_day);
}

/* ---- what there is to tell ---- */

/* In the order of what each replaces: a later one of the same `why` makes an earlier one needless. */
enum signal_kind { LOANER, DAYS_WARN, DAYS_MOST, REPAIRS_WARN, REPAIRS_MOST, SAFETY_WARN, SAFETY_MOST, SIGNALS };

struct signal {
    const char *why;
    int64_t percent, level;
    enum grade grade;
    bool last; /* no later one of the same why */
};

static const struct signal signals[SIGNALS] = {
    [LOANER] = {"loaner", 80, 1, grade_is_general, true},
    [DAYS_WARN] = {"vin-days", 80, 1, grade_is_major, false},
    [DAYS_MOST] = {"vin-days", 100, 2, grade_is_major, true},
    [REPAIRS_WARN] = {"vin-repairs", 80, 1, grade_is_major, false},
    [REPAIRS_MOST] = {"vin-repairs", 100, 2, grade_is_major, true},
    [SAFETY_WARN] = {"vin-safety", 80, 1, grade_is_urgent, false},
    [SAFETY_MOST] = {"vin-safety", 100, 2, grade_is_urgent, true},
};

/* When the vehicle's day in repair begins within this stay; those before it: with the stay. */
static int64_t vehicle_day_ms(const struct policy *policy, const struct repair *repair, int64_t day)
{
    return HAS(repair, repair, vehicle)
               ? day_begin_ms(policy, repair->store, repair->opened_at, day - repair->days_before)
               : INT64_MAX;
}

/* When its time has come; INT64_MAX: not by anything that is known. */
static int64_t signal_ms(const struct policy *policy, const struct repair *repair, enum signal_kind kind)
{
    const struct statutory_rules *rules = &policy->statutory;
    int64_t repairs = repair->fault_repairs, counted_ms = repair->clock_from;
    if (HAS(repair, repair, counted_at) && repair->counted_at > counted_ms)
        counted_ms = repair->counted_at;
    switch (kind) {
    case LOANER:
        return day_begin_ms(policy, repair->store, repair->clock_from, rules->loaner_warn_day);
    case DAYS_WARN:
        return vehicle_day_ms(policy, repair, rules->repair_days_warn);
    case DAYS_MOST:
        return vehicle_day_ms(policy, repair, rules->repair_days_most);
    case REPAIRS_WARN:
        return repairs >= rules->fault_repairs_most ? counted_ms : INT64_MAX;
    case REPAIRS_MOST:
        return repairs > rules->fault_repairs_most ? counted_ms : INT64_MAX;
    case SAFETY_WARN:
        return repair->safety && repairs >= rules->safety_failures_most ? counted_ms : INT64_MAX;
    case SAFETY_MOST:
        return repair->safety && repairs > rules->safety_failures_most ? counted_ms : INT64_MAX;
    case SIGNALS:
        break;
    }
    unreachable();
}

/* When it may reach somebody. */
static int64_t signal_due_ms(const struct policy *policy, const struct repair *repair, enum signal_kind kind)
{
    int64_t ms = signal_ms(policy, repair, kind);
    if (ms == INT64_MAX)
        return ms;
    ms = calendar_add(policy, repair->store, ms, (struct duration){0, TIME_WALL});
    return quiet_until(policy, repair->store, signals[kind].grade, signals[kind].level, ms);
}

static bool was_told(const struct repair *repair, enum signal_kind kind)
{
    return (repair->told >> kind) & 1;
}

void repair_notify(const struct policy *policy, struct repair *repair, int64_t now_ms, struct cause cause,
                   struct repair_effects *effects)
{
    bool come[SIGNALS];
    if (repair->status != repair_status_is_in_repair)
        return;
    for (uint32_t kind = 0; kind < SIGNALS; kind++)
        come[kind] = signal_due_ms(policy, repair, (enum signal_kind)kind) <= now_ms;
    for (uint32_t kind = 0; kind < SIGNALS; kind++) {
        bool replaced = !signals[kind].last && (come[kind + 1] || was_told(repair, (enum signal_kind)(kind + 1)));
        if (!come[kind] || was_told(repair, (enum signal_kind)kind))
            continue;
        repair->told |= 1 << kind;
        repair->changed_seq = (int64_t)cause.seq;
        if (replaced)
            continue;
        ensure(effects->notice_count < REPAIR_NOTICES_MAX);
        effects->notice[effects->notice_count++] = (struct repair_notice){
            .why = signals[kind].why,
            .percent = signals[kind].percent,
            .level = signals[kind].level,
            .grade = signals[kind].grade,
            .at_ms = now_ms,
        };
    }
}

/* ---- its end ---- */

static int64_t leaving_ms(const struct policy *policy, const struct repair *repair)
{
    return calendar_add(policy, repair->store, repair->closed_at, (struct duration){policy->card_keep_ms, TIME_WALL});
}

void repair_end(const struct policy *policy, struct repair *repair, enum repair_status status, int64_t completed_ms,
                struct cause cause, struct repair_effects *effects)
{
    bool first = repair->status == repair_status_is_in_repair;
    ensure(first || (repair->status == repair_status_is_left && status == repair_status_is_completed));
    if (completed_ms < repair->opened_at)
        completed_ms = repair->opened_at;
    if (!first && completed_ms > repair->completed_at)
        completed_ms = repair->completed_at; /* by then the vehicle was here again */
    repair->status = (int32_t)status;
    SET(repair, repair, completed_at, completed_ms);
    SET(repair, repair, days, repair_days(repair->opened_at, completed_ms));
    repair->changed_seq = (int64_t)cause.seq;
    if (!first)
        return;
    SET(repair, repair, closed_at, cause.at_ms);
    SET(repair, repair, leaves_at, leaving_ms(policy, repair));
    effects->ended = true;
}

static bool is_gone(const struct repair *repair)
{
    return HAS(repair, repair, gone) && repair->gone;
}

int64_t repair_next_due(const struct policy *policy, const struct repair *repair)
{
    int64_t next_ms = INT64_MAX;
    if (repair->status != repair_status_is_in_repair)
        return is_gone(repair) ? INT64_MAX : repair->leaves_at;
    for (uint32_t kind = 0; kind < SIGNALS; kind++) {
        int64_t due_ms = signal_due_ms(policy, repair, (enum signal_kind)kind);
        if (!was_told(repair, (enum signal_kind)kind) && due_ms < next_ms)
            next_ms = due_ms;
    }
    return next_ms;
}

void repair_advance(const struct policy *policy, struct repair *repair, int64_t due_ms, struct cause cause,
                    struct repair_effects *effects)
{
    if (repair_next_due(policy, repair) > due_ms)
        return; /* the policy has changed since the timer was armed */
    if (repair->status == repair_status_is_in_repair) {
        repair_notify(policy, repair, due_ms, cause, effects);
        return;
    }
    if (leaving_ms(policy, repair) > due_ms) {
        repair->leaves_at = leaving_ms(policy, repair);
        return;
    }
    SET(repair, repair, gone, true);
    repair->changed_seq = (int64_t)cause.seq;
    effects->gone = true;
}
