/* policy_zone.c - the zones that a proposed document names, looked up in the system's files and written into it. */
#include "core/rfc3339.h"
#include "core/status.h"
#include "io/calendar_text.h"
#include "io/policy_calendar.h"
#include "io/zone.h"

#include <stdio.h>
#include <stdlib.h>

#define DAY_MS 86400000ll
#define MARGIN_YEARS 5 /* imports of years before, clocks that run on */

/* The time that the zones are wanted for, by the calendars that the document gives or leaves as they are. */
static void covered_time(const struct document *document, const struct policy *defaults, int64_t *ret_from_ms,
                         int64_t *ret_to_ms)
{
    int32_t first = CALENDAR_YEAR_MOST, last = CALENDAR_YEAR_LEAST;
    bool given = document->calendars_count > 0;
    uint32_t count = given ? document->calendars_count : defaults->calendars.calendar_count;
    for (uint32_t i = 0; i < count; i++) {
        struct calendar calendar = given ? (struct calendar){.zone = 0} : defaults->calendars.calendar[i];
        char wrong[TEXT_WRONG_MAX];
        if (given && !years_read(document->calendars[i].years, &calendar, wrong))
            continue; /* it will be refused */
        first = calendar.first_year < first ? calendar.first_year : first;
        last = calendar.last_year > last ? calendar.last_year : last;
    }
    *ret_from_ms = civil_to_days((struct civil_date){first - MARGIN_YEARS, 1, 1}) * DAY_MS;
    *ret_to_ms = civil_to_days((struct civil_date){last + 1 + MARGIN_YEARS, 1, 1}) * DAY_MS;
}

static struct document_zone *zone_entry(struct document *document, const char *zone)
{
    for (uint32_t i = 0; i < document->zones_count; i++) {
        if (strcmp(document->zones[i].zone, zone) == 0)
            return &document->zones[i];
    }
    return NULL;
}

/* What the system found takes the place of what the document said. */
static int entry_put(const struct policy_flaw *flaw, const char *path, const char *zone, const struct zone_found *found,
                     struct document *document)
{
    struct document_zone *entry = zone_entry(document, zone);
    if (!entry && document->zones_count == DOCUMENT_ZONES_MAX)
        return policy_flaw(flaw, path, "is of one zone more than `zones` has room for");
    entry = entry ? entry : &document->zones[document->zones_count++];
    zone_write(zone, found->offset_minutes, &found->changes, entry);
    return 0;
}

/* Does the zone ever have this offset, as the text says? */
static bool offset_fits(const char *text, const struct zone_found *found)
{
    long minutes = strtol(text, NULL, 10);
    bool fits = minutes == found->offset_minutes;
    for (uint32_t i = 0; i < found->changes.count; i++)
        fits = fits || minutes == found->changes.change[i].offset_minutes;
    return fits;
}

/* The policy's own zone: its offset stands at the top of the document, and an entry only where it changes. */
static int own_put(const struct policy_flaw *flaw, const char *zone, const struct zone_found *found,
                   struct document *document)
{
    if (document->utc_offset_minutes[0] && !offset_fits(document->utc_offset_minutes, found))
        return policy_flaw(flaw, "utc_offset_minutes", "is %s, but %s is at %d by this system's time zones",
                           document->utc_offset_minutes, zone, (int)found->offset_minutes);
    snprintf(document->utc_offset_minutes, FIGURE_TEXT_MAX, "%d", (int)found->offset_minutes);
    if (found->changes.count > 0 || zone_entry(document, zone))
        return entry_put(flaw, "zone", zone, found, document);
    return 0;
}

int zones_resolve(const struct policy_flaw *flaw, const char *zone_dir, const struct policy *defaults,
                  struct document *document)
{
    const char *own = document->zone[0] ? document->zone : defaults->zone;
    int64_t from_ms, to_ms;
    covered_time(document, defaults, &from_ms, &to_ms);
    for (uint32_t i = 0; i <= document->calendars_count; i++) {
        char path[32];
        const char *zone = i == 0 ? own : document->calendars[i - 1].zone;
        snprintf(path, sizeof path, i == 0 ? "zone" : "calendars[%u].zone", i - 1);
        if (zone[0] == '\0' || (i > 0 && strcmp(zone, own) == 0))
            continue;
        struct zone_found found;
        int result = zone_resolve(zone_dir, zone, from_ms, to_ms, &found);
        if (result == -E_NO_MEMORY)
            return result;
        if (result == -E_NO_ROOM)
            return policy_flaw(flaw, path, "is %s, whose clocks change more than %u times in the years covered", zone,
                               ZONE_CHANGES_MAX);
        if (result == -E_CORRUPT)
            return policy_flaw(flaw, path, "is %s, but its file in %s is damaged", zone, zone_dir);
        if (result == -E_NOT_FOUND && zone_dir_exists(zone_dir))
            return policy_flaw(flaw, path, "is %s, which is no time zone that this system knows", zone);
        if (result == 0)
            result = i == 0 ? own_put(flaw, zone, &found, document) : entry_put(flaw, path, zone, &found, document);
        if (result < 0 && result != -E_NOT_FOUND)
            return result;
    }
    return 0;
}
