/*
 * story_trace.c - a story as it went, a line for each event and for each thing that follows, in the store's own time.
 *
 *   2026-11-23 Monday
 *   [09:00:00.000] intake       > feedback.complained  brakes  sh-pudong/service  phone  attitude
 *   [09:00:00.000] complaints   > C-brakes opened, serious; response by 13:00, plan by 17:00 ...
 *
 * The words for what happened to a case are those of schemas/words.def; behind them stands what is new on the card.
 */
#include "cli/story.h"

#include "core/status.h"
#include "io/json.h"
#include "schemas/words.h"

#include <stdlib.h>

#define ROLE_WIDTH 12

int story_trace_open(struct story *story)
{
    story->trace = open_memstream(&story->trace_text, &story->trace_len);
    return story->trace ? 0 : -E_NO_MEMORY;
}

static void line_begin(struct story *story, int64_t at_ms, const char *role)
{
    char clock[16], day[32], before[32] = "";
    story_clock(story, at_ms, clock);
    story_day(story, at_ms, day);
    if (story->shown_day_ms != INT64_MIN)
        story_day(story, story->shown_day_ms, before);
    if (strcmp(day, before) != 0)
        fprintf(story->trace, "%s\n", day);
    story->shown_day_ms = at_ms;
    fprintf(story->trace, "[%s] %-*s > ", clock, ROLE_WIDTH, role);
}

/* ---- values ---- */

static void time_tell(const struct story *story, int64_t ms, int64_t beside_ms)
{
    char clock[16], day[32], beside[32];
    story_clock(story, ms, clock);
    story_day(story, ms, day);
    story_day(story, beside_ms, beside);
    bool exact = strcmp(clock + 5, ":00.000") == 0;
    fprintf(story->trace, "%.10s%s%.*s", strcmp(day, beside) == 0 ? "" : day, strcmp(day, beside) == 0 ? "" : " ",
            exact ? 5 : 12, clock);
}

static void text_tell(const struct story *story, struct span text)
{
    char told[STORY_TEXT_MAX];
    story_id(story, text, told, sizeof told);
    fputs(told, story->trace);
}

/* How a value is told. */
enum telling { TELL_PLAIN, TELL_TIME, TELL_CASE /* an id of the story's own */ };

static enum telling telling_of(const struct field *field)
{
    static const char *const cases[] = {"id",    "subject", "complaint", "callback", "into",  "merged_into",
                                        "entry", "reasons", "reason",    "task",     "appeal"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (strcmp(field->name, cases[i]) == 0)
            return TELL_CASE;
    }
    return field->kind == FIELD_TIME ? TELL_TIME : TELL_PLAIN;
}

/* A scalar, or a list or map of them. */
static void value_tell(const struct story *story, struct span bytes, enum telling telling, int64_t beside_ms)
{
    struct wire_value value;
    struct wire_reader reader = wire_reader(bytes);
    struct span item;
    int64_t ms;
    if (wire_read(&reader, &value) < 0)
        return;
    switch (value.kind) {
    case WIRE_NIL:
        fputs("none", story->trace);
        return;
    case WIRE_ARRAY:
        for (uint32_t i = 0; i < value.count && wire_skip(&reader, JSON_DEPTH_MAX, &item) == 0; i++) {
            fputs(i ? ", " : "", story->trace);
            value_tell(story, item, telling, beside_ms);
        }
        return;
    case WIRE_MAP:
        for (uint32_t i = 0; i < value.count; i++) {
            fputs(i ? ", " : "", story->trace);
            if (wire_skip(&reader, JSON_DEPTH_MAX, &item) == 0)
                value_tell(story, item, telling, beside_ms);
            fputc(' ', story->trace);
            if (wire_skip(&reader, JSON_DEPTH_MAX, &item) == 0)
                value_tell(story, item, telling, beside_ms);
        }
        return;
    case WIRE_STR:
    case WIRE_EXT:
        if (telling == TELL_TIME && wire_time_ms(&value, &ms) == 0)
            time_tell(story, ms, beside_ms);
        else if (telling == TELL_CASE)
            text_tell(story, value.bytes);
        else
            fprintf(story->trace, "%.*s", SPAN_ARGS(value.bytes));
        return;
    case WIRE_FLOAT:
        fprintf(story->trace, "%.1f", value.real);
        return;
    default:
        json_print(story->trace, bytes);
        return;
    }
}

