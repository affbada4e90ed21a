/* Periods as text: a day, a month, a quarter, a half-year or a year of the local calendar. */
#include "core/rfc3339.h"
#include "core/score.h"
#include "core/status.h"

#define DAY_MS 86400000ll

static bool digits(const uint8_t *at, uint32_t count, uint32_t *ret_number)
{
    uint32_t number = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (at[i] < '0' || at[i] > '9')
            return false;
        number = number * 10 + (uint32_t)(at[i] - '0');
    }
    *ret_number = number;
    return true;
}

static int64_t first_of_month(uint32_t year, uint32_t month)
{
    return civil_to_days((struct civil_date){(int32_t)year, month, 1});
}

/* Whole months from first_month (1-12). */
static int months(uint32_t year, uint32_t first_month, uint32_t count, int64_t *ret_first_day, int64_t *ret_last_day)
{
    uint32_t next = first_month + count;
    *ret_first_day = first_of_month(year, first_month);
    *ret_last_day = (next > 12 ? first_of_month(year + 1, next - 12) : first_of_month(year, next)) - 1;
    return 0;
}

static int one_day(uint32_t year, uint32_t month, uint32_t day, int64_t *ret_first_day, int64_t *ret_last_day)
{
    int64_t found = first_of_month(year, month) + day - 1;
    if (civil_from_days(found).day != day) /* day 0, or past the month's end */
        return -E_BAD_TIME;
    *ret_first_day = *ret_last_day = found;
    return 0;
}

int period_days(struct span period, int64_t *ret_first_day, int64_t *ret_last_day)
{
    const uint8_t *at = period.at;
    uint32_t year, month, day, part;
    if (period.len < 4 || !digits(at, 4, &year))
        return -E_BAD_TIME;
    if (period.len == 4)
        return months(year, 1, 12, ret_first_day, ret_last_day);
    if (period.len < 7 || at[4] != '-')
        return -E_BAD_TIME;
    if (period.len == 7 && at[5] == 'Q' && digits(at + 6, 1, &part) && part >= 1 && part <= 4)
        return months(year, 3 * part - 2, 3, ret_first_day, ret_last_day);
    if (period.len == 7 && at[5] == 'H' && digits(at + 6, 1, &part) && part >= 1 && part <= 2)
        return months(year, 6 * part - 5, 6, ret_first_day, ret_last_day);
    if (!digits(at + 5, 2, &month) || month < 1 || month > 12)
        return -E_BAD_TIME;
    if (period.len == 7)
        return months(year, month, 1, ret_first_day, ret_last_day);
    if (period.len == 10 && at[7] == '-' && digits(at + 8, 2, &day))
        return one_day(year, month, day, ret_first_day, ret_last_day);
    return -E_BAD_TIME;
}

void period_of_day(int64_t day, char ret_text[PERIOD_OF_DAY_LEN + 1])
{
    const int64_t first = civil_to_days((struct civil_date){0, 1, 1});
    const int64_t last = civil_to_days((struct civil_date){9999, 12, 31});
    char text[RFC3339_LEN + 1];
    rfc3339_format((day < first ? first : day > last ? last : day) * DAY_MS, text);
    memcpy(ret_text, text, PERIOD_OF_DAY_LEN);
    ret_text[PERIOD_OF_DAY_LEN] = '\0';
}
