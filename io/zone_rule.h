/* zone_rule.h - the rule for all years to come at the end of a TZif file, in POSIX notation. Only for zone.c. */
#ifndef MANYI_IO_ZONE_RULE_H
#define MANYI_IO_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

/* When in a year, by the clocks before it: "M3.2.0/2" is the second Sunday of March, "J60" 1 March in any year, "59" the
 * 60th day. */
struct zone_date {
    char form; /* 'M', 'J' or 'N' */
    int32_t month, week, weekday, day;
    int64_t seconds; /* of the day; may be below 0 and above 24 h */
};

/* "CST-8", or "EST5EDT,M3.2.0,M11.1.0" with summer time. */
struct zone_rule {
    int64_t standard_seconds, summer_seconds; /* east of Greenwich */
    bool summer;
    struct zone_date begin, end; /* of summer time */
};

/* False when it is no such rule. */
bool zone_rule_parse(const char *text, struct zone_rule *ret_rule);

/* Seconds since 1970 at which summer time begins or ends in a year. */
int64_t zone_rule_begin(const struct zone_rule *rule, int32_t year);
int64_t zone_rule_end(const struct zone_rule *rule, int32_t year);

#endif
