/*
 * feed_model.c - a feed without a journal behind it.
 */
#include "tests/support/feed_model.h"
#include "core/ensure.h"
#include "schemas/record.h"

#include <stdio.h>
#include <stdlib.h>

#define EVENT_BYTES_MAX (EVENT_MAX)
#define REPLY_MAX (4u * MIB)

void feed_model_open(struct feed_model *feed, struct bus *bus, const char *endpoint, const char *lineage)
{
    *feed = (struct feed_model){0};
    snprintf(feed->lineage, sizeof feed->lineage, "%s", lineage);
    struct port_options options = {.kind = PORT_ROUTER, .endpoint = endpoint, .bind = true};
    int result = port_open(bus, &options, &feed->port);
    ensure(result == 0);
}

static void records_drop(struct feed_model *feed)
{
    for (uint32_t i = 0; i < feed->count; i++)
        free(feed->records[i].bytes);
    feed->count = 0;
}

void feed_model_close(struct feed_model *feed)
{
    parcel_release(&feed->parcel);
    port_close(feed->port);
    records_drop(feed);
}

void feed_model_restore(struct feed_model *feed, const char *lineage)
{
    records_drop(feed);
    snprintf(feed->lineage, sizeof feed->lineage, "%s", lineage);
}

static struct span event_write(uint8_t *buffer, enum event_type type, const char *subject, struct span card)
{
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, EVENT_BYTES_MAX);
    wire_map(&writer, 6);
    wire_key(&writer, "id");
    wire_text(&writer, span_of("41-0"));
    wire_key(&writer, "source");
    wire_text(&writer, span_of("/manyi/worker"));
    wire_key(&writer, "type");
    wire_text(&writer, span_of(event_table(type)->type));
    wire_key(&writer, "time");
    wire_timestamp(&writer, FEED_START_MS);
    wire_key(&writer, "subject");
    wire_text(&writer, span_of(subject));
    wire_key(&writer, "data");
    wire_raw(&writer, card);
    ensure(!writer.full);
    return wire_written(&writer);
}

void feed_model_add(struct feed_model *feed, enum event_type type, const char *subject, const char *said, bool gone)
{
    uint8_t *card = malloc(EVENT_BYTES_MAX);
    struct wire_writer writer;
    ensure(card != NULL);
    wire_writer_init(&writer, card, EVENT_BYTES_MAX);
    wire_map(&writer, 3);
    wire_key(&writer, "id");
    wire_text(&writer, span_of(subject));
    wire_key(&writer, "said");
    wire_text(&writer, span_of(said));
    wire_key(&writer, "gone");
    gone ? wire_bool(&writer, true) : wire_nil(&writer);
    ensure(!writer.full);
    feed_model_add_card(feed, type, subject, wire_written(&writer));
    free(card);
}

void feed_model_add_card(struct feed_model *feed, enum event_type type, const char *subject, struct span card)
{
    ensure(feed->count < FEED_ENTRIES_MAX);
    uint8_t *buffer = malloc(EVENT_BYTES_MAX);
    uint8_t *bytes = malloc(EVENT_BYTES_MAX + 64);
    ensure(buffer != NULL);
    ensure(bytes != NULL);
    uint64_t seq = feed->count + 1;
    struct entry entry = {.session = 1, .sequence = seq, .event = event_write(buffer, type, subject, card)};
    struct record_writer writer = {.buffer = bytes, .capacity = EVENT_BYTES_MAX + 64};
    record_begin(&writer, RECORD_CONSEQUENCE, seq, FEED_START_MS + (int64_t)seq * 1000);
    int result = record_add(&writer, &entry);
    ensure(result == 0);
    struct span record = record_finish(&writer);
    feed->records[feed->count].bytes = bytes;
    feed->records[feed->count].len = record.len;
    feed->count++;
    free(buffer);
}

static void batch_send(struct feed_model *feed, struct span route, struct span rid, uint64_t after)
{
    uint32_t most = feed->batch_max ? feed->batch_max : 16;
    uint64_t end = after + most < feed->count ? after + most : feed->count;
    if (after > end)
        end = after;
    uint64_t begin = after > feed->overlap ? after - feed->overlap : 0;
    if (after > feed->count || end == after)
        begin = after;
    uint8_t *records = malloc(REPLY_MAX);
    uint8_t *body = malloc(REPLY_MAX);
    ensure(records != NULL);
    ensure(body != NULL);
    struct wire_writer writer;
    wire_writer_init(&writer, records, REPLY_MAX);
    wire_array(&writer, (uint32_t)(end - begin));
    for (uint64_t i = begin; i < end; i++)
        wire_bin(&writer, span_make(feed->records[i].bytes, feed->records[i].len));
    struct batch_reply batch = {0};
    if (rid.len)
        SET(&batch, batch_reply, rid, rid);
    SET(&batch, batch_reply, lineage, span_of(feed->lineage));
    SET(&batch, batch_reply, head, feed->count);
    SET(&batch, batch_reply, upto, (int64_t)end);
    SET(&batch, batch_reply, records, wire_written(&writer));
    wire_writer_init(&writer, body, REPLY_MAX);
    record_encode(&record_of_batch_reply, &batch, ENCODE_EVENT, &writer);
    ensure(!writer.full);
    struct span frames[] = {route, span_make(NULL, 0), span_of("BATCH"), wire_written(&writer)};
    port_send(feed->port, frames, 4);
    free(records);
    free(body);
}

static void park(struct feed_model *feed, const struct fetch_request *fetch)
{
    struct span route = feed->parcel.frame[0];
    ensure(route.len <= sizeof feed->parked.route);
    ensure(fetch->rid.len <= sizeof feed->parked.rid);
    feed->parked.is = true;
    feed->parked.after = (uint64_t)fetch->after;
    memcpy(feed->parked.route, route.at, route.len);
    feed->parked.route_len = route.len;
    if (fetch->rid.len)
        memcpy(feed->parked.rid, fetch->rid.at, fetch->rid.len);
    feed->parked.rid_len = fetch->rid.len;
}

void feed_model_turn(struct feed_model *feed)
{
    while (port_receive(feed->port, &feed->parcel) == 0) {
        struct fetch_request fetch;
        struct flaw flaw;
        ensure(feed->parcel.count == 4);
        ensure(span_is(feed->parcel.frame[2], "FETCH"));
        int result = record_decode(&record_of_fetch_request, feed->parcel.frame[3], &fetch, &flaw);
        ensure(result == 0);
        if (feed->count > (uint64_t)fetch.after || fetch.wait_ms == 0)
            batch_send(feed, feed->parcel.frame[0], fetch.rid, (uint64_t)fetch.after);
        else
            park(feed, &fetch);
    }
    if (feed->count > feed->parked.after)
        feed_model_time_out(feed);
}

void feed_model_time_out(struct feed_model *feed)
{
    if (!feed->parked.is)
        return;
    feed->parked.is = false;
    batch_send(feed, span_make(feed->parked.route, feed->parked.route_len),
               span_make(feed->parked.rid, feed->parked.rid_len), feed->parked.after);
}
