/* policy_replay_tell.c - a line for each figure that differs; people and kinds counted. */
#include "cli/policy_replay_tell.h"

#include "core/ensure.h"
#include "core/rejection.h"
#include "core/status.h"
#include "io/json.h"

#include <stdlib.h>

#define PEOPLE_MAX 4096u
#define KINDS_MAX 16u

/* What one person has to do with, on both sides. */
struct person {
    char name[LABEL_MAX_BYTES + 1];
    uint32_t cards[SIDES]; /* that are theirs on one side only, or not the same on both */
    int64_t amount_fen[SIDES];
};

struct kind_count {
    const struct record_table *record;
    uint64_t differing; /* cards with a difference */
    uint64_t only[SIDES];
};

struct telling {
    struct cli *cli;
    const struct policy *policy;
    struct told_run run;
    uint64_t count;
    char last_id[LABEL_MAX_BYTES + 1];
    const struct record_table *last_record;
    struct kind_count kind[KINDS_MAX];
    uint32_t kind_count;
    struct person *people;
    uint32_t people_count;
    bool people_more;
};

int telling_open(struct cli *cli, const struct policy *policy, struct telling **ret_telling)
{
    struct telling *telling = calloc(1, sizeof *telling);
    if (!telling)
        return -E_NO_MEMORY;
    telling->cli = cli;
    telling->policy = policy;
    telling->people = calloc(PEOPLE_MAX, sizeof *telling->people);
    if (!telling->people) {
        free(telling);
        return -E_NO_MEMORY;
    }
    *ret_telling = telling;
    return 0;
}

void telling_close(struct telling *telling)
{
    if (!telling)
        return;
    free(telling->people);
    free(telling);
}

/* ---- values ---- */

static bool text_is_time(struct span text)
{
    return text.len == 24 && text.at[4] == '-' && text.at[10] == 'T' && text.at[23] == 'Z';
}

static void value_print(const struct telling *telling, struct span bytes)
{
    struct wire_value value;
    struct wire_reader reader = wire_reader(bytes);
    int64_t ms;
    if (bytes.len == 0 || wire_read(&reader, &value) < 0 || value.kind == WIRE_NIL)
        fputs("(none)", stdout);
    else if (value.kind == WIRE_STR && text_is_time(value.bytes) && wire_time_ms(&value, &ms) == 0)
        fputs(local_time(telling->policy, ms).text, stdout);
    else if (value.kind == WIRE_STR)
        printf("%.*s", SPAN_ARGS(value.bytes));
    else if (value.kind == WIRE_FLOAT)
        printf(value.real > -10 && value.real < 10 ? "%.3f" : "%.1f", value.real);
    else
        json_print(stdout, bytes);
}

static struct span text_of(struct span card, const char *key)
{
    struct wire_value value;
    struct span bytes;
    bool text = card.len && wire_find(card, key, &value, &bytes) == 0 && value.kind == WIRE_STR;
    return text ? value.bytes : (struct span){0};
}

static int64_t amount_of(struct span card)
{
    struct wire_value value;
    struct span bytes;
    if (card.len == 0 || wire_find(card, "amount_fen", &value, &bytes) < 0)
        return 0;
    return value.kind == WIRE_UINT ? (int64_t)value.natural : value.kind == WIRE_INT ? value.integer : 0;
}

/* ---- counting ---- */

static struct person *person_called(struct telling *telling, struct span name)
{
    for (uint32_t i = 0; i < telling->people_count; i++) {
        if (span_is(name, telling->people[i].name))
            return &telling->people[i];
    }
    if (telling->people_count == PEOPLE_MAX) {
        telling->people_more = true;
        return NULL;
    }
    struct person *person = &telling->people[telling->people_count++];
    snprintf(person->name, sizeof person->name, "%.*s", SPAN_ARGS(name));
    return person;
}

/* Whose card it is: who is notified, does the task, is rated or rewarded. */
static struct span whose(struct span card)
{
    static const char *const keys[] = {"to", "responsible", "person", "agent", "staff", "handler"};
    struct span name = {0};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0] && name.len == 0; i++)
        name = text_of(card, keys[i]);
    return name;
}

static void people_count(struct telling *telling, const struct difference *difference)
{
    for (int side = TODAY; side < SIDES; side++) {
        struct span name = whose(difference->card[side]);
        struct person *person = name.len ? person_called(telling, name) : NULL;
        if (!person)
            continue;
        person->cards[side]++;
        person->amount_fen[side] += amount_of(difference->card[side]);
    }
}

static void card_count(struct telling *telling, const struct difference *difference)
{
    uint32_t i = 0;
    bool same = telling->last_record == difference->record && span_is(difference->id, telling->last_id);
    if (same)
        return; /* another figure of the same card */
    telling->last_record = difference->record;
    snprintf(telling->last_id, sizeof telling->last_id, "%.*s", SPAN_ARGS(difference->id));
    while (i < telling->kind_count && telling->kind[i].record != difference->record)
        i++;
    ensure(i < KINDS_MAX);
    if (i == telling->kind_count)
        telling->kind[telling->kind_count++] = (struct kind_count){.record = difference->record};
    telling->kind[i].differing++;
    for (int side = TODAY; side < SIDES; side++)
        telling->kind[i].only[side] += difference->card[1 - side].len == 0;
    people_count(telling, difference);
}

/* ---- a difference ---- */

static void json_value_print(struct span value)
{
    if (value.len)
        json_print(stdout, value);
    else
        fputs("null", stdout);
}

