/* What the bus over ZeroMQ must stand from strangers: plain REQ peers, frames without bounds, other threads. */
#include "core/status.h"
#include "io/bus.h"
#include "tests/support/scratch.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zmq.h>

#include <cmocka.h>

#define PATIENCE_MS 10000
#define SMALL_FRAME_MAX 1000

struct stand {
    struct bus *bus;
    struct port *router;
    void *strangers; /* a ZeroMQ context of their own */
    char folder[SCRATCH_MAX];
    char endpoint[96];
};

static int stand_open(void **state)
{
    struct stand *stand = calloc(1, sizeof *stand);
    scratch_make(stand->folder);
    snprintf(stand->endpoint, sizeof stand->endpoint, "ipc://%s/intake.sock", stand->folder);
    const struct port_options options = {
        .kind = PORT_ROUTER, .endpoint = stand->endpoint, .bind = true, .frame_max = SMALL_FRAME_MAX};
    assert_int_equal(bus_open(&stand->bus), 0);
    assert_int_equal(port_open(stand->bus, &options, &stand->router), 0);
    stand->strangers = zmq_ctx_new();
    *state = stand;
    return 0;
}

static int stand_close(void **state)
{
    struct stand *stand = *state;
    zmq_ctx_term(stand->strangers);
    port_close(stand->router);
    bus_close(stand->bus);
    scratch_remove(stand->folder);
    free(stand);
    return 0;
}

static void *stranger(struct stand *stand, int type)
{
    void *socket = zmq_socket(stand->strangers, type);
    int none = 0, patience_ms = PATIENCE_MS;
    zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &patience_ms, sizeof patience_ms);
    zmq_setsockopt(socket, ZMQ_SNDTIMEO, &patience_ms, sizeof patience_ms);
    assert_int_equal(zmq_connect(socket, stand->endpoint), 0);
    return socket;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int await(struct bus *bus, struct port *port, struct parcel *parcel)
{
    int64_t deadline_ms = now_ms() + PATIENCE_MS;
    int status = port_receive(port, parcel);
    while (status == -E_AGAIN && now_ms() < deadline_ms) {
        bus_wait(bus, &port, 1, NULL, 0, 100);
        status = port_receive(port, parcel);
    }
    return status;
}

static void answer(struct stand *stand, const char *verb, const char *with)
{
    struct parcel parcel = {0};
    assert_int_equal(await(stand->bus, stand->router, &parcel), 0);
    assert_int_equal(parcel.count, 4);
    assert_int_equal(parcel.frame[1].len, 0);
    assert_true(span_is(parcel.frame[2], verb));
    const struct span frames[] = {parcel.frame[0], span_of(""), span_of(with), span_of("")};
    assert_int_equal(port_send(stand->router, frames, 4), 0);
    parcel_release(&parcel);
}

static void a_plain_req_peer_is_served(void **state)
{
    struct stand *stand = *state;
    void *req = stranger(stand, ZMQ_REQ);
    for (int i = 0; i < 3; i++) {
        char verb[8] = {0};
        assert_int_equal(zmq_send(req, "PING", 4, ZMQ_SNDMORE), 4);
        assert_int_equal(zmq_send(req, "", 0, 0), 0);
        answer(stand, "PING", "PONG");
        assert_int_equal(zmq_recv(req, verb, sizeof verb, 0), 4);
        assert_string_equal(verb, "PONG");
        assert_int_equal(zmq_recv(req, verb, sizeof verb, 0), 0);
    }
    zmq_close(req);
}

