/*
 * complaint_verdict.c - how a complaint ends, and begins anew: the customer is asked, a verdict is given, it is reopened.
 *
 * It closes when both have been said, whichever comes first.
 */
#include "core/complaint_clocks.h"
#include "core/complaint_life.h"
#include "core/complaint_step.h"

/* Whom the rules for all decisions let through, but who may not ask this customer. */
static int check_asker(const struct complaint_step *step)
{
    const struct complaint *complaint = step->complaint;
    struct span by = decided_by(step);
    if (span_equal(by, complaint->resolved_by))
        return rejection(step->reason, -E_NOT_ALLOWED_PERSON,
                         "%.*s resolved %.*s and may not verify it; somebody else must, or the next one up",
                         SPAN_ARGS(by), SPAN_ARGS(complaint->id));
    if (complaint_blames(complaint, by))
        return rejection(step->reason, -E_NOT_ALLOWED_PERSON,
                         "%.*s is upheld against %.*s, who may not verify it; somebody else must",
                         SPAN_ARGS(complaint->id), SPAN_ARGS(by));
    if (complaint_served_by(complaint, by))
        return rejection(step->reason, -E_NOT_ALLOWED_PERSON,
                         "%.*s served the customer of %.*s and may not call back; somebody else must", SPAN_ARGS(by),
                         SPAN_ARGS(complaint->id));
    return 0;
}

int complaint_check_verified(const struct complaint_step *step)
{
    const struct complaint_verified *verified = &step->decision->data.complaint_verified;
    const struct complaint *complaint = step->complaint;
    bool unreachable = HAS(verified, complaint_verified, unreachable) && verified->unreachable;
    if (unreachable == (bool)HAS(verified, complaint_verified, satisfied))
        return rejection(step->reason, -E_BAD_DECISION,
                         "say of %.*s either whether the customer is satisfied, or that nobody was reachable",
                         SPAN_ARGS(complaint->id));
    int rc = check_asker(step);
    if (rc != 0)
        return rc;
    if (HAS(complaint, complaint, waits_for) && span_is(complaint->waits_for, "verdict"))
        return rejection(step->reason, -E_ALREADY_DONE, "%.*s is verified already and waits for its verdict",
                         SPAN_ARGS(complaint->id));
    return unreachable ? tries_exhausted(step->policy, complaint, step->reason) : 0;
}

/* Everything begins anew, a level higher. The verdict stays: it tells of the same wrong. */
static void reopen(const struct complaint_step *step)
{
    struct complaint *complaint = step->complaint;
    const struct policy *policy = step->policy;
    clocks_stop_all(policy, complaint, step->cause.at_ms, step->effects);
    complaint_move(complaint, complaint_status_is_received);
    complaint->reopened++;
    complaint->floor++;
    if (complaint->reopened >= 2 && complaint->floor < policy->reopened_floor)
        complaint->floor = policy->reopened_floor;
    if (complaint->floor > policy->level_most)
        complaint->floor = policy->level_most;
    UNSET(complaint, complaint, outcome);
    UNSET(complaint, complaint, closed_at);
    UNSET(complaint, complaint, merged_into);
    UNSET(complaint, complaint, waits_for);
    UNSET(complaint, complaint, promised_at);
    UNSET(complaint, complaint, resolved_by);
    UNSET(complaint, complaint, satisfaction_known);
    UNSET(complaint, complaint, gone);
    UNSET(complaint, complaint, leaves_at);
    complaint->tries = 0;
    clocks_restart(policy, complaint, step->cause.at_ms);
    step->effects->reopened = true;
}

static void close_or_wait(const struct complaint_step *step)
{
    struct complaint *complaint = step->complaint;
    if (!HAS(complaint, complaint, verdict)) {
        SET(complaint, complaint, waits_for, span_of("verdict"));
        return;
    }
    enum complaint_outcome outcome =
        complaint->satisfaction_known ? complaint_outcome_is_satisfied : complaint_outcome_is_unknown;
    complaint_close(step->policy, complaint, outcome, step->cause.at_ms, step->effects);
}

struct span complaint_apply_verified(const struct complaint_step *step)
{
    const struct complaint_verified *verified = &step->decision->data.complaint_verified;
    bool satisfaction_known = HAS(verified, complaint_verified, satisfied);
    complaint_meet_clock(step, clock_kind_is_callback);
    if (satisfaction_known && !verified->satisfied) {
        reopen(step);
        return span_of("not satisfied");
    }
    SET(step->complaint, complaint, satisfaction_known, satisfaction_known);
    close_or_wait(step);
    return span_of(satisfaction_known ? "satisfied" : "unreachable");
}

struct span complaint_apply_judged(const struct complaint_step *step)
{
    const struct judged *judged = &step->decision->data.judged;
    struct complaint *complaint = step->complaint;
    SET(complaint, complaint, verdict, judged->verdict);
    SET(complaint, complaint, judged_by, judged->by);
    UNSET(complaint, complaint, judged_staff);
    complaint->judged_staff.count = 0; /* a list with items is written, whatever its bit says */
    if (judged->verdict == verdict_is_upheld && HAS(judged, judged, staff))
        SET(complaint, complaint, judged_staff, judged->staff);
    if (HAS(complaint, complaint, waits_for) && span_is(complaint->waits_for, "verdict"))
        close_or_wait(step);
    return span_of(choice_name(choice_of_verdict(), judged->verdict));
}

struct span complaint_apply_reopened(const struct complaint_step *step)
{
    reopen(step);
    return span_of(NULL);
}
