/*
 * bench_intake.c - durable events a second: one publisher over loopback TCP, intake and a real journal on this disk.
 *
 *   bench_intake DIR [events of a PUT, 128] [seconds, 5] [PUTs in flight, 256]
 *
 * DIR must not exist; it is left behind. Publisher and intake share the machine, as they do in CI.
 */
#include "brokers/intake.h"
#include "core/status.h"
#include "io/loop.h"
#include "schemas/codec.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>

#define EVENT_BYTES_MAX 512u
#define ID_LEN 16u

struct bench {
    struct setup setup;
    struct journal *journal;
    struct intake *intake;
    atomic_bool stop;
    int wake_fd;
    uint32_t events;
    uint32_t in_flight;
    double seconds;
};

static void check(int status, const char *what)
{
    if (status == 0)
        return;
    fprintf(stderr, "%s: %s %s\n", what, status_text(status)->code, status_text(status)->summary);
    exit(1);
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void *intake_run(void *context)
{
    struct bench *bench = context;
    struct port *ports[3];
    uint32_t count = intake_ports(bench->intake, ports);
    const struct loop_waits waits = {.ports = ports, .count = count, .wake_fd = bench->wake_fd, .io_fd = -1};
    check(loop_run(bench->setup.bus, bench->setup.clock, &waits, &bench->stop, intake_turn, bench->intake), "intake");
    return NULL;
}

/* A kiosk's rating of 229 bytes, whose id is ID_LEN zeros. */
static struct span rating_make(uint8_t *buffer)
{
    static const char *const dimensions[] = {"quality", "initiation", "advisor", "facility", "pickup"};
    struct rated rated = {0};
    SET(&rated, rated, store, span_of("sh-pudong"));
    SET(&rated, rated, department, span_of("service"));
    SET(&rated, rated, channel, channel_is_kiosk);
    SET(&rated, rated, visit, span_of("RO-2026-118841"));
    SET(&rated, rated, staff, span_of("w.li"));
    for (uint32_t i = 0; i < 4; i++)
        rated.scores.item[i] = (struct dimension_score){span_of(dimensions[i]), 9000};
    rated.scores.count = 4;
    rated.has |= (uint64_t)1 << rated_field_scores;
    SET(&rated, rated, overall, 9000);
    const struct event_draft draft = {
        .id = span_of("0000000000000000"),
        .source = span_of("/stores/sh-pudong/service/bay-03"),
        .type = EVENT_feedback_rated,
        .time_ms = (int64_t)time(NULL) * 1000,
        .data = &rated,
    };
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, EVENT_BYTES_MAX);
    event_encode(&draft, &writer);
    return wire_written(&writer);
}

struct publisher {
    struct port *port;
    uint8_t *body;
    size_t body_len;
    size_t first_id;   /* where the first event's id lies in the body */
    size_t event_step; /* from one id to the next */
    uint64_t ids;
};

static void body_make(struct publisher *publisher, uint32_t events)
{
    uint8_t rating[EVENT_BYTES_MAX];
    struct span event = rating_make(rating);
    struct wire_writer writer;
    publisher->body = malloc(64 + events * (EVENT_BYTES_MAX + 5));
    wire_writer_init(&writer, publisher->body, 64 + events * (EVENT_BYTES_MAX + 5));
    wire_map(&writer, 1);
    wire_key(&writer, "events");
    wire_array(&writer, events);
    size_t before = writer.len;
    for (uint32_t i = 0; i < events; i++)
        wire_bin(&writer, event);
    publisher->body_len = writer.len;
    publisher->event_step = (writer.len - before) / events;
    struct span id, source;
    check(event_identity(event, &id, &source), "rating");
    publisher->first_id = before + publisher->event_step - event.len + (size_t)(id.at - rating);
    printf("%u events of %zu bytes a PUT\n", events, event.len);
}

static void put_send(struct publisher *publisher, uint32_t events)
{
    static const char digits[] = "0123456789abcdef";
    for (uint32_t i = 0; i < events; i++) {
        uint8_t *id = publisher->body + publisher->first_id + i * publisher->event_step;
        uint64_t number = publisher->ids++;
        for (uint32_t at = ID_LEN; at-- > 4; number >>= 4)
            id[at] = (uint8_t)digits[number & 15u];
    }
    const struct span frames[] = {span_make(NULL, 0), span_of("PUT"), span_make(publisher->body, publisher->body_len)};
    while (port_send(publisher->port, frames, 3) == -E_AGAIN) {
    }
}

