/* calendar_text.c - reads and writes hours, days and years as a manager writes them. */
#include "io/calendar_text.h"

#include "core/rfc3339.h"

#include <stdio.h>
#include <string.h>

#define HOURS_ALLOWED "closed, or up to 4 working times such as 08:30-12:00, 13:00-17:30"
#define HOLIDAY_ALLOWED "a date such as 2026-10-01, or 2026-10-01 to 2026-10-07"
#define MAKEUP_ALLOWED "a date and the day whose hours are worked, such as 2026-02-14 like monday"
#define YEARS_ALLOWED "a year such as 2026, or years such as 2025-2026, from 1970 to 2199"

static bool say(char wrong[TEXT_WRONG_MAX], const char *text, const char *allowed)
{
    snprintf(wrong, TEXT_WRONG_MAX, "is \"%.40s\"; allowed is %s", text, allowed);
    return false;
}

/* So many digits, and moves on. */
static bool take_number(const char **at, uint32_t digits, int32_t *ret_number)
{
    int32_t number = 0;
    for (uint32_t i = 0; i < digits; i++) {
        if ((*at)[i] < '0' || (*at)[i] > '9')
            return false;
        number = number * 10 + ((*at)[i] - '0');
    }
    *at += digits;
    *ret_number = number;
    return true;
}

static bool take(const char **at, const char *word)
{
    size_t len = strlen(word);
    if (strncmp(*at, word, len) != 0)
        return false;
    *at += len;
    return true;
}

/* ---- hours ---- */

static bool take_minute(const char **at, uint16_t *ret_minute)
{
    int32_t hour, minute;
    if (!take_number(at, 2, &hour) || !take(at, ":") || !take_number(at, 2, &minute) || minute > 59 ||
        hour * 60 + minute > 24 * 60)
        return false;
    *ret_minute = (uint16_t)(hour * 60 + minute);
    return true;
}

#define CLOCK(minute) (minute) / 60, (minute) % 60

bool hours_read(const char *text, struct day_hours *ret_hours, char wrong[TEXT_WRONG_MAX])
{
    struct day_hours hours = {.count = 0};
    const char *at = text;
    bool more = strcmp(text, "closed") != 0;
    while (more) {
        struct shift shift;
        if (hours.count == SHIFTS_MAX || !take_minute(&at, &shift.from) || !take(&at, "-") ||
            !take_minute(&at, &shift.to))
            return say(wrong, text, HOURS_ALLOWED);
        if (shift.to <= shift.from) {
            snprintf(wrong, TEXT_WRONG_MAX,
                     "has working hours that end at %02d:%02d, not after they begin at %02d:%02d", CLOCK(shift.to),
                     CLOCK(shift.from));
            return false;
        }
        if (hours.count > 0 && shift.from < hours.shift[hours.count - 1].to) {
            snprintf(
                wrong, TEXT_WRONG_MAX,
                "has working hours that overlap: one begins at %02d:%02d, before the one before it ends at %02d:%02d",
                CLOCK(shift.from), CLOCK(hours.shift[hours.count - 1].to));
            return false;
        }
        hours.shift[hours.count++] = shift;
        more = take(&at, ", ") || take(&at, ",");
        if (!more && *at)
            return say(wrong, text, HOURS_ALLOWED);
    }
    *ret_hours = hours;
    return true;
}

void hours_write(const struct day_hours *hours, hours_text ret_text)
{
    snprintf(ret_text, sizeof(hours_text), "closed");
    for (uint32_t i = 0, len = 0; i < hours->count; i++)
        len += (uint32_t)snprintf(ret_text + len, sizeof(hours_text) - len, "%s%02d:%02d-%02d:%02d", i > 0 ? ", " : "",
                                  CLOCK(hours->shift[i].from), CLOCK(hours->shift[i].to));
}

/* ---- days ---- */

