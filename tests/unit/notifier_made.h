/*
 * notifier_made.h - a made-up journal, fold and outlet in one for the notifier: cards that say by the plainest rules what was sent.
 */
#ifndef MANYI_TESTS_NOTIFIER_MADE_H
#define MANYI_TESTS_NOTIFIER_MADE_H

#include "brokers/notifier.h"
#include "core/status.h"
#include "io/bus_sim.h"
#include "io/courier_sim.h"
#include "schemas/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MADE_CARDS_MAX 6500u
#define TOLD_MAX 20000u
#define ARRIVALS_MAX 20000u
#define START_MS 1795392000000ll /* 2026-11-23T00:00:00Z */
#define SECONDS 1000ll
#define MINUTES (60 * SECONDS)
#define HOURS (60 * MINUTES)

/* An escalation, as far as telling goes. */
struct made_card {
    char id[32], to[64];
    int32_t grade;
    uint32_t level, repeat, attempts;
    int64_t raised_ms, deliver_from_ms, retry_ms;
    int64_t sent_repeat; /* -1: none */
    bool ended;
    uint64_t n;
};

/* notice.sent or notice.failed as it came into the journal. */
struct told {
    char id[80], subject[32], to[64], target[32], reason[96];
    bool sent, permanent;
    int64_t attempt, repeat, retry_ms, at_ms;
};

enum weather { FINE, DOWN, ERROR_500, GONE, SLOW, FORGETFUL, MAILBOX_FULL };

struct receiver {
    enum weather weather;
    int64_t delay_ms;
};

struct arrival {
    char target[NAME_MAX_BYTES + 1], id[COURIER_ID_MAX], address[64], text[600];
    int64_t at_ms;
    bool arrived;
};

struct stand {
    struct bus *bus;
    struct setup setup;
    struct notices *notices;
    struct notifier *notifier;
    struct courier *courier; /* the notifier's */
    struct clock_reading now;
    struct port *replay, *intake, *query;
    struct parcel parcel;

    struct made_card *cards;
    uint32_t card_count;
    uint64_t last_n, head, folded;
    const char *lineage;
    bool fold_rests; /* reports are journaled, and no card knows */
    bool intake_rests;
    uint8_t parked_route[64], parked_rid[64];
    size_t parked_route_len, parked_rid_len;
    const char *parked_lineage;
    uint64_t parked_after;

    struct told *told;
    uint32_t told_count, duplicates;
    struct receiver receiver[NOTICE_TARGETS_MAX];
    struct arrival *arrivals;
    uint32_t arrival_count;
    uint32_t turns;
};

/* ---- the cards ---- */

static inline struct made_card *card_make(struct stand *stand, const char *id, const char *to, int64_t raised_ms)
{
    assert_true(stand->card_count < MADE_CARDS_MAX);
    struct made_card *card = &stand->cards[stand->card_count++];
    *card = (struct made_card){.grade = grade_is_urgent,
                               .level = 2,
                               .raised_ms = raised_ms,
                               .deliver_from_ms = raised_ms,
                               .sent_repeat = -1,
                               .n = ++stand->last_n};
    snprintf(card->id, sizeof card->id, "%s", id);
    snprintf(card->to, sizeof card->to, "%s", to);
    return card;
}

static inline void card_changed(struct stand *stand, struct made_card *card)
{
    card->n = ++stand->last_n;
}

static inline struct made_card *card_of(struct stand *stand, const char *id)
{
    for (uint32_t i = 0; i < stand->card_count; i++) {
        if (strcmp(stand->cards[i].id, id) == 0)
            return &stand->cards[i];
    }
    return NULL;
}

static inline void card_write(const struct made_card *card, struct wire_writer *writer)
{
    uint8_t bytes[2048];
    struct wire_writer inner;
    struct escalation escalation = {0};
    SET(&escalation, escalation, id, span_of(card->id));
    SET(&escalation, escalation, about, span_of("C-41"));
    SET(&escalation, escalation, store, span_of("sh-pudong"));
    SET(&escalation, escalation, department, span_of("service"));
    SET(&escalation, escalation, grade, card->grade);
    SET(&escalation, escalation, clock, span_of("response"));
    SET(&escalation, escalation, rung_percent, 100);
    SET(&escalation, escalation, level, card->level);
    SET(&escalation, escalation, to, span_of(card->to));
    SET(&escalation, escalation, repeat, card->repeat);
    SET(&escalation, escalation, at, card->raised_ms);
    SET(&escalation, escalation, raised_at, card->raised_ms);
    SET(&escalation, escalation, ended, card->ended);
    SET(&escalation, escalation, changed_seq, 1);
    SET(&escalation, escalation, deliver_from, card->deliver_from_ms);
    if (card->sent_repeat >= 0)
        SET(&escalation, escalation, sent_repeat, card->sent_repeat);
    if (card->attempts > 0)
        SET(&escalation, escalation, attempts, card->attempts);
    if (card->retry_ms > 0)
        SET(&escalation, escalation, retry_at, card->retry_ms);
    wire_writer_init(&inner, bytes, sizeof bytes);
    record_encode(&record_of_escalation, &escalation, ENCODE_CARD, &inner);
    assert_false(inner.full);
    struct published published = {0};
    SET(&published, published, n, (int64_t)card->n);
    SET(&published, published, seq, 1);
    SET(&published, published, at, card->raised_ms);
    SET(&published, published, card, wire_written(&inner));
    record_encode(&record_of_published, &published, ENCODE_CARD, writer);
}