static uint64_t publish(struct bench *bench, struct publisher *publisher)
{
    struct parcel parcel = {0};
    uint64_t sent = 0;
    uint64_t answered = 0;
    double end = now_s() + bench->seconds;
    while (now_s() < end || answered < sent) {
        while (sent - answered < bench->in_flight && now_s() < end) {
            put_send(publisher, bench->events);
            sent++;
        }
        bus_wait(bench->setup.bus, &publisher->port, 1, NULL, 0, 1000);
        while (port_receive(publisher->port, &parcel) == 0) {
            struct ack_reply ack;
            struct flaw flaw;
            if (!span_is(parcel.frame[1], "ACK") || record_decode(&record_of_ack_reply, parcel.frame[2], &ack, &flaw) ||
                ack.count != bench->events) {
                fprintf(stderr, "not plainly accepted: %.*s\n", SPAN_ARGS(parcel.frame[2]));
                exit(1);
            }
            answered++;
        }
    }
    parcel_release(&parcel);
    return answered * bench->events;
}

/* What intake says of itself: how many events went into a commit. */
static uint64_t commits_ask(struct bench *bench, struct publisher *publisher)
{
    struct parcel parcel = {0};
    struct wire_value value = {0};
    struct span bytes;
    const struct span frames[] = {span_make(NULL, 0), span_of("PING"), span_make("\x80", 1)};
    check(port_send(publisher->port, frames, 3), "PING");
    while (port_receive(publisher->port, &parcel))
        bus_wait(bench->setup.bus, &publisher->port, 1, NULL, 0, 1000);
    check(wire_find(parcel.frame[2], "commits", &value, &bytes), "PONG");
    parcel_release(&parcel);
    return value.natural;
}

static void bench_open(struct bench *bench, const char *dir)
{
    const struct clock_options clock = {0};
    struct setup *setup = &bench->setup;
    setup->disk_reserve_bytes = 512 * MIB; /* the default: without one intake looks at the disk with every PUT */
    snprintf(setup->dir, sizeof setup->dir, "%s", dir);
    snprintf(setup->intake_endpoint, sizeof setup->intake_endpoint, "tcp://127.0.0.1:27301");
    snprintf(setup->intake_inner_endpoint, sizeof setup->intake_inner_endpoint, "inproc://intake-inner");
    if (mkdir(dir, 0750))
        check(-E_IO, dir);
    check(bus_open(&setup->bus), "bus");
    check(clock_open(&clock, &setup->clock), "clock");
    const struct journal_options journal = {.dir = dir};
    check(journal_open(&journal, &bench->journal), "journal");
    check(intake_open(setup, bench->journal, clock_read(setup->clock), &bench->intake), "intake");
    bench->wake_fd = eventfd(0, EFD_NONBLOCK);
    intake_overlap(bench->intake, bench->wake_fd, INTAKE_BESIDE_BYTES);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    if (argc < 2) {
        fprintf(stderr, "bench_intake DIR [events of a PUT] [seconds] [PUTs in flight]\n");
        return 64;
    }
    bench.events = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 128;
    bench.seconds = argc > 3 ? strtod(argv[3], NULL) : 5;
    bench.in_flight = argc > 4 ? (uint32_t)strtoul(argv[4], NULL, 10) : 256;
    bench_open(&bench, argv[1]);
    struct publisher publisher = {0};
    const struct port_options options = {.kind = PORT_DEALER, .endpoint = bench.setup.intake_endpoint};
    check(port_open(bench.setup.bus, &options, &publisher.port), "publisher");
    body_make(&publisher, bench.events);
    pthread_t thread;
    pthread_create(&thread, NULL, intake_run, &bench);
    double begin = now_s();
    uint64_t events = publish(&bench, &publisher);
    double took = now_s() - begin;
    uint64_t commits = commits_ask(&bench, &publisher);
    atomic_store(&bench.stop, true);
    loop_wake(bench.wake_fd);
    pthread_join(thread, NULL);
    printf("%.0f durable events/s (%llu in %.2f s, %.0f MB/s, %llu commits)\n", (double)events / took,
           (unsigned long long)events, took, (double)events / took * (double)publisher.event_step / 1e6,
           (unsigned long long)commits);
    free(publisher.body);
    port_close(publisher.port);
    intake_close(bench.intake);
    journal_close(bench.journal);
    clock_close(bench.setup.clock);
    bus_close(bench.setup.bus);
    return 0;
}
