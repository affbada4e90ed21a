/* visits.h - what complaints and tasks need to know of a visit. Part of the complaints role. */
#ifndef MANYI_WORKERS_VISITS_H
#define MANYI_WORKERS_VISITS_H

#include "workers/fold.h"

/* visit.opened, visit.completed: remembers vehicle, fault and who served; counts a repair, and the day's visits, once a visit. */
int visit_remember(struct fold *fold, const struct event *event);

/* The row of a visit, copied into the step's arena; zeroes when it is not known. */
int visit_find(struct fold *fold, struct span store, struct span visit, struct visit_row *ret_row);
int visit_keep(struct fold *fold, struct span store, struct span visit, const struct visit_row *row);

/* A complaint about it is open from now on, or no longer. -E_CORRUPT when none was. */
int visit_complaint_opened(struct fold *fold, struct span store, struct span visit);
int visit_complaint_closed(struct fold *fold, struct span store, struct span visit);

#endif
