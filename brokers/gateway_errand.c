/*
 * gateway_errand.c - asking peers for requests of HTTP, and hearing what they say: each errand by its number, until a deadline.
 */
#include "brokers/gateway_parts.h"
#include "core/ensure.h"

#include <stdlib.h>

struct errand *errand_begin(struct gateway *gateway, const struct http_request *request, uint32_t number)
{
    for (uint32_t i = 0; i < ERRANDS_MAX; i++) {
        struct errand *errand = &gateway->errand[gateway->errand_next];
        gateway->errand_next = (gateway->errand_next + 1) % ERRANDS_MAX;
        if (errand->then)
            continue;
        uint32_t generation = errand->generation + 1;
        *errand = (struct errand){.generation = generation, .number = number};
        errand->until_ms = gateway->now.monotonic_ms + ERRAND_MS;
        if (request)
            errand->request = *request;
        return errand;
    }
    if (request)
        answer_problem(gateway, request, -E_AGAIN, "too many requests are on their way", "");
    return NULL;
}

void errand_end(struct errand *errand)
{
    errand->then = NULL;
    errand->generation++;
    free((void *)(uintptr_t)errand->held.at);
    errand->held = (struct span){0};
}

int errand_hold(struct errand *errand, struct span bytes)
{
    uint8_t *copy = malloc(bytes.len ? bytes.len : 1);
    if (!copy)
        return -E_NO_MEMORY;
    memcpy(copy, bytes.at, bytes.len);
    ensure(errand->held.at == NULL);
    errand->held = span_make(copy, bytes.len);
    return 0;
}

static uint64_t rid_of(const struct gateway *gateway, const struct errand *errand)
{
    return (uint64_t)errand->generation << 16 | (uint64_t)(errand - gateway->errand);
}

/* NULL: it has been answered already, or given up. */
static struct errand *errand_of(struct gateway *gateway, uint64_t rid)
{
    uint64_t index = rid & 0xffff;
    if (index >= ERRANDS_MAX)
        return NULL;
    struct errand *errand = &gateway->errand[index];
    return errand->then && errand->generation == (uint32_t)(rid >> 16) ? errand : NULL;
}

void ask_begin(struct gateway *gateway, const struct errand *errand, uint32_t as, uint32_t pairs,
               struct wire_writer *ret_writer)
{
    wire_writer_init(ret_writer, gateway->asked, sizeof gateway->asked);
    wire_map(ret_writer, pairs + 1 + (as != OURSELVES));
    wire_key(ret_writer, "rid");
    wire_natural(ret_writer, rid_of(gateway, errand));
    if (as == OURSELVES)
        return;
    wire_key(ret_writer, "as");
    wire_natural(ret_writer, as);
}

/* What comes next may take the errand over, or let it go: whoever does neither has answered. */
static void errand_answered(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    errand_then *then = errand->then;
    uint32_t generation = errand->generation, steps = errand->steps;
    then(gateway, errand, reply);
    if (errand->generation == generation && errand->steps == steps)
        errand_end(errand);
}

static void errand_fail(struct gateway *gateway, struct errand *errand, int status)
{
    const struct reply reply = {.status = status};
    errand_answered(gateway, errand, &reply);
}

void ask_send(struct gateway *gateway, struct errand *errand, enum gateway_peer peer, const char *verb,
              const struct wire_writer *writer, errand_then *then)
{
    const struct span frames[] = {span_make(NULL, 0), span_of(verb), wire_written(writer)};
    errand->then = then;
    errand->steps++;
    if (writer->full)
        errand_fail(gateway, errand, -E_REQUEST_TOO_LARGE);
    else if (gateway->now.monotonic_ms >= errand->until_ms || port_send(gateway->peer[peer], frames, 3) < 0)
        errand_fail(gateway, errand, -E_AGAIN);
}

void ask_put(struct gateway *gateway, struct errand *errand, uint32_t as, struct span event, errand_then *then)
{
    struct wire_writer writer;
    ask_begin(gateway, errand, as, 1, &writer);
    wire_key(&writer, "events");
    wire_array(&writer, 1);
    wire_bin(&writer, event);
    ask_send(gateway, errand, PEER_INTAKE, "PUT", &writer, then);
}

