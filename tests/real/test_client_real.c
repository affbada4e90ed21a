/* The client library over real ZeroMQ: events and cards arrive although brokers come late, go, and come back. */
#include "brokers/outlet.h"
#include "clients/c/client.h"
#include "core/status.h"
#include "tests/support/broker_model.h"
#include "tests/support/feed_model.h"
#include "tests/support/scratch.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define DEADLINE_MS 30000
#define ENDPOINT_LEN 40u

/* A port of 127.0.0.1 that nobody has. */
static void endpoint_find(char *endpoint)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int probe = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(probe >= 0);
    assert_int_equal(bind(probe, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(probe, (struct sockaddr *)&address, &len), 0);
    close(probe);
    snprintf(endpoint, ENDPOINT_LEN, "tcp://127.0.0.1:%u", ntohs(address.sin_port));
}

/* Binds again what was bound a moment ago: the system may take its time. */
static struct port *router_open(const struct manyi *manyi, const char *endpoint)
{
    struct port_options options = {.kind = PORT_ROUTER, .endpoint = endpoint, .bind = true};
    struct port *port = NULL;
    int64_t end_ms = client_now_ms(manyi) + DEADLINE_MS;
    int result = -E_PORT_IN_USE;
    while (result == -E_PORT_IN_USE && client_now_ms(manyi) < end_ms)
        result = port_open(manyi->bus, &options, &port);
    assert_int_equal(result, 0);
    return port;
}

/* ---- publishing ---- */

struct progress {
    uint64_t next; /* token that the next result must have */
    uint32_t fenced;
};

static void on_result(void *context, const struct manyi_result *result)
{
    struct progress *progress = context;
    assert_int_equal(result->status, 0);
    assert_int_equal(result->token, progress->next);
    progress->next++;
}

static void publish_through_a_storm(const char *source)
{
    enum { EVENTS = 5000 };
    struct manyi *manyi;
    static struct broker_model broker;
    char endpoint[ENDPOINT_LEN];
    assert_int_equal(manyi_open(&manyi), 0);
    endpoint_find(endpoint);
    struct progress progress = {0};
    struct manyi_publisher_options options = {.endpoint = endpoint,
                                              .source = source,
                                              .instance = "storm",
                                              .batch_events = 50,
                                              .on_result = on_result,
                                              .context = &progress};
    struct manyi_publisher *publisher;
    assert_int_equal(manyi_publisher_open(manyi, &options, &publisher), 0);
    assert_int_equal(manyi_publisher_turn(publisher, 0), 0); /* nobody is there yet */
    broker_model_open(&broker, manyi->bus, endpoint);
    broker.seed = 3;
    broker.lose_reply_percent = 2;
    uint32_t given = 0;
    int64_t end_ms = client_now_ms(manyi) + DEADLINE_MS;
    bool restarted = false;
    while (progress.next < EVENTS && client_now_ms(manyi) < end_ms) {
        char event[MODEL_EVENT_MAX];
        for (uint32_t i = 0; i < 200 && given < EVENTS; i++, given++) {
            int len = snprintf(event, sizeof event, "rating-%u", given);
            if (manyi_publish(publisher, event, (size_t)len, given))
                break;
        }
        assert_int_equal(manyi_publisher_turn(publisher, 1), 0);
        broker_model_turn(&broker);
        if (!restarted && progress.next > EVENTS / 2) {
            restarted = true;
            parcel_release(&broker.parcel);
            port_close(broker.port);
            broker.port = router_open(manyi, endpoint);
        }
    }
    assert_int_equal(progress.next, EVENTS);
    assert_true(restarted);
    assert_int_equal(broker.count, EVENTS);
    assert_int_equal(manyi_publisher_flush(publisher, 0), 0);
    manyi_publisher_close(publisher);
    broker_model_close(&broker);
    manyi_close(manyi);
}

static void events_arrive_once_through_lost_answers_and_a_restart(void **state)
{
    (void)state;
    publish_through_a_storm(NULL);
    publish_through_a_storm("/stores/sh-pudong/service");
}

