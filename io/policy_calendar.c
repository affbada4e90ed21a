/* policy_calendar.c - calendars and zones from the texts of a document, and back. */
#include "io/policy_calendar.h"

#include "core/ensure.h"
#include "core/rfc3339.h"
#include "core/status.h"
#include "io/calendar_text.h"
#include "io/policy_figure.h"

#include <stdio.h>
#include <stdlib.h>

#define OFFSET_MOST (14 * 60)
#define PATH_BYTES 64u

static const struct figure zone_offset = {"offset_minutes",
                                          FIGURE_NUMBER,
                                          offsetof(struct document_zone, offset_minutes),
                                          offsetof(struct calendar_zone, offset_minutes),
                                          sizeof(int32_t),
                                          -OFFSET_MOST,
                                          OFFSET_MOST};
static const struct figure change_offset = {"offset_minutes",
                                            FIGURE_NUMBER,
                                            offsetof(struct document_change, offset_minutes),
                                            offsetof(struct zone_change, offset_minutes),
                                            sizeof(int64_t),
                                            -OFFSET_MOST,
                                            OFFSET_MOST};

/* ---- one calendar ---- */

/* "calendars[1].holidays[3]", or "holidays[3]" */
static const char *path_of(char buffer[PATH_BYTES], const char *path, const char *key, int index)
{
    int len = snprintf(buffer, PATH_BYTES, "%.20s%s%.20s", path, path[0] ? "." : "", key);
    if (index >= 0)
        snprintf(buffer + len, PATH_BYTES - (size_t)len, "[%d]", index);
    return buffer;
}

static int read_hours(const struct policy_flaw *flaw, const char *path, const struct document_calendar *from,
                      struct calendar *calendar)
{
    char key[PATH_BYTES], place[PATH_BYTES], wrong[TEXT_WRONG_MAX];
    bool works = false;
    for (uint32_t day = 0; day < WEEKDAYS; day++) {
        if (from->hours[day][0] == '\0')
            continue;
        snprintf(key, sizeof key, "hours.%s", weekday_names[day]);
        if (!hours_read(from->hours[day], &calendar->weekday[day], wrong))
            return policy_flaw(flaw, path_of(place, path, key, -1), "%s", wrong);
        works = works || calendar->weekday[day].count > 0;
    }
    if (!works)
        return policy_flaw(flaw, path_of(place, path, "hours", -1), "has no working hours on any day of the week");
    return 0;
}

/* An exception of the calendar, and the key that says it. */
struct exception_row {
    struct exception exception;
    const char *key;
    int index;
};

static int exceptions_compare(const void *left, const void *right)
{
    const struct exception_row *a = left, *b = right;
    return (a->exception.first_day > b->exception.first_day) - (a->exception.first_day < b->exception.first_day);
}

/* Each day is in a year that the calendar covers, and each such year has a holiday if any has. */
static int check_years(const struct policy_flaw *flaw, const char *path, const struct calendar *calendar,
                       const struct exception_row *rows, uint32_t count)
{
    char place[PATH_BYTES];
    bool known[CALENDAR_YEAR_MOST - CALENDAR_YEAR_LEAST + 1] = {false};
    for (uint32_t i = 0; i < count; i++) {
        int32_t first = civil_from_days(rows[i].exception.first_day).year;
        int32_t last = civil_from_days(rows[i].exception.last_day).year;
        if (first < calendar->first_year || last > calendar->last_year)
            return policy_flaw(flaw, path_of(place, path, rows[i].key, rows[i].index),
                               "lies outside the years %d to %d that the calendar says it covers", calendar->first_year,
                               calendar->last_year);
        for (int32_t year = first; rows[i].exception.like == LIKE_NONE && year <= last; year++)
            known[year - CALENDAR_YEAR_LEAST] = true;
    }
    for (int32_t year = calendar->first_year; count > 0 && year <= calendar->last_year; year++) {
        if (!known[year - CALENDAR_YEAR_LEAST])
            return policy_flaw(flaw, path_of(place, path, "years", -1),
                               "covers %d, a year without a calendar: no holiday of it is given", year);
    }
    return 0;
}

