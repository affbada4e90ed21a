/*
 * publisher_stand.h - a publisher, a naive broker, and what the publisher was told, on simulated seams.
 */
#ifndef MANYI_TESTS_PUBLISHER_STAND_H
#define MANYI_TESTS_PUBLISHER_STAND_H

#include "clients/c/client.h"
#include "core/status.h"
#include "tests/support/broker_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ENDPOINT "inproc://intake"
#define RESULTS_MAX 20000u

struct seen {
    uint64_t token;
    int status;
    uint64_t seq;
    bool duplicate;
    bool quarantined;
    char event[MODEL_EVENT_MAX + 1];
    char field[64];
};

struct stand {
    struct manyi manyi;
    struct broker_model broker;
    struct manyi_publisher *publisher;
    struct seen *seen;
    uint32_t seen_count;
    uint32_t fenced;
};

static inline void on_result(void *context, const struct manyi_result *result)
{
    struct stand *stand = context;
    assert_true(stand->seen_count < RESULTS_MAX);
    struct seen *seen = &stand->seen[stand->seen_count++];
    *seen = (struct seen){.token = result->token,
                          .status = result->status,
                          .seq = result->seq,
                          .duplicate = result->duplicate,
                          .quarantined = result->quarantined};
    client_copy(seen->event, sizeof seen->event, span_make(result->event, result->event_len));
    client_copy(seen->field, sizeof seen->field, span_of(result->field));
}

static inline void on_fenced(void *context)
{
    struct stand *stand = context;
    stand->fenced++;
}

static inline struct manyi_publisher *publisher_start(struct stand *stand, const char *source, uint64_t window_bytes,
                                                      uint32_t batch_events)
{
    struct manyi_publisher_options options = {
        .endpoint = ENDPOINT,
        .source = source,
        .instance = "desk-1",
        .window_bytes = window_bytes,
        .batch_events = batch_events,
        .on_result = on_result,
        .on_fenced = on_fenced,
        .context = stand,
    };
    struct manyi_publisher *publisher;
    assert_int_equal(manyi_publisher_open(&stand->manyi, &options, &publisher), 0);
    return publisher;
}

static inline void stand_open(struct stand *stand, const char *source, uint32_t batch_events)
{
    *stand = (struct stand){.seen = calloc(RESULTS_MAX, sizeof *stand->seen)};
    assert_non_null(stand->seen);
    assert_int_equal(bus_open(&stand->manyi.bus), 0);
    assert_int_equal(clock_open(&(struct clock_options){0}, &stand->manyi.clock), 0);
    broker_model_open(&stand->broker, stand->manyi.bus, ENDPOINT);
    stand->publisher = publisher_start(stand, source, 0, batch_events);
}

static inline void stand_close(struct stand *stand)
{
    manyi_publisher_close(stand->publisher);
    broker_model_close(&stand->broker);
    clock_close(stand->manyi.clock);
    bus_close(stand->manyi.bus);
    free(stand->seen);
}

static inline void pass(struct stand *stand, int64_t ms)
{
    clock_sim_advance(stand->manyi.clock, ms, ms);
}

/* A turn of the publisher, then one of the broker. */
static inline void round_of(struct stand *stand)
{
    manyi_publisher_turn(stand->publisher, 0);
    broker_model_turn(&stand->broker);
}

/* Rounds of 100 ms until all is answered, for at most `seconds` of simulated time. */
static inline void settle(struct stand *stand, int64_t seconds)
{
    for (int64_t i = 0; i < seconds * 10 && manyi_publisher_pending(stand->publisher) > 0; i++) {
        round_of(stand);
        manyi_publisher_turn(stand->publisher, 0);
        pass(stand, 100);
    }
    assert_int_equal(manyi_publisher_pending(stand->publisher), 0);
}

static inline void publish(struct stand *stand, const char *event, uint64_t token)
{
    assert_int_equal(manyi_publish(stand->publisher, event, strlen(event), token), 0);
}

static inline void publish_many(struct stand *stand, const char *name, uint32_t count)
{
    char event[MODEL_EVENT_MAX];
    for (uint32_t i = 0; i < count; i++) {
        snprintf(event, sizeof event, "%s-%u", name, i);
        publish(stand, event, i);
    }
}

static inline void assert_accepted(const struct stand *stand, uint32_t at, uint64_t token, uint64_t seq, bool duplicate)
{
    assert_true(at < stand->seen_count);
    assert_int_equal(stand->seen[at].token, token);
    assert_int_equal(stand->seen[at].status, 0);
    assert_int_equal(stand->seen[at].seq, seq);
    assert_int_equal(stand->seen[at].duplicate, duplicate);
}

/* Without a session and with one. */
static const char *const sources[2] = {NULL, "/stores/sh-pudong/service"};

#endif
