/*
 * gateway_stream_feed.c - what a stream is told: where it begins, cards from the ring or from pages, that it is up to date, beats.
 */
#include "brokers/gateway_stream.h"

#include <stdio.h>

static int place_tell(struct gateway *gateway, struct stream *stream, const char *event)
{
    bool known = stream->greeted && outlet_speaks(gateway);
    const struct span parts[] = {place_text(gateway->streams, stream, event, gateway->now.wall_ms, known)};
    return http_stream_send(gateway->http, stream->id, parts, 1);
}

int stream_tell(struct gateway *gateway, struct stream *stream, enum card_channel channel, uint64_t n,
                struct span block)
{
    char id[STREAM_ID_MAX];
    uint64_t before = stream->n[channel];
    stream->n[channel] = n;
    const struct span parts[] = {span_make(id, id_text(gateway->streams, stream, id)), block};
    int result = http_stream_send(gateway->http, stream->id, parts, 2);
    if (result < 0)
        stream->n[channel] = before;
    return result;
}

/* ---- where it begins ---- */

/* As soon as the outlet has said where it is. */
static int stream_greet(struct gateway *gateway, struct stream *stream)
{
    const struct outlet_news *outlet = &gateway->streams->outlet;
    if (stream->begin == BEGIN_AFTER && strcmp(stream->after, outlet->generation) != 0) {
        stream_dismiss(gateway, stream, stream->after[0] ? "lineage" : "unknown_id");
        return -E_UNREACHABLE;
    }
    for (uint32_t channel = 0; stream->begin == BEGIN_NOW && channel < CHANNEL_count; channel++)
        stream->n[channel] = outlet->head[channel];
    stream->greeted = true;
    int result = place_tell(gateway, stream, "hello");
    stream->greeted = result == 0;
    return result;
}

/* ---- cards ---- */

/* One that is further back than the ring asks for a page when it has room for it. */
static void page_want(struct gateway *gateway, struct stream *stream, enum card_channel channel)
{
    struct http_stream_state state;
    if (stream->number || gateway->streams->pages >= PAGES_MAX || gateway->now.monotonic_ms < stream->again_ms)
        return;
    if (http_stream_look(gateway->http, stream->id, &state) == 0 && state.unread <= HTTP_STREAM_MAX / 4)
        page_ask(gateway, stream, channel);
}

static int channel_feed(struct gateway *gateway, struct stream *stream, enum card_channel channel)
{
    const struct follower *follower = stream->follower[channel];
    struct span block;
    if (!follower->begun)
        return -E_AGAIN;
    if (stream->n[channel] < follower->recent.from) {
        page_want(gateway, stream, channel);
        return -E_AGAIN;
    }
    for (;;) {
        uint64_t n = stream->n[channel], at = stream->at[channel];
        if (!recent_next(&gateway->streams->recent, &follower->recent, &n, &at, &block))
            break;
        int result = stream_tell(gateway, stream, channel, n, block);
        if (result < 0)
            return result;
        stream->at[channel] = at;
    }
    if (stream->n[channel] < follower->upto)
        stream->n[channel] = follower->upto;
    return 0;
}

void stream_feed(struct gateway *gateway, struct stream *stream)
{
    int result = 0;
    bool behind = false;
    if (!stream->greeted && outlet_is_ready(gateway))
        result = stream_greet(gateway, stream);
    if (!stream->id)
        return;
    for (enum card_channel channel = CHANNEL_none + 1;
         stream->greeted && channel < CHANNEL_count && result != -E_UNREACHABLE; channel++) {
        if (!stream->follower[channel])
            continue;
        result = channel_feed(gateway, stream, channel);
        behind |= result < 0;
    }
    if (result != -E_UNREACHABLE && stream->greeted && !behind && !stream->ready) {
        result = place_tell(gateway, stream, "ready");
        stream->ready = result == 0;
    }
    stream->behind = behind || !stream->ready;
    if (result == -E_UNREACHABLE)
        stream_drop(gateway, stream);
}

/* ---- beats ---- */

/* It says that it has cards which the outlet has not: so soon after a start it may yet get them. */
static bool is_strange(const struct gateway *gateway, const struct stream *stream)
{
    const struct outlet_news *outlet = &gateway->streams->outlet;
    if (!stream->greeted || !outlet_speaks(gateway) ||
        gateway->now.monotonic_ms - stream->opened_ms < STREAM_STRANGE_MS)
        return false;
    for (uint32_t channel = 0; channel < CHANNEL_count; channel++) {
        const struct follower *follower = stream->follower[channel];
        if (follower && stream->n[channel] > outlet->head[channel] && stream->n[channel] > follower->upto)
            return true;
    }
    return false;
}

void stream_beat(struct gateway *gateway, struct stream *stream)
{
    struct http_stream_state state;
    const char *over = credential_over(gateway, &stream->credential);
    stream->beat_ms = gateway->now.monotonic_ms + STREAM_BEAT_MS;
    int result = http_stream_look(gateway->http, stream->id, &state);
    if (result < 0) {
        stream_drop(gateway, stream);
    } else if (over) {
        stream_dismiss(gateway, stream, over);
    } else if (state.stuck_ms >= STREAM_SLOW_MS) {
        gateway->streams->slow++;
        stream_dismiss(gateway, stream, "slow");
    } else if (is_strange(gateway, stream)) {
        stream_dismiss(gateway, stream, "unknown_id");
    } else {
        const struct span comment = span_of(": beat\n");
        if (http_stream_send(gateway->http, stream->id, &comment, 1) == 0)
            place_tell(gateway, stream, "beat"); /* what has no room now has unread cards before it */
    }
}
