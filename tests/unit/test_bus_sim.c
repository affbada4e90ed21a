/* What only the simulated bus can do, so that the simulator can rely on it. */
#include "core/status.h"
#include "io/bus_sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define INTAKE 0u
#define DESK 17u

struct sky {
    struct bus_sim_fate next; /* of the messages that leave from now on */
    struct bus_sim_message seen;
    char verb[16];
    uint32_t count;
};

struct scene {
    struct bus *bus;
    struct sky sky;
    struct port *router, *dealer;
    struct parcel parcel;
};

static struct bus_sim_fate look(void *context, const struct bus_sim_message *message)
{
    struct sky *sky = context;
    const struct span last = message->frames[message->count - 1];
    sky->seen = *message;
    snprintf(sky->verb, sizeof sky->verb, "%.*s", SPAN_ARGS(last));
    sky->count++;
    return sky->next;
}

static struct port *open_port(struct scene *scene, enum port_kind kind, uint32_t owner)
{
    const struct port_options options = {.kind = kind,
                                         .endpoint =
                                             kind == PORT_XPUB || kind == PORT_SUB ? "inproc://cards" : "inproc://desk",
                                         .bind = kind == PORT_ROUTER || kind == PORT_XPUB,
                                         .receive_high_water = 2,
                                         .send_high_water = 3};
    struct port *port;
    bus_sim_owner(scene->bus, owner);
    assert_int_equal(port_open(scene->bus, &options, &port), 0);
    return port;
}

static int scene_open(void **state)
{
    static struct scene scene;
    scene = (struct scene){.sky.next = {.copies = 1}};
    assert_int_equal(bus_open(&scene.bus), 0);
    scene.router = open_port(&scene, PORT_ROUTER, INTAKE);
    scene.dealer = open_port(&scene, PORT_DEALER, DESK);
    bus_sim_set_weather(scene.bus, look, &scene.sky);
    *state = &scene;
    return 0;
}

static int scene_close(void **state)
{
    struct scene *scene = *state;
    parcel_release(&scene->parcel);
    port_close(scene->dealer);
    port_close(scene->router);
    bus_close(scene->bus);
    return 0;
}

static int ask(struct scene *scene, const char *what)
{
    const struct span frames[] = {span_of(""), span_of("PUT"), span_of(what)};
    return port_send(scene->dealer, frames, 3);
}

static void expect(struct scene *scene, const char *what)
{
    assert_int_equal(port_receive(scene->router, &scene->parcel), 0);
    assert_int_equal(scene->parcel.count, 4);
    assert_true(span_is(scene->parcel.frame[3], what));
}

static void expect_none(struct scene *scene, struct port *port)
{
    struct parcel parcel = {0};
    (void)scene;
    assert_false(bus_sim_port_has_mail(port));
    assert_int_equal(port_receive(port, &parcel), -E_AGAIN);
}

static void a_delayed_message_arrives_when_its_time_has_come(void **state)
{
    struct scene *scene = *state;
    scene->sky.next.delay_ms = 30;
    assert_int_equal(ask(scene, "one"), 0);
    assert_int_equal(bus_sim_next_ms(scene->bus), 30);
    bus_sim_time(scene->bus, 29);
    expect_none(scene, scene->router);
    bus_sim_time(scene->bus, 30);
    assert_int_equal(bus_sim_next_ms(scene->bus), INT64_MAX);
    assert_true(bus_sim_has_mail(scene->bus, INTAKE));
    assert_false(bus_sim_has_mail(scene->bus, DESK));
    expect(scene, "one");
}

static void messages_of_one_link_never_overtake_each_other(void **state)
{
    struct scene *scene = *state;
    scene->sky.next.delay_ms = 50;
    ask(scene, "one");
    scene->sky.next.delay_ms = 5;
    ask(scene, "two");
    bus_sim_time(scene->bus, 49);
    expect_none(scene, scene->router);
    bus_sim_time(scene->bus, 50);
    expect(scene, "one");
    expect(scene, "two");
}

static void messages_of_different_links_arrive_by_their_own_delays(void **state)
{
    struct scene *scene = *state;
    struct port *other = open_port(scene, PORT_DEALER, DESK + 1);
    const struct span frames[] = {span_of(""), span_of("PUT"), span_of("sooner")};
    scene->sky.next.delay_ms = 50;
    ask(scene, "later");
    scene->sky.next.delay_ms = 5;
    assert_int_equal(port_send(other, frames, 3), 0);
    bus_sim_time(scene->bus, 60);
    expect(scene, "sooner");
    expect(scene, "later");
    port_close(other);
}

