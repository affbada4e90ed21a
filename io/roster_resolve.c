/*
 * roster_resolve.c - names become people: every entry of the document finds whom it means.
 *
 *   stores, their departments, staff  -> sorted, none twice
 *   posts, superiors, substitutes     -> indices of them
 */
#include "core/ensure.h"
#include "core/status.h"
#include "io/roster_check.h"
#include "io/yaml_look.h"

#include <stdio.h>
#include <stdlib.h>

#define PATH_MAX_BYTES 96u

/* An entry of a list that is to be sorted by name. */
struct order {
    const char *name;
    uint32_t entry;
};

struct resolving {
    const struct roster_flaw *flaw;
    const struct roster_document *document;
    struct roster *roster;
    struct order order[ROSTER_STAFF_MAX];
};

static int by_name(const void *a, const void *b)
{
    const struct order *one = a, *other = b;
    int order = span_compare(span_of(one->name), span_of(other->name));
    return order ? order : (one->entry > other->entry) - (one->entry < other->entry);
}

/* Sorts; ret_twice is the entry that stands a second time, or ROSTER_NOBODY. */
static void sort(struct resolving *resolving, uint32_t count, uint32_t *ret_twice)
{
    qsort(resolving->order, count, sizeof resolving->order[0], by_name);
    *ret_twice = ROSTER_NOBODY;
    for (uint32_t i = 1; i < count && *ret_twice == ROSTER_NOBODY; i++) {
        if (strcmp(resolving->order[i - 1].name, resolving->order[i].name) == 0)
            *ret_twice = resolving->order[i].entry;
    }
}

/* Keeps a text; one that was left out is 0. */
static int text_keep(struct resolving *resolving, const char *path, const char *text, roster_text *ret_at)
{
    struct roster *roster = resolving->roster;
    size_t len = strlen(text);
    *ret_at = 0;
    if (len == 0)
        return 0;
    if (!yaml_is_plain(text))
        return roster_flaw(resolving->flaw, path, "has a control character; allowed are 1 to %u bytes of text",
                           NAME_MAX_BYTES);
    if (roster->text_len + len + 1 > sizeof roster->text)
        return roster_flaw(resolving->flaw, path, "is too much: all names together have at most %u bytes",
                           ROSTER_TEXT_BYTES);
    memcpy(roster->text + roster->text_len, text, len + 1);
    *ret_at = roster->text_len;
    roster->text_len += (uint32_t)len + 1;
    return 0;
}

/* Whom a name means; one that was left out is nobody. */
static int person_find(const struct resolving *resolving, const char *path, const char *name, uint32_t *ret_person)
{
    *ret_person = name[0] ? roster_find_person(resolving->roster, span_of(name)) : ROSTER_NOBODY;
    if (!name[0] || *ret_person != ROSTER_NOBODY)
        return 0;
    return roster_flaw(resolving->flaw, path, "names %.64s, who is not among the staff", name);
}

/* ---- stores and departments ---- */

static int departments_read(struct resolving *resolving, uint32_t entry, struct roster_store *store)
{
    const struct document_store *from = &resolving->document->stores[entry];
    struct roster *roster = resolving->roster;
    char path[PATH_MAX_BYTES];
    store->first_department = roster->department_count;
    for (uint32_t i = 0; i < from->departments_count; i++) {
        const char *name = from->departments[i].department;
        snprintf(path, sizeof path, "stores[%u].departments[%u]", entry, i);
        if (roster->department_count == ROSTER_DEPARTMENTS_MAX)
            return roster_flaw(resolving->flaw, path, "is one too many: a group has at most %u departments",
                               ROSTER_DEPARTMENTS_MAX);
        for (uint32_t k = 0; k < i; k++) {
            if (strcmp(name, from->departments[k].department) == 0)
                return roster_flaw(resolving->flaw, path, "gives %.64s a second time", name);
        }
        struct roster_department *to = &roster->department[roster->department_count++];
        int result = text_keep(resolving, path, name, &to->department);
        if (result < 0)
            return result;
        store->department_count++;
    }
    return 0;
}

