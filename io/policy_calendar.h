/* policy_calendar.h - the calendars and zones of a policy, between its document and the struct. Only for policy_*.c and
 * calendar_file.c. */
#ifndef MANYI_IO_POLICY_CALENDAR_H
#define MANYI_IO_POLICY_CALENDAR_H

#include "io/policy_check.h"

/* Looks up in the system's zone files under zone_dir what the zones of the document do in the years that its calendars cover (and
 * five before and after), and writes it into the document: `zones`, and the policy's utc_offset_minutes. What the document said
 * before of a zone that the system knows is replaced; an offset that the zone never has is refused. -E_BAD_POLICY. */
int zones_resolve(const struct policy_flaw *flaw, const char *zone_dir, const struct policy *defaults,
                  struct document *document);

/* Reads `zones`, `calendars` and `calendar`; lists that the document leaves out stay as they are in the policy, whose zone has
 * been read. -E_BAD_POLICY. */
int calendars_read(const struct policy_flaw *flaw, const struct document *document, struct policy *policy);

/* Reads one calendar that is said at `path` ("calendars[1]", or "" for a file of its own), but for its stores and its zone. */
int calendar_read(const struct policy_flaw *flaw, const char *path, const struct document_calendar *from,
                  struct calendar *ret_calendar);

void calendars_write(const struct policy *policy, struct document *document);
void zone_write(const char *name, int32_t offset_minutes, const struct zone_changes *changes,
                struct document_zone *ret_zone);

#endif
