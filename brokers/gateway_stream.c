/*
 * gateway_stream.c - GET /v1/stream: who may listen to what, and from where; its end.
 */
#include "brokers/gateway_stream.h"

#include "core/ensure.h"

#include <stdio.h>

/* ---- opening ---- */

/* What is asked for. */
struct listening {
    uint32_t channels; /* 0: all that one may see */
    enum stream_begin begin;
    char after[NAME_MAX_BYTES + 1];
    uint64_t n[CHANNEL_count];
    char why[LABEL_MAX_BYTES + 1];
};

static bool may_see(const struct who *who, enum card_channel channel)
{
    enum access_right right = access_right_of_channel(span_of(channel_name(channel)));
    return access_widest(who->principal, right) != REACH_NONE;
}

/* "complaint,task". detail: what is wrong. */
static int channels_read(const struct who *who, const char *text, uint32_t *ret_channels, char detail[160])
{
    while (*text) {
        size_t len = strcspn(text, ",");
        enum card_channel channel = channel_of(span_make(text, len));
        if (channel == CHANNEL_none) {
            snprintf(detail, 160, "%.*s is no channel: complaint, escalation, task, callback, score, ledger, system",
                     len < 64 ? (int)len : 64, text);
            return -E_BAD_REQUEST;
        }
        if (!may_see(who, channel)) {
            snprintf(detail, 160, "the channel %s", channel_name(channel));
            return -E_NO_RIGHT;
        }
        *ret_channels |= 1u << channel;
        text += len + (text[len] == ',');
    }
    return 0;
}

static int parameter_read(const struct who *who, const char *name, const char *value, struct listening *listening,
                          char detail[160])
{
    if (strcmp(name, "channels") == 0)
        return channels_read(who, value, &listening->channels, detail);
    if (strcmp(name, "why") == 0) {
        snprintf(detail, 160, "why has at most %u bytes", LABEL_MAX_BYTES);
        if (strlen(value) > LABEL_MAX_BYTES)
            return -E_BAD_REQUEST;
        memcpy(listening->why, value, strlen(value) + 1);
        return 0;
    }
    if (strcmp(name, "after") != 0) {
        snprintf(detail, 160, "the parameter %.64s is unknown: channels, after, why", name);
        return -E_BAD_REQUEST;
    }
    if (listening->begin == BEGIN_AFTER) /* a client that comes back knows better than its address */
        return 0;
    bool now = strcmp(value, "now") == 0;
    listening->begin = now ? BEGIN_NOW : BEGIN_AFTER;
    snprintf(detail, 160, "after is now, or the id of an event of a stream");
    return now ? 0 : id_read(span_of(value), listening->after, listening->n);
}

/* Whoever comes back says which event was its last. An id that nobody can read is none of ours: it hears so, and begins anew. */
static int listening_read(struct gateway *gateway, const struct http_request *request, const struct who *who,
                          struct listening *listening, char detail[160])
{
    struct span last = http_header(gateway->http, request->id, "Last-Event-ID"), rest = request->query, key, value;
    char name[NAME_MAX_BYTES + 1], text[HTTP_URI_MAX + 1];
    size_t len;
    if (last.len > 0) {
        listening->begin = BEGIN_AFTER;
        id_read(last, listening->after, listening->n);
    }
    while (form_next(&rest, &key, &value)) {
        snprintf(detail, 160, "a parameter is not readable");
        if (percent_read(key, true, name, sizeof name, &len) < 0 ||
            percent_read(value, true, text, sizeof text, &len) < 0)
            return -E_BAD_REQUEST;
        int result = parameter_read(who, name, text, listening, detail);
        if (result < 0)
            return result;
    }
    if (listening->channels == 0) {
        for (enum card_channel channel = CHANNEL_none + 1; channel < CHANNEL_count; channel++)
            listening->channels |= (uint32_t)may_see(who, channel) << channel;
    }
    snprintf(detail, 160, "there is no channel that you may see");
    return listening->channels ? 0 : -E_NO_RIGHT;
}

/* NULL: there are as many as there may be. */
static struct stream *stream_find(struct streams *streams, uint32_t principal, char detail[160])
{
    struct stream *vacant = NULL;
    uint32_t own = 0;
    for (uint32_t i = 0; i < streams->end; i++) {
        struct stream *stream = &streams->stream[i];
        if (!stream->id)
            vacant = vacant ? vacant : stream;
        else
            own += stream->credential.number == principal;
    }
    if (principal != PRINCIPAL_LOCAL && own >= STREAMS_EACH) {
        snprintf(detail, 160, "%u streams of yours are open; close one", STREAMS_EACH);
        return NULL;
    }
    snprintf(detail, 160, "%u streams are open, and there are no more", STREAMS_MAX);
    if (!vacant && streams->end < STREAMS_MAX)
        vacant = &streams->stream[streams->end++];
    return vacant;
}

