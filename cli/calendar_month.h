/* calendar_month.h - draws a month of a calendar. */
#ifndef MANYI_CLI_CALENDAR_MONTH_H
#define MANYI_CLI_CALENDAR_MONTH_H

#include "core/policy.h"

#include <stdio.h>

/* A grid of weeks from Monday, with what each day is:
 *
 *    Mo   Tu   We   Th   Fr   Sa   Su
 *     9   10   11   12   13   14+ (15)
 *
 * or, as JSON, an object with a row for each day. By the policy's national calendar. */
void month_draw(FILE *to, const struct policy *policy, int32_t year, uint32_t month);
void month_json(FILE *to, const struct policy *policy, int32_t year, uint32_t month);

#endif
