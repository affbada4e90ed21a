/*
 * broker_model.c - intake in the most naive way.
 */
#include "tests/support/broker_model.h"
#include "core/ensure.h"
#include "core/status.h"

#include <stdio.h>
#include <stdlib.h>

#define REPLY_MAX (1u * MIB)

void broker_model_open(struct broker_model *model, struct bus *bus, const char *endpoint)
{
    *model = (struct broker_model){.bus = bus, .endpoint = endpoint, .lineage = "first", .credit = CREDIT_BYTES};
    model->events = calloc(MODEL_EVENTS_MAX, sizeof *model->events);
    ensure(model->events != NULL);
    struct port_options options = {.kind = PORT_ROUTER, .endpoint = endpoint, .bind = true};
    int result = port_open(bus, &options, &model->port);
    ensure(result == 0);
}

void broker_model_close(struct broker_model *model)
{
    parcel_release(&model->parcel);
    port_close(model->port);
    free(model->events);
}

static bool happens(struct broker_model *model, uint32_t percent)
{
    model->seed = model->seed * 6364136223846793005ull + 1442695040888963407ull;
    return (model->seed >> 33) % 100 < percent;
}

static bool is_lost(struct broker_model *model, uint32_t *next, uint32_t percent)
{
    if (*next > 0) {
        --*next;
        return true;
    }
    return happens(model, percent);
}

static void reply(struct broker_model *model, const char *verb, const struct record_table *table, const void *record)
{
    if (is_lost(model, &model->lose_next_replies, model->lose_reply_percent))
        return;
    struct wire_writer writer;
    uint8_t *body = malloc(REPLY_MAX);
    ensure(body != NULL);
    wire_writer_init(&writer, body, REPLY_MAX);
    record_encode(table, record, ENCODE_EVENT, &writer);
    ensure(!writer.full);
    struct span frames[] = {model->parcel.frame[0], span_make(NULL, 0), span_of(verb), wire_written(&writer)};
    port_send(model->port, frames, 4);
    free(body);
}

static void refuse(struct broker_model *model, struct span rid, int status, uint64_t expected)
{
    struct nak_reply nak = {0};
    SET(&nak, nak_reply, rid, rid);
    SET(&nak, nak_reply, code, span_of(status_text(status)->code));
    SET(&nak, nak_reply, message, span_of(status_text(status)->summary));
    if (expected)
        SET(&nak, nak_reply, expected, (int64_t)expected);
    if (model->retry_ms)
        SET(&nak, nak_reply, retry_ms, model->retry_ms);
    reply(model, "NAK", &record_of_nak_reply, &nak);
}

/* ---- events ---- */

static struct model_event **slot_of(struct broker_model *model, struct span bytes)
{
    uint32_t place = 5381;
    for (size_t i = 0; i < bytes.len; i++)
        place = place * 33 + bytes.at[i];
    uint32_t slots = sizeof model->hash / sizeof model->hash[0];
    for (place %= slots; model->hash[place]; place = (place + 1) % slots) {
        const struct model_event *event = model->hash[place];
        if (span_equal(span_make(event->bytes, event->len), bytes))
            break;
    }
    return &model->hash[place];
}

uint32_t broker_model_has(const struct broker_model *model, const char *text)
{
    uint32_t times = 0;
    for (uint32_t i = 0; i < model->count; i++)
        times += span_is(span_make(model->events[i].bytes, model->events[i].len), text);
    return times;
}

static void problem_write(struct wire_writer *writer, uint32_t i, const char *code, uint64_t duplicate_of, bool kept)
{
    struct problem problem = {0};
    SET(&problem, problem, i, i);
    if (code) {
        SET(&problem, problem, code, span_of(code));
        SET(&problem, problem, field, span_of("data.scores.quality"));
        SET(&problem, problem, message, span_of("11 is more than 10"));
    }
    if (duplicate_of)
        SET(&problem, problem, duplicate_of, (int64_t)duplicate_of);
    if (kept)
        SET(&problem, problem, quarantine, span_of("00112233445566778899aabbccddeeff"));
    record_encode(&record_of_problem, &problem, ENCODE_EVENT, writer);
}

/* One event of a PUT: true when it was accepted, else a problem was written. */
static bool event_take(struct broker_model *model, struct span bytes, uint32_t i, bool consumed,
                       struct wire_writer *problems)
{
    struct model_event **slot = slot_of(model, bytes);
    if (*slot) {
        uint64_t seq = (uint64_t)(*slot - model->events) + 1;
        problem_write(problems, i, NULL, consumed && model->renumber_late ? 0 : seq, false);
        return false;
    }
    bool refused_again = consumed && (span_starts(bytes, "bad") || span_starts(bytes, "full"));
    if (consumed && !refused_again) {
        problem_write(problems, i, NULL, 0, false);
        return false;
    }
    if (span_starts(bytes, "bad") || span_starts(bytes, "full")) {
        model->refused++;
        bool kept = span_starts(bytes, "bad");
        problem_write(problems, i, kept ? "E1203" : "E1309", 0, kept);
        return false;
    }
    ensure(model->count < MODEL_EVENTS_MAX);
    ensure(bytes.len <= MODEL_EVENT_MAX);
    struct model_event *event = &model->events[model->count++];
    memcpy(event->bytes, bytes.at, bytes.len);
    event->len = bytes.len;
    *slot = event;
    return true;
}

