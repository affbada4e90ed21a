/* month.c - what is planned comes in order of time; what follows is counted, kept and shown to people. */
#include "tests/support/month.h"

#include "core/policy.h"
#include "core/status.h"
#include "io/json.h"
#include "io/policy_file.h"
#include "io/roster_file.h"
#include "tests/support/ratings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define SLICE_MS (10 * 60000ll) /* people may answer within it to what a timer said */
#define EVENT_BYTES SYSTEM_EVENT_MAX
#define REACTED_CAPACITY (1u << 19)

/* ---- chance and time ---- */

uint32_t month_draw(struct month *month, uint32_t below)
{
    return draw(&month->seed, below);
}

bool month_chance(struct month *month, uint32_t percent)
{
    return month_draw(month, 100) < percent;
}

int64_t month_open_time(int64_t at_ms, int64_t after_ms)
{
    const int64_t opens_ms = 8 * MONTH_HOUR_MS + MONTH_HOUR_MS / 2, closes_ms = 17 * MONTH_HOUR_MS + MONTH_HOUR_MS / 2;
    int64_t ms = at_ms + after_ms;
    int64_t of_day_ms = (ms - MONTH_START_MS) % MONTH_DAY_MS;
    if (of_day_ms < opens_ms)
        return ms + opens_ms - of_day_ms;
    return of_day_ms < closes_ms ? ms : ms + MONTH_DAY_MS + opens_ms - of_day_ms;
}

/* ---- cards ---- */

struct span month_text(struct span card, const char *key)
{
    struct wire_value value;
    struct span bytes;
    bool text = wire_find(card, key, &value, &bytes) == 0 && value.kind == WIRE_STR;
    return text ? value.bytes : (struct span){0};
}

int64_t month_number(struct span card, const char *key)
{
    struct wire_value value;
    struct span bytes;
    if (wire_find(card, key, &value, &bytes) < 0)
        return 0;
    return value.kind == WIRE_UINT ? (int64_t)value.natural : value.kind == WIRE_INT ? value.integer : 0;
}

static uint64_t fingerprint(struct span text)
{
    uint64_t hash = 1469598103934665603ull; /* FNV-1a */
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ text.at[i]) * 1099511628211ull;
    return hash ? hash : 1;
}

static struct month_card *card_slot(const struct month *month, struct span subject)
{
    uint32_t at = (uint32_t)fingerprint(subject) & (MONTH_CARDS - 1);
    while (month->cards[at].bytes && !span_is(subject, month->cards[at].subject))
        at = (at + 1) & (MONTH_CARDS - 1);
    return &month->cards[at];
}

const struct month_card *month_card_of(const struct month *month, struct span subject)
{
    const struct month_card *card = card_slot(month, subject);
    return card->bytes ? card : NULL;
}

static void card_keep(struct month *month, const struct heard *heard)
{
    struct month_card *card = card_slot(month, heard->subject);
    month->card_count += !card->bytes;
    assert_true(month->card_count < MONTH_CARDS / 2);
    free(card->bytes);
    snprintf(card->subject, sizeof card->subject, "%.*s", SPAN_ARGS(heard->subject));
    card->type = heard->type;
    card->len = heard->card.len;
    card->bytes = malloc(card->len);
    assert_non_null(card->bytes);
    memcpy(card->bytes, heard->card.at, card->len);
}

static void count(struct month *month, const struct heard *heard)
{
    size_t day = (size_t)((heard->at_ms - MONTH_START_MS) / MONTH_DAY_MS);
    struct month_day *of = &month->day[day < MONTH_ALL_DAYS ? day : MONTH_ALL_DAYS - 1];
    bool first = !month_card_of(month, heard->subject);
    const char *name = event_table(heard->type)->record->name;
    of->notices += heard->type == EVENT_escalation_raised;
    of->rejected += heard->type == EVENT_decision_rejected;
    of->complaints += first && strcmp(name, "complaint") == 0;
    of->recovery_tasks += first && strcmp(name, "task") == 0 && span_is(month_text(heard->card, "kind"), "recovery");
    of->improvement_tasks +=
        first && strcmp(name, "task") == 0 && span_is(month_text(heard->card, "kind"), "improvement");
    of->proposals += first && strcmp(name, "ledger_entry") == 0;
    of->appeals += first && strcmp(name, "appeal") == 0;
}

static int hear(void *context, const struct heard *heard)
{
    struct month *month = context;
    if (heard->at_ms < MONTH_START_MS)
        return 0;
    count(month, heard);
    card_keep(month, heard);
    month_react(month, heard->type, heard->subject, heard->card, heard->at_ms);
    return 0;
}

