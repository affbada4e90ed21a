/*
 * honesty.h - flags: ratings that a person should look at, as cases of their own that only end by their card's time.
 */
#ifndef MANYI_WORKERS_HONESTY_H
#define MANYI_WORKERS_HONESTY_H

#include "workers/fold.h"

/* A role: what one rating shows of itself. */
int honesty_on_event(struct fold *fold, const struct event *event);

/* A rated day of a department is over: its month so far, beside itself and the months before it. A month is flagged once
 * for each thing. */
int honesty_day(struct fold *fold, struct span store, struct span department, int64_t day);

/* Flags the month of this day for what was said, once. */
int honesty_month_flag(struct fold *fold, struct span store, struct span department, int64_t day, enum flag_kind kind,
                       const char *said);

/* Its card has been told long enough. */
int honesty_on_timer(struct fold *fold, const struct case_key *key, int64_t due_ms);
int honesty_on_policy(struct fold *fold, const struct case_key *key);

#endif
