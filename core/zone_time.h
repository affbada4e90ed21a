/*
 * zone_time.h - what the clocks of a zone show, and when they show it. Pure: changes come in as data.
 *
 *   instant    ----------------|---------------->        spring: local time jumps from 02:00 to 03:00
 *   local      00:00  01:00  03:00  04:00                 autumn: from 03:00 back to 02:00
 */
#ifndef MANYI_CORE_ZONE_TIME_H
#define MANYI_CORE_ZONE_TIME_H

#include "core/calendar_tables.h"

#define SECOND_MS 1000ll
#define MINUTE_MS (60 * SECOND_MS)
#define DAY_MS (24 * 60 * MINUTE_MS)

/* A zone, wherever its figures lie; borrowed from the policy. */
struct zone_time {
    int64_t offset_minutes; /* before the first change */
    const struct zone_changes *changes;
};

/* As long as one offset lasts: [from_ms, to_ms), INT64_MIN and INT64_MAX at the ends. */
struct stretch {
    int64_t from_ms, to_ms;
    int64_t offset_ms;
};

struct stretch zone_stretch(struct zone_time zone, int64_t at_ms);

/* Local days since 1970-01-01, and the milliseconds of local time since then. */
int64_t zone_day(struct zone_time zone, int64_t at_ms);
int64_t zone_local_ms(struct zone_time zone, int64_t at_ms);

/* The first instant at which the clocks show local_ms or more of that stretch: for a time that is left out, the first
 * instant after the gap; for one that comes twice, the first. */
int64_t zone_instant(struct zone_time zone, int64_t local_ms);

/* Towards minus infinity, so that times before 1970 fall on the right day. */
static inline int64_t divide_down(int64_t dividend, int64_t divisor)
{
    return dividend / divisor - (dividend % divisor < 0);
}

#endif
