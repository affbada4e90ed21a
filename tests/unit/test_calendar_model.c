/*
 * Calendars against brute force: two years, minute by minute, by the C library's own reading of the time zones.
 *
 * The model knows no intervals, no searches and no weeks: it asks localtime_r what the clock on the wall shows at every minute of
 * 2025 and 2026, whether that is working time, and walks.
 */
#include "core/calendar.h"
#include "core/rfc3339.h"
#include "io/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define MINUTE 60000ll
#define DAY (1440 * MINUTE)
#define MINUTES_MOST (2 * 366 * 1440)

/* A minute of the model. */
struct minute {
    bool works;
    int32_t date;      /* 20260214 */
    int32_t of_day;    /* what the clock shows */
    int64_t worked;    /* minutes of working time before it, since the beginning */
    int32_t day_index; /* of its date, in order */
};

static struct minute minutes[MINUTES_MOST + 1];
static int64_t begin_ms;
static int32_t minute_count;

/* Working minutes of each date, and the minute at which each date begins. */
static int64_t date_worked[800];
static int32_t date_begin[800];
static int32_t date_count;

static const char *const zones[] = {"Asia/Shanghai", "Europe/Berlin", "America/New_York"};

/* Shifts by day of the week, Sunday first as struct tm has it; "like" of an exception counts the same way. */
struct story {
    const char *name;
    const char *hours[7];
    struct {
        int32_t first, last; /* dates */
        int like;            /* -1: closed */
    } exception[8];
};

#define OFFICE "08:30-12:00 13:00-17:30"
static const struct story stories[] = {
    {"office",
     {"", OFFICE, OFFICE, OFFICE, OFFICE, OFFICE, ""},
     {{20250128, 20250204, -1},
      {20250208, 20250208, 1},
      {20250501, 20250505, -1},
      {20251001, 20251008, -1},
      {20251011, 20251011, 5},
      {20260214, 20260214, 1},
      {20260215, 20260223, -1},
      {20260228, 20260228, 1}}},
    {"showroom",
     {"10:00-16:00", "09:00-18:00", "09:00-18:00", "09:00-18:00", "09:00-18:00", "09:00-20:15", "09:30-17:45"},
     {{20260216, 20260218, -1}, {20260329, 20260329, 1}}},
    /* its shifts begin and end within the hours that are left out or come twice */
    {"night",
     {"00:00-01:20 01:40-02:15 02:45-06:00", "22:00-24:00", "00:00-06:00 22:00-24:00", "00:00-06:00", "", "22:00-24:00",
      "00:00-02:30"},
     {{20251224, 20251226, -1}}},
    {"always",
     {"00:00-24:00", "00:00-24:00", "00:00-24:00", "00:00-24:00", "00:00-24:00", "00:00-24:00", "00:00-24:00"},
     {{0, 0, 0}}},
};

static int64_t when(const char *text)
{
    int64_t ms;
    assert_int_equal(rfc3339_parse(span_of(text), &ms), 0);
    return ms;
}

/* ---- the model ---- */

static bool within(const char *hours, int32_t of_day)
{
    int from_hour, from_minute, to_hour, to_minute, used;
    for (const char *at = hours;
         sscanf(at, " %d:%d-%d:%d%n", &from_hour, &from_minute, &to_hour, &to_minute, &used) == 4; at += used) {
        if (of_day >= from_hour * 60 + from_minute && of_day < to_hour * 60 + to_minute)
            return true;
    }
    return false;
}

static bool works(const struct story *story, const struct tm *wall, int32_t date)
{
    int like = wall->tm_wday;
    for (size_t i = 0; i < 8; i++) {
        if (story->exception[i].first > 0 && date >= story->exception[i].first && date <= story->exception[i].last)
            like = story->exception[i].like;
    }
    return like >= 0 && within(story->hours[like], wall->tm_hour * 60 + wall->tm_min);
}

static void model_make(const struct story *story, const char *zone)
{
    assert_int_equal(setenv("TZ", zone, 1), 0);
    tzset();
    begin_ms = when("2025-01-01T00:00:00Z");
    minute_count = (int32_t)((when("2027-01-01T00:00:00Z") - begin_ms) / MINUTE);
    assert_in_range(minute_count, 1, MINUTES_MOST);
    int64_t worked = 0;
    date_count = 0;
    memset(date_worked, 0, sizeof date_worked);
    for (int32_t i = 0; i < minute_count; i++) {
        time_t at = (time_t)((begin_ms + i * MINUTE) / 1000);
        struct tm wall;
        assert_non_null(localtime_r(&at, &wall));
        int32_t date = (wall.tm_year + 1900) * 10000 + (wall.tm_mon + 1) * 100 + wall.tm_mday;
        if (i == 0 || date != minutes[i - 1].date)
            date_begin[date_count++] = i;
        minutes[i] =
            (struct minute){works(story, &wall, date), date, wall.tm_hour * 60 + wall.tm_min, worked, date_count - 1};
        worked += minutes[i].works;
        date_worked[date_count - 1] += minutes[i].works;
    }
    date_begin[date_count] = minute_count;
}

