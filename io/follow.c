/*
 * follow.c - see follow.h.
 *
 * Every request carries a number as its rid; an answer with another number belongs to a question that was given up. Four
 * parcels: the batch that is lent, the one that has come meanwhile, the entry that is lent, and the one that the next message
 * comes into.
 */
#include "io/follow.h"
#include "core/ensure.h"
#include "core/status.h"
#include "schemas/codec.h"

#include <stdio.h>
#include <stdlib.h>

#define PATIENCE_MS 5000
#define REQUEST_MAX 256u
#define PARCELS 4u

struct question {
    uint64_t number; /* of the request; 0: none was ever sent */
    int64_t sent_ms; /* monotonic */
    bool standing;
};

struct follow {
    struct port *port;
    struct follow_options options;
    char class[16];
    uint64_t numbers; /* given out */
    struct parcel parcels[PARCELS];
    uint32_t next;  /* parcel that the next message comes into */
    uint32_t batch; /* parcel of the last batch that came */
    uint32_t lent;  /* parcel of the last batch that was handed out */
    uint32_t entry; /* parcel of the last entry */

    struct question fetch;
    uint64_t after;
    int64_t wait_ms;
    int64_t wake_at_ms;
    struct batch_reply reply; /* in the batch's parcel */
    bool has_reply;
    int fetch_status;
    char problem[PROBLEMS_TEXT_MAX]; /* of the last NAK */

    struct question get;
    uint64_t seq;
    struct entry found; /* in the entry's parcel */
    bool has_found;
    int get_status;
};

int follow_open(const struct follow_options *options, struct follow **ret_follow)
{
    struct follow *follow = calloc(1, sizeof *follow);
    if (!follow)
        return -E_NO_MEMORY;
    follow->options = *options;
    snprintf(follow->class, sizeof follow->class, "%s", options->class);
    follow->batch = 1;
    follow->lent = 2;
    follow->entry = 3;
    const struct port_options port = {.kind = PORT_DEALER, .endpoint = options->endpoint};
    int status = port_open(options->bus, &port, &follow->port);
    if (status) {
        follow_close(follow);
        return status;
    }
    *ret_follow = follow;
    return 0;
}

void follow_close(struct follow *follow)
{
    if (!follow)
        return;
    for (uint32_t i = 0; i < PARCELS; i++)
        parcel_release(&follow->parcels[i]);
    port_close(follow->port);
    free(follow);
}

struct port *follow_port(struct follow *follow)
{
    return follow->port;
}

/* ---- asking ---- */

static void question_send(struct follow *follow, struct question *question, const char *verb,
                          const struct record_table *record, const void *request, int64_t now_ms)
{
    uint8_t buffer[REQUEST_MAX];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(record, request, ENCODE_EVENT, &writer);
    ensure(!writer.full);
    const struct span frames[] = {span_make(NULL, 0), span_of(verb), wire_written(&writer)};
    /* Refused while the feed is not there yet: then the next call sends it. */
    question->standing = port_send(follow->port, frames, sizeof frames / sizeof frames[0]) == 0;
    question->sent_ms = now_ms;
}

static struct span number_next(struct follow *follow, struct question *question, uint8_t buffer[16])
{
    struct wire_writer writer;
    question->number = ++follow->numbers;
    wire_writer_init(&writer, buffer, 16);
    wire_natural(&writer, question->number);
    return wire_written(&writer);
}

int follow_ask(struct follow *follow, uint64_t after, int64_t wait_ms, int64_t wake_at_ms, int64_t monotonic_ms)
{
    bool same = follow->fetch.standing && follow->after == after && follow->wake_at_ms == wake_at_ms;
    if (same && monotonic_ms - follow->fetch.sent_ms < follow->wait_ms + PATIENCE_MS)
        return 0;
    follow->after = after;
    follow->wait_ms = wait_ms;
    follow->wake_at_ms = wake_at_ms;
    follow->has_reply = false;
    follow->fetch_status = 0;
    uint8_t rid[16];
    struct fetch_request request = {0};
    SET(&request, fetch_request, rid, number_next(follow, &follow->fetch, rid));
    SET(&request, fetch_request, after, (int64_t)after);
    SET(&request, fetch_request, class, span_of(follow->class));
    SET(&request, fetch_request, max_bytes, follow->options.max_bytes);
    SET(&request, fetch_request, wait_ms, wait_ms);
    if (wake_at_ms > 0)
        SET(&request, fetch_request, wake_at, wake_at_ms);
    question_send(follow, &follow->fetch, "FETCH", &record_of_fetch_request, &request, monotonic_ms);
    return 0;
}