static void a_message_can_be_lost_or_come_twice(void **state)
{
    struct scene *scene = *state;
    scene->sky.next.copies = 0;
    assert_int_equal(ask(scene, "lost"), 0);
    expect_none(scene, scene->router);
    scene->sky.next.copies = 2;
    ask(scene, "twice");
    expect(scene, "twice");
    expect(scene, "twice");
    expect_none(scene, scene->router);
}

static void the_weather_is_told_who_sends_what_to_whom(void **state)
{
    struct scene *scene = *state;
    ask(scene, "hello");
    assert_string_equal(scene->sky.verb, "hello");
    assert_string_equal(scene->sky.seen.endpoint, "inproc://desk");
    assert_int_equal(scene->sky.seen.sender, DESK);
    assert_int_equal(scene->sky.seen.receiver, INTAKE);
    assert_true(scene->sky.seen.to_binder);
    assert_int_equal(scene->sky.seen.count, 3);
    expect(scene, "hello");
    const struct span frames[] = {scene->parcel.frame[0], span_of(""), span_of("ACK"), span_of("1")};
    assert_int_equal(port_send(scene->router, frames, 4), 0);
    assert_int_equal(scene->sky.seen.sender, INTAKE);
    assert_int_equal(scene->sky.seen.receiver, DESK);
    assert_false(scene->sky.seen.to_binder);
    assert_int_equal(scene->sky.seen.count, 3); /* without the route */
}

static void a_cut_link_loses_what_is_under_way_and_has_another_route(void **state)
{
    struct scene *scene = *state;
    struct parcel old = {0};
    ask(scene, "arrived");
    scene->sky.next.delay_ms = 10;
    ask(scene, "under way");
    scene->sky.next.cut = true;
    ask(scene, "never left");
    scene->sky.next = (struct bus_sim_fate){.copies = 1};
    ask(scene, "afterwards");
    bus_sim_time(scene->bus, 100);
    assert_int_equal(port_receive(scene->router, &old), 0);
    assert_true(span_is(old.frame[3], "arrived"));
    expect(scene, "afterwards");
    assert_false(span_equal(old.frame[0], scene->parcel.frame[0]));
    const struct span frames[] = {old.frame[0], span_of(""), span_of("ACK"), span_of("1")};
    assert_int_equal(port_send(scene->router, frames, 4), -E_UNREACHABLE);
    expect_none(scene, scene->router);
    parcel_release(&old);
}

static void a_member_is_disconnected_and_connects_anew(void **state)
{
    struct scene *scene = *state;
    scene->sky.next.delay_ms = 10;
    ask(scene, "under way");
    bus_sim_disconnect(scene->bus, INTAKE); /* has no connecting port */
    assert_int_equal(bus_sim_next_ms(scene->bus), 10);
    bus_sim_disconnect(scene->bus, DESK);
    assert_int_equal(bus_sim_next_ms(scene->bus), INT64_MAX);
    ask(scene, "afterwards");
    bus_sim_time(scene->bus, 10);
    expect(scene, "afterwards");
}

static void last_words_arrive_although_their_sender_has_gone(void **state)
{
    struct scene *scene = *state;
    struct port *guest = open_port(scene, PORT_DEALER, DESK);
    const struct span frames[] = {span_of(""), span_of("PUT"), span_of("last words")};
    scene->sky.next.delay_ms = 10;
    assert_int_equal(port_send(guest, frames, 3), 0);
    port_close(guest);
    bus_sim_time(scene->bus, 10);
    expect(scene, "last words");
}

static void what_is_under_way_counts_against_the_high_water_marks(void **state)
{
    struct scene *scene = *state;
    scene->sky.next.delay_ms = 10;
    for (int i = 0; i < 3 + 2; i++)
        assert_int_equal(ask(scene, "more"), 0);
    assert_int_equal(ask(scene, "too much"), -E_AGAIN);
    assert_int_equal(bus_sim_longest_queue(scene->bus), 5);
    bus_sim_time(scene->bus, 10);
    expect(scene, "more");
    assert_int_equal(ask(scene, "again"), 0);
    assert_int_equal(bus_sim_longest_queue(scene->bus), 5);
}

