/*
 * complaint_decide.c - what people decide about a complaint: a row for each decision, checked first, then applied.
 *
 * Nothing is changed before every check has passed. Decisions that nobody foresaw as harmful to the customer (noted,
 * escalated, reopened) are open to everyone; the rest are closed to the people complained about.
 */
#include "core/calendar.h"
#include "core/complaint.h"
#include "core/complaint_clocks.h"
#include "core/complaint_life.h"
#include "core/complaint_step.h"
#include "core/ensure.h"
#include "core/rejection.h"

#include <stdio.h>

/* Every decision begins with who took it, so that it can be read without knowing which one it is. */
_Static_assert(offsetof(struct decided, by) == offsetof(struct graded, by), "`by` comes first");
_Static_assert(offsetof(struct decided, by) == offsetof(struct assigned, by), "`by` comes first");
_Static_assert(offsetof(struct decided, by) == offsetof(struct planned, by), "`by` comes first");
_Static_assert(offsetof(struct decided, by) == offsetof(struct paused, by), "`by` comes first");
_Static_assert(offsetof(struct decided, by) == offsetof(struct resolved, by), "`by` comes first");
_Static_assert(offsetof(struct decided, by) == offsetof(struct complaint_verified, by), "`by` comes first");
_Static_assert(offsetof(struct decided, by) == offsetof(struct judged, by), "`by` comes first");
_Static_assert(offsetof(struct decided, by) == offsetof(struct reasoned, by), "`by` comes first");
_Static_assert(offsetof(struct decided, by) == offsetof(struct merged, by), "`by` comes first");
_Static_assert(offsetof(struct decided, by) == offsetof(struct transferred, by), "`by` comes first");
_Static_assert(offsetof(struct decided, by) == offsetof(struct escalated, by), "`by` comes first");

/* When a clock was met: the decision's own time where it is near enough to the journal's, else the journal's. */
static int64_t met_at_ms(const struct complaint_step *step)
{
    const struct event *decision = step->decision;
    int64_t at_ms = step->cause.at_ms;
    bool counts = decision->has_time && decision->time_ms <= at_ms &&
                  at_ms - decision->time_ms <= step->policy->decision_slack_ms;
    return counts ? decision->time_ms : at_ms;
}

void complaint_meet_clock(const struct complaint_step *step, enum clock_kind kind)
{
    clocks_stop(step->policy, step->complaint, kind, met_at_ms(step), step->cause.at_ms, step->effects);
}

/* ---- acknowledged, planned, resolved ---- */

static struct span apply_acknowledged(const struct complaint_step *step)
{
    complaint_meet_clock(step, clock_kind_is_response);
    complaint_meet_clock(step, clock_kind_is_regulator_accept);
    complaint_move(step->complaint, complaint_status_is_acknowledged);
    return span_of(NULL);
}

static int check_planned(const struct complaint_step *step)
{
    const struct planned *planned = &step->decision->data.planned;
    if (HAS(planned, planned, due) && planned->due <= step->cause.at_ms)
        return rejection(step->reason, -E_BAD_DECISION, "%.*s can't be promised for %s, which has passed",
                         SPAN_ARGS(step->complaint->id), local_time(step->policy, planned->due).text);
    return 0;
}

static struct span apply_planned(const struct complaint_step *step)
{
    const struct planned *planned = &step->decision->data.planned;
    if (HAS(planned, planned, due))
        SET(step->complaint, complaint, promised_at, planned->due);
    complaint_meet_clock(step, clock_kind_is_plan);
    complaint_meet_clock(step, clock_kind_is_refund_answer);
    complaint_move(step->complaint, complaint_status_is_planned);
    return span_of(NULL);
}

static struct span apply_resolved(const struct complaint_step *step)
{
    static const enum clock_kind met[] = {clock_kind_is_plan,          clock_kind_is_resolve,
                                          clock_kind_is_refund_answer, clock_kind_is_refund_finish,
                                          clock_kind_is_deliberate,    clock_kind_is_regulator_mediation};
    struct complaint *complaint = step->complaint;
    const struct resolved *resolved = &step->decision->data.resolved;
    for (size_t i = 0; i < sizeof met / sizeof met[0]; i++)
        complaint_meet_clock(step, met[i]);
    clocks_wake(step->policy, complaint, step->cause.at_ms);
    clocks_start(step->policy, complaint, clock_kind_is_callback, step->cause.at_ms);
    SET(complaint, complaint, resolved_by, resolved->by);
    complaint->tries = 0;
    if (HAS(resolved, resolved, compensation_fen))
        SET(complaint, complaint, compensation_fen, resolved->compensation_fen);
    complaint_move(complaint, complaint_status_is_resolved);
    return span_of(NULL);
}

