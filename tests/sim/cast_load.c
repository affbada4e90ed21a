/*
 * cast_load.c - what is published: visits, complaints, praise, questions; ratings and corrections are in cast_rating.c.
 */
#include "core/ensure.h"
#include "tests/sim/cast_inside.h"

#include <stdarg.h>
#include <stdio.h>

#define STORES 3u
#define PEOPLE 9u
#define CUSTOMERS 24
#define VISITS 40
#define LARGE_BYTES (60u * KIB)

const char *town_store(struct dice *dice)
{
    static const char *const stores[STORES] = {"sh-pudong", "sh-minhang", "hz-xihu"};
    return stores[dice_between(dice, 0, STORES - 1)];
}

const char *town_department(struct dice *dice)
{
    static const char *const departments[] = {"service", "service",     "sales",     "sales",
                                              "support", "call_centre", "marketing", "canteen"};
    return departments[dice_between(dice, 0, 7)];
}

const char *town_person(struct dice *dice)
{
    static const char *const people[PEOPLE] = {"wang.li",  "chen.jing", "zhao.min",  "liu.wei", "sun.fang",
                                               "zhou.hui", "xu.lei",    "huang.yan", "guo.ping"};
    return people[dice_between(dice, 0, PEOPLE - 1)];
}

/* ---- the draft ---- */

struct span draft_word(struct draft *draft, const char *format, ...)
{
    ensure(draft->words_count < sizeof draft->words / sizeof draft->words[0]);
    char *word = draft->words[draft->words_count++];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(word, sizeof draft->words[0], format, arguments);
    va_end(arguments);
    return span_of(word);
}

struct span draft_customer(struct draft *draft)
{
    return draft_word(draft, "c-%02d", (int)dice_between(draft->dice, 1, CUSTOMERS));
}

struct span draft_visit(struct draft *draft)
{
    return draft_word(draft, "v-%02d", (int)dice_between(draft->dice, 1, VISITS));
}

void draft_time(struct draft *draft)
{
    struct dice *dice = draft->dice;
    int64_t now_ms = draft->wall_ms;
    int64_t die = dice_between(dice, 0, 99);
    int64_t time_ms = 0;
    if (die >= 97)
        time_ms = now_ms + dice_between(dice, HOURS(20), HOURS(40)); /* some of it too far ahead */
    else if (die >= 93)
        time_ms = now_ms + dice_between(dice, 1, HOURS(12));
    else if (die >= 87)
        time_ms = now_ms - dice_between(dice, DAYS(6), DAYS(20)); /* some of it too old for clocks */
    else if (die >= 70)
        time_ms = now_ms - dice_between(dice, MINUTES(1), DAYS(3));
    else if (die >= 40)
        time_ms = now_ms - dice_between(dice, 0, SECONDS(30));
    if (time_ms > 0)
        draft->event.time_ms = time_ms;
}

void draft_begin_event(struct draft *draft, struct sender *sender, struct dice *dice, int64_t wall_ms)
{
    memset(draft, 0, sizeof *draft);
    draft->dice = dice;
    draft->wall_ms = wall_ms;
    snprintf(draft->id, sizeof draft->id, "%.24s-%u", sender->member->name, sender->letters_count + 1);
    draft->event.id = span_of(draft->id);
    draft->event.source = span_of(sender->source);
    draft->event.data = &draft->data;
}

/* Attributes of the sender's own are kept and not looked at: a photograph, or a word. */
static struct span attached(struct wire_writer *writer, size_t bytes)
{
    static const uint8_t none[LARGE_BYTES];
    ensure(bytes <= sizeof none);
    ensure(writer->buffer[0] >= 0x80);
    ensure(writer->buffer[0] < 0x8f); /* a map of less than 15 pairs in one byte */
    writer->buffer[0]++;
    wire_key(writer, "attachment");
    wire_bin(writer, span_make(none, bytes));
    return wire_written(writer);
}

uint32_t draft_publish(struct draft *draft, struct sender *sender)
{
    uint8_t *buffer = cast_take(LETTER_MAX);
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, LETTER_MAX);
    event_encode(&draft->event, &writer);
    struct span bytes = wire_written(&writer);
    if (dice_chance(draft->dice, 1, 150))
        bytes = attached(&writer, dice_chance(draft->dice, 1, 2) ? LARGE_BYTES : 7);
    ensure(!writer.full);
    uint32_t letter = sender_publish(sender, draft->id, bytes, draft->flawed);
    free(buffer);
    return letter;
}

