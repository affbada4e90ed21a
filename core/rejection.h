/*
 * rejection.h - why a decision is refused: one plain sentence that names the case's own figures. Pure.
 */
#ifndef MANYI_CORE_REJECTION_H
#define MANYI_CORE_REJECTION_H

#include "core/policy.h"
#include "core/status.h"

#define REASON_MIN 192u /* least room for a reason */

/* Where the sentence goes: the caller's buffer of at least REASON_MIN bytes. */
struct reason {
    char *text;
    size_t size;
};

/* Writes the sentence, cut at a whole character when it is too long, and returns `status`, so that a check reads
 * `return rejection(reason, -E_..., "...")`. */
__attribute__((format(printf, 3, 4))) int rejection(struct reason reason, int status, const char *format, ...);

/* "2026-11-23 08:00" on the policy's clock, as people of the group read it. */
struct local_time {
    char text[17];
};
struct local_time local_time(const struct policy *policy, int64_t ms);

#endif