static void ports_have_room_for_as_little_as_the_bus_says(void **state)
{
    struct scene *scene = *state;
    const struct port_options bind = {.kind = PORT_ROUTER, .endpoint = "inproc://narrow", .bind = true};
    const struct port_options connect = {.kind = PORT_DEALER, .endpoint = "inproc://narrow"};
    const struct span frames[] = {span_of(""), span_of("PUT"), span_of("one")};
    struct port *router, *dealer;
    bus_sim_high_water(scene->bus, 1);
    assert_int_equal(port_open(scene->bus, &bind, &router), 0);
    assert_int_equal(port_open(scene->bus, &connect, &dealer), 0);
    assert_int_equal(port_send(dealer, frames, 3), 0);
    assert_int_equal(port_send(dealer, frames, 3), 0);
    assert_int_equal(port_send(dealer, frames, 3), -E_AGAIN);
    port_close(dealer);
    port_close(router);
}

static void a_subscription_counts_when_it_has_arrived(void **state)
{
    struct scene *scene = *state;
    struct port *publisher = open_port(scene, PORT_XPUB, INTAKE);
    struct port *subscriber = open_port(scene, PORT_SUB, DESK);
    const struct span card[] = {span_of("complaint"), span_of("C-41")};
    struct parcel parcel = {0};
    scene->sky.next.delay_ms = 10;
    port_subscribe(subscriber, "complaint");
    assert_int_equal(port_send(publisher, card, 2), 0);
    bus_sim_time(scene->bus, 20);
    expect_none(scene, subscriber);
    assert_int_equal(port_receive(publisher, &parcel), 0);
    assert_true(span_is(parcel.frame[0], "\1complaint"));
    assert_int_equal(port_send(publisher, card, 2), 0);
    bus_sim_time(scene->bus, 30);
    assert_int_equal(port_receive(subscriber, &parcel), 0);
    assert_true(span_is(parcel.frame[1], "C-41"));

    /* A connection that breaks is noticed at once; the new one tells its subscriptions again. */
    scene->sky.next.delay_ms = 5;
    bus_sim_disconnect(scene->bus, DESK);
    assert_int_equal(port_receive(publisher, &parcel), 0);
    assert_true(span_equal(parcel.frame[0], span_make("\0complaint", 10)));
    expect_none(scene, publisher);
    bus_sim_time(scene->bus, 35);
    assert_int_equal(port_receive(publisher, &parcel), 0);
    assert_true(span_is(parcel.frame[0], "\1complaint"));
    parcel_release(&parcel);
    port_close(subscriber);
    port_close(publisher);
}

/* A device without a key, and one with: a reply comes back to either as from nobody. */
static void a_message_carries_the_key_that_its_port_connected_with(void **state)
{
    struct scene *scene = *state;
    const struct span question[] = {span_of(""), span_of("PING"), span_of("x")};
    struct parcel parcel = {0}, reply = {0};
    struct port *router = scene->router, *local = scene->dealer;
    bus_sim_principal(scene->bus, 4);
    struct port *keyed = open_port(scene, PORT_DEALER, DESK);
    bus_sim_principal(scene->bus, 0);
    assert_int_equal(port_send(keyed, question, 3), 0);
    assert_int_equal(port_receive(router, &parcel), 0);
    assert_int_equal(parcel.principal, 4);
    const struct span answer[] = {parcel.frame[0], span_of(""), span_of("PONG"), span_of("y")};
    assert_int_equal(port_send(router, answer, 4), 0);
    assert_int_equal(port_receive(keyed, &reply), 0);
    assert_int_equal(reply.principal, 0);
    assert_int_equal(port_send(local, question, 3), 0);
    assert_int_equal(port_receive(router, &parcel), 0);
    assert_int_equal(parcel.principal, 0);
    parcel_release(&reply);
    parcel_release(&parcel);
    port_close(keyed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_open, scene_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_delayed_message_arrives_when_its_time_has_come),
        TEST(messages_of_one_link_never_overtake_each_other),
        TEST(messages_of_different_links_arrive_by_their_own_delays),
        TEST(a_message_can_be_lost_or_come_twice),
        TEST(the_weather_is_told_who_sends_what_to_whom),
        TEST(a_cut_link_loses_what_is_under_way_and_has_another_route),
        TEST(a_member_is_disconnected_and_connects_anew),
        TEST(last_words_arrive_although_their_sender_has_gone),
        TEST(what_is_under_way_counts_against_the_high_water_marks),
        TEST(ports_have_room_for_as_little_as_the_bus_says),
        TEST(a_message_carries_the_key_that_its_port_connected_with),
        TEST(a_subscription_counts_when_it_has_arrived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
