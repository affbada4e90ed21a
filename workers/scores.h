/* scores.h - ratings into daily sums, and the cards that are published of them. */
#ifndef MANYI_WORKERS_SCORES_H
#define MANYI_WORKERS_SCORES_H

#include "workers/fold.h"

/* A rating as it counts: what it says, when it was given, by which rulebook it is reduced. */
struct counted {
    const struct policy *policy;
    const struct rated *rating;
    int64_t day;
};

/* When a rating was given: its own time, if that is earlier than its arrival; and the day of it. */
int64_t rating_given_ms(const struct event *event, int64_t at_ms);
int64_t rating_day(const struct policy *policy, const struct event *event, int64_t at_ms);

/* fold->event, which is a rating, in figures. */
const struct event_values *event_values(struct fold *fold);

/* When the entry begins a later second than that of the last ratings: says the cards of what changed, in steps.
 * FOLD_DONE, FOLD_PAUSES or a failure. */
int scores_publish(struct fold *fold, const struct entry *entry);

/* "S-sh-pudong.service-2026-11-23" into text (NAME_MAX_BYTES + 1). */
struct span score_card_id(struct span store, struct span department, const char *period, char *text);

/* The sums of all staff of a store and department on the first rated day of [first, last], whose number goes to *ret_day.
 * -E_NOT_FOUND: nobody rated. Flushes what the cache holds. */
int score_day_from(struct fold *fold, struct span store, struct span department, int64_t first, int64_t last,
                   int64_t *ret_day, struct score_sums *ret_total);

#endif
