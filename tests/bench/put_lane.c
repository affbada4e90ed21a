#include "tests/bench/put_lane.h"

#include "core/status.h"
#include "schemas/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BODY_BYTES PUT_BYTES_MAX
#define SILENCE_S 30.0
#define LOOK_MS 2

void must(int result, const char *what)
{
    if (result == 0)
        return;
    fprintf(stderr, "%s: %s %s\n", what, status_text(result)->code, status_text(result)->summary);
    exit(1);
}

double monotonic_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void dealer_open(struct bus *bus, uint16_t port, struct port **ret_port)
{
    char endpoint[64];
    snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%u", port);
    must(port_open(bus, &(struct port_options){.kind = PORT_DEALER, .endpoint = endpoint}, ret_port), endpoint);
}

void put_lane_open(struct put_lane *lane, struct bus *bus, uint16_t intake_port)
{
    *lane = (struct put_lane){.bus = bus, .body = malloc(BODY_BYTES)};
    must(lane->body ? 0 : -E_NO_MEMORY, "a PUT");
    dealer_open(bus, intake_port, &lane->port);
}

void put_lane_close(struct put_lane *lane)
{
    parcel_release(&lane->parcel);
    port_close(lane->port);
    free(lane->body);
}

void put_lane_begin(struct put_lane *lane, uint32_t events)
{
    lane->wanted = events;
    wire_writer_init(&lane->writer, lane->body, BODY_BYTES);
    wire_map(&lane->writer, 2);
    wire_key(&lane->writer, "rid");
    wire_natural(&lane->writer, events);
    wire_key(&lane->writer, "events");
    wire_array(&lane->writer, events);
}

void put_lane_add(struct put_lane *lane, struct span event)
{
    wire_bin(&lane->writer, event);
}

/* Until the peer is connected, and while its queue is full, a moment later. */
static void sent_whole(struct bus *bus, struct port *port, const struct span *frames)
{
    double begin_s = monotonic_s();
    int result;
    while ((result = port_send(port, frames, 3)) == -E_AGAIN && monotonic_s() - begin_s < SILENCE_S)
        bus_wait(bus, &port, 1, NULL, 0, LOOK_MS);
    must(result, "sending");
}

void put_lane_send(struct put_lane *lane)
{
    const struct span frames[] = {span_make(NULL, 0), span_of("PUT"), wire_written(&lane->writer)};
    must(lane->writer.full ? -E_TOO_LARGE : 0, "a PUT");
    sent_whole(lane->bus, lane->port, frames);
    lane->sent++;
}

static bool plainly_accepted(const struct put_lane *lane, const struct ack_reply *ack)
{
    struct wire_value rid;
    struct span bytes;
    bool whole = wire_find(lane->parcel.frame[2], "rid", &rid, &bytes) == 0 && rid.kind == WIRE_UINT;
    return whole && (uint64_t)ack->count == rid.natural && ack->problems.len == 1 && ack->problems.at[0] == 0x90;
}

static void answer_take(struct put_lane *lane)
{
    struct ack_reply ack;
    struct flaw flaw;
    bool is_ack = lane->parcel.count == 3 && span_is(lane->parcel.frame[1], "ACK");
    if (!is_ack || record_decode(&record_of_ack_reply, lane->parcel.frame[2], &ack, &flaw) != 0 ||
        !plainly_accepted(lane, &ack)) {
        fprintf(stderr, "not plainly accepted: %.*s\n", SPAN_ARGS(lane->parcel.frame[2]));
        exit(1);
    }
    lane->answered++;
    lane->last_seq = (uint64_t)(ack.first + ack.count - 1);
}

void put_lane_answers(struct put_lane *lane, int64_t wait_ms)
{
    if (wait_ms)
        bus_wait(lane->bus, &lane->port, 1, NULL, 0, wait_ms);
    while (port_receive(lane->port, &lane->parcel) == 0)
        answer_take(lane);
}

void put_lane_flush(struct put_lane *lane)
{
    double heard_s = monotonic_s();
    while (lane->answered < lane->sent) {
        uint64_t before = lane->answered;
        put_lane_answers(lane, 1000);
        double now_s = monotonic_s();
        heard_s = lane->answered > before ? now_s : heard_s;
        must(now_s - heard_s > SILENCE_S ? -E_UNREACHABLE : 0, "waiting for an ACK");
    }
}

static uint64_t natural_of(struct span map, const char *name)
{
    struct wire_value value;
    struct span bytes;
    bool found = wire_find(map, name, &value, &bytes) == 0 && value.kind == WIRE_UINT;
    must(found ? 0 : -E_BAD_REQUEST, name);
    return value.natural;
}

void worker_wait(struct bus *bus, uint16_t query_port, uint64_t seq)
{
    static const uint8_t nothing[] = {0x80};
    const struct span frames[] = {{NULL, 0}, span_of("PING"), span_make(nothing, sizeof nothing)};
    struct parcel parcel = {.count = 0};
    struct port *port;
    uint64_t cursor = 0, moved = 0, lag = 1;
    double moved_s = monotonic_s();
    dealer_open(bus, query_port, &port);
    while (cursor < seq || lag > 0) {
        sent_whole(bus, port, frames);
        bus_wait(bus, &port, 1, NULL, 0, 10000);
        must(port_receive(port, &parcel), "PONG");
        cursor = natural_of(parcel.frame[2], "cursor");
        lag = natural_of(parcel.frame[2], "lag");
        moved_s = cursor > moved ? monotonic_s() : moved_s;
        moved = cursor;
        must(monotonic_s() - moved_s > SILENCE_S ? -E_NOT_FOLDED : 0, "waiting for the worker");
        bus_wait(bus, &port, 1, NULL, 0, LOOK_MS);
    }
    parcel_release(&parcel);
    port_close(port);
}
