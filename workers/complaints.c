/* complaints.c - complaints, in the state: loads, calls the rules of core/complaint.h, keeps what they say. */
#include "core/calendar.h"
#include "core/status.h"
#include "workers/cases.h"
#include "workers/contacts.h"
#include "workers/escalations.h"
#include "workers/roles.h"
#include "workers/rosters.h"
#include "workers/step.h"
#include "workers/visits.h"

#define REOPENED_MAX 100

/* A complaint in hand. */
struct complaint_case {
    struct case_key key;
    struct complaint card;
    uint32_t lines_before;
};

/* Who served is told by the visit as it is known now: a complaint may be heard before the visit is completed. */
static int note_who_served(struct fold *fold, struct complaint *card)
{
    struct visit_row row;
    if (!HAS(card, complaint, visit))
        return 0;
    int result = visit_find(fold, card->visit_store, card->visit, &row);
    if (result == 0 && row.staff.len > 0)
        SET(card, complaint, served_by, row.staff);
    return result;
}

static int complaint_load(struct fold *fold, const struct case_key *key, struct complaint_case *ret_case)
{
    int result = case_load(fold, key, &ret_case->card);
    if (result == 0)
        result = note_who_served(fold, &ret_case->card);
    if (result < 0)
        return result;
    ret_case->key = *key;
    ret_case->lines_before = case_lines(ret_case->card.history, ret_case->card.history_count, fold->step.cause);
    return 0;
}

/* The visit counts its open complaints: not while there is one does a low rating open a task. */
static int visit_follow(struct fold *fold, const struct complaint_case *held)
{
    const struct complaint *card = &held->card;
    bool open = card->status != complaint_status_is_closed;
    bool was_open;
    if (!HAS(card, complaint, visit))
        return 0;
    int result = case_is_open(fold->txn, &held->key, &was_open);
    if (result < 0 || open == was_open)
        return result;
    return open ? visit_complaint_opened(fold, card->visit_store, card->visit)
                : visit_complaint_closed(fold, card->visit_store, card->visit);
}

/* And so does its customer: nobody with one is called for anything else. */
static int customer_follow(struct fold *fold, const struct complaint_case *held)
{
    const struct complaint *card = &held->card;
    bool open = card->status != complaint_status_is_closed;
    bool was_open;
    if (!HAS(card, complaint, customer))
        return 0;
    int result = case_is_open(fold->txn, &held->key, &was_open);
    if (result < 0 || open == was_open)
        return result;
    return open ? contact_complaint_opened(fold, card->customer) : contact_complaint_closed(fold, card->customer);
}

static int complaint_save(struct fold *fold, struct complaint_case *held)
{
    struct complaint *card = &held->card;
    int64_t armed_ms = HAS(card, complaint, timer_at) ? card->timer_at : NEVER;
    int64_t due_ms = complaint_next_due(&fold->policy, card);
    if (due_ms == NEVER)
        UNSET(card, complaint, timer_at);
    else
        SET(card, complaint, timer_at, due_ms);
    return case_save(fold, &(struct case_change){
                               .key = held->key,
                               .card = card,
                               .armed_ms = armed_ms,
                               .due_ms = due_ms,
                               .open = card->status != complaint_status_is_closed,
                               .event = EVENT_complaint_changed,
                               .history = card->history,
                               .history_count = card->history_count,
                               .lines_before = held->lines_before,
                           });
}

/* Keeps a complaint after a rule has changed it, and its escalations with it: those of stopped clocks end before new
 * ones are raised, so that a clock that begins anew keeps its own. */
static int complaint_keep(struct fold *fold, struct complaint_case *held, const struct complaint_effects *effects)
{
    int result = visit_follow(fold, held);
    if (result == 0)
        result = customer_follow(fold, held);
    if (result == 0)
        result = complaint_save(fold, held);
    if (result == 0)
        result = escalations_follow(fold, &held->card, effects);
    for (uint32_t i = 0; i < effects->notice_count && result == 0; i++)
        result = escalation_open(fold, &held->card, &effects->notice[i]);
    return result;
}

/* ---- opening ---- */