/* ---- graded, assigned, transferred ---- */

static int check_graded(const struct complaint_step *step)
{
    if (step->decision->data.graded.grade != step->complaint->grade)
        return 0;
    return rejection(step->reason, -E_ALREADY_DONE, "%.*s is %s already", SPAN_ARGS(step->complaint->id),
                     choice_name(choice_of_grade(), step->complaint->grade));
}

/* Running clocks are recomputed from opening: what has passed by the new measure fires at once, what has not comes again.
 * A clock that was stopped keeps the deadline that people knew when they met it; the level stays, too. */
static struct span apply_graded(const struct complaint_step *step)
{
    step->complaint->grade = step->decision->data.graded.grade;
    clocks_remeasure(step->policy, step->complaint, step->cause.at_ms, step->effects);
    notices_follow(step->effects, step->cause.at_ms);
    return span_of(choice_name(choice_of_grade(), step->complaint->grade));
}

static int check_assigned(const struct complaint_step *step)
{
    const struct assigned *assigned = &step->decision->data.assigned;
    const struct complaint *complaint = step->complaint;
    if (!HAS(assigned, assigned, handler))
        return rejection(step->reason, -E_BAD_DECISION, "name the handler whom %.*s shall be assigned to",
                         SPAN_ARGS(complaint->id));
    if (complaint_is_about(complaint, assigned->handler))
        return rejection(step->reason, -E_NOT_ALLOWED_PERSON, "%.*s is complained about in %.*s and may not handle it",
                         SPAN_ARGS(assigned->handler), SPAN_ARGS(complaint->id));
    if (HAS(complaint, complaint, handler) && span_equal(complaint->handler, assigned->handler))
        return rejection(step->reason, -E_ALREADY_DONE, "%.*s is assigned to %.*s already", SPAN_ARGS(complaint->id),
                         SPAN_ARGS(complaint->handler));
    return 0;
}

static struct span apply_assigned(const struct complaint_step *step)
{
    SET(step->complaint, complaint, handler, step->decision->data.assigned.handler);
    notices_follow(step->effects, step->cause.at_ms);
    return step->decision->data.assigned.handler;
}

static int check_transferred(const struct complaint_step *step)
{
    const struct transferred *transferred = &step->decision->data.transferred;
    const struct complaint *complaint = step->complaint;
    bool store = HAS(transferred, transferred, store);
    bool department = HAS(transferred, transferred, department);
    if (!store && !department)
        return rejection(step->reason, -E_BAD_DECISION, "name the store or department that %.*s shall go to",
                         SPAN_ARGS(complaint->id));
    bool moves = (store && !span_equal(transferred->store, complaint->store)) ||
                 (department && !span_equal(transferred->department, complaint->department));
    if (!moves)
        return rejection(step->reason, -E_ALREADY_DONE, "%.*s is with %.*s %.*s already", SPAN_ARGS(complaint->id),
                         SPAN_ARGS(complaint->store), SPAN_ARGS(complaint->department));
    return 0;
}

static struct span apply_transferred(const struct complaint_step *step)
{
    const struct transferred *transferred = &step->decision->data.transferred;
    struct complaint *complaint = step->complaint;
    if (HAS(transferred, transferred, store))
        complaint->store = transferred->store;
    if (HAS(transferred, transferred, department))
        SET(complaint, complaint, department, transferred->department);
    UNSET(complaint, complaint, handler);
    clocks_remeasure(step->policy, complaint, step->cause.at_ms, step->effects);
    notices_follow(step->effects, step->cause.at_ms);
    return HAS(transferred, transferred, department) ? transferred->department : transferred->store;
}

/* ---- paused, resumed ---- */

static double working_days(int64_t ms)
{
    return (double)ms / (24.0 * 3600 * 1000);
}

