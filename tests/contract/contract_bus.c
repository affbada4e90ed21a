/* What every bus promises to those who ask and answer. Built twice: over ZeroMQ and inside the process. */
#include "core/status.h"
#include "tests/support/stand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void request(struct port *dealer, const char *verb, const char *body)
{
    const struct span frames[] = {span_of(""), span_of(verb), span_of(body)};
    assert_int_equal(stand_send(dealer, frames, 3), 0);
}

/* Takes a request of the form [route, "", verb, body]. */
static void expect_request(struct port *router, struct parcel *parcel, const char *verb, const char *body)
{
    assert_int_equal(stand_await(router, parcel), 0);
    assert_int_equal(parcel->count, 4);
    assert_true(parcel->frame[0].len > 0);
    stand_expect_frame(parcel, 1, "");
    stand_expect_frame(parcel, 2, verb);
    stand_expect_frame(parcel, 3, body);
}

static int reply(struct port *router, const struct parcel *to, const char *verb, const char *body)
{
    const struct span frames[] = {to->frame[0], span_of(""), span_of(verb), span_of(body)};
    return port_send(router, frames, 4);
}

static void a_reply_goes_to_the_one_who_asked(void **state)
{
    struct stand *stand = *state;
    struct port *router = stand_port(stand, PORT_ROUTER, 0);
    struct port *kiosk = stand_port(stand, PORT_DEALER, 0);
    struct port *bay = stand_port(stand, PORT_DEALER, 0);
    struct parcel first = {0}, second = {0}, answer = {0};
    request(kiosk, "PUT", "from the kiosk");
    expect_request(router, &first, "PUT", "from the kiosk");
    request(bay, "PING", "");
    expect_request(router, &second, "PING", "");
    assert_false(span_equal(first.frame[0], second.frame[0]));

    assert_int_equal(reply(router, &second, "PONG", ""), 0);
    assert_int_equal(reply(router, &first, "ACK", "1"), 0);
    assert_int_equal(stand_await(kiosk, &answer), 0);
    assert_int_equal(answer.count, 3);
    stand_expect_frame(&answer, 0, "");
    stand_expect_frame(&answer, 1, "ACK");
    stand_expect_frame(&answer, 2, "1");
    assert_int_equal(stand_await(bay, &answer), 0);
    stand_expect_frame(&answer, 1, "PONG");
    assert_int_equal(port_receive(kiosk, &answer), -E_AGAIN);
    assert_int_equal(answer.count, 0);

    parcel_release(&first);
    parcel_release(&second);
}

static void messages_of_a_peer_keep_their_order_and_bytes(void **state)
{
    struct stand *stand = *state;
    struct port *router = stand_port(stand, PORT_ROUTER, 0);
    struct port *dealer = stand_port(stand, PORT_DEALER, 0);
    struct parcel parcel = {0};
    uint8_t body[5000];
    for (uint32_t i = 0; i < 500; i++) {
        memset(body, (int)(i & 0xff), sizeof body);
        const struct span frames[] = {{NULL, 0}, span_of("PUT"), span_make(body, i * 10)};
        assert_int_equal(stand_send(dealer, frames, 3), 0);
        memset(body, 'x', sizeof body); /* sent bytes were copied */
    }
    for (uint32_t i = 0; i < 500; i++) {
        assert_int_equal(stand_await(router, &parcel), 0);
        memset(body, (int)(i & 0xff), sizeof body);
        assert_true(span_equal(parcel.frame[3], span_make(body, i * 10)));
    }
    parcel_release(&parcel);
}

static void a_peer_that_does_not_read_is_refused_and_served_again_later(void **state)
{
    struct stand *stand = *state;
    struct port *router = stand_port(stand, PORT_ROUTER, 2);
    struct port *dealer = stand_port(stand, PORT_DEALER, 2);
    struct parcel asked = {0}, answer = {0};
    request(dealer, "FETCH", "");
    expect_request(router, &asked, "FETCH", "");

    static uint8_t batch[256 * 1024];
    const struct span frames[] = {asked.frame[0], span_of(""), span_of("BATCH"), span_make(batch, sizeof batch)};
    uint32_t sent = 0;
    while (sent < 1000 && port_send(router, frames, 4) == 0)
        sent++;
    assert_true(sent >= 2);
    assert_true(sent < 1000); /* 250 MiB: more than any socket buffer takes */
    assert_int_equal(port_send(router, frames, 4), -E_AGAIN);

    for (uint32_t i = 0; i < sent; i++) {
        assert_int_equal(stand_await(dealer, &answer), 0);
        assert_int_equal(answer.frame[2].len, sizeof batch);
    }
    /* What was refused can be sent once there is room. */
    assert_int_equal(stand_send(router, frames, 4), 0);
    assert_int_equal(stand_await(dealer, &answer), 0);
    parcel_release(&answer);
    parcel_release(&asked);
}

static void a_route_that_nobody_has_is_unreachable(void **state)
{
    struct stand *stand = *state;
    struct port *router = stand_port(stand, PORT_ROUTER, 0);
    const struct span frames[] = {span_of("nobody"), span_of(""), span_of("ACK"), span_of("1")};
    assert_int_equal(port_send(router, frames, 4), -E_UNREACHABLE);
}