static int check_overlaps(const struct policy_flaw *flaw, const char *path, const struct calendar *calendar,
                          const struct exception_row *rows, uint32_t count)
{
    char place[PATH_BYTES];
    for (uint32_t i = 0; i < count; i++) {
        int32_t like = rows[i].exception.like;
        if (like != LIKE_NONE && calendar->weekday[like].count == 0)
            return policy_flaw(flaw, path_of(place, path, rows[i].key, rows[i].index),
                               "is worked like %s, which has no working hours", weekday_names[like]);
        if (i == 0 || rows[i].exception.first_day > rows[i - 1].exception.last_day)
            continue;
        bool alike = (like == LIKE_NONE) == (rows[i - 1].exception.like == LIKE_NONE);
        return policy_flaw(flaw, path_of(place, path, rows[i].key, rows[i].index),
                           alike ? "says a day that %s[%d] says already"
                                 : "says a day that %s[%d] says, too: it is a holiday or a make-up day, not both",
                           rows[i - 1].key, rows[i - 1].index);
    }
    return 0;
}

static int read_exceptions(const struct policy_flaw *flaw, const char *path, const struct document_calendar *from,
                           struct calendar *calendar)
{
    struct exception_row rows[HOLIDAYS_MAX + MAKEUP_DAYS_MAX];
    uint32_t count = 0;
    char place[PATH_BYTES], wrong[TEXT_WRONG_MAX];
    for (uint32_t i = 0; i < from->holidays_count; i++, count++) {
        rows[count] = (struct exception_row){.key = "holidays", .index = (int)i};
        if (!holiday_read(from->holidays[i], &rows[count].exception, wrong))
            return policy_flaw(flaw, path_of(place, path, "holidays", (int)i), "%s", wrong);
    }
    for (uint32_t i = 0; i < from->makeup_days_count; i++, count++) {
        rows[count] = (struct exception_row){.key = "makeup_days", .index = (int)i};
        if (!makeup_day_read(from->makeup_days[i], &rows[count].exception, wrong))
            return policy_flaw(flaw, path_of(place, path, "makeup_days", (int)i), "%s", wrong);
    }
    int result = check_years(flaw, path, calendar, rows, count);
    if (count > 0)
        qsort(rows, count, sizeof rows[0], exceptions_compare);
    if (result == 0)
        result = check_overlaps(flaw, path, calendar, rows, count);
    if (result < 0)
        return result;
    calendar->exception_count = count;
    for (uint32_t i = 0; i < count; i++)
        calendar->exception[i] = rows[i].exception;
    return 0;
}

int calendar_read(const struct policy_flaw *flaw, const char *path, const struct document_calendar *from,
                  struct calendar *ret_calendar)
{
    char place[PATH_BYTES], wrong[TEXT_WRONG_MAX];
    struct calendar calendar;
    memset(&calendar, 0, sizeof calendar); /* with what lies between: policies are compared as bytes */
    int result = policy_name_read(flaw, path_of(place, path, "calendar", -1), from->calendar, calendar.name);
    if (result == 0 && !years_read(from->years, &calendar, wrong))
        return policy_flaw(flaw, path_of(place, path, "years", -1), "%s", wrong);
    if (result == 0)
        result = read_hours(flaw, path, from, &calendar);
    if (result == 0)
        result = read_exceptions(flaw, path, from, &calendar);
    if (result == 0)
        *ret_calendar = calendar;
    return result;
}

/* ---- all of them ---- */

static int read_changes(const struct policy_flaw *flaw, uint32_t index, const struct document_zone *from,
                        struct zone_changes *changes)
{
    changes->count = from->changes_count;
    for (uint32_t i = 0; i < from->changes_count; i++) {
        struct zone_change *change = &changes->change[i];
        char path[PATH_BYTES];
        snprintf(path, sizeof path, "zones[%u].changes[%u]", index, i);
        if (rfc3339_parse(span_of(from->changes[i].at), &change->at_ms) < 0 || change->at_ms % 1000 != 0)
            return policy_flaw(flaw, path, "has \"%s\" as its time; allowed is one such as 2026-03-29T01:00:00Z",
                               from->changes[i].at);
        if (i > 0 && change->at_ms <= change[-1].at_ms)
            return policy_flaw(flaw, path, "is not later than the one before it");
        if (!figure_read(&change_offset, from->changes[i].offset_minutes, change))
            return policy_flaw(flaw, path, "has \"%s\" as its offset; allowed is a whole number from %d to %d",
                               from->changes[i].offset_minutes, -OFFSET_MOST, OFFSET_MOST);
    }
    return 0;
}

