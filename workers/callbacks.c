/* callbacks.c - callbacks, in the state: planned by visits and verified tasks, ended by whatever makes them needless. */
#include "core/callback.h"
#include "core/status.h"
#include "workers/callbacks_inside.h"
#include "workers/called.h"
#include "workers/cases.h"
#include "workers/contacts.h"
#include "workers/roles.h"
#include "workers/step.h"
#include "workers/visits.h"

#include <stdio.h>

int callback_load(struct fold *fold, const struct case_key *key, struct callback_case *ret_case)
{
    int result = case_load(fold, key, &ret_case->card);
    if (result < 0)
        return result;
    ret_case->key = *key;
    ret_case->lines_before = case_lines(ret_case->card.history, ret_case->card.history_count, fold->step.cause);
    ret_case->was = ret_case->card.status;
    ret_case->was_overdue = ret_case->card.overdue;
    return 0;
}

int callback_keep(struct fold *fold, struct callback_case *held)
{
    struct callback *card = &held->card;
    int told = callback_telling_follow(fold, held);
    if (told < 0)
        return told;
    int64_t armed_ms = HAS(card, callback, timer_at) ? card->timer_at : NEVER;
    int64_t due_ms = callback_next_due(&fold->policy, card);
    if (due_ms == NEVER)
        UNSET(card, callback, timer_at);
    else
        SET(card, callback, timer_at, due_ms);
    int result = case_save(fold, &(struct case_change){
                                     .key = held->key,
                                     .card = card,
                                     .armed_ms = armed_ms,
                                     .due_ms = due_ms,
                                     .open = callback_is_open(card),
                                     .event = EVENT_callback_changed,
                                     .history = card->history,
                                     .history_count = card->history_count,
                                     .lines_before = held->lines_before,
                                     .asleep = callback_sleeps(card),
                                 });
    bool falls_due = held->was == callback_status_is_planned && card->status == callback_status_is_due;
    bool ends = callback_has_ended(card) && held->was != card->status;
    if (result == 0 && falls_due)
        result = contact_is_due(fold, card);
    if (result == 0 && ends)
        result = contact_has_ended(fold, card);
    return result == 0 && ends ? called_ended(fold, card, held->was_overdue) : result;
}

static struct case_key key_of(uint64_t seq, struct span suffix)
{
    char id[CASE_ID_MAX];
    struct case_key key;
    int len = snprintf(id, sizeof id, "B-%llu-%.*s", (unsigned long long)seq, SPAN_ARGS(suffix));
    int result = case_key_of_id(span_make(id, (size_t)len), &key);
    ensure(result == 0);
    return key;
}

/* ---- ending what is needless ---- */

/* Skips it if it is open. */
static int skip(struct fold *fold, const struct case_key *key, enum callback_skip because, const struct event *event)
{
    struct callback_case held;
    bool open;
    int result = case_is_open(fold->txn, key, &open);
    if (result < 0 || !open)
        return result;
    result = callback_load(fold, key, &held);
    if (result == 0 && callback_has_ended(&held.card))
        result = -E_CORRUPT;
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    callback_skip(&held.card, because, event, fold->step.cause);
    return callback_keep(fold, &held);
}

/* All that were planned of a visit. */
static int skip_of_visit(struct fold *fold, const struct plan_row *plan, enum callback_skip because,
                         const struct event *event)
{
    static const enum callback_kind kinds[] = {callback_kind_is_sale_day3, callback_kind_is_sale_day7,
                                               callback_kind_is_sale_day30};
    int result = 0;
    for (size_t i = 0; plan->seq > 0 && result == 0 && i < sizeof kinds / sizeof kinds[0]; i++) {
        struct case_key key = key_of(plan->seq, callback_suffix(kinds[i]));
        result = skip(fold, &key, because, event);
    }
    if (result < 0 || plan->resurvey == 0)
        return result;
    struct case_key key = key_of(plan->resurvey, callback_suffix(callback_kind_is_resurvey));
    return skip(fold, &key, because, event);
}

/* The one of a customer that has fallen due. */
static int skip_current(struct fold *fold, struct span customer, enum callback_skip because, const struct event *event)
{
    struct contact_row contact;
    struct case_key key;
    int result = contact_find(fold, customer, &contact);
    if (result < 0 || contact.current.len == 0)
        return result;
    if (case_key_of_id(contact.current, &key) < 0)
        return -E_CORRUPT;
    return skip(fold, &key, because, event);
}

