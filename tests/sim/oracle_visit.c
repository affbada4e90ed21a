/* oracle_visit.c - what complaints and tasks need to know of visits, of repairs of the same fault, and of customers. */
#include "tests/sim/oracle_inside.h"
#include "workers/visit_days.h"

#include <inttypes.h>

struct oracle_visit *oracle_visit(struct oracle *oracle, const char *store, const char *visit)
{
    for (uint32_t i = 0; i < oracle->visits_count; i++)
        if (strcmp(oracle->visits[i].store, store) == 0 && strcmp(oracle->visits[i].visit, visit) == 0)
            return &oracle->visits[i];
    return NULL;
}

struct oracle_visit *oracle_visit_made(struct oracle *oracle, const char *store, const char *visit)
{
    struct oracle_visit *found = oracle_visit(oracle, store, visit);
    if (!found) {
        found = ORACLE_ADD(oracle, visits);
        memcpy(found->store, store, strlen(store));
        memcpy(found->visit, visit, strlen(visit));
    }
    found->changed = true;
    oracle->anything = true;
    return found;
}

static struct oracle_repair *repairs_of(const struct oracle *oracle, const struct oracle_visit *visit)
{
    for (uint32_t i = 0; i < oracle->repairs_count; i++)
        if (strcmp(oracle->repairs[i].vehicle, visit->vehicle) == 0 &&
            strcmp(oracle->repairs[i].fault, visit->fault) == 0)
            return &oracle->repairs[i];
    return NULL;
}

uint64_t oracle_repairs(const struct oracle *oracle, const struct oracle_visit *visit)
{
    const struct oracle_repair *repair = visit->vehicle[0] && visit->fault[0] ? repairs_of(oracle, visit) : NULL;
    return repair ? repair->count : 0;
}

/* Counts a repair once a visit: when its vehicle and its fault are known. */
static void count_repair(struct oracle *oracle, struct oracle_visit *visit)
{
    if (visit->counted || !visit->vehicle[0] || !visit->fault[0])
        return;
    struct oracle_repair *repair = repairs_of(oracle, visit);
    if (!repair) {
        repair = ORACLE_ADD(oracle, repairs);
        memcpy(repair->vehicle, visit->vehicle, sizeof repair->vehicle);
        memcpy(repair->fault, visit->fault, sizeof repair->fault);
    }
    repair->count++;
    repair->changed = true;
    visit->counted = true;
}

bool oracle_visit_day_agrees(const struct oracle *oracle, struct store_txn *state, const struct oracle_visit *visit,
                             char *message)
{
    uint64_t mine = 0, theirs = 0;
    if (!visit->told)
        return true;
    for (uint32_t i = 0; i < oracle->visits_count; i++) {
        const struct oracle_visit *other = &oracle->visits[i];
        mine += other->told && other->day == visit->day && strcmp(other->store, visit->store) == 0 &&
                strcmp(other->department, visit->department) == 0;
    }
    if (visit_days_sum(state, span_of(visit->store), span_of(visit->department), visit->day, visit->day, &theirs) < 0)
        return oracle_differs(message, "visits of %s: can't be read", visit->store);
    if (mine != theirs)
        return oracle_differs(message, "visits of %s %s on day %" PRId64 ": %" PRIu64 " here, %" PRIu64 " there",
                              visit->store, visit->department, visit->day, mine, theirs);
    return true;
}

/* visit.opened and visit.completed say the same; what is left out stays. Where the documents are silent: what once concerned
 * safety, or was under warranty, does so for ever; a visit is counted when it is opened. */
void oracle_visited(struct oracle *oracle, const struct event *event)
{
    const struct visit *fact = &event->data.visit;
    oracle_name store, number;
    oracle_take(store, sizeof store, fact->store);
    oracle_take(number, sizeof number, fact->visit);
    struct oracle_visit *visit = oracle_visit_made(oracle, store, number);
    if (HAS(fact, visit, vehicle))
        oracle_take(visit->vehicle, sizeof visit->vehicle, fact->vehicle);
    if (HAS(fact, visit, fault))
        oracle_take(visit->fault, sizeof visit->fault, fact->fault);
    if (HAS(fact, visit, staff))
        oracle_take(visit->staff, sizeof visit->staff, fact->staff);
    if (!visit->told) {
        int64_t at_ms = event->has_time && event->time_ms < oracle->at_ms ? event->time_ms : oracle->at_ms;
        visit->day = oracle_day(oracle->policy, at_ms);
        oracle_take(visit->department, sizeof visit->department, fact->department);
        visit->told = true;
    }
    visit->safety = visit->safety || (HAS(fact, visit, safety) && fact->safety);
    visit->warranty = visit->warranty || (HAS(fact, visit, warranty) && fact->warranty);
    if (fact->kind == visit_kind_is_repair)
        count_repair(oracle, visit);
    oracle->counters.visits += event->type == EVENT_visit_opened;
}

bool oracle_customer_again(struct oracle *oracle, const char *customer)
{
    struct oracle_customer *known = NULL;
    if (!customer[0])
        return false;
    for (uint32_t i = 0; i < oracle->customers_count; i++)
        if (strcmp(oracle->customers[i].customer, customer) == 0)
            known = &oracle->customers[i];
    bool again =
        known && oracle->at_ms <= oracle_whole_second(known->at_ms + oracle->policy->second_complaint_within.ms);
    if (!known) {
        known = ORACLE_ADD(oracle, customers);
        memcpy(known->customer, customer, strlen(customer));
    }
    known->at_ms = oracle->at_ms;
    known->changed = true;
    oracle->anything = true;
    return again;
}