static int read_zones(const struct policy_flaw *flaw, const struct document *document, struct policy *policy)
{
    struct policy_calendars *calendars = &policy->calendars;
    for (uint32_t i = 0; i < document->zones_count; i++) {
        const struct document_zone *from = &document->zones[i];
        struct calendar_zone zone;
        memset(&zone, 0, sizeof zone);
        char path[PATH_BYTES];
        snprintf(path, sizeof path, "zones[%u].zone", i);
        int result = policy_name_read(flaw, path, from->zone, zone.name);
        for (uint32_t k = 0; result == 0 && k < i; k++) {
            if (strcmp(from->zone, document->zones[k].zone) == 0)
                return policy_flaw(flaw, path, "gives %s a second time", from->zone);
        }
        if (result == 0)
            result = read_changes(flaw, i, from, &zone.changes);
        snprintf(path, sizeof path, "zones[%u].offset_minutes", i);
        if (result == 0 && !figure_read(&zone_offset, from->offset_minutes, &zone))
            result = policy_flaw(flaw, path, "is \"%s\"; allowed is a whole number from %d to %d", from->offset_minutes,
                                 -OFFSET_MOST, OFFSET_MOST);
        if (result < 0)
            return result;
        if (strcmp(zone.name, policy->zone) == 0) {
            policy->utc_offset_minutes = zone.offset_minutes;
            calendars->own_changes = zone.changes;
        } else if (calendars->zone_count == CALENDARS_MAX) {
            return policy_flaw(flaw, path, "is of one zone more than there may be calendars");
        } else {
            calendars->zone[calendars->zone_count++] = zone;
        }
    }
    return 0;
}

static int read_zone_of(const struct policy_flaw *flaw, const char *path, const char *zone, const struct policy *policy,
                        struct calendar *calendar)
{
    char place[PATH_BYTES];
    calendar->zone = 0;
    if (zone[0] == '\0' || strcmp(zone, policy->zone) == 0)
        return 0;
    for (uint32_t i = 0; i < policy->calendars.zone_count; i++) {
        if (strcmp(zone, policy->calendars.zone[i].name) == 0)
            calendar->zone = i + 1;
    }
    if (calendar->zone == 0)
        return policy_flaw(flaw, path_of(place, path, "zone", -1), "is %s, a zone whose figures `zones` does not give",
                           zone);
    return 0;
}

static int stores_compare(const void *left, const void *right)
{
    return strcmp(((const struct calendar_store *)left)->store, ((const struct calendar_store *)right)->store);
}

static int read_stores(const struct policy_flaw *flaw, const struct document *document, uint32_t index,
                       struct policy_calendars *calendars)
{
    const struct document_calendar *from = &document->calendars[index];
    for (uint32_t i = 0; i < from->stores_count; i++) {
        char path[PATH_BYTES];
        snprintf(path, sizeof path, "calendars[%u].stores[%u]", index, i);
        struct calendar_store *store = &calendars->store[calendars->store_count];
        int result = policy_name_read(flaw, path, from->stores[i], store->store);
        if (result < 0)
            return result;
        for (uint32_t k = 0; k < calendars->store_count; k++) {
            if (strcmp(calendars->store[k].store, store->store) == 0)
                return policy_flaw(flaw, path, "gives %s a calendar a second time", store->store);
        }
        store->calendar = index;
        calendars->store_count++;
    }
    return 0;
}

static int read_list(const struct policy_flaw *flaw, const struct document *document, struct policy *policy)
{
    struct policy_calendars *calendars = &policy->calendars;
    bool national = false;
    calendars->calendar_count = document->calendars_count;
    for (uint32_t i = 0; i < document->calendars_count; i++) {
        const struct document_calendar *from = &document->calendars[i];
        char path[PATH_BYTES];
        snprintf(path, sizeof path, "calendars[%u]", i);
        int result = calendar_read(flaw, path, from, &calendars->calendar[i]);
        if (result == 0)
            result = read_zone_of(flaw, path, from->zone, policy, &calendars->calendar[i]);
        if (result == 0)
            result = read_stores(flaw, document, i, calendars);
        if (result < 0)
            return result;
        for (uint32_t k = 0; k < i; k++) {
            if (strcmp(from->calendar, calendars->calendar[k].name) == 0)
                return policy_flaw(flaw, path, "gives %s a second time", from->calendar);
        }
        if (strcmp(from->calendar, CALENDAR_NATIONAL) == 0) {
            national = true;
            calendars->national = calendars->usual = i;
        }
    }
    if (!national)
        return policy_flaw(flaw, "calendars", "has none that is called %s, by which statutory clocks go",
                           CALENDAR_NATIONAL);
    qsort(calendars->store, calendars->store_count, sizeof calendars->store[0], stores_compare);
    return 0;
}

