/* repairs.c - stays in the workshop: opened, known better, over; and the days that each vehicle was in repair. */
#include "workers/repairs.h"

#include "core/repair.h"
#include "core/status.h"
#include "workers/cases.h"
#include "workers/escalations.h"
#include "workers/repairs_inside.h"
#include "workers/visits.h"

static int repair_load(struct fold *fold, uint64_t seq, struct repair *ret_card)
{
    struct case_key key = case_key_of_seq('V', seq);
    int result = case_load(fold, &key, ret_card);
    return result == -E_NOT_FOUND ? -E_CORRUPT : result;
}

static int repair_save(struct fold *fold, struct repair *card)
{
    int64_t armed_ms = HAS(card, repair, timer_at) ? card->timer_at : NEVER;
    int64_t due_ms = repair_next_due(&fold->policy, card);
    if (due_ms == NEVER)
        UNSET(card, repair, timer_at);
    else
        SET(card, repair, timer_at, due_ms);
    return case_save(fold, &(struct case_change){
                               .key = case_key_of_seq('V', (uint64_t)card->seq),
                               .card = card,
                               .armed_ms = armed_ms,
                               .due_ms = due_ms,
                               .open = card->status == repair_status_is_in_repair,
                               .event = EVENT_repair_changed,
                           });
}

/* Keeps it after a rule has changed it, and its notices with it. */
static int repair_keep(struct fold *fold, struct repair *card, const struct repair_effects *effects)
{
    int result = repair_save(fold, card);
    if (result == 0 && effects->ended)
        result = notices_end(fold, card->id);
    if (result == 0 && effects->gone)
        result = notices_gone(fold, card->id);
    for (uint32_t i = 0; i < effects->notice_count && result == 0; i++) {
        const struct repair_notice *notice = &effects->notice[i];
        struct notice_about about = {
            .id = card->id, .store = card->store, .department = card->department, .grade = notice->grade};
        result = notice_raise(fold, &about, notice->why, notice->percent, notice->level, notice->at_ms);
    }
    return result;
}

static int vehicle_find(struct fold *fold, struct span vehicle, struct vehicle_row *ret_row)
{
    struct vehicle_row row = {0};
    int result = vehicle_get(fold->txn, vehicle, &row);
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    *ret_row = row;
    return 0;
}

/* Adds days of a stay to its vehicle; another stay that it is in now counts from there. */
static int vehicle_days_add(struct fold *fold, struct span vehicle, int64_t days)
{
    struct vehicle_row row;
    struct repair_effects effects = {0};
    struct repair stay;
    int result = vehicle_find(fold, vehicle, &row);
    if (result < 0)
        return result;
    row.days = (uint64_t)((int64_t)row.days + days);
    result = vehicle_put(fold, vehicle, &row);
    if (result < 0 || row.stay == 0)
        return result;
    result = repair_load(fold, row.stay, &stay);
    if (result < 0)
        return result;
    stay.days_before = (int64_t)row.days;
    stay.changed_seq = (int64_t)fold->step.cause.seq;
    repair_notify(&fold->policy, &stay, fold->step.cause.at_ms, fold->step.cause, &effects);
    return repair_keep(fold, &stay, &effects);
}

/* Who is in this stay no longer. */
static int vehicle_leave(struct fold *fold, const struct repair *card)
{
    struct vehicle_row row;
    int result = HAS(card, repair, vehicle) ? vehicle_find(fold, card->vehicle, &row) : -E_NOT_FOUND;
    if (result < 0 || row.stay != (uint64_t)card->seq)
        return result == -E_NOT_FOUND ? 0 : result;
    row.stay = 0;
    return vehicle_put(fold, card->vehicle, &row);
}

static int repair_over(struct fold *fold, struct repair *card, enum repair_status status, int64_t completed_ms)
{
    struct repair_effects effects = {0};
    int64_t counted = HAS(card, repair, days) ? card->days : 0;
    int result = vehicle_leave(fold, card);
    repair_end(&fold->policy, card, status, completed_ms, fold->step.cause, &effects);
    if (result == 0)
        result = repair_keep(fold, card, &effects);
    if (result == 0 && HAS(card, repair, vehicle) && card->days != counted)
        result = vehicle_days_add(fold, card->vehicle, card->days - counted);
    return result;
}

/* The vehicle is in this stay from now on. What it was in before has ended by the time that this one began. But if that
 * began later, this one is told late: the vehicle stays where it is, and *ret_over_ms is when it came there. */
static int vehicle_enter(struct fold *fold, struct repair *card, int64_t *ret_over_ms)
{
    struct vehicle_row row;
    int result = vehicle_find(fold, card->vehicle, &row);
    if (result == 0 && row.stay != 0) {
        struct repair other;
        result = repair_load(fold, row.stay, &other);
        if (result == 0 && other.opened_at > card->opened_at) {
            *ret_over_ms = other.opened_at;
            card->days_before = (int64_t)row.days;
            return 0;
        }
        if (result == 0)
            result = repair_over(fold, &other, repair_status_is_left, card->opened_at);
        if (result == 0)
            result = vehicle_find(fold, card->vehicle, &row);
    }
    if (result < 0)
        return result;
    row.stay = (uint64_t)card->seq;
    card->days_before = (int64_t)row.days;
    return vehicle_put(fold, card->vehicle, &row);
}