/* ---- facts ---- */

static void visit_draft(struct draft *draft)
{
    struct dice *dice = draft->dice;
    struct visit *visit = &draft->data.visit;
    draft->event.type = dice_chance(dice, 1, 2) ? EVENT_visit_opened : EVENT_visit_completed;
    SET(visit, visit, store, span_of(town_store(dice)));
    SET(visit, visit, department, span_of(town_department(dice)));
    SET(visit, visit, visit, draft_visit(draft));
    SET(visit, visit, kind, (int32_t)dice_between(dice, 0, visit_kind_count - 1));
    if (dice_chance(dice, 2, 3))
        SET(visit, visit, customer, draft_customer(draft));
    if (dice_chance(dice, 2, 3))
        SET(visit, visit, vehicle, draft_word(draft, "VIN%03d", (int)dice_between(dice, 1, 9)));
    if (dice_chance(dice, 2, 3))
        SET(visit, visit, staff, span_of(town_person(dice)));
    if (dice_chance(dice, 1, 2))
        SET(visit, visit, fault, draft_word(draft, "fault-%d", (int)dice_between(dice, 1, 3)));
    if (dice_chance(dice, 1, 3))
        SET(visit, visit, warranty, dice_chance(dice, 1, 2));
    if (dice_chance(dice, 1, 5))
        SET(visit, visit, safety, dice_chance(dice, 1, 2));
    if (draft->event.type == EVENT_visit_completed)
        SET(visit, visit, completed_at, draft->wall_ms - dice_between(dice, 0, dice_chance(dice, 1, 2) ? DAYS(8) : 0));
    if (dice_chance(dice, 1, 3))
        SET(visit, visit, amount_fen, dice_between(dice, 0, 5000000));
    if (dice_chance(dice, 1, 20))
        SET(visit, visit, historical, true);
}

static void complained_about(struct draft *draft, struct complained *fact)
{
    struct dice *dice = draft->dice;
    struct name_list staff = {0};
    staff.count = (uint32_t)dice_between(dice, 1, 3);
    for (uint32_t i = 0; i < staff.count; i++)
        staff.item[i] = span_of(town_person(dice));
    if (dice_chance(dice, 1, 3))
        SET(fact, complained, staff, staff);
    if (dice_chance(dice, 2, 3))
        SET(fact, complained, customer, draft_customer(draft));
    if (dice_chance(dice, 1, 2))
        SET(fact, complained, visit, draft_visit(draft));
    if (dice_chance(dice, 1, 5))
        SET(fact, complained, vehicle, draft_word(draft, "VIN%03d", (int)dice_between(dice, 1, 9)));
    if (dice_chance(dice, 1, 4))
        SET(fact, complained, claim_fen, dice_between(dice, 0, 2000000));
    if (dice_chance(dice, 1, 20))
        SET(fact, complained, injury, dice_chance(dice, 1, 2));
    if (dice_chance(dice, 1, 20))
        SET(fact, complained, press, dice_chance(dice, 1, 2));
}

static void complaint_draft(struct draft *draft)
{
    struct dice *dice = draft->dice;
    struct complained *fact = &draft->data.complained;
    draft->event.type = EVENT_feedback_complained;
    SET(fact, complained, store, span_of(town_store(dice)));
    SET(fact, complained, channel, (int32_t)dice_between(dice, 0, channel_count - 1));
    SET(fact, complained, category, (int32_t)dice_between(dice, 0, category_count - 1));
    if (dice_chance(dice, 1, 5)) /* what the law has clocks for, more often than in life */
        fact->category = category_is_refund;
    if (dice_chance(dice, 1, 5))
        fact->channel = channel_is_regulator;
    SET(fact, complained, text, span_of("the brakes squeal, and nobody listens"));
    complained_about(draft, fact);
    if (dice_chance(dice, 4, 5))
        SET(fact, complained, department, span_of(town_department(dice)));
    if (dice_chance(dice, 1, 4))
        SET(fact, complained, grade, (int32_t)dice_between(dice, 0, grade_count - 1));
    if (dice_chance(dice, 1, 4))
        SET(fact, complained, heard_at,
            draft->wall_ms - dice_between(dice, 0, dice_chance(dice, 1, 4) ? DAYS(12) : HOURS(5)));
    if (dice_chance(dice, 1, 6))
        SET(fact, complained, reported_by, span_of(town_person(dice)));
    if (dice_chance(dice, 1, 6))
        SET(fact, complained, contact, span_of("139 0000 0000"));
    if (dice_chance(dice, 1, 16))
        SET(fact, complained, historical, true);
}