static int check_paused(const struct complaint_step *step)
{
    const struct paused *paused = &step->decision->data.paused;
    const struct complaint *complaint = step->complaint;
    const struct policy *policy = step->policy;
    if (HAS(complaint, complaint, paused))
        return rejection(step->reason, -E_ALREADY_DONE, "%.*s rests already until %s; resume it first",
                         SPAN_ARGS(complaint->id), local_time(policy, complaint->paused.until).text);
    if (!clocks_can_rest(complaint))
        return rejection(step->reason, -E_WRONG_STATE, "%.*s is %s: no clock runs that a pause could stop",
                         SPAN_ARGS(complaint->id), complaint_status_name(complaint));
    if (paused->until <= step->cause.at_ms)
        return rejection(step->reason, -E_BAD_DECISION, "%.*s can't rest until %s, which has passed",
                         SPAN_ARGS(complaint->id), local_time(policy, paused->until).text);
    int64_t wanted_ms = complaint->paused_ms + calendar_between(policy, complaint->store, step->cause.at_ms,
                                                                paused->until, policy->pause_most.unit);
    if (wanted_ms > policy->pause_most.ms)
        return rejection(step->reason, -E_PAUSE_USED_UP,
                         "%.*s has rested %.1f working days; until %s it would be %.1f of at most %.1f",
                         SPAN_ARGS(complaint->id), working_days(complaint->paused_ms),
                         local_time(policy, paused->until).text, working_days(wanted_ms),
                         working_days(policy->pause_most.ms));
    return 0;
}

static struct span apply_paused(const struct complaint_step *step)
{
    const struct paused *paused = &step->decision->data.paused;
    struct complaint *complaint = step->complaint;
    struct duration none = {0, TIME_WALL};
    struct pause pause = {
        .reason = paused->reason,
        .since = step->cause.at_ms,
        .until = calendar_add(step->policy, complaint->store, paused->until, none),
    };
    SET(complaint, complaint, paused, pause);
    clocks_stop(step->policy, complaint, clock_kind_is_deliberate, step->cause.at_ms, step->cause.at_ms, step->effects);
    clocks_recompute(step->policy, complaint);
    notices_follow(step->effects, step->cause.at_ms);
    return span_of(choice_name(choice_of_pause_reason(), paused->reason));
}

static int check_resumed(const struct complaint_step *step)
{
    if (HAS(step->complaint, complaint, paused))
        return 0;
    return rejection(step->reason, -E_WRONG_STATE, "%.*s does not rest: there is nothing to resume",
                     SPAN_ARGS(step->complaint->id));
}

static struct span apply_resumed(const struct complaint_step *step)
{
    clocks_wake(step->policy, step->complaint, step->cause.at_ms);
    clocks_count_reasons(step->policy, step->complaint, step->cause.at_ms);
    notices_follow(step->effects, step->cause.at_ms);
    return span_of(NULL);
}

/* ---- merged, withdrawn, escalated, noted ---- */

static int check_merged(const struct complaint_step *step)
{
    if (!span_equal(step->decision->data.merged.into, step->complaint->id))
        return 0;
    return rejection(step->reason, -E_BAD_DECISION, "%.*s can't be merged into itself", SPAN_ARGS(step->complaint->id));
}

static struct span apply_merged(const struct complaint_step *step)
{
    struct span into = step->decision->data.merged.into;
    complaint_close(step->policy, step->complaint, complaint_outcome_is_merged, step->cause.at_ms, step->effects);
    SET(step->complaint, complaint, merged_into, into);
    return into;
}

static struct span apply_withdrawn(const struct complaint_step *step)
{
    complaint_close(step->policy, step->complaint, complaint_outcome_is_withdrawn, step->cause.at_ms, step->effects);
    return span_of(NULL);
}

static struct span apply_escalated(const struct complaint_step *step)
{
    static const char *const levels[] = {"level 0", "level 1", "level 2", "level 3", "level 4"};
    struct notice_wanted notice = {
        .manual = true, .level = step->decision->data.escalated.level, .at_ms = step->cause.at_ms};
    ensure(notice.level >= 0);
    ensure(notice.level < (int64_t)(sizeof levels / sizeof levels[0]));
    snprintf(notice.id_text, sizeof notice.id_text, "E-%lld-manual-%llu", (long long)step->complaint->seq,
             (unsigned long long)step->cause.seq);
    notice_add(step->complaint, step->effects, notice);
    return span_of(levels[notice.level]);
}

static struct span apply_noted(const struct complaint_step *step)
{
    (void)step;
    return span_of(NULL);
}

/* ---- the table ---- */

#define IN(status) (1u << complaint_status_is_##status)
#define UNRESOLVED (IN(received) | IN(acknowledged) | IN(planned))
#define OPEN (UNRESOLVED | IN(resolved))
#define ANY (OPEN | IN(closed))

struct rule {
    enum event_type type;
    uint32_t states;                                         /* in which it may be taken */
    uint32_t done_in;                                        /* in which it has been taken already */
    const char *first;                                       /* what must be done first in the other open states */
    bool about_may;                                          /* may the person complained about decide it? */
    int (*check)(const struct complaint_step *step);         /* NULL: nothing more to check */
    struct span (*apply)(const struct complaint_step *step); /* returns what the history shall say */
};