static int read_usual(const struct policy_flaw *flaw, const char *name, struct policy_calendars *calendars)
{
    for (uint32_t i = 0; i < calendars->calendar_count; i++) {
        if (strcmp(name, calendars->calendar[i].name) == 0) {
            calendars->usual = i;
            return 0;
        }
    }
    return policy_flaw(flaw, "calendar", "is %s, which `calendars` does not have", name);
}

int calendars_read(const struct policy_flaw *flaw, const struct document *document, struct policy *policy)
{
    struct policy_calendars *calendars = &policy->calendars;
    if (document->calendars_count > 0)
        memset(calendars, 0, sizeof *calendars);
    int result = read_zones(flaw, document, policy);
    if (result == 0 && document->calendars_count > 0)
        result = read_list(flaw, document, policy);
    if (result == 0 && document->calendar[0])
        result = read_usual(flaw, document->calendar, calendars);
    return result;
}

/* ---- writing ---- */

void zone_write(const char *name, int32_t offset_minutes, const struct zone_changes *changes,
                struct document_zone *ret_zone)
{
    struct document_zone *to = ret_zone;
    const struct calendar_zone zone = {.offset_minutes = offset_minutes};
    snprintf(to->zone, sizeof to->zone, "%s", name);
    figure_write(&zone_offset, &zone, to->offset_minutes);
    to->changes_count = changes->count;
    for (uint32_t i = 0; i < changes->count; i++) {
        char at[RFC3339_LEN + 1];
        rfc3339_format(changes->change[i].at_ms, at);
        snprintf(to->changes[i].at, sizeof to->changes[i].at, "%.19sZ", at);
        figure_write(&change_offset, &changes->change[i], to->changes[i].offset_minutes);
    }
}

static void write_calendar(const struct policy *policy, const struct calendar *from, struct document_calendar *to)
{
    const char *zone = from->zone == 0 ? policy->zone : policy->calendars.zone[from->zone - 1].name;
    memcpy(to->calendar, from->name, sizeof to->calendar);
    memcpy(to->zone, zone, sizeof to->zone);
    years_write(from, to->years);
    for (uint32_t day = 0; day < WEEKDAYS; day++)
        hours_write(&from->weekday[day], to->hours[day]);
    for (uint32_t i = 0; i < from->exception_count; i++) {
        const struct exception *exception = &from->exception[i];
        exception_write(exception, exception->like == LIKE_NONE ? to->holidays[to->holidays_count++]
                                                                : to->makeup_days[to->makeup_days_count++]);
    }
}

void calendars_write(const struct policy *policy, struct document *document)
{
    const struct policy_calendars *calendars = &policy->calendars;
    memcpy(document->calendar, calendars->calendar[calendars->usual].name, sizeof document->calendar);
    if (calendars->own_changes.count > 0)
        zone_write(policy->zone, policy->utc_offset_minutes, &calendars->own_changes,
                   &document->zones[document->zones_count++]);
    for (uint32_t i = 0; i < calendars->zone_count; i++)
        zone_write(calendars->zone[i].name, calendars->zone[i].offset_minutes, &calendars->zone[i].changes,
                   &document->zones[document->zones_count++]);
    document->calendars_count = calendars->calendar_count;
    for (uint32_t i = 0; i < calendars->calendar_count; i++)
        write_calendar(policy, &calendars->calendar[i], &document->calendars[i]);
    for (uint32_t i = 0; i < calendars->store_count; i++) {
        struct document_calendar *to = &document->calendars[calendars->store[i].calendar];
        memcpy(to->stores[to->stores_count++], calendars->store[i].store, sizeof(name_text));
    }
}
