/* calendar_default.c - the calendars as delivered. */
#include "core/calendar_default.h"

#include "core/ensure.h"
#include "core/rfc3339.h"

#include <string.h>

/* In the order of time. */
struct default_exception {
    struct civil_date first;
    int32_t days;
    int32_t like;
};

static const struct default_exception national_exceptions[] = {
    {{2025, 1, 1}, 1, LIKE_NONE},  /* 元旦 New Year */
    {{2025, 1, 26}, 1, MONDAY},    /* Sunday */
    {{2025, 1, 28}, 8, LIKE_NONE}, /* 春节 Spring Festival */
    {{2025, 2, 8}, 1, MONDAY},     /* Saturday */
    {{2025, 4, 4}, 3, LIKE_NONE},  /* 清明节 Tomb-sweeping Day */
    {{2025, 4, 27}, 1, MONDAY},    /* Sunday */
    {{2025, 5, 1}, 5, LIKE_NONE},  /* 劳动节 Labour Day */
    {{2025, 5, 31}, 3, LIKE_NONE}, /* 端午节 Dragon Boat Festival */
    {{2025, 9, 28}, 1, MONDAY},    /* Sunday */
    {{2025, 10, 1}, 8, LIKE_NONE}, /* 国庆节、中秋节 National Day and Mid-autumn Festival */
    {{2025, 10, 11}, 1, MONDAY},   /* Saturday */
    {{2026, 1, 1}, 3, LIKE_NONE},  /* 元旦 */
    {{2026, 1, 4}, 1, MONDAY},     /* Sunday */
    {{2026, 2, 14}, 1, MONDAY},    /* Saturday */
    {{2026, 2, 15}, 9, LIKE_NONE}, /* 春节 */
    {{2026, 2, 28}, 1, MONDAY},    /* Saturday */
    {{2026, 4, 4}, 3, LIKE_NONE},  /* 清明节 */
    {{2026, 5, 1}, 5, LIKE_NONE},  /* 劳动节 */
    {{2026, 5, 9}, 1, MONDAY},     /* Saturday */
    {{2026, 6, 19}, 3, LIKE_NONE}, /* 端午节 */
    {{2026, 9, 20}, 1, MONDAY},    /* Sunday */
    {{2026, 9, 25}, 3, LIKE_NONE}, /* 中秋节 */
    {{2026, 10, 1}, 7, LIKE_NONE}, /* 国庆节 */
    {{2026, 10, 10}, 1, MONDAY},   /* Saturday */
};

static const struct default_exception showroom_exceptions[] = {
    {{2025, 1, 28}, 3, LIKE_NONE}, /* the eve of the Spring Festival and two days */
    {{2026, 2, 16}, 3, LIKE_NONE},
};

static struct calendar *calendar_begin(struct policy_calendars *calendars, const char *name,
                                       const struct default_exception *exceptions, uint32_t count)
{
    struct calendar *calendar = &calendars->calendar[calendars->calendar_count++];
    ensure(strlen(name) < sizeof calendar->name);
    memcpy(calendar->name, name, strlen(name));
    calendar->first_year = 2025;
    calendar->last_year = 2026;
    calendar->exception_count = count;
    for (uint32_t i = 0; i < count; i++) {
        int32_t first = (int32_t)civil_to_days(exceptions[i].first);
        calendar->exception[i] = (struct exception){first, first + exceptions[i].days - 1, exceptions[i].like};
    }
    return calendar;
}

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof(array)[0]))

void calendars_default(struct policy_calendars *ret_calendars)
{
    static const struct day_hours office = {{{8 * 60 + 30, 12 * 60}, {13 * 60, 17 * 60 + 30}}, 2};
    static const struct day_hours showroom = {{{9 * 60, 18 * 60}}, 1};
    memset(ret_calendars, 0, sizeof *ret_calendars);
    struct calendar *calendar =
        calendar_begin(ret_calendars, CALENDAR_NATIONAL, national_exceptions, COUNT(national_exceptions));
    for (uint32_t day = MONDAY; day <= FRIDAY; day++)
        calendar->weekday[day] = office;
    calendar = calendar_begin(ret_calendars, "showroom", showroom_exceptions, COUNT(showroom_exceptions));
    for (uint32_t day = MONDAY; day <= SUNDAY; day++)
        calendar->weekday[day] = showroom;
}
