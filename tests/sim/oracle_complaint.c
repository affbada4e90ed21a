/* oracle_complaint.c - a complaint's life: opening and its grade, closing, reopening, what happens to it in time. */
#include "tests/sim/oracle_inside.h"

#include <stdlib.h>

struct oracle_complaint *oracle_complaint(struct oracle *oracle, uint64_t seq)
{
    for (uint32_t i = 0; i < oracle->complaints_count; i++)
        if (oracle->complaints[i].seq == seq)
            return &oracle->complaints[i];
    return NULL;
}

bool oracle_is_open(const struct oracle_complaint *complaint)
{
    return complaint->status != complaint_status_is_closed;
}

void oracle_complaint_touch(struct oracle *oracle, struct oracle_complaint *complaint)
{
    complaint->changed_seq = oracle->seq;
    complaint->changed = true;
    oracle_touch(oracle, 'C', (uint32_t)(complaint - oracle->complaints), false);
}

/* ---- grading ---- */

/* Where the documents are silent: at a visit for the brakes, what is said about the work or the car is about safety, what is
 * said about the price, the time or the tone is not. */
static bool is_about_the_car(int32_t category)
{
    return category == category_is_workmanship || category == category_is_product || category == category_is_parts ||
           category == category_is_other;
}

static int32_t grade_by_rules(const struct policy *policy, const struct complained *fact, bool safety_visit,
                              uint64_t repairs, bool again)
{
    int64_t claim = HAS(fact, complained, claim_fen) ? fact->claim_fen : 0;
    if (fact->category == category_is_safety || (safety_visit && is_about_the_car(fact->category)) ||
        (HAS(fact, complained, injury) && fact->injury) || (HAS(fact, complained, press) && fact->press))
        return grade_is_urgent;
    if (fact->category == category_is_refund || fact->channel == channel_is_regulator ||
        (int64_t)repairs >= policy->same_fault_repairs || claim > policy->claim_major_fen)
        return grade_is_major;
    if (fact->category == category_is_attitude || fact->category == category_is_promise || again ||
        claim > policy->claim_serious_fen)
        return grade_is_serious;
    return grade_is_general;
}

/* ---- opening ---- */

static void fill(struct oracle_complaint *complaint, const struct complained *fact)
{
    oracle_take(complaint->store, sizeof complaint->store, fact->store);
    oracle_take(complaint->visit_store, sizeof complaint->visit_store, fact->store);
    oracle_take(complaint->department, sizeof complaint->department, fact->department);
    oracle_take(complaint->customer, sizeof complaint->customer, fact->customer);
    oracle_take(complaint->visit, sizeof complaint->visit, fact->visit);
    oracle_take(complaint->vehicle, sizeof complaint->vehicle, fact->vehicle);
    oracle_take_names(&complaint->staff, &fact->staff);
    complaint->channel = fact->channel;
    complaint->category = fact->category;
    complaint->verdict = complaint->outcome = complaint->pause_reason = -1;
    complaint->compensation_fen = -1;
    complaint->closed_ms = complaint->promised_ms = complaint->leaves_ms = ORACLE_NEVER;
    complaint->status = complaint_status_is_received;
}

static void leave_later(const struct oracle *oracle, struct oracle_complaint *complaint)
{
    complaint->leaves_ms = oracle_whole_second(complaint->closed_ms + oracle->policy->card_keep_ms);
}

void oracle_complained(struct oracle *oracle, const struct event *event)
{
    const struct complained *fact = &event->data.complained;
    struct oracle_complaint made = {.seq = oracle->seq, .changed_seq = oracle->seq};
    fill(&made, fact);
    made.historical = HAS(fact, complained, historical) && fact->historical;
    struct oracle_visit *visit = made.visit[0] ? oracle_visit(oracle, made.store, made.visit) : NULL;
    bool again = !made.historical && oracle_customer_again(oracle, made.customer);
    made.grade = HAS(fact, complained, grade) ? fact->grade
                                              : grade_by_rules(oracle->policy, fact, visit && visit->safety,
                                                               visit ? oracle_repairs(oracle, visit) : 0, again);
    /* heard_at is told with the fact, and starts nothing */
    made.opened_ms = oracle_fact_ms(oracle, event);
    made.late = event->has_time && oracle->at_ms - event->time_ms > oracle->policy->fact_age_max_ms;
    if (made.historical && made.late) { /* an import is never late: it starts nothing */
        made.late = false;
        made.opened_ms = event->time_ms;
    }
    oracle->counters.complaints++;
    struct oracle_complaint *complaint = ORACLE_ADD(oracle, complaints);
    memcpy(complaint, &made, sizeof made);
    if (made.historical) {
        complaint->status = complaint_status_is_closed;
        complaint->outcome = complaint_outcome_is_unknown;
        complaint->closed_ms = oracle->at_ms;
        leave_later(oracle, complaint);
    } else {
        if (made.visit[0])
            oracle_visit_made(oracle, made.store, made.visit)->open_complaints++;
        oracle_clocks_begin(oracle, complaint, made.opened_ms);
        oracle_clocks_fire(oracle, complaint, oracle->at_ms);
    }
    oracle_complaint_touch(oracle, complaint);
}

/* ---- its end, and its beginning anew ---- */