static int stores_read(struct resolving *resolving)
{
    const struct roster_document *document = resolving->document;
    struct roster *roster = resolving->roster;
    uint32_t twice;
    char path[PATH_MAX_BYTES];
    for (uint32_t i = 0; i < document->stores_count; i++)
        resolving->order[i] = (struct order){document->stores[i].store, i};
    sort(resolving, document->stores_count, &twice);
    snprintf(path, sizeof path, "stores[%u]", twice);
    if (twice != ROSTER_NOBODY)
        return roster_flaw(resolving->flaw, path, "gives %.64s a second time", document->stores[twice].store);
    for (uint32_t i = 0; i < document->stores_count; i++) {
        uint32_t entry = resolving->order[i].entry;
        const struct document_store *from = &document->stores[entry];
        struct roster_store *to = &roster->store[roster->store_count++];
        snprintf(path, sizeof path, "stores[%u]", entry);
        int result = text_keep(resolving, path, from->store, &to->store);
        if (result == 0)
            result = text_keep(resolving, path, from->name, &to->name);
        if (result == 0)
            result = text_keep(resolving, path, from->name_en, &to->name_en);
        if (result == 0)
            result = text_keep(resolving, path, from->region, &to->region);
        if (result == 0)
            result = departments_read(resolving, entry, to);
        if (result < 0)
            return result;
    }
    return 0;
}

/* ---- staff ---- */

static int place_read(struct resolving *resolving, uint32_t entry, struct roster_person *person)
{
    const struct document_person *from = &resolving->document->staff[entry];
    char path[PATH_MAX_BYTES];
    person->store = person->department = ROSTER_NOBODY;
    if (from->store[0])
        person->store = roster_find_store(resolving->roster, span_of(from->store));
    snprintf(path, sizeof path, "staff[%u].store", entry);
    if (from->store[0] && person->store == ROSTER_NOBODY)
        return roster_flaw(resolving->flaw, path, "names %.64s, which is not among the stores", from->store);
    if (!from->department[0])
        return 0;
    snprintf(path, sizeof path, "staff[%u].department", entry);
    if (!from->store[0])
        return roster_flaw(resolving->flaw, path, "needs its store, too");
    person->department = roster_find_department(resolving->roster, person->store, span_of(from->department));
    if (person->department == ROSTER_NOBODY)
        return roster_flaw(resolving->flaw, path, "names %.64s, which %.64s does not have", from->department,
                           from->store);
    return 0;
}

static int staff_read(struct resolving *resolving)
{
    const struct roster_document *document = resolving->document;
    struct roster *roster = resolving->roster;
    uint32_t twice;
    char path[PATH_MAX_BYTES];
    for (uint32_t i = 0; i < document->staff_count; i++)
        resolving->order[i] = (struct order){document->staff[i].number, i};
    sort(resolving, document->staff_count, &twice);
    snprintf(path, sizeof path, "staff[%u]", twice);
    if (twice != ROSTER_NOBODY)
        return roster_flaw(resolving->flaw, path, "gives %.64s a second time", document->staff[twice].number);
    for (uint32_t i = 0; i < document->staff_count; i++) {
        uint32_t entry = resolving->order[i].entry;
        struct roster_person *to = &roster->staff[roster->staff_count++];
        snprintf(path, sizeof path, "staff[%u]", entry);
        *to = (struct roster_person){.superior = ROSTER_NOBODY, .entry = entry};
        int result = text_keep(resolving, path, document->staff[entry].number, &to->number);
        if (result == 0)
            result = text_keep(resolving, path, document->staff[entry].title, &to->title);
        if (result == 0)
            result = place_read(resolving, entry, to);
        if (result < 0)
            return result;
    }
    return 0;
}

static int superiors_read(struct resolving *resolving)
{
    struct roster *roster = resolving->roster;
    for (uint32_t i = 0; i < roster->staff_count; i++) {
        char path[PATH_MAX_BYTES];
        uint32_t entry = roster->staff[i].entry;
        snprintf(path, sizeof path, "staff[%u].superior", entry);
        int result =
            person_find(resolving, path, resolving->document->staff[entry].superior, &roster->staff[i].superior);
        if (result < 0)
            return result;
        if (roster->staff[i].superior == i)
            return roster_flaw(resolving->flaw, path, "is the person's own number");
    }
    return 0;
}

/* ---- posts ---- */

static int posts_read(const struct resolving *resolving, const char *prefix, const struct document_posts *from,
                      uint32_t post[ROSTER_POSTS])
{
    for (uint32_t level = 0; level < ROSTER_POSTS; level++) {
        char path[PATH_MAX_BYTES];
        snprintf(path, sizeof path, "%s%s", prefix, roster_posts[level]);
        int result = person_find(resolving, path, from->post[level], &post[level]);
        if (result < 0)
            return result;
    }
    return 0;
}

static int all_posts_read(struct resolving *resolving)
{
    const struct roster_document *document = resolving->document;
    struct roster *roster = resolving->roster;
    int result = posts_read(resolving, "", &document->posts, roster->post);
    for (uint32_t i = 0; result == 0 && i < document->stores_count; i++) {
        const struct document_store *from = &document->stores[i];
        struct roster_store *to = &roster->store[roster_find_store(roster, span_of(from->store))];
        char prefix[PATH_MAX_BYTES / 2];
        snprintf(prefix, sizeof prefix, "stores[%u].", i);
        result = posts_read(resolving, prefix, &from->posts, to->post);
        for (uint32_t k = 0; result == 0 && k < from->departments_count; k++) {
            snprintf(prefix, sizeof prefix, "stores[%u].departments[%u].", i, k);
            result = posts_read(resolving, prefix, &from->departments[k].posts,
                                roster->department[to->first_department + k].post);
        }
    }
    return result;
}