/* ---- events ---- */

/* What matters of an event: no free text, no contents. */
static bool is_told(const struct field *field)
{
    return !(field->flags & PERSONAL) && field->kind != FIELD_DOCUMENT && strcmp(field->name, "hash") != 0;
}

static void data_tell(const struct story *story, const struct record_table *record, struct span data, int64_t at_ms)
{
    for (uint32_t i = 0; i < record->field_count; i++) {
        const struct field *field = &record->fields[i];
        struct wire_value value;
        struct span bytes;
        if (!is_told(field) || wire_find(data, field->name, &value, &bytes) < 0 || value.kind == WIRE_NIL)
            continue;
        bool place =
            strcmp(field->name, "department") == 0 && i > 0 && strcmp(record->fields[i - 1].name, "store") == 0;
        bool plain =
            place || strcmp(field->name, "store") == 0 || field->kind == FIELD_CHOICE || field->kind == FIELD_SCORES;
        fputs(place ? "/" : "  ", story->trace);
        if (!plain)
            fprintf(story->trace, "%s ", field->name);
        value_tell(story, bytes, telling_of(field), at_ms);
    }
}

void story_trace_event(struct story *story, const struct story_event *told)
{
    struct span event = span_make(told->bytes, told->len), bytes;
    struct wire_value type, subject, data;
    if (wire_find(event, "type", &type, &bytes) < 0)
        return;
    line_begin(story, told->at_ms, "intake");
    fprintf(story->trace, "%.*s  ", SPAN_ARGS(type.bytes));
    fprintf(story->trace, "%s", told->name);
    if (wire_find(event, "subject", &subject, &bytes) == 0) {
        fputs("  ", story->trace);
        text_tell(story, subject.bytes);
    }
    if (wire_find(event, "data", &data, &bytes) == 0)
        data_tell(story, event_table(event_type_of(type.bytes))->record, bytes, told->at_ms);
    fputc('\n', story->trace);
}

/* ---- what follows ---- */

static struct span card_text(struct span card, const char *key)
{
    struct wire_value value;
    struct span bytes;
    bool text = wire_find(card, key, &value, &bytes) == 0 && value.kind == WIRE_STR;
    return text ? value.bytes : (struct span){0};
}

static struct span card_value(struct span card, const char *key)
{
    struct wire_value value;
    struct span bytes;
    return card.len && wire_find(card, key, &value, &bytes) == 0 ? bytes : (struct span){0};
}

static uint32_t history_count(struct span history)
{
    struct wire_value header;
    struct wire_reader reader = wire_reader(history);
    return history.len && wire_read(&reader, &header) == 0 && header.kind == WIRE_ARRAY ? header.count : 0;
}

static struct span history_at(struct span history, uint32_t index)
{
    struct wire_value header;
    struct wire_reader reader = wire_reader(history);
    struct span line = {0};
    bool some = wire_read(&reader, &header) == 0;
    for (uint32_t i = 0; some && i <= index; i++)
        some = wire_skip(&reader, JSON_DEPTH_MAX, &line) == 0;
    return line;
}

/* The first line that the card did not have before: behind the one that was its newest. */
static uint32_t history_news(struct span history, struct span before)
{
    uint32_t count = history_count(history), known = history_count(before);
    if (known == 0)
        return 0;
    struct span newest = history_at(before, known - 1);
    for (uint32_t i = count; i > 0; i--) {
        if (span_equal(history_at(history, i - 1), newest))
            return i;
    }
    return 0;
}

static void words_tell(const struct story *story, struct span type, struct span by, struct span said)
{
    char named[LABEL_MAX_BYTES * 2], text[1024];
    story_id(story, said, named, sizeof named);
    words_say(type, by, span_of(named), WORDS_EN, text, sizeof text);
    fputs(text, story->trace);
}

/* Sentences for the new lines of a card's history. */
static void history_tell(const struct story *story, struct span card, struct span before)
{
    struct span history = card_value(card, "history");
    uint32_t count = history_count(history), first = history_news(history, card_value(before, "history"));
    for (uint32_t i = first; i < count; i++) {
        struct span line = history_at(history, i);
        fputs(i > first ? "; " : " ", story->trace);
        words_tell(story, card_text(line, "type"), card_text(line, "by"), card_text(line, "said"));
    }
}