static int customer_context(struct fold *fold, const struct complained *fact, bool historical,
                            struct complaint_context *context)
{
    int64_t last_ms;
    if (!HAS(fact, complained, customer) || historical)
        return 0;
    int64_t at_ms = fold->step.cause.at_ms;
    int result = state_customer_get(fold->txn, fact->customer, &last_ms);
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    struct duration within = fold->policy.second_complaint_within;
    context->second_of_customer = result == 0 && calendar_add(&fold->policy, fact->store, last_ms, within) >= at_ms;
    fold->writes++;
    return state_customer_put(fold->txn, fact->customer, at_ms);
}

static int visit_context(struct fold *fold, const struct complained *fact, struct complaint_context *context)
{
    struct visit_row row;
    uint64_t repairs = 0;
    if (!HAS(fact, complained, visit))
        return 0;
    int result = visit_find(fold, fact->store, fact->visit, &row);
    if (result == 0 && row.vehicle.len > 0 && row.fault.len > 0)
        result = state_repairs_get(fold->txn, row.vehicle, row.fault, &repairs);
    if (result < 0)
        return result;
    context->safety_visit = row.safety;
    context->fault_repairs = (int64_t)repairs;
    return 0;
}

static int on_complained(struct fold *fold, const struct event *event)
{
    const struct complained *fact = &event->data.complained;
    bool historical = HAS(fact, complained, historical) && fact->historical;
    struct complaint_context context = {0};
    int result = customer_context(fold, fact, historical, &context);
    if (result == 0)
        result = visit_context(fold, fact, &context);
    if (result == 0)
        result =
            fact_index_add(&fold->facts, fold->txn, fold->step.cause.seq, fact_fingerprint(event->source, event->id));
    if (result < 0)
        return result;
    char id[CASE_ID_MAX];
    struct complaint_case held = {.key = case_key_of_seq('C', fold->step.cause.seq)};
    struct complaint_effects effects = {0};
    complaint_open(&fold->policy, event, fold->step.cause, &context, id, &held.card, &effects);
    fold->head.counters.complaints++;
    return complaint_keep(fold, &held, &effects);
}

/* ---- decisions ---- */

/* `merged` must name another complaint that is open. */
static int refuse_merging(struct fold *fold, struct span name, const struct complaint_case *held)
{
    struct case_key into;
    bool open = false;
    int result = 0;
    bool complaint = case_key_of_id(name, &into) == 0 && case_letter(&into) == 'C';
    if (fold->weighs && name.len == 0)
        return 0; /* nobody has said yet into which */
    if (complaint && case_key_equal(&into, &held->key))
        return 0; /* the rules say so better */
    if (complaint)
        result = case_is_open(fold->txn, &into, &open);
    if (result == 0 && !open)
        fold_refuse(fold, OUTCOME_REJECTED, -E_BAD_DECISION, "%.*s is not an open complaint to merge into",
                    SPAN_ARGS(name));
    return result;
}

/* Escalations and rounds of one complaint are bounded: a step must be able to end all of them. */
static int refuse_climbing(struct fold *fold, const struct complaint_case *held)
{
    const struct complaint *card = &held->card;
    uint32_t count = 0;
    int result = escalations_count(fold->txn, card->id, &count);
    if (result == 0 &&
        (count >= CASE_ESCALATIONS_MAX - CLOCKS_MAX * POLICY_RUNGS_MAX || card->reopened >= REOPENED_MAX))
        fold_refuse(fold, OUTCOME_REJECTED, -E_BAD_DECISION,
                    "%.*s was reopened %lld times and has %u notices already; open a new complaint",
                    SPAN_ARGS(card->id), (long long)card->reopened, count);
    return result;
}

/* What the rules can't know, since it takes more than the card. */
static int refuse_beforehand(struct fold *fold, const struct event *event, const struct complaint_case *held)
{
    const struct complaint_verified *verified = &event->data.complaint_verified;
    switch (event->type) {
    case EVENT_complaint_merged:
        return refuse_merging(fold, event->data.merged.into, held);
    case EVENT_complaint_escalated:
    case EVENT_complaint_reopened:
    case EVENT_complaint_graded:
        return refuse_climbing(fold, held);
    case EVENT_complaint_verified:
        return HAS(verified, complaint_verified, satisfied) && !verified->satisfied ? refuse_climbing(fold, held) : 0;
    default:
        return 0;
    }
}