/* False with `wrong` still empty when it isn't written as a date at all. */
static bool take_date(const char **at, int32_t *ret_day, char wrong[TEXT_WRONG_MAX])
{
    const char *begin = *at;
    int32_t year, month, day;
    if (!take_number(at, 4, &year) || !take(at, "-") || !take_number(at, 2, &month) || !take(at, "-") ||
        !take_number(at, 2, &day))
        return false;
    bool in_year = month >= 1 && month <= 12 && day >= 1;
    int64_t days = in_year ? civil_to_days((struct civil_date){year, (uint32_t)month, (uint32_t)day}) : 0;
    if (!in_year || civil_from_days(days).day != (uint32_t)day) {
        snprintf(wrong, TEXT_WRONG_MAX, "is %.10s, a day that does not exist", begin);
        return false;
    }
    *ret_day = (int32_t)days;
    return true;
}

bool holiday_read(const char *text, struct exception *ret_exception, char wrong[TEXT_WRONG_MAX])
{
    struct exception exception = {.like = LIKE_NONE};
    const char *at = text;
    wrong[0] = '\0';
    bool read = take_date(&at, &exception.first_day, wrong);
    exception.last_day = exception.first_day;
    if (read && take(&at, " to "))
        read = take_date(&at, &exception.last_day, wrong);
    if (!read && wrong[0])
        return false;
    if (!read || *at)
        return say(wrong, text, HOLIDAY_ALLOWED);
    if (exception.last_day < exception.first_day) {
        snprintf(wrong, TEXT_WRONG_MAX, "is %s, which ends before it begins", text);
        return false;
    }
    *ret_exception = exception;
    return true;
}

bool makeup_day_read(const char *text, struct exception *ret_exception, char wrong[TEXT_WRONG_MAX])
{
    struct exception exception = {.like = LIKE_NONE};
    const char *at = text;
    wrong[0] = '\0';
    bool read = take_date(&at, &exception.first_day, wrong);
    if (!read && wrong[0])
        return false;
    read = read && take(&at, " like ");
    for (int32_t i = 0; read && i < WEEKDAYS; i++) {
        if (strcmp(at, weekday_names[i]) == 0)
            exception.like = i;
    }
    if (exception.like == LIKE_NONE)
        return say(wrong, text, MAKEUP_ALLOWED);
    exception.last_day = exception.first_day;
    *ret_exception = exception;
    return true;
}

void exception_write(const struct exception *exception, days_text ret_text)
{
    const struct civil_date first = civil_from_days(exception->first_day);
    const struct civil_date last = civil_from_days(exception->last_day);
    int len =
        snprintf(ret_text, sizeof(days_text), "%04d-%02u-%02u", first.year % 10000, first.month % 100, first.day % 100);
    size_t room = sizeof(days_text) - (size_t)len;
    if (exception->like != LIKE_NONE)
        snprintf(ret_text + len, room, " like %s", weekday_names[exception->like]);
    else if (exception->last_day > exception->first_day)
        snprintf(ret_text + len, room, " to %04d-%02u-%02u", last.year % 10000, last.month % 100, last.day % 100);
}

/* ---- years ---- */

bool years_read(const char *text, struct calendar *calendar, char wrong[TEXT_WRONG_MAX])
{
    int32_t first, last;
    const char *at = text;
    if (!take_number(&at, 4, &first))
        return say(wrong, text, YEARS_ALLOWED);
    last = first;
    if (take(&at, "-") && !take_number(&at, 4, &last))
        return say(wrong, text, YEARS_ALLOWED);
    if (*at || first < CALENDAR_YEAR_LEAST || last > CALENDAR_YEAR_MOST)
        return say(wrong, text, YEARS_ALLOWED);
    if (last < first) {
        snprintf(wrong, TEXT_WRONG_MAX, "is %s, which ends before it begins", text);
        return false;
    }
    calendar->first_year = first;
    calendar->last_year = last;
    return true;
}

void years_write(const struct calendar *calendar, figure_text ret_text)
{
    int len = snprintf(ret_text, FIGURE_TEXT_MAX, "%d", calendar->first_year);
    if (calendar->last_year > calendar->first_year)
        snprintf(ret_text + len, FIGURE_TEXT_MAX - (size_t)len, "-%d", calendar->last_year);
}
