/*
 * gateway_stream_text.c - what a stream says, in the form of server-sent events (HTML standard, 9.2): cards, places, ids.
 *
 *   id: 4f1c…;complaint=41;escalation=7
 *   event: complaint
 *   data: {"n":41,"seq":1234,"at":"…","card":{…}}
 *
 * JSON has no line break inside, so that data is one line. An id says where the whole stream is: whoever comes back with it goes
 * on there in every channel.
 */
#include "brokers/gateway_stream.h"

#include "core/rfc3339.h"
#include "io/json.h"

#include <stdio.h>

static struct span text_end(struct streams *streams)
{
    bool whole = fflush(streams->to) == 0 && !ferror(streams->to);
    long len = ftell(streams->to);
    return whole && len > 0 && (size_t)len < sizeof streams->text ? span_make(streams->text, (size_t)len)
                                                                  : span_make(NULL, 0);
}

static void text_begin(struct streams *streams)
{
    clearerr(streams->to);
    rewind(streams->to);
}

static void card_begin(struct streams *streams, enum card_channel channel, const struct published *card)
{
    char at[RFC3339_LEN + 1] = "";
    if (HAS(card, published, at))
        rfc3339_format(card->at, at);
    text_begin(streams);
    fprintf(streams->to, "event: %s\ndata: {\"n\":%lld,\"seq\":%lld,\"at\":\"%s\",\"card\":", channel_name(channel),
            (long long)card->n, (long long)card->seq, at);
}

struct span card_text(struct streams *streams, enum card_channel channel, const struct published *card)
{
    card_begin(streams, channel, card);
    bool sound = json_print(streams->to, card->card) == 0;
    fputs("}\n\n", streams->to);
    struct span text = text_end(streams);
    if (sound && text.len > 0 && text.len + STREAM_ID_MAX <= HTTP_STREAM_MAX)
        return text;
    card_begin(streams, channel, card);
    fputs("null}\n\n", streams->to);
    return text_end(streams);
}

size_t id_text(const struct streams *streams, const struct stream *stream, char text[STREAM_ID_MAX])
{
    int len = snprintf(text, STREAM_ID_MAX, "id: %s", streams->outlet.generation);
    for (enum card_channel channel = CHANNEL_none + 1; channel < CHANNEL_count; channel++) {
        if (stream->channels >> channel & 1u)
            len += snprintf(text + len, STREAM_ID_MAX - (size_t)len, ";%s=%llu", channel_name(channel),
                            (unsigned long long)stream->n[channel]);
    }
    text[len++] = '\n';
    return (size_t)len;
}

struct span place_text(struct streams *streams, const struct stream *stream, const char *event, int64_t wall_ms,
                       bool known)
{
    char id[STREAM_ID_MAX], at[RFC3339_LEN + 1];
    rfc3339_format(wall_ms, at);
    text_begin(streams);
    if (stream->greeted)
        fwrite(id, 1, id_text(streams, stream, id), streams->to);
    fprintf(streams->to, "event: %s\ndata: {\"g\":", event);
    if (stream->greeted)
        json_print_text(streams->to, span_of(streams->outlet.generation));
    else
        fputs("null", streams->to);
    fprintf(streams->to, ",\"at\":\"%s\",\"channels\":", at);
    char before = '{';
    for (enum card_channel channel = CHANNEL_none + 1; channel < CHANNEL_count; channel++) {
        if (!known || !(stream->channels >> channel & 1u))
            continue;
        fprintf(streams->to, "%c\"%s\":%llu", before, channel_name(channel), (unsigned long long)stream->n[channel]);
        before = ',';
    }
    fputs(before == ',' ? "}}\n\n" : "null}\n\n", streams->to);
    return text_end(streams);
}

/* ---- reading an id ---- */

static int number_read(struct span text, uint64_t *ret_number)
{
    uint64_t number = 0;
    if (text.len == 0 || text.len > 16)
        return -E_BAD_REQUEST;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return -E_BAD_REQUEST;
        number = 10 * number + (text.at[i] - '0');
    }
    *ret_number = number;
    return number > 9007199254740991u ? -E_BAD_REQUEST : 0;
}

/* "complaint=41" */
static int place_read(struct span part, uint64_t *n, uint32_t *seen)
{
    const uint8_t *mark = part.len ? memchr(part.at, '=', part.len) : NULL;
    uint64_t number;
    if (!mark)
        return -E_BAD_REQUEST;
    enum card_channel channel = channel_of(span_make(part.at, (size_t)(mark - part.at)));
    if (channel == CHANNEL_none || *seen >> channel & 1u ||
        number_read(span_make(mark + 1, part.len - (size_t)(mark + 1 - part.at)), &number) < 0)
        return -E_BAD_REQUEST;
    *seen |= 1u << channel;
    n[channel] = number;
    return 0;
}

static struct span part_take(struct span *rest)
{
    const uint8_t *end = rest->len ? memchr(rest->at, ';', rest->len) : NULL;
    size_t len = end ? (size_t)(end - rest->at) : rest->len;
    struct span part = span_make(rest->at, len);
    *rest = span_make(rest->at + len + (end != NULL), rest->len - len - (end != NULL));
    return part;
}

/* It names a channel at least: each of ours does. */
int id_read(struct span id, char ret_generation[NAME_MAX_BYTES + 1], uint64_t ret_n[CHANNEL_count])
{
    uint64_t n[CHANNEL_count];
    uint32_t seen = 0;
    memcpy(n, ret_n, sizeof n);
    struct span generation = part_take(&id);
    if (generation.len == 0 || generation.len > NAME_MAX_BYTES)
        return -E_BAD_REQUEST;
    do {
        if (place_read(part_take(&id), n, &seen) < 0)
            return -E_BAD_REQUEST;
    } while (id.len > 0);
    memcpy(ret_generation, generation.at, generation.len);
    ret_generation[generation.len] = '\0';
    memcpy(ret_n, n, sizeof n);
    return 0;
}
