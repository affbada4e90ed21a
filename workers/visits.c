/* visits.c - visits and repairs. */
#include "workers/visits.h"

#include "core/status.h"
#include "workers/scores.h"
#include "workers/visit_days.h"

int visit_find(struct fold *fold, struct span store, struct span visit, struct visit_row *ret_row)
{
    struct visit_row row = {0};
    int result = state_visit_get(fold->txn, store, visit, &row);
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    row.vehicle = arena_copy(&fold->arena, row.vehicle);
    row.fault = arena_copy(&fold->arena, row.fault);
    row.staff = arena_copy(&fold->arena, row.staff);
    *ret_row = row;
    return 0;
}

int visit_keep(struct fold *fold, struct span store, struct span visit, const struct visit_row *row)
{
    fold->writes++;
    return state_visit_put(fold->txn, store, visit, row);
}

int visit_complaint_opened(struct fold *fold, struct span store, struct span visit)
{
    struct visit_row row;
    int result = visit_find(fold, store, visit, &row);
    if (result < 0)
        return result;
    row.open_complaints++;
    return visit_keep(fold, store, visit, &row);
}

int visit_complaint_closed(struct fold *fold, struct span store, struct span visit)
{
    struct visit_row row;
    int result = visit_find(fold, store, visit, &row);
    if (result == 0 && row.open_complaints == 0)
        result = -E_CORRUPT;
    if (result < 0)
        return result;
    row.open_complaints--;
    return visit_keep(fold, store, visit, &row);
}

static int repair_count(struct fold *fold, const struct visit *visit, struct visit_row *row)
{
    uint64_t repairs;
    if (row->counted || visit->kind != visit_kind_is_repair || row->vehicle.len == 0 || row->fault.len == 0)
        return 0;
    row->counted = true;
    fold->writes++;
    int result = state_repairs_get(fold->txn, row->vehicle, row->fault, &repairs);
    return result < 0 ? result : state_repairs_put(fold->txn, row->vehicle, row->fault, repairs + 1);
}

/* A visit is of the day on which it was first told: opened or, where nobody told that, completed. */
static int day_count(struct fold *fold, const struct event *event, struct visit_row *row)
{
    const struct visit *visit = &event->data.visit;
    if (row->of_day)
        return 0;
    row->of_day = true;
    int64_t day = rating_day(&fold->policy, event, fold->step.cause.at_ms);
    return visit_days_add(fold, visit->store, visit->department, day);
}

int visit_remember(struct fold *fold, const struct event *event)
{
    const struct visit *visit = &event->data.visit;
    struct visit_row row;
    int result = visit_find(fold, visit->store, visit->visit, &row);
    if (result < 0)
        return result;
    if (event->type == EVENT_visit_opened)
        fold->head.counters.visits++;
    if (HAS(visit, visit, vehicle))
        row.vehicle = visit->vehicle;
    if (HAS(visit, visit, fault))
        row.fault = visit->fault;
    if (HAS(visit, visit, staff))
        row.staff = visit->staff;
    row.safety |= HAS(visit, visit, safety) && visit->safety;
    row.warranty |= HAS(visit, visit, warranty) && visit->warranty;
    result = repair_count(fold, visit, &row);
    if (result == 0)
        result = day_count(fold, event, &row);
    return result < 0 ? result : visit_keep(fold, visit->store, visit->visit, &row);
}
