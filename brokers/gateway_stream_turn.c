/*
 * gateway_stream_turn.c - the turn of all streams: what the outlet says goes to whom it concerns; four times a second, who is due.
 */
#include "brokers/gateway_stream.h"

#include <stdio.h>
#include <stdlib.h>

int streams_open(struct gateway *gateway)
{
    struct streams *streams = calloc(1, sizeof *streams);
    if (!streams)
        return -E_NO_MEMORY;
    gateway->streams = streams;
    streams->outlet.heard_ms = streams->rights_ms = INT64_MIN / 2;
    streams->to = fmemopen(streams->text, sizeof streams->text, "w");
    if (!streams->to || recent_open(&streams->recent, RECENT_BYTES) < 0)
        return -E_NO_MEMORY;
    const struct port_options outlet = {.kind = PORT_DEALER, .endpoint = gateway->setup.replay_trusted_endpoint};
    return outlet.endpoint[0] ? port_open(gateway->setup.bus, &outlet, &streams->port) : 0;
}

void streams_close(struct gateway *gateway)
{
    struct streams *streams = gateway->streams;
    if (!streams)
        return;
    parcel_release(&streams->parcel);
    port_close(streams->port);
    recent_close(&streams->recent);
    if (streams->to)
        fclose(streams->to);
    free(streams);
    gateway->streams = NULL;
}

struct port *streams_port(const struct gateway *gateway)
{
    return gateway->streams->port;
}

uint64_t streams_count(const struct gateway *gateway)
{
    return gateway->streams->count;
}

void streams_recheck(struct gateway *gateway)
{
    gateway->streams->recheck = true;
}

void streams_rights_changed(struct gateway *gateway)
{
    gateway->streams->rights_ms = gateway->now.monotonic_ms;
    gateway->streams->recheck = true;
}

static void credentials_check(struct gateway *gateway)
{
    struct streams *streams = gateway->streams;
    streams->recheck = false;
    for (uint32_t i = 0; i < streams->end; i++) {
        struct stream *stream = &streams->stream[i];
        const char *over = stream->id ? credential_over(gateway, &stream->credential) : NULL;
        if (over)
            stream_dismiss(gateway, stream, over);
    }
}

/* Questions whose answer was lost, and those that had to rest. */
static void questions_repeat(struct gateway *gateway)
{
    struct streams *streams = gateway->streams;
    int64_t now_ms = gateway->now.monotonic_ms;
    for (uint32_t i = 0; i < FOLLOWERS_MAX; i++) {
        struct follower *follower = &streams->follower[i];
        if ((follower->streams == 0 && !follower->asked) || now_ms < follower->again_ms)
            continue;
        if (follower->streams > 0 && follower->begun)
            follower_ask(gateway, follower);
        else
            follower_give_up(gateway, follower);
    }
    for (uint32_t i = 0; i < streams->end; i++) {
        if (streams->stream[i].number && now_ms >= streams->stream[i].again_ms)
            page_over(gateway, &streams->stream[i]);
    }
}

static void tick(struct gateway *gateway)
{
    struct streams *streams = gateway->streams;
    struct http_stream_state state;
    int64_t now_ms = gateway->now.monotonic_ms;
    streams->tick_ms = now_ms + STREAM_TICK_MS;
    if (streams->count > 0 && now_ms >= streams->outlet.ping_ms)
        outlet_ping(gateway);
    questions_repeat(gateway);
    for (uint32_t i = 0; i < streams->end; i++) {
        struct stream *stream = &streams->stream[i];
        if (stream->id && http_stream_look(gateway->http, stream->id, &state) < 0)
            stream_drop(gateway, stream);
        else if (stream->id && now_ms >= stream->beat_ms)
            stream_beat(gateway, stream);
    }
}

static void feed(struct gateway *gateway)
{
    struct streams *streams = gateway->streams;
    bool moved = streams->moved, behind = false;
    streams->moved = false;
    for (uint32_t i = 0; i < streams->end; i++) {
        struct stream *stream = &streams->stream[i];
        if (stream->id && (moved || stream->behind))
            stream_feed(gateway, stream);
        behind |= stream->behind;
    }
    streams->behind = behind;
}

void streams_turn(struct gateway *gateway)
{
    struct streams *streams = gateway->streams;
    if (!streams->port)
        return;
    outlet_hear(gateway);
    if (streams->recheck)
        credentials_check(gateway);
    if (gateway->now.monotonic_ms >= streams->tick_ms)
        tick(gateway);
    if (streams->moved || streams->behind)
        feed(gateway);
}

/* Without streams only an answer can be waited for, which wakes the turn. */
int64_t streams_due_ms(const struct gateway *gateway)
{
    return gateway->streams->count > 0 ? gateway->streams->tick_ms : INT64_MAX;
}
