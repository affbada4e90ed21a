/* calendar_month.c - see calendar_month.h. */
#include "cli/calendar_month.h"

#include "core/rfc3339.h"
#include "core/working_time.h"
#include "io/calendar_text.h"
#include "io/json.h"

enum day_kind { DAY_WORKED, DAY_CLOSED, DAY_HOLIDAY, DAY_MAKEUP };

static const char *const kind_names[] = {"working", "closed", "holiday", "makeup"};
static const char *const kind_marks[] = {" %2u ", " %2u.", "(%2u)", " %2u+"};

static const struct calendar *national(const struct policy *policy)
{
    return &policy->calendars.calendar[policy->calendars.national];
}

static enum day_kind day_kind(const struct calendar *calendar, int64_t day)
{
    for (uint32_t i = 0; i < calendar->exception_count; i++) {
        const struct exception *exception = &calendar->exception[i];
        if (day >= exception->first_day && day <= exception->last_day)
            return exception->like == LIKE_NONE ? DAY_HOLIDAY : DAY_MAKEUP;
    }
    return working_hours(calendar, day)->count > 0 ? DAY_WORKED : DAY_CLOSED;
}

static int64_t month_begin(int32_t year, uint32_t month)
{
    return civil_to_days((struct civil_date){month > 12 ? year + 1 : year, month > 12 ? 1 : month, 1});
}

static int64_t hours_minutes(const struct day_hours *hours)
{
    int64_t minutes = 0;
    for (uint32_t i = 0; i < hours->count; i++)
        minutes += hours->shift[i].to - hours->shift[i].from;
    return minutes;
}

void month_draw(FILE *to, const struct policy *policy, int32_t year, uint32_t month)
{
    const struct calendar *calendar = national(policy);
    int64_t first = month_begin(year, month), next = month_begin(year, month + 1);
    uint32_t column = (uint32_t)((first + 3) % 7); /* 1970-01-01 was a Thursday */
    uint32_t days = 0;
    int64_t minutes = 0;
    fprintf(to, "%s, %s, %04d-%02u\n\n Mo   Tu   We   Th   Fr   Sa   Su\n%*s", calendar->name, policy->zone, year,
            month, (int)column * 5, "");
    for (int64_t day = first; day < next; day++) {
        const struct day_hours *hours = working_hours(calendar, day);
        fprintf(to, kind_marks[day_kind(calendar, day)], civil_from_days(day).day);
        column = (column + 1) % 7;
        fputs(column == 0 || day + 1 == next ? "\n" : " ", to);
        days += hours->count > 0;
        minutes += hours_minutes(hours);
    }
    fprintf(to,
            "\n%u working days, %lld h %02lld min    14+ worked instead of another day    (15) holiday    21. closed\n",
            days, (long long)minutes / 60, (long long)minutes % 60);
    if (year < calendar->first_year || year > calendar->last_year)
        fprintf(to, "The calendar has no table for %d: only the days of the week count.\n", year);
}

static void day_json(FILE *to, const struct calendar *calendar, int64_t day)
{
    const struct day_hours *hours = working_hours(calendar, day);
    char date[RFC3339_LEN + 1];
    rfc3339_format(day * DAY_MS, date);
    fprintf(to, "{\"date\":\"%.10s\",\"kind\":\"%s\",\"hours\":[", date, kind_names[day_kind(calendar, day)]);
    for (uint32_t i = 0; i < hours->count; i++)
        fprintf(to, "%s\"%02u:%02u-%02u:%02u\"", i > 0 ? "," : "", hours->shift[i].from / 60, hours->shift[i].from % 60,
                hours->shift[i].to / 60, hours->shift[i].to % 60);
    fprintf(to, "],\"working_ms\":%lld}", (long long)(hours_minutes(hours) * MINUTE_MS));
}

void month_json(FILE *to, const struct policy *policy, int32_t year, uint32_t month)
{
    const struct calendar *calendar = national(policy);
    fputs("{\"calendar\":", to);
    json_print_text(to, span_of(calendar->name));
    fputs(",\"zone\":", to);
    json_print_text(to, span_of(policy->zone));
    fprintf(to, ",\"month\":\"%04d-%02u\",\"covered\":%s,\"days\":[", year, month,
            year >= calendar->first_year && year <= calendar->last_year ? "true" : "false");
    int64_t first = month_begin(year, month), next = month_begin(year, month + 1);
    for (int64_t day = first; day < next; day++) {
        fputs(day > first ? "," : "", to);
        day_json(to, calendar, day);
    }
    fputs("]}\n", to);
}