/* Running clocks whose deadline is new: "response by 14:00". */
static bool clocks_tell(const struct story *story, struct span card, struct span before, int64_t at_ms, bool first)
{
    struct span clocks = card_value(card, "clocks"), earlier = card_value(before, "clocks");
    for (uint32_t i = 0; i < history_count(clocks); i++) {
        struct span clock = history_at(clocks, i), was = {0};
        if (card_text(clock, "stopped_at").len)
            continue;
        for (uint32_t k = 0; k < history_count(earlier); k++) {
            if (span_equal(card_text(history_at(earlier, k), "kind"), card_text(clock, "kind")))
                was = history_at(earlier, k);
        }
        if (span_equal(card_text(was, "due_at"), card_text(clock, "due_at")))
            continue;
        fprintf(story->trace, "%s%.*s by ", first ? "; " : ", ", SPAN_ARGS(card_text(clock, "kind")));
        value_tell(story, card_value(clock, "due_at"), TELL_TIME, at_ms);
        first = false;
    }
    return first;
}

/* Of a new card: what people act upon. Of a changed one: every figure that is another now. */
static bool is_news(const struct field *field, bool first)
{
    static const char *const told[] = {"clock",      "rung_percent", "level", "responsible", "due_at",     "call_at",
                                       "amount_fen", "points",       "n",     "assigned_to", "deadline_at"};
    static const char *const never[] = {
        "seq",       "changed_seq", "id",     "at",      "raised_at", "acknowledged_at", "closed_at",
        "opened_at", "reasons",     "repeat", "history", "clocks",    "deliver_from"};
    if (field->flags & INTERNAL)
        return false;
    for (size_t i = 0; first && i < sizeof told / sizeof told[0]; i++) {
        if (strcmp(field->name, told[i]) == 0)
            return true;
    }
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        if (strcmp(field->name, never[i]) == 0)
            return false;
    }
    return !first && field->kind != FIELD_LIST && field->kind != FIELD_KEYED;
}

static void fields_tell(const struct story *story, const struct record_table *record, struct span card,
                        struct span before, int64_t at_ms, bool first)
{
    static const uint8_t nil[] = {0xc0};
    for (uint32_t i = 0; i < record->field_count; i++) {
        const struct field *field = &record->fields[i];
        struct span now = card_value(card, field->name);
        struct span was = before.len ? card_value(before, field->name) : span_make(nil, sizeof nil);
        if (!is_news(field, before.len == 0) || span_equal(now, was))
            continue;
        fputs(first ? "; " : ", ", story->trace);
        if (field->kind == FIELD_BOOL && now.len == 1 && now.at[0] == 0xc3) {
            fputs(field->name, story->trace);
        } else {
            fprintf(story->trace, "%s ", field->name);
            value_tell(story, now, telling_of(field), at_ms);
        }
        first = false;
    }
}

static void rejection_tell(const struct story *story, struct span card)
{
    struct span subject = card_text(card, "subject"), by = card_text(card, "by");
    if (subject.len) {
        fputc(' ', story->trace);
        text_tell(story, subject);
    }
    if (by.len)
        fprintf(story->trace, " by %.*s", SPAN_ARGS(by));
    fputs(": ", story->trace);
    text_tell(story, card_text(card, "reason"));
}

void story_trace_card(struct story *story, const struct heard *heard, const struct story_card *kept)
{
    const struct event_table *table = event_table(heard->type);
    struct span card = heard->card, before = kept ? span_make(kept->bytes, kept->len) : (struct span){0};
    char role[24];
    bool one = table->channel == CHANNEL_ledger || table->channel == CHANNEL_system;
    snprintf(role, sizeof role, "%s%s", channel_name(table->channel), one ? "" : "s");
    line_begin(story, heard->at_ms, role);
    if (heard->type == EVENT_decision_rejected) {
        fprintf(story->trace, "rejected %.*s", SPAN_ARGS(card_text(card, "type")));
        rejection_tell(story, card);
    } else {
        text_tell(story, heard->subject);
        history_tell(story, card, before);
        if (heard->type == EVENT_escalation_raised) {
            fputc(' ', story->trace);
            words_tell(story, span_of(kept ? "escalation.repeated" : "escalation.raised"), (struct span){0},
                       card_text(card, "to"));
        }
        bool first = clocks_tell(story, card, before, heard->at_ms, true);
        fields_tell(story, table->record, card, before, heard->at_ms, first);
    }
    fputc('\n', story->trace);
}
