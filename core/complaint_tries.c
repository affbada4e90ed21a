/* complaint_tries.c - calls to the customer of a resolved complaint that reached nobody: when there have been enough. */
#include "core/complaint_life.h"

#define DAY_MS (24 * 3600 * 1000ll)

/* Tries belong together that lie within the rule's days of the first of them. */
void try_add(const struct policy *policy, struct complaint *complaint, int64_t at_ms)
{
    if (complaint->tries > 0 && at_ms - complaint->tries_from <= policy->callbacks.tries_within_ms) {
        complaint->tries++;
        return;
    }
    complaint->tries = 1;
    SET(complaint, complaint, tries_from, at_ms);
}

int tries_exhausted(const struct policy *policy, const struct complaint *complaint, struct reason reason)
{
    int64_t most = policy->callbacks.tries_most;
    if (complaint->tries >= most)
        return 0;
    return rejection(reason, -E_WRONG_STATE,
                     "the customer of %.*s does not count as unreachable yet: %lld of %lld tries within %lld days were "
                     "made; log each as feedback.unreached",
                     SPAN_ARGS(complaint->id), (long long)complaint->tries, (long long)most,
                     (long long)(policy->callbacks.tries_within_ms / DAY_MS));
}