/* ---- planning ---- */

static int plan_one(struct fold *fold, const struct callback_plan *plan)
{
    char id[CASE_ID_MAX];
    struct callback_case held = {.was = callback_status_is_planned};
    callback_begin(&fold->policy, plan, fold->step.cause, id, &held.card);
    held.key = key_of(plan->seq, callback_suffix(plan->kind));
    fold->head.counters.callbacks += !callback_sleeps(&held.card);
    return callback_keep(fold, &held);
}

/* When the visit was completed, as a fact's time counts: not later than now, and not from long ago. */
static int64_t completed_ms(const struct fold *fold, const struct event *event)
{
    const struct visit *visit = &event->data.visit;
    int64_t now_ms = fold->step.cause.at_ms;
    int64_t ms = HAS(visit, visit, completed_at) ? visit->completed_at : event->has_time ? event->time_ms : now_ms;
    return ms > now_ms || now_ms - ms > fold->policy.fact_age_max_ms ? now_ms : ms;
}

/* A customer has one that sleeps at most: the one of the visit before is forgotten. */
static int plan_lapsed(struct fold *fold, struct callback_plan *plan)
{
    struct contact_row contact;
    struct callback_case held;
    plan->kind = callback_kind_is_lapsed;
    int result = contact_find(fold, plan->customer, &contact);
    if (result == 0 && contact.lapsed > 0) {
        struct case_key key = key_of(contact.lapsed, callback_suffix(callback_kind_is_lapsed));
        result = callback_load(fold, &key, &held);
        if (result == 0 && callback_sleeps(&held.card))
            result = case_forget(fold, &key, held.card.timer_at);
        result = result == -E_NOT_FOUND ? -E_CORRUPT : result;
    }
    if (result < 0)
        return result;
    bool wanted = callback_wanted(&fold->policy, plan->kind, plan->store, plan->visit, false, false, &plan->why);
    contact.lapsed = wanted ? plan->seq : 0;
    result = contact_keep(fold, plan->customer, &contact);
    return result == 0 && wanted ? plan_one(fold, plan) : result;
}

static int plan_visit(struct fold *fold, const struct event *event, struct span customer)
{
    const struct visit *fact = &event->data.visit;
    struct visit_row visit;
    uint32_t kinds = callback_kinds_of((enum visit_kind)fact->kind);
    int result = visit_find(fold, fact->store, fact->visit, &visit);
    struct callback_plan plan = {
        .seq = fold->step.cause.seq,
        .store = fact->store,
        .department = fact->department,
        .customer = customer,
        .visit = fact->visit,
        .vehicle = visit.vehicle,
        .from_ms = completed_ms(fold, event),
    };
    for (uint32_t kind = 0; result == 0 && kind < callback_kind_count; kind++) {
        plan.kind = (enum callback_kind)kind;
        if ((kinds >> kind & 1) &&
            callback_wanted(&fold->policy, plan.kind, plan.store, plan.visit, visit.warranty, visit.safety, &plan.why))
            result = plan_one(fold, &plan);
    }
    return result == 0 && customer.len > 0 ? plan_lapsed(fold, &plan) : result;
}

/* Who has come by himself needs no call that asks where he has been. */
static int customer_came(struct fold *fold, const struct event *event, struct span customer)
{
    struct contact_row contact;
    int64_t at_ms = completed_ms(fold, event);
    int result = contact_find(fold, customer, &contact);
    if (result < 0)
        return result;
    if (at_ms > contact.visited_ms)
        contact.visited_ms = at_ms;
    result = contact_keep(fold, customer, &contact);
    if (result < 0 || contact.lapsed == 0)
        return result;
    struct case_key key = key_of(contact.lapsed, callback_suffix(callback_kind_is_lapsed));
    return skip(fold, &key, callback_skip_is_returned, event);
}

