/*
 * outlet_page.c - a page of cards: those that whoever asks may see.
 */
#include "brokers/card_sight.h"
#include "brokers/outlet_replay.h"
#include "core/bytes.h"
#include "core/ensure.h"
#include "core/status.h"

#define ARRAY_HEADER_BYTES 5u  /* array 32: the count is known at the end */
#define PUBLISHED_ENVELOPE 96u /* g, n, seq, at, welcome and the keys */

struct page {
    uint32_t count;
    uint64_t upto; /* last n that was looked at */
    struct span cards;
};

/* Through whose eyes. */
struct sight {
    const struct access *access;
    const struct principal *principal; /* NULL: sees everything */
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

/* The card as it is told, if at all. */
static bool card_told(const struct sight *sight, const struct replay_asked *asked, struct kept_card *kept,
                      uint8_t farewell[CARD_FAREWELL_MAX])
{
    bool first = asked->after == 0; /* a tombstone matters only to who has the card */
    if (kept->gone && first)
        return false;
    if (!sight->principal || card_decide(sight->access, sight->principal, asked->channel, kept->card) == 0)
        return true;
    if (first || !card_has_left(asked->channel, kept->card, access_span(sight->access, sight->principal->name)))
        return false;
    kept->card = card_farewell(kept->card, farewell);
    return true;
}

/* Cards after asked->after into the writer until max, the bytes or the channel end. A snapshot begins without tombstones; its
 * later pages may name some. */
static int page_read(struct card_reader *reader, const struct replay_asked *asked, const struct sight *sight,
                     struct wire_writer *writer, struct page *ret_page)
{
    struct page page = {.upto = asked->after};
    for (uint32_t scanned = 0; page.count < asked->max && scanned < REPLAY_SCAN_MAX; scanned++) {
        struct kept_card kept;
        uint8_t farewell[CARD_FAREWELL_MAX];
        int result = cards_read(reader, &kept);
        if (result == -E_NOT_FOUND)
            break;
        if (result)
            return result;
        if (card_told(sight, asked, &kept, farewell)) {
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

static int page_make(struct replay *replay, const struct replay_asked *asked, const struct cards *cards,
                     const struct sight *sight, struct page *ret_page)
{
    struct card_reader reader;
    int result = cards_read_begin(cards, asked->channel, asked->after, &reader);
    if (result)
        return result;
    struct wire_writer writer;
    wire_writer_init(&writer, replay->cards + ARRAY_HEADER_BYTES, sizeof replay->cards - ARRAY_HEADER_BYTES);
    result = page_read(&reader, asked, sight, &writer, ret_page);
    cards_read_end(&reader);
    if (result)
        return result;
    replay->cards[0] = 0xdd;
    bytes_put_u32(replay->cards + 1, ret_page->count);
    ret_page->cards = span_make(replay->cards, ARRAY_HEADER_BYTES + writer.len);
    return 0;
}

static void page_send(struct replay *replay, const struct replay_asked *asked, const struct page *page, bool more,
                      struct span generation)
{
    struct cards_reply reply = {0};
    if (asked->rid_len > 0)
        SET(&reply, cards_reply, rid, replay_rid(asked));
    SET(&reply, cards_reply, g, generation);
    SET(&reply, cards_reply, cards, page->cards);
    SET(&reply, cards_reply, upto, (int64_t)page->upto);
    SET(&reply, cards_reply, more, more);
    struct wire_writer writer;
    wire_writer_init(&writer, replay->body, sizeof replay->body);
    record_encode(&record_of_cards_reply, &reply, ENCODE_EVENT, &writer);
    ensure(!writer.full);
    request_reply(asked->port, replay_route(asked), "CARDS", wire_written(&writer), &replay->counts);
}

void replay_page_empty(struct replay *replay, const struct replay_asked *asked, struct span generation)
{
    static const uint8_t none[] = {0x90};
    const struct page page = {.upto = asked->after, .cards = span_make(none, sizeof none)};
    page_send(replay, asked, &page, false, generation);
}

/* Who waits may have lost the right meanwhile. */
static int sight_of(const struct replay *replay, const struct replay_asked *asked, struct sight *ret_sight)
{
    enum access_right right = access_right_of_channel(span_of(channel_name(asked->channel)));
    struct sight sight = {.access = guard_access(&replay->guard)};
    int status = guard_who(&replay->guard, asked->principal, &sight.principal);
    if (status == 0 && access_widest(sight.principal, right) == REACH_NONE)
        status = -E_NO_RIGHT;
    if (status)
        return status;
    bool whole = access_widest(sight.principal, MAY_see_ledger) == REACH_ALL; /* notices tell of the ledger, too */
    if (whole && access_widest(sight.principal, right) == REACH_ALL)
        sight.principal = NULL;
    *ret_sight = sight;
    return 0;
}

int replay_page_answer(struct replay *replay, struct replay_asked *asked, const struct cards *cards,
                       const struct replay_facts *facts, bool last)
{
    struct sight sight;
    struct page page;
    int status = sight_of(replay, asked, &sight);
    if (status) {
        const struct request request = {.route = replay_route(asked), .rid = replay_rid(asked)};
        request_refuse(asked->port, &request, status, NULL, &replay->counts);
        return 0;
    }
    int result = page_make(replay, asked, cards, &sight, &page);
    if (result)
        return result;
    bool more = page.upto < cards->last[asked->channel];     /* the last n is never replaced */
    bool other = asked->after > cards->last[asked->channel]; /* another journal's: its generation says so */
    if (page.count == 0 && !more && !other && !last) {
        asked->after = page.upto;
        return -E_AGAIN;
    }
    page_send(replay, asked, &page, more, facts->generation);
    return 0;
}
