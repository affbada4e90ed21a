/* period_outcomes.h - what follows from a row of a closed period: prizes, bands, improvement tasks. All of it is proposed. */
#ifndef MANYI_WORKERS_PERIOD_OUTCOMES_H
#define MANYI_WORKERS_PERIOD_OUTCOMES_H

#include "workers/fold.h"

/* Proposes what a frozen row calls for; may touch three cases. */
int period_outcome(struct fold *fold, const struct period *row);

#endif