/* A visit is planned for once, when it is completed for the first time; imports arm nothing. */
static int on_visit(struct fold *fold, const struct event *event)
{
    const struct visit *fact = &event->data.visit;
    struct plan_row plan;
    if (HAS(fact, visit, historical) && fact->historical)
        return 0;
    int result = plan_find(fold, fact->store, fact->visit, &plan, NULL);
    bool planned = plan.seq > 0;
    if (result < 0 || planned)
        return result;
    if (HAS(fact, visit, customer))
        plan.customer = fact->customer;
    plan.department = fact->department;
    if (event->type == EVENT_visit_completed)
        plan.seq = fold->step.cause.seq;
    result = plan_keep(fold, fact->store, fact->visit, &plan);
    if (result == 0 && plan.customer.len > 0)
        result = customer_came(fold, event, plan.customer);
    return result == 0 && plan.seq > 0 ? plan_visit(fold, event, plan.customer) : result;
}

/* A recovery task that helped: ask the customer again, once for all such tasks of a visit. Whatever became of the
 * decision, the tasks role has said so. */
static int on_task_verified(struct fold *fold, const struct event *event)
{
    struct task task;
    struct case_key key;
    struct plan_row row;
    struct visit_row visit;
    bool asks_already = false;
    bool accepted = fold->step.decided && fold->step.outcome == OUTCOME_ACCEPTED;
    if (!accepted || case_key_of_id(event->subject, &key) < 0)
        return 0;
    int result = case_load(fold, &key, &task);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    bool helped = task.status == task_status_is_verified && task.kind == task_kind_is_recovery;
    if (!helped || !HAS(&task, task, visit))
        return 0;
    struct callback_plan plan = {
        .seq = case_seq(&key),
        .kind = callback_kind_is_resurvey,
        .store = task.store,
        .department = task.department,
        .customer = task.customer,
        .visit = task.visit,
        .from_ms = fold->step.cause.at_ms,
    };
    if (!callback_wanted(&fold->policy, plan.kind, plan.store, plan.visit, false, false, &plan.why))
        return 0;
    result = plan_find(fold, plan.store, plan.visit, &row, NULL);
    if (result == 0)
        result = visit_find(fold, plan.store, plan.visit, &visit);
    if (result == 0 && row.resurvey > 0) {
        struct case_key earlier = key_of(row.resurvey, callback_suffix(callback_kind_is_resurvey));
        result = case_is_open(fold->txn, &earlier, &asks_already);
    }
    if (result < 0 || asks_already)
        return result;
    row.resurvey = plan.seq;
    plan.vehicle = visit.vehicle;
    result = plan_keep(fold, plan.store, plan.visit, &row);
    return result < 0 ? result : plan_one(fold, &plan);
}

/* ---- facts ---- */

/* The visit has its answer, even if nobody has heard of it yet: its completion may come with the night's import. */
static int visit_answered(struct fold *fold, const struct event *event, struct span store, struct span number)
{
    struct plan_row before, plan;
    bool known;
    const struct rated *rating = &event->data.rated;
    int result = plan_find(fold, store, number, &before, &known);
    if (result < 0 || (!known && HAS(rating, rated, historical) && rating->historical))
        return result;
    plan = before;
    plan.answered_ms = fold->step.cause.at_ms;
    called_mood_rated(fold, rating, &plan);
    bool changed = !known || plan.answered_ms != before.answered_ms || plan.mood != before.mood;
    if (changed) /* one visit's ratings often come together */
        result = plan_keep(fold, store, number, &plan);
    if (result == 0)
        result = called_count(fold, store, &before, &plan);
    return result < 0 ? result : skip_of_visit(fold, &plan, callback_skip_is_answered, event);
}

static int on_rated(struct fold *fold, const struct event *event)
{
    const struct rated *rating = &event->data.rated;
    struct callback_case held;
    struct case_key key;
    int result = 0;
    bool named =
        HAS(rating, rated, callback) && case_key_of_id(rating->callback, &key) == 0 && case_letter(&key) == 'B';
    if (named) {
        result = callback_load(fold, &key, &held);
        named = result == 0;
        result = result == -E_NOT_FOUND ? 0 : result;
    }
    if (named && callback_answered(&held.card, event, fold->step.cause))
        result = callback_keep(fold, &held);
    if (result == 0 && named && HAS(&held.card, callback, visit))
        result = visit_answered(fold, event, held.card.store, held.card.visit);
    return result == 0 && HAS(rating, rated, visit) ? visit_answered(fold, event, rating->store, rating->visit)
                                                    : result;
}

