/* calendar_file.h - one calendar as a file of its own, such as those of deploy/calendars. */
#ifndef MANYI_IO_CALENDAR_FILE_H
#define MANYI_IO_CALENDAR_FILE_H

#include "io/policy_file.h"

/* Makes it the only calendar of the policy, the national one: what calendar_..._national() answer is its answer then. Its zone
 * becomes the policy's own by name; calendar_zone_resolve looks its figures up. -E_BAD_INPUT_FILE with line, key and a sentence;
 * -E_NO_MEMORY. */
int calendar_file_parse(struct span document, struct policy *policy, char message[POLICY_MESSAGE_MAX]);

/* Looks up what the clocks of policy->zone do from one instant to another. -E_BAD_INPUT_FILE with a sentence: the system doesn't know
 * the zone, or its clocks change too often; -E_NO_MEMORY. */
int calendar_zone_resolve(const char *zone_dir, int64_t from_ms, int64_t to_ms, struct policy *policy,
                          char message[POLICY_MESSAGE_MAX]);

#endif
