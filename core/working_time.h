/*
 * working_time.h - walks through the working time of one calendar. Pure. Only for calendar.c.
 *
 * Work goes on while the clock on the wall shows a minute of a shift. The walk goes piece by piece: a piece is what one
 * shift has of one stretch of equal offset.
 *
 *   local     08:30 ######## 12:00 . 13:00 ########## 17:30 .............. 08:30 ########
 *   pieces          [begin    end)         [begin      end)                       [...
 *
 * Whole weeks without a holiday, a make-up day or a change of the clocks are passed at once, so that an instant in the
 * year 9999 costs no more than one next month.
 */
#ifndef MANYI_CORE_WORKING_TIME_H
#define MANYI_CORE_WORKING_TIME_H

#include "core/zone_time.h"

/* A calendar with its zone; borrowed from the policy. */
struct working_time {
    const struct calendar *calendar;
    struct zone_time zone;
};

/* The hours of a day, its exceptions minded. */
const struct day_hours *working_hours(const struct calendar *calendar, int64_t day);

/* Milliseconds of working time: when so many have passed since from_ms (the earliest such instant), and how many pass. */
int64_t working_add(struct working_time time, int64_t from_ms, int64_t amount_ms);
int64_t working_between(struct working_time time, int64_t from_ms, int64_t to_ms);

/* The same in working days of 24 h, each spread evenly over its own working time. working_days_add answers an instant of
 * working time, rounded up to the millisecond, for amount_ms > 0. */
int64_t working_days_add(struct working_time time, int64_t from_ms, int64_t amount_ms);
int64_t working_days_between(struct working_time time, int64_t from_ms, int64_t to_ms);

#endif
