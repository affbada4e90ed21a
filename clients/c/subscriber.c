/*
 * subscriber.c - following channels as manyi.h has it: sockets, deadlines, turns.
 */
#include "clients/c/subscriber.h"
#include "core/ensure.h"
#include "core/status.h"

#include <stdlib.h>

#define MESSAGES_PER_TURN 4096u

static int options_check(const struct manyi_subscriber_options *options)
{
    if (!options->replay_endpoint || !options->on_card)
        return -E_USAGE;
    if (options->publish_endpoint && strlen(options->publish_endpoint) > URI_MAX_BYTES)
        return -E_TOO_LONG;
    if (strlen(options->replay_endpoint) > URI_MAX_BYTES || (options->why && strlen(options->why) > LABEL_MAX_BYTES))
        return -E_TOO_LONG;
    if (options->channel_count == 0)
        return -E_EMPTY;
    if (options->channel_count > TOPICS_MAX)
        return -E_TOO_MANY_ITEMS;
    for (uint32_t i = 0; i < options->channel_count; i++) {
        if (strlen(options->channels[i]) > TOPIC_NAME_MAX)
            return -E_TOO_LONG;
    }
    return 0;
}

static int live_open(const struct manyi_subscriber *subscriber, struct port **ret_port)
{
    struct port *port;
    struct port_options options = {.kind = PORT_SUB, .endpoint = subscriber->publish_endpoint};
    int result = port_open(subscriber->manyi->bus, &options, &port);
    if (result)
        return result;
    for (uint32_t i = 0; result == 0 && i < subscriber->channel_count; i++)
        result = port_subscribe(port, subscriber->topics[i].name);
    if (result == 0)
        result = port_subscribe(port, "beat");
    if (result) {
        port_close(port);
        return result;
    }
    *ret_port = port;
    return 0;
}

/* Sockets anew; what the channels have, they keep. On failure the old sockets stay. */
static int subscriber_connect(struct manyi_subscriber *subscriber, int64_t now_ms)
{
    struct port *live = NULL;
    struct port *replay;
    int result = subscriber->publish_endpoint[0] ? live_open(subscriber, &live) : 0;
    if (result)
        return result;
    result = client_dealer_open(subscriber->manyi, subscriber->replay_endpoint, &replay);
    if (result) {
        port_close(live);
        return result;
    }
    port_close(subscriber->live);
    port_close(subscriber->replay);
    subscriber->live = live;
    subscriber->replay = replay;
    subscriber->heard_ms = now_ms;
    for (uint32_t i = 0; i < subscriber->channel_count; i++)
        topic_join(subscriber, &subscriber->topics[i], now_ms);
    return 0;
}

int manyi_subscriber_open(struct manyi *manyi, const struct manyi_subscriber_options *options,
                          struct manyi_subscriber **ret_subscriber)
{
    int result = options_check(options);
    if (result)
        return result;
    struct manyi_subscriber *subscriber = calloc(1, sizeof *subscriber);
    if (!subscriber)
        return -E_NO_MEMORY;
    subscriber->manyi = manyi;
    subscriber->options = *options;
    subscriber->beat_ms = INT64_MIN;
    subscriber->channel_count = options->channel_count;
    if (options->publish_endpoint)
        client_copy(subscriber->publish_endpoint, sizeof subscriber->publish_endpoint,
                    span_of(options->publish_endpoint));
    if (options->why)
        client_copy(subscriber->why, sizeof subscriber->why, span_of(options->why));
    client_copy(subscriber->replay_endpoint, sizeof subscriber->replay_endpoint, span_of(options->replay_endpoint));
    for (uint32_t i = 0; i < options->channel_count; i++)
        client_copy(subscriber->topics[i].name, TOPIC_NAME_MAX + 1, span_of(options->channels[i]));
    result = subscriber_connect(subscriber, client_now_ms(manyi));
    if (result) {
        manyi_subscriber_close(subscriber);
        return result;
    }
    *ret_subscriber = subscriber;
    return 0;
}

