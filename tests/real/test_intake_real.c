/*
 * test_intake_real.c - intake as it runs: its loop in one thread, commits beside it in another, publishers over IPC.
 */
#include "brokers/intake.h"
#include "core/status.h"
#include "io/loop.h"
#include "schemas/codec.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#define PUTS 300u
#define EVENTS 100u /* of a PUT: 20 kB, so that some turns are large enough to be written beside the next */

struct running {
    struct setup setup;
    struct journal *journal;
    struct intake *intake;
    pthread_t thread;
    atomic_bool stop;
    int wake_fd;
    int result;
    struct port *publisher;
};

static void *run(void *context)
{
    struct running *running = context;
    struct port *ports[3];
    uint32_t count = intake_ports(running->intake, ports);
    const struct loop_waits waits = {.ports = ports, .count = count, .wake_fd = running->wake_fd, .io_fd = -1};
    running->result =
        loop_run(running->setup.bus, running->setup.clock, &waits, &running->stop, intake_turn, running->intake);
    return NULL;
}

static void start(struct running *running)
{
    const struct clock_options clock = {0};
    const struct journal_options journal = {.dir = running->setup.dir, .volume_bytes = 4 * MIB};
    assert_int_equal(bus_open(&running->setup.bus), 0);
    assert_int_equal(clock_open(&clock, &running->setup.clock), 0);
    assert_int_equal(journal_open(&journal, &running->journal), 0);
    struct clock_reading now = clock_read(running->setup.clock);
    assert_int_equal(intake_open(&running->setup, running->journal, now, &running->intake), 0);
    running->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    intake_overlap(running->intake, running->wake_fd, 64 * KIB);
    atomic_store(&running->stop, false);
    assert_int_equal(pthread_create(&running->thread, NULL, run, running), 0);
    const struct port_options options = {.kind = PORT_DEALER, .endpoint = running->setup.intake_endpoint};
    assert_int_equal(port_open(running->setup.bus, &options, &running->publisher), 0);
}

static void stop(struct running *running)
{
    atomic_store(&running->stop, true);
    loop_wake(running->wake_fd);
    pthread_join(running->thread, NULL);
    assert_int_equal(running->result, 0);
    port_close(running->publisher);
    intake_close(running->intake);
    journal_close(running->journal);
    close(running->wake_fd);
    clock_close(running->setup.clock);
    bus_close(running->setup.bus);
}

/* PUT number n: events n * EVENTS to n * EVENTS + EVENTS - 1. */
static void put_send(struct running *running, uint32_t n)
{
    static uint8_t body[EVENTS * 512];
    struct wire_writer writer;
    wire_writer_init(&writer, body, sizeof body);
    wire_map(&writer, 2);
    wire_key(&writer, "rid");
    wire_natural(&writer, n);
    wire_key(&writer, "events");
    wire_array(&writer, EVENTS);
    for (uint32_t i = 0; i < EVENTS; i++) {
        char id[32];
        uint8_t buffer[512];
        struct wire_writer event;
        struct rated rated = {0};
        snprintf(id, sizeof id, "%u", n * EVENTS + i);
        SET(&rated, rated, store, span_of("sh-pudong"));
        SET(&rated, rated, department, span_of("service"));
        SET(&rated, rated, channel, channel_is_kiosk);
        SET(&rated, rated, comment, span_of("a comment that makes the event as long as those of a real questionnaire"));
        SET(&rated, rated, overall, 9000);
        const struct event_draft draft = {
            .id = span_of(id), .source = span_of("/stores/a"), .type = EVENT_feedback_rated, .data = &rated};
        wire_writer_init(&event, buffer, sizeof buffer);
        event_encode(&draft, &event);
        wire_bin(&writer, wire_written(&event));
    }
    assert_false(writer.full);
    const struct span frames[] = {span_make(NULL, 0), span_of("PUT"), wire_written(&writer)};
    while (port_send(running->publisher, frames, 3)) {
    }
}

/* Takes one reply; returns how many of its events were accepted. Duplicates name the seq that comes of the order. */
static uint32_t ack_take(struct running *running, uint32_t n)
{
    struct parcel parcel = {0};
    struct ack_reply ack;
    struct flaw flaw;
    while (port_receive(running->publisher, &parcel))
        bus_wait(running->setup.bus, &running->publisher, 1, NULL, 0, 1000);
    assert_int_equal(parcel.count, 3);
    assert_true(span_is(parcel.frame[1], "ACK"));
    assert_int_equal(record_decode(&record_of_ack_reply, parcel.frame[2], &ack, &flaw), 0);
    struct wire_reader reader = wire_reader(ack.rid);
    struct wire_value value;
    assert_int_equal(wire_read(&reader, &value), 0);
    assert_int_equal(value.natural, n);
    uint32_t count = (uint32_t)ack.count;
    if (count > 0)
        assert_int_equal(ack.first, 2 + n * EVENTS);
    reader = wire_reader(ack.problems);
    assert_int_equal(wire_read(&reader, &value), 0);
    assert_int_equal(value.count, EVENTS - count);
    for (uint32_t i = 0; i < value.count; i++) {
        struct span bytes;
        struct problem problem;
        assert_int_equal(wire_skip(&reader, 4, &bytes), 0);
        assert_int_equal(record_decode(&record_of_problem, bytes, &problem, &flaw), 0);
        assert_int_equal(problem.duplicate_of, 2 + n * EVENTS + problem.i);
    }
    parcel_release(&parcel);
    return count;
}

/* Every PUT goes out twice, back to back, so that the second meets the first in the turn, on its way or on the disk. */
static void every_event_is_kept_once_while_commits_overlap(void **state)
{
    (void)state;
    static struct running running;
    snprintf(running.setup.dir, sizeof running.setup.dir, "/tmp/manyi-intake-XXXXXX");
    assert_non_null(mkdtemp(running.setup.dir));
    snprintf(running.setup.intake_endpoint, ENDPOINT_MAX, "ipc://%.64s/intake", running.setup.dir);
    snprintf(running.setup.intake_inner_endpoint, ENDPOINT_MAX, "inproc://intake-inner");
    start(&running);
    for (uint32_t n = 0; n < PUTS; n++) {
        put_send(&running, n);
        put_send(&running, n);
    }
    for (uint32_t n = 0; n < PUTS; n++) {
        assert_int_equal(ack_take(&running, n), EVENTS);
        assert_int_equal(ack_take(&running, n), 0);
    }
    stop(&running);

    start(&running); /* and what was answered is there */
    assert_int_equal(journal_head(running.journal), 1 + PUTS * EVENTS);
    assert_true(journal_volumes(running.journal) >= 2);
    put_send(&running, PUTS / 2);
    assert_int_equal(ack_take(&running, PUTS / 2), 0);
    put_send(&running, PUTS);
    assert_int_equal(ack_take(&running, PUTS), EVENTS);
    stop(&running);
    char command[ENDPOINT_MAX + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", running.setup.dir);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_is_kept_once_while_commits_overlap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