/* ---- hearing ---- */

int status_of_code(struct span code)
{
    uint32_t count;
    const struct status_text *rows = status_table(&count);
    for (uint32_t i = 0; i < count; i++) {
        if (span_is(code, rows[i].code))
            return -rows[i].number;
    }
    return -E_BAD_REQUEST;
}

static void reply_take(struct gateway *gateway, struct span verb, struct span body)
{
    struct wire_value rid;
    struct span bytes;
    struct flaw flaw;
    struct reply reply = {.verb = verb, .body = body};
    if (wire_find(body, "rid", &rid, &bytes) < 0 || rid.kind != WIRE_UINT)
        return;
    struct errand *errand = errand_of(gateway, rid.natural);
    if (!errand)
        return;
    if (span_is(verb, "NAK"))
        reply.status = record_decode(&record_of_nak_reply, body, &reply.nak, &flaw) == 0
                           ? status_of_code(reply.nak.code)
                           : -E_BAD_REQUEST;
    errand_answered(gateway, errand, &reply);
}

void errands_turn(struct gateway *gateway)
{
    for (uint32_t peer = 0; peer < PEERS; peer++) {
        while (gateway->peer[peer]) {
            int result = port_receive(gateway->peer[peer], &gateway->parcel);
            if (result == -E_BAD_FRAMES)
                continue;
            if (result < 0)
                break;
            const struct span *frame = gateway->parcel.frame;
            if (gateway->parcel.count == 3 && frame[0].len == 0)
                reply_take(gateway, frame[1], frame[2]);
        }
    }
    for (uint32_t i = 0; i < ERRANDS_MAX; i++) {
        struct errand *errand = &gateway->errand[i];
        if (errand->then && gateway->now.monotonic_ms >= errand->until_ms)
            errand_fail(gateway, errand, -E_AGAIN);
    }
}

int64_t errands_due_ms(const struct gateway *gateway)
{
    int64_t due_ms = INT64_MAX;
    for (uint32_t i = 0; i < ERRANDS_MAX; i++) {
        if (gateway->errand[i].then && gateway->errand[i].until_ms < due_ms)
            due_ms = gateway->errand[i].until_ms;
    }
    return due_ms;
}

int ack_single(const struct reply *reply, uint64_t *ret_seq, bool *ret_duplicate, struct problem *ret_problem)
{
    struct ack_reply ack;
    struct flaw flaw;
    struct wire_value array;
    struct span map;
    *ret_problem = (struct problem){.has = 0};
    *ret_duplicate = false;
    if (reply->status)
        return reply->status;
    if (record_decode(&record_of_ack_reply, reply->body, &ack, &flaw) < 0)
        return -E_BAD_REQUEST;
    if (HAS(&ack, ack_reply, first)) {
        *ret_seq = (uint64_t)ack.first;
        return 0;
    }
    struct wire_reader reader = wire_reader(ack.problems);
    if (wire_read(&reader, &array) < 0 || array.kind != WIRE_ARRAY || wire_skip(&reader, EVENT_DEPTH_MAX, &map) < 0 ||
        record_decode(&record_of_problem, map, ret_problem, &flaw) < 0)
        return -E_BAD_REQUEST;
    *ret_duplicate = !HAS(ret_problem, problem, code);
    *ret_seq = HAS(ret_problem, problem, duplicate_of) ? (uint64_t)ret_problem->duplicate_of : 0;
    return *ret_duplicate ? 0 : status_of_code(ret_problem->code);
}

int rows_first_of(struct span body, struct span *ret_row)
{
    struct wire_value value;
    struct span rows;
    if (wire_find(body, "rows", &value, &rows) < 0 || value.kind != WIRE_ARRAY || value.count == 0)
        return -E_NOT_FOUND;
    struct wire_reader reader = wire_reader(rows);
    return wire_read(&reader, &value) < 0 || wire_skip(&reader, 16, ret_row) < 0 ? -E_NOT_FOUND : 0;
}
