/*
 * calendar_document.h - the YAML form of a calendar and of a zone, as texts: part of a policy, or a file of its own. Only for
 * policy_*.c and calendar_*.c.
 *
 *   - calendar: national                     zones:  (written by `policy adopt`, not by people)
 *     zone: Asia/Shanghai                    - zone: Europe/Berlin
 *     years: 2025-2026                         offset_minutes: 60
 *     hours: {monday: "08:30-12:00, ..."}      changes:
 *     holidays: [2026-02-15 to 2026-02-23]     - {at: "2026-03-29T01:00:00Z", offset_minutes: 120}
 *     makeup_days: [2026-02-14 like monday]
 *     stores: [sh-pudong]
 *
 * libcyaml checks the shape; what the texts mean is worked out in policy_calendar.c. An empty text was left out.
 */
#ifndef MANYI_IO_CALENDAR_DOCUMENT_H
#define MANYI_IO_CALENDAR_DOCUMENT_H

#include "core/calendar_tables.h"
#include "io/document_text.h"

#define DOCUMENT_ZONES_MAX (CALENDARS_MAX + 1) /* and the policy's own */

typedef char hours_text[64];
typedef char days_text[40];

struct document_calendar {
    name_text calendar, zone;
    figure_text years;
    hours_text hours[WEEKDAYS];
    days_text holidays[HOLIDAYS_MAX];
    uint32_t holidays_count;
    days_text makeup_days[MAKEUP_DAYS_MAX];
    uint32_t makeup_days_count;
    name_text stores[CALENDAR_STORES_MAX];
    uint32_t stores_count;
};

struct document_change {
    figure_text at, offset_minutes;
};

struct document_zone {
    name_text zone;
    figure_text offset_minutes;
    struct document_change changes[ZONE_CHANGES_MAX];
    uint32_t changes_count;
};

/* Entries of the lists `calendars` and `zones`, for libcyaml's schemas, and a calendar that is a file of its own. */
struct cyaml_schema_value;
extern const struct cyaml_schema_value document_calendar_value;
extern const struct cyaml_schema_value document_zone_value;
extern const struct cyaml_schema_value document_calendar_file;

/* "monday" */
extern const char *const weekday_names[WEEKDAYS];

#endif