/* What is known of the visit by now. *ret_over_ms: when the vehicle came again, if the stay is over by that; else NEVER. */
static int repair_learn(struct fold *fold, struct repair *card, int64_t *ret_over_ms)
{
    struct visit_row row;
    uint64_t repairs = 0;
    *ret_over_ms = NEVER;
    int result = visit_find(fold, card->store, card->visit, &row);
    bool other = result == 0 && row.vehicle.len > 0 && !span_equal(card->vehicle, row.vehicle);
    if (result == 0 && other)
        result = vehicle_leave(fold, card);
    if (result == 0 && other) {
        SET(card, repair, vehicle, row.vehicle);
        result = vehicle_enter(fold, card, ret_over_ms);
    }
    if (result == 0 && row.vehicle.len > 0 && row.fault.len > 0)
        result = state_repairs_get(fold->txn, row.vehicle, row.fault, &repairs);
    if (result < 0)
        return result;
    if (row.fault.len > 0)
        SET(card, repair, fault, row.fault);
    if ((int64_t)repairs != card->fault_repairs)
        SET(card, repair, counted_at, fold->step.cause.at_ms);
    card->fault_repairs = (int64_t)repairs;
    card->safety = row.safety;
    card->warranty = row.warranty;
    card->changed_seq = (int64_t)fold->step.cause.seq;
    return 0;
}

static int repair_learn_and_keep(struct fold *fold, struct repair *card)
{
    struct repair_effects effects = {0};
    int64_t over_ms;
    int result = repair_learn(fold, card, &over_ms);
    if (result == 0 && over_ms != NEVER)
        return repair_over(fold, card, repair_status_is_left, over_ms);
    repair_notify(&fold->policy, card, fold->step.cause.at_ms, fold->step.cause, &effects);
    return result < 0 ? result : repair_keep(fold, card, &effects);
}

/* ---- what is told ---- */

/* A stay without a case is counted once both its ends are known. */
static int stay_count(struct fold *fold, const struct visit *visit, const struct stay_row *stay)
{
    struct visit_row row;
    int result = stay_put(fold, visit->store, visit->visit, stay);
    if (result < 0 || stay->opened_ms == NEVER || stay->completed_ms == NEVER)
        return result;
    result = visit_find(fold, visit->store, visit->visit, &row);
    if (result < 0 || row.vehicle.len == 0)
        return result;
    return vehicle_days_add(fold, row.vehicle, repair_days(stay->opened_ms, stay->completed_ms));
}

static int on_opened(struct fold *fold, const struct event *event, struct stay_row *stay)
{
    const struct visit *visit = &event->data.visit;
    bool historical = HAS(visit, visit, historical) && visit->historical;
    struct repair card;
    char id[CASE_ID_MAX];
    if (stay->repair != 0) {
        int result = repair_load(fold, stay->repair, &card);
        return result < 0 || card.status != repair_status_is_in_repair ? result : repair_learn_and_keep(fold, &card);
    }
    if (stay->opened_ms != NEVER)
        return 0;
    if (historical || stay->completed_ms != NEVER) {
        stay->opened_ms = repair_opened_ms(event, fold->step.cause);
        return stay_count(fold, visit, stay);
    }
    repair_open(&fold->policy, event, fold->step.cause, id, &card);
    stay->repair = fold->step.cause.seq;
    int result = stay_put(fold, visit->store, visit->visit, stay);
    return result < 0 ? result : repair_learn_and_keep(fold, &card);
}

static int on_completed(struct fold *fold, const struct event *event, struct stay_row *stay)
{
    const struct visit *visit = &event->data.visit;
    int64_t completed_ms = repair_completed_ms(event, fold->step.cause);
    struct repair card;
    if (stay->repair == 0) {
        if (stay->completed_ms != NEVER)
            return 0;
        stay->completed_ms = completed_ms;
        return stay_count(fold, visit, stay);
    }
    int result = repair_load(fold, stay->repair, &card);
    if (result < 0 || card.status == repair_status_is_completed)
        return result;
    int64_t over_ms = NEVER;
    if (card.status == repair_status_is_in_repair)
        result = repair_learn(fold, &card, &over_ms);
    completed_ms = completed_ms < over_ms ? completed_ms : over_ms;
    return result < 0 ? result : repair_over(fold, &card, repair_status_is_completed, completed_ms);
}

int repairs_on_event(struct fold *fold, const struct event *event)
{
    const struct visit *visit = &event->data.visit;
    struct stay_row stay = {.opened_ms = NEVER, .completed_ms = NEVER};
    if ((event->type != EVENT_visit_opened && event->type != EVENT_visit_completed) ||
        visit->kind != visit_kind_is_repair)
        return 0;
    int result = stay_get(fold->txn, visit->store, visit->visit, &stay);
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    return event->type == EVENT_visit_opened ? on_opened(fold, event, &stay) : on_completed(fold, event, &stay);
}

int repairs_on_timer(struct fold *fold, const struct case_key *key, int64_t due_ms)
{
    struct repair card;
    struct repair_effects effects = {0};
    int result = repair_load(fold, case_seq(key), &card);
    if (result < 0)
        return result;
    repair_advance(&fold->policy, &card, due_ms, fold->step.cause, &effects);
    return repair_keep(fold, &card, &effects);
}

int repairs_on_policy(struct fold *fold, const struct case_key *key)
{
    struct repair card;
    struct repair_effects effects = {0};
    int result = repair_load(fold, case_seq(key), &card);
    if (result < 0)
        return result;
    int64_t armed_ms = HAS(&card, repair, timer_at) ? card.timer_at : NEVER;
    int64_t loaner_ms = card.loaner_at;
    repair_reckon(&fold->policy, &card);
    repair_notify(&fold->policy, &card, fold->step.cause.at_ms, fold->step.cause, &effects);
    if (effects.notice_count == 0 && card.loaner_at == loaner_ms && repair_next_due(&fold->policy, &card) == armed_ms)
        return 0;
    card.changed_seq = (int64_t)fold->step.cause.seq;
    return repair_keep(fold, &card, &effects);
}
