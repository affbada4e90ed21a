/* complaint_step.h - one decision about a complaint on its way through checks and changes. Only for complaint*.c. */
#ifndef MANYI_CORE_COMPLAINT_STEP_H
#define MANYI_CORE_COMPLAINT_STEP_H

#include "core/complaint.h"
#include "core/rejection.h"

struct complaint_step {
    const struct policy *policy;
    struct complaint *complaint;
    const struct event *decision;
    struct cause cause;
    struct complaint_effects *effects;
    struct reason reason;
};

/* Every decision begins with it. */
static inline struct span decided_by(const struct complaint_step *step)
{
    return step->decision->data.decided.by;
}

/* The decision meets a clock, at its own time where that is near enough to the journal's. */
void complaint_meet_clock(const struct complaint_step *step, enum clock_kind kind);

/* ---- complaint_verdict.c: nothing is changed by a check; what is applied returns what the history shall say ---- */

int complaint_check_verified(const struct complaint_step *step);
struct span complaint_apply_verified(const struct complaint_step *step);
struct span complaint_apply_judged(const struct complaint_step *step);
struct span complaint_apply_reopened(const struct complaint_step *step);

#endif