/* Working milliseconds from the beginning of the model. */
static int64_t model_worked(int64_t at_ms)
{
    const struct minute *minute = &minutes[(at_ms - begin_ms) / MINUTE];
    return minute->worked * MINUTE + (minute->works ? (at_ms - begin_ms) % MINUTE : 0);
}

static int64_t whole_second(int64_t ms)
{
    return (ms + 999) / 1000 * 1000;
}

/* -1: it leads out of the model. */
static int64_t model_add(int64_t from_ms, int64_t amount_ms)
{
    int64_t at_ms = from_ms;
    while (amount_ms > 0) {
        int32_t i = (int32_t)((at_ms - begin_ms) / MINUTE);
        if (i >= minute_count)
            return -1;
        int64_t rest_ms = MINUTE - (at_ms - begin_ms) % MINUTE;
        if (minutes[i].works && amount_ms <= rest_ms)
            return whole_second(at_ms + amount_ms);
        amount_ms -= minutes[i].works ? rest_ms : 0;
        at_ms += rest_ms;
    }
    return whole_second(at_ms);
}

/* The next instant of working time; -1. */
static int64_t model_next(int64_t at_ms)
{
    int32_t i = (int32_t)((at_ms - begin_ms) / MINUTE);
    if (minutes[i].works)
        return at_ms;
    while (i < minute_count && !minutes[i].works)
        i++;
    return i < minute_count ? begin_ms + i * MINUTE : -1;
}

/* Where in its working day an instant of working time is, of 24 h. */
static int64_t model_of_day(int64_t at_ms, int32_t *ret_date)
{
    *ret_date = minutes[(at_ms - begin_ms) / MINUTE].day_index;
    int64_t before_ms = model_worked(at_ms) - model_worked(begin_ms + date_begin[*ret_date] * MINUTE);
    return before_ms * DAY / (date_worked[*ret_date] * MINUTE);
}

static int64_t model_days_add(int64_t from_ms, int64_t amount_ms)
{
    int32_t date;
    from_ms = model_next(from_ms);
    if (from_ms < 0)
        return -1;
    int64_t of_day = model_of_day(from_ms, &date) + amount_ms;
    if (date == 0)
        return -1; /* cut off at the beginning of the model */
    while (of_day >= DAY) {
        of_day -= DAY;
        do
            date++;
        while (date < date_count && date_worked[date] == 0);
    }
    if (date >= date_count - 1)
        return -1;
    int64_t worked_ms = (of_day * date_worked[date] * MINUTE + DAY - 1) / DAY;
    for (int32_t i = date_begin[date]; i < minute_count; i++) {
        if (minutes[i].works && worked_ms < MINUTE)
            return whole_second(begin_ms + i * MINUTE + worked_ms);
        worked_ms -= minutes[i].works ? MINUTE : 0;
    }
    return -1;
}

static int64_t model_days_between(int64_t from_ms, int64_t to_ms)
{
    int32_t from_date, to_date;
    int64_t from = model_next(from_ms), to = model_next(to_ms);
    if (from < 0 || to < 0)
        return -1;
    int64_t of_day = model_of_day(to, &to_date) - model_of_day(from, &from_date);
    if (from_date == 0 || to_date == date_count - 1)
        return -1; /* cut off at the ends of the model */
    for (int32_t date = from_date; date < to_date; date++)
        of_day += date_worked[date] > 0 ? DAY : 0;
    return of_day;
}

/* ---- the calendar under test ---- */

static struct policy policy;

static int32_t day_of(int32_t date)
{
    return (int32_t)civil_to_days((struct civil_date){date / 10000, (uint32_t)date / 100 % 100, (uint32_t)date % 100});
}

static void hours_set(struct day_hours *hours, const char *text)
{
    unsigned from_hour, from_minute, to_hour, to_minute;
    int used;
    for (const char *at = text;
         sscanf(at, " %u:%u-%u:%u%n", &from_hour, &from_minute, &to_hour, &to_minute, &used) == 4; at += used)
        hours->shift[hours->count++] =
            (struct shift){(uint16_t)(from_hour * 60 + from_minute), (uint16_t)(to_hour * 60 + to_minute)};
}