void manyi_subscriber_close(struct manyi_subscriber *subscriber)
{
    if (!subscriber)
        return;
    parcel_release(&subscriber->live_parcel);
    parcel_release(&subscriber->replay_parcel);
    port_close(subscriber->live);
    port_close(subscriber->replay);
    free(subscriber);
}

int64_t manyi_subscriber_silence_ms(const struct manyi_subscriber *subscriber)
{
    if (subscriber->beat_ms == INT64_MIN)
        return INT64_MAX;
    return client_now_ms(subscriber->manyi) - subscriber->beat_ms;
}

/* true: something came. */
static bool messages_take(struct manyi_subscriber *subscriber, int64_t now_ms)
{
    bool any = false;
    for (uint32_t i = 0; subscriber->live && i < MESSAGES_PER_TURN && subscriber->replaying == 0; i++) {
        int result = port_receive(subscriber->live, &subscriber->live_parcel);
        if (result == -E_BAD_FRAMES)
            continue;
        if (result)
            break;
        any = true;
        const struct parcel *parcel = &subscriber->live_parcel;
        if (parcel->count == 2)
            subscriber_hear(subscriber, parcel->frame[0], parcel->frame[1], now_ms);
    }
    return any;
}

static bool replies_take(struct manyi_subscriber *subscriber, int64_t now_ms)
{
    struct client_reply reply;
    bool any = false;
    for (uint32_t i = 0; i < MESSAGES_PER_TURN; i++) {
        if (client_receive(subscriber->replay, &subscriber->replay_parcel, &reply))
            break;
        any = true;
        subscriber_read(subscriber, &reply, now_ms);
    }
    return any;
}

static int deadlines_keep(struct manyi_subscriber *subscriber, int64_t now_ms)
{
    if (now_ms >= subscriber->heard_ms + BEAT_LOST_MS)
        return subscriber_connect(subscriber, now_ms);
    for (uint32_t i = 0; i < subscriber->channel_count; i++) {
        struct topic *topic = &subscriber->topics[i];
        if (topic->state != TOPIC_LIVE && !topic->refused && now_ms >= topic->due_ms)
            topic_replay(subscriber, topic, now_ms);
    }
    return 0;
}

static int64_t next_deadline_ms(const struct manyi_subscriber *subscriber)
{
    int64_t next_ms = subscriber->heard_ms + BEAT_LOST_MS;
    for (uint32_t i = 0; i < subscriber->channel_count; i++) {
        const struct topic *topic = &subscriber->topics[i];
        if (topic->state != TOPIC_LIVE && !topic->refused && topic->due_ms < next_ms)
            next_ms = topic->due_ms;
    }
    return next_ms;
}

static int subscriber_round(struct manyi_subscriber *subscriber, int64_t now_ms, bool *ret_any)
{
    bool replies = replies_take(subscriber, now_ms);
    bool messages = messages_take(subscriber, now_ms);
    int result = deadlines_keep(subscriber, now_ms);
    *ret_any = replies || messages;
    return result ? result : subscriber->refused;
}

int manyi_subscriber_turn(struct manyi_subscriber *subscriber, int64_t timeout_ms)
{
    bool any = false;
    int64_t now_ms = client_now_ms(subscriber->manyi);
    int result = subscriber_round(subscriber, now_ms, &any);
    int64_t wait_ms = next_deadline_ms(subscriber) - now_ms;
    if (wait_ms > timeout_ms)
        wait_ms = timeout_ms;
    if (result || any || wait_ms <= 0)
        return result;
    struct port *ports[] = {subscriber->replay, subscriber->live};
    client_wait(subscriber->manyi, ports, subscriber->replaying || !subscriber->live ? 1 : 2, wait_ms);
    return subscriber_round(subscriber, client_now_ms(subscriber->manyi), &any);
}
