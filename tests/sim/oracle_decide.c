/*
 * oracle_decide.c - what people decide about a complaint, and why they may not.
 *
 *   complained -> RECEIVED -acknowledged-> ACKNOWLEDGED -planned-> PLANNED -resolved-> RESOLVED -verified satisfied-> CLOSED
 *                    ^                          `-------resolved----------------------^  |                              |
 *                    `------- reopened, or verified not satisfied: floor + 1 -------------+------------------------------'
 *
 * Each rule returns 0 or why not, having changed nothing.
 *
 * Where the documents are silent: the state is looked at before the person, the person before the sense of the decision; whom it
 * is about may only note, escalate and reopen ("may not handle" is read as all else); a step that lies behind is "already done".
 */
#include "tests/sim/oracle_inside.h"

#include <stdlib.h>

#define NOTICES_ENOUGH (192u - 9u * 5u) /* of a complaint: from here on nothing that raises more is accepted */
#define ROUNDS_MAX 100
#define RECEIVED complaint_status_is_received
#define ACKNOWLEDGED complaint_status_is_acknowledged
#define PLANNED complaint_status_is_planned
#define RESOLVED complaint_status_is_resolved
#define CLOSED complaint_status_is_closed

/* Complained about, or found at fault. */
static bool is_about(const struct oracle_complaint *complaint, struct span person)
{
    return oracle_has(&complaint->staff, person);
}

static int acknowledged(struct oracle *oracle, struct oracle_complaint *complaint, const struct event *event)
{
    oracle_clock_stop(oracle, complaint, clock_kind_is_response, oracle_decided_ms(oracle, event));
    oracle_clock_stop(oracle, complaint, clock_kind_is_regulator_accept, oracle_decided_ms(oracle, event));
    complaint->status = ACKNOWLEDGED;
    return 0;
}

static int graded(struct oracle *oracle, struct oracle_complaint *complaint, const struct event *event)
{
    if (complaint->grade == event->data.graded.grade)
        return -E_ALREADY_DONE;
    complaint->grade = event->data.graded.grade;
    oracle_clocks_regrade(oracle, complaint);
    oracle_notices_follow(oracle, complaint, oracle->at_ms);
    return 0;
}

static int assigned(struct oracle *oracle, struct oracle_complaint *complaint, const struct event *event)
{
    const struct assigned *decision = &event->data.assigned;
    if (!HAS(decision, assigned, handler))
        return -E_BAD_DECISION;
    if (is_about(complaint, decision->handler))
        return -E_NOT_ALLOWED_PERSON;
    if (oracle_is(complaint->handler, decision->handler))
        return -E_ALREADY_DONE;
    oracle_take(complaint->handler, sizeof complaint->handler, decision->handler);
    oracle_notices_follow(oracle, complaint, oracle->at_ms);
    return 0;
}

static int planned(struct oracle *oracle, struct oracle_complaint *complaint, const struct event *event)
{
    const struct planned *decision = &event->data.planned;
    if (HAS(decision, planned, due) && decision->due <= oracle->at_ms)
        return -E_BAD_DECISION;
    oracle_clock_stop(oracle, complaint, clock_kind_is_plan, oracle_decided_ms(oracle, event));
    oracle_clock_stop(oracle, complaint, clock_kind_is_refund_answer, oracle_decided_ms(oracle, event));
    complaint->promised_ms = HAS(decision, planned, due) ? decision->due : ORACLE_NEVER;
    complaint->status = PLANNED;
    return 0;
}

static int noted(struct oracle *oracle, struct oracle_complaint *complaint, const struct event *event)
{
    (void)oracle;
    (void)complaint;
    (void)event;
    return 0;
}

