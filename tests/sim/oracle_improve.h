/*
 * oracle_improve.h - low ratings, drift, effects, flags: what the oracle's other files need of them. Only for oracle*.c.
 */
#ifndef MANYI_TESTS_SIM_ORACLE_IMPROVE_H
#define MANYI_TESTS_SIM_ORACLE_IMPROVE_H

#include "tests/sim/oracle_inside.h"

/* ---- oracle_improve.c ---- */

/* The rating makes dimensions low that `before` (NULL: nothing) did not, and the other way round. */
void oracle_low_answers(struct oracle *oracle, const struct oracle_rating *rating, const struct oracle_rating *before);
void oracle_low_taken_back(struct oracle *oracle, const struct oracle_rating *before, const struct oracle_rating *now);
/* A rating of this place is about to be counted: its days before today are judged. */
void oracle_drift(struct oracle *oracle, const struct oracle_rating *where);
void oracle_effect_measure(struct oracle *oracle, struct oracle_task *task);

/* Welch's interval of the second mean less the first, in points; false where one side has too few answers. */
bool oracle_welch(const struct policy *policy, const struct oracle_sum *first, const struct oracle_sum *second,
                  struct oracle_effect *ret_effect);
/* "2026-11-23" of a day since 1970. */
void oracle_date_of(int64_t day, char text[32]);

/* ---- oracle_flag.c ---- */

void oracle_rating_flags(struct oracle *oracle, const struct oracle_rating *rating, const struct rated *fact);
/* A rated day of this place is over. */
void oracle_day_flags(struct oracle *oracle, const struct oracle_rating *where, int64_t day);
/* Once a month. */
void oracle_flag_month(struct oracle *oracle, const char *store, const char *department, int32_t kind,
                       const char *month);
/* An end of Wilson's interval of a share. */
double oracle_wilson_end(double hits, double n, bool upper);
int64_t oracle_month_begin(int64_t day);
void oracle_flag_fire(struct oracle *oracle, struct oracle_flag *flag, int64_t due_ms);
uint32_t oracle_flag_of_id(const struct oracle *oracle, struct span id);
const char *oracle_flag_rest(const struct oracle_flag *flag);
bool oracle_flag_agrees(struct oracle *oracle, const struct oracle_flag *mine, const struct flag *card,
                        char message[ORACLE_MESSAGE_MAX]);
bool oracle_flags_agree(struct oracle *oracle, struct store_txn *state, bool all, char message[ORACLE_MESSAGE_MAX]);

#endif
