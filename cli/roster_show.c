/* roster_show.c - who works where, and whom a notice would reach, for people and as JSON. */
#include "cli/roster.h"
#include "core/status.h"
#include "io/json.h"
#include "io/roster_file.h"

#include <stdlib.h>
#include <time.h>

static const char *const levels[] = {"handler", "manager", "director", "general manager", "management group"};
static const char *const level_keys[] = {"handler", "manager", "director", "general_manager", "management_group"};

static struct span number_of(const struct roster *roster, uint32_t person)
{
    return person == ROSTER_NOBODY ? (struct span){0} : roster_text_at(roster, roster->staff[person].number);
}

/* ---- JSON ---- */

static void json_name(const char *key, struct span text, const char *after)
{
    printf("\"%s\":", key);
    if (text.len > 0)
        json_print_text(stdout, text);
    else
        printf("null");
    printf("%s", after);
}

static void json_posts(const struct roster *roster, const uint32_t post[ROSTER_POSTS], const char *after)
{
    for (uint32_t level = 0; level < ROSTER_POSTS; level++)
        json_name(level_keys[level], number_of(roster, post[level]), level + 1 < ROSTER_POSTS ? "," : after);
}

static void json_store(const struct roster *roster, const struct roster_store *store)
{
    printf("{");
    json_name("store", roster_text_at(roster, store->store), ",");
    json_name("name", roster_text_at(roster, store->name), ",");
    json_name("name_en", roster_text_at(roster, store->name_en), ",");
    json_name("region", roster_text_at(roster, store->region), ",");
    json_posts(roster, store->post, ",\"departments\":[");
    for (uint32_t i = 0; i < store->department_count; i++) {
        const struct roster_department *department = &roster->department[store->first_department + i];
        printf("%s{", i ? "," : "");
        json_name("department", roster_text_at(roster, department->department), ",");
        json_posts(roster, department->post, "}");
    }
    printf("]}");
}

static bool is_wanted(const struct roster *roster, uint32_t store, const char *wanted)
{
    return !wanted || span_is(roster_text_at(roster, roster->store[store].store), wanted);
}

static void print_json(const struct roster *roster, const char *wanted)
{
    bool any = false;
    printf("{");
    json_name("name", roster_text_at(roster, roster->name), ",\"management_group\":[");
    for (uint32_t i = 0; i < roster->management_group_count; i++) {
        printf("%s", i ? "," : "");
        json_print_text(stdout, number_of(roster, roster->management_group[i]));
    }
    printf("],\"staff\":%u,\"stores\":[", roster->staff_count);
    for (uint32_t i = 0; i < roster->store_count; i++) {
        if (!is_wanted(roster, i, wanted))
            continue;
        printf("%s", any ? "," : "");
        json_store(roster, &roster->store[i]);
        any = true;
    }
    puts("]}");
}

/* ---- for people ---- */

static void print_posts(const struct roster *roster, const char *indent, const uint32_t post[ROSTER_POSTS])
{
    for (uint32_t level = 0; level < ROSTER_POSTS; level++) {
        struct span number = number_of(roster, post[level]);
        if (number.len > 0)
            printf("%s%s %.*s\n", indent, levels[level], SPAN_ARGS(number));
    }
}

static void print_staff(const struct roster *roster, uint32_t store, uint32_t department, const char *indent)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < roster->staff_count; i++) {
        const struct roster_person *person = &roster->staff[i];
        if (person->store != store || person->department != department)
            continue;
        struct span number = number_of(roster, i), title = roster_text_at(roster, person->title);
        printf("%s%.*s", count++ ? ", " : indent, SPAN_ARGS(number));
        if (title.len > 0)
            printf(" (%.*s)", SPAN_ARGS(title));
    }
    if (count > 0)
        printf("\n");
}

static void print_store(const struct roster *roster, uint32_t index)
{
    const struct roster_store *store = &roster->store[index];
    struct span id = roster_text_at(roster, store->store), name = roster_text_at(roster, store->name);
    printf("%.*s%s%.*s  %u people\n", SPAN_ARGS(id), name.len ? "  " : "", SPAN_ARGS(name),
           roster_staff_count(roster, id));
    print_posts(roster, "  ", store->post);
    print_staff(roster, index, ROSTER_NOBODY, "  staff ");
    for (uint32_t i = 0; i < store->department_count; i++) {
        uint32_t department = store->first_department + i;
        struct span called = roster_text_at(roster, roster->department[department].department);
        printf("  %.*s\n", SPAN_ARGS(called));
        print_posts(roster, "    ", roster->department[department].post);
        print_staff(roster, index, department, "    staff ");
    }
}