static void a_flush_without_a_broker_ends_in_time(void **state)
{
    (void)state;
    struct manyi *manyi;
    char endpoint[ENDPOINT_LEN];
    assert_int_equal(manyi_open(&manyi), 0);
    endpoint_find(endpoint);
    struct manyi_publisher_options options = {.endpoint = endpoint, .on_result = on_result};
    struct manyi_publisher *publisher;
    assert_int_equal(manyi_publisher_open(manyi, &options, &publisher), 0);
    assert_int_equal(manyi_publish(publisher, "event", 5, 0), 0);
    int64_t before_ms = client_now_ms(manyi);
    assert_int_equal(manyi_publisher_flush(publisher, 200), -E_UNREACHABLE);
    assert_in_range(client_now_ms(manyi) - before_ms, 200, DEADLINE_MS);
    manyi_publisher_close(publisher);
    manyi_close(manyi);
}

/* ---- asking ---- */

struct oracle {
    struct port *port;
};

/* Answers three questions, each with its own body. */
static void *oracle_run(void *context)
{
    struct oracle *oracle = context;
    struct parcel parcel = {0};
    for (uint32_t answered = 0; answered < 3;) {
        if (port_receive(oracle->port, &parcel))
            continue;
        struct span frames[] = {parcel.frame[0], parcel.frame[1], span_of("ROWS"), parcel.frame[3]};
        if (port_send(oracle->port, frames, 4) == 0)
            answered++;
    }
    parcel_release(&parcel);
    return NULL;
}

static void a_question_waits_for_its_answer(void **state)
{
    (void)state;
    struct manyi *manyi;
    char endpoint[ENDPOINT_LEN];
    assert_int_equal(manyi_open(&manyi), 0);
    endpoint_find(endpoint);
    struct manyi_asker *asker;
    const char *verb;
    const void *body;
    size_t len;
    assert_int_equal(manyi_asker_open(manyi, endpoint, &asker), 0);
    assert_int_equal(manyi_ask(asker, "GET", NULL, 0, 100, &verb, &body, &len), -E_UNREACHABLE);
    struct oracle oracle = {.port = router_open(manyi, endpoint)};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, oracle_run, &oracle), 0);
    for (uint8_t i = 1; i <= 3; i++) {
        uint8_t asked[] = {0x81, 0xa1, 'k', i};
        assert_int_equal(manyi_ask(asker, "GET", asked, sizeof asked, DEADLINE_MS, &verb, &body, &len), 0);
        assert_string_equal(verb, "ROWS");
        struct wire_value value;
        struct span bytes;
        assert_int_equal(wire_find(span_make(body, len), "k", &value, &bytes), 0);
        assert_int_equal(value.natural, i);
    }
    pthread_join(thread, NULL);
    port_close(oracle.port);
    manyi_asker_close(asker);
    manyi_close(manyi);
}

/* ---- following ---- */

struct stand {
    struct manyi *manyi;
    struct setup setup;
    struct feed_model feed;
    struct outlet *outlet;
    uint64_t last;
    uint32_t cards;
    uint32_t ready;
    uint32_t resets;
};

static void on_card(void *context, const struct manyi_card *card)
{
    struct stand *stand = context;
    assert_true(card->n > stand->last);
    stand->last = card->n;
    stand->cards++;
}

static void on_reset(void *context, const char *channel)
{
    struct stand *stand = context;
    assert_string_equal(channel, "complaint");
    stand->resets++;
}

static void on_ready(void *context, const char *channel)
{
    struct stand *stand = context;
    assert_string_equal(channel, "complaint");
    stand->ready++;
}

static void outlet_dir_remove(const struct stand *stand)
{
    char path[ENDPOINT_MAX + 32];
    snprintf(path, sizeof path, "%s/outlet", stand->setup.dir);
    assert_int_equal(access(path, F_OK), 0);
    scratch_remove(path);
}

/* Turns of feed, outlet and subscriber until the subscriber has the card n. */
static void run_until(struct stand *stand, struct manyi_subscriber *subscriber, uint64_t n)
{
    int64_t end_ms = client_now_ms(stand->manyi) + DEADLINE_MS;
    while (stand->last < n || stand->ready == 0) {
        int64_t wait_ms;
        feed_model_turn(&stand->feed);
        assert_int_equal(outlet_turn(stand->outlet, clock_read(stand->manyi->clock), &wait_ms), 0);
        assert_int_equal(manyi_subscriber_turn(subscriber, 1), 0);
        assert_true(client_now_ms(stand->manyi) < end_ms);
    }
}

static void add(struct stand *stand, uint32_t count)
{
    char subject[16];
    for (uint32_t i = 0; i < count; i++) {
        snprintf(subject, sizeof subject, "C-%u", i % 300);
        feed_model_add(&stand->feed, EVENT_complaint_changed, subject, "changed", false);
    }
}

