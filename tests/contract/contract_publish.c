/* What every bus promises to those who publish and subscribe. Built twice: over ZeroMQ and inside the process. */
#include "core/status.h"
#include "tests/support/stand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void expect_subscription(struct port *xpub, const char *bytes, size_t len)
{
    struct parcel parcel = {0};
    assert_int_equal(stand_await(xpub, &parcel), 0);
    assert_int_equal(parcel.count, 1);
    assert_true(span_equal(parcel.frame[0], span_make(bytes, len)));
    parcel_release(&parcel);
}

static void publish(struct port *xpub, const char *channel, const char *body)
{
    const struct span frames[] = {span_of(channel), span_of(body)};
    assert_int_equal(port_send(xpub, frames, 2), 0);
}

static void expect_published(struct port *sub, const char *channel, const char *body)
{
    struct parcel parcel = {0};
    assert_int_equal(stand_await(sub, &parcel), 0);
    assert_int_equal(parcel.count, 2);
    stand_expect_frame(&parcel, 0, channel);
    stand_expect_frame(&parcel, 1, body);
    parcel_release(&parcel);
}

static void each_subscriber_is_announced_also_the_second_of_a_channel(void **state)
{
    struct stand *stand = *state;
    struct port *xpub = stand_port(stand, PORT_XPUB, 0);
    struct port *board = stand_port(stand, PORT_SUB, 0);
    struct port *office = stand_port(stand, PORT_SUB, 0);
    assert_int_equal(port_subscribe(board, "complaint"), 0);
    expect_subscription(xpub, "\1complaint", 10);
    assert_int_equal(port_subscribe(office, "complaint"), 0);
    expect_subscription(xpub, "\1complaint", 10);
    assert_int_equal(port_subscribe(office, "score"), 0);
    expect_subscription(xpub, "\1score", 6);

    publish(xpub, "task", "for nobody");
    publish(xpub, "score", "95");
    publish(xpub, "complaint", "C-41");
    expect_published(board, "complaint", "C-41");
    expect_published(office, "score", "95");
    expect_published(office, "complaint", "C-41");
}

static void a_channel_that_was_left_is_silent(void **state)
{
    struct stand *stand = *state;
    struct port *xpub = stand_port(stand, PORT_XPUB, 0);
    struct port *board = stand_port(stand, PORT_SUB, 0);
    assert_int_equal(port_subscribe(board, "complaint"), 0);
    expect_subscription(xpub, "\1complaint", 10);
    assert_int_equal(port_subscribe(board, "beat"), 0);
    expect_subscription(xpub, "\1beat", 5);
    publish(xpub, "complaint", "C-41");
    assert_int_equal(port_unsubscribe(board, "complaint"), 0);
    expect_subscription(xpub, "\0complaint", 10);
    publish(xpub, "complaint", "C-42");
    publish(xpub, "beat", "1");
    struct parcel parcel = {0};
    assert_int_equal(stand_await(board, &parcel), 0);
    /* What was under way when the channel was left may still arrive. */
    if (span_is(parcel.frame[0], "complaint")) {
        stand_expect_frame(&parcel, 1, "C-41");
        assert_int_equal(stand_await(board, &parcel), 0);
    }
    stand_expect_frame(&parcel, 0, "beat");
    parcel_release(&parcel);
}

static void a_subscriber_that_goes_leaves_its_channels(void **state)
{
    struct stand *stand = *state;
    struct port *xpub = stand_port(stand, PORT_XPUB, 0);
    struct port *board = stand_port(stand, PORT_SUB, 0);
    struct port *office = stand_port(stand, PORT_SUB, 0);
    assert_int_equal(port_subscribe(board, "ledger"), 0);
    expect_subscription(xpub, "\1ledger", 7);
    assert_int_equal(port_subscribe(office, "ledger"), 0);
    expect_subscription(xpub, "\1ledger", 7);
    stand_leave(stand, board);
    publish(xpub, "ledger", "1");
    expect_published(office, "ledger", "1");
    stand_leave(stand, office);
    expect_subscription(xpub, "\0ledger", 7); /* said once, when the last one has gone */
    struct parcel more = {0};
    assert_int_equal(port_receive(xpub, &more), -E_AGAIN);
    publish(xpub, "ledger", "for nobody");
}

