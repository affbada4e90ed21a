/* complaint_life.h - the moves of a complaint's status, all through one table. Only for complaint*.c. */
#ifndef MANYI_CORE_COMPLAINT_LIFE_H
#define MANYI_CORE_COMPLAINT_LIFE_H

#include "core/complaint.h"
#include "core/rejection.h"
#include "core/status.h"

/* Every move of status goes through here; one that the drawing does not have is our bug. */
void complaint_move(struct complaint *complaint, enum complaint_status next);

/* Ends it: all clocks stop, a pause ends, the outcome is kept. */
void complaint_close(const struct policy *policy, struct complaint *complaint, enum complaint_outcome outcome,
                     int64_t at_ms, struct complaint_effects *effects);

/* A call that reached nobody. */
void try_add(const struct policy *policy, struct complaint *complaint, int64_t at_ms);
/* Nobody is unreachable before the callback rule is exhausted: -E_WRONG_STATE, with how many tries of how many were made. */
int tries_exhausted(const struct policy *policy, const struct complaint *complaint, struct reason reason);

/* "received", "acknowledged", ... */
const char *complaint_status_name(const struct complaint *complaint);

#endif
