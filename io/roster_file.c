/* roster_file.c - from a roster's YAML to struct roster and back. */
#include "io/roster_file.h"

#include "core/ensure.h"
#include "core/rfc3339.h"
#include "core/status.h"
#include "io/policy_file.h"
#include "io/roster_check.h"

#include <stdarg.h>
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
struct page {
    const struct roster *roster;
    char *at;
    size_t size, len; /* len > size: it did not fit */
};

__attribute__((format(printf, 2, 3))) static void page_add(struct page *page, const char *format, ...)
{
    size_t room = page->len < page->size ? page->size - page->len : 0;
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(room ? page->at + page->len : NULL, room, format, arguments);
    va_end(arguments);
    ensure(len >= 0);
    page->len += (size_t)len;
}

static void page_quoted(struct page *page, roster_text at)
{
    page_add(page, "\"");
    for (const char *c = page->roster->text + at; *c; c++)
        page_add(page, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
    page_add(page, "\"");
}

static void page_text(struct page *page, const char *key, roster_text at, const char *after)
{
    if (at == 0)
        return;
    page_add(page, "%s: ", key);
    page_quoted(page, at);
    page_add(page, "%s", after);
}

static void page_person(struct page *page, const char *key, uint32_t person, const char *after)
{
    if (person != ROSTER_NOBODY)
        page_text(page, key, page->roster->staff[person].number, after);
}

static void page_posts(struct page *page, const char *indent, const uint32_t post[ROSTER_POSTS])
{
    for (uint32_t level = 0; level < ROSTER_POSTS; level++) {
        if (post[level] == ROSTER_NOBODY)
            continue;
        page_add(page, "%s", indent);
        page_person(page, roster_posts[level], post[level], "\n");
    }
}

static void write_group(struct page *page)
{
    const struct roster *roster = page->roster;
    page_text(page, "name", roster->name, "\n");
    page_posts(page, "", roster->post);
    page_add(page, "management_group:\n");
    for (uint32_t i = 0; i < roster->management_group_count; i++) {
        page_add(page, "  - ");
        page_quoted(page, roster->staff[roster->management_group[i]].number);
        page_add(page, "\n");
    }
    if (roster->contact_count > 0)
        page_add(page, "contacts:\n");
    for (uint32_t i = 0; i < roster->contact_count; i++) {
        page_add(page, "  - {");
        page_text(page, "topic", roster->contact[i].topic, ", ");
        page_person(page, "person", roster->contact[i].person, "}\n");
    }
}

static void write_stores(struct page *page)
{
    const struct roster *roster = page->roster;
    page_add(page, "stores:\n");
    for (uint32_t i = 0; i < roster->store_count; i++) {
        const struct roster_store *store = &roster->store[i];
        page_text(page, "  - store", store->store, "\n");
        page_text(page, "    name", store->name, "\n");
        page_text(page, "    region", store->region, "\n");
        page_posts(page, "    ", store->post);
        if (store->department_count > 0)
            page_add(page, "    departments:\n");
        for (uint32_t k = 0; k < store->department_count; k++) {
            const struct roster_department *department = &roster->department[store->first_department + k];
            page_text(page, "      - department", department->department, "\n");
            page_posts(page, "        ", department->post);
        }
    }
}

static void write_staff(struct page *page)
{
    const struct roster *roster = page->roster;
    page_add(page, "staff:\n");
    for (uint32_t i = 0; i < roster->staff_count; i++) {
        const struct roster_person *person = &roster->staff[i];
        page_text(page, "  - {number", person->number, "");
        page_text(page, ", title", person->title, "");
        if (person->store != ROSTER_NOBODY)
            page_text(page, ", store", roster->store[person->store].store, "");
        if (person->department != ROSTER_NOBODY)
            page_text(page, ", department", roster->department[person->department].department, "");
        page_person(page, ", superior", person->superior, "");
        page_add(page, "}\n");
    }
    if (roster->substitute_count > 0)
        page_add(page, "substitutes:\n");
    for (uint32_t i = 0; i < roster->substitute_count; i++) {
        const struct roster_substitute *entry = &roster->substitute[i];
        char from[24], to[24];
        roster_day_format(entry->from_day, from);
        roster_day_format(entry->to_day, to);
        page_person(page, "  - {person", entry->person, "");
        page_person(page, ", by", entry->by, "");
        page_add(page, ", from: %s, to: %s}\n", from, to);
    }
}

int roster_render(const struct roster *roster, char *buffer, size_t size, size_t *ret_len, char ret_hash[33])
{
    struct page page = {.roster = roster, .at = buffer, .size = size};
    write_group(&page);
    write_stores(&page);
    write_staff(&page);
    if (page.len >= page.size)
        return -E_NO_ROOM;
    policy_hash(span_make(buffer, page.len), ret_hash);
    *ret_len = page.len;
    return 0;
}