static int on_complained(struct fold *fold, const struct event *event)
{
    const struct complained *fact = &event->data.complained;
    struct plan_row before, plan;
    struct contact_row contact;
    bool known = false;
    int result = HAS(fact, complained, visit) ? plan_find(fold, fact->store, fact->visit, &plan, &known) : 0;
    bool imported = HAS(fact, complained, historical) && fact->historical;
    if (result == 0 && HAS(fact, complained, visit) && (known || !imported)) {
        before = plan;
        plan.complained = true;
        called_mood_complained(&plan);
        result = plan_keep(fold, fact->store, fact->visit, &plan);
        if (result == 0)
            result = called_count(fold, fact->store, &before, &plan);
        if (result == 0)
            result = skip_of_visit(fold, &plan, callback_skip_is_complained, event);
    }
    if (result < 0 || !HAS(fact, complained, customer))
        return result;
    result = contact_find(fold, fact->customer, &contact);
    contact.complaint = fold->step.cause.seq;
    if (result == 0)
        result = contact_keep(fold, fact->customer, &contact);
    return result < 0 ? result : skip_current(fold, fact->customer, callback_skip_is_complained, event);
}

static int on_unreached(struct fold *fold, const struct event *event)
{
    const struct unreached *fact = &event->data.unreached;
    struct callback_case held;
    struct case_key key;
    enum callback_bar bar = BAR_NONE;
    if (case_key_of_id(fact->callback, &key) < 0 || case_letter(&key) != 'B')
        return 0;
    int result = callback_load(fold, &key, &held);
    if (result == 0 && HAS(fact, unreached, call) && HAS(&fact->call, call, agent))
        result = contact_bars(fold, &held.card, fact->call.agent, &bar);
    if (result < 0)
        return result == -E_NOT_FOUND ? 0 : result;
    bool asleep = callback_sleeps(&held.card);
    bool changed = !asleep && callback_tried(&fold->policy, &held.card, event, bar == BAR_NONE, fold->step.cause);
    return changed ? callback_keep(fold, &held) : 0;
}

static int on_opted(struct fold *fold, const struct event *event)
{
    struct span customer = event->data.opted.customer;
    struct contact_row contact;
    int result = contact_opted(fold, event);
    if (result == 0)
        result = contact_find(fold, customer, &contact);
    if (result < 0 || !contact_is_unwanted(&fold->policy, &contact))
        return result;
    return skip_current(fold, customer, callback_skip_is_opted_out, event);
}

/* ---- decisions ---- */

static int on_decision(struct fold *fold, const struct event *event)
{
    struct callback_case held;
    struct case_key key;
    enum callback_bar bar;
    char reason[REASON_MAX];
    if (case_key_of_id(event->subject, &key) < 0 || case_letter(&key) != 'B')
        return 0;
    int result = callback_load(fold, &key, &held);
    if (result == -E_NOT_FOUND || (result == 0 && callback_sleeps(&held.card))) {
        fold_refuse(fold, OUTCOME_REJECTED, -E_UNKNOWN_CASE, "%.*s is not known", SPAN_ARGS(event->subject));
        return 0;
    }
    if (result == 0)
        result = contact_bars(fold, &held.card, event->data.decided.by, &bar);
    if (result < 0)
        return result;
    int status = callback_decide(&fold->policy, &held.card, event, bar, fold->step.cause, reason, sizeof reason);
    if (status < 0) {
        fold_refuse(fold, OUTCOME_REJECTED, status, "%s", reason);
        return 0;
    }
    fold_accept(fold);
    return fold->weighs ? 0 : callback_keep(fold, &held);
}

/* ---- the role ---- */

int callbacks_on_event(struct fold *fold, const struct event *event)
{
    switch (event->type) {
    case EVENT_visit_opened:
    case EVENT_visit_completed:
        return on_visit(fold, event);
    case EVENT_feedback_rated:
        return on_rated(fold, event);
    case EVENT_feedback_complained:
        return on_complained(fold, event);
    case EVENT_feedback_unreached:
        return on_unreached(fold, event);
    case EVENT_customer_opted_out:
    case EVENT_customer_opted_in:
        return on_opted(fold, event);
    case EVENT_task_verified:
        return on_task_verified(fold, event);
    default:
        return event->type >= EVENT_callback_claimed && event->type <= EVENT_callback_cancelled
                   ? on_decision(fold, event)
                   : 0;
    }
}