/* Only the newest rating is ever corrected here. */
static int find(void *context, uint64_t seq, struct entry *ret_entry)
{
    const struct month *month = context;
    if (seq != month->last_scored_seq)
        return -E_NOT_FOUND;
    *ret_entry = (struct entry){
        .seq = seq, .at_ms = month->last_scored_at_ms, .event = span_make(month->last_scored, month->last_scored_len)};
    return 0;
}

/* ---- what is planned ---- */

static bool earlier(const struct month_event *one, const struct month_event *other)
{
    return one->at_ms != other->at_ms ? one->at_ms < other->at_ms : one->order < other->order;
}

static void heap_put(struct month *month, struct month_event event)
{
    if (month->heap_count == month->heap_capacity) {
        month->heap_capacity = month->heap_capacity ? 2 * month->heap_capacity : 1024;
        month->heap = realloc(month->heap, month->heap_capacity * sizeof *month->heap);
        assert_non_null(month->heap);
    }
    uint32_t at = month->heap_count++;
    while (at > 0 && earlier(&event, &month->heap[(at - 1) / 2])) {
        month->heap[at] = month->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    month->heap[at] = event;
}

static struct month_event heap_take(struct month *month)
{
    struct month_event first = month->heap[0], last = month->heap[--month->heap_count];
    uint32_t at = 0;
    for (uint32_t child = 1; child < month->heap_count; child = 2 * at + 1) {
        child += child + 1 < month->heap_count && earlier(&month->heap[child + 1], &month->heap[child]);
        if (!earlier(&month->heap[child], &last))
            break;
        month->heap[at] = month->heap[child];
        at = child;
    }
    month->heap[at] = last;
    return first;
}

void month_plan(struct month *month, int64_t at_ms, const char *format, ...)
{
    char data[4096];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(data, sizeof data, format, arguments);
    va_end(arguments);
    assert_in_range(len, 1, sizeof data - 1);
    struct month_event event = {.at_ms = at_ms, .order = month->planned++, .json = strdup(data)};
    assert_non_null(event.json);
    heap_put(month, event);
}

static void rating_count(struct month *month, uint64_t seq, struct span event, const char *json)
{
    const char *store = strstr(json, "\"store\":\"s");
    if (!strstr(json, "\"feedback.rated\""))
        return;
    uint32_t number = store ? (uint32_t)strtoul(store + 10, NULL, 10) : 0;
    uint32_t place = number >= 1 && number <= MONTH_STORES ? number - 1 : MONTH_STORES;
    month->ratings[place]++;
    if (strstr(json, "\"scores\"")) {
        month->last_scored_seq = seq;
        month->last_scored_store = place;
        month->last_scored_len = event.len;
        month->last_scored_at_ms = month->at_ms;
        assert_true(event.len <= sizeof month->last_scored);
        memcpy(month->last_scored, event.at, event.len);
    }
}

static void publish(struct month *month, const char *json)
{
    char text[4400], why[JSON_MESSAGE_MAX];
    struct wire_writer writer;
    uint64_t seq = rehearsal_next_seq(month->rehearsal);
    int len =
        snprintf(text, sizeof text, "{\"id\":\"m-%llu\",\"source\":\"/month\",%s}", (unsigned long long)seq, json);
    wire_writer_init(&writer, month->event, EVENT_BYTES);
    if (json_to_wire(span_make(text, (size_t)len), &writer, why) < 0)
        fail_msg("%s: %s", text, why);
    struct event *event = malloc(sizeof *event);
    struct flaw flaw;
    assert_non_null(event);
    if (event_decode(wire_written(&writer), event, &flaw) < 0)
        fail_msg("%s: %s %s", text, flaw.field, flaw.message);
    free(event);
    rating_count(month, seq, wire_written(&writer), json);
    const struct entry entry = {.seq = seq, .at_ms = month->at_ms, .event = wire_written(&writer)};
    month->entries++;
    assert_int_equal(rehearsal_entry(month->rehearsal, &entry), 0);
}

void month_pass(struct month *month, int64_t until_ms)
{
    while (month->at_ms < until_ms) {
        int64_t next_ms = month->at_ms + SLICE_MS < until_ms ? month->at_ms + SLICE_MS : until_ms;
        if (month->heap_count > 0 && month->heap[0].at_ms < next_ms)
            next_ms = month->heap[0].at_ms > month->at_ms ? month->heap[0].at_ms : month->at_ms;
        assert_int_equal(rehearsal_pass(month->rehearsal, next_ms), 0);
        month->at_ms = next_ms;
        while (month->heap_count > 0 && month->heap[0].at_ms <= month->at_ms) {
            struct month_event event = heap_take(month);
            publish(month, event.json);
            free(event.json);
        }
    }
}

/* ---- beginning ---- */

/* Each store has a manager and six people in each of sales and service, and a director. */
static char *roster_told(void)
{
    char *text = NULL;
    size_t len;
    FILE *to = open_memstream(&text, &len);
    assert_non_null(to);
    fputs("name: month\ndirector: g-director\ngeneral_manager: g-general\nmanagement_group: [mg-1, mg-2]\nstores:\n",
          to);
    for (uint32_t i = 1; i <= MONTH_STORES; i++)
        fprintf(
            to,
            "- {store: s%02u, director: s%02u-dir, departments: [{department: sales, handler: s%02u-sales-1, manager: "
            "s%02u-sales-m}, {department: service, handler: s%02u-service-1, manager: s%02u-service-m}]}\n",
            i, i, i, i, i, i);
    fputs("staff:\n- {number: g-director}\n- {number: g-general}\n- {number: mg-1}\n- {number: mg-2}\n", to);
    for (uint32_t i = 1; i <= MONTH_STORES; i++) {
        fprintf(to, "- {number: s%02u-dir, store: s%02u}\n", i, i);
        for (int department = 0; department < 2; department++) {
            const char *name = department ? "service" : "sales";
            fprintf(to, "- {number: s%02u-%s-m, store: s%02u, department: %s}\n", i, name, i, name);
            for (int k = 1; k <= 6; k++)
                fprintf(to, "- {number: s%02u-%s-%d, store: s%02u, department: %s}\n", i, name, k, i, name);
        }
    }
    fclose(to);
    return text;
}

static void adopt(struct month *month, enum event_type type, const char *content, size_t len)
{
    char hash[33];
    struct adopted adopted = {.has = 0};
    struct wire_writer writer;
    policy_hash(span_make(content, len), hash);
    SET(&adopted, adopted, by, span_of("group"));
    SET(&adopted, adopted, content, span_make(content, len));
    SET(&adopted, adopted, hash, span_of(hash));
    wire_writer_init(&writer, month->event, EVENT_BYTES);
    event_encode(
        &(struct event_draft){.id = span_of(hash), .source = span_of("/month"), .type = type, .data = &adopted},
        &writer);
    assert_false(writer.full);
    const struct entry entry = {
        .seq = rehearsal_next_seq(month->rehearsal), .at_ms = month->at_ms, .event = wire_written(&writer)};
    assert_int_equal(rehearsal_entry(month->rehearsal, &entry), 0);
}

void month_begin(struct month *month, const char *dir, uint64_t seed)
{
    *month = (struct month){.seed = seed, .at_ms = MONTH_START_MS - MONTH_HOUR_MS};
    month->event = malloc(EVENT_BYTES);
    month->cards = calloc(MONTH_CARDS, sizeof *month->cards);
    month->reacted = calloc(REACTED_CAPACITY, sizeof *month->reacted);
    month->reacted_capacity = REACTED_CAPACITY;
    char *document = malloc(SYSTEM_EVENT_MAX), hash[33], message[ROSTER_MESSAGE_MAX];
    struct policy *policy = malloc(sizeof *policy);
    struct roster *roster = malloc(sizeof *roster);
    size_t len;
    assert_true(month->event && month->cards && month->reacted && document && policy && roster);
    const struct rehearsal_options options = {.dir = dir, .hear = hear, .find = find, .context = month};
    assert_int_equal(rehearsal_open(&options, &month->rehearsal), 0);
    policy_default(policy);
    policy->ledger.money_penalties = true; /* so that shares and sums of money can be seen, too */
    assert_int_equal(policy_render(policy, document, SYSTEM_EVENT_MAX / 2, &len, hash), 0);
    adopt(month, EVENT_policy_adopted, document, len);
    char *text = roster_told();
    if (roster_parse(span_of(text), roster, message) < 0)
        fail_msg("%s", message);
    assert_int_equal(roster_render(roster, document, SYSTEM_EVENT_MAX / 2, &len, hash), 0);
    adopt(month, EVENT_roster_changed, document, len);
    free(text);
    free(roster);
    free(policy);
    free(document);
}

void month_end(struct month *month)
{
    rehearsal_close(month->rehearsal);
    for (uint32_t i = 0; i < month->heap_count; i++)
        free(month->heap[i].json);
    for (uint32_t i = 0; i < MONTH_CARDS; i++)
        free(month->cards[i].bytes);
    free(month->heap);
    free(month->cards);
    free(month->reacted);
    free(month->event);
}
