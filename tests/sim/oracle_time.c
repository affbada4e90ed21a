/*
 * oracle_time.c - how time passes, by brute force: every minute of a stretch around the simulated days is looked at once, what
 * the clock on the wall shows in it and whether that is working time; the rest is counting minutes.
 *
 *   minute   of_day  day  worked before it
 *     ...     719     0        210          11:59, works
 *     ...     720     0        210          12:00, lunch
 *
 * A table is made for each calendar that is asked about, and kept until its place is needed: a sheet. Times beyond the sheet
 * stand for its last minute; nothing that the cast does lasts so long.
 */
#include "tests/sim/oracle_inside.h"

#include "tests/sim/world.h"

#define MINUTE_MS 60000ll
#define DAY_MINUTES 1440
#define DAY_MS (DAY_MINUTES * MINUTE_MS)
#define SHEET_BEGIN_MS (WORLD_BEGIN_MS - 20 * DAY_MINUTES * MINUTE_MS)
#define SHEET_DAYS 420
#define SHEET_MINUTES (SHEET_DAYS * DAY_MINUTES)
#define SHEETS 6
#define HOURS_JUMPED 2 /* at most, by the clocks of one day */

struct sheet {
    bool made;
    struct calendar calendar; /* that it was made of */
    int64_t offset_minutes;
    struct zone_changes changes;
    int32_t worked[SHEET_MINUTES + 1]; /* minutes of work before each */
    int16_t of_day[SHEET_MINUTES];
    int32_t day[SHEET_MINUTES];    /* since 1970 */
    int32_t first[SHEET_DAYS + 3]; /* minute of each day, in their order */
    int32_t days;
};

/* ---- making a sheet ---- */

static int64_t offset_at(const struct sheet *sheet, int64_t at_ms)
{
    int64_t minutes = sheet->offset_minutes;
    for (uint32_t i = 0; i < sheet->changes.count; i++)
        if (sheet->changes.change[i].at_ms <= at_ms)
            minutes = sheet->changes.change[i].offset_minutes;
    return minutes;
}

static bool is_worked(const struct calendar *calendar, int32_t day, int32_t of_day)
{
    int32_t like = (day + 3) % 7; /* 1970-01-01 was a Thursday; Monday is 0 */
    for (uint32_t i = 0; i < calendar->exception_count; i++)
        if (calendar->exception[i].first_day <= day && day <= calendar->exception[i].last_day)
            like = calendar->exception[i].like;
    if (like < 0)
        return false;
    for (uint32_t i = 0; i < calendar->weekday[like].count; i++)
        if (calendar->weekday[like].shift[i].from <= of_day && of_day < calendar->weekday[like].shift[i].to)
            return true;
    return false;
}

static void sheet_make(struct sheet *sheet)
{
    sheet->days = 0;
    sheet->worked[0] = 0;
    for (int32_t i = 0; i < SHEET_MINUTES; i++) {
        int64_t at_ms = SHEET_BEGIN_MS + i * MINUTE_MS;
        int64_t local = at_ms / MINUTE_MS + offset_at(sheet, at_ms);
        sheet->day[i] = (int32_t)(local / DAY_MINUTES);
        sheet->of_day[i] = (int16_t)(local % DAY_MINUTES);
        if (i == 0 || sheet->day[i] != sheet->day[i - 1])
            sheet->first[sheet->days++] = i;
        sheet->worked[i + 1] = sheet->worked[i] + is_worked(&sheet->calendar, sheet->day[i], sheet->of_day[i]);
    }
    sheet->first[sheet->days] = SHEET_MINUTES;
    sheet->made = true;
}

/* Which calendar: the store's, for NULL the national one. */
static const struct sheet *sheet_of(const struct policy *policy, const char *store)
{
    static struct sheet sheets[SHEETS];
    static uint32_t next;
    const struct policy_calendars *calendars = &policy->calendars;
    uint32_t index = store ? calendars->usual : calendars->national;
    for (uint32_t i = 0; store && i < calendars->store_count; i++)
        if (strcmp(calendars->store[i].store, store) == 0)
            index = calendars->store[i].calendar;
    const struct calendar *calendar = &calendars->calendar[index];
    const struct calendar_zone *zone = calendar->zone ? &calendars->zone[calendar->zone - 1] : NULL;
    const struct zone_changes *changes = zone ? &zone->changes : &calendars->own_changes;
    int64_t offset = zone ? zone->offset_minutes : policy->utc_offset_minutes;
    for (uint32_t i = 0; i < SHEETS; i++)
        if (sheets[i].made && sheets[i].offset_minutes == offset &&
            memcmp(&sheets[i].changes, changes, sizeof *changes) == 0 &&
            memcmp(&sheets[i].calendar, calendar, sizeof *calendar) == 0)
            return &sheets[i];
    struct sheet *sheet = &sheets[next++ % SHEETS];
    memcpy(&sheet->calendar, calendar, sizeof *calendar);
    memcpy(&sheet->changes, changes, sizeof *changes);
    sheet->offset_minutes = offset;
    sheet_make(sheet);
    return sheet;
}