void oracle_complaint_close(struct oracle *oracle, struct oracle_complaint *complaint, int32_t outcome)
{
    for (int kind = 0; kind < clock_kind_count; kind++)
        oracle_clock_stop(oracle, complaint, (enum clock_kind)kind, oracle->at_ms);
    oracle_pause_end(oracle, complaint, oracle->at_ms);
    oracle_notices_end_all(oracle, complaint);
    complaint->status = complaint_status_is_closed;
    complaint->outcome = outcome;
    complaint->waits_for = WAITS_NOT;
    complaint->closed_ms = oracle->at_ms;
    leave_later(oracle, complaint);
    if (complaint->visit[0])
        oracle_visit_made(oracle, complaint->visit_store, complaint->visit)->open_complaints--;
}

/* The first time the floor rises by one, the second time to 3, then by one again. The verdict stays, and so does a notice by a
 * person: only its complaint's end ends it (the documents are silent). */
void oracle_complaint_reopen(struct oracle *oracle, struct oracle_complaint *complaint)
{
    const struct policy *policy = oracle->policy;
    if (!oracle_is_open(complaint) && complaint->visit[0])
        oracle_visit_made(oracle, complaint->visit_store, complaint->visit)->open_complaints++;
    for (int kind = 0; kind < clock_kind_count; kind++)
        oracle_clock_stop(oracle, complaint, (enum clock_kind)kind, oracle->at_ms);
    complaint->reopened++;
    complaint->floor++;
    if (complaint->reopened >= 2 && complaint->floor < policy->reopened_floor)
        complaint->floor = policy->reopened_floor;
    if (complaint->floor > policy->level_most)
        complaint->floor = policy->level_most;
    complaint->status = complaint_status_is_received;
    complaint->outcome = -1;
    memset(complaint->merged_into, 0, sizeof complaint->merged_into);
    complaint->waits_for = WAITS_NOT;
    complaint->satisfaction_known = false;
    complaint->closed_ms = complaint->leaves_ms = complaint->promised_ms = ORACLE_NEVER;
    memset(complaint->resolved_by, 0, sizeof complaint->resolved_by);
    complaint->gone = false;
    complaint->tries = 0;
    oracle_clocks_begin(oracle, complaint, oracle->at_ms);
}

/* ---- in time ---- */

int64_t oracle_complaint_next(const struct oracle *oracle, const struct oracle_complaint *complaint)
{
    return oracle_is_open(complaint) ? oracle_clocks_next(oracle, complaint)
           : complaint->gone         ? ORACLE_NEVER
                                     : complaint->leaves_ms;
}

void oracle_complaint_fire(struct oracle *oracle, struct oracle_complaint *complaint, int64_t due_ms)
{
    if (oracle_is_open(complaint)) {
        if (complaint->pause_reason >= 0 && complaint->pause_until <= due_ms) {
            oracle_pause_end(oracle, complaint, complaint->pause_until);
            oracle_reasons_begin(oracle, complaint, complaint->pause_until);
            oracle_notices_follow(oracle, complaint, due_ms);
        }
        oracle_clocks_fire(oracle, complaint, due_ms);
    } else {
        int64_t leaves = oracle_whole_second(complaint->closed_ms + oracle->policy->card_keep_ms);
        complaint->leaves_ms = leaves > due_ms ? leaves : complaint->leaves_ms;
        if (leaves > due_ms) { /* its card is said again, as it was */
            oracle_touch(oracle, 'C', (uint32_t)(complaint - oracle->complaints), false);
            return;
        }
        complaint->gone = true;
        oracle_notices_gone(oracle, complaint);
    }
    oracle_complaint_touch(oracle, complaint);
}

void oracle_complaint_reckon(struct oracle *oracle, struct oracle_complaint *complaint)
{
    if (!oracle_clocks_reckon(oracle, complaint))
        return;
    oracle_notices_follow(oracle, complaint, oracle->at_ms);
    oracle_complaint_touch(oracle, complaint);
}

/* ---- a call that reached nobody ---- */

/* Who served is told by the visit as it is known now. */
bool oracle_may_call(struct oracle *oracle, const struct oracle_complaint *complaint, struct span person)
{
    const struct oracle_visit *visit =
        complaint->visit[0] ? oracle_visit(oracle, complaint->visit_store, complaint->visit) : NULL;
    return !oracle_has(&complaint->staff, person) && !oracle_has(&complaint->judged_staff, person) &&
           !(visit && person.len && oracle_is(visit->staff, person));
}

/* The first logged try stops the callback clock, as of its arrival (the documents are silent), unless it was by somebody who may not call. Any is noted, of a closed
 * complaint, too. */
void oracle_unreached(struct oracle *oracle, const struct event *event)
{
    const struct unreached *fact = &event->data.unreached;
    oracle_name id;
    oracle_take(id, sizeof id, fact->callback);
    bool one = id[0] == 'C' && id[1] == '-';
    struct oracle_complaint *complaint = one ? oracle_complaint(oracle, strtoull(id + 2, NULL, 10)) : NULL;
    if (!complaint)
        return;
    bool named = HAS(fact, unreached, call) && HAS(&fact->call, call, agent);
    bool may = oracle_may_call(oracle, complaint, named ? fact->call.agent : (struct span){0});
    if (may && complaint->status == complaint_status_is_resolved) {
        bool together =
            complaint->tries > 0 && oracle->at_ms <= complaint->tries_ms + oracle->policy->callbacks.tries_within_ms;
        complaint->tries = together ? complaint->tries + 1 : 1;
        complaint->tries_ms = together ? complaint->tries_ms : oracle->at_ms;
        oracle_clock_stop(oracle, complaint, clock_kind_is_callback, oracle->at_ms);
        if (complaint->waits_for == WAITS_NOT)
            complaint->waits_for = WAITS_VERIFICATION;
    }
    oracle_complaint_touch(oracle, complaint);
}
