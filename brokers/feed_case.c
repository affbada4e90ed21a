/*
 * feed_case.c - where the case is that an entry is about, asked of the worker: words of a decision, which names no store, and of a
 * complaint that has gone to another one.
 *
 *   GET personal ──▶ the entry's own place ──not there──▶ GET of the case ──its card──▶ may they see it, and `personal` there?
 *                                                          the request is kept here meanwhile, and comes back
 *
 * The worker is asked in the feed's own name: what the caller reads, or is refused, goes on record once, and here.
 *
 * At most FEED_CASES_MAX are asked for at a time; the worker that doesn't answer within 1.5 s leaves the entry's own place.
 */
#include "brokers/card_sight.h"
#include "brokers/feed_parts.h"
#include "core/ensure.h"
#include "core/status.h"

#include <inttypes.h>
#include <stdio.h>

#define PATIENCE_MS 1500

/* What the worker calls a case, by its letter, and the channel of its cards. NULL: no case of people's. */
static const struct kind {
    const char *begins, *what;
    enum card_channel channel;
} kinds[] = {
    {"C-", "complaint", CHANNEL_complaint}, {"T-", "task", CHANNEL_task},
    {"B-", "callback", CHANNEL_callback},   {"E-", "escalation", CHANNEL_escalation},
    {"L-", "ledger_entry", CHANNEL_ledger}, {"A-", "appeal", CHANNEL_ledger},
};

static const struct kind *kind_of(struct span id)
{
    for (uint32_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (span_starts(id, kinds[i].begins))
            return &kinds[i];
    }
    return NULL;
}

/* Of an entry: the case that began with it, or what it is about. */
static struct span case_of(const struct event *event, uint64_t seq, char buffer[24])
{
    char letter = event->type == EVENT_feedback_complained ? 'C'
                  : event->type == EVENT_appeal_filed      ? 'A'
                  : event->type == EVENT_task_opened       ? 'T'
                                                           : 0;
    if (!letter)
        return event->subject;
    snprintf(buffer, 24, "%c-%" PRIu64, letter, seq);
    return span_of(buffer);
}

static int question_send(struct feed *feed, const struct case_question *question, struct span id)
{
    uint8_t body[512], rid[16];
    struct wire_writer writer;
    struct get_request get = {0};
    wire_writer_init(&writer, rid, sizeof rid);
    wire_natural(&writer, question->number);
    SET(&get, get_request, rid, wire_written(&writer));
    SET(&get, get_request, what, span_of(kind_of(id)->what));
    SET(&get, get_request, id, id);
    wire_writer_init(&writer, body, sizeof body);
    record_encode(&record_of_get_request, &get, ENCODE_EVENT, &writer);
    ensure(!writer.full);
    const struct span frames[] = {span_make(NULL, 0), span_of("GET"), wire_written(&writer)};
    return port_send(feed->worker, frames, 3);
}

/* The answer to this very question, or a place for it; NULL: all are taken. */
static struct case_question *place_find(struct feed *feed, uint32_t principal, uint64_t seq)
{
    struct case_question *place = NULL;
    for (uint32_t i = 0; i < FEED_CASES_MAX; i++) {
        struct case_question *question = &feed->cases[i];
        if (question->state == CASE_ANSWERED && feed->now_ms - question->since_ms >= PATIENCE_MS)
            question->state = CASE_FREE;
        if (question->state == CASE_ANSWERED && question->principal == principal && question->seq == seq)
            return question;
        if (question->state == CASE_FREE && !place)
            place = question;
    }
    return place;
}

static void request_keep(struct case_question *question, struct port *port, const struct request *request)
{
    question->port = port;
    question->peer = request->principal;
    question->route_len = request->route.len;
    question->body_len = request->body.len;
    memcpy(question->route, request->route.at, request->route.len);
    memcpy(question->body, request->body.at, request->body.len);
}