int follow_get(struct follow *follow, uint64_t seq, int64_t monotonic_ms)
{
    bool same = follow->get.number > 0 && follow->seq == seq;
    if (same && (follow->has_found || follow->get_status))
        return 0;
    if (same && follow->get.standing && monotonic_ms - follow->get.sent_ms < PATIENCE_MS)
        return 0;
    follow->seq = seq;
    follow->has_found = false;
    follow->get_status = 0;
    uint8_t rid[16];
    struct get_request request = {0};
    SET(&request, get_request, rid, number_next(follow, &follow->get, rid));
    SET(&request, get_request, what, span_of("event"));
    SET(&request, get_request, seq, (int64_t)seq);
    question_send(follow, &follow->get, "GET", &record_of_get_request, &request, monotonic_ms);
    return 0;
}

void follow_forget(struct follow *follow)
{
    follow->fetch = (struct question){0};
    follow->has_reply = false;
    follow->fetch_status = 0;
    follow->get = (struct question){0};
    follow->has_found = false;
    follow->get_status = 0;
}

/* ---- answers ---- */

static bool answers(const struct question *question, uint64_t has_rid, struct span rid)
{
    struct wire_reader reader = wire_reader(rid);
    struct wire_value value;
    if (!has_rid || !question->standing || wire_read(&reader, &value))
        return false;
    return value.kind == WIRE_UINT && value.natural == question->number;
}

static void swap(uint32_t *a, uint32_t *b)
{
    uint32_t kept = *a;
    *a = *b;
    *b = kept;
}

static void batch_take(struct follow *follow, struct span body)
{
    struct batch_reply reply;
    struct flaw flaw;
    if (record_decode(&record_of_batch_reply, body, &reply, &flaw))
        return; /* asked again when patience ends */
    if (!answers(&follow->fetch, HAS(&reply, batch_reply, rid), reply.rid))
        return;
    follow->fetch.standing = false;
    follow->reply = reply;
    follow->has_reply = true;
    swap(&follow->next, &follow->batch);
}

/* The one row of ROWS: {seq, at, session, event}. */
static bool entry_read(struct span rows, struct entry *ret_entry)
{
    struct wire_reader reader = wire_reader(rows);
    struct wire_value header, seq, at, session, event;
    struct span row, bytes;
    struct entry entry = {0};
    if (wire_read(&reader, &header) || header.kind != WIRE_ARRAY || header.count != 1)
        return false;
    if (wire_skip(&reader, 2, &row))
        return false;
    if (wire_find(row, "seq", &seq, &bytes) || wire_find(row, "at", &at, &bytes) ||
        wire_find(row, "session", &session, &bytes) || wire_find(row, "event", &event, &bytes))
        return false;
    if (seq.kind != WIRE_UINT || session.kind != WIRE_UINT || event.kind != WIRE_BIN)
        return false;
    if (wire_time_ms(&at, &entry.at_ms))
        return false;
    entry.seq = seq.natural;
    entry.session = (uint32_t)session.natural;
    entry.event = event.bytes;
    *ret_entry = entry;
    return true;
}

static void rows_take(struct follow *follow, struct span body)
{
    struct rows_reply reply;
    struct flaw flaw;
    if (record_decode(&record_of_rows_reply, body, &reply, &flaw))
        return;
    if (!answers(&follow->get, HAS(&reply, rows_reply, rid), reply.rid))
        return;
    if (!entry_read(reply.rows, &follow->found))
        return;
    follow->get.standing = false;
    follow->has_found = true;
    swap(&follow->next, &follow->entry);
}

