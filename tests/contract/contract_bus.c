/* What every bus promises. Built twice: over ZeroMQ (inproc, ipc, tcp) and inside the process. */
#include "core/status.h"
#include "io/bus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_MS 10000

static const char *transport; /* of the tests that run now: "inproc", "ipc", "tcp" */

#define PORTS_MAX 4

struct stand {
    struct bus *bus;
    struct port *ports[PORTS_MAX]; /* still open: closed at the end, also of a failed test */
    char folder[64];
    char endpoint[128];
};

static int stand_open(void **state)
{
    static int stands;
    struct stand *stand = calloc(1, sizeof *stand);
    snprintf(stand->folder, sizeof stand->folder, "/tmp/manyi-bus-XXXXXX");
    assert_non_null(mkdtemp(stand->folder));
    int number = ++stands;
    if (strcmp(transport, "tcp") == 0)
        snprintf(stand->endpoint, sizeof stand->endpoint, "tcp://127.0.0.1:%d",
                 30000 + (getpid() * 40 + number) % 20000);
    else
        snprintf(stand->endpoint, sizeof stand->endpoint, "%s://%s/bus-%d", transport, stand->folder, number);
    assert_int_equal(bus_open(&stand->bus), 0);
    *state = stand;
    return 0;
}

static int stand_close(void **state)
{
    struct stand *stand = *state;
    for (int i = 0; i < PORTS_MAX; i++)
        port_close(stand->ports[i]);
    bus_close(stand->bus);
    rmdir(stand->folder);
    free(stand);
    return 0;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct port *open_port(struct stand *stand, enum port_kind kind, int high_water)
{
    const struct port_options options = {.kind = kind,
                                         .endpoint = stand->endpoint,
                                         .bind = kind == PORT_ROUTER || kind == PORT_XPUB,
                                         .receive_high_water = high_water,
                                         .send_high_water = high_water};
    struct port **place = stand->ports;
    while (*place)
        place++;
    assert_int_equal(port_open(stand->bus, &options, place), 0);
    return *place;
}

static void leave(struct stand *stand, struct port *port)
{
    for (int i = 0; i < PORTS_MAX; i++) {
        if (stand->ports[i] == port)
            stand->ports[i] = NULL;
    }
    port_close(port);
}

/* Waits for the next message; its status. */
static int await(struct stand *stand, struct port *port, struct parcel *parcel)
{
    int64_t deadline_ms = now_ms() + PATIENCE_MS;
    int status = port_receive(port, parcel);
    while (status == -E_AGAIN && now_ms() < deadline_ms) {
        bus_wait(stand->bus, &port, 1, -1, 100);
        status = port_receive(port, parcel);
    }
    return status;
}

/* Sends as soon as there is somebody who takes it. */
static int send_when_possible(struct stand *stand, struct port *port, const struct span *frames, uint32_t count)
{
    int64_t deadline_ms = now_ms() + PATIENCE_MS;
    int status = port_send(port, frames, count);
    while (status == -E_AGAIN && now_ms() < deadline_ms) {
        bus_wait(stand->bus, NULL, 0, -1, 1);
        status = port_send(port, frames, count);
    }
    return status;
}

static void request(struct stand *stand, struct port *dealer, const char *verb, const char *body)
{
    const struct span frames[] = {span_of(""), span_of(verb), span_of(body)};
    assert_int_equal(send_when_possible(stand, dealer, frames, 3), 0);
}

static void expect_frame(const struct parcel *parcel, uint32_t i, const char *text)
{
    assert_true(i < parcel->count);
    assert_int_equal(parcel->frame[i].len, strlen(text));
    assert_true(span_is(parcel->frame[i], text));
}

/* Takes a request of the form [route, "", verb, body]. */
static void expect_request(struct stand *stand, struct port *router, struct parcel *parcel, const char *verb,
                           const char *body)
{
    assert_int_equal(await(stand, router, parcel), 0);
    assert_int_equal(parcel->count, 4);
    assert_true(parcel->frame[0].len > 0);
    expect_frame(parcel, 1, "");
    expect_frame(parcel, 2, verb);
    expect_frame(parcel, 3, body);
}

static int reply(struct port *router, const struct parcel *to, const char *verb, const char *body)
{
    const struct span frames[] = {to->frame[0], span_of(""), span_of(verb), span_of(body)};
    return port_send(router, frames, 4);
}

static void a_reply_goes_to_the_one_who_asked(void **state)
{
    struct stand *stand = *state;
    struct port *router = open_port(stand, PORT_ROUTER, 0);
    struct port *kiosk = open_port(stand, PORT_DEALER, 0);
    struct port *bay = open_port(stand, PORT_DEALER, 0);
    struct parcel first = {0}, second = {0}, answer = {0};
    request(stand, kiosk, "PUT", "from the kiosk");
    expect_request(stand, router, &first, "PUT", "from the kiosk");
    request(stand, bay, "PING", "");
    expect_request(stand, router, &second, "PING", "");
    assert_false(span_equal(first.frame[0], second.frame[0]));

    assert_int_equal(reply(router, &second, "PONG", ""), 0);
    assert_int_equal(reply(router, &first, "ACK", "1"), 0);
    assert_int_equal(await(stand, kiosk, &answer), 0);
    assert_int_equal(answer.count, 3);
    expect_frame(&answer, 0, "");
    expect_frame(&answer, 1, "ACK");
    expect_frame(&answer, 2, "1");
    assert_int_equal(await(stand, bay, &answer), 0);
    expect_frame(&answer, 1, "PONG");
    assert_int_equal(port_receive(kiosk, &answer), -E_AGAIN);
    assert_int_equal(answer.count, 0);

    parcel_release(&first);
    parcel_release(&second);
}

static void messages_of_a_peer_keep_their_order_and_bytes(void **state)
{
    struct stand *stand = *state;
    struct port *router = open_port(stand, PORT_ROUTER, 0);
    struct port *dealer = open_port(stand, PORT_DEALER, 0);
    struct parcel parcel = {0};
    uint8_t body[5000];
    for (uint32_t i = 0; i < 500; i++) {
        memset(body, (int)(i & 0xff), sizeof body);
        const struct span frames[] = {{NULL, 0}, span_of("PUT"), span_make(body, i * 10)};
        assert_int_equal(send_when_possible(stand, dealer, frames, 3), 0);
        memset(body, 'x', sizeof body); /* sent bytes were copied */
    }
    for (uint32_t i = 0; i < 500; i++) {
        assert_int_equal(await(stand, router, &parcel), 0);
        memset(body, (int)(i & 0xff), sizeof body);
        assert_true(span_equal(parcel.frame[3], span_make(body, i * 10)));
    }
    parcel_release(&parcel);
}

static void a_peer_that_does_not_read_is_refused_and_served_again_later(void **state)
{
    struct stand *stand = *state;
    struct port *router = open_port(stand, PORT_ROUTER, 2);
    struct port *dealer = open_port(stand, PORT_DEALER, 2);
    struct parcel asked = {0}, answer = {0};
    request(stand, dealer, "FETCH", "");
    expect_request(stand, router, &asked, "FETCH", "");

    static uint8_t batch[256 * 1024];
    const struct span frames[] = {asked.frame[0], span_of(""), span_of("BATCH"), span_make(batch, sizeof batch)};
    uint32_t sent = 0;
    while (sent < 1000 && port_send(router, frames, 4) == 0)
        sent++;
    assert_true(sent >= 2);
    assert_true(sent < 1000); /* 250 MiB: more than any socket buffer takes */
    assert_int_equal(port_send(router, frames, 4), -E_AGAIN);

    for (uint32_t i = 0; i < sent; i++) {
        assert_int_equal(await(stand, dealer, &answer), 0);
        assert_int_equal(answer.frame[2].len, sizeof batch);
    }
    /* What was refused can be sent once there is room. */
    assert_int_equal(send_when_possible(stand, router, frames, 4), 0);
    assert_int_equal(await(stand, dealer, &answer), 0);
    parcel_release(&answer);
    parcel_release(&asked);
}

static void a_route_that_nobody_has_is_unreachable(void **state)
{
    struct stand *stand = *state;
    struct port *router = open_port(stand, PORT_ROUTER, 0);
    const struct span frames[] = {span_of("nobody"), span_of(""), span_of("ACK"), span_of("1")};
    assert_int_equal(port_send(router, frames, 4), -E_UNREACHABLE);
}

static void a_peer_that_left_is_unreachable_though_its_request_is_still_read(void **state)
{
    struct stand *stand = *state;
    struct port *router = open_port(stand, PORT_ROUTER, 0);
    struct port *dealer = open_port(stand, PORT_DEALER, 0);
    struct parcel parcel = {0};
    request(stand, dealer, "PING", "");
    request(stand, dealer, "PUT", "last words");
    expect_request(stand, router, &parcel, "PING", "");
    leave(stand, dealer);
    expect_request(stand, router, &parcel, "PUT", "last words");
    int64_t deadline_ms = now_ms() + PATIENCE_MS;
    int status = 0;
    while (status != -E_UNREACHABLE && now_ms() < deadline_ms) {
        struct parcel next = {0};
        status = reply(router, &parcel, "ACK", "1");
        /* A role goes on receiving; that is also how ZeroMQ comes to the end of what the peer had sent. */
        assert_int_equal(port_receive(router, &next), -E_AGAIN);
    }
    assert_int_equal(status, -E_UNREACHABLE);
    parcel_release(&parcel);
}

static void too_many_frames_are_dropped_and_the_connection_lives(void **state)
{
    struct stand *stand = *state;
    struct port *router = open_port(stand, PORT_ROUTER, 0);
    struct port *dealer = open_port(stand, PORT_DEALER, 0);
    struct parcel parcel = {0};
    const struct span frames[] = {span_of(""),  span_of("PUT"), span_of("a"), span_of("b"), span_of("c"),
                                  span_of("d"), span_of("e"),   span_of("f"), span_of("g")};
    for (uint32_t count = 4; count <= 9; count++) {
        assert_int_equal(send_when_possible(stand, dealer, frames, count), 0);
        assert_int_equal(await(stand, router, &parcel), -E_BAD_FRAMES);
        assert_int_equal(parcel.count, 0);
    }
    request(stand, dealer, "PING", "");
    expect_request(stand, router, &parcel, "PING", "");
    assert_int_equal(reply(router, &parcel, "PONG", ""), 0);
    assert_int_equal(await(stand, dealer, &parcel), 0);
    expect_frame(&parcel, 1, "PONG");
    parcel_release(&parcel);
}

static void a_peer_that_comes_first_is_served_when_the_port_opens(void **state)
{
    struct stand *stand = *state;
    struct port *dealer = open_port(stand, PORT_DEALER, 0);
    struct parcel parcel = {0};
    assert_int_equal(port_receive(dealer, &parcel), -E_AGAIN);
    struct port *router = open_port(stand, PORT_ROUTER, 0);
    request(stand, dealer, "PING", "");
    expect_request(stand, router, &parcel, "PING", "");
    parcel_release(&parcel);
}

static void a_second_port_at_the_same_endpoint_is_refused(void **state)
{
    struct stand *stand = *state;
    if (strcmp(transport, "ipc") == 0)
        return; /* a socket file is stolen without a word: the lock on the data directory stands against that */
    open_port(stand, PORT_ROUTER, 0);
    const struct port_options options = {.kind = PORT_ROUTER, .endpoint = stand->endpoint, .bind = true};
    struct port *second = NULL;
    assert_int_equal(port_open(stand->bus, &options, &second), -E_PORT_IN_USE);
    assert_null(second);
}

static void an_endpoint_that_makes_no_sense_is_a_bad_address(void **state)
{
    struct stand *stand = *state;
    const struct port_options options = {.kind = PORT_ROUTER, .endpoint = "nonsense", .bind = true};
    struct port *port = NULL;
    assert_int_equal(port_open(stand->bus, &options, &port), -E_BAD_ADDRESS);
    assert_null(port);
}

static void expect_subscription(struct stand *stand, struct port *xpub, const char *bytes, size_t len)
{
    struct parcel parcel = {0};
    assert_int_equal(await(stand, xpub, &parcel), 0);
    assert_int_equal(parcel.count, 1);
    assert_true(span_equal(parcel.frame[0], span_make(bytes, len)));
    parcel_release(&parcel);
}

static void publish(struct port *xpub, const char *channel, const char *body)
{
    const struct span frames[] = {span_of(channel), span_of(body)};
    assert_int_equal(port_send(xpub, frames, 2), 0);
}

static void expect_published(struct stand *stand, struct port *sub, const char *channel, const char *body)
{
    struct parcel parcel = {0};
    assert_int_equal(await(stand, sub, &parcel), 0);
    assert_int_equal(parcel.count, 2);
    expect_frame(&parcel, 0, channel);
    expect_frame(&parcel, 1, body);
    parcel_release(&parcel);
}

static void each_subscriber_is_announced_also_the_second_of_a_channel(void **state)
{
    struct stand *stand = *state;
    struct port *xpub = open_port(stand, PORT_XPUB, 0);
    struct port *board = open_port(stand, PORT_SUB, 0);
    struct port *office = open_port(stand, PORT_SUB, 0);
    assert_int_equal(port_subscribe(board, "complaint"), 0);
    expect_subscription(stand, xpub, "\1complaint", 10);
    assert_int_equal(port_subscribe(office, "complaint"), 0);
    expect_subscription(stand, xpub, "\1complaint", 10);
    assert_int_equal(port_subscribe(office, "score"), 0);
    expect_subscription(stand, xpub, "\1score", 6);

    publish(xpub, "task", "for nobody");
    publish(xpub, "score", "95");
    publish(xpub, "complaint", "C-41");
    expect_published(stand, board, "complaint", "C-41");
    expect_published(stand, office, "score", "95");
    expect_published(stand, office, "complaint", "C-41");
}

static void a_channel_that_was_left_is_silent(void **state)
{
    struct stand *stand = *state;
    struct port *xpub = open_port(stand, PORT_XPUB, 0);
    struct port *board = open_port(stand, PORT_SUB, 0);
    assert_int_equal(port_subscribe(board, "complaint"), 0);
    expect_subscription(stand, xpub, "\1complaint", 10);
    assert_int_equal(port_subscribe(board, "beat"), 0);
    expect_subscription(stand, xpub, "\1beat", 5);
    publish(xpub, "complaint", "C-41");
    assert_int_equal(port_unsubscribe(board, "complaint"), 0);
    expect_subscription(stand, xpub, "\0complaint", 10);
    publish(xpub, "complaint", "C-42");
    publish(xpub, "beat", "1");
    struct parcel parcel = {0};
    assert_int_equal(await(stand, board, &parcel), 0);
    /* What was under way when the channel was left may still arrive. */
    if (span_is(parcel.frame[0], "complaint")) {
        expect_frame(&parcel, 1, "C-41");
        assert_int_equal(await(stand, board, &parcel), 0);
    }
    expect_frame(&parcel, 0, "beat");
    parcel_release(&parcel);
}

static void a_subscriber_that_goes_leaves_its_channels(void **state)
{
    struct stand *stand = *state;
    struct port *xpub = open_port(stand, PORT_XPUB, 0);
    struct port *board = open_port(stand, PORT_SUB, 0);
    struct port *office = open_port(stand, PORT_SUB, 0);
    assert_int_equal(port_subscribe(board, "ledger"), 0);
    expect_subscription(stand, xpub, "\1ledger", 7);
    assert_int_equal(port_subscribe(office, "ledger"), 0);
    expect_subscription(stand, xpub, "\1ledger", 7);
    leave(stand, board);
    publish(xpub, "ledger", "1");
    expect_published(stand, office, "ledger", "1");
    leave(stand, office);
    expect_subscription(stand, xpub, "\0ledger", 7); /* said once, when the last one has gone */
    publish(xpub, "ledger", "for nobody");
}

static void every_channel_is_the_empty_one(void **state)
{
    struct stand *stand = *state;
    struct port *xpub = open_port(stand, PORT_XPUB, 0);
    struct port *tap = open_port(stand, PORT_SUB, 0);
    assert_int_equal(port_subscribe(tap, ""), 0);
    expect_subscription(stand, xpub, "\1", 1);
    publish(xpub, "complaint", "C-41");
    publish(xpub, "score", "95");
    expect_published(stand, tap, "complaint", "C-41");
    expect_published(stand, tap, "score", "95");
}

static void a_slow_subscriber_loses_cards_and_stops_nobody(void **state)
{
    struct stand *stand = *state;
    struct port *xpub = open_port(stand, PORT_XPUB, 2);
    struct port *slow = open_port(stand, PORT_SUB, 2);
    assert_int_equal(port_subscribe(slow, "score"), 0);
    expect_subscription(stand, xpub, "\1score", 6);
    static uint8_t card[256 * 1024];
    const struct span frames[] = {span_of("score"), span_make(card, sizeof card)};
    for (int i = 0; i < 200; i++)
        assert_int_equal(port_send(xpub, frames, 2), 0); /* 50 MiB */
    struct parcel parcel = {0};
    assert_int_equal(await(stand, slow, &parcel), 0);
    int received = 1;
    while (port_receive(slow, &parcel) == 0)
        received++;
    assert_true(received < 200);
    parcel_release(&parcel);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stand_open, stand_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reply_goes_to_the_one_who_asked),
        TEST(messages_of_a_peer_keep_their_order_and_bytes),
        TEST(a_peer_that_does_not_read_is_refused_and_served_again_later),
        TEST(a_route_that_nobody_has_is_unreachable),
        TEST(a_peer_that_left_is_unreachable_though_its_request_is_still_read),
        TEST(too_many_frames_are_dropped_and_the_connection_lives),
        TEST(a_peer_that_comes_first_is_served_when_the_port_opens),
        TEST(a_second_port_at_the_same_endpoint_is_refused),
        TEST(an_endpoint_that_makes_no_sense_is_a_bad_address),
        TEST(each_subscriber_is_announced_also_the_second_of_a_channel),
        TEST(a_channel_that_was_left_is_silent),
        TEST(a_subscriber_that_goes_leaves_its_channels),
        TEST(every_channel_is_the_empty_one),
        TEST(a_slow_subscriber_loses_cards_and_stops_nobody),
    };
    static const char *const transports[] = {"inproc", "ipc", "tcp"};
    int failed = 0;
    for (int i = 0; i < (MANYI_SIM ? 1 : 3); i++) {
        transport = transports[i];
        failed += cmocka_run_group_tests_name(transport, tests, NULL, NULL);
    }
    return failed;
}
