/*
 * audit.c - reads: put on record before they are answered, and the requests that wait for that. Refusals: audit_refusals.c.
 */
#include "io/audit.h"
#include "core/ensure.h"
#include "core/sample.h"
#include "core/status.h"
#include "io/audit_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SEND_AGAIN_MS 1000

int audit_open(const struct setup *setup, const char *role, struct audit **ret_audit)
{
    struct audit *audit = calloc(1, sizeof *audit);
    if (!audit)
        return -E_NO_MEMORY;
    int len = snprintf(audit->source, sizeof audit->source, "/manyi/%s", role);
    ensure(len < (int)sizeof audit->source);
    const struct port_options options = {.kind = PORT_DEALER, .endpoint = setup->intake_trusted_endpoint};
    int status = options.endpoint[0] ? port_open(setup->bus, &options, &audit->intake) : 0;
    if (status) {
        audit_close(audit);
        return status;
    }
    *ret_audit = audit;
    return 0;
}

void audit_close(struct audit *audit)
{
    if (!audit)
        return;
    parcel_release(&audit->parcel);
    port_close(audit->intake);
    free(audit);
}

struct port *audit_port(struct audit *audit)
{
    return audit->intake;
}

uint64_t audit_untold(const struct audit *audit)
{
    return audit->untold;
}

/* ---- to intake and back ---- */

int audit_send(struct audit *audit, struct audit_record record)
{
    uint8_t event[AUDIT_EVENT_MAX], body[AUDIT_EVENT_MAX + 64], rid[16];
    struct wire_writer writer;
    const struct event_draft draft = {
        .id = record.id,
        .source = span_of(audit->source),
        .type = record.type,
        .time_ms = record.time_ms,
        .data = record.data,
        .style = ENCODE_EVENT,
    };
    wire_writer_init(&writer, event, sizeof event);
    wire_array(&writer, 1);
    event_encode(&draft, &writer);
    ensure(!writer.full);
    struct put_request put = {0};
    SET(&put, put_request, events, wire_written(&writer));
    wire_writer_init(&writer, rid, sizeof rid);
    wire_natural(&writer, record.number);
    if (record.number)
        SET(&put, put_request, rid, wire_written(&writer));
    wire_writer_init(&writer, body, sizeof body);
    record_encode(&record_of_put_request, &put, ENCODE_EVENT, &writer);
    ensure(!writer.full);
    const struct span frames[] = {span_make(NULL, 0), span_of("PUT"), wire_written(&writer)};
    return audit->intake ? port_send(audit->intake, frames, 3) : -E_UNREACHABLE;
}

static struct span kept_what(const struct audit_kept *kept)
{
    return span_make(kept->text, kept->what_len);
}

static struct span kept_subject(const struct audit_kept *kept)
{
    return span_make(kept->text + kept->what_len, kept->subject_len);
}

static struct span kept_why(const struct audit_kept *kept)
{
    return span_make(kept->text + kept->what_len + kept->subject_len, kept->why_len);
}

/* Sent again it is the same event: intake answers it with the first one's number. */
static void kept_send(struct audit *audit, struct audit_kept *kept)
{
    char id[NAME_MAX_BYTES + 1];
    snprintf(id, sizeof id, "%" PRId64 "-%" PRIu64 "-%016" PRIx64, kept->wall_ms, kept->number, kept->hash);
    struct read_audited data = {0};
    SET(&data, read_audited, principal, span_of(kept->name));
    SET(&data, read_audited, what, kept_what(kept));
    if (kept->subject_len)
        SET(&data, read_audited, subject, kept_subject(kept));
    if (kept->why_len)
        SET(&data, read_audited, why, kept_why(kept));
    SET(&data, read_audited, via, span_of(kept->trusted ? "http" : "zeromq"));
    audit_send(audit, (struct audit_record){.type = EVENT_audit_read,
                                            .id = span_of(id),
                                            .time_ms = kept->wall_ms,
                                            .number = kept->number,
                                            .data = &data});
    kept->sent_ms = audit->now.monotonic_ms;
}

/* On disk: it was accepted, or it had been before. */
static bool ack_is_good(struct span body, uint64_t *ret_number)
{
    struct ack_reply ack;
    struct flaw flaw;
    struct wire_value number, problems, status;
    struct span bytes;
    if (record_decode(&record_of_ack_reply, body, &ack, &flaw) || !HAS(&ack, ack_reply, rid))
        return false;
    struct wire_reader rid = wire_reader(ack.rid), list = wire_reader(ack.problems);
    if (wire_read(&rid, &number) || number.kind != WIRE_UINT || wire_read(&list, &problems))
        return false;
    *ret_number = number.natural;
    bool duplicate = problems.count == 1 && wire_skip(&list, EVENT_DEPTH_MAX, &bytes) == 0 &&
                     wire_find(bytes, "duplicate_of", &status, &bytes) == 0 && status.kind == WIRE_UINT;
    return ack.count == 1 || duplicate;
}