static void praise_draft(struct draft *draft)
{
    struct dice *dice = draft->dice;
    struct praised *fact = &draft->data.praised;
    draft->event.type = EVENT_feedback_praised;
    SET(fact, praised, store, span_of(town_store(dice)));
    struct name_list staff = {.count = (uint32_t)dice_between(dice, 1, 3)};
    for (uint32_t k = 0; k < staff.count; k++)
        staff.item[k] = span_of(town_person(dice));
    if (dice_chance(dice, 3, 4))
        SET(fact, praised, staff, staff);
    if (dice_chance(dice, 1, 2))
        SET(fact, praised, department, span_of(town_department(dice)));
    SET(fact, praised, text, span_of("quick and friendly"));
    if (dice_chance(dice, 1, 2))
        SET(fact, praised, visit, draft_visit(draft));
}

static void suggestion_draft(struct draft *draft)
{
    struct dice *dice = draft->dice;
    struct suggested *fact = &draft->data.suggested;
    draft->event.type = EVENT_feedback_suggested;
    SET(fact, suggested, store, span_of(town_store(dice)));
    SET(fact, suggested, text, span_of("open the gate earlier"));
    SET(fact, suggested, by_staff, span_of(town_person(dice)));
}

static void enquiry_draft(struct draft *draft)
{
    struct dice *dice = draft->dice;
    struct enquired *fact = &draft->data.enquired;
    draft->event.type = EVENT_feedback_enquired;
    SET(fact, enquired, store, span_of(town_store(dice)));
    SET(fact, enquired, channel, (int32_t)dice_between(dice, 0, channel_count - 1));
    SET(fact, enquired, customer, draft_customer(draft));
}

static void opted_draft(struct draft *draft)
{
    struct dice *dice = draft->dice;
    struct opted *fact = &draft->data.opted;
    draft->event.type = dice_chance(dice, 2, 3) ? EVENT_customer_opted_out : EVENT_customer_opted_in;
    SET(fact, opted, customer, draft_customer(draft));
    if (dice_chance(dice, 1, 2))
        SET(fact, opted, channel, dice_chance(dice, 1, 2) ? channel_is_phone : channel_is_wechat);
    if (dice_chance(dice, 1, 2))
        SET(fact, opted, by, span_of(town_person(dice)));
}

/* A type of a later version, or of nobody's. */
static uint32_t stranger_publish(struct draft *draft, struct sender *sender)
{
    static const char *const types[] = {"feedback.rated.v2", "appeal.dreamt", "weather.changed", "complaint.whispered"};
    uint8_t buffer[512];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    wire_map(&writer, 4);
    wire_key(&writer, "id");
    wire_text(&writer, draft->event.id);
    wire_key(&writer, "source");
    wire_text(&writer, draft->event.source);
    wire_key(&writer, "type");
    wire_text(&writer, span_of(types[dice_between(draft->dice, 0, 3)]));
    wire_key(&writer, "data");
    wire_map(&writer, 1);
    wire_key(&writer, "rain");
    wire_integer(&writer, dice_between(draft->dice, -5, 5));
    ensure(!writer.full);
    return sender_publish(sender, draft->id, wire_written(&writer), false);
}

/* ---- by dice ---- */

uint32_t load_publish(struct sender *sender, struct dice *dice, int64_t wall_ms)
{
    struct draft draft;
    draft_begin_event(&draft, sender, dice, wall_ms);
    int64_t die = dice_between(dice, 0, 99);
    if (die >= 98)
        return stranger_publish(&draft, sender);
    draft_time(&draft);
    if (die < 40)
        rating_draft(&draft);
    else if (die < 62)
        complaint_draft(&draft);
    else if (die < 76)
        visit_draft(&draft);
    else if (die < 83)
        correction_draft(&draft, sender);
    else if (die < 88)
        retraction_draft(&draft, sender);
    else if (die < 90)
        praise_draft(&draft);
    else if (die < 91)
        suggestion_draft(&draft);
    else if (die < 93)
        enquiry_draft(&draft);
    else if (die < 94)
        opted_draft(&draft);
    else
        appeal_draft(&draft, sender);
    return draft_publish(&draft, sender);
}