static void print_group(const struct roster *roster)
{
    printf("group\n");
    print_posts(roster, "  ", roster->post);
    printf("  management group");
    for (uint32_t i = 0; i < roster->management_group_count; i++) {
        struct span number = number_of(roster, roster->management_group[i]);
        printf(" %.*s", SPAN_ARGS(number));
    }
    printf("\n");
    for (uint32_t i = 0; i < roster->contact_count; i++) {
        struct span topic = roster_text_at(roster, roster->contact[i].topic);
        struct span number = number_of(roster, roster->contact[i].person);
        printf("  contact for %.*s: %.*s\n", SPAN_ARGS(topic), SPAN_ARGS(number));
    }
    print_staff(roster, ROSTER_NOBODY, ROSTER_NOBODY, "  staff ");
    for (uint32_t i = 0; i < roster->substitute_count; i++) {
        const struct roster_substitute *entry = &roster->substitute[i];
        char from[24], to[24];
        struct span person = number_of(roster, entry->person), by = number_of(roster, entry->by);
        roster_day_format(entry->from_day, from);
        roster_day_format(entry->to_day, to);
        printf("  %.*s is away from %s to %s: %.*s stands in\n", SPAN_ARGS(person), from, to, by.len ? (int)by.len : 6,
               by.len ? (const char *)by.at : "nobody");
    }
}

void roster_print(struct cli *cli, const struct roster *roster, const char *store)
{
    if (cli->json) {
        print_json(roster, store);
        return;
    }
    for (uint32_t i = 0; i < roster->store_count; i++) {
        if (is_wanted(roster, i, store))
            print_store(roster, i);
    }
    if (!store)
        print_group(roster);
}

/* ---- who ---- */

static void print_step(const struct roster_step *step)
{
    static const char *const why[] = {"vacant", "is skipped", "is away", "is told"};
    printf("%d %-16s ", (int)step->level, step->named ? "named" : levels[step->level]);
    if (step->person.len > 0)
        printf("%.*s ", SPAN_ARGS(step->person));
    printf("%s%s\n", step->stands_in ? "stands in, " : "", why[step->why]);
}

static void json_steps(const struct roster_step *steps, uint32_t count, const char *to)
{
    static const char *const why[] = {"vacant", "skipped", "away", "told"};
    printf("{");
    json_name("to", span_of(to), ",\"steps\":[");
    for (uint32_t i = 0; i < count; i++) {
        printf("%s{\"level\":%d,", i ? "," : "", (int)steps[i].level);
        json_name("person", steps[i].person, ",");
        printf("\"stands_in\":%s,\"why\":\"%s\"}", steps[i].stands_in ? "true" : "false", why[steps[i].why]);
    }
    puts("]}");
}

static int day_find(struct cli *cli, int64_t *ret_day)
{
    const char *at = option_text(&cli->arguments, "at");
    if (at)
        return roster_day_parse(span_of(at), ret_day) == 0
                   ? 0
                   : cli_fail(cli, -E_USAGE, "--at %.40s is no day; use a date such as 2026-11-23", at);
    char text[24];
    struct tm local;
    time_t now = time(NULL);
    if (!localtime_r(&now, &local))
        return cli_fail(cli, -E_USAGE, "this machine has no date; give --at");
    strftime(text, sizeof text, "%Y-%m-%d", &local);
    return roster_day_parse(span_of(text), ret_day);
}

int roster_print_who(struct cli *cli, const struct roster *roster)
{
    const struct arguments *arguments = &cli->arguments;
    const char *store = option_text(arguments, "store"), *level = option_text(arguments, "level");
    const char *skip = option_text(arguments, "skip");
    struct name_list skipped = {.count = 0};
    struct roster_question question = {.department = span_of(option_text(arguments, "department"))};
    if (!store)
        return cli_fail(cli, -E_USAGE, "--store is missing: where it happened");
    if (level && (strlen(level) != 1 || level[0] < '0' || level[0] > '4'))
        return cli_fail(cli, -E_USAGE,
                        "--level %.20s; use 0 handler, 1 manager, 2 director, 3 general manager, 4 group", level);
    int result = day_find(cli, &question.day);
    if (result < 0)
        return result;
    question.store = span_of(store);
    question.level = level ? level[0] - '0' : 0;
    if (skip)
        skipped.item[skipped.count++] = span_of(skip);
    question.skip = &skipped;
    struct roster_step steps[ROSTER_STEPS_MAX];
    uint32_t count;
    char to[LABEL_MAX_BYTES + 1];
    roster_ask(roster, &question, steps, &count);
    roster_recipient(roster, &question, to, sizeof to);
    if (cli->json) {
        json_steps(steps, count, to);
        return 0;
    }
    if (!roster_knows_store(roster, question.store) && !cli->quiet)
        fprintf(stderr, "the roster has no store %s: the group's posts stand for it\n", store);
    for (uint32_t i = 0; i < count; i++)
        print_step(&steps[i]);
    printf("%s\n", to);
    return 0;
}
