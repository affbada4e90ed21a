/* complaint_life.h - the moves of a complaint's status, all through one table. Only for complaint*.c. */
#ifndef MANYI_CORE_COMPLAINT_LIFE_H
#define MANYI_CORE_COMPLAINT_LIFE_H

#include "core/complaint.h"

/* Every move of status goes through here; one that the drawing does not have is our bug. */
void complaint_move(struct complaint *complaint, enum complaint_status next);

/* Ends it: all clocks stop, a pause ends, the outcome is kept. */
void complaint_close(const struct policy *policy, struct complaint *complaint, enum complaint_outcome outcome,
                     int64_t at_ms, struct complaint_effects *effects);

/* "received", "acknowledged", ... */
const char *complaint_status_name(const struct complaint *complaint);

#endif
