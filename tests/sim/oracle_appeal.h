/* oracle_appeal.h - what the oracle knows of appeals, of what is accounted, and of months that close. Only for oracle*.c. */
#ifndef MANYI_TESTS_SIM_ORACLE_APPEAL_H
#define MANYI_TESTS_SIM_ORACLE_APPEAL_H

#include "tests/sim/oracle_inside.h"

struct oracle_appeal {
    uint64_t seq, changed_seq, rating; /* rating 0: against `entry` */
    oracle_label entry;
    struct oracle_names parties;
    oracle_name by, store, department, ruled_by, reviewed_by, moved_to;
    int32_t ground, status;
    int64_t filed_ms, rule_due_ms, ruled_ms, review_due_ms, closed_ms, leaves_ms; /* ORACLE_NEVER: none */
    bool overdue, gone, changed;
};

/* A month that is open, or was. */
struct oracle_month {
    oracle_label id;
    int64_t month; /* year * 12 + its number - 1 */
    int64_t closes_ms, closed_ms, due_ms;
    uint64_t changed_seq;
    uint32_t rows; /* still to be told */
    bool closed;
};

/* A row of a closed period. */
struct oracle_frozen {
    char period[16];
    oracle_name store, department;
    int64_t n;
    double csi; /* NAN: none */
    uint64_t entry;
    bool told;
};

/* ---- oracle_appeal.c ---- */

bool oracle_appeal_is_open(const struct oracle_appeal *appeal);
int64_t oracle_appeal_next(const struct oracle_appeal *appeal);
int oracle_appeal_filed(struct oracle *oracle, const struct event *event);
int oracle_appeal_ruled(struct oracle *oracle, const struct event *event);
void oracle_appeal_fire(struct oracle *oracle, struct oracle_appeal *appeal, int64_t due_ms);
void oracle_appeal_reckon(struct oracle *oracle, struct oracle_appeal *appeal);

/* ---- oracle_period.c ---- */

/* A rating that is no import was counted. */
void oracle_period_begin(struct oracle *oracle);
void oracle_month_fire(struct oracle *oracle, uint32_t index, int64_t due_ms);
void oracle_month_reckon(struct oracle *oracle);
/* Where a rating is accounted; false: nowhere. */
bool oracle_accounted(const struct oracle_rating *rating, const char **ret_department);
/* Ratings that are accounted to a department on these days, and their index by a rulebook; NAN: none. */
void oracle_accountable(const struct oracle *oracle, const struct policy *policy, const char *store,
                        const char *department, int64_t from_day, int64_t to_day, int64_t *ret_n, double *ret_csi);
/* The card of a row that was frozen, with the right figures, told once. */
bool oracle_knows_row(struct oracle *oracle, uint64_t cause, const struct period *card, char *message);

/* ---- oracle_score.c ---- */

/* The fact that a decision names; NULL: none before it. */
const struct oracle_fact *oracle_fact_of(const struct oracle *oracle, const struct event *event,
                                         const struct reference *of);
/* An appeal has changed how it is accounted: its places have other cards. */
void oracle_recount_accounted(struct oracle *oracle, const struct oracle_rating *rating);
/* Does it count in the voice on these days, the last included? */
bool oracle_is_voiced(const struct oracle *oracle, const struct oracle_rating *rating, int64_t from_day,
                      int64_t to_day);
/* Is it accounted to this department on these days? */
bool oracle_is_accounted_to(const struct oracle *oracle, const struct oracle_rating *rating, const char *store,
                            const char *department, int64_t from_day, int64_t to_day);
/* Has it a weighted mean in that department? */
bool oracle_has_mean(const struct oracle *oracle, const struct oracle_rating *rating, const char *department);

/* ---- oracle_compare_appeals.c ---- */

bool oracle_appeal_agrees(const struct oracle_appeal *appeal, const struct appeal *card,
                          char message[ORACLE_MESSAGE_MAX]);
bool oracle_month_agrees(const struct oracle_month *month, const struct period *card, char message[ORACLE_MESSAGE_MAX]);
/* All of them beside the state's. */
bool oracle_appeals_agree(struct oracle *oracle, struct store_txn *state, char message[ORACLE_MESSAGE_MAX]);

#endif
