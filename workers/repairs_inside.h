/* repairs_inside.h - how the rows of `workshop` are written. Only for workers/repair*.c. */
#ifndef MANYI_WORKERS_REPAIRS_INSIDE_H
#define MANYI_WORKERS_REPAIRS_INSIDE_H

#include "workers/repairs.h"

int vehicle_put(struct fold *fold, struct span vehicle, const struct vehicle_row *row);
int stay_put(struct fold *fold, struct span store, struct span visit, const struct stay_row *row);

#endif