static const struct rule rules[] = {
    {EVENT_complaint_acknowledged, IN(received), OPEN & ~IN(received), "", false, NULL, apply_acknowledged},
    {EVENT_complaint_planned, IN(acknowledged), IN(planned) | IN(resolved), "acknowledge it first", false,
     check_planned, apply_planned},
    {EVENT_complaint_resolved, IN(acknowledged) | IN(planned), IN(resolved), "acknowledge it first", false, NULL,
     apply_resolved},
    {EVENT_complaint_verified, IN(resolved), 0, "resolve it first", false, complaint_check_verified,
     complaint_apply_verified},
    {EVENT_complaint_judged, OPEN, 0, "", false, NULL, complaint_apply_judged},
    {EVENT_complaint_reopened, IN(resolved) | IN(closed), UNRESOLVED, "", true, NULL, complaint_apply_reopened},
    {EVENT_complaint_graded, OPEN, 0, "", false, check_graded, apply_graded},
    {EVENT_complaint_assigned, OPEN, 0, "", false, check_assigned, apply_assigned},
    {EVENT_complaint_transferred, OPEN, 0, "", false, check_transferred, apply_transferred},
    {EVENT_complaint_paused, OPEN, 0, "", false, check_paused, apply_paused},
    {EVENT_complaint_resumed, OPEN, 0, "", false, check_resumed, apply_resumed},
    {EVENT_complaint_merged, OPEN, 0, "", false, check_merged, apply_merged},
    {EVENT_complaint_withdrawn, OPEN, 0, "", false, NULL, apply_withdrawn},
    {EVENT_complaint_escalated, OPEN, 0, "", true, NULL, apply_escalated},
    {EVENT_complaint_noted, ANY, 0, "", true, NULL, apply_noted},
};

static const struct rule *rule_of(enum event_type type)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].type == type)
            return &rules[i];
    }
    unreachable();
}

static int check_state(const struct complaint_step *step, const struct rule *rule)
{
    const struct complaint *complaint = step->complaint;
    const char *status = complaint_status_name(complaint);
    uint32_t here = 1u << complaint->status;
    if (rule->states & here)
        return 0;
    if (complaint->status == complaint_status_is_closed)
        return rejection(step->reason, -E_WRONG_STATE, "%.*s is closed since %s; reopen it first",
                         SPAN_ARGS(complaint->id), local_time(step->policy, complaint->closed_at).text);
    if (rule->type == EVENT_complaint_reopened)
        return rejection(step->reason, -E_ALREADY_DONE, "%.*s is open already: %s", SPAN_ARGS(complaint->id), status);
    if (rule->done_in & here)
        return rejection(step->reason, -E_ALREADY_DONE, "%.*s is past that already: %s", SPAN_ARGS(complaint->id),
                         status);
    return rejection(step->reason, -E_WRONG_STATE, "%.*s is %s; %s", SPAN_ARGS(complaint->id), status, rule->first);
}

static int check_person(const struct complaint_step *step, const struct rule *rule)
{
    const struct span by = decided_by(step);
    if (complaint_weighs(rule->type) && complaint_blames(step->complaint, by))
        return rejection(step->reason, -E_NOT_ALLOWED_PERSON, "%.*s is judged in %.*s; others must decide so",
                         SPAN_ARGS(by), SPAN_ARGS(step->complaint->id));
    if (rule->about_may || !complaint_is_about(step->complaint, by))
        return 0;
    return rejection(step->reason, -E_NOT_ALLOWED_PERSON,
                     "%.*s is complained about in %.*s and may only add notes, escalate or reopen it", SPAN_ARGS(by),
                     SPAN_ARGS(step->complaint->id));
}

int complaint_decide(const struct policy *policy, struct complaint *complaint, const struct event *decision,
                     struct cause cause, struct complaint_effects *effects, char *reason, size_t reason_size)
{
    const struct rule *rule = rule_of(decision->type);
    struct complaint_step step = {policy, complaint, decision, cause, effects, {reason, reason_size}};
    int rc = check_state(&step, rule);
    if (rc == 0)
        rc = check_person(&step, rule);
    if (rc == 0 && rule->check)
        rc = rule->check(&step);
    if (rc != 0)
        return rc;
    struct span said = rule->apply(&step);
    history_add(complaint->history, &complaint->history_count, cause.seq, cause.at_ms, decision->type_name,
                decided_by(&step), said);
    history_time(complaint->history, complaint->history_count, decision);
    complaint->changed_seq = (int64_t)cause.seq;
    if (complaint->status != complaint_status_is_closed)
        clocks_fire(policy, complaint, cause.at_ms, cause, effects);
    return 0;
}