/* The story's calendar is the usual one, in the policy's own zone; the national one stays what it is. */
static void calendar_make(const struct story *story, const char *zone)
{
    struct zone_found found;
    policy_default(&policy);
    assert_int_equal(zone_resolve(ZONE_DIR, zone, when("2020-01-01T00:00:00Z"), when("2032-01-01T00:00:00Z"), &found),
                     0);
    policy.utc_offset_minutes = found.offset_minutes;
    policy.calendars.own_changes = found.changes;
    struct calendar *calendar = &policy.calendars.calendar[1];
    *calendar = (struct calendar){.first_year = 2025, .last_year = 2026};
    for (int day = 0; day < 7; day++)
        hours_set(&calendar->weekday[(day + 6) % 7], story->hours[day]);
    for (size_t i = 0; i < 8 && story->exception[i].first > 0; i++) {
        int like = story->exception[i].like;
        calendar->exception[calendar->exception_count++] = (struct exception){
            day_of(story->exception[i].first), day_of(story->exception[i].last), like < 0 ? LIKE_NONE : (like + 6) % 7};
    }
    policy.calendars.calendar_count = 2;
    policy.calendars.usual = 1;
}

static uint64_t seed = 20261123;

static int64_t draw(int64_t below)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull; /* Knuth's MMIX */
    return (int64_t)((seed >> 20) % (uint64_t)below);
}

static const struct span store = {(const uint8_t *)"sh-pudong", 9};

static void compare(const char *what, const char *zone, const char *name, int64_t from_ms, int64_t amount, int64_t ours,
                    int64_t model)
{
    char from[RFC3339_LEN + 1];
    rfc3339_format(from_ms, from);
    if (model >= 0 && ours != model)
        fail_msg("%s: %s in %s from %s, %lld: ours is %lld, by the model %lld", what, name, zone, from,
                 (long long)amount, (long long)ours, (long long)model);
}

static void compare_from(const char *zone, const char *name, int64_t from_ms, int64_t amount_ms, int64_t to_ms)
{
    const struct duration hours = {amount_ms, TIME_WORKING};
    compare("add", zone, name, from_ms, amount_ms, calendar_add(&policy, store, from_ms, hours),
            model_add(from_ms, amount_ms));
    compare("between", zone, name, from_ms, to_ms, calendar_between(&policy, store, from_ms, to_ms, TIME_WORKING),
            to_ms > from_ms ? model_worked(to_ms) - model_worked(from_ms) : 0);
    const struct duration days = {3 * amount_ms + 1, TIME_WORKING_DAYS};
    compare("add days", zone, name, from_ms, days.ms, calendar_add(&policy, store, from_ms, days),
            model_days_add(from_ms, days.ms));
    if (to_ms > from_ms)
        compare("days between", zone, name, from_ms, to_ms,
                calendar_between(&policy, store, from_ms, to_ms, TIME_WORKING_DAYS),
                model_days_between(from_ms, to_ms));
    const struct minute *minute = &minutes[(from_ms - begin_ms) / MINUTE];
    compare("local day", zone, name, from_ms, 0, calendar_local_day(&policy, store, from_ms), day_of(minute->date));
    compare("local day", zone, name, from_ms, 0, calendar_day(&policy, from_ms), day_of(minute->date));
    compare("local minute", zone, name, from_ms, 0, calendar_local_minute(&policy, store, from_ms), minute->of_day);
}

/* From minutes drawn, and from each side of every minute at which work begins or ends on the first days and around changes of the
 * clocks. */
static void working_time_is_what_a_walk_minute_by_minute_finds(void **state)
{
    (void)state;
    for (size_t z = 0; z < sizeof zones / sizeof zones[0]; z++) {
        for (size_t s = 0; s < sizeof stories / sizeof stories[0]; s++) {
            model_make(&stories[s], zones[z]);
            calendar_make(&stories[s], zones[z]);
            int64_t whole_ms = minute_count * MINUTE;
            for (int i = 0; i < 4000; i++)
                compare_from(zones[z], stories[s].name, begin_ms + draw(whole_ms), draw(40 * 60 * MINUTE),
                             begin_ms + draw(whole_ms));
            for (int32_t i = 1; i < minute_count; i++) {
                bool jumps = minutes[i].of_day != (minutes[i - 1].of_day + 1) % 1440;
                if (!jumps && (minutes[i].works == minutes[i - 1].works || i > 100000))
                    continue;
                for (int64_t side = -60001; side <= 60001; side += 60001)
                    compare_from(zones[z], stories[s].name, begin_ms + i * MINUTE + side, draw(10 * 60 * MINUTE),
                                 begin_ms + i * MINUTE + draw(50 * DAY) % (whole_ms - i * MINUTE));
            }
        }
    }
}

