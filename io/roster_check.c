/* roster_check.c - the checks behind `manyi roster check` that look at more than one entry. */
#include "io/roster_check.h"

#include "core/status.h"
#include "io/policy_document.h"

#include <stdarg.h>
#include <stdio.h>

static uint32_t line_of(const struct roster_flaw *flaw, const char *path)
{
    unsigned entry;
    if (flaw->text.len > 0)
        return document_line(flaw->text, path);
    if (sscanf(path, "staff[%u]", &entry) == 1 && entry < flaw->document->staff_count)
        return flaw->document->staff[entry].line;
    return 0;
}

int roster_flaw(const struct roster_flaw *flaw, const char *path, const char *format, ...)
{
    uint32_t line = line_of(flaw, path);
    int len = line > 0 ? snprintf(flaw->message, ROSTER_MESSAGE_MAX, "line %u: %s ", line, path)
                       : snprintf(flaw->message, ROSTER_MESSAGE_MAX, "%s ", path);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(flaw->message + len, ROSTER_MESSAGE_MAX - (size_t)len, format, arguments);
    va_end(arguments);
    return -E_BAD_ROSTER;
}

#define NUMBER(roster, person) (roster)->text + (roster)->staff[person].number

/* Above everybody are finitely many: else the posts and superiors of these people make a circle. */
static int check_superiors(const struct roster *roster, const struct roster_flaw *flaw)
{
    static const uint32_t hops_most = 64; /* no group has more layers */
    for (uint32_t i = 0; i < roster->staff_count; i++) {
        uint32_t at = i;
        for (uint32_t hops = 0; at != ROSTER_NOBODY; hops++) {
            at = roster_superior_of(roster, at);
            if (at != i && hops < hops_most)
                continue;
            char path[64];
            snprintf(path, sizeof path, "staff[%u]", roster->staff[i].entry);
            if (at == i)
                return roster_flaw(flaw, path,
                                   "has %.64s above %.64s at last: a circle of superiors; mend one of them or a post",
                                   NUMBER(roster, i), NUMBER(roster, i));
            if (at != ROSTER_NOBODY)
                break; /* it runs into somebody else's circle, which is told there */
        }
    }
    return 0;
}

static int check_overlaps(const struct roster *roster, const struct roster_flaw *flaw)
{
    for (uint32_t i = 1; i < roster->substitute_count; i++) {
        const struct roster_substitute *here = &roster->substitute[i], *before = here - 1;
        if (here->person != before->person || here->from_day > before->to_day)
            continue;
        char path[64], day[24];
        snprintf(path, sizeof path, "substitutes[%u]", here->entry);
        roster_day_format(here->from_day, day);
        return roster_flaw(flaw, path, "has %.64s away on %s a second time; let the days follow each other",
                           NUMBER(roster, here->person), day);
    }
    return 0;
}

/* A circle that exists on any day exists on the first day of one of its entries. */
static int check_circles(const struct roster *roster, const struct roster_flaw *flaw)
{
    for (uint32_t i = 0; i < roster->substitute_count; i++) {
        const struct roster_substitute *entry = &roster->substitute[i];
        uint32_t at = entry->by;
        for (uint32_t hops = 0; at != ROSTER_NOBODY && hops < roster->substitute_count; hops++) {
            if (at == entry->person) {
                char path[64], day[24];
                snprintf(path, sizeof path, "substitutes[%u]", entry->entry);
                roster_day_format(entry->from_day, day);
                return roster_flaw(flaw, path, "has %.64s stand in for %.64s on %s, who is away then, too: a circle",
                                   NUMBER(roster, entry->by), NUMBER(roster, entry->person), day);
            }
            uint32_t next = roster_find_substitute(roster, at, entry->from_day);
            at = next == ROSTER_NOBODY ? ROSTER_NOBODY : roster->substitute[next].by;
        }
    }
    return 0;
}

int roster_check(const struct roster *roster, const struct roster_flaw *flaw)
{
    int result = check_superiors(roster, flaw);
    if (result == 0)
        result = check_overlaps(roster, flaw);
    return result == 0 ? check_circles(roster, flaw) : result;
}

const char *const roster_checks[] = {
    "every key is known and stands once, every list has an entry and no more than its limit",
    "every store, every department of it and every member of staff stands once",
    "every post, superior, contact and substitute names somebody of the staff, every place a store and its department",
    "nobody is their own superior, however many steps up",
    "every day exists and none ends before it begins; nobody is away twice on a day",
    "nobody stands in for somebody who stands in for them on the same day",
    "the management group has somebody, so that a notice always reaches a person",
};
const uint32_t roster_checks_count = sizeof roster_checks / sizeof roster_checks[0];
