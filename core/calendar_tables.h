/*
 * calendar_tables.h - working hours, holidays and zones as a policy holds them. Plain data: copy it freely.
 *
 * Checked when a document is read (io/policy_calendar.h): shifts of a day rise and don't overlap, exceptions rise and don't
 * overlap and lie in the years covered, a calendar has a shift on some day of the week, changes of a zone rise.
 */
#ifndef MANYI_CORE_CALENDAR_TABLES_H
#define MANYI_CORE_CALENDAR_TABLES_H

#include "core/limits.h"

#include <stdbool.h>
#include <stdint.h>

#define CALENDARS_MAX 8u
#define SHIFTS_MAX 4u           /* working intervals of one day */
#define HOLIDAYS_MAX 64u        /* dates or ranges of dates of one calendar */
#define MAKEUP_DAYS_MAX 64u     /* of one calendar */
#define CALENDAR_STORES_MAX 64u /* that one calendar names */
#define ZONE_CHANGES_MAX 64u    /* two a year, for 32 years */
#define CALENDAR_YEAR_LEAST 1970
#define CALENDAR_YEAR_MOST 2199
#define CALENDAR_NATIONAL "national" /* the one that statutory clocks go by */

enum weekday { MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY, WEEKDAYS };

/* The clocks of a zone are put forward or back. */
struct zone_change {
    int64_t at_ms;
    int64_t offset_minutes; /* east of Greenwich, from then on */
};

struct zone_changes {
    struct zone_change change[ZONE_CHANGES_MAX];
    uint32_t count;
};

/* A zone that is not the policy's own. */
struct calendar_zone {
    char name[NAME_MAX_BYTES + 1];
    int32_t offset_minutes; /* before its first change */
    struct zone_changes changes;
};

/* Minutes of the local day: work goes on in [from, to). */
struct shift {
    uint16_t from, to;
};

struct day_hours {
    struct shift shift[SHIFTS_MAX];
    uint32_t count; /* 0: closed */
};

/* Days that are not like their day of the week. */
#define LIKE_NONE (-1)
struct exception {
    int32_t first_day, last_day; /* since 1970-01-01 */
    int32_t like;                /* enum weekday whose hours are worked; LIKE_NONE: a holiday */
};

struct calendar {
    char name[NAME_MAX_BYTES + 1];
    uint32_t zone;                 /* 0: the policy's own; else zone[zone - 1] */
    int32_t first_year, last_year; /* that exceptions are known for */
    struct day_hours weekday[WEEKDAYS];
    struct exception exception[HOLIDAYS_MAX + MAKEUP_DAYS_MAX];
    uint32_t exception_count;
};

struct calendar_store {
    char store[NAME_MAX_BYTES + 1];
    uint32_t calendar;
};

struct policy_calendars {
    struct zone_changes own_changes; /* of the policy's own zone */
    struct calendar_zone zone[CALENDARS_MAX];
    uint32_t zone_count;
    struct calendar calendar[CALENDARS_MAX];
    uint32_t calendar_count;
    uint32_t national;                                                /* index of CALENDAR_NATIONAL */
    uint32_t usual;                                                   /* index of the one for stores that none names */
    struct calendar_store store[CALENDARS_MAX * CALENDAR_STORES_MAX]; /* in the order of their names */
    uint32_t store_count;
};

#endif
