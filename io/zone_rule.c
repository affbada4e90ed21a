/* zone_rule.c - POSIX.1 section 8.3, TZ, with the longer hours of RFC 8536 section 3.3.1. */
#include "io/zone_rule.h"

#include "core/rfc3339.h"

#include <string.h>

#define DAY_SECONDS 86400ll

struct scan {
    const char *at;
    bool failed;
};

static bool scan_take(struct scan *scan, char wanted)
{
    if (*scan->at != wanted)
        return false;
    scan->at++;
    return true;
}

static int32_t scan_number(struct scan *scan, int32_t least, int32_t most)
{
    int32_t number = 0;
    scan->failed = scan->failed || *scan->at < '0' || *scan->at > '9';
    for (; *scan->at >= '0' && *scan->at <= '9' && number <= most; scan->at++)
        number = number * 10 + (*scan->at - '0');
    scan->failed = scan->failed || number < least || number > most;
    return number;
}

/* "EST" or "<+0545>" */
static void scan_name(struct scan *scan)
{
    const char *begin = scan->at;
    if (*begin == '<') {
        const char *end = strchr(begin, '>');
        scan->failed = scan->failed || !end || end == begin + 1;
        scan->at = end ? end + 1 : begin;
        return;
    }
    while ((*scan->at >= 'A' && *scan->at <= 'Z') || (*scan->at >= 'a' && *scan->at <= 'z'))
        scan->at++;
    scan->failed = scan->failed || scan->at == begin;
}

/* "-8", "5:45", "26:30:15" */
static int64_t scan_time(struct scan *scan)
{
    bool negative = scan_take(scan, '-');
    if (!negative)
        scan_take(scan, '+');
    int64_t seconds = scan_number(scan, 0, 167) * 3600ll;
    if (scan_take(scan, ':'))
        seconds += scan_number(scan, 0, 59) * 60ll;
    if (scan_take(scan, ':'))
        seconds += scan_number(scan, 0, 59);
    return negative ? -seconds : seconds;
}

static struct zone_date scan_date(struct scan *scan)
{
    struct zone_date date = {.form = 'N', .seconds = 2 * 3600};
    scan->failed = scan->failed || !scan_take(scan, ',');
    if (scan_take(scan, 'M')) {
        date.form = 'M';
        date.month = scan_number(scan, 1, 12);
        scan->failed = scan->failed || !scan_take(scan, '.');
        date.week = scan_number(scan, 1, 5);
        scan->failed = scan->failed || !scan_take(scan, '.');
        date.weekday = scan_number(scan, 0, 6);
    } else if (scan_take(scan, 'J')) {
        date.form = 'J';
        date.day = scan_number(scan, 1, 365);
    } else {
        date.day = scan_number(scan, 0, 365);
    }
    if (scan_take(scan, '/'))
        date.seconds = scan_time(scan);
    return date;
}

bool zone_rule_parse(const char *text, struct zone_rule *ret_rule)
{
    struct scan scan = {.at = text};
    struct zone_rule rule = {.summer = false};
    scan_name(&scan);
    rule.standard_seconds = -scan_time(&scan);
    if (!scan.failed && *scan.at) {
        rule.summer = true;
        scan_name(&scan);
        rule.summer_seconds = *scan.at == ',' ? rule.standard_seconds + 3600 : -scan_time(&scan);
        rule.begin = scan_date(&scan);
        rule.end = scan_date(&scan);
    }
    if (scan.failed || *scan.at)
        return false;
    *ret_rule = rule;
    return true;
}

static int64_t date_day(const struct zone_date *date, int32_t year)
{
    int64_t first = civil_to_days((struct civil_date){year, 1, 1});
    if (date->form == 'N')
        return first + date->day;
    if (date->form == 'J') {
        bool leap = civil_to_days((struct civil_date){year + 1, 1, 1}) - first == 366;
        return first + date->day - 1 + (leap && date->day >= 60);
    }
    first = civil_to_days((struct civil_date){year, (uint32_t)date->month, 1});
    int64_t next = date->month == 12 ? civil_to_days((struct civil_date){year + 1, 1, 1})
                                     : civil_to_days((struct civil_date){year, (uint32_t)date->month + 1, 1});
    int64_t weekday = (first + 4) % 7; /* 1970-01-01 was a Thursday, and Sunday is 0 */
    int64_t day = first + (date->weekday - weekday + 7) % 7 + 7 * (date->week - 1);
    return day < next ? day : day - 7;
}

int64_t zone_rule_begin(const struct zone_rule *rule, int32_t year)
{
    return date_day(&rule->begin, year) * DAY_SECONDS + rule->begin.seconds - rule->standard_seconds;
}

int64_t zone_rule_end(const struct zone_rule *rule, int32_t year)
{
    return date_day(&rule->end, year) * DAY_SECONDS + rule->end.seconds - rule->summer_seconds;
}
