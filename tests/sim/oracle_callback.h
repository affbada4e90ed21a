/* oracle_callback.h - the oracle's callbacks, and what decides about them. Only for oracle*.c. */
#ifndef MANYI_TESTS_SIM_ORACLE_CALLBACK_H
#define MANYI_TESTS_SIM_ORACLE_CALLBACK_H

#include "tests/sim/oracle_inside.h"

/* ---- oracle_contact.c ---- */

/* Why the customer of this visit is called, an enum callback_why; -1: not called. */
int32_t oracle_called_why(const struct oracle *oracle, int32_t kind, const char *store, const char *number);
/* The callback of this customer that fell due last, unless it is over. */
struct oracle_callback *oracle_current(struct oracle *oracle, const char *customer);
bool oracle_wants_no_calls(const struct oracle *oracle, const char *customer);
/* Who served the customer, or is blamed in the customer's newest complaint, decides nothing. */
bool oracle_is_barred(struct oracle *oracle, const struct oracle_callback *callback, struct span person);
/* NULL when nobody has heard of it. */
struct oracle_meeting *oracle_meeting_of(struct oracle *oracle, const char *store, const char *visit);
/* Why this callback, whose day has come, is not made, an enum callback_skip; -1: it is. */
int32_t oracle_why_not(struct oracle *oracle, const struct oracle_callback *callback);

/* ---- oracle_neglect.c ---- */

/* A rating about this visit, the newest of all; NULL: a complaint. */
void oracle_neglect_mood(struct oracle *oracle, struct oracle_meeting *meeting, const struct rated *fact);
/* What the state counts of each department is what happened. */
bool oracle_neglects_agree(const struct oracle *oracle, struct store_txn *state, char message[ORACLE_MESSAGE_MAX]);
void oracle_neglect_over(struct oracle *oracle, const struct oracle_callback *callback, bool was_overdue);

/* ---- oracle_callback.c ---- */

bool oracle_callback_is_over(const struct oracle_callback *callback);
void oracle_callback_touch(struct oracle *oracle, struct oracle_callback *callback);
void oracle_callback_over(struct oracle *oracle, struct oracle_callback *callback, int32_t status, int64_t at_ms);
void oracle_callback_skip(struct oracle *oracle, struct oracle_callback *callback, int32_t because, int64_t at_ms);
/* The day of a callback that counts from from_ms, not before least_ms. */
int64_t oracle_callback_day(const struct oracle *oracle, const char *store, int32_t kind, int64_t from_ms,
                            int64_t least_ms);

bool oracle_callback_is_open(const struct oracle_callback *callback);
bool oracle_callback_sleeps(const struct oracle_callback *callback);
/* What follows "B-60-". */
const char *oracle_callback_rest(const struct oracle_callback *callback);
/* The index of the callback that has this id; UINT32_MAX: none. */
uint32_t oracle_callback_of_id(const struct oracle *oracle, struct span id);
void oracle_callback_visited(struct oracle *oracle, const struct event *event);
void oracle_callback_recovered(struct oracle *oracle, struct span task);
void oracle_callback_rated(struct oracle *oracle, const struct event *event);
void oracle_callback_complained(struct oracle *oracle, const struct event *event);
void oracle_callback_opted(struct oracle *oracle, const struct event *event);
void oracle_callback_unreached(struct oracle *oracle, const struct event *event);
int oracle_callback_decide(struct oracle *oracle, const struct event *event);
int64_t oracle_callback_next(const struct oracle_callback *callback);
void oracle_callback_fire(struct oracle *oracle, struct oracle_callback *callback, int64_t due_ms);
void oracle_callback_reckon(struct oracle *oracle, struct oracle_callback *callback);

/* ---- oracle_callback_compare.c ---- */

bool oracle_callback_agrees(struct oracle *oracle, const struct oracle_callback *callback, const struct callback *card,
                            char message[ORACLE_MESSAGE_MAX]);
bool oracle_callbacks_agree(struct oracle *oracle, struct store_txn *state, bool all, char message[ORACLE_MESSAGE_MAX]);

#endif
