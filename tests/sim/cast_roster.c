/*
 * cast_roster.c - the head office: who works where, some of it nonsense. One thing a line, as oracle_roster.c reads it.
 *
 * People are few and hold posts all over, so that whom a complaint is about is often whom a notice would reach.
 */
#include "core/ensure.h"
#include "core/rfc3339.h"
#include "io/policy_file.h"
#include "tests/sim/cast_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ROSTER_BYTES 16384u
#define DAY_MS (24 * 3600 * 1000ll)

struct sheet {
    char text[ROSTER_BYTES];
    size_t len;
    struct dice *dice;
};

__attribute__((format(printf, 2, 3))) static void add(struct sheet *sheet, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(sheet->text + sheet->len, sizeof sheet->text - sheet->len, format, arguments);
    va_end(arguments);
    ensure(len > 0 && (size_t)len < sizeof sheet->text - sheet->len);
    sheet->len += (size_t)len;
}

/* A post that is vacant now and then. */
static void post(struct sheet *sheet, const char *indent, const char *name, uint32_t of_ten)
{
    if (dice_chance(sheet->dice, of_ten, 10))
        add(sheet, "%s%s: %s\n", indent, name, town_person(sheet->dice));
}

static void write_day(char text[16], int64_t day)
{
    struct civil_date date = civil_from_days(day);
    snprintf(text, 16, "%04d-%02u-%02u", (int)date.year % 10000, date.month % 100, date.day % 100);
}

static void leaves(struct sheet *sheet, int64_t today)
{
    uint32_t count = (uint32_t)dice_between(sheet->dice, 0, 6);
    if (count > 0)
        add(sheet, "substitutes:\n");
    for (uint32_t i = 0; i < count; i++) {
        char from[16], to[16];
        int64_t first = today + dice_between(sheet->dice, 0, 5) - 2;
        const char *person = town_person(sheet->dice), *by = town_person(sheet->dice);
        write_day(from, first);
        write_day(to, first + dice_between(sheet->dice, 0, 3));
        if (dice_chance(sheet->dice, 1, 5))
            add(sheet, "  - {person: %s, from: %s, to: %s}\n", person, from, to);
        else
            add(sheet, "  - {person: %s, by: %s, from: %s, to: %s}\n", person, by, from, to);
    }
}

static void write_sheet(struct sheet *sheet, int64_t today)
{
    static const char *const stores[] = {"sh-pudong", "sh-minhang", "hz-xihu"};
    static const char *const departments[] = {"service", "sales", "support", "call_centre", "marketing"};
    static const char *const people[] = {"wang.li",  "chen.jing", "zhao.min",  "liu.wei", "sun.fang",
                                         "zhou.hui", "xu.lei",    "huang.yan", "guo.ping"};
    const char *first = town_person(sheet->dice), *second = town_person(sheet->dice);
    post(sheet, "", "director", 3);
    post(sheet, "", "general_manager", 8);
    if (strcmp(first, second) == 0)
        add(sheet, "management_group: [%s]\n", first);
    else
        add(sheet, "management_group: [%s, %s]\n", first, second);
    add(sheet, "stores:\n");
    for (uint32_t i = 0; i < (dice_chance(sheet->dice, 1, 4) ? 2u : 3u); i++) {
        add(sheet, "  - store: %s\n", stores[i]);
        post(sheet, "    ", "handler", 3);
        post(sheet, "    ", "manager", 3);
        post(sheet, "    ", "director", 8);
        post(sheet, "    ", "general_manager", 3);
        add(sheet, "    departments:\n");
        for (uint32_t k = 0; k < (uint32_t)dice_between(sheet->dice, 1, 5); k++) {
            add(sheet, "      - department: %s\n", departments[k]);
            post(sheet, "        ", "handler", 7);
            post(sheet, "        ", "manager", 8);
        }
    }
    add(sheet, "staff:\n");
    for (uint32_t i = 0; i < sizeof people / sizeof people[0]; i++)
        add(sheet, "  - {number: %s}\n", people[i]);
    leaves(sheet, today);
}

void roster_publish(struct sender *sender, struct dice *dice, int64_t wall_ms)
{
    struct draft draft;
    char hash[33];
    struct sheet *sheet = cast_take(sizeof *sheet);
    sheet->len = 0;
    sheet->dice = dice;
    write_sheet(sheet, wall_ms / DAY_MS);
    if (dice_chance(dice, 1, 10))
        add(sheet, "  - {person: nobody, from: 2026-11-23, to: 2026-11-23}\n"); /* among the staff, or unknown */
    policy_hash(span_make(sheet->text, sheet->len), hash);
    if (dice_chance(dice, 1, 10))
        hash[0] = hash[0] == '0' ? '1' : '0'; /* not that of the content */
    draft_begin_event(&draft, sender, dice, wall_ms);
    adopted_publish(sender, &draft, EVENT_roster_changed, span_make(sheet->text, sheet->len), hash);
    world_tell(sender->member->cast->world, sender->member->name, "changes the roster");
    free(sheet);
}