static void replies_take(struct audit *audit)
{
    while (audit->intake && port_receive(audit->intake, &audit->parcel) == 0) {
        const struct parcel *parcel = &audit->parcel;
        uint64_t number = 0;
        if (parcel->count != 3 || !span_is(parcel->frame[1], "ACK") || !ack_is_good(parcel->frame[2], &number))
            continue; /* asked again, or given up in a moment */
        for (uint32_t i = 0; i < AUDIT_READS_MAX; i++) {
            struct audit_kept *kept = &audit->kept[i];
            if (kept->state == KEPT_WRITING && kept->number == number) {
                kept->state = KEPT_ON_RECORD;
                kept->since_ms = audit->now.monotonic_ms;
                audit->writing--;
            }
        }
    }
    parcel_release(&audit->parcel);
}

/* ---- turns ---- */

void audit_turn(struct audit *audit, struct clock_reading now)
{
    audit->now = now;
    replies_take(audit);
    for (uint32_t i = 0; i < AUDIT_READS_MAX && audit->writing > 0; i++) {
        struct audit_kept *kept = &audit->kept[i];
        if (kept->state != KEPT_WRITING)
            continue;
        if (now.monotonic_ms - kept->since_ms >= AUDIT_PATIENCE_MS) {
            kept->state = KEPT_FAILED;
            audit->writing--;
        } else if (now.monotonic_ms - kept->sent_ms >= SEND_AGAIN_MS) {
            kept_send(audit, kept);
        }
    }
    audit_refusals_turn(audit);
}

int64_t audit_due_ms(const struct audit *audit)
{
    int64_t due_ms = audit_refusals_due_ms(audit);
    for (uint32_t i = 0; i < AUDIT_READS_MAX && audit->writing > 0; i++) {
        const struct audit_kept *kept = &audit->kept[i];
        if (kept->state == KEPT_WRITING && kept->sent_ms + SEND_AGAIN_MS < due_ms)
            due_ms = kept->sent_ms + SEND_AGAIN_MS;
    }
    return due_ms;
}

/* ---- reads ---- */

static struct span cut(struct span text, size_t most)
{
    size_t len = text.len < most ? text.len : most;
    while (len < text.len && len > 0 && (text.at[len] & 0xc0) == 0x80)
        len--; /* whole characters */
    return span_make(text.at, len);
}

static void text_add(struct audit_kept *kept, size_t *used, struct span text)
{
    if (text.len)
        memcpy(kept->text + *used, text.at, text.len);
    *used += text.len;
}

static struct audit_kept kept_make(const struct audit *audit, const struct caller *caller,
                                   const struct audit_asked *asked)
{
    struct span what = cut(asked->what, NAME_MAX_BYTES), subject = cut(asked->subject, LABEL_MAX_BYTES),
                why = cut(asked->why, LABEL_MAX_BYTES);
    struct audit_kept kept = {
        .state = KEPT_WRITING,
        .principal = caller->number,
        .trusted = caller->trusted,
        .since_ms = audit->now.monotonic_ms,
        .wall_ms = audit->now.wall_ms,
        .what_len = (uint8_t)what.len,
        .subject_len = (uint8_t)subject.len,
        .why_len = (uint8_t)why.len,
    };
    size_t used = 0;
    text_add(&kept, &used, what);
    text_add(&kept, &used, subject);
    text_add(&kept, &used, why);
    kept.hash = siphash(caller->number, caller->trusted, span_make(kept.text, used));
    struct span name = cut(caller->name, NAME_MAX_BYTES);
    memcpy(kept.name, name.at, name.len);
    return kept;
}

static bool same_read(const struct audit_kept *a, const struct audit_kept *b)
{
    return a->hash == b->hash && a->principal == b->principal && a->trusted == b->trusted &&
           span_equal(kept_what(a), kept_what(b)) && span_equal(kept_subject(a), kept_subject(b)) &&
           span_equal(kept_why(a), kept_why(b));
}

