/*
 * consequence.c - the worker's PUT: consequences of causes that nobody has spoken of yet, all or nothing.
 */
#include "brokers/intake_turn.h"
#include "core/ensure.h"
#include "core/status.h"

#include <stdio.h>

struct cause {
    struct last_cause cause;
    uint32_t count; /* of its consequences */
};

static bool natural_read(struct wire_reader *reader, uint64_t most, uint64_t *ret_value)
{
    struct wire_value value;
    if (wire_read(reader, &value) || value.kind != WIRE_UINT || value.natural > most)
        return false;
    *ret_value = value.natural;
    return true;
}

/* [seq, step, count] */
static bool cause_read(struct wire_reader *reader, struct cause *ret_cause)
{
    struct wire_value header;
    uint64_t seq, step, count;
    if (wire_read(reader, &header) || header.kind != WIRE_ARRAY || header.count != 3)
        return false;
    if (!natural_read(reader, UINT64_MAX, &seq) || !natural_read(reader, UINT32_MAX, &step) ||
        !natural_read(reader, PUT_EVENTS_MAX, &count))
        return false;
    *ret_cause = (struct cause){.cause = {.seq = seq, .step = (uint32_t)step}, .count = (uint32_t)count};
    return true;
}

static bool cause_after(struct last_cause cause, struct last_cause other)
{
    return cause.seq != other.seq ? cause.seq > other.seq : cause.step > other.step;
}

/* Causes increase from the last one on, none lies ahead of the journal, and together they have `count` consequences. */
static int causes_check(const struct intake *intake, struct span causes, uint32_t count)
{
    struct wire_reader reader = wire_reader(causes);
    struct wire_value header;
    if (wire_read(&reader, &header) || header.kind != WIRE_ARRAY)
        return -E_BAD_CAUSE;
    struct last_cause last = intake->last_cause;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < header.count; i++) {
        struct cause cause;
        if (!cause_read(&reader, &cause) || !cause_after(cause.cause, last) || cause.cause.seq > intake->head)
            return -E_BAD_CAUSE;
        last = cause.cause;
        sum += cause.count;
    }
    return sum == count ? 0 : -E_BAD_CAUSE;
}

static int event_check(struct intake *intake, struct span bytes, struct flaw *ret_flaw)
{
    const struct event *event = &intake->event;
    int status = event_decode(bytes, &intake->event, ret_flaw);
    if (status)
        return status;
    bool consequence = event->type != EVENT_unknown && event_table(event->type)->class == CLASS_CONSEQUENCE;
    return consequence && span_is(event->source, WORKER_SOURCE) ? 0 : -E_BAD_CAUSE;
}

/* 0, or what to refuse all of it with, and why in detail. */
static int consequences_check(struct intake *intake, const struct put_request *asked, struct wire_reader events,
                              uint32_t count, char detail[PROBLEMS_TEXT_MAX])
{
    const struct session_row *session;
    uint64_t epoch = HAS(asked, put_request, epoch) ? (uint64_t)asked->epoch : 0;
    int status = sessions_find(intake->sessions, span_of(WORKER_SOURCE), epoch, &session);
    if (status == 0)
        status = causes_check(intake, asked->causes, count);
    for (uint32_t i = 0; status == 0 && i < count; i++) {
        struct flaw flaw = {0};
        status = event_check(intake, event_take(&events), &flaw);
        if (status)
            snprintf(detail, PROBLEMS_TEXT_MAX, "event %u, %.80s %.100s", i, flaw.field, flaw.message);
    }
    return status;
}

static int consequences_keep(struct intake *intake, struct span causes, struct wire_reader events,
                             struct last_cause *ret_last)
{
    struct wire_reader reader = wire_reader(causes);
    struct wire_value header;
    int status = wire_read(&reader, &header);
    ensure(status == 0);
    for (uint32_t i = 0; i < header.count; i++) {
        struct cause cause;
        bool sound = cause_read(&reader, &cause);
        ensure(sound);
        for (uint32_t j = 0; j < cause.count; j++) {
            const struct entry entry = {
                .session = WORKER_SESSION,
                .sequence = cause.cause.seq,
                .step = cause.cause.step,
                .event = event_take(&events),
            };
            status = turn_add(intake, RECORD_CONSEQUENCE, &entry);
            if (status)
                return status;
        }
        *ret_last = cause.cause;
    }
    return 0;
}

int consequences_take(struct intake *intake, struct port *port, const struct request *request,
                      const struct put_request *asked, struct wire_reader events, uint32_t count)
{
    char detail[PROBLEMS_TEXT_MAX] = "";
    int status = consequences_check(intake, asked, events, count, detail);
    if (status) {
        turn_refuse(intake, port, request, status, detail, 0);
        return 0;
    }
    struct ack_reply ack = {.count = count};
    if (count > 0)
        SET(&ack, ack_reply, first, (int64_t)intake->head + 1);
    struct last_cause last = intake->last_cause;
    status = turn_begin(intake);
    if (status == 0)
        status = consequences_keep(intake, asked->causes, events, &last);
    last.fold_version = HAS(asked, put_request, fold) ? (uint32_t)asked->fold : 1;
    if (status == 0)
        status = journal_last_cause_set(intake->journal, last);
    if (status)
        return status;
    intake->last_cause = last;
    ack.head = (int64_t)intake->head;
    ack_add(intake, port, request, &ack, span_make(NULL, 0), 0);
    return 0;
}