static void a_peer_that_left_is_unreachable_though_its_request_is_still_read(void **state)
{
    struct stand *stand = *state;
    struct port *router = stand_port(stand, PORT_ROUTER, 0);
    struct port *dealer = stand_port(stand, PORT_DEALER, 0);
    struct parcel parcel = {0};
    request(dealer, "PING", "");
    request(dealer, "PUT", "last words");
    expect_request(router, &parcel, "PING", "");
    stand_leave(stand, dealer);
    expect_request(router, &parcel, "PUT", "last words");
    int status = 0;
    for (int asked = 0; status != -E_UNREACHABLE && asked < 5000; asked++) {
        struct parcel next = {0};
        status = reply(router, &parcel, "ACK", "1");
        /* A role goes on receiving; that is also how ZeroMQ comes to the end of what the peer had sent. */
        assert_int_equal(port_receive(router, &next), -E_AGAIN);
        bus_wait(NULL, &router, 1, NULL, 0, 2);
    }
    assert_int_equal(status, -E_UNREACHABLE);
    parcel_release(&parcel);
}

static void too_many_frames_are_dropped_and_their_sender_can_be_told(void **state)
{
    struct stand *stand = *state;
    struct port *router = stand_port(stand, PORT_ROUTER, 0);
    struct port *dealer = stand_port(stand, PORT_DEALER, 0);
    struct parcel parcel = {0};
    const struct span frames[] = {span_of(""),  span_of("PUT"), span_of("a"), span_of("b"), span_of("c"),
                                  span_of("d"), span_of("e"),   span_of("f"), span_of("g")};
    for (uint32_t count = 4; count <= 9; count++) {
        assert_int_equal(stand_send(dealer, frames, count), 0);
        assert_int_equal(stand_await(router, &parcel), -E_BAD_FRAMES);
        assert_int_equal(parcel.count, 1);
        assert_int_equal(reply(router, &parcel, "NAK", "too many"), 0);
        assert_int_equal(stand_await(dealer, &parcel), 0);
        stand_expect_frame(&parcel, 2, "too many");
    }
    request(dealer, "PING", "");
    expect_request(router, &parcel, "PING", "");
    assert_int_equal(reply(router, &parcel, "PONG", ""), 0);
    assert_int_equal(stand_await(dealer, &parcel), 0);
    stand_expect_frame(&parcel, 1, "PONG");
    parcel_release(&parcel);
}

static void a_peer_that_comes_first_is_served_when_the_port_opens(void **state)
{
    struct stand *stand = *state;
    struct port *dealer = stand_port(stand, PORT_DEALER, 0);
    struct parcel parcel = {0};
    assert_int_equal(port_receive(dealer, &parcel), -E_AGAIN);
    struct port *router = stand_port(stand, PORT_ROUTER, 0);
    request(dealer, "PING", "");
    expect_request(router, &parcel, "PING", "");
    parcel_release(&parcel);
}

static void a_peer_asks_again_when_the_port_has_started_again(void **state)
{
    struct stand *stand = *state;
    if (!MANYI_SIM && stand->transport == TRANSPORT_INPROC)
        return; /* within a process nobody starts again */
    struct port *dealer = stand_port(stand, PORT_DEALER, 0);
    for (int start = 0; start < 2; start++) {
        struct port *router = stand_port(stand, PORT_ROUTER, 0);
        struct parcel parcel = {0};
        const struct span hello[] = {span_of(""), span_of("HELLO"), span_of("")};
        /* What is sent while the old connection dies is lost: a peer repeats what is not answered. */
        int status = -E_AGAIN;
        for (int asked = 0; status == -E_AGAIN && asked < 500; asked++) {
            port_send(dealer, hello, 3);
            bus_wait(NULL, &router, 1, NULL, 0, 20);
            status = port_receive(router, &parcel);
        }
        assert_int_equal(status, 0);
        stand_expect_frame(&parcel, 2, "HELLO");
        parcel_release(&parcel);
        stand_server_ends(stand, router);
    }
}

static void a_second_port_at_the_same_endpoint_is_refused(void **state)
{
    struct stand *stand = *state;
    if (stand->transport == TRANSPORT_IPC)
        return; /* a socket file is stolen without a word: the lock on the data directory stands against that */
    stand_port(stand, PORT_ROUTER, 0);
    const struct port_options options = {.kind = PORT_ROUTER, .endpoint = stand->endpoint, .bind = true};
    struct port *second = NULL;
    assert_string_equal(bus_failed_endpoint(stand->server), "");
    assert_int_equal(port_open(stand->server, &options, &second), -E_PORT_IN_USE);
    assert_string_equal(bus_failed_endpoint(stand->server), stand->endpoint);
    assert_null(second);
}

static void an_endpoint_that_makes_no_sense_is_a_bad_address(void **state)
{
    struct stand *stand = *state;
    const struct port_options options = {.kind = PORT_ROUTER, .endpoint = "nonsense", .bind = true};
    struct port *port = NULL;
    assert_int_equal(port_open(stand->server, &options, &port), -E_BAD_ADDRESS);
    assert_null(port);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stand_begin, stand_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reply_goes_to_the_one_who_asked),
        TEST(messages_of_a_peer_keep_their_order_and_bytes),
        TEST(a_peer_that_does_not_read_is_refused_and_served_again_later),
        TEST(a_route_that_nobody_has_is_unreachable),
        TEST(a_peer_that_left_is_unreachable_though_its_request_is_still_read),
        TEST(too_many_frames_are_dropped_and_their_sender_can_be_told),
        TEST(a_peer_that_comes_first_is_served_when_the_port_opens),
        TEST(a_peer_asks_again_when_the_port_has_started_again),
        TEST(a_second_port_at_the_same_endpoint_is_refused),
        TEST(an_endpoint_that_makes_no_sense_is_a_bad_address),
    };
    int failed = 0;
    for (int i = 0; i < (MANYI_SIM ? 1 : TRANSPORTS); i++)
        failed += cmocka_run_group_tests_name(stand_over((enum transport)i), tests, NULL, NULL);
    return failed;
}
