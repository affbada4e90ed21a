/*
 * outlet_stand.h - a made-up feed, the outlet, and subscribers that write down what they see, on simulated seams.
 */
#ifndef MANYI_TESTS_OUTLET_STAND_H
#define MANYI_TESTS_OUTLET_STAND_H

#include "brokers/outlet.h"
#include "clients/c/subscriber.h"
#include "core/status.h"
#include "io/store_sim.h"
#include "tests/support/feed_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define CARDS_MAX 8192u
#define WATCHERS_MAX 4u
#define OUTLET_DIR "/data/outlet"

struct seen {
    char channel[16];
    uint64_t n;
    uint64_t seq;
    char said[32];
    char at[32];
    bool gone;
    bool snapshot;
};

/* A subscriber and what it has seen. */
struct watcher {
    struct manyi_subscriber *subscriber;
    struct seen *seen;
    uint32_t count;
    uint32_t resets;
    uint32_t ready;
};

struct stand {
    struct manyi manyi;
    struct setup setup;
    struct feed_model feed;
    struct outlet *outlet;
    struct watcher watchers[WATCHERS_MAX];
    uint32_t watcher_count;
    struct port *asker; /* DEALER at the replay port */
    struct parcel parcel;
};

static inline void on_card(void *context, const struct manyi_card *card)
{
    struct watcher *watcher = context;
    assert_true(watcher->count < CARDS_MAX);
    struct seen *seen = &watcher->seen[watcher->count++];
    *seen = (struct seen){.n = card->n, .seq = card->seq, .gone = card->gone, .snapshot = card->snapshot};
    client_copy(seen->channel, sizeof seen->channel, span_of(card->channel));
    client_copy(seen->at, sizeof seen->at, span_of(card->at));
    struct wire_value said;
    struct span bytes;
    assert_int_equal(wire_find(span_make(card->card, card->card_len), "said", &said, &bytes), 0);
    client_copy(seen->said, sizeof seen->said, said.bytes);
}

static inline void on_reset(void *context, const char *channel)
{
    struct watcher *watcher = context;
    assert_string_not_equal(channel, "");
    watcher->resets++;
    watcher->count = 0;
}

static inline void on_ready(void *context, const char *channel)
{
    struct watcher *watcher = context;
    assert_string_not_equal(channel, "");
    watcher->ready++;
}

static inline void outlet_start(struct stand *stand)
{
    assert_int_equal(outlet_open(&stand->setup, &stand->outlet), 0);
}

static inline void stand_open(struct stand *stand)
{
    *stand = (struct stand){0};
    store_sim_forget(OUTLET_DIR);
    assert_int_equal(bus_open(&stand->manyi.bus), 0);
    assert_int_equal(clock_open(&(struct clock_options){0}, &stand->manyi.clock), 0);
    stand->setup = (struct setup){
        .bus = stand->manyi.bus,
        .clock = stand->manyi.clock,
        .dir = "/data",
        .publish_endpoint = "tcp://127.0.0.1:7304",
        .replay_endpoint = "tcp://127.0.0.1:7305",
        .feed_inner_endpoint = "inproc://feed",
    };
    feed_model_open(&stand->feed, stand->manyi.bus, "inproc://feed", "first");
    outlet_start(stand);
    struct port_options asker = {.kind = PORT_DEALER, .endpoint = stand->setup.replay_endpoint};
    assert_int_equal(port_open(stand->manyi.bus, &asker, &stand->asker), 0);
}

static inline void stand_close(struct stand *stand)
{
    for (uint32_t i = 0; i < stand->watcher_count; i++) {
        manyi_subscriber_close(stand->watchers[i].subscriber);
        free(stand->watchers[i].seen);
    }
    parcel_release(&stand->parcel);
    port_close(stand->asker);
    outlet_close(stand->outlet);
    feed_model_close(&stand->feed);
    clock_close(stand->manyi.clock);
    bus_close(stand->manyi.bus);
}

static inline struct watcher *watch(struct stand *stand, const char *const *channels, uint32_t count)
{
    struct watcher *watcher = &stand->watchers[stand->watcher_count++];
    struct manyi_subscriber_options options = {
        .publish_endpoint = stand->setup.publish_endpoint,
        .replay_endpoint = stand->setup.replay_endpoint,
        .channels = channels,
        .channel_count = count,
        .on_card = on_card,
        .on_reset = on_reset,
        .on_ready = on_ready,
        .context = watcher,
    };
    watcher->seen = calloc(CARDS_MAX, sizeof *watcher->seen);
    assert_non_null(watcher->seen);
    assert_int_equal(manyi_subscriber_open(&stand->manyi, &options, &watcher->subscriber), 0);
    return watcher;
}

static inline struct watcher *watch_complaints(struct stand *stand)
{
    static const char *const channels[] = {"complaint"};
    return watch(stand, channels, 1);
}

static inline void complaint(struct stand *stand, const char *subject, const char *said)
{
    feed_model_add(&stand->feed, EVENT_complaint_changed, subject, said, false);
}

static inline void feed_and_outlet(struct stand *stand)
{
    int64_t wait_ms = -1;
    feed_model_turn(&stand->feed);
    assert_int_equal(outlet_turn(stand->outlet, clock_read(stand->manyi.clock), &wait_ms), 0);
    assert_in_range(wait_ms, 1, 1000);
}

static inline void pass(struct stand *stand, int64_t ms)
{
    clock_sim_advance(stand->manyi.clock, ms, ms);
}

/* Turns of everybody, 10 ms each: enough for whatever is on its way, and for a beat when count is above 100. */
static inline void run(struct stand *stand, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        feed_and_outlet(stand);
        for (uint32_t k = 0; k < stand->watcher_count; k++)
            assert_int_equal(manyi_subscriber_turn(stand->watchers[k].subscriber, 0), 0);
        pass(stand, 10);
    }
}

/* Takes the next live message out of the subscriber's queue, as if the network had dropped it. */
static inline void lose_one(const struct watcher *watcher)
{
    struct parcel lost = {0};
    assert_int_equal(port_receive(watcher->subscriber->live, &lost), 0);
    parcel_release(&lost);
}

static inline void assert_seen(const struct watcher *watcher, uint32_t at, uint64_t n, const char *said, bool snapshot)
{
    assert_true(at < watcher->count);
    assert_int_equal(watcher->seen[at].n, n);
    assert_string_equal(watcher->seen[at].said, said);
    assert_int_equal(watcher->seen[at].snapshot, snapshot);
}

#endif