static int complaint_apply(struct fold *fold, const struct event *decision, struct complaint_case *held)
{
    struct complaint_effects effects = {0};
    char reason[REASON_MAX];
    int status =
        complaint_decide(&fold->policy, &held->card, decision, fold->step.cause, &effects, reason, sizeof reason);
    if (status == -E_NOT_ALLOWED_PERSON && decision->type == EVENT_complaint_verified)
        verifier_name(fold, &held->card, reason);
    if (status < 0) {
        fold_refuse(fold, OUTCOME_REJECTED, status, "%s", reason);
        return 0;
    }
    fold_accept(fold);
    return fold->weighs ? 0 : complaint_keep(fold, held, &effects);
}

static int on_decision(struct fold *fold, const struct event *event)
{
    struct complaint_case held;
    struct case_key key;
    if (case_key_of_id(event->subject, &key) < 0 || case_letter(&key) != 'C')
        return 0;
    int result = complaint_load(fold, &key, &held);
    if (result == -E_NOT_FOUND) {
        fold_refuse(fold, OUTCOME_REJECTED, -E_UNKNOWN_CASE, "%.*s is not known", SPAN_ARGS(event->subject));
        return 0;
    }
    if (result == 0)
        result = refuse_beforehand(fold, event, &held);
    if (result < 0 || fold->step.decided)
        return result;
    return complaint_apply(fold, event, &held);
}

/* ---- other facts ---- */

static int on_unreached(struct fold *fold, const struct event *event)
{
    const struct unreached *fact = &event->data.unreached;
    struct complaint_case held;
    struct complaint_effects effects = {0};
    struct case_key key;
    if (case_key_of_id(fact->callback, &key) < 0 || case_letter(&key) != 'C')
        return 0;
    int result = complaint_load(fold, &key, &held);
    if (result < 0)
        return result == -E_NOT_FOUND ? 0 : result;
    complaint_tried(&fold->policy, &held.card, event, fold->step.cause, &effects);
    return complaint_keep(fold, &held, &effects);
}

/* The fact is taken back: as if the customer withdrew the complaint. */
static int on_retracted(struct fold *fold, const struct event *event)
{
    struct complaint_case held;
    if (fold->target.event.type != EVENT_feedback_complained)
        return 0;
    struct case_key key = case_key_of_seq('C', fold->target.seq);
    int result = complaint_load(fold, &key, &held);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    const struct retracted *retracted = &event->data.retracted;
    struct event withdrawal = {
        .type = EVENT_complaint_withdrawn,
        .type_name = event->type_name,
        .has_time = event->has_time,
        .time_ms = event->time_ms,
        .data.decided.by = HAS(retracted, retracted, by) ? retracted->by : (struct span){0},
    };
    return complaint_apply(fold, &withdrawal, &held);
}

/* ---- the role ---- */

int complaints_on_event(struct fold *fold, const struct event *event)
{
    switch (event->type) {
    case EVENT_visit_opened:
    case EVENT_visit_completed:
        return visit_remember(fold, event);
    case EVENT_feedback_complained:
        return on_complained(fold, event);
    case EVENT_feedback_unreached:
        return on_unreached(fold, event);
    case EVENT_feedback_retracted:
        return on_retracted(fold, event);
    case EVENT_escalation_acknowledged:
        return escalations_on_event(fold, event);
    default:
        return event->type >= EVENT_complaint_acknowledged && event->type <= EVENT_complaint_escalated
                   ? on_decision(fold, event)
                   : 0;
    }
}

int complaints_on_timer(struct fold *fold, const struct case_key *key, int64_t due_ms)
{
    struct complaint_case held;
    struct complaint_effects effects = {0};
    int result = complaint_load(fold, key, &held);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    complaint_advance(&fold->policy, &held.card, due_ms, fold->step.cause, &effects);
    return complaint_keep(fold, &held, &effects);
}

int complaints_on_policy(struct fold *fold, const struct case_key *key)
{
    struct complaint_case held;
    struct complaint_effects effects = {0};
    int result = complaint_load(fold, key, &held);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    return complaint_reckon(&fold->policy, &held.card, fold->step.cause, &effects)
               ? complaint_keep(fold, &held, &effects)
               : 0;
}