/* ---- what the notifier asks ---- */

static inline void stand_reply(struct port *port, struct span route, const char *verb, struct span body)
{
    const struct span frames[] = {route, span_make(NULL, 0), span_of(verb), body};
    port_send(port, frames, 4);
}

static inline int card_order(const void *a, const void *b)
{
    const struct made_card *const *left = a, *const *right = b;
    return ((*left)->n > (*right)->n) - ((*left)->n < (*right)->n);
}

static inline bool cards_reply_send(struct stand *stand, struct span route, struct span rid, uint64_t after,
                                    uint64_t max, bool even_empty)
{
    static uint8_t cards[1u << 20], body[1u << 20];
    static const struct made_card *sorted[MADE_CARDS_MAX];
    struct wire_writer writer, list;
    uint32_t count = 0;
    for (uint32_t i = 0; i < stand->card_count; i++) {
        if (stand->cards[i].n > after)
            sorted[count++] = &stand->cards[i];
    }
    if (count == 0 && !even_empty)
        return false;
    qsort(sorted, count, sizeof sorted[0], card_order);
    uint32_t page = count < max ? count : (uint32_t)max;
    wire_writer_init(&list, cards, sizeof cards);
    wire_array(&list, page);
    for (uint32_t i = 0; i < page; i++)
        card_write(sorted[i], &list);
    struct cards_reply reply = {0};
    SET(&reply, cards_reply, rid, rid);
    SET(&reply, cards_reply, g, span_of(stand->lineage));
    SET(&reply, cards_reply, cards, wire_written(&list));
    SET(&reply, cards_reply, upto, (int64_t)(page ? sorted[page - 1]->n : after));
    SET(&reply, cards_reply, more, page < count);
    wire_writer_init(&writer, body, sizeof body);
    record_encode(&record_of_cards_reply, &reply, ENCODE_EVENT, &writer);
    assert_false(writer.full || list.full);
    stand_reply(stand->replay, route, "CARDS", wire_written(&writer));
    return true;
}

static inline void pong_send(struct stand *stand, struct port *port, struct span route, struct span rid)
{
    uint8_t body[256];
    struct wire_writer writer;
    wire_writer_init(&writer, body, sizeof body);
    wire_map(&writer, 3);
    wire_key(&writer, "rid");
    wire_raw(&writer, rid);
    wire_key(&writer, "head");
    wire_natural(&writer, stand->head);
    wire_key(&writer, "cursor");
    wire_natural(&writer, stand->folded);
    stand_reply(port, route, "PONG", wire_written(&writer));
}

static inline void replay_take(struct stand *stand)
{
    const struct parcel *parcel = &stand->parcel;
    struct replay_request asked;
    struct flaw flaw;
    struct wire_value value;
    struct span rid;
    assert_int_equal(wire_find(parcel->frame[3], "rid", &value, &rid), 0);
    if (span_is(parcel->frame[2], "PING")) {
        pong_send(stand, stand->replay, parcel->frame[0], rid);
        return;
    }
    assert_int_equal(record_decode(&record_of_replay_request, parcel->frame[3], &asked, &flaw), 0);
    bool waits = HAS(&asked, replay_request, wait_ms);
    bool escalations = span_is(asked.channel, "escalation");
    uint64_t after = escalations ? (uint64_t)asked.after : INT32_MAX; /* others have no cards */
    if (cards_reply_send(stand, parcel->frame[0], rid, after, (uint64_t)asked.max, !waits) || !escalations)
        return;
    stand->parked_route_len = parcel->frame[0].len;
    stand->parked_rid_len = rid.len;
    memcpy(stand->parked_route, parcel->frame[0].at, parcel->frame[0].len);
    memcpy(stand->parked_rid, rid.at, rid.len);
    stand->parked_after = after;
    stand->parked_lineage = stand->lineage;
}

static inline void parked_answer(struct stand *stand)
{
    struct span route = span_make(stand->parked_route, stand->parked_route_len);
    struct span rid = span_make(stand->parked_rid, stand->parked_rid_len);
    if (stand->parked_route_len > 0 &&
        cards_reply_send(stand, route, rid, stand->parked_after, 128, stand->parked_lineage != stand->lineage))
        stand->parked_route_len = 0;
}

