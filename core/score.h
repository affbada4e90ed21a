/*
 * score.h - satisfaction figures from integer sums: one row per store x department x day x staff, added up for
 * whatever period and level is asked. Pure.
 *
 * A rating is reduced once to `struct rating_values`; the same values are added, and subtracted again when the
 * rating is corrected or retracted. Sums are exact, so the order of addition doesn't matter.
 */
#ifndef MANYI_CORE_SCORE_H
#define MANYI_CORE_SCORE_H

#include "core/policy.h"
#include "core/statistics.h"

#define ABSENT INT32_MIN

/* One rating's figures in thousandths, ABSENT where there is no answer. Names are borrowed. */
struct rating_values {
    struct span dimension[DIMENSIONS_MAX]; /* in order of name */
    int32_t thousandths[DIMENSIONS_MAX];
    uint32_t dimension_count;
    int32_t weighted;  /* weighted mean of its dimensions known to the policy, ABSENT without any */
    int32_t overall;   /* given, or mapped from a key; else the weighted mean */
    bool overall_only; /* an overall and no dimension: counts in an index of its own */
    int32_t nps;
    int32_t ces;
    bool form;    /* has as many dimensions as the policy asks of a form, for honesty.h */
    bool perfect; /* and every one of them is a 10 */
    bool inhouse; /* by our own telephone call */
    bool oem;     /* by the manufacturer's survey */
};

/* Reduces a rating. *ret_mapped (may be NULL) tells what became of `raw`, MAPPED_NO_ANSWER without one; an overall
 * that is given goes before a mapped one. Dimensions that the department doesn't know weigh 0; in a department that
 * the policy doesn't know each weighs 1. A rating whose only figure is a key that means "no answer" has no values:
 * rating_is_empty, it is not counted. */
void rating_reduce(const struct policy *policy, const struct rated *rating, struct rating_values *ret_values,
                   enum mapped *ret_mapped);
bool rating_is_empty(const struct rating_values *values);

/* Lays the fields that a correction gives over a rating (both decoded structs; spans borrowed from both).
 * Dimensions are corrected one by one; one that finds DIMENSIONS_MAX others is left out. */
void rating_correct(struct rated *rating, const struct corrected *correction);

struct dimension_sums {
    char dimension[NAME_MAX_BYTES + 1];
    uint8_t len;
    struct sums sums;
};

static inline struct span dimension_name(const struct dimension_sums *dimension)
{
    return span_make(dimension->dimension, dimension->len);
}

/* One row, and any roll-up of rows. Plain data; zero is empty. Equal sums are equal bytes. */
struct score_sums {
    uint64_t n; /* ratings */
    struct sums weighted;
    struct sums overall; /* of overall */
    struct sums overall_only;
    uint64_t satisfied; /* overall >= the policy's 8 when it was folded */
    uint64_t nps_n, promoters, detractors;
    struct sums ces;
    uint64_t forms, perfect; /* for honesty.h, as are these: overalls by our own calls, and by the manufacturer */
    struct sums inhouse, oem;
    struct dimension_sums dimension[DIMENSIONS_MAX]; /* in order of name */
    uint32_t dimension_count;
    uint64_t dropped; /* answers on dimensions behind the first DIMENSIONS_MAX names, not summed; reported */
};

/* sign +1 adds, -1 takes back. What is taken back must have been added: values reduced, and `satisfied` judged, by the
 * policy that was in force then; anything else would ruin the sums, and ends the process where that shows. */
void score_add(const struct policy *policy, struct score_sums *sums, const struct rating_values *values, int sign);
/* Rolls `from` into `into`. */
void score_roll_up(struct score_sums *into, const struct score_sums *from);
/* Takes `what` out of sums that it was rolled up into; false, with `from` spoilt, when that can't be. */
bool score_take_out(struct score_sums *from, const struct score_sums *what);

/* Row encoding: version byte, then LEB128-style variable integers; at most SCORE_ROW_MAX bytes. */
#define SCORE_ROW_MAX 2048u
size_t score_row_encode(const struct score_sums *sums, uint8_t buffer[SCORE_ROW_MAX]);
int score_row_decode(struct span row, struct score_sums *ret_sums); /* -E_BAD_FORMAT */
/* The same, and only what ratings can add up to: for rows that a disk has kept. */
int score_row_read(struct span row, struct score_sums *ret_sums);

/* Sums of one department at a time, finished into figures. CSI = 100 x sum(w_k x mean_k) / sum(w_k) over the
 * dimensions with answers that the department's weights know (0-1000), its interval Student's t over the ratings'
 * own weighted means (as wide as these spread by the weights under which each was counted, around the index by those of
 * `policy`, so that it holds the index whatever was adopted in between); several departments pool: means weighted by their n. Names in ret_score point into `sums` and
 * the caller's arguments: both outlive it. The caller sets store, department, staff, period and id itself. */
struct department_sums {
    struct span department;
    const struct score_sums *sums;
};
void score_figures(const struct policy *policy, const struct department_sums *parts, uint32_t count,
                   const struct score_sums *total, struct score *ret_score);

/* ---- periods ---- */

/* "2026-11-23", "2026-11", "2026-Q4", "2026-H2", "2026" to local days [first, last]. -E_BAD_TIME. */
int period_days(struct span period, int64_t *ret_first_day, int64_t *ret_last_day);

/* Local day to "2026-11-23"; days before year 0 or after 9999 give the first or last day that can be written. */
#define PERIOD_OF_DAY_LEN 10u
void period_of_day(int64_t day, char ret_text[PERIOD_OF_DAY_LEN + 1]);

#endif