static int group_read(struct resolving *resolving)
{
    const struct roster_document *document = resolving->document;
    struct roster *roster = resolving->roster;
    char path[PATH_MAX_BYTES];
    for (uint32_t i = 0; i < document->management_group_count; i++) {
        snprintf(path, sizeof path, "management_group[%u]", i);
        int result = person_find(resolving, path, document->management_group[i], &roster->management_group[i]);
        if (result < 0)
            return result;
        for (uint32_t k = 0; k < i; k++) {
            if (roster->management_group[k] == roster->management_group[i])
                return roster_flaw(resolving->flaw, path, "gives %.64s a second time", document->management_group[i]);
        }
        roster->management_group_count++;
    }
    for (uint32_t i = 0; i < document->contacts_count; i++) {
        const struct document_contact *from = &document->contacts[i];
        snprintf(path, sizeof path, "contacts[%u].person", i);
        int result = text_keep(resolving, path, from->topic, &roster->contact[i].topic);
        if (result == 0)
            result = person_find(resolving, path, from->person, &roster->contact[i].person);
        if (result < 0)
            return result;
        roster->contact_count++;
    }
    return 0;
}

/* ---- substitutes ---- */

static int by_person_and_day(const void *a, const void *b)
{
    const struct roster_substitute *one = a, *other = b;
    if (one->person != other->person)
        return one->person < other->person ? -1 : 1;
    if (one->from_day != other->from_day)
        return one->from_day < other->from_day ? -1 : 1;
    return (one->entry > other->entry) - (one->entry < other->entry);
}

static int day_read(const struct resolving *resolving, const char *path, const char *text, int64_t *ret_day)
{
    if (roster_day_parse(span_of(text), ret_day) == 0)
        return 0;
    return roster_flaw(resolving->flaw, path, "is \"%s\", which is no day; allowed is a date such as 2026-11-23", text);
}

static int substitute_read(struct resolving *resolving, uint32_t entry)
{
    const struct document_substitute *from = &resolving->document->substitutes[entry];
    struct roster_substitute *to = &resolving->roster->substitute[entry];
    char path[PATH_MAX_BYTES];
    to->entry = entry;
    snprintf(path, sizeof path, "substitutes[%u].person", entry);
    int result = person_find(resolving, path, from->person, &to->person);
    snprintf(path, sizeof path, "substitutes[%u].by", entry);
    if (result == 0)
        result = person_find(resolving, path, from->by, &to->by);
    if (result == 0 && to->by == to->person)
        return roster_flaw(resolving->flaw, path, "is %.64s, who is the one to be away", from->by);
    snprintf(path, sizeof path, "substitutes[%u].from", entry);
    if (result == 0)
        result = day_read(resolving, path, from->from, &to->from_day);
    snprintf(path, sizeof path, "substitutes[%u].to", entry);
    if (result == 0)
        result = day_read(resolving, path, from->to, &to->to_day);
    if (result == 0 && to->to_day < to->from_day)
        return roster_flaw(resolving->flaw, path, "is %s, before %s, when it begins", from->to, from->from);
    return result;
}

static int substitutes_read(struct resolving *resolving)
{
    struct roster *roster = resolving->roster;
    for (uint32_t i = 0; i < resolving->document->substitutes_count; i++) {
        int result = substitute_read(resolving, i);
        if (result < 0)
            return result;
        roster->substitute_count++;
    }
    qsort(roster->substitute, roster->substitute_count, sizeof roster->substitute[0], by_person_and_day);
    return 0;
}

int roster_resolve(const struct roster_flaw *flaw, struct roster *ret_roster)
{
    static int (*const steps[])(struct resolving *) = {stores_read,    staff_read, superiors_read,
                                                       all_posts_read, group_read, substitutes_read};
    struct resolving *resolving = calloc(1, sizeof *resolving);
    if (!resolving)
        return -E_NO_MEMORY;
    memset(ret_roster, 0, sizeof *ret_roster);
    *resolving = (struct resolving){.flaw = flaw, .document = flaw->document, .roster = ret_roster};
    ret_roster->text_len = 1; /* 0 is no text */
    int result = text_keep(resolving, "name", flaw->document->name, &ret_roster->name);
    for (size_t i = 0; result == 0 && i < sizeof steps / sizeof steps[0]; i++)
        result = steps[i](resolving);
    free(resolving);
    return result;
}