static void json_difference_print(const struct telling *telling, const struct difference *difference)
{
    fputs(telling->count ? ",\n{\"kind\":" : "\n{\"kind\":", stdout);
    json_print_text(stdout, span_of(difference->record->name));
    fputs(",\"id\":", stdout);
    json_print_text(stdout, difference->id);
    fputs(",\"field\":", stdout);
    if (difference->field)
        json_print_text(stdout, span_of(difference->field));
    else
        fputs("null", stdout);
    fputs(",\"today\":", stdout);
    json_value_print(difference->value[TODAY]);
    fputs(",\"new\":", stdout);
    json_value_print(difference->value[OTHER]);
    putchar('}');
}

/* What a card that is only on one side says, in short. */
static void card_print(const struct telling *telling, struct span card)
{
    static const char *const keys[] = {"store", "department",  "clock",  "rung_percent", "level",      "to",
                                       "staff", "responsible", "due_at", "status",       "amount_fen", "points"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct wire_value value;
        struct span bytes;
        if (wire_find(card, keys[i], &value, &bytes) < 0 || value.kind == WIRE_NIL)
            continue;
        printf(", %s ", keys[i]);
        value_print(telling, bytes);
    }
    putchar('\n');
}

int telling_differ(void *context, const struct difference *difference)
{
    struct telling *telling = context;
    card_count(telling, difference);
    if (telling->cli->json) {
        json_difference_print(telling, difference);
    } else if (!difference->field) {
        int side = difference->card[TODAY].len ? TODAY : OTHER;
        printf("%.*s  %s", SPAN_ARGS(difference->id), side == TODAY ? "only today" : "only under the new rulebook");
        card_print(telling, difference->card[side]);
    } else {
        printf("%.*s  %s: ", SPAN_ARGS(difference->id), difference->field);
        value_print(telling, difference->value[TODAY]);
        fputs(" -> ", stdout);
        value_print(telling, difference->value[OTHER]);
        putchar('\n');
    }
    telling->count++;
    return 0;
}

/* ---- around them ---- */

void telling_begin(struct telling *telling, const struct told_run *run)
{
    telling->run = *run;
    const struct policy *today = run->policy[TODAY], *other = run->policy[OTHER];
    if (telling->cli->json) {
        printf("{\"today\":{\"name\":");
        json_print_text(stdout, span_of(today->name));
        printf(",\"hash\":\"%s\"},\"new\":{\"name\":", today->hash);
        json_print_text(stdout, span_of(other->name));
        printf(",\"hash\":\"%s\"},\"since\":%llu,\"differences\":[", other->hash, (unsigned long long)run->since);
        return;
    }
    printf("today  %s %s\nnew    %s %s, in force from entry %llu on, %s\n\n", today->name, today->hash, other->name,
           other->hash, (unsigned long long)run->since, local_time(telling->policy, run->since_ms).text);
}

static int by_name(const void *one, const void *other)
{
    return strcmp(((const struct person *)one)->name, ((const struct person *)other)->name);
}

static void json_end_print(const struct telling *telling)
{
    printf("%s],\"people\":[", telling->count ? "\n" : "");
    for (uint32_t i = 0; i < telling->people_count; i++) {
        const struct person *person = &telling->people[i];
        fputs(i ? ",\n{\"who\":" : "\n{\"who\":", stdout);
        json_print_text(stdout, span_of(person->name));
        printf(",\"today\":%u,\"new\":%u,\"today_fen\":%lld,\"new_fen\":%lld}", person->cards[TODAY],
               person->cards[OTHER], (long long)person->amount_fen[TODAY], (long long)person->amount_fen[OTHER]);
    }
    printf("],\"count\":%llu,\"entries\":%llu,\"seconds\":%.3f}\n", (unsigned long long)telling->count,
           (unsigned long long)telling->run.entries, telling->run.seconds);
}

static void people_print(const struct telling *telling)
{
    printf("\nPerson by person: cards that differ, today -> new\n");
    for (uint32_t i = 0; i < telling->people_count; i++) {
        const struct person *person = &telling->people[i];
        printf("%s  %u -> %u", person->name, person->cards[TODAY], person->cards[OTHER]);
        if (person->amount_fen[TODAY] != person->amount_fen[OTHER])
            printf("  CNY %.2f -> %.2f", (double)person->amount_fen[TODAY] / 100.0,
                   (double)person->amount_fen[OTHER] / 100.0);
        putchar('\n');
    }
    if (telling->people_more)
        printf("and more than %u people\n", PEOPLE_MAX);
}

void telling_end(struct telling *telling)
{
    if (telling->people_count)
        qsort(telling->people, telling->people_count, sizeof *telling->people, by_name);
    if (telling->cli->json) {
        json_end_print(telling);
        return;
    }
    if (telling->people_count)
        people_print(telling);
    if (telling->count == 0)
        puts("nothing differs");
    else
        printf("\n%llu figures differ\n", (unsigned long long)telling->count);
    for (uint32_t i = 0; i < telling->kind_count; i++) {
        const struct kind_count *kind = &telling->kind[i];
        printf("%s: %llu differ, %llu of them only today, %llu only under the new rulebook\n", kind->record->name,
               (unsigned long long)kind->differing, (unsigned long long)kind->only[TODAY],
               (unsigned long long)kind->only[OTHER]);
    }
    if (!telling->cli->quiet)
        fprintf(stderr, "%llu events folded under both in %.2f s; nothing was touched\n",
                (unsigned long long)telling->run.entries, telling->run.seconds);
}
