/*
 * gateway_stream_hear.c - what the outlet answers: that it is there, cards as they change, pages of those further back.
 *
 * Answers are for whoever asked last; a card is taken when its n is above the last one's. So a question can be asked again at any
 * time, and an outlet that starts anew is asked at once.
 */
#include "brokers/gateway_stream.h"

#define HEAR_MAX 1024u /* answers of a turn */

/* ---- another journal ---- */

static void followers_forget(struct gateway *gateway)
{
    struct streams *streams = gateway->streams;
    for (uint32_t i = 0; i < FOLLOWERS_MAX; i++) {
        struct follower *follower = &streams->follower[i];
        recent_forget(&streams->recent, &follower->recent);
        follower->begun = follower->asked = false;
        follower->number = 0;
    }
}

/* Everything that was told is of another journal: whoever heard it begins anew. */
static void generation_take(struct gateway *gateway, struct span generation)
{
    struct streams *streams = gateway->streams;
    if (span_is(generation, streams->outlet.generation) || generation.len > NAME_MAX_BYTES)
        return;
    for (uint32_t i = 0; i < streams->end; i++) {
        if (streams->stream[i].id && streams->stream[i].greeted)
            stream_dismiss(gateway, &streams->stream[i], "lineage");
    }
    followers_forget(gateway);
    streams->outlet.heard_ms = gateway->now.monotonic_ms - OUTLET_SILENT_MS; /* its PONG tells where it is */
    memcpy(streams->outlet.generation, generation.at, generation.len);
    streams->outlet.generation[generation.len] = '\0';
}

/* ---- PONG ---- */

static uint64_t figure_of(struct span map, const char *name)
{
    struct wire_value value;
    struct span bytes;
    return wire_find(map, name, &value, &bytes) == 0 && value.kind == WIRE_UINT ? value.natural : 0;
}

static void pong_take(struct gateway *gateway, struct span body)
{
    struct streams *streams = gateway->streams;
    struct outlet_news *outlet = &streams->outlet;
    struct wire_value lineage, value;
    struct span bytes, channels;
    if (wire_find(body, "lineage", &lineage, &bytes) < 0 || lineage.kind != WIRE_STR || lineage.bytes.len == 0 ||
        wire_find(body, "channels", &value, &channels) < 0)
        return; /* it has not heard of the journal itself yet */
    generation_take(gateway, lineage.bytes);
    for (enum card_channel channel = CHANNEL_none + 1; channel < CHANNEL_count; channel++)
        outlet->head[channel] = figure_of(channels, channel_name(channel));
    outlet->heard_ms = gateway->now.monotonic_ms;
    uint64_t began_ms = figure_of(body, "began_ms");
    bool another = began_ms != outlet->began_ms; /* it has forgotten who waits */
    outlet->began_ms = began_ms;
    for (uint32_t i = 0; i < FOLLOWERS_MAX; i++) {
        struct follower *follower = &streams->follower[i];
        if (follower->streams == 0)
            continue;
        if (!follower->begun && outlet_is_ready(gateway))
            follower_start(gateway, follower);
        else if (follower->begun && another)
            follower_ask(gateway, follower);
    }
    streams->moved = true; /* those who wait for a greeting */
}

/* ---- NAK ---- */

static int nak_status(struct span body)
{
    struct nak_reply nak;
    struct flaw flaw;
    return record_decode(&record_of_nak_reply, body, &nak, &flaw) == 0 ? status_of_code(nak.code) : -E_BAD_REQUEST;
}

static bool is_right_lost(int status)
{
    return status == -E_NO_RIGHT || status == -E_REVOKED || status == -E_UNKNOWN_PRINCIPAL ||
           status == -E_OTHER_PLACE || status == -E_OTHER_PERSON;
}

static void followed_dismiss(struct gateway *gateway, const struct follower *follower)
{
    struct streams *streams = gateway->streams;
    for (uint32_t i = 0; i < streams->end; i++) {
        if (streams->stream[i].id && streams->stream[i].follower[follower->channel] == follower)
            stream_dismiss(gateway, &streams->stream[i], "rights");
    }
}

/* ---- CARDS ---- */

struct card_page {
    struct cards_reply reply;
    struct wire_reader reader;
    uint32_t count;
};

/* false: it is none, or of another journal. */
static bool page_open(struct gateway *gateway, struct span body, struct card_page *ret_page)
{
    struct card_page page;
    struct wire_value array;
    struct flaw flaw;
    if (record_decode(&record_of_cards_reply, body, &page.reply, &flaw) < 0)
        return false;
    page.reader = wire_reader(page.reply.cards);
    if (wire_read(&page.reader, &array) < 0 || array.kind != WIRE_ARRAY)
        return false;
    if (!span_is(page.reply.g, gateway->streams->outlet.generation)) {
        generation_take(gateway, page.reply.g);
        return false;
    }
    page.count = array.count;
    *ret_page = page;
    return true;
}

