/* cast_calendar.c - the calendars that the head office thinks of: short days, closed days, days worked instead, clocks put back. */
#include "core/calendar.h"
#include "tests/sim/cast_inside.h"

#include <stdio.h>
#include <string.h>

#define SIM_DAY ((int32_t)(WORLD_BEGIN_MS / DAYS(1))) /* the first one, a Monday */
#define LAW_DAYS 4 /* working days that a clock of the law leaves at least: no clock of ours may need more */

static void hours_draw(struct day_hours *hours, struct dice *dice)
{
    uint16_t opens = (uint16_t)dice_between(dice, 7 * 60, 9 * 60),
             noon = (uint16_t)dice_between(dice, 11 * 60, 12 * 60);
    *hours = (struct day_hours){.count = 2};
    hours->shift[0] = (struct shift){opens, noon};
    hours->shift[1] =
        (struct shift){(uint16_t)(noon + dice_between(dice, 1, 90)), (uint16_t)dice_between(dice, 1020, 1440)};
}

/* Days of the week that follow are free, one is worked after all. */
static void days_draw(struct calendar *calendar, struct dice *dice)
{
    int32_t day = SIM_DAY + (int32_t)dice_between(dice, 0, 3);
    int32_t free_days = (int32_t)dice_between(dice, 1, 3);
    calendar->exception_count = 2;
    calendar->exception[0] = (struct exception){day, day + free_days - 1, LIKE_NONE};
    calendar->exception[1] = (struct exception){day + free_days + 1, day + free_days + 1, TUESDAY};
}

static void calendar_draw(struct calendar *calendar, const char *name, struct dice *dice)
{
    memset(calendar, 0, sizeof *calendar);
    memcpy(calendar->name, name, strlen(name));
    calendar->first_year = calendar->last_year = 2026;
    for (uint32_t day = MONDAY; day <= SUNDAY; day++)
        if (day < SATURDAY || dice_chance(dice, 1, 2))
            hours_draw(&calendar->weekday[day], dice);
    if (dice_chance(dice, 2, 3))
        days_draw(calendar, dice);
}

/* In the small hours of some nights the clocks go forward or back. */
static void changes_draw(struct zone_changes *changes, int64_t offset_minutes, struct dice *dice)
{
    int64_t night_ms = WORLD_BEGIN_MS + HOURS(18);
    changes->count = (uint32_t)dice_between(dice, 1, 3);
    for (uint32_t i = 0; i < changes->count; i++) {
        night_ms += DAYS(dice_between(dice, 0, 2) + (i > 0));
        offset_minutes += dice_chance(dice, 1, 2) ? 60 : -60;
        changes->change[i] = (struct zone_change){night_ms, offset_minutes};
    }
}

static int64_t shortest_ms(const struct calendar *calendar)
{
    int64_t shortest = DAYS(1);
    for (uint32_t day = MONDAY; day <= SUNDAY; day++) {
        int64_t minutes = 0;
        for (uint32_t i = 0; i < calendar->weekday[day].count; i++)
            minutes += calendar->weekday[day].shift[i].to - calendar->weekday[day].shift[i].from;
        if (minutes > 0 && MINUTES(minutes) < shortest)
            shortest = MINUTES(minutes);
    }
    return shortest;
}

void calendars_vary(struct policy *policy, struct dice *dice)
{
    struct policy_calendars *calendars = &policy->calendars;
    int64_t die = dice_between(dice, 0, 3);
    if (die == 0)
        calendar_round_the_clock(policy);
    if (die >= 2) {
        calendar_draw(&calendars->calendar[0], CALENDAR_NATIONAL, dice);
        calendar_draw(&calendars->calendar[1], "showroom", dice);
        snprintf(calendars->store[0].store, sizeof calendars->store[0].store, "%s", town_store(dice));
        calendars->store[0].calendar = 1;
        calendars->store_count = 1;
    }
    if (die == 3) {
        struct calendar_zone *zone = &calendars->zone[0];
        memcpy(zone->name, "Town/Hall", sizeof "Town/Hall");
        zone->offset_minutes = (int32_t)dice_between(dice, 6, 9) * 60;
        changes_draw(&zone->changes, zone->offset_minutes, dice);
        calendars->zone_count = 1;
        calendars->calendar[dice_between(dice, 0, 1)].zone = 1;
        if (dice_chance(dice, 1, 2))
            changes_draw(&calendars->own_changes, policy->utc_offset_minutes, dice);
    }
    int64_t most_ms = LAW_DAYS * shortest_ms(&calendars->calendar[calendars->national]);
    for (uint32_t grade = 0; grade < grade_count; grade++) {
        for (uint32_t kind = 0; kind < CLOCKS_OF_GRADE; kind++) {
            struct duration *clock = &policy->grade[grade].clock[kind];
            if (clock->unit == TIME_WORKING && clock->ms > most_ms)
                clock->ms = most_ms;
        }
    }
}
