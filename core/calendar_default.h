/* calendar_default.h - the calendars as delivered; deploy/policy.yaml and deploy/calendars say the same to people. */
#ifndef MANYI_CORE_CALENDAR_DEFAULT_H
#define MANYI_CORE_CALENDAR_DEFAULT_H

#include "core/calendar_tables.h"

/* `national`, the usual one: Monday to Friday 08:30-12:00 and 13:00-17:30, with the holidays and make-up days that the State
 * Council announced for 2025 (notice 国办发明电〔2024〕12号) and 2026 (国办发明电〔2025〕7号). `showroom`, which no store
 * uses until one is named: every day 09:00-18:00, closed for three days at the Spring Festival. */
void calendars_default(struct policy_calendars *ret_calendars);

#endif