static void outlet_restart(struct stand *stand)
{
    outlet_close(stand->outlet);
    int64_t end_ms = client_now_ms(stand->manyi) + DEADLINE_MS;
    int result = -E_PORT_IN_USE;
    while (result == -E_PORT_IN_USE && client_now_ms(stand->manyi) < end_ms)
        result = outlet_open(&stand->setup, &stand->outlet);
    assert_int_equal(result, 0);
}

static void stand_open(struct stand *stand, const char *folder)
{
    struct setup *setup = &stand->setup;
    assert_int_equal(manyi_open(&stand->manyi), 0);
    setup->bus = stand->manyi->bus;
    setup->clock = stand->manyi->clock;
    snprintf(setup->dir, sizeof setup->dir, "%s", folder);
    endpoint_find(setup->publish_endpoint);
    endpoint_find(setup->replay_endpoint);
    snprintf(setup->feed_inner_endpoint, sizeof setup->feed_inner_endpoint, "inproc://feed");
    feed_model_open(&stand->feed, stand->manyi->bus, "inproc://feed", "first");
    add(stand, 700); /* 300 cases: two pages */
    assert_int_equal(outlet_open(setup, &stand->outlet), 0);
}

static void stand_close(struct stand *stand)
{
    outlet_close(stand->outlet);
    feed_model_close(&stand->feed);
    manyi_close(stand->manyi);
}

/* Whoever follows by REPLAY alone: what waited at the outlet died with it, and is asked again. */
static void a_follower_without_a_publish_endpoint_heals_over_a_restart_of_the_outlet(void **state)
{
    static const char *const channels[] = {"complaint"};
    struct stand stand = {0};
    stand_open(&stand, *state);
    const struct manyi_subscriber_options options = {.replay_endpoint = stand.setup.replay_endpoint,
                                                     .channels = channels,
                                                     .channel_count = 1,
                                                     .on_card = on_card,
                                                     .on_reset = on_reset,
                                                     .on_ready = on_ready,
                                                     .context = &stand};
    struct manyi_subscriber *subscriber;
    assert_int_equal(manyi_subscriber_open(stand.manyi, &options, &subscriber), 0);
    run_until(&stand, subscriber, 700);
    add(&stand, 10);
    run_until(&stand, subscriber, 710);
    outlet_restart(&stand);
    add(&stand, 10);
    run_until(&stand, subscriber, 720);
    assert_int_equal(stand.resets, 0);
    assert_int_equal(stand.ready, 1);
    assert_in_range(stand.cards, 320, 720);
    manyi_subscriber_close(subscriber);
    stand_close(&stand);
}

static void a_subscriber_heals_over_a_restart_and_a_rebuild_of_the_outlet(void **state)
{
    static const char *const channels[] = {"complaint"};
    struct stand stand = {0};
    stand_open(&stand, *state);

    struct manyi_subscriber_options options = {.publish_endpoint = stand.setup.publish_endpoint,
                                               .replay_endpoint = stand.setup.replay_endpoint,
                                               .channels = channels,
                                               .channel_count = 1,
                                               .on_card = on_card,
                                               .on_reset = on_reset,
                                               .on_ready = on_ready,
                                               .context = &stand};
    struct manyi_subscriber *subscriber;
    assert_int_equal(manyi_subscriber_open(stand.manyi, &options, &subscriber), 0);
    run_until(&stand, subscriber, 700);
    add(&stand, 10);
    run_until(&stand, subscriber, 710);

    outlet_restart(&stand);
    add(&stand, 10);
    run_until(&stand, subscriber, 720);

    outlet_close(stand.outlet);
    outlet_dir_remove(&stand);
    stand.outlet = NULL;
    outlet_restart(&stand);
    add(&stand, 10);
    run_until(&stand, subscriber, 730);
    assert_int_equal(stand.resets, 0);
    assert_int_equal(stand.ready, 1);
    assert_in_range(stand.cards, 330, 730);

    manyi_subscriber_close(subscriber);
    stand_close(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_arrive_once_through_lost_answers_and_a_restart),
        cmocka_unit_test(a_flush_without_a_broker_ends_in_time),
        cmocka_unit_test(a_question_waits_for_its_answer),
        cmocka_unit_test_setup_teardown(a_follower_without_a_publish_endpoint_heals_over_a_restart_of_the_outlet,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(a_subscriber_heals_over_a_restart_and_a_rebuild_of_the_outlet, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
