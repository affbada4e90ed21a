/*
 * rfc3339.c - times as text, and civil dates.
 *
 * The calendar repeats every 400 years (146,097 days). A year is counted from 1 March, so that the leap day is its
 * last and the months before it have lengths that one formula gives: 31 30 31 30 31 | 31 30 31 30 31 | 31 28/29.
 */
#include "core/rfc3339.h"

#include "core/ensure.h"
#include "core/limits.h"
#include "core/status.h"

#define DAY_MS 86400000ll
#define ERA_DAYS 146097ll    /* 400 years */
#define ERA_TO_1970 719468ll /* days from 0000-03-01 to 1970-01-01 */
#define YEAR_0_MS (-62167219200000ll)

static int64_t floor_divide(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

int64_t civil_to_days(struct civil_date date)
{
    int64_t year = date.year - (date.month <= 2);
    int64_t era = floor_divide(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t month_from_march = (date.month + 9) % 12;
    int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * ERA_DAYS + day_of_era - ERA_TO_1970;
}

struct civil_date civil_from_days(int64_t days)
{
    int64_t since_march = days + ERA_TO_1970;
    int64_t era = floor_divide(since_march, ERA_DAYS);
    int64_t day_of_era = since_march - era * ERA_DAYS;
    /* 1,460 = days of 4 years less 1, 36,524 of 100, 146,096 of 400 less 1: takes the leap days out */
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    uint32_t month = (uint32_t)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    return (struct civil_date){
        .year = (int32_t)(year_of_era + era * 400 + (month <= 2)),
        .month = month,
        .day = (uint32_t)(day_of_year - (153 * month_from_march + 2) / 5 + 1),
    };
}

/* Two digits and what stands behind them. Cards are full of times, and each digit by itself was a division. */
static char *put_pair(char *at, uint32_t number, char mark)
{
    static const char pairs[] =
        "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
        "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
    memcpy(at, pairs + 2 * number, 2);
    at[2] = mark;
    return at + 3;
}

void rfc3339_format(int64_t ms, char ret_text[RFC3339_LEN + 1])
{
    ensure(ms >= YEAR_0_MS);
    ensure(ms < TIME_END_MS);
    int64_t days = floor_divide(ms, DAY_MS);
    uint32_t of_day = (uint32_t)(ms - days * DAY_MS);
    uint32_t seconds = of_day / 1000, millis = of_day % 1000;
    struct civil_date date = civil_from_days(days);
    uint32_t year = (uint32_t)date.year;
    char *at = put_pair(ret_text, year / 100, '\0') - 1;
    at = put_pair(at, year % 100, '-');
    at = put_pair(at, date.month, '-');
    at = put_pair(at, date.day, 'T');
    at = put_pair(at, seconds / 3600, ':');
    at = put_pair(at, seconds / 60 % 60, ':');
    at = put_pair(at, seconds % 60, '.');
    at = put_pair(at, millis / 10, (char)('0' + millis % 10));
    *at++ = 'Z';
    *at = '\0';
}

struct scanner {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

static bool is_digit(const struct scanner *scan)
{
    return scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9';
}

static uint32_t take_digits(struct scanner *scan, uint32_t digits)
{
    uint32_t number = 0;
    for (uint32_t i = 0; i < digits; i++) {
        if (!is_digit(scan)) {
            scan->failed = true;
            return 0;
        }
        number = number * 10 + (*scan->at++ - (uint32_t)'0');
    }
    return number;
}

/* Takes one character out of `allowed` and returns it, 0 otherwise. */
static char take_one_of(struct scanner *scan, const char *allowed)
{
    if (scan->at < scan->end && *scan->at != '\0' && strchr(allowed, *scan->at))
        return (char)*scan->at++;
    return '\0';
}

static void take_mark(struct scanner *scan, const char *allowed)
{
    if (!take_one_of(scan, allowed))
        scan->failed = true;
}

static uint32_t month_days(uint32_t year, uint32_t month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static int64_t take_date(struct scanner *scan)
{
    uint32_t year = take_digits(scan, 4);
    take_mark(scan, "-");
    uint32_t month = take_digits(scan, 2);
    take_mark(scan, "-");
    uint32_t day = take_digits(scan, 2);
    if (scan->failed || month < 1 || month > 12 || day < 1 || day > month_days(year, month)) {
        scan->failed = true;
        return 0;
    }
    return civil_to_days((struct civil_date){(int32_t)year, month, day});
}

/* Milliseconds of the day. A leap second (59:60) is the first second of the next minute, as POSIX counts. */
static int64_t take_time(struct scanner *scan)
{
    uint32_t hour = take_digits(scan, 2);
    take_mark(scan, ":");
    uint32_t minute = take_digits(scan, 2);
    take_mark(scan, ":");
    uint32_t second = take_digits(scan, 2);
    if (hour > 23 || minute > 59 || second > (minute == 59 ? 60u : 59u))
        scan->failed = true;
    uint32_t ms = 0;
    if (take_one_of(scan, ".")) {
        if (!is_digit(scan))
            scan->failed = true;
        for (uint32_t weight = 100; is_digit(scan); weight /= 10)
            ms += weight * (*scan->at++ - (uint32_t)'0');
    }
    return ((hour * 60ll + minute) * 60 + second) * 1000 + ms;
}

static int64_t take_offset(struct scanner *scan)
{
    if (take_one_of(scan, "Zz"))
        return 0;
    char sign = take_one_of(scan, "+-");
    uint32_t hours = take_digits(scan, 2);
    take_mark(scan, ":");
    uint32_t minutes = take_digits(scan, 2);
    if (!sign || hours > 23 || minutes > 59)
        scan->failed = true;
    int64_t offset = (hours * 60ll + minutes) * 60000;
    return sign == '-' ? -offset : offset;
}

/* Two digits, or a number above 99. */
static uint32_t pair(const uint8_t *at)
{
    uint32_t tens = at[0] - (uint32_t)'0', ones = at[1] - (uint32_t)'0';
    return tens <= 9 && ones <= 9 ? 10 * tens + ones : UINT32_MAX;
}

/* What rfc3339_format writes: cards are full of it. False: it is something else, or a leap second, and read slowly. */
static bool read_own(const uint8_t *at, int64_t *ret_ms)
{
    uint32_t century = pair(at), year = pair(at + 2), month = pair(at + 5), day = pair(at + 8);
    uint32_t hour = pair(at + 11), minute = pair(at + 14), second = pair(at + 17);
    uint32_t centis = pair(at + 20), milli = at[22] - (uint32_t)'0';
    if (at[4] != '-' || at[7] != '-' || at[10] != 'T' || at[13] != ':' || at[16] != ':' || at[19] != '.' ||
        at[23] != 'Z')
        return false;
    if (century > 99 || year > 99 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59 ||
        centis > 99 || milli > 9 || day > month_days(100 * century + year, month))
        return false;
    int64_t days = civil_to_days((struct civil_date){(int32_t)(100 * century + year), month, day});
    *ret_ms = days * DAY_MS + (hour * 3600 + minute * 60 + second) * 1000ll + 10 * centis + milli;
    return true;
}

int rfc3339_parse(struct span text, int64_t *ret_ms)
{
    if (text.len == 0)
        return -E_BAD_TIME;
    if (text.len == RFC3339_LEN && read_own(text.at, ret_ms))
        return 0;
    struct scanner scan = {.at = text.at, .end = text.at + text.len};
    int64_t days = take_date(&scan);
    take_mark(&scan, "Tt ");
    int64_t of_day = take_time(&scan);
    int64_t offset = take_offset(&scan);
    int64_t ms = days * DAY_MS + of_day - offset;
    if (scan.failed || scan.at != scan.end || ms < YEAR_0_MS || ms >= TIME_END_MS)
        return -E_BAD_TIME;
    *ret_ms = ms;
    return 0;
}
