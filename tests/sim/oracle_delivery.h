/* oracle_delivery.h - who was really told of a notice, a task, a callback. Only for oracle*.c. */
#ifndef MANYI_TESTS_SIM_ORACLE_DELIVERY_H
#define MANYI_TESTS_SIM_ORACLE_DELIVERY_H

#include "tests/sim/oracle_inside.h"

/* Somebody is to be told as of at_ms who has not been; `of` says how urgent that is. */
void oracle_telling_begins(const struct oracle *oracle, const struct oracle_addressee *of, int64_t at_ms,
                           struct oracle_telling *telling);
/* The same once more. */
void oracle_telling_again(const struct oracle *oracle, const struct oracle_addressee *of, int64_t at_ms,
                          struct oracle_telling *telling);
/* More urgent now, or less. */
void oracle_telling_regraded(const struct oracle *oracle, const struct oracle_addressee *of, int64_t at_ms,
                             struct oracle_telling *telling);
/* Nobody is to be told any more. */
void oracle_telling_ends(struct oracle_telling *telling);

/* notice.sent, failed, read. */
void oracle_reported(struct oracle *oracle, const struct event *event);
/* At the end of each moment: whoever has a task to do, or a callback to make, by what has just changed is told. */
void oracle_tell_them(struct oracle *oracle, int64_t at_ms);
/* Another roster: somebody else may take the calls of its store. */
void oracle_callback_renamed(struct oracle *oracle, struct oracle_callback *callback);
/* It has failed for too long. */
void oracle_task_climbs(struct oracle *oracle, struct oracle_task *task, int64_t at_ms);
void oracle_callback_climbs(struct oracle *oracle, struct oracle_callback *callback, int64_t at_ms);

/* ---- oracle_climb.c ---- */

/* A notice that does not arrive goes up; one that was seen takes with it those that stand for it, and that it stands for. */
void oracle_notice_climbs(struct oracle *oracle, uint32_t index, int64_t at_ms);
void oracle_notice_row_seen(struct oracle *oracle, uint32_t index);
/* The newest notice was raised because of another that did not arrive. */
void oracle_notice_because(struct oracle *oracle, const char *what, const char *to, const char *reason);

#endif