/* The plainest fold: what was sent for the present repeat and reader is on the card, what failed counts. */
static inline void told_fold(struct stand *stand, const struct told *told)
{
    struct made_card *card = card_of(stand, told->subject);
    if (!card || strcmp(card->to, told->to) != 0 || card->repeat != told->repeat)
        return;
    if (told->sent) {
        card->sent_repeat = told->repeat;
        card->attempts = 0;
        card->retry_ms = 0;
    } else {
        card->attempts = (uint32_t)told->attempt;
        card->retry_ms = told->permanent ? 0 : told->retry_ms;
    }
    card_changed(stand, card);
}

static inline void told_take(struct stand *stand, const struct event *event, int64_t at_ms)
{
    struct told told = {.sent = event->type == EVENT_notice_sent, .at_ms = at_ms};
    assert_true(told.sent || event->type == EVENT_notice_failed);
    assert_true(span_is(event->source, "/manyi/notifier"));
    const struct notice_sent *sent = &event->data.notice_sent;
    const struct notice_failed *failed = &event->data.notice_failed;
    snprintf(told.id, sizeof told.id, "%.*s", SPAN_ARGS(event->id));
    snprintf(told.subject, sizeof told.subject, "%.*s", SPAN_ARGS(event->subject));
    snprintf(told.to, sizeof told.to, "%.*s", SPAN_ARGS(told.sent ? sent->to : failed->to));
    snprintf(told.target, sizeof told.target, "%.*s", SPAN_ARGS(told.sent ? sent->target : failed->target));
    snprintf(told.reason, sizeof told.reason, "%.*s", SPAN_ARGS(told.sent ? span_make(NULL, 0) : failed->reason));
    told.attempt = told.sent ? sent->attempt : failed->attempt;
    told.repeat = told.sent ? sent->repeat : failed->repeat;
    told.permanent = !told.sent && failed->permanent;
    told.retry_ms = !told.sent && HAS(failed, notice_failed, retry_at) ? failed->retry_at : 0;
    for (uint32_t i = 0; i < stand->told_count; i++) {
        if (strcmp(stand->told[i].id, told.id) == 0) {
            stand->duplicates++;
            return;
        }
    }
    assert_true(stand->told_count < TOLD_MAX);
    stand->told[stand->told_count++] = told;
    stand->head++;
    if (stand->fold_rests)
        return;
    stand->folded = stand->head;
    told_fold(stand, &told);
}

/* All that was journaled while the fold rested. */
static inline void fold_wakes(struct stand *stand, uint32_t from)
{
    stand->fold_rests = false;
    for (uint32_t i = from; i < stand->told_count; i++)
        told_fold(stand, &stand->told[i]);
    stand->folded = stand->head;
}

static inline void intake_take(struct stand *stand)
{
    const struct parcel *parcel = &stand->parcel;
    struct wire_value value;
    struct span rid;
    assert_int_equal(wire_find(parcel->frame[3], "rid", &value, &rid), 0);
    if (span_is(parcel->frame[2], "PING")) {
        pong_send(stand, stand->intake, parcel->frame[0], rid);
        return;
    }
    if (stand->intake_rests)
        return;
    struct put_request put;
    struct flaw flaw;
    assert_true(span_is(parcel->frame[2], "PUT"));
    assert_int_equal(record_decode(&record_of_put_request, parcel->frame[3], &put, &flaw), 0);
    struct wire_reader reader = wire_reader(put.events);
    struct wire_value list;
    assert_int_equal(wire_read(&reader, &list), 0);
    for (uint32_t i = 0; i < list.count; i++) {
        struct span bytes;
        struct event event;
        assert_int_equal(wire_skip(&reader, EVENT_DEPTH_MAX, &bytes), 0);
        assert_int_equal(event_decode(bytes, &event, &flaw), 0);
        told_take(stand, &event, stand->now.wall_ms);
    }
    uint8_t body[256];
    static const uint8_t no_problems[] = {0x90};
    struct wire_writer writer;
    struct ack_reply ack = {0};
    SET(&ack, ack_reply, rid, rid);
    SET(&ack, ack_reply, first, 1);
    SET(&ack, ack_reply, count, list.count);
    SET(&ack, ack_reply, head, (int64_t)stand->head);
    SET(&ack, ack_reply, problems, span_make(no_problems, 1));
    wire_writer_init(&writer, body, sizeof body);
    record_encode(&record_of_ack_reply, &ack, ENCODE_EVENT, &writer);
    stand_reply(stand->intake, parcel->frame[0], "ACK", wire_written(&writer));
}

static inline void stand_serve(struct stand *stand)
{
    while (port_receive(stand->replay, &stand->parcel) == 0)
        replay_take(stand);
    while (port_receive(stand->intake, &stand->parcel) == 0)
        intake_take(stand);
    while (port_receive(stand->query, &stand->parcel) == 0) {
        struct wire_value value;
        struct span rid;
        assert_int_equal(wire_find(stand->parcel.frame[3], "rid", &value, &rid), 0);
        pong_send(stand, stand->query, stand->parcel.frame[0], rid);
    }
    parked_answer(stand);
}

#endif
