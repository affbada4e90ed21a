/*
 * gateway_stream_ask.c - what is asked of the outlet for streams: is it there, what is new, what is further back.
 *
 * A rid is the kind of the question, whose it is, and its number: an answer to an old question finds nobody.
 */
#include "brokers/gateway_stream.h"

#include "core/ensure.h"

bool outlet_speaks(const struct gateway *gateway)
{
    const struct outlet_news *outlet = &gateway->streams->outlet;
    return outlet->generation[0] && gateway->now.monotonic_ms - outlet->heard_ms < OUTLET_SILENT_MS;
}

bool outlet_is_ready(const struct gateway *gateway)
{
    return outlet_speaks(gateway) && gateway->now.monotonic_ms - gateway->streams->rights_ms >= OUTLET_RIGHTS_MS;
}

static bool request_send(struct gateway *gateway, const char *verb, const struct record_table *record,
                         const void *request)
{
    struct streams *streams = gateway->streams;
    struct wire_writer writer;
    wire_writer_init(&writer, streams->asked, sizeof streams->asked);
    record_encode(record, request, ENCODE_EVENT, &writer);
    ensure(!writer.full);
    const struct span frames[] = {span_make(NULL, 0), span_of(verb), wire_written(&writer)};
    return port_send(streams->port, frames, 3) == 0;
}

static struct span rid_write(uint8_t buffer[16], enum stream_question kind, size_t index, uint32_t number)
{
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, 16);
    wire_natural(&writer, (uint64_t)kind << 56 | (uint64_t)index << 32 | number);
    return wire_written(&writer);
}

void outlet_ping(struct gateway *gateway)
{
    struct streams *streams = gateway->streams;
    uint8_t rid[16];
    struct ping_request ping = {0};
    streams->outlet.number = ++streams->numbers;
    streams->outlet.ping_ms = gateway->now.monotonic_ms + OUTLET_PING_MS;
    SET(&ping, ping_request, rid, rid_write(rid, QUESTION_PING, 0, streams->outlet.number));
    request_send(gateway, "PING", &record_of_ping_request, &ping); /* one that can't leave is asked again */
}

static struct replay_request replay_of(const struct follower *follower, uint64_t after, struct span rid)
{
    struct replay_request request = {0};
    SET(&request, replay_request, rid, rid);
    SET(&request, replay_request, channel, span_of(channel_name(follower->channel)));
    SET(&request, replay_request, after, (int64_t)after);
    SET(&request, replay_request, as, (int64_t)follower->principal);
    if (follower->why[0])
        SET(&request, replay_request, why, span_of(follower->why));
    return request;
}

void follower_ask(struct gateway *gateway, struct follower *follower)
{
    struct streams *streams = gateway->streams;
    uint8_t rid[16];
    int64_t now_ms = gateway->now.monotonic_ms;
    follower->number = ++streams->numbers;
    struct replay_request request =
        replay_of(follower, follower->upto,
                  rid_write(rid, QUESTION_FOLLOWER, (size_t)(follower - streams->follower), follower->number));
    SET(&request, replay_request, wait_ms, FOLLOW_WAIT_MS);
    SET(&request, replay_request, max, FOLLOW_CARDS);
    follower->asked = request_send(gateway, "REPLAY", &record_of_replay_request, &request);
    follower->asked_ms = now_ms;
    follower->again_ms = now_ms + (follower->asked ? FOLLOW_WAIT_MS + FOLLOW_PATIENCE_MS : FOLLOW_REST_MS);
}

void page_ask(struct gateway *gateway, struct stream *stream, enum card_channel channel)
{
    struct streams *streams = gateway->streams;
    uint8_t rid[16];
    uint32_t number = ++streams->numbers;
    struct replay_request request =
        replay_of(stream->follower[channel], stream->n[channel],
                  rid_write(rid, QUESTION_PAGE, (size_t)(stream - streams->stream), number));
    SET(&request, replay_request, max, PAGE_CARDS);
    bool asked = request_send(gateway, "REPLAY", &record_of_replay_request, &request);
    stream->again_ms = gateway->now.monotonic_ms + (asked ? FOLLOW_PATIENCE_MS : FOLLOW_REST_MS);
    if (!asked)
        return;
    stream->number = number;
    stream->page = channel;
    streams->pages++;
}

/* ---- followers ---- */

static bool is_free(const struct follower *follower)
{
    return follower->streams == 0 && !follower->asked;
}

static void follower_begin(struct gateway *gateway, struct follower *follower, const struct credential *credential,
                           enum card_channel channel, const char *why)
{
    struct streams *streams = gateway->streams;
    recent_forget(&streams->recent, &follower->recent);
    *follower = (struct follower){
        .streams = 1,
        .principal = credential->number,
        .rights = credential->rights,
        .channel = channel,
    };
    memcpy(follower->why, why, strlen(why) + 1);
}

struct follower *follower_join(struct gateway *gateway, const struct credential *credential, enum card_channel channel,
                               const char *why)
{
    struct streams *streams = gateway->streams;
    struct follower *vacant = NULL;
    for (uint32_t i = 0; i < FOLLOWERS_MAX; i++) {
        struct follower *follower = &streams->follower[i];
        if (is_free(follower)) {
            vacant = vacant ? vacant : follower;
        } else if (follower->principal == credential->number && follower->rights == credential->rights &&
                   follower->channel == channel && strcmp(follower->why, why) == 0) {
            follower->streams++;
            return follower;
        }
    }
    if (!vacant)
        return NULL;
    follower_begin(gateway, vacant, credential, channel, why);
    if (outlet_is_ready(gateway))
        follower_start(gateway, vacant);
    return vacant;
}

void follower_start(struct gateway *gateway, struct follower *follower)
{
    follower->begun = true;
    follower->upto = follower->recent.from = gateway->streams->outlet.head[follower->channel];
    follower_ask(gateway, follower);
}

void follower_leave(struct gateway *gateway, struct follower *follower)
{
    ensure(follower->streams > 0);
    follower->streams--;
    if (is_free(follower))
        recent_forget(&gateway->streams->recent, &follower->recent);
}

void follower_give_up(struct gateway *gateway, struct follower *follower)
{
    follower->asked = false;
    if (follower->streams == 0)
        recent_forget(&gateway->streams->recent, &follower->recent);
}