/* ---- counting on it ---- */

static int64_t within(int64_t at_ms)
{
    const int64_t last_ms = SHEET_BEGIN_MS + SHEET_MINUTES * MINUTE_MS - 1;
    ensure(at_ms >= SHEET_BEGIN_MS);
    return at_ms < last_ms ? at_ms : last_ms;
}

static int32_t minute_of(int64_t at_ms)
{
    return (int32_t)((within(at_ms) - SHEET_BEGIN_MS) / MINUTE_MS);
}

static int64_t minute_ms(int32_t minute)
{
    return SHEET_BEGIN_MS + minute * MINUTE_MS;
}

static bool works(const struct sheet *sheet, int32_t minute)
{
    return sheet->worked[minute + 1] > sheet->worked[minute];
}

/* Which of the sheet's days a minute is of; no day is two hours longer or shorter than another. */
static int32_t index_of(const struct sheet *sheet, int32_t minute)
{
    int32_t index = minute / DAY_MINUTES > 1 ? minute / DAY_MINUTES - 1 : 0;
    while (sheet->first[index + 1] <= minute)
        index++;
    return index;
}

/* Milliseconds of work from the sheet's beginning. */
static int64_t worked_ms(const struct sheet *sheet, int64_t at_ms)
{
    int32_t minute = minute_of(at_ms);
    return sheet->worked[minute] * MINUTE_MS +
           (works(sheet, minute) ? (within(at_ms) - SHEET_BEGIN_MS) % MINUTE_MS : 0);
}

/* The first instant by which so much work was done since the sheet's beginning. */
static int64_t done_ms(const struct sheet *sheet, int64_t wanted_ms)
{
    int32_t low = 0, high = SHEET_MINUTES - 1;
    while (low < high) {
        int32_t middle = (low + high) / 2;
        if (sheet->worked[middle + 1] * MINUTE_MS >= wanted_ms)
            high = middle;
        else
            low = middle + 1;
    }
    return minute_ms(low) + wanted_ms - sheet->worked[low] * MINUTE_MS;
}

/* Where in the row of days an instant stands, in the 24 h that each working day has; outside work, where the next begins. */
static int64_t of_days(const struct sheet *sheet, int64_t at_ms, int32_t *ret_index)
{
    int32_t minute = minute_of(at_ms);
    if (!works(sheet, minute)) {
        while (minute + 1 < SHEET_MINUTES && !works(sheet, minute))
            minute++;
        at_ms = minute_ms(minute);
    }
    int32_t index = index_of(sheet, minute);
    int64_t whole = (sheet->worked[sheet->first[index + 1]] - sheet->worked[sheet->first[index]]) * MINUTE_MS;
    *ret_index = index;
    return whole ? (worked_ms(sheet, at_ms) - sheet->worked[sheet->first[index]] * MINUTE_MS) * DAY_MS / whole : 0;
}

static bool day_works(const struct sheet *sheet, int32_t index)
{
    return sheet->worked[sheet->first[index + 1]] > sheet->worked[sheet->first[index]];
}

static int64_t days_pass(const struct sheet *sheet, int64_t from_ms, int64_t amount_ms)
{
    int32_t index;
    int64_t of_day = of_days(sheet, from_ms, &index) + amount_ms;
    while (of_day >= DAY_MS && index + 1 < sheet->days) {
        of_day -= DAY_MS;
        index++;
        while (index + 1 < sheet->days && !day_works(sheet, index))
            index++;
    }
    int64_t whole = (sheet->worked[sheet->first[index + 1]] - sheet->worked[sheet->first[index]]) * MINUTE_MS;
    int64_t left_ms = (of_day * whole + DAY_MS - 1) / DAY_MS;
    for (int32_t minute = sheet->first[index]; minute < SHEET_MINUTES; minute++) {
        if (works(sheet, minute) && left_ms < MINUTE_MS)
            return minute_ms(minute) + left_ms;
        left_ms -= works(sheet, minute) ? MINUTE_MS : 0;
    }
    return minute_ms(SHEET_MINUTES);
}

