/* query_scores.h - a question for scores, and the sums that answer it; what the files of `scores` share. */
#ifndef MANYI_WORKERS_QUERY_SCORES_H
#define MANYI_WORKERS_QUERY_SCORES_H

#include "workers/answer.h"

enum level { BY_GROUP, BY_DEPARTMENT, BY_STORE, BY_STAFF, LEVELS };

/* What is asked, understood. */
struct question {
    const struct get_request *asked;
    enum level level;
    bool accountable; /* view */
    bool weighted;    /* weight: stores by their visits */
    bool pooled;      /* over stores: who may not see one of them is refused */
    int64_t first_day, last_day;
    struct span after; /* rows up to this key were on earlier pages */
};

/* Adds up the rows that the question is about, and counts flags, into answer->window, by its level. -E_CORRUPT. */
int score_scan(struct answer *answer, const struct question *question);

/* Nobody is flagged: a person's row has no count. */
bool score_counts_flags(const struct question *question);

/* The next name of a window's key. */
struct span score_name_take(struct span *key);

/* The departments of the window's rows [from, to), as voice or as accountable, and all of them together. `sums` has room
 * for as many rows: parts point into it, or into the window. -E_CORRUPT. */
int score_parts(const struct answer *answer, uint32_t from, uint32_t to, bool accountable,
                struct department_sums *parts, struct score_sums *sums, struct score_sums *ret_total);

/* Writes a row's figures. */
void score_write(struct answer *answer, struct score *card);

/* ---- query_weighted.c ---- */

/* The rows of a group, or of its departments, with stores weighted by their visits. */
int answer_scores_weighted(struct answer *answer, const struct question *question);
/* Visits of a store and department in the period, on a row of theirs. */
int score_visits_set(struct answer *answer, const struct question *question, struct score *card);

#endif
