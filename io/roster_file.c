/* roster_file.c - from a roster's YAML to struct roster and back. */
#include "io/roster_file.h"

#include "core/rfc3339.h"
#include "core/status.h"
#include "io/page.h"
#include "io/policy_file.h"
#include "io/roster_check.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- days ---- */

#define DAY_LEN 10u

int roster_day_parse(struct span text, int64_t *ret_day)
{
    char instant[RFC3339_LEN + 1];
    int64_t ms;
    if (text.len != DAY_LEN)
        return -E_BAD_TIME;
    snprintf(instant, sizeof instant, "%.*sT00:00:00Z", SPAN_ARGS(text));
    int result = rfc3339_parse(span_of(instant), &ms);
    if (result < 0)
        return result;
    int64_t day_ms = 86400000ll;
    *ret_day = ms >= 0 ? ms / day_ms : -((-ms + day_ms - 1) / day_ms);
    return 0;
}

void roster_day_format(int64_t day, char ret_text[24])
{
    struct civil_date date = civil_from_days(day);
    snprintf(ret_text, 24, "%04d-%02u-%02u", (int)date.year % 10000, date.month % 100, date.day % 100);
}

/* ---- reading ---- */

int roster_parse(struct span text, struct roster *ret_roster, char message[ROSTER_MESSAGE_MAX])
{
    struct roster_document *document = NULL;
    struct roster *roster = malloc(sizeof *roster);
    int result = roster ? roster_document_load(text, &document, message) : -E_NO_MEMORY;
    if (result == 0) {
        const struct roster_flaw flaw = {text, document, message};
        result = roster_resolve(&flaw, roster);
        if (result == 0)
            result = roster_check(roster, &flaw);
    }
    if (result == 0) {
        policy_hash(text, roster->hash);
        memcpy(ret_roster, roster, sizeof *roster);
    }
    roster_document_free(document);
    free(roster);
    return result;
}

/* ---- writing ---- */

/* YAML by hand, a line a person: each text is quoted, which every YAML and JSON reader understands alike. */
struct sheet {
    const struct roster *roster;
    struct page page;
};

static void sheet_quoted(struct sheet *sheet, roster_text at)
{
    page_quoted(&sheet->page, sheet->roster->text + at);
}

static void sheet_text(struct sheet *sheet, const char *key, roster_text at, const char *after)
{
    if (at == 0)
        return;
    page_add(&sheet->page, "%s: ", key);
    sheet_quoted(sheet, at);
    page_add(&sheet->page, "%s", after);
}

static void sheet_person(struct sheet *sheet, const char *key, uint32_t person, const char *after)
{
    if (person != ROSTER_NOBODY)
        sheet_text(sheet, key, sheet->roster->staff[person].number, after);
}

static void sheet_posts(struct sheet *sheet, const char *indent, const uint32_t post[ROSTER_POSTS])
{
    for (uint32_t level = 0; level < ROSTER_POSTS; level++) {
        if (post[level] == ROSTER_NOBODY)
            continue;
        page_add(&sheet->page, "%s", indent);
        sheet_person(sheet, roster_posts[level], post[level], "\n");
    }
}

static void write_group(struct sheet *sheet)
{
    const struct roster *roster = sheet->roster;
    sheet_text(sheet, "name", roster->name, "\n");
    sheet_posts(sheet, "", roster->post);
    page_add(&sheet->page, "management_group:\n");
    for (uint32_t i = 0; i < roster->management_group_count; i++) {
        page_add(&sheet->page, "  - ");
        sheet_quoted(sheet, roster->staff[roster->management_group[i]].number);
        page_add(&sheet->page, "\n");
    }
    if (roster->contact_count > 0)
        page_add(&sheet->page, "contacts:\n");
    for (uint32_t i = 0; i < roster->contact_count; i++) {
        page_add(&sheet->page, "  - {");
        sheet_text(sheet, "topic", roster->contact[i].topic, ", ");
        sheet_person(sheet, "person", roster->contact[i].person, "}\n");
    }
}

static void write_stores(struct sheet *sheet)
{
    const struct roster *roster = sheet->roster;
    page_add(&sheet->page, "stores:\n");
    for (uint32_t i = 0; i < roster->store_count; i++) {
        const struct roster_store *store = &roster->store[i];
        sheet_text(sheet, "  - store", store->store, "\n");
        sheet_text(sheet, "    name", store->name, "\n");
        sheet_text(sheet, "    name_en", store->name_en, "\n");
        sheet_text(sheet, "    region", store->region, "\n");
        sheet_posts(sheet, "    ", store->post);
        if (store->department_count > 0)
            page_add(&sheet->page, "    departments:\n");
        for (uint32_t k = 0; k < store->department_count; k++) {
            const struct roster_department *department = &roster->department[store->first_department + k];
            sheet_text(sheet, "      - department", department->department, "\n");
            sheet_posts(sheet, "        ", department->post);
        }
    }
}

static void write_staff(struct sheet *sheet)
{
    const struct roster *roster = sheet->roster;
    page_add(&sheet->page, "staff:\n");
    for (uint32_t i = 0; i < roster->staff_count; i++) {
        const struct roster_person *person = &roster->staff[i];
        sheet_text(sheet, "  - {number", person->number, "");
        sheet_text(sheet, ", title", person->title, "");
        if (person->store != ROSTER_NOBODY)
            sheet_text(sheet, ", store", roster->store[person->store].store, "");
        if (person->department != ROSTER_NOBODY)
            sheet_text(sheet, ", department", roster->department[person->department].department, "");
        sheet_person(sheet, ", superior", person->superior, "");
        page_add(&sheet->page, "}\n");
    }
    if (roster->substitute_count > 0)
        page_add(&sheet->page, "substitutes:\n");
    for (uint32_t i = 0; i < roster->substitute_count; i++) {
        const struct roster_substitute *entry = &roster->substitute[i];
        char from[24], to[24];
        roster_day_format(entry->from_day, from);
        roster_day_format(entry->to_day, to);
        sheet_person(sheet, "  - {person", entry->person, "");
        sheet_person(sheet, ", by", entry->by, "");
        page_add(&sheet->page, ", from: %s, to: %s}\n", from, to);
    }
}

int roster_render(const struct roster *roster, char *buffer, size_t size, size_t *ret_len, char ret_hash[33])
{
    struct sheet sheet = {.roster = roster, .page = {.at = buffer, .size = size}};
    write_group(&sheet);
    write_stores(&sheet);
    write_staff(&sheet);
    if (sheet.page.len >= sheet.page.size)
        return -E_NO_ROOM;
    policy_hash(span_make(buffer, sheet.page.len), ret_hash);
    *ret_len = sheet.page.len;
    return 0;
}
