/* oracle_time.h - how time passes by a rulebook's calendars, counted minute by minute. Only for oracle*.c. */
#ifndef MANYI_TESTS_SIM_ORACLE_TIME_H
#define MANYI_TESTS_SIM_ORACLE_TIME_H

#include "core/policy.h"

int64_t oracle_whole_second(int64_t ms);
/* When so much has passed since from_ms, and what of a unit passes until to_ms: by the store's calendar; NULL: the national one. */
int64_t oracle_pass(const struct policy *policy, const char *store, int64_t from_ms, struct duration amount);
int64_t oracle_passed(const struct policy *policy, const char *store, int64_t from_ms, int64_t to_ms,
                      enum time_unit unit);
/* The end of the night that an instant lies in, by the store's clock; else the instant. */
int64_t oracle_night_end(const struct policy *policy, const char *store, int64_t at_ms);
/* The first instant after another at which the store's day has come to a minute: of any day, or of a worked one. */
int64_t oracle_comes(const struct policy *policy, const char *store, int64_t after_ms, uint32_t of_day,
                     bool worked_day);
/* The store's next second of work, and the first instant of one of its days at which the clock has come to a minute. */
int64_t oracle_next_work(const struct policy *policy, const char *store, int64_t ms);
int64_t oracle_at(const struct policy *policy, const char *store, int64_t day, uint32_t of_day);
/* The local day of an instant: the group's, and the store's. */
int64_t oracle_day(const struct policy *policy, int64_t ms);
int64_t oracle_local_day(const struct policy *policy, const char *store, int64_t ms);

#endif
