/*
 * policy_ladder.h - figures of the rulebook about notices at night, how they arrive, and what the law counts. Part of struct policy.
 */
#ifndef MANYI_CORE_POLICY_LADDER_H
#define MANYI_CORE_POLICY_LADDER_H

#include "schemas/types.h"

/* How a duration passes: core/calendar.h. Working days are kept apart from working hours: 10 working days are not 240
 * working hours. */
enum time_unit { TIME_WALL, TIME_WORKING, TIME_WORKING_DAYS };

struct duration {
    int64_t ms; /* a working day counts as 24 h */
    enum time_unit unit;
};

/* Clocks of a grade are the first ones of enum clock_kind; the law's own follow. */
#define CLOCKS_OF_GRADE ((uint32_t)clock_kind_is_callback + 1u)

/* Notices of these levels wait until the morning, except for urgent. */
struct quiet_hours {
    uint32_t from_minute;  /* of the store's day; 1200 */
    uint32_t until_minute; /* 480; the same as from_minute: never quiet */
    int64_t level_most;    /* 1 */
};

/* How a notice arrives. Times go by the wall. */
struct delivery_rules {
    int64_t digest_minutes;    /* what can wait comes together, each so many minutes of the day; 15; 0: at once */
    int64_t digest_level_most; /* levels above come at once ... */
    int32_t at_once_grade;     /* ... and so do notices of this grade and above; major */
    int64_t climb_after_ms[grade_count]; /* undelivered for so long: the next one up is told; 4 h, 1 h, 15 min, 5 min */
    int64_t give_up_after_ms;            /* undelivered for so long: no more tries of this repeat; 3 days */
    int64_t top_again_after_ms;          /* at the top nobody gives up: tried again after; 1 h */
};

/* What the law gives the customer. Figures for repairs are days of 24 h, of which each that is begun counts. */
struct statutory_rules {
    struct duration clock[clock_kind_count]; /* from CLOCKS_OF_GRADE on */
    int64_t loaner_day;                      /* of a repair: from here on a loaner or the fare is due; 6 */
    int64_t loaner_warn_day;                 /* the manager is told when this one begins; 5 */
    int64_t repair_days_most;                /* of a vehicle, in all its repairs; more: the law's next step; 30 */
    int64_t repair_days_warn;                /* the manager is told when this one begins; 25 */
    int64_t fault_repairs_most;              /* of one fault of a vehicle; 4 */
    int64_t safety_failures_most;            /* failed repairs of one safety fault; 2 */
};

#endif