int64_t oracle_pass(const struct policy *policy, const char *store, int64_t from_ms, struct duration amount)
{
    if (amount.unit == TIME_WALL || amount.ms == 0)
        return oracle_whole_second(from_ms + amount.ms);
    const struct sheet *sheet = sheet_of(policy, store);
    if (amount.unit == TIME_WORKING_DAYS)
        return oracle_whole_second(days_pass(sheet, from_ms, amount.ms));
    return oracle_whole_second(done_ms(sheet, worked_ms(sheet, from_ms) + amount.ms));
}

int64_t oracle_passed(const struct policy *policy, const char *store, int64_t from_ms, int64_t to_ms,
                      enum time_unit unit)
{
    if (to_ms <= from_ms)
        return 0;
    if (unit == TIME_WALL)
        return to_ms - from_ms;
    const struct sheet *sheet = sheet_of(policy, store);
    if (unit == TIME_WORKING)
        return worked_ms(sheet, to_ms) - worked_ms(sheet, from_ms);
    int32_t from, to;
    int64_t passed = -of_days(sheet, from_ms, &from);
    passed += of_days(sheet, to_ms, &to);
    for (int32_t index = from; index < to; index++)
        passed += day_works(sheet, index) ? DAY_MS : 0;
    return passed;
}

int64_t oracle_next_work(const struct policy *policy, const char *store, int64_t ms)
{
    const struct sheet *sheet = sheet_of(policy, store);
    int64_t whole_ms = oracle_whole_second(ms);
    int32_t minute = minute_of(whole_ms);
    if (works(sheet, minute))
        return whole_ms;
    while (minute + 1 < SHEET_MINUTES && !works(sheet, minute))
        minute++;
    return minute_ms(minute);
}

/* The minute of a sheet's day by which the clock has come to a minute of the day; that of the next day when it never does. */
static int32_t comes_in(const struct sheet *sheet, int32_t index, uint32_t of_day)
{
    int32_t first = sheet->first[index];
    int32_t minute = (int32_t)of_day > HOURS_JUMPED * 60 ? first + (int32_t)of_day - HOURS_JUMPED * 60 : first;
    while (minute < sheet->first[index + 1] && sheet->of_day[minute] < (int32_t)of_day)
        minute++;
    return minute;
}

int64_t oracle_at(const struct policy *policy, const char *store, int64_t day, uint32_t of_day)
{
    const struct sheet *sheet = sheet_of(policy, store);
    int32_t index = 0;
    while (index + 1 < sheet->days && sheet->day[sheet->first[index]] < day)
        index++;
    return minute_ms(comes_in(sheet, index, of_day));
}

int64_t oracle_comes(const struct policy *policy, const char *store, int64_t after_ms, uint32_t of_day, bool worked_day)
{
    const struct sheet *sheet = sheet_of(policy, store);
    for (int32_t index = index_of(sheet, minute_of(after_ms)); index < sheet->days; index++) {
        int32_t minute = comes_in(sheet, index, of_day);
        if (minute_ms(minute) > after_ms && (!worked_day || day_works(sheet, index)))
            return minute_ms(minute);
    }
    return ORACLE_NEVER;
}

/* Walks on minute by minute until the clock on the wall shows the hour. */
int64_t oracle_night_end(const struct policy *policy, const char *store, int64_t at_ms)
{
    const struct quiet_hours *quiet = &policy->quiet;
    const struct sheet *sheet = sheet_of(policy, store);
    int32_t night = ((int32_t)quiet->until_minute - (int32_t)quiet->from_minute + DAY_MINUTES) % DAY_MINUTES;
    int32_t since = (sheet->of_day[minute_of(at_ms)] - (int32_t)quiet->from_minute + DAY_MINUTES) % DAY_MINUTES;
    return since >= night ? at_ms : oracle_comes(policy, store, at_ms, quiet->until_minute, false);
}

int64_t oracle_day(const struct policy *policy, int64_t ms)
{
    const struct zone_changes *changes = &policy->calendars.own_changes;
    int64_t minutes = policy->utc_offset_minutes;
    for (uint32_t i = 0; i < changes->count; i++)
        if (changes->change[i].at_ms <= ms)
            minutes = changes->change[i].offset_minutes;
    int64_t local = ms + minutes * MINUTE_MS;
    return local >= 0 ? local / DAY_MS : -((-local + DAY_MS - 1) / DAY_MS);
}

int64_t oracle_local_day(const struct policy *policy, const char *store, int64_t ms)
{
    return sheet_of(policy, store)->day[minute_of(ms)];
}
