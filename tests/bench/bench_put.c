/*
 * bench_put.c - loads a running intake with PUTs: each is answered when it is on disk.
 *
 *   bench_put ENDPOINT [events of a PUT, 128] [PUTs unanswered, 800] [seconds, 5] [number of the first event, 0] [most events]
 *
 * It speaks the protocol itself, as many small publishers together would: the client library keeps 16 PUTs in the air.
 * One PUT of one event unanswered: one at a time.
 */
#include "core/status.h"
#include "io/bus.h"
#include "schemas/codec.h"
#include "tests/bench/events.h"
#include "tests/bench/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BIN_HEADER_MAX 5u
#define ENVELOPE_MAX 64u

struct load {
    struct bus *bus;
    struct port *port;
    struct parcel parcel;
    struct event_mix mix;
    struct latencies latencies;
    uint8_t *body;
    size_t body_max;
    uint64_t events, in_flight, events_max; /* of a PUT; PUTs unanswered; events altogether */
    double seconds;
};

static void check(int status, const char *what)
{
    if (status < 0)
        load_fail("%s: %s %s", what, status_text(status)->code, status_text(status)->summary);
}

static struct span body_make(struct load *load)
{
    struct wire_writer writer;
    wire_writer_init(&writer, load->body, load->body_max);
    wire_map(&writer, 1);
    wire_key(&writer, "events");
    wire_array(&writer, (uint32_t)load->events);
    for (uint64_t i = 0; i < load->events; i++)
        wire_bin(&writer, event_mix_next(&load->mix));
    return wire_written(&writer);
}

static void put_send(struct load *load)
{
    const struct span frames[] = {span_make(NULL, 0), span_of("PUT"), body_make(load)};
    latencies_sent(&load->latencies, load_now());
    int status;
    while ((status = port_send(load->port, frames, 3)) == -E_AGAIN)
        bus_wait(load->bus, &load->port, 1, NULL, 0, 1);
    check(status, "PUT");
}

static void answers_take(struct load *load)
{
    while (port_receive(load->port, &load->parcel) == 0) {
        struct ack_reply ack;
        struct flaw flaw;
        const struct parcel *parcel = &load->parcel;
        if (parcel->count != 3 || !span_is(parcel->frame[1], "ACK") ||
            record_decode(&record_of_ack_reply, parcel->frame[2], &ack, &flaw) < 0 ||
            (uint64_t)ack.count != load->events)
            load_fail("not plainly accepted: %.*s", SPAN_ARGS(parcel->frame[2]));
        latencies_answered(&load->latencies, load_now());
    }
}

/* When the last PUT was answered. */
static double publish(struct load *load, double begin)
{
    double end = begin + load->seconds, heard = begin;
    uint64_t first = load->mix.next;
    for (;;) {
        double now = load_now();
        bool more = now < end && load->mix.next - first + load->events <= load->events_max;
        if (!more && latencies_unanswered(&load->latencies) == 0)
            return now;
        /* A few at a time: answers are taken between them. */
        for (uint32_t i = 0; i < 64 && more && latencies_unanswered(&load->latencies) < load->in_flight; i++) {
            put_send(load);
            more = load->mix.next - first + load->events <= load->events_max;
        }
        uint64_t before = load->latencies.answered;
        bool full = !more || latencies_unanswered(&load->latencies) == load->in_flight;
        bus_wait(load->bus, &load->port, 1, NULL, 0, full ? 100 : 0);
        answers_take(load);
        heard = load->latencies.answered != before ? now : heard;
        if (now - heard > LOAD_SILENCE_S)
            load_fail("no answer for %.0f s", LOAD_SILENCE_S);
    }
}

/* How many commits intake has made: what it says of itself. */
static uint64_t commits_ask(struct load *load)
{
    const struct span frames[] = {span_make(NULL, 0), span_of("PING"), span_make("\x80", 1)};
    struct wire_value value = {0};
    struct span bytes;
    double deadline = load_now() + LOAD_SILENCE_S;
    int status;
    while ((status = port_send(load->port, frames, 3)) == -E_AGAIN && load_now() < deadline)
        bus_wait(load->bus, &load->port, 1, NULL, 0, 1); /* it is not connected yet */
    check(status, "PING");
    while (port_receive(load->port, &load->parcel) < 0) {
        if (load_now() > deadline)
            load_fail("no PONG");
        bus_wait(load->bus, &load->port, 1, NULL, 0, 100);
    }
    check(wire_find(load->parcel.frame[2], "commits", &value, &bytes), "PONG");
    return value.natural;
}

int main(int argc, char **argv)
{
    static struct load load;
    if (argc < 2) {
        fprintf(stderr,
                "bench_put ENDPOINT [events of a PUT] [PUTs unanswered] [seconds] [first number] [most events]\n");
        return 64;
    }
    load.events = load_number(argc, argv, 2, 128);
    load.in_flight = load_number(argc, argv, 3, 800);
    load.seconds = (double)load_number(argc, argv, 4, 5);
    load.events_max = load_number(argc, argv, 6, UINT64_MAX);
    load.body_max = ENVELOPE_MAX + load.events * (EVENT_MIX_BYTES + BIN_HEADER_MAX);
    load.body = malloc(load.body_max);
    event_mix_init(&load.mix, load_number(argc, argv, 5, 0), (int64_t)time(NULL) * 1000);
    latencies_open(&load.latencies, load.in_flight);
    const struct port_options options = {.kind = PORT_DEALER, .endpoint = argv[1]};
    check(bus_open(&load.bus), "bus");
    check(port_open(load.bus, &options, &load.port), argv[1]);
    uint64_t commits = commits_ask(&load);
    double begin = load_now();
    double took = publish(&load, begin) - begin;
    uint64_t events = load.latencies.answered * load.events;
    char more[64];
    snprintf(more, sizeof more, ",\"commits\":%llu", (unsigned long long)(commits_ask(&load) - commits));
    load_print(&load.latencies, events, took, more);
    latencies_close(&load.latencies);
    parcel_release(&load.parcel);
    port_close(load.port);
    bus_close(load.bus);
    free(load.body);
    return 0;
}