static void a_frame_over_the_limit_costs_the_connection_not_the_port(void **state)
{
    struct stand *stand = *state;
    static char large[SMALL_FRAME_MAX + 1];
    void *bully = stranger(stand, ZMQ_DEALER);
    void *guest = stranger(stand, ZMQ_DEALER);
    assert_int_equal(zmq_send(bully, large, sizeof large, 0), sizeof large);
    assert_int_equal(zmq_send(guest, "", 0, ZMQ_SNDMORE), 0);
    assert_int_equal(zmq_send(guest, "PING", 4, ZMQ_SNDMORE), 4);
    assert_int_equal(zmq_send(guest, large, SMALL_FRAME_MAX, 0), SMALL_FRAME_MAX);
    answer(stand, "PING", "PONG");
    struct parcel parcel = {0};
    assert_int_equal(port_receive(stand->router, &parcel), -E_AGAIN);
    /* The bully is let in again and may behave. */
    assert_int_equal(zmq_send(bully, "", 0, ZMQ_SNDMORE), 0);
    assert_int_equal(zmq_send(bully, "PUT", 3, ZMQ_SNDMORE), 3);
    assert_int_equal(zmq_send(bully, "", 0, 0), 0);
    answer(stand, "PUT", "ACK");
    zmq_close(guest);
    zmq_close(bully);
}

static void a_message_of_a_hundred_frames_is_dropped_whole(void **state)
{
    struct stand *stand = *state;
    void *peer = stranger(stand, ZMQ_DEALER);
    struct parcel parcel = {0};
    for (int i = 0; i < 100; i++)
        assert_int_equal(zmq_send(peer, "x", 1, i < 99 ? ZMQ_SNDMORE : 0), 1);
    assert_int_equal(zmq_send(peer, "", 0, ZMQ_SNDMORE), 0);
    assert_int_equal(zmq_send(peer, "PING", 4, ZMQ_SNDMORE), 4);
    assert_int_equal(zmq_send(peer, "", 0, 0), 0);
    assert_int_equal(await(stand->bus, stand->router, &parcel), -E_BAD_FRAMES);
    answer(stand, "PING", "PONG");
    zmq_close(peer);
}

#define ROUNDS 2000

struct echo {
    struct bus *bus;
    struct port *router;
    int served;
};

/* A role on a thread of its own: sends each body back. */
static void *echo_run(void *self)
{
    struct echo *echo = self;
    struct parcel parcel = {0};
    while (echo->served < ROUNDS && await(echo->bus, echo->router, &parcel) == 0) {
        if (port_send(echo->router, parcel.frame, parcel.count) == 0)
            echo->served++;
    }
    parcel_release(&parcel);
    return NULL;
}

/* Ports belong to a thread each: what one wrote the other reads, over inproc, without a race that TSan would see. */
static void two_threads_talk_over_inproc(void **state)
{
    struct stand *stand = *state;
    const struct port_options bound = {.kind = PORT_ROUTER, .endpoint = "inproc://echo", .bind = true};
    const struct port_options connected = {.kind = PORT_DEALER, .endpoint = "inproc://echo"};
    struct echo echo = {.bus = stand->bus};
    struct port *dealer;
    struct parcel parcel = {0};
    pthread_t thread;
    assert_int_equal(port_open(stand->bus, &bound, &echo.router), 0);
    assert_int_equal(port_open(stand->bus, &connected, &dealer), 0);
    assert_int_equal(pthread_create(&thread, NULL, echo_run, &echo), 0);
    uint32_t *body = malloc(ROUNDS * sizeof *body);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        for (uint32_t k = 0; k <= i; k++)
            body[k] = i ^ k;
        const struct span frames[] = {span_of(""), span_of("PUT"), span_make(body, (i + 1) * sizeof *body)};
        assert_int_equal(port_send(dealer, frames, 3), 0);
        memset(body, 0, (i + 1) * sizeof *body);
        assert_int_equal(await(stand->bus, dealer, &parcel), 0);
        assert_int_equal(parcel.frame[2].len, (i + 1) * sizeof *body);
        for (uint32_t k = 0; k <= i; k++) {
            uint32_t word;
            memcpy(&word, parcel.frame[2].at + k * sizeof word, sizeof word);
            if (word != (i ^ k))
                fail_msg("round %u, word %u", i, k);
        }
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(echo.served, ROUNDS);
    parcel_release(&parcel);
    free(body);
    port_close(dealer);
    port_close(echo.router);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stand_open, stand_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_plain_req_peer_is_served),
        TEST(a_frame_over_the_limit_costs_the_connection_not_the_port),
        TEST(a_message_of_a_hundred_frames_is_dropped_whole),
        TEST(two_threads_talk_over_inproc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