/* Pauses stop plan and resolve, for at most 10 working days in all: a longer one is refused, not cut. */
static int paused(struct oracle *oracle, struct oracle_complaint *complaint, const struct event *event)
{
    const struct paused *decision = &event->data.paused;
    if (complaint->pause_reason >= 0)
        return -E_ALREADY_DONE;
    if (!oracle_clock_runs(&complaint->clock[clock_kind_is_plan]) &&
        !oracle_clock_runs(&complaint->clock[clock_kind_is_resolve]))
        return -E_WRONG_STATE;
    if (decision->until <= oracle->at_ms)
        return -E_BAD_DECISION;
    if (complaint->paused_ms + oracle_passed(oracle->policy, complaint->store, oracle->at_ms, decision->until,
                                             oracle->policy->pause_most.unit) >
        oracle->policy->pause_most.ms)
        return -E_PAUSE_USED_UP;
    oracle_clock_stop(oracle, complaint, clock_kind_is_deliberate, oracle->at_ms); /* a reason is written down */
    complaint->pause_reason = decision->reason;
    complaint->pause_since = oracle->at_ms;
    complaint->pause_until = oracle_whole_second(decision->until);
    oracle_clocks_due(oracle, complaint);
    oracle_notices_follow(oracle, complaint, oracle->at_ms);
    return 0;
}

static int resumed(struct oracle *oracle, struct oracle_complaint *complaint, const struct event *event)
{
    (void)event;
    if (complaint->pause_reason < 0)
        return -E_WRONG_STATE;
    oracle_pause_end(oracle, complaint, oracle->at_ms);
    oracle_reasons_begin(oracle, complaint, oracle->at_ms);
    oracle_notices_follow(oracle, complaint, oracle->at_ms);
    return 0;
}

static int resolved(struct oracle *oracle, struct oracle_complaint *complaint, const struct event *event)
{
    const struct resolved *decision = &event->data.resolved;
    int64_t ms = oracle_decided_ms(oracle, event);
    oracle_clock_stop(oracle, complaint, clock_kind_is_plan, ms);
    oracle_clock_stop(oracle, complaint, clock_kind_is_resolve, ms);
    oracle_clock_stop(oracle, complaint, clock_kind_is_refund_answer, ms);
    oracle_clock_stop(oracle, complaint, clock_kind_is_refund_finish, ms);
    oracle_clock_stop(oracle, complaint, clock_kind_is_regulator_mediation, ms);
    oracle_clock_stop(oracle, complaint, clock_kind_is_deliberate, ms);
    complaint->tries = 0;
    oracle_pause_end(oracle, complaint, oracle->at_ms);
    oracle_clock_start(oracle, complaint, clock_kind_is_callback, oracle->at_ms);
    if (HAS(decision, resolved, compensation_fen))
        complaint->compensation_fen = decision->compensation_fen;
    oracle_take(complaint->resolved_by, sizeof complaint->resolved_by, decision->by);
    complaint->status = RESOLVED;
    return 0;
}

static int32_t outcome_of(const struct oracle_complaint *complaint)
{
    return complaint->satisfaction_known ? complaint_outcome_is_satisfied : complaint_outcome_is_unknown;
}

static int verified(struct oracle *oracle, struct oracle_complaint *complaint, const struct event *event)
{
    const struct complaint_verified *decision = &event->data.complaint_verified;
    bool unreachable = HAS(decision, complaint_verified, unreachable) && decision->unreachable;
    bool answered = HAS(decision, complaint_verified, satisfied);
    if (unreachable == answered)
        return -E_BAD_DECISION;
    if (!oracle_may_call(oracle, complaint, decision->by) || oracle_is(complaint->resolved_by, decision->by))
        return -E_NOT_ALLOWED_PERSON;
    if (complaint->waits_for == WAITS_VERDICT)
        return -E_ALREADY_DONE;
    if (unreachable && complaint->tries < oracle->policy->callbacks.tries_most)
        return -E_WRONG_STATE;
    int64_t ms = oracle_decided_ms(oracle, event);
    oracle_clock_stop(oracle, complaint, clock_kind_is_callback, ms);
    if (answered && !decision->satisfied) {
        oracle_complaint_reopen(oracle, complaint);
        return 0;
    }
    complaint->satisfaction_known = answered;
    if (complaint->verdict < 0)
        complaint->waits_for = WAITS_VERDICT;
    else
        oracle_complaint_close(oracle, complaint, outcome_of(complaint));
    return 0;
}