static bool page_card(struct card_page *page, struct published *ret_card)
{
    struct span map;
    struct flaw flaw;
    if (page->count == 0 || wire_skip(&page->reader, EVENT_DEPTH_MAX + 2, &map) < 0)
        return false;
    page->count--;
    return record_decode(&record_of_published, map, ret_card, &flaw) == 0 && HAS(ret_card, published, card);
}

static void follower_take(struct gateway *gateway, struct follower *follower, struct card_page *page)
{
    struct streams *streams = gateway->streams;
    struct published card;
    int64_t now_ms = gateway->now.monotonic_ms;
    uint64_t upto = (uint64_t)page->reply.upto, before = follower->upto;
    while (page_card(page, &card)) {
        if ((uint64_t)card.n <= follower->upto)
            continue;
        struct span text = card_text(streams, follower->channel, &card);
        recent_add(&streams->recent, &follower->recent, (uint64_t)card.n, text);
        follower->upto = (uint64_t)card.n;
        streams->moved = true;
    }
    follower->upto = upto > follower->upto ? upto : follower->upto;
    bool early = follower->upto == before && now_ms - follower->asked_ms < FOLLOW_WAIT_MS / 2;
    if (early)
        follower->again_ms = now_ms + FOLLOW_REST_MS;
    else
        follower_ask(gateway, follower);
}

static void follower_hear(struct gateway *gateway, struct follower *follower, struct span verb, struct span body)
{
    struct card_page page;
    follower->asked = false;
    follower->again_ms = gateway->now.monotonic_ms + FOLLOW_AGAIN_MS;
    if (follower->streams == 0)
        recent_forget(&gateway->streams->recent, &follower->recent);
    else if (span_is(verb, "NAK") && is_right_lost(nak_status(body)))
        followed_dismiss(gateway, follower);
    else if (span_is(verb, "CARDS") && page_open(gateway, body, &page))
        follower_take(gateway, follower, &page);
}

static void page_take(struct gateway *gateway, struct stream *stream, struct card_page *page)
{
    struct published card;
    enum card_channel channel = stream->page;
    uint64_t upto = (uint64_t)page->reply.upto, before = stream->n[channel];
    stream->at[channel] = 0;
    while (page_card(page, &card)) {
        if ((uint64_t)card.n <= stream->n[channel])
            continue;
        int result =
            stream_tell(gateway, stream, channel, (uint64_t)card.n, card_text(gateway->streams, channel, &card));
        if (result == -E_UNREACHABLE)
            stream_drop(gateway, stream);
        if (result < 0)
            return; /* what has no room is asked for again */
    }
    if (upto > stream->n[channel])
        stream->n[channel] = upto;
    if (stream->n[channel] == before)
        stream->again_ms = gateway->now.monotonic_ms + FOLLOW_REST_MS;
}

static void page_hear(struct gateway *gateway, struct stream *stream, struct span verb, struct span body)
{
    struct card_page page;
    page_over(gateway, stream);
    stream->again_ms = 0;
    if (span_is(verb, "NAK")) {
        stream->again_ms = gateway->now.monotonic_ms + FOLLOW_AGAIN_MS;
        if (is_right_lost(nak_status(body)))
            stream_dismiss(gateway, stream, "rights");
    } else if (span_is(verb, "CARDS") && page_open(gateway, body, &page)) {
        page_take(gateway, stream, &page);
    }
}

/* ---- whose is it? ---- */

static void reply_take(struct gateway *gateway, struct span verb, struct span body)
{
    struct streams *streams = gateway->streams;
    struct wire_value rid;
    struct span bytes;
    if (wire_find(body, "rid", &rid, &bytes) < 0 || rid.kind != WIRE_UINT)
        return;
    uint32_t number = (uint32_t)rid.natural, index = (uint32_t)(rid.natural >> 32) & 0xffffffu;
    switch (rid.natural >> 56) {
    case QUESTION_PING:
        if (number == streams->outlet.number && span_is(verb, "PONG"))
            pong_take(gateway, body);
        break;
    case QUESTION_FOLLOWER:
        if (index < FOLLOWERS_MAX && streams->follower[index].asked && streams->follower[index].number == number)
            follower_hear(gateway, &streams->follower[index], verb, body);
        break;
    case QUESTION_PAGE:
        if (index < STREAMS_MAX && streams->stream[index].number == number)
            page_hear(gateway, &streams->stream[index], verb, body);
        break;
    default:
        break;
    }
}

void outlet_hear(struct gateway *gateway)
{
    struct streams *streams = gateway->streams;
    for (uint32_t i = 0; i < HEAR_MAX; i++) {
        int result = port_receive(streams->port, &streams->parcel);
        if (result == -E_BAD_FRAMES)
            continue;
        if (result < 0)
            break;
        const struct span *frame = streams->parcel.frame;
        if (streams->parcel.count == 3 && frame[0].len == 0)
            reply_take(gateway, frame[1], frame[2]);
    }
}
