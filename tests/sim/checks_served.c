/*
 * checks_served.c - what the feed and the outlet hand out is what lies in the journal: every record of a BATCH, every card that is
 * published or replayed, with the n that its place among the channel's consequences gives it.
 */
#include "core/ensure.h"
#include "core/status.h"
#include "tests/sim/checks_inside.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- the feed ---- */

static void record_served(struct checks *checks, struct span bytes)
{
    struct record record;
    struct record_cursor cursor = {0};
    struct entry entry;
    int status = record_open(bytes, &record);
    while (status == 0 && (status = record_next(&record, &cursor, &entry)) == 0) {
        if (memory_has(&checks->memory, record.class, &entry))
            continue;
        world_violated(checks->world, "served as it is",
                       "the feed serves an entry %" PRIu64 " that is not on the disk so", entry.seq);
        return;
    }
    if (status != -E_NOT_FOUND)
        world_violated(checks->world, "served as it is", "the feed serves a record that can't be read: %s",
                       status_text(status)->code);
}

static void batch_served(struct checks *checks, struct span body)
{
    struct batch_reply batch;
    struct flaw flaw;
    struct wire_value value;
    if (record_decode(&record_of_batch_reply, body, &batch, &flaw)) {
        world_violated(checks->world, "answers are sound", "a BATCH can't be read: %s %s", flaw.field, flaw.message);
        return;
    }
    if ((uint64_t)batch.head > checks->memory.count)
        world_violated(checks->world, "served as it is",
                       "a BATCH says that the journal ends at %" PRId64 ", it has %" PRIu64, batch.head,
                       checks->memory.count);
    struct wire_reader records = wire_reader(batch.records);
    if (wire_read(&records, &value) || value.kind != WIRE_ARRAY)
        return;
    for (uint32_t left = value.count; left > 0 && !checks->world->outcome.violated; left--) {
        if (wire_read(&records, &value) || value.kind != WIRE_BIN) {
            world_violated(checks->world, "answers are sound", "a BATCH has something that is no record");
            return;
        }
        record_served(checks, value.bytes);
    }
}

/* ---- the outlet ---- */

static void card_served(struct checks *checks, struct span channel_text, const struct published *published)
{
    const struct memory *memory = &checks->memory;
    enum card_channel channel = channel_of(channel_text);
    uint64_t seq = HAS(published, published, seq) ? (uint64_t)published->seq : 0;
    if (seq == 0 || seq > memory->count) {
        world_violated(checks->world, "served as it is",
                       "the outlet tells %.*s n %" PRId64 " of entry %" PRIu64 ", the journal ends at %" PRIu64,
                       SPAN_ARGS(channel_text), published->n, seq, memory->count);
        return;
    }
    const struct remembered *told = &memory->entries[seq - 1];
    bool same = told->channel == channel && told->n == (uint64_t)published->n &&
                told->card_hash == hash_bytes(HASH_BEGIN, published->card);
    if (same && published->at != told->at_ms)
        world_violated(checks->world, "served as it is",
                       "the outlet tells entry %" PRIu64 " as of %" PRId64 "; it is of %" PRId64, seq, published->at,
                       told->at_ms);
    if (!same)
        world_violated(checks->world, "served as it is",
                       "the outlet tells entry %" PRIu64 " as %.*s n %" PRId64 "; it is %s n %" PRIu64 "%s", seq,
                       SPAN_ARGS(channel_text), published->n, channel_name((enum card_channel)told->channel), told->n,
                       told->channel == channel && told->n == (uint64_t)published->n ? " with another card" : "");
}

static void published_served(struct checks *checks, struct span channel, struct span body)
{
    struct published published;
    struct flaw flaw;
    if (span_is(channel, "beat"))
        return;
    if (record_decode(&record_of_published, body, &published, &flaw))
        world_violated(checks->world, "answers are sound", "what is published on %.*s can't be read: %s %s",
                       SPAN_ARGS(channel), flaw.field, flaw.message);
    else if (!HAS(&published, published, welcome))
        card_served(checks, channel, &published);
}

/* Which channel a REPLAY was about stands in none of its cards: the journal says it of the first one, and then of all. */
static void cards_served(struct checks *checks, struct span body)
{
    struct cards_reply cards;
    struct flaw flaw;
    struct wire_value value;
    if (record_decode(&record_of_cards_reply, body, &cards, &flaw)) {
        world_violated(checks->world, "answers are sound", "CARDS can't be read: %s %s", flaw.field, flaw.message);
        return;
    }
    struct wire_reader reader = wire_reader(cards.cards);
    if (wire_read(&reader, &value) || value.kind != WIRE_ARRAY)
        return;
    const char *channel = NULL;
    for (uint32_t left = value.count; left > 0 && !checks->world->outcome.violated; left--) {
        struct published published;
        struct span map;
        if (wire_skip(&reader, 64, &map) || record_decode(&record_of_published, map, &published, &flaw)) {
            world_violated(checks->world, "answers are sound", "CARDS has something that is no card");
            return;
        }
        uint64_t seq = (uint64_t)published.seq;
        if (!channel && seq > 0 && seq <= checks->memory.count)
            channel = channel_name((enum card_channel)checks->memory.entries[seq - 1].channel);
        card_served(checks, span_of(channel ? channel : ""), &published);
    }
}

/* ---- queries ---- */

static void rows_served(struct checks *checks, struct span body)
{
    struct rows_reply rows;
    struct flaw flaw;
    struct state_head head;
    if (record_decode(&record_of_rows_reply, body, &rows, &flaw)) {
        world_violated(checks->world, "answers are sound", "ROWS can't be read: %s %s", flaw.field, flaw.message);
        return;
    }
    if (!state_committed(&head))
        return;
    uint64_t committed = head.position.seq;
    while (committed < checks->memory.count && checks->memory.entries[committed].consequence)
        committed++; /* nothing is folded of those */
    if ((uint64_t)rows.seq < head.position.seq || (uint64_t)rows.seq > committed)
        world_violated(checks->world, "served as it is",
                       "ROWS are said to be of entry %" PRId64 ", the last commit of the state is of entry %" PRIu64,
                       rows.seq, head.position.seq);
}

/* ---- messages ---- */

void served_message(struct checks *checks, const struct bus_sim_message *message)
{
    const struct setup *setup = &checks->world->setup;
    if (message->to_binder || checks->memory.restored)
        return;
    bool feed = strcmp(message->endpoint, setup->feed_endpoint) == 0 ||
                strcmp(message->endpoint, setup->feed_inner_endpoint) == 0;
    bool replies = message->count == 3;
    if (strcmp(message->endpoint, setup->query_endpoint) == 0 && replies && span_is(message->frames[1], "ROWS"))
        rows_served(checks, message->frames[2]);
    else if (feed && replies && span_is(message->frames[1], "BATCH"))
        batch_served(checks, message->frames[2]);
    else if (strcmp(message->endpoint, setup->publish_endpoint) == 0 && message->count == 2)
        published_served(checks, message->frames[0], message->frames[1]);
    else if (strcmp(message->endpoint, setup->replay_endpoint) == 0 && replies && span_is(message->frames[1], "CARDS"))
        cards_served(checks, message->frames[2]);
}
