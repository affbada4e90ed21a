/* calendar_file.c - see calendar_file.h. */
#include "io/calendar_file.h"

#include "core/status.h"
#include "io/policy_calendar.h"
#include "io/yaml.h"
#include "io/zone.h"

#include <stdio.h>

int calendar_file_parse(struct span document, struct policy *policy, char message[POLICY_MESSAGE_MAX])
{
    void *loaded;
    int result = yaml_load(&document_calendar_file, document, &loaded, message);
    if (result < 0)
        return result == -E_BAD_FORMAT ? -E_BAD_INPUT_FILE : result;
    const struct document_calendar *texts = loaded;
    const struct policy_flaw flaw = {document, message};
    struct calendar calendar;
    char zone[NAME_MAX_BYTES + 1] = "";
    result = calendar_read(&flaw, "", texts, &calendar);
    if (result == 0 && texts->zone[0])
        result = policy_name_read(&flaw, "zone", texts->zone, zone);
    if (result == 0) {
        struct policy_calendars *calendars = &policy->calendars;
        memset(calendars, 0, sizeof *calendars);
        calendars->calendar[0] = calendar;
        calendars->calendar_count = 1;
        if (zone[0])
            memcpy(policy->zone, zone, sizeof policy->zone);
    }
    yaml_free(&document_calendar_file, loaded);
    return result == -E_BAD_POLICY ? -E_BAD_INPUT_FILE : result;
}

int calendar_zone_resolve(const char *zone_dir, int64_t from_ms, int64_t to_ms, struct policy *policy,
                          char message[POLICY_MESSAGE_MAX])
{
    struct zone_found found;
    int result = zone_resolve(zone_dir, policy->zone, from_ms, to_ms, &found);
    if (result == -E_NO_MEMORY)
        return result;
    if (result < 0) {
        snprintf(message, POLICY_MESSAGE_MAX, "zone %s: %s", policy->zone,
                 result == -E_NO_ROOM        ? "its clocks change too often between the two times; take nearer ones"
                 : result == -E_CORRUPT      ? "its file on this system is damaged"
                 : zone_dir_exists(zone_dir) ? "no time zone that this system knows; a name such as Asia/Shanghai is"
                                             : "this system has no time zones; install tzdata");
        return -E_BAD_INPUT_FILE;
    }
    policy->utc_offset_minutes = found.offset_minutes;
    policy->calendars.own_changes = found.changes;
    return 0;
}
