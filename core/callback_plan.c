/* callback_plan.c - which visit brings which callbacks, and on which day. */
#include "core/calendar.h"
#include "core/callback.h"
#include "core/ensure.h"
#include "core/sample.h"

#include <stdio.h>

#define SECOND_MS 1000

#define KIND(kind) (1u << callback_kind_is_##kind)

uint32_t callback_kinds_of(enum visit_kind kind)
{
    static const uint32_t kinds[visit_kind_count] = {
        [visit_kind_is_sale] = KIND(sale_day3) | KIND(sale_day7) | KIND(sale_day30),
        [visit_kind_is_repair] = KIND(repair_day3),
        [visit_kind_is_maintenance] = KIND(maintenance_day3),
        [visit_kind_is_consult] = KIND(consult_day3),
    };
    return kinds[kind];
}

struct span callback_suffix(enum callback_kind kind)
{
    const char *name = choice_name(choice_of_callback_kind(), (int32_t)kind);
    const char *behind = strchr(name, '_');
    return span_of(behind ? behind + 1 : name);
}

bool callback_wanted(const struct policy *policy, enum callback_kind kind, struct span store, struct span visit,
                     bool warranty, bool safety, enum callback_why *ret_why)
{
    const struct callback_row *row = &policy->callbacks.kind[kind];
    struct span name = span_of(choice_name(choice_of_callback_kind(), (int32_t)kind));
    int64_t draw = sample_draw(span_of(policy->callbacks.sampling_key), name, store, visit);
    enum callback_why why = callback_why_is_sample;
    if (draw < row->percent)
        why = kind == callback_kind_is_resurvey ? callback_why_is_recovery
              : kind == callback_kind_is_lapsed ? callback_why_is_lapsed
              : row->percent == 100             ? callback_why_is_everybody
                                                : callback_why_is_sample;
    bool wanted = draw < row->percent;
    if (warranty && draw < row->warranty_percent) {
        wanted = true;
        why = callback_why_is_warranty;
    }
    if (safety && draw < row->safety_percent) {
        wanted = true;
        why = callback_why_is_safety;
    }
    if (wanted)
        *ret_why = why;
    return wanted;
}

/* A second of working time ends a second after it began, since no working time is shorter: an interval is whole minutes. */
int64_t callback_working_ms(const struct policy *policy, struct span store, int64_t at_ms)
{
    int64_t whole_ms = calendar_add(policy, store, at_ms, (struct duration){0, TIME_WALL});
    return calendar_add(policy, store, whole_ms, (struct duration){SECOND_MS, TIME_WORKING}) - SECOND_MS;
}

int64_t callback_due_ms(const struct policy *policy, struct span store, enum callback_kind kind, int64_t from_ms,
                        int64_t cause_ms)
{
    int64_t day = calendar_local_day(policy, store, from_ms) + policy->callbacks.kind[kind].day;
    int64_t due_ms = calendar_at(policy, store, day, policy->callbacks.call_from_minute);
    return callback_working_ms(policy, store, due_ms > cause_ms ? due_ms : cause_ms);
}

void callback_begin(const struct policy *policy, const struct callback_plan *plan, struct cause cause, char *id_text,
                    struct callback *ret_callback)
{
    struct callback *callback = ret_callback;
    snprintf(id_text, CASE_ID_MAX, "B-%llu-%.*s", (unsigned long long)plan->seq,
             SPAN_ARGS(callback_suffix(plan->kind)));
    *callback = (struct callback){
        .id = span_of(id_text),
        .seq = (int64_t)plan->seq,
        .changed_seq = (int64_t)cause.seq,
        .kind = (int32_t)plan->kind,
        .why = (int32_t)plan->why,
        .store = plan->store,
        .department = plan->department,
        .status = callback_status_is_planned,
        .due_at = callback_due_ms(policy, plan->store, plan->kind, plan->from_ms, cause.at_ms),
    };
    if (plan->customer.len > 0)
        SET(callback, callback, customer, plan->customer);
    if (plan->visit.len > 0)
        SET(callback, callback, visit, plan->visit);
    if (plan->vehicle.len > 0)
        SET(callback, callback, vehicle, plan->vehicle);
    SET(callback, callback, due_from, plan->from_ms);
    SET(callback, callback, since, cause.at_ms);
    if (!callback_sleeps(callback))
        history_add(callback->history, &callback->history_count, cause.seq, cause.at_ms, span_of("callback.planned"),
                    (struct span){0}, span_of(choice_name(choice_of_callback_why(), callback->why)));
}

bool callback_reckon(const struct policy *policy, struct callback *callback, struct cause cause)
{
    if (callback->status != callback_status_is_planned || !HAS(callback, callback, due_from))
        return false;
    int64_t due_ms =
        callback_due_ms(policy, callback->store, (enum callback_kind)callback->kind, callback->due_from, cause.at_ms);
    if (due_ms == callback->due_at)
        return false;
    callback->due_at = due_ms;
    callback->changed_seq = (int64_t)cause.seq;
    history_add(callback->history, &callback->history_count, cause.seq, cause.at_ms, span_of("policy.adopted"),
                (struct span){0}, span_of(policy->name));
    return true;
}

bool callback_sleep_on(const struct policy *policy, struct callback *callback, int64_t visited_ms, struct cause cause)
{
    ensure(callback_sleeps(callback));
    int64_t due_ms = callback_due_ms(policy, callback->store, callback_kind_is_lapsed, visited_ms, callback->since);
    if (due_ms <= callback->due_at)
        return false;
    SET(callback, callback, due_from, visited_ms);
    callback->due_at = due_ms;
    callback->changed_seq = (int64_t)cause.seq;
    return true;
}
