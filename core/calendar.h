/*
 * calendar.h - the one place that knows how time passes for a store.
 *
 * Working time is what the clock on the store's wall shows to be working hours of a working day. So an hour that does
 * not exist is no working time, and one that exists twice is twice: neither is lost nor added.
 *
 *   TIME_WALL           as the seconds go
 *   TIME_WORKING        as working time goes: a day of 08:30-12:00 and 13:00-17:30 has 8 h of it. A duration that is used
 *                       up by 12:00 is over at 12:00, not at 13:00.
 *   TIME_WORKING_DAYS   24 h of it a working day, spread evenly over the day's working time; what begins outside working
 *                       time begins with the next. So 2 d from Friday 16:00 are over on Tuesday at 16:00, and from
 *                       Saturday noon on Wednesday at 08:30; what is due by days is due within working time.
 *
 * A store's calendar is the one that names it, else the policy's usual one; statutory clocks go by the national one. A day
 * of a year that the calendar has no table for is a plain day of the week: see calendar_covers. Pure.
 */
#ifndef MANYI_CORE_CALENDAR_H
#define MANYI_CORE_CALENDAR_H

#include "core/policy.h"

/* Lets every store be open always: working time passes like wall time, a working day has 24 h of it. For tests that are
 * not about calendars. */
void calendar_round_the_clock(struct policy *policy);

/* ---- time of a store ---- */

/* The instant at which `amount` has passed since from_ms, rounded up to the second; from_ms, rounded up, for 0. */
int64_t calendar_add(const struct policy *policy, struct span store, int64_t from_ms, struct duration amount);

/* How much of `unit` passes between two instants; 0 when to_ms <= from_ms. What passes until a day and from there on adds
 * up to what passes in all. The inverse of calendar_add, but for its rounding. */
int64_t calendar_between(const struct policy *policy, struct span store, int64_t from_ms, int64_t to_ms,
                         enum time_unit unit);

/* The same by the national calendar: for statutory clocks, whatever the hours of the store. */
int64_t calendar_add_national(const struct policy *policy, int64_t from_ms, struct duration amount);
int64_t calendar_between_national(const struct policy *policy, int64_t from_ms, int64_t to_ms, enum time_unit unit);

/* False when an instant of [from_ms, to_ms] lies in a year that the calendar has no table for. */
bool calendar_covers(const struct policy *policy, struct span store, int64_t from_ms, int64_t to_ms);
bool calendar_covers_national(const struct policy *policy, int64_t from_ms, int64_t to_ms);

/* The first instant after after_ms at which the store's day has come to `minute`: on a working day, or on any. */
int64_t calendar_next_minute(const struct policy *policy, struct span store, int64_t after_ms, uint32_t minute);
int64_t calendar_next_local_minute(const struct policy *policy, struct span store, int64_t after_ms, uint32_t minute);

/* What the clock on the store's wall shows: the day, and the minute of it. */
int64_t calendar_local_day(const struct policy *policy, struct span store, int64_t at_ms);
int64_t calendar_local_minute(const struct policy *policy, struct span store, int64_t at_ms);

/* The instant at which the store's day has come to `minute` (0 to 1440): one that does not exist is the first instant
 * after the gap, of one that exists twice it is the first. */
int64_t calendar_at(const struct policy *policy, struct span store, int64_t day, uint32_t minute);

/* ---- time of the group: the policy's own zone ---- */

/* Local day of an instant, in days since 1970-01-01. A few instructions in a zone without summer time: every rating
 * asks. */
int64_t calendar_day(const struct policy *policy, int64_t at_ms);

/* Minutes east of Greenwich at an instant. */
int32_t calendar_offset_minutes(const struct policy *policy, int64_t at_ms);

/* The first instant of a local day, and of the first day of a month (1-12; 13 is January of the next year). */
int64_t calendar_day_begin_ms(const struct policy *policy, int64_t day);
int64_t calendar_month_begin_ms(const struct policy *policy, int32_t year, uint32_t month);

#endif
