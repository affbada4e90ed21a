/* contacts.c - the rows of visits and customers that decide whether somebody is called. */
#include "workers/contacts.h"

#include "core/status.h"
#include "workers/cases.h"
#include "workers/visits.h"

#define ALL_CHANNELS ((1u << channel_count) - 1)

/* ---- rows ---- */

int plan_find(struct fold *fold, struct span store, struct span visit, struct plan_row *ret_row, bool *ret_known)
{
    struct plan_row row = {0};
    int result = fold->plans ? plan_cache_get(fold->plans, fold->txn, store, visit, &row)
                             : state_plan_get(fold->txn, store, visit, &row);
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    row.customer = arena_copy(&fold->arena, row.customer);
    row.department = arena_copy(&fold->arena, row.department);
    *ret_row = row;
    if (ret_known)
        *ret_known = result == 0;
    return 0;
}

int plan_keep(struct fold *fold, struct span store, struct span visit, const struct plan_row *row)
{
    fold->writes++;
    return plan_cache_put(fold->plans, fold->txn, store, visit, row);
}

int contact_find(struct fold *fold, struct span customer, struct contact_row *ret_row)
{
    struct contact_row row = {0};
    int result = customer.len > 0 ? state_contact_get(fold->txn, customer, &row) : -E_NOT_FOUND;
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    row.current = arena_copy(&fold->arena, row.current);
    *ret_row = row;
    return 0;
}

int contact_keep(struct fold *fold, struct span customer, const struct contact_row *row)
{
    fold->writes++;
    return state_contact_put(fold->txn, customer, row);
}

/* ---- what happened to the customer ---- */

int contact_complaint_opened(struct fold *fold, struct span customer)
{
    struct contact_row row;
    int result = contact_find(fold, customer, &row);
    if (result < 0)
        return result;
    row.open_complaints++;
    return contact_keep(fold, customer, &row);
}

int contact_complaint_closed(struct fold *fold, struct span customer)
{
    struct contact_row row;
    int result = contact_find(fold, customer, &row);
    if (result == 0 && row.open_complaints == 0)
        result = -E_CORRUPT;
    if (result < 0)
        return result;
    row.open_complaints--;
    return contact_keep(fold, customer, &row);
}

int contact_opted(struct fold *fold, const struct event *event)
{
    const struct opted *opted = &event->data.opted;
    uint32_t channels = HAS(opted, opted, channel) ? 1u << opted->channel : ALL_CHANNELS;
    struct contact_row row;
    int result = contact_find(fold, opted->customer, &row);
    if (result < 0)
        return result;
    if (event->type == EVENT_customer_opted_out) {
        row.opted_out |= channels;
    } else {
        row.opted_out &= ~channels;
        row.refusals = 0;
    }
    return contact_keep(fold, opted->customer, &row);
}

bool contact_is_unwanted(const struct policy *policy, const struct contact_row *contact)
{
    return (contact->opted_out >> channel_is_phone & 1) || contact->refusals >= policy->callbacks.refusals_most;
}

/* ---- may this call be made? ---- */

static bool is_of_visit(const struct callback *callback)
{
    return callback->kind < callback_kind_is_lapsed;
}

/* An answer of before is none to a re-survey, and a lapsed customer's last visit is long ago. */
static int visit_forbids(struct fold *fold, const struct callback *callback, int32_t *ret_skip)
{
    struct plan_row plan;
    struct visit_row visit;
    if (!HAS(callback, callback, visit))
        return 0;
    int result = plan_find(fold, callback->store, callback->visit, &plan, NULL);
    if (result == 0)
        result = visit_find(fold, callback->store, callback->visit, &visit);
    if (result < 0)
        return result;
    bool resurvey = callback->kind == callback_kind_is_resurvey;
    if (is_of_visit(callback) ? plan.answered_ms > 0 : resurvey && plan.answered_ms > callback->since)
        *ret_skip = callback_skip_is_answered;
    else if ((is_of_visit(callback) && plan.complained) || visit.open_complaints > 0)
        *ret_skip = callback_skip_is_complained;
    return 0;
}

int contact_forbids(struct fold *fold, const struct callback *callback, int64_t due_ms, int32_t *ret_skip)
{
    struct contact_row contact;
    int32_t skip = CALLBACK_NOT_SKIPPED;
    int result = contact_find(fold, callback->customer, &contact);
    if (result == 0)
        result = visit_forbids(fold, callback, &skip);
    if (result < 0)
        return result;
    int64_t gap_ends_ms = contact.contacted_ms + fold->policy.callbacks.contact_gap_ms;
    bool busy = contact.current.len > 0 && !span_equal(contact.current, callback->id);
    bool contacted = contact.contacted_ms > 0 && due_ms < gap_ends_ms;
    if (contact_is_unwanted(&fold->policy, &contact))
        skip = callback_skip_is_opted_out;
    else if (skip == CALLBACK_NOT_SKIPPED && contact.open_complaints > 0)
        skip = callback_skip_is_complained;
    else if (skip == CALLBACK_NOT_SKIPPED && callback->kind != callback_kind_is_resurvey && (busy || contacted))
        skip = callback_skip_is_contacted;
    *ret_skip = skip;
    return 0;
}

static int is_blamed(struct fold *fold, struct span customer, struct span person, bool *ret_blamed)
{
    struct contact_row contact;
    struct complaint complaint;
    *ret_blamed = false;
    int result = contact_find(fold, customer, &contact);
    if (result < 0 || contact.complaint == 0)
        return result;
    struct case_key key = case_key_of_seq('C', contact.complaint);
    result = case_load(fold, &key, &complaint);
    if (result == 0)
        *ret_blamed = complaint_is_about(&complaint, person) || complaint_blames(&complaint, person);
    return result == -E_NOT_FOUND ? -E_CORRUPT : result;
}

int contact_bars(struct fold *fold, const struct callback *callback, struct span person, enum callback_bar *ret_bar)
{
    struct visit_row visit = {0};
    bool blamed = false;
    int result = 0;
    if (HAS(callback, callback, visit))
        result = visit_find(fold, callback->store, callback->visit, &visit);
    if (result == 0 && HAS(callback, callback, customer))
        result = is_blamed(fold, callback->customer, person, &blamed);
    if (result < 0)
        return result;
    bool served = person.len > 0 && span_equal(visit.staff, person);
    *ret_bar = served ? BAR_SERVED : blamed ? BAR_BLAMED : BAR_NONE;
    return 0;
}

/* ---- what became of a callback ---- */

int contact_is_due(struct fold *fold, const struct callback *callback)
{
    struct contact_row row;
    if (!HAS(callback, callback, customer))
        return 0;
    int result = contact_find(fold, callback->customer, &row);
    row.current = callback->id;
    return result < 0 ? result : contact_keep(fold, callback->customer, &row);
}

int contact_has_ended(struct fold *fold, const struct callback *callback)
{
    struct contact_row row;
    if (!HAS(callback, callback, customer))
        return 0;
    int result = contact_find(fold, callback->customer, &row);
    if (result < 0)
        return result;
    if (span_equal(row.current, callback->id))
        row.current = (struct span){0};
    if (callback_was_contact(callback))
        row.contacted_ms = callback->closed_at;
    if (callback->status == callback_status_is_done)
        row.refusals = 0;
    if (callback->status == callback_status_is_refused)
        row.refusals++;
    return contact_keep(fold, callback->customer, &row);
}