/* Many may have left at once, to come back at once. */
static void gone_drop(struct gateway *gateway)
{
    struct streams *streams = gateway->streams;
    struct http_stream_state state;
    for (uint32_t i = 0; i < streams->end; i++) {
        struct stream *stream = &streams->stream[i];
        if (stream->id && http_stream_look(gateway->http, stream->id, &state) < 0)
            stream_drop(gateway, stream);
    }
}

static void channels_leave(struct gateway *gateway, struct stream *stream)
{
    for (uint32_t channel = 0; channel < CHANNEL_count; channel++) {
        if (stream->follower[channel])
            follower_leave(gateway, stream->follower[channel]);
        stream->follower[channel] = NULL;
    }
}

static int channels_join(struct gateway *gateway, struct stream *stream, const char *why)
{
    for (enum card_channel channel = CHANNEL_none + 1; channel < CHANNEL_count; channel++) {
        if (!(stream->channels >> channel & 1u))
            continue;
        stream->follower[channel] =
            follower_join(gateway, &stream->credential, channel, channel == CHANNEL_ledger ? why : "");
        if (!stream->follower[channel]) {
            channels_leave(gateway, stream);
            return -E_AGAIN;
        }
    }
    return 0;
}

static struct http_answer head_make(const struct http_request *request)
{
    struct http_answer head = {
        .status = 200,
        .type = "text/event-stream; charset=utf-8",
        .field = {{"X-Accel-Buffering", "no"}}, /* nginx would wait until it has enough */
        .field_count = 1,
    };
    if (request->secure)
        head.field[head.field_count++] = (struct http_field){"Strict-Transport-Security", "max-age=31536000"};
    return head;
}

static void stream_open(struct gateway *gateway, const struct http_request *request, const struct who *who,
                        const struct listening *listening)
{
    struct streams *streams = gateway->streams;
    char detail[160];
    struct stream *stream = stream_find(streams, who->number, detail);
    if (!stream) {
        gone_drop(gateway);
        stream = stream_find(streams, who->number, detail);
    }
    if (!stream) {
        answer_problem(gateway, request, -E_AGAIN, detail, "");
        return;
    }
    *stream = (struct stream){
        .channels = listening->channels,
        .begin = listening->begin,
        .opened_ms = gateway->now.monotonic_ms,
        .beat_ms = gateway->now.monotonic_ms + STREAM_BEAT_MS,
    };
    memcpy(stream->after, listening->after, sizeof stream->after);
    memcpy(stream->n, listening->n, sizeof stream->n);
    credential_take(gateway, request, who, &stream->credential);
    if (channels_join(gateway, stream, listening->why) < 0) {
        answer_problem(gateway, request, -E_AGAIN, "too many people listen to too many channels", "");
        return;
    }
    struct http_answer head = head_make(request);
    head.body = span_of(": cards as they change\nretry: 2000\n\n");
    if (http_stream(gateway->http, request->id, &head) < 0) {
        channels_leave(gateway, stream);
        answer_problem(gateway, request, -E_AGAIN, "too much has not been read yet", "");
        return;
    }
    stream->id = request->id;
    streams->opened++;
    if (streams->count++ == 0 && !outlet_speaks(gateway))
        outlet_ping(gateway);
    stream_feed(gateway, stream);
    streams->behind |= stream->behind;
}

void stream_take(struct gateway *gateway, const struct http_request *request, const struct who *who)
{
    struct listening listening = {.begin = BEGIN_PRESENT};
    char detail[160] = "";
    int status = same_origin(gateway, request) ? 0 : -E_CROSS_SITE;
    if (status == 0)
        status = listening_read(gateway, request, who, &listening, detail);
    if (status == 0 && !gateway->streams->port)
        status = -E_AGAIN;
    if (status == -E_NO_RIGHT || status == -E_CROSS_SITE)
        refused_tell(gateway, request, who, "stream", status);
    if (status < 0) {
        answer_problem(gateway, request, status, detail, "");
    } else if (request->method == HTTP_HEAD) {
        struct http_answer head = head_make(request);
        http_answer(gateway->http, request->id, &head);
    } else {
        stream_open(gateway, request, who, &listening);
    }
}

/* ---- the end of one ---- */

void page_over(struct gateway *gateway, struct stream *stream)
{
    ensure(!stream->number || gateway->streams->pages > 0);
    gateway->streams->pages -= stream->number != 0;
    stream->number = 0;
}

void stream_drop(struct gateway *gateway, struct stream *stream)
{
    struct streams *streams = gateway->streams;
    ensure(stream->id && streams->count > 0);
    page_over(gateway, stream);
    channels_leave(gateway, stream);
    streams->count--;
    *stream = (struct stream){.id = 0};
    while (streams->end > 0 && !streams->stream[streams->end - 1].id)
        streams->end--;
}

void stream_dismiss(struct gateway *gateway, struct stream *stream, const char *reason)
{
    char text[HTTP_STREAM_LAST]; /* an empty id: a browser that comes back by itself begins anew */
    int len = snprintf(text, sizeof text, "id:\nevent: resync\ndata: {\"reason\":\"%s\"}\n\n", reason);
    http_stream_end(gateway->http, stream->id, span_make(text, (size_t)len));
    stream_drop(gateway, stream);
}