/* What the clock comes to first, by looking at every minute. */
static void a_minute_of_the_day_comes_when_the_clock_on_the_wall_first_shows_it_or_more(void **state)
{
    (void)state;
    for (size_t z = 0; z < sizeof zones / sizeof zones[0]; z++) {
        model_make(&stories[2], zones[z]);
        calendar_make(&stories[2], zones[z]);
        for (int32_t date = 1; date < date_count - 2; date++) {
            uint32_t wanted = date % 3 == 0 ? (uint32_t)draw(1440) : 60 + (uint32_t)draw(150);
            int32_t i = date_begin[date];
            while (minutes[i].of_day < (int32_t)wanted && minutes[i].day_index == date)
                i++;
            int64_t at_ms = begin_ms + i * MINUTE;
            int64_t day = day_of(minutes[date_begin[date]].date);
            assert_int_equal(calendar_at(&policy, store, day, wanted), at_ms);
            assert_int_equal(calendar_next_local_minute(&policy, store, at_ms - 1, wanted), at_ms);
            assert_true(calendar_next_local_minute(&policy, store, at_ms, wanted) > at_ms);
            if (date_worked[date] > 0)
                assert_int_equal(calendar_next_minute(&policy, store, at_ms - 1, wanted), at_ms);
            else
                assert_true(
                    calendar_local_day(&policy, store, calendar_next_minute(&policy, store, at_ms - 1, wanted)) > day);
            assert_int_equal(calendar_day_begin_ms(&policy, day), begin_ms + date_begin[date] * MINUTE);
        }
    }
}

/* What passes until some instant and from there on is what passes in all; what was added is found again. */
static void adding_and_measuring_undo_each_other(void **state)
{
    (void)state;
    for (size_t s = 0; s < sizeof stories / sizeof stories[0]; s++) {
        calendar_make(&stories[s], "Europe/Berlin");
        for (int i = 0; i < 3000; i++) {
            int64_t from_ms = when("2025-01-01T00:00:00Z") + draw(700 * DAY);
            int64_t middle_ms = from_ms + draw(40 * DAY), to_ms = middle_ms + draw(40 * DAY);
            for (int unit = TIME_WALL; unit <= TIME_WORKING_DAYS; unit++) {
                int64_t first = calendar_between(&policy, store, from_ms, middle_ms, (enum time_unit)unit);
                int64_t second = calendar_between(&policy, store, middle_ms, to_ms, (enum time_unit)unit);
                assert_int_equal(first + second,
                                 calendar_between(&policy, store, from_ms, to_ms, (enum time_unit)unit));
                struct duration amount = {1 + draw(20 * DAY), (enum time_unit)unit};
                int64_t due_ms = calendar_add(&policy, store, from_ms, amount);
                int64_t found = calendar_between(&policy, store, from_ms, due_ms, amount.unit);
                /* rounding up to the second is at most 999 ms of work; a day of 35 minutes is the shortest */
                assert_in_range(found, amount.ms, amount.ms + 999 * 42);
            }
        }
    }
}

/* Weeks that pass at once, one by one: years that no table covers, and the far end of time. */
static void a_far_instant_is_as_exact_as_a_near_one(void **state)
{
    (void)state;
    calendar_make(&stories[0], "Europe/Berlin");
    int64_t from_ms = when("2025-11-20T07:00:00Z"), at_ms = from_ms, sum = 0;
    for (int i = 0; i < 3000; i++) {
        int64_t next_ms = at_ms + DAY + draw(2 * DAY);
        sum += calendar_between(&policy, store, at_ms, next_ms, TIME_WORKING);
        at_ms = next_ms;
        assert_int_equal(calendar_between(&policy, store, from_ms, at_ms, TIME_WORKING), sum);
        assert_int_equal(calendar_between(&policy, store,
                                          calendar_add(&policy, store, from_ms, (struct duration){sum, TIME_WORKING}),
                                          at_ms, TIME_WORKING),
                         0);
    }
    int64_t end_ms = when("9999-12-31T23:59:59Z");
    int64_t all = calendar_between(&policy, store, from_ms, end_ms, TIME_WORKING);
    assert_true(calendar_add(&policy, store, from_ms, (struct duration){all, TIME_WORKING}) <= end_ms);
    assert_true(calendar_between(&policy, store, from_ms, end_ms, TIME_WORKING_DAYS) > 2000000 * DAY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(working_time_is_what_a_walk_minute_by_minute_finds),
        cmocka_unit_test(a_minute_of_the_day_comes_when_the_clock_on_the_wall_first_shows_it_or_more),
        cmocka_unit_test(adding_and_measuring_undo_each_other),
        cmocka_unit_test(a_far_instant_is_as_exact_as_a_near_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
