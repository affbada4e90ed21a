/* month_people.c - who does what about a card, and when: mostly in time, sometimes late, now and then not at all. */
#include "tests/support/month.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MINUTE_MS 60000ll

/* One card, to be answered. */
struct reaction {
    struct month *month;
    struct span subject, card;
    int64_t at_ms;
};

/* In open hours; what is urgent at any hour: somebody is on call. */
static int64_t soon(const struct reaction *reaction, uint32_t minutes_least, uint32_t minutes_most)
{
    uint32_t minutes = minutes_least + month_draw(reaction->month, minutes_most - minutes_least + 1);
    if (span_is(month_text(reaction->card, "grade"), "urgent") && minutes <= 120)
        return reaction->at_ms + minutes * MINUTE_MS;
    return month_open_time(reaction->at_ms, minutes * MINUTE_MS);
}

/* Plans a decision about the card. */
__attribute__((format(printf, 5, 6))) static void decide(const struct reaction *reaction, int64_t at_ms,
                                                         const char *type, const char *by, const char *format, ...)
{
    char more[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(more, sizeof more, format, arguments);
    va_end(arguments);
    month_plan(reaction->month, at_ms, "\"type\":\"%s\",\"subject\":\"%.*s\",\"data\":{\"by\":\"%s\"%s%s}", type,
               SPAN_ARGS(reaction->subject), by, more[0] ? "," : "", more);
}

/* "s03-dir" of the card's store, "s03-service-m" of its department. */
static const char *post(const struct reaction *reaction, const char *what, char text[NAME_MAX_BYTES])
{
    struct span store = month_text(reaction->card, "store"), department = month_text(reaction->card, "department");
    if (strcmp(what, "dir") == 0)
        snprintf(text, NAME_MAX_BYTES, "%.*s-dir", SPAN_ARGS(store));
    else
        snprintf(text, NAME_MAX_BYTES, "%.*s-%.*s-%s", SPAN_ARGS(store), SPAN_ARGS(department), what);
    return text;
}

static void on_complaint(const struct reaction *reaction)
{
    struct month *month = reaction->month;
    struct span status = month_text(reaction->card, "status");
    char handler[NAME_MAX_BYTES], director[NAME_MAX_BYTES];
    post(reaction, "1", handler);
    post(reaction, "dir", director);
    if (span_is(status, "received")) {
        bool slow = month_chance(month, 8);
        decide(reaction, soon(reaction, slow ? 150 : 5, slow ? 600 : 60), "complaint.acknowledged", handler, "%s", "");
    } else if (span_is(status, "acknowledged")) {
        decide(reaction, soon(reaction, 20, 120), "complaint.planned", handler, "\"measure\":\"repair\"");
    } else if (span_is(status, "planned")) {
        bool slow = month_chance(month, 5);
        decide(reaction, soon(reaction, slow ? 4000 : 60, slow ? 8000 : 600), "complaint.resolved", handler, "%s", "");
    } else if (span_is(status, "resolved") && month_text(reaction->card, "verdict").len == 0) {
        char staff[NAME_MAX_BYTES + 16] = "";
        struct wire_value value, name;
        struct span bytes;
        bool upheld = month_chance(month, 30);
        if (upheld && wire_find(reaction->card, "staff", &value, &bytes) == 0 && value.kind == WIRE_ARRAY) {
            struct wire_reader reader = wire_reader(bytes);
            if (wire_read(&reader, &value) == 0 && wire_read(&reader, &name) == 0 && name.kind == WIRE_STR)
                snprintf(staff, sizeof staff, ",\"staff\":[\"%.*s\"]", SPAN_ARGS(name.bytes));
        }
        decide(reaction, soon(reaction, 10, 60), "complaint.judged", director, "\"verdict\":\"%s\"%s",
               upheld ? "upheld" : "dismissed", staff);
    } else if (span_is(status, "resolved")) {
        decide(reaction, soon(reaction, 60, 600), "complaint.verified", "agent-7", "\"satisfied\":%s",
               month_chance(month, 90) ? "true" : "false");
    }
}

static void on_escalation(const struct reaction *reaction)
{
    struct span to = month_text(reaction->card, "to");
    if (month_number(reaction->card, "rung_percent") >= 100 && month_text(reaction->card, "acknowledged_by").len == 0) {
        char by[LABEL_MAX_BYTES + 1];
        snprintf(by, sizeof by, "%.*s", (int)(to.len <= NAME_MAX_BYTES ? to.len : 0), (const char *)to.at);
        decide(reaction, soon(reaction, 5, 50), "escalation.acknowledged", by[0] ? by : "mg-1", "%s", "");
    }
}

static void on_task(const struct reaction *reaction)
{
    struct span status = month_text(reaction->card, "status");
    bool recovery = span_is(month_text(reaction->card, "kind"), "recovery");
    char manager[NAME_MAX_BYTES], director[NAME_MAX_BYTES];
    post(reaction, "m", manager);
    post(reaction, "dir", director);
    if (span_is(status, "open") && month_chance(reaction->month, 97))
        decide(reaction, soon(reaction, recovery ? 60 : 5000, recovery ? 1400 : 30000), "task.completed", manager, "%s",
               "");
    else if (span_is(status, "completed"))
        decide(reaction, soon(reaction, 200, 1000), "task.verified", director, "\"effective\":%s",
               month_chance(reaction->month, 90) ? "true" : "false");
}

/* Two in three answer, one in twenty does not want to be called; a try that reaches nobody is tried again. */
static void on_callback(const struct reaction *reaction)
{
    struct month *month = reaction->month;
    struct span status = month_text(reaction->card, "status"), store = month_text(reaction->card, "store");
    struct span department = month_text(reaction->card, "department"), visit = month_text(reaction->card, "visit");
    uint32_t chance = month_draw(month, 100);
    int64_t at_ms = soon(reaction, month_number(reaction->card, "tries") ? 240 : 10, 400);
    if (!span_is(status, "due"))
        return;
    size_t day = (size_t)((at_ms - MONTH_START_MS) / MONTH_DAY_MS);
    month->day[day < MONTH_ALL_DAYS ? day : MONTH_ALL_DAYS - 1].dials++;
    if (chance < 65) {
        bool service = span_is(department, "service"), low = month_chance(month, 8);
        month_plan(
            month, at_ms,
            "\"type\":\"feedback.rated\",\"data\":{\"store\":\"%.*s\",\"department\":\"%.*s\",\"channel\":\"phone\","
            "\"visit\":\"%.*s\",\"callback\":\"%.*s\",\"call\":{\"agent\":\"agent-%u\"},\"scores\":{\"%s\":%u}}",
            SPAN_ARGS(store), SPAN_ARGS(department), SPAN_ARGS(visit), SPAN_ARGS(reaction->subject),
            1 + month_draw(month, 6), service ? "quality" : "consultation", low ? 5u : 9 + month_draw(month, 2));
    } else {
        month_plan(
            month, at_ms,
            "\"type\":\"feedback.unreached\",\"data\":{\"callback\":\"%.*s\",\"reason\":\"%s\",\"call\":{\"agent\":"
            "\"agent-%u\"}}",
            SPAN_ARGS(reaction->subject), chance < 95 ? "no_answer" : "refused", 1 + month_draw(month, 6));
    }
}

static void on_ledger(const struct reaction *reaction)
{
    struct month *month = reaction->month;
    struct span status = month_text(reaction->card, "status"), person = month_text(reaction->card, "person");
    if (span_is(status, "proposed")) {
        uint32_t chance = month_draw(month, 100);
        int64_t at_ms = soon(reaction, 600, 4000);
        if (chance < 94)
            decide(reaction, at_ms, "ledger.confirmed", "mg-2", "%s", "");
        else if (chance < 98)
            decide(reaction, at_ms, "ledger.waived", "mg-2", "\"reason\":\"first time\"");
    } else if (span_is(status, "confirmed") && person.len && month_number(reaction->card, "points") < 0 &&
               month_chance(month, 25)) {
        char by[NAME_MAX_BYTES + 1];
        snprintf(by, sizeof by, "%.*s", (int)(person.len <= NAME_MAX_BYTES ? person.len : 0), (const char *)person.at);
        month_plan(month, soon(reaction, 100, 2000),
                   "\"type\":\"appeal.filed\",\"data\":{\"by\":\"%s\",\"entry\":\"%.*s\",\"ground\":\"wrong_person\"}",
                   by, SPAN_ARGS(reaction->subject));
    }
}

static void on_appeal(const struct reaction *reaction)
{
    struct span status = month_text(reaction->card, "status");
    bool upheld = month_chance(reaction->month, 40);
    if (span_is(status, "filed"))
        decide(reaction, soon(reaction, 600, 4000), "appeal.ruled", "g-general", "\"upheld\":%s,\"reason\":\"...\"",
               upheld ? "true" : "false");
    else if (span_is(status, "rejected") && month_chance(reaction->month, 50))
        decide(reaction, soon(reaction, 600, 4000), "appeal.reviewed", "mg-1", "\"upheld\":%s,\"reason\":\"...\"",
               upheld ? "true" : "false");
}

/* Somebody answers to a card once for each state that it comes to. */
static bool is_new(struct month *month, struct span subject, struct span card)
{
    char state[LABEL_MAX_BYTES + 128];
    struct span status = month_text(card, "status"), verdict = month_text(card, "verdict");
    snprintf(state, sizeof state, "%.*s|%.*s|%.*s|%lld|%lld", SPAN_ARGS(subject), SPAN_ARGS(status), SPAN_ARGS(verdict),
             (long long)month_number(card, "reopened"), (long long)month_number(card, "tries"));
    uint64_t hash = 14695981039346656037ull;
    for (const char *at = state; *at; at++)
        hash = (hash ^ (uint8_t)*at) * 1099511628211ull;
    uint32_t slot = (uint32_t)hash & (month->reacted_capacity - 1);
    while (month->reacted[slot] && month->reacted[slot] != hash)
        slot = (slot + 1) & (month->reacted_capacity - 1);
    if (month->reacted[slot] == hash || month->reacted_count > month->reacted_capacity / 2)
        return false;
    month->reacted[slot] = hash;
    month->reacted_count++;
    return true;
}

void month_react(struct month *month, enum event_type type, struct span subject, struct span card, int64_t at_ms)
{
    static const struct {
        const char *record;
        void (*react)(const struct reaction *reaction);
    } people[] = {
        {"complaint", on_complaint}, {"escalation", on_escalation}, {"task", on_task},
        {"callback", on_callback},   {"ledger_entry", on_ledger},   {"appeal", on_appeal},
    };
    const char *record = event_table(type)->record->name;
    const struct reaction reaction = {.month = month, .subject = subject, .card = card, .at_ms = at_ms};
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) {
        if (strcmp(people[i].record, record) == 0 && is_new(month, subject, card))
            people[i].react(&reaction);
    }
}
