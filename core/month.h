/*
 * month.h - months that close, and the longer periods that end with them. Pure.
 *
 *   2026-12 closes on 2027-01-04 at 00:00 of the policy's zone, and with it 2026-Q4, 2026-H2 and 2026.
 */
#ifndef MANYI_CORE_MONTH_H
#define MANYI_CORE_MONTH_H

#include "core/policy.h"

#define PERIOD_NAME_MAX 11u /* "2026-11-23" and its end */

/* Months since year 0: 2026-11 is 2026 * 12 + 10. */
int64_t month_of_day(int64_t day);
/* "2026-11" */
void month_name(int64_t month, char ret_name[PERIOD_NAME_MAX]);
/* -E_BAD_TIME: it is none. */
int month_of_name(struct span name, int64_t *ret_month);

/* The instant from which on it is closed. */
int64_t month_close_ms(const struct policy *policy, int64_t month);
static inline bool month_is_closed(const struct policy *policy, int64_t month, int64_t at_ms)
{
    return at_ms >= month_close_ms(policy, month);
}
/* The earliest month that is not closed at an instant. */
int64_t month_open_at(const struct policy *policy, int64_t at_ms);

/* What ends with a month. */
enum period_kind { PERIOD_MONTH, PERIOD_QUARTER, PERIOD_HALF_YEAR, PERIOD_YEAR, PERIOD_KINDS };
/* Its name; false when none of this kind ends with the month. */
bool month_ends(int64_t month, enum period_kind kind, char ret_name[PERIOD_NAME_MAX]);

#endif
