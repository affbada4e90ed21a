/*
 * outlet_replay.c - pages of cards, and the outlet's figures.
 */
#include "brokers/outlet_replay.h"
#include "core/bytes.h"
#include "core/ensure.h"
#include "core/status.h"

#define ARRAY_HEADER_BYTES 5u  /* array 32: the count is known at the end */
#define PUBLISHED_ENVELOPE 96u /* g, n, seq, at, welcome and the keys */
#define PONG_MAX 1024u

struct page {
    uint32_t count;
    uint64_t upto; /* last n that was looked at */
    struct span cards;
};

static void card_write(struct wire_writer *writer, const struct kept_card *kept)
{
    struct published published = {0};
    SET(&published, published, n, (int64_t)kept->n);
    SET(&published, published, seq, (int64_t)kept->seq);
    SET(&published, published, at, kept->at_ms);
    SET(&published, published, card, kept->card);
    record_encode(&record_of_published, &published, ENCODE_CARD, writer);
    ensure(!writer->full);
}

/* Cards after `after` into the writer until max, the bytes or the channel end. A tombstone matters only to who has the
 * card, so that a snapshot begins without them; its later pages may name some. */
static int page_read(struct card_reader *reader, uint64_t after, uint64_t max, struct wire_writer *writer,
                     struct page *ret_page)
{
    struct page page = {.upto = after};
    for (uint32_t scanned = 0; page.count < max && scanned < REPLAY_SCAN_MAX; scanned++) {
        struct kept_card kept;
        int result = cards_read(reader, &kept);
        if (result == -E_NOT_FOUND)
            break;
        if (result)
            return result;
        if (!(kept.gone && after == 0)) {
            if (page.count > 0 && writer->len + kept.card.len + PUBLISHED_ENVELOPE > REPLAY_BYTES_MAX)
                break;
            card_write(writer, &kept);
            page.count++;
        }
        page.upto = kept.n;
    }
    *ret_page = page;
    return 0;
}

static int page_make(struct replay *replay, const struct cards *cards, enum card_channel channel, uint64_t after,
                     uint64_t max, struct page *ret_page)
{
    struct card_reader reader;
    int result = cards_read_begin(cards, channel, after, &reader);
    if (result)
        return result;
    struct wire_writer writer;
    wire_writer_init(&writer, replay->cards + ARRAY_HEADER_BYTES, sizeof replay->cards - ARRAY_HEADER_BYTES);
    result = page_read(&reader, after, max, &writer, ret_page);
    cards_read_end(&reader);
    if (result)
        return result;
    replay->cards[0] = 0xdd;
    bytes_put_u32(replay->cards + 1, ret_page->count);
    ret_page->cards = span_make(replay->cards, ARRAY_HEADER_BYTES + writer.len);
    return 0;
}

static int replay_answer(struct replay *replay, struct request *request, const struct cards *cards,
                         const struct replay_facts *facts)
{
    struct replay_request asked;
    struct flaw flaw;
    if (request_decode(request, &record_of_replay_request, &asked, &flaw)) {
        request_refuse(replay->port, request, -E_BAD_REQUEST, flaw.message, &replay->counts);
        return 0;
    }
    enum card_channel channel = channel_of(asked.channel);
    if (channel == CHANNEL_none) {
        request_refuse(replay->port, request, -E_BAD_REQUEST, "no such channel", &replay->counts);
        return 0;
    }
    if (facts->generation.len == 0) {
        request_refuse(replay->port, request, -E_AGAIN, "the journal has not answered yet", &replay->counts);
        return 0;
    }
    uint64_t max = HAS(&asked, replay_request, max) ? (uint64_t)asked.max : REPLAY_MAX;
    struct page page;
    int result = page_make(replay, cards, channel, (uint64_t)asked.after, max < REPLAY_MAX ? max : REPLAY_MAX, &page);
    if (result)
        return result;
    struct cards_reply reply = {0};
    if (request->rid.len > 0)
        SET(&reply, cards_reply, rid, request->rid);
    SET(&reply, cards_reply, g, facts->generation);
    SET(&reply, cards_reply, cards, page.cards);
    SET(&reply, cards_reply, upto, (int64_t)page.upto);
    SET(&reply, cards_reply, more, page.upto < cards->last[channel]); /* the last n is never replaced */
    struct wire_writer writer;
    wire_writer_init(&writer, replay->body, sizeof replay->body);
    record_encode(&record_of_cards_reply, &reply, ENCODE_EVENT, &writer);
    ensure(!writer.full);
    request_reply(replay->port, request->route, "CARDS", wire_written(&writer), &replay->counts);
    return 0;
}

static void ping_answer(struct replay *replay, struct request *request, const struct cards *cards,
                        const struct replay_facts *facts)
{
    struct ping_request ping;
    struct flaw flaw;
    if (request_decode(request, &record_of_ping_request, &ping, &flaw)) {
        request_refuse(replay->port, request, -E_BAD_REQUEST, flaw.message, &replay->counts);
        return;
    }
    uint8_t body[PONG_MAX];
    struct wire_writer writer;
    wire_writer_init(&writer, body, sizeof body);
    request_pong_begin(&writer, request->rid, "outlet", 5);
    wire_key(&writer, "lineage");
    wire_text(&writer, facts->generation);
    request_pong_figure(&writer, "cursor", cards->cursor);
    wire_key(&writer, "channels");
    wire_map(&writer, CHANNEL_count - 1);
    for (enum card_channel channel = CHANNEL_none + 1; channel < CHANNEL_count; channel++)
        request_pong_figure(&writer, channel_name(channel), cards->last[channel]);
    request_pong_figure(&writer, "subscribed", facts->subscribed);
    request_pong_figure(&writer, "dropped_replies", replay->counts.dropped_replies);
    ensure(!writer.full);
    request_reply(replay->port, request->route, "PONG", wire_written(&writer), &replay->counts);
}

int replay_turn(struct replay *replay, const struct cards *cards, const struct replay_facts *facts)
{
    struct request request;
    int result = 0;
    for (uint32_t i = 0; i < REPLAY_TURN_MAX && result == 0; i++) {
        if (request_receive(replay->port, &replay->parcel, &replay->counts, &request))
            break;
        if (request.status)
            request_refuse(replay->port, &request, request.status, NULL, &replay->counts);
        else if (span_is(request.verb, "REPLAY"))
            result = replay_answer(replay, &request, cards, facts);
        else if (span_is(request.verb, "PING"))
            ping_answer(replay, &request, cards, facts);
        else
            request_refuse(replay->port, &request, -E_UNKNOWN_VERB, NULL, &replay->counts);
    }
    return result;
}
