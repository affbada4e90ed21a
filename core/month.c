/* month.c - civil months as plain numbers. */
#include "core/month.h"

#include "core/calendar.h"
#include "core/rfc3339.h"
#include "core/score.h"
#include "core/status.h"

#include <stdio.h>

#define MINUTE_MS 60000ll

static int32_t year_of(int64_t month)
{
    return (int32_t)(month / 12);
}

static uint32_t number_of(int64_t month)
{
    return (uint32_t)(month % 12) + 1;
}

int64_t month_of_day(int64_t day)
{
    struct civil_date date = civil_from_days(day);
    return (int64_t)date.year * 12 + date.month - 1;
}

void month_name(int64_t month, char ret_name[PERIOD_NAME_MAX])
{
    snprintf(ret_name, PERIOD_NAME_MAX, "%04u-%02u", (unsigned)year_of(month) % 10000u, number_of(month) % 100u);
}

int month_of_name(struct span name, int64_t *ret_month)
{
    int64_t first, last;
    if (name.len != 7 || period_days(name, &first, &last) < 0 || month_of_day(first) != month_of_day(last))
        return -E_BAD_TIME;
    *ret_month = month_of_day(first);
    return 0;
}

int64_t month_close_ms(const struct policy *policy, int64_t month)
{
    int64_t next = month + 1;
    int64_t first = civil_to_days((struct civil_date){year_of(next), number_of(next), 1});
    return calendar_day_begin_ms(policy, first + policy->ranking.close_day - 1) +
           (int64_t)policy->ranking.close_minute * MINUTE_MS;
}

int64_t month_open_at(const struct policy *policy, int64_t at_ms)
{
    int64_t month = month_of_day(calendar_day(policy, at_ms)) - 1; /* it closes within this one */
    return month_is_closed(policy, month, at_ms) ? month + 1 : month;
}

bool month_ends(int64_t month, enum period_kind kind, char ret_name[PERIOD_NAME_MAX])
{
    uint32_t number = number_of(month);
    unsigned year = (unsigned)year_of(month) % 10000u;
    switch (kind) {
    case PERIOD_MONTH:
        month_name(month, ret_name);
        return true;
    case PERIOD_QUARTER:
        snprintf(ret_name, PERIOD_NAME_MAX, "%04u-Q%u", year, number / 3 % 10);
        return number % 3 == 0;
    case PERIOD_HALF_YEAR:
        snprintf(ret_name, PERIOD_NAME_MAX, "%04u-H%u", year, number / 6 % 10);
        return number % 6 == 0;
    case PERIOD_YEAR:
        snprintf(ret_name, PERIOD_NAME_MAX, "%04u", year);
        return number == 12;
    default:
        return false;
    }
}