/* The one that is known, else a free place, else the one that has been on record longest. NULL: all are being written. */
static struct audit_kept *kept_find(struct audit *audit, const struct audit_kept *wanted)
{
    struct audit_kept *place = NULL;
    for (uint32_t i = 0; i < AUDIT_READS_MAX; i++) {
        struct audit_kept *kept = &audit->kept[i];
        bool over = kept->state == KEPT_ON_RECORD && kept->waiting == 0 &&
                    audit->now.monotonic_ms - kept->since_ms >= AUDIT_FRESH_MS;
        if (over || (kept->state == KEPT_FAILED && kept->waiting == 0))
            kept->state = KEPT_FREE;
        if (kept->state != KEPT_FREE && kept->state != KEPT_FAILED && same_read(kept, wanted))
            return kept;
        bool takes_its_place = !place || (kept->state == KEPT_FREE && place->state != KEPT_FREE) ||
                               (kept->state == place->state && kept->since_ms < place->since_ms);
        if ((kept->state == KEPT_FREE || kept->state == KEPT_ON_RECORD) && kept->waiting == 0 && takes_its_place)
            place = kept;
    }
    if (place)
        place->state = KEPT_FREE;
    return place;
}

static void waiting_add(struct audit *audit, struct audit_kept *kept, struct port *port, const struct request *request)
{
    struct audit_waiting *place = audit->waiting;
    while (place->port)
        place++;
    *place = (struct audit_waiting){
        .port = port,
        .kept = (uint32_t)(kept - audit->kept),
        .principal = request->principal,
        .route_len = (uint8_t)request->route.len,
        .verb_len = (uint8_t)request->verb.len,
        .body_len = (uint16_t)request->body.len,
    };
    memcpy(place->route, request->route.at, request->route.len);
    memcpy(place->verb, request->verb.at, request->verb.len);
    if (request->body.len)
        memcpy(place->body, request->body.at, request->body.len);
    kept->waiting++;
    audit->waiting_count++;
}

static bool reads_too_fast(struct audit *audit, uint32_t principal)
{
    struct audit_rate *rate = &audit->rate[principal % AUDIT_RATES];
    int64_t now_ms = audit->now.monotonic_ms;
    if (now_ms - rate->hour_ms >= AUDIT_FRESH_MS)
        *rate = (struct audit_rate){.hour_ms = now_ms, .minute_ms = now_ms};
    if (now_ms - rate->minute_ms >= AUDIT_MINUTE_MS) {
        rate->minute_ms = now_ms;
        rate->minute = 0;
    }
    if (rate->minute >= AUDIT_RECORDS_MAX || rate->hour >= AUDIT_RECORDS_HOUR)
        return true;
    rate->minute++;
    rate->hour++;
    return false;
}

static uint32_t waiting_of(const struct audit *audit, uint32_t principal)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < AUDIT_WAITING_MAX && audit->waiting_count > 0; i++) {
        const struct audit_waiting *place = &audit->waiting[i];
        count += place->port && audit->kept[place->kept].principal == principal;
    }
    return count;
}

int audit_read(struct audit *audit, const struct caller *caller, const struct audit_asked *asked, struct port *port,
               const struct request *request)
{
    if (!caller->principal)
        return 0;
    ensure(request->route.len <= ROUTE_MAX);
    ensure(request->verb.len <= VERB_MAX);
    const struct audit_kept wanted = kept_make(audit, caller, asked);
    struct audit_kept *kept = kept_find(audit, &wanted);
    if (kept && kept->state == KEPT_ON_RECORD)
        return 0;
    if (!kept || !audit->intake || audit->waiting_count == AUDIT_WAITING_MAX || request->body.len > AUDIT_REQUEST_MAX)
        return -E_NOT_RECORDED;
    if (waiting_of(audit, caller->number) >= AUDIT_WAITING_EACH ||
        (kept->state == KEPT_FREE && reads_too_fast(audit, caller->number)))
        return -E_SLOW_DOWN;
    if (kept->state == KEPT_FREE) {
        *kept = wanted;
        kept->number = ++audit->numbers;
        audit->writing++;
        kept_send(audit, kept);
    }
    waiting_add(audit, kept, port, request);
    return -E_AGAIN;
}

/* ---- what was kept ---- */

bool audit_take(struct audit *audit, struct port **ret_port, struct request *ret_request)
{
    for (uint32_t i = 0; i < AUDIT_WAITING_MAX && audit->waiting_count > 0; i++) {
        struct audit_waiting *place = &audit->waiting[i];
        if (!place->port || audit->kept[place->kept].state == KEPT_WRITING)
            continue;
        audit->taken = *place;
        const struct audit_waiting *taken = &audit->taken;
        *ret_port = taken->port;
        *ret_request = (struct request){
            .route = span_make(taken->route, taken->route_len),
            .verb = span_make(taken->verb, taken->verb_len),
            .body = span_make(taken->body, taken->body_len),
            .principal = taken->principal,
            .status = audit->kept[taken->kept].state == KEPT_FAILED ? -E_NOT_RECORDED : 0,
        };
        place->port = NULL;
        audit->kept[taken->kept].waiting--;
        audit->waiting_count--;
        return true;
    }
    return false;
}