int feed_case_decide(struct feed *feed, const struct caller *caller, const struct event *event, uint64_t seq,
                     int status, struct port *port, const struct request *request)
{
    char buffer[24];
    struct span id = case_of(event, seq, buffer);
    if (!feed->worker || !kind_of(id) || id.len > CASE_ID_MAX || request->body.len > AUDIT_REQUEST_MAX)
        return status;
    struct case_question *question = place_find(feed, caller->number, seq);
    if (question && question->state == CASE_ANSWERED)
        return question->status;
    if (!question)
        return status;
    question->principal = caller->number;
    question->seq = seq;
    question->status = status;
    question->since_ms = feed->now_ms;
    question->number = ++feed->case_numbers;
    question->channel = kind_of(id)->channel;
    if (question_send(feed, question, id))
        return status;
    question->state = CASE_ASKED;
    request_keep(question, port, request);
    return -E_AGAIN;
}

/* The case's card: may the caller see it, and be told its words, too? */
static int words_decide(const struct feed *feed, const struct case_question *question, struct span rows)
{
    const struct access *access = guard_access(&feed->guard);
    const struct principal *principal;
    struct wire_reader reader = wire_reader(rows);
    struct wire_value header;
    struct span card;
    if (wire_read(&reader, &header) || header.kind != WIRE_ARRAY || header.count != 1 ||
        wire_skip(&reader, EVENT_DEPTH_MAX + 2, &card))
        return question->status;
    int status = guard_who(&feed->guard, question->principal, &principal);
    if (status == 0)
        status = card_decide(access, principal, question->channel, card);
    struct access_ask ask = card_ask(question->channel, card);
    ask.right = MAY_personal;
    return status ? status : access_decide(access, principal, &ask);
}

static void reply_take(struct feed *feed, struct span verb, struct span body)
{
    struct rows_reply rows;
    struct flaw flaw;
    struct wire_value number;
    struct span bytes;
    if (wire_find(body, "rid", &number, &bytes) || number.kind != WIRE_UINT)
        return;
    for (uint32_t i = 0; i < FEED_CASES_MAX; i++) {
        struct case_question *question = &feed->cases[i];
        if (question->state != CASE_ASKED || question->number != number.natural)
            continue;
        if (span_is(verb, "ROWS") && record_decode(&record_of_rows_reply, body, &rows, &flaw) == 0)
            question->status = words_decide(feed, question, rows.rows);
        question->state = CASE_TOLD;
    }
}

void feed_cases_turn(struct feed *feed)
{
    while (feed->worker && port_receive(feed->worker, &feed->case_parcel) == 0) {
        if (feed->case_parcel.count == 3)
            reply_take(feed, feed->case_parcel.frame[1], feed->case_parcel.frame[2]);
    }
    parcel_release(&feed->case_parcel);
    for (uint32_t i = 0; i < FEED_CASES_MAX; i++) {
        struct case_question *question = &feed->cases[i];
        if (question->state == CASE_ASKED && feed->now_ms - question->since_ms >= PATIENCE_MS)
            question->state = CASE_TOLD;
    }
}

bool feed_case_take(struct feed *feed, struct port **ret_port, struct request *ret_request)
{
    for (uint32_t i = 0; i < FEED_CASES_MAX; i++) {
        struct case_question *question = &feed->cases[i];
        if (question->state != CASE_TOLD)
            continue;
        question->state = CASE_ANSWERED;
        question->since_ms = feed->now_ms;
        *ret_port = question->port;
        *ret_request = (struct request){
            .route = span_make(question->route, question->route_len),
            .verb = span_of("GET"),
            .body = span_make(question->body, question->body_len),
            .principal = question->peer,
        };
        return true;
    }
    return false;
}

int64_t feed_cases_due_ms(const struct feed *feed)
{
    int64_t due_ms = INT64_MAX;
    for (uint32_t i = 0; i < FEED_CASES_MAX; i++) {
        const struct case_question *question = &feed->cases[i];
        if (question->state == CASE_ASKED && question->since_ms + PATIENCE_MS < due_ms)
            due_ms = question->since_ms + PATIENCE_MS;
    }
    return due_ms;
}