/* ---- requests ---- */

static void hello_take(struct broker_model *model, struct span body)
{
    struct hello_request hello;
    struct flaw flaw;
    int result = record_decode(&record_of_hello_request, body, &hello, &flaw);
    ensure(result == 0);
    snprintf(model->source, sizeof model->source, "%.*s", SPAN_ARGS(hello.source));
    model->hellos++;
    model->epoch++;
    struct welcome_reply welcome = {0};
    SET(&welcome, welcome_reply, rid, hello.rid);
    SET(&welcome, welcome_reply, lineage, span_of(model->lineage));
    SET(&welcome, welcome_reply, epoch, (int64_t)model->epoch);
    SET(&welcome, welcome_reply, last, (int64_t)model->last);
    SET(&welcome, welcome_reply, credit, model->credit);
    SET(&welcome, welcome_reply, max_events, PUT_EVENTS_MAX);
    SET(&welcome, welcome_reply, max_bytes, PUT_BYTES_MAX);
    reply(model, "WELCOME", &record_of_welcome_reply, &welcome);
}

static void events_take(struct broker_model *model, const struct put_request *put)
{
    bool session = HAS(put, put_request, epoch);
    uint8_t *buffer = malloc(REPLY_MAX);
    ensure(buffer != NULL);
    struct wire_writer problems;
    wire_writer_init(&problems, buffer, REPLY_MAX);
    struct wire_reader reader = wire_reader(put->events);
    struct wire_value value;
    uint32_t accepted = 0, count = 0, before = model->count;
    int result = wire_read(&reader, &value);
    ensure(result == 0);
    count = value.count;
    for (uint32_t i = 0; i < count; i++) {
        result = wire_read(&reader, &value);
        ensure(result == 0);
        ensure(value.kind == WIRE_BIN);
        bool consumed = session && (uint64_t)put->first + i <= model->last;
        accepted += event_take(model, value.bytes, i, consumed, &problems);
    }
    if (count > model->put_events_max)
        model->put_events_max = count;
    if (session && (uint64_t)put->first + count - 1 > model->last)
        model->last = (uint64_t)put->first + count - 1;
    uint32_t written = count - accepted;
    uint8_t *all = malloc(REPLY_MAX);
    ensure(all != NULL);
    struct wire_writer list;
    wire_writer_init(&list, all, REPLY_MAX);
    wire_array(&list, written);
    wire_raw(&list, wire_written(&problems));
    ensure(!list.full);
    struct ack_reply ack = {0};
    SET(&ack, ack_reply, rid, put->rid);
    if (accepted)
        SET(&ack, ack_reply, first, before + 1);
    SET(&ack, ack_reply, count, accepted);
    SET(&ack, ack_reply, head, model->count);
    SET(&ack, ack_reply, problems, wire_written(&list));
    reply(model, "ACK", &record_of_ack_reply, &ack);
    free(all);
    free(buffer);
}

static void put_take(struct broker_model *model, struct span body)
{
    struct put_request put;
    struct flaw flaw;
    int result = record_decode(&record_of_put_request, body, &put, &flaw);
    ensure(result == 0);
    model->puts++;
    if (model->refuse_next_with) {
        int status = model->refuse_next_with;
        model->refuse_next_with = 0;
        refuse(model, put.rid, status, 0);
        return;
    }
    if (HAS(&put, put_request, epoch)) {
        if (model->epoch == 0)
            refuse(model, put.rid, -E_NO_SESSION, 0);
        else if ((uint64_t)put.epoch != model->epoch)
            refuse(model, put.rid, -E_FENCED, 0);
        else if ((uint64_t)put.first > model->last + 1)
            refuse(model, put.rid, -E_GAP, model->last + 1);
        else
            events_take(model, &put);
        return;
    }
    events_take(model, &put);
}

uint32_t broker_model_turn(struct broker_model *model)
{
    uint32_t served = 0;
    while (port_receive(model->port, &model->parcel) == 0) {
        const struct parcel *parcel = &model->parcel;
        ensure(parcel->count == 4);
        served++;
        if (is_lost(model, &model->lose_next_requests, model->lose_request_percent))
            continue;
        if (span_is(parcel->frame[2], "HELLO"))
            hello_take(model, parcel->frame[3]);
        else if (span_is(parcel->frame[2], "PUT"))
            put_take(model, parcel->frame[3]);
        else
            unreachable();
    }
    return served;
}
