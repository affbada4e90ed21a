/*
 * compare.h - what differs between two states of the same events: case by case, score by score, person by person.
 *
 * For `manyi policy diff`: the same journal folded under two rulebooks. Cases are found by their ids, which come from the events
 * and are the same in both. Which entry caused a change (changed_seq, history) is no difference: a timer that another rulebook
 * puts elsewhere fires within another entry. Of the people of a department and period the first ROWS_MAX by name are compared.
 */
#ifndef MANYI_WORKERS_COMPARE_H
#define MANYI_WORKERS_COMPARE_H

#include "core/policy.h"
#include "io/store.h"
#include "schemas/codec.h"

/* One of the two. */
struct side {
    struct store_txn *txn; /* of its state, as of a commit */
    const struct policy *policy;
};

enum sides { TODAY, OTHER, SIDES };

/* One figure that is not the same. */
struct difference {
    const struct record_table *record; /* of the card */
    struct span id;
    const char *field;        /* "clocks.response.due_at"; NULL: the whole card is only on one side */
    struct span value[SIDES]; /* encoded; of a whole card: the card, or nothing */
    struct span card[SIDES];  /* the card that it is of, encoded; nothing where there is none */
};

struct comparison {
    /* A failure below 0 ends it and is returned. */
    int (*differ)(void *context, const struct difference *difference);
    void *context;
};

/* All cases, in the order of their keys. -E_CORRUPT, -E_NO_MEMORY. */
int compare_cases(const struct side sides[SIDES], const struct comparison *comparison);

/* Figures of every store x department in the period that it is judged by (month or quarter), and of each of its people:
 * as cards of `score`, with what the department is accounted for and its band. A department that has nothing but what an appeal
 * moved there is left out. */
int compare_scores(const struct side sides[SIDES], const struct comparison *comparison);

/* ---- within: compare_cards.c ---- */

/* Two cards of one id, encoded as cards; either may be nothing. */
int compare_cards(const struct record_table *record, struct span id, const struct span card[SIDES],
                  const struct comparison *comparison);

#endif