/* "E1402" to -1402; what is not known is an error all the same. */
static int status_of_code(struct span code)
{
    uint32_t count;
    const struct status_text *rows = status_table(&count);
    for (uint32_t i = 0; i < count; i++) {
        if (span_is(code, rows[i].code))
            return -rows[i].number;
    }
    return -E_IO;
}

static void problem_keep(struct follow *follow, const struct nak_reply *nak)
{
    snprintf(follow->problem, sizeof follow->problem, "%.*s %.*s", SPAN_ARGS(nak->code), SPAN_ARGS(nak->message));
}

static void nak_take(struct follow *follow, struct span body)
{
    struct nak_reply reply;
    struct flaw flaw;
    if (record_decode(&record_of_nak_reply, body, &reply, &flaw))
        return;
    uint64_t has_rid = HAS(&reply, nak_reply, rid);
    if (answers(&follow->fetch, has_rid, reply.rid)) {
        follow->fetch.standing = false;
        follow->fetch_status = status_of_code(reply.code);
        problem_keep(follow, &reply);
    } else if (answers(&follow->get, has_rid, reply.rid)) {
        follow->get.standing = false;
        follow->get_status = status_of_code(reply.code);
        problem_keep(follow, &reply);
    }
}

static void messages_take(struct follow *follow)
{
    for (;;) {
        struct parcel *parcel = &follow->parcels[follow->next];
        int status = port_receive(follow->port, parcel);
        if (status == -E_BAD_FRAMES)
            continue;
        if (status)
            return;
        if (parcel->count != 3)
            continue;
        if (span_is(parcel->frame[1], "BATCH"))
            batch_take(follow, parcel->frame[2]);
        else if (span_is(parcel->frame[1], "ROWS"))
            rows_take(follow, parcel->frame[2]);
        else if (span_is(parcel->frame[1], "NAK"))
            nak_take(follow, parcel->frame[2]);
    }
}

void follow_listen(struct follow *follow)
{
    messages_take(follow);
}

int follow_receive(struct follow *follow, struct follow_batch *ret_batch)
{
    messages_take(follow);
    if (follow->fetch_status) {
        int status = follow->fetch_status;
        follow->fetch_status = 0;
        return status;
    }
    if (!follow->has_reply)
        return -E_AGAIN;
    follow->has_reply = false;
    swap(&follow->batch, &follow->lent);
    parcel_release(&follow->parcels[follow->batch]); /* what was lent before */
    struct follow_batch batch = {.head = (uint64_t)follow->reply.head, .upto = (uint64_t)follow->reply.upto};
    snprintf(batch.lineage, sizeof batch.lineage, "%.*s", SPAN_ARGS(follow->reply.lineage));
    struct wire_reader reader = wire_reader(follow->reply.records);
    struct wire_value header;
    if (wire_read(&reader, &header) || header.kind != WIRE_ARRAY)
        return -E_MALFORMED;
    batch.count = header.count;
    batch.records = span_make(reader.at, (size_t)(reader.end - reader.at));
    *ret_batch = batch;
    return 0;
}

const char *follow_problem(const struct follow *follow)
{
    return follow->problem;
}

int follow_record(struct follow_batch *batch, struct span *ret_record)
{
    struct wire_reader reader = wire_reader(batch->records);
    struct wire_value value;
    if (batch->records.len == 0)
        return -E_NOT_FOUND;
    if (wire_read(&reader, &value) || value.kind != WIRE_BIN)
        return -E_MALFORMED;
    batch->records = span_make(reader.at, (size_t)(reader.end - reader.at));
    *ret_record = value.bytes;
    return 0;
}

int follow_entry(struct follow *follow, uint64_t seq, struct entry *ret_entry)
{
    ensure(follow->seq == seq);
    messages_take(follow);
    if (follow->get_status)
        return follow->get_status;
    if (!follow->has_found)
        return -E_AGAIN;
    *ret_entry = follow->found;
    return 0;
}