static int judged(struct oracle *oracle, struct oracle_complaint *complaint, const struct event *event)
{
    const struct judged *decision = &event->data.judged;
    complaint->verdict = decision->verdict;
    oracle_take(complaint->judged_by, sizeof complaint->judged_by, decision->by);
    memset(&complaint->judged_staff, 0, sizeof complaint->judged_staff);
    if (decision->verdict == verdict_is_upheld)
        oracle_take_names(&complaint->judged_staff, &decision->staff);
    if (complaint->waits_for == WAITS_VERDICT)
        oracle_complaint_close(oracle, complaint, outcome_of(complaint));
    return 0;
}

static int reopened(struct oracle *oracle, struct oracle_complaint *complaint, const struct event *event)
{
    (void)event;
    oracle_complaint_reopen(oracle, complaint);
    return 0;
}

static int withdrawn(struct oracle *oracle, struct oracle_complaint *complaint, const struct event *event)
{
    (void)event;
    oracle_complaint_close(oracle, complaint, complaint_outcome_is_withdrawn);
    return 0;
}

/* The seq of "C-41"; 0 for what is none. */
static uint64_t seq_of(struct span id)
{
    oracle_label text;
    oracle_take(text, sizeof text, id);
    char *end = text;
    if (text[0] != 'C' || text[1] != '-' || text[2] < '1' || text[2] > '9')
        return 0;
    uint64_t seq = strtoull(text + 2, &end, 10);
    return *end ? 0 : seq;
}

static int merged(struct oracle *oracle, struct oracle_complaint *complaint, const struct event *event)
{
    const struct merged *decision = &event->data.merged;
    if (seq_of(decision->into) == complaint->seq)
        return -E_BAD_DECISION;
    oracle_take(complaint->merged_into, sizeof complaint->merged_into, decision->into);
    oracle_complaint_close(oracle, complaint, complaint_outcome_is_merged);
    return 0;
}

static int transferred(struct oracle *oracle, struct oracle_complaint *complaint, const struct event *event)
{
    const struct transferred *decision = &event->data.transferred;
    bool store = HAS(decision, transferred, store) && !oracle_is(complaint->store, decision->store);
    bool department = HAS(decision, transferred, department) && !oracle_is(complaint->department, decision->department);
    if (!HAS(decision, transferred, store) && !HAS(decision, transferred, department))
        return -E_BAD_DECISION;
    if (!store && !department)
        return -E_ALREADY_DONE;
    if (store)
        oracle_take(complaint->store, sizeof complaint->store, decision->store);
    if (department)
        oracle_take(complaint->department, sizeof complaint->department, decision->department);
    memset(complaint->handler, 0, sizeof complaint->handler);
    oracle_clocks_regrade(oracle, complaint);
    oracle_notices_follow(oracle, complaint, oracle->at_ms);
    return 0;
}

static int escalated(struct oracle *oracle, struct oracle_complaint *complaint, const struct event *event)
{
    oracle_notice_raise(oracle, complaint, ORACLE_MANUAL, 0, event->data.escalated.level, oracle->at_ms);
    return 0;
}

static const struct {
    enum event_type type;
    bool about_may; /* may whom it is about? */
    int (*rule)(struct oracle *oracle, struct oracle_complaint *complaint, const struct event *event);
} rules[] = {
    {EVENT_complaint_acknowledged, false, acknowledged},
    {EVENT_complaint_graded, false, graded},
    {EVENT_complaint_assigned, false, assigned},
    {EVENT_complaint_planned, false, planned},
    {EVENT_complaint_noted, true, noted},
    {EVENT_complaint_paused, false, paused},
    {EVENT_complaint_resumed, false, resumed},
    {EVENT_complaint_resolved, false, resolved},
    {EVENT_complaint_verified, false, verified},
    {EVENT_complaint_judged, false, judged},
    {EVENT_complaint_reopened, true, reopened},
    {EVENT_complaint_merged, false, merged},
    {EVENT_complaint_transferred, false, transferred},
    {EVENT_complaint_withdrawn, false, withdrawn},
    {EVENT_complaint_escalated, true, escalated},
};