/* Takes one announcement while the subscriber goes on receiving: it subscribes anew from its own thread. */
static void expect_announced_again(struct port *xpub, struct port *sub, bool *beat, bool *complaint)
{
    struct parcel announced = {0}, nothing = {0};
    int status = -E_AGAIN;
    for (int looked = 0; status == -E_AGAIN && looked < 500; looked++) {
        assert_int_equal(port_receive(sub, &nothing), -E_AGAIN);
        bus_wait(NULL, &xpub, 1, NULL, 0, 20);
        status = port_receive(xpub, &announced);
    }
    assert_int_equal(status, 0);
    *beat = *beat || span_is(announced.frame[0], "\1beat");
    *complaint = *complaint || span_is(announced.frame[0], "\1complaint");
    parcel_release(&announced);
}

static void a_subscriber_finds_the_publisher_that_comes_later_or_again(void **state)
{
    struct stand *stand = *state;
    struct port *board = stand_port(stand, PORT_SUB, 0);
    assert_int_equal(port_subscribe(board, "complaint"), 0);
    assert_int_equal(port_subscribe(board, "beat"), 0);
    for (int start = 0; start < 2; start++) {
        struct port *xpub = stand_port(stand, PORT_XPUB, 0);
        bool beat = false, complaint = false;
        expect_announced_again(xpub, board, &beat, &complaint);
        expect_announced_again(xpub, board, &beat, &complaint);
        assert_true(beat);
        assert_true(complaint);
        publish(xpub, "complaint", "C-41");
        expect_published(board, "complaint", "C-41");
        stand_server_ends(stand, xpub);
        if (!MANYI_SIM && stand->transport == TRANSPORT_INPROC)
            return; /* within a process nobody starts again */
    }
}

static void every_channel_is_the_empty_one(void **state)
{
    struct stand *stand = *state;
    struct port *xpub = stand_port(stand, PORT_XPUB, 0);
    struct port *tap = stand_port(stand, PORT_SUB, 0);
    assert_int_equal(port_subscribe(tap, ""), 0);
    expect_subscription(xpub, "\1", 1);
    publish(xpub, "complaint", "C-41");
    publish(xpub, "score", "95");
    expect_published(tap, "complaint", "C-41");
    expect_published(tap, "score", "95");
}

static void a_slow_subscriber_loses_cards_and_stops_nobody(void **state)
{
    struct stand *stand = *state;
    struct port *xpub = stand_port(stand, PORT_XPUB, 2);
    struct port *slow = stand_port(stand, PORT_SUB, 2);
    assert_int_equal(port_subscribe(slow, "score"), 0);
    expect_subscription(xpub, "\1score", 6);
    static uint8_t card[256 * 1024];
    const struct span frames[] = {span_of("score"), span_make(card, sizeof card)};
    for (int i = 0; i < 200; i++)
        assert_int_equal(port_send(xpub, frames, 2), 0); /* 50 MiB */
    struct parcel parcel = {0};
    assert_int_equal(stand_await(slow, &parcel), 0);
    int received = 1;
    while (port_receive(slow, &parcel) == 0)
        received++;
    assert_true(received < 200);
    parcel_release(&parcel);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stand_begin, stand_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_subscriber_is_announced_also_the_second_of_a_channel),
        TEST(a_channel_that_was_left_is_silent),
        TEST(a_subscriber_that_goes_leaves_its_channels),
        TEST(a_subscriber_finds_the_publisher_that_comes_later_or_again),
        TEST(every_channel_is_the_empty_one),
        TEST(a_slow_subscriber_loses_cards_and_stops_nobody),
    };
    int failed = 0;
    for (int i = 0; i < (MANYI_SIM ? 1 : TRANSPORTS); i++)
        failed += cmocka_run_group_tests_name(stand_over((enum transport)i), tests, NULL, NULL);
    return failed;
}