static int state_forbids(enum event_type type, int32_t status)
{
    switch (type) {
    case EVENT_complaint_noted:
        return 0;
    case EVENT_complaint_reopened:
        return status == RESOLVED || status == CLOSED ? 0 : -E_ALREADY_DONE;
    case EVENT_complaint_acknowledged:
        return status == CLOSED ? -E_WRONG_STATE : status == RECEIVED ? 0 : -E_ALREADY_DONE;
    case EVENT_complaint_planned:
        return status == ACKNOWLEDGED ? 0 : status == PLANNED || status == RESOLVED ? -E_ALREADY_DONE : -E_WRONG_STATE;
    case EVENT_complaint_resolved:
        return status == ACKNOWLEDGED || status == PLANNED ? 0 : status == RESOLVED ? -E_ALREADY_DONE : -E_WRONG_STATE;
    case EVENT_complaint_verified:
        return status == RESOLVED ? 0 : -E_WRONG_STATE;
    default:
        return status == CLOSED ? -E_WRONG_STATE : 0;
    }
}

/* What is wrong whatever the complaint's state: a merger into nothing that is open, and what could raise notices without end. */
static bool is_absurd(struct oracle *oracle, const struct oracle_complaint *complaint, const struct event *event)
{
    const struct complaint_verified *verified = &event->data.complaint_verified;
    uint32_t notices = 0;
    if (event->type == EVENT_complaint_merged) {
        uint64_t seq = seq_of(event->data.merged.into);
        const struct oracle_complaint *into = oracle_complaint(oracle, seq);
        return seq != complaint->seq && (!into || !oracle_is_open(into));
    }
    bool climbs = event->type == EVENT_complaint_escalated || event->type == EVENT_complaint_reopened ||
                  event->type == EVENT_complaint_graded ||
                  (event->type == EVENT_complaint_verified && HAS(verified, complaint_verified, satisfied) &&
                   !verified->satisfied);
    for (uint32_t i = 0; i < oracle->notices_count; i++)
        notices += oracle_notice_of(&oracle->notices[i], complaint);
    return climbs && (notices >= NOTICES_ENOUGH || complaint->reopened >= ROUNDS_MAX);
}

/* Whoever was judged does not lighten what it costs them. */
static bool undoes(enum event_type type)
{
    return type == EVENT_complaint_withdrawn || type == EVENT_complaint_merged || type == EVENT_complaint_graded ||
           type == EVENT_complaint_judged;
}

int oracle_complaint_decide(struct oracle *oracle, const struct event *event)
{
    struct oracle_complaint *complaint = oracle_complaint(oracle, seq_of(event->subject));
    if (!complaint)
        return -E_UNKNOWN_CASE;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].type != event->type)
            continue;
        int status = is_absurd(oracle, complaint, event) ? -E_BAD_DECISION : 0;
        if (status == 0)
            status = state_forbids(event->type, complaint->status);
        if (status == 0 && !rules[i].about_may && is_about(complaint, event->data.decided.by))
            status = -E_NOT_ALLOWED_PERSON;
        if (status == 0 && undoes(event->type) && oracle_has(&complaint->judged_staff, event->data.decided.by))
            status = -E_NOT_ALLOWED_PERSON;
        if (status == 0)
            status = rules[i].rule(oracle, complaint, event);
        if (status != 0)
            return status;
        if (oracle_is_open(complaint))
            oracle_clocks_fire(oracle, complaint, oracle->at_ms);
        oracle_complaint_touch(oracle, complaint);
        if (event->type == EVENT_complaint_judged || event->type == EVENT_complaint_graded ||
            event->type == EVENT_complaint_merged || event->type == EVENT_complaint_withdrawn)
            oracle_ledger_follow(oracle, complaint, event->data.decided.by);
        return 0;
    }
    return -E_NOT_FOLDED_TYPE;
}
