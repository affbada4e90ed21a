/*
 * outlet.c - consequences in, cards out: read a batch, publish, keep, answer, beat.
 */
#include "brokers/outlet.h"
#include "brokers/outlet_replay.h"
#include "brokers/outlet_store.h"
#include "core/ensure.h"
#include "core/rfc3339.h"
#include "core/status.h"
#include "io/follow.h"
#include "io/log.h"

#include <stdlib.h>

#define BEAT_MS 1000
#define BATCH_BYTES (1u * MIB)
#define PARKED_MS 5000 /* short: a feed that starts anew has forgotten who was parked */
#define SUBSCRIPTIONS_PER_TURN 1024u
#define BEAT_BYTES_MAX 1024u

struct outlet {
    struct setup setup;
    struct follow *follow;
    struct port *publish;
    struct parcel subscription;
    struct cards cards;
    struct replay replay;
    bool settled; /* a BATCH has told the lineage: until then nobody is told anything */
    bool welcome_owed[CHANNEL_count];
    bool subscribed[CHANNEL_count]; /* somebody listens; CHANNEL_none stands for the beat */
    int64_t beat_due_ms;
    uint8_t body[SYSTEM_EVENT_MAX + 1024u]; /* scratch: frame 2 */
};

static int ports_open(struct outlet *outlet)
{
    const struct setup *setup = &outlet->setup;
    struct port_options publish = {.kind = PORT_XPUB, .endpoint = setup->publish_endpoint, .bind = true};
    struct follow_options follow = {
        .bus = setup->bus,
        .endpoint = setup->feed_inner_endpoint,
        .class = "consequence",
        .max_bytes = setup->batch_bytes ? setup->batch_bytes : BATCH_BYTES,
    };
    int result = port_open(setup->bus, &publish, &outlet->publish);
    if (result == 0)
        result = replay_open(setup, &outlet->replay);
    return result ? result : follow_open(&follow, &outlet->follow);
}

int outlet_open(const struct setup *setup, struct outlet **ret_outlet)
{
    struct outlet *outlet = calloc(1, sizeof *outlet);
    if (!outlet)
        return -E_NO_MEMORY;
    outlet->setup = *setup;
    outlet->beat_due_ms = INT64_MIN;
    int result = cards_open(setup->dir, &outlet->cards);
    if (result == 0)
        result = ports_open(outlet);
    if (result) {
        outlet_close(outlet);
        return result;
    }
    *ret_outlet = outlet;
    return 0;
}

void outlet_close(struct outlet *outlet)
{
    if (!outlet)
        return;
    follow_close(outlet->follow);
    parcel_release(&outlet->subscription);
    port_close(outlet->publish);
    replay_close(&outlet->replay);
    cards_close(&outlet->cards);
    free(outlet);
}

int outlet_settle(struct outlet *outlet)
{
    return cards_settle(&outlet->cards);
}

uint32_t outlet_ports(struct outlet *outlet, struct port **ret_ports)
{
    ret_ports[0] = follow_port(outlet->follow);
    ret_ports[1] = outlet->publish;
    ret_ports[2] = outlet->replay.port;
    uint32_t count = 3;
    if (outlet->replay.trusted)
        ret_ports[count++] = outlet->replay.trusted;
    if (audit_port(outlet->replay.audit))
        ret_ports[count++] = audit_port(outlet->replay.audit);
    return count;
}

/* ---- publishing ---- */

static struct span generation(const struct outlet *outlet)
{
    return span_of(outlet->settled ? outlet->cards.lineage : "");
}

static void message_send(struct outlet *outlet, const char *channel, struct span body)
{
    struct span frames[] = {span_of(channel), body};
    port_send(outlet->publish, frames, 2); /* who is too slow loses it, and heals */
}

static void published_send(struct outlet *outlet, enum card_channel channel, const struct published *published)
{
    struct wire_writer writer;
    wire_writer_init(&writer, outlet->body, sizeof outlet->body);
    record_encode(&record_of_published, published, ENCODE_CARD, &writer);
    ensure(!writer.full);
    message_send(outlet, channel_name(channel), wire_written(&writer));
}

/* Who reads the ledger is on record first, which XPUB can't ask: under keys the beat says that there is a card, REPLAY tells it. */
static void card_publish(struct outlet *outlet, enum card_channel channel, const struct kept_card *kept)
{
    struct published published = {0};
    if (channel == CHANNEL_ledger && outlet->setup.keyed)
        return;
    SET(&published, published, g, generation(outlet));
    SET(&published, published, n, (int64_t)kept->n);
    SET(&published, published, seq, (int64_t)kept->seq);
    SET(&published, published, at, kept->at_ms);
    SET(&published, published, card, kept->card);
    published_send(outlet, channel, &published);
}

static void beat_send(struct outlet *outlet, int64_t wall_ms)
{
    uint8_t body[BEAT_BYTES_MAX];
    struct wire_writer writer;
    wire_writer_init(&writer, body, sizeof body);
    wire_map(&writer, 3);
    wire_key(&writer, "g");
    wire_text(&writer, generation(outlet));
    wire_key(&writer, "at");
    wire_time_text(&writer, wall_ms);
    wire_key(&writer, "channels");
    wire_map(&writer, CHANNEL_count - 1);
    for (enum card_channel channel = CHANNEL_none + 1; channel < CHANNEL_count; channel++) {
        wire_key(&writer, channel_name(channel));
        wire_natural(&writer, outlet->cards.last[channel]);
    }
    ensure(!writer.full);
    message_send(outlet, "beat", wire_written(&writer));
}

/* ---- subscriptions ---- */

/* [1 channel] or [0 channel]. What is subscribed to is a prefix: the empty one means every channel. */
static void subscription_take(struct outlet *outlet, struct span frame)
{
    if (frame.len == 0 || frame.at[0] > 1)
        return;
    bool begins = frame.at[0] == 1;
    struct span prefix = span_make(frame.at + 1, frame.len - 1);
    for (enum card_channel channel = CHANNEL_none; channel < CHANNEL_count; channel++) {
        struct span name = span_of(channel == CHANNEL_none ? "beat" : channel_name(channel));
        if (prefix.len > name.len || !span_equal(span_make(name.at, prefix.len), prefix))
            continue;
        outlet->subscribed[channel] = begins;
        outlet->welcome_owed[channel] |= begins && channel != CHANNEL_none;
    }
}

static void subscriptions_take(struct outlet *outlet)
{
    for (uint32_t i = 0; i < SUBSCRIPTIONS_PER_TURN; i++) {
        int result = port_receive(outlet->publish, &outlet->subscription);
        if (result == -E_AGAIN)
            break;
        if (result == 0 && outlet->subscription.count == 1)
            subscription_take(outlet, outlet->subscription.frame[0]);
    }
}

/* One welcome greets everybody who came to the channel in this turn. */
static void welcomes_send(struct outlet *outlet)
{
    for (enum card_channel channel = CHANNEL_none + 1; channel < CHANNEL_count; channel++) {
        if (!outlet->welcome_owed[channel])
            continue;
        outlet->welcome_owed[channel] = false;
        struct published welcome = {0};
        SET(&welcome, published, g, generation(outlet));
        SET(&welcome, published, n, (int64_t)outlet->cards.last[channel]);
        SET(&welcome, published, welcome, true);
        published_send(outlet, channel, &welcome);
    }
}

static uint32_t subscribed_count(const struct outlet *outlet)
{
    uint32_t count = 0;
    for (uint32_t channel = 0; channel < CHANNEL_count; channel++)
        count += outlet->subscribed[channel];
    return count;
}

/* ---- following ---- */

struct consequence {
    enum card_channel channel;
    struct span subject;
    struct span card;
};

/* Only what is needed of an event that intake has checked already. A type without a channel is passed over. */
static bool consequence_read(struct span event, struct consequence *ret_consequence)
{
    struct consequence consequence = {.channel = CHANNEL_none};
    struct wire_reader reader = wire_reader(event);
    struct wire_value header;
    if (wire_read(&reader, &header) || header.kind != WIRE_MAP)
        return false;
    for (uint32_t i = 0; i < header.count; i++) {
        struct wire_value key, value = {.kind = WIRE_NIL};
        struct span bytes;
        if (wire_read(&reader, &key) || wire_skip(&reader, EVENT_DEPTH_MAX, &bytes))
            return false;
        struct wire_reader inner = wire_reader(bytes);
        if (wire_read(&inner, &value))
            return false;
        if (span_is(key.bytes, "type"))
            consequence.channel = event_table(event_type_of(value.bytes))->channel;
        else if (span_is(key.bytes, "subject") && value.kind == WIRE_STR)
            consequence.subject = value.bytes;
        else if (span_is(key.bytes, "data") && value.kind == WIRE_MAP)
            consequence.card = bytes;
    }
    *ret_consequence = consequence;
    return consequence.channel != CHANNEL_none && consequence.card.len > 0;
}

static bool is_tombstone(struct span card)
{
    struct wire_value gone;
    struct span bytes;
    return wire_find(card, "gone", &gone, &bytes) == 0 && gone.kind == WIRE_BOOL && gone.truth;
}

static int entry_take(struct outlet *outlet, const struct entry *entry)
{
    struct consequence consequence;
    if (entry->seq <= outlet->cards.cursor || !consequence_read(entry->event, &consequence))
        return 0;
    struct kept_card kept = {
        .n = outlet->cards.last[consequence.channel] + 1,
        .seq = entry->seq,
        .at_ms = entry->at_ms,
        .gone = is_tombstone(consequence.card),
        .card = consequence.card,
    };
    card_publish(outlet, consequence.channel, &kept);
    return cards_keep(&outlet->cards, consequence.channel, consequence.subject, &kept);
}

static int record_take(struct outlet *outlet, struct span bytes)
{
    struct record record;
    struct record_cursor cursor = {0};
    struct entry entry;
    int result = record_open(bytes, &record);
    if (result || record.class != RECORD_CONSEQUENCE)
        return result;
    while ((result = record_next(&record, &cursor, &entry)) == 0) {
        result = entry_take(outlet, &entry);
        if (result)
            return result;
    }
    return result == -E_NOT_FOUND ? 0 : result;
}

/* Another lineage: all is forgotten, and what was asked for after the old cursor is of no use. */
static bool is_another_journal(const struct outlet *outlet, const struct follow_batch *batch)
{
    return strcmp(batch->lineage, outlet->cards.lineage) != 0;
}

/* Cards were made of entries on the disk only. When those are gone, their seq and n would be given out again. */
static int lost_entries_tell(const struct outlet *outlet, const struct follow_batch *batch)
{
    log_line(LOG_ERROR, "outlet",
             "cards are kept up to entry %llu, but the journal ends at %llu: it has lost entries; restore a backup",
             (unsigned long long)outlet->cards.cursor, (unsigned long long)batch->head);
    return -E_CORRUPT;
}

static int batch_take(struct outlet *outlet)
{
    struct follow_batch batch;
    struct span record;
    int result = follow_receive(outlet->follow, &batch);
    if (result)
        return result == -E_AGAIN ? 0 : result;
    bool from_start = outlet->cards.cursor == 0;
    if (is_another_journal(outlet, &batch)) {
        result = cards_forget(&outlet->cards, span_of(batch.lineage));
        if (result)
            return result;
        if (!from_start)
            return cards_commit(&outlet->cards, 0);
    }
    if (batch.head < outlet->cards.cursor)
        return lost_entries_tell(outlet, &batch);
    outlet->settled = true;
    while ((result = follow_record(&batch, &record)) == 0) {
        result = record_take(outlet, record);
        if (result)
            return result;
    }
    if (result != -E_NOT_FOUND)
        return result;
    if (outlet->cards.txn)
        return cards_commit(&outlet->cards, batch.upto);
    cards_pass(&outlet->cards, batch.upto);
    return 0;
}

/* Once a second: who listens hears where each channel is, and what held no card need not be read again after a crash. */
static int beat(struct outlet *outlet, struct clock_reading now)
{
    if (now.monotonic_ms < outlet->beat_due_ms)
        return 0;
    beat_send(outlet, now.wall_ms);
    outlet->beat_due_ms = now.monotonic_ms + BEAT_MS;
    return cards_settle(&outlet->cards);
}

int outlet_turn(void *self, struct clock_reading now, int64_t *ret_wait_ms)
{
    struct outlet *outlet = self;
    int result = batch_take(outlet);
    if (result)
        return result;
    subscriptions_take(outlet);
    if (outlet->settled) {
        welcomes_send(outlet);
        result = beat(outlet, now);
        if (result)
            return result;
    }
    struct replay_facts facts = {.generation = generation(outlet), .subscribed = subscribed_count(outlet)};
    int64_t wait_ms = outlet->settled ? outlet->beat_due_ms - now.monotonic_ms : BEAT_MS;
    result = replay_turn(&outlet->replay, &outlet->cards, &facts, now, &wait_ms);
    if (result)
        return result;
    *ret_wait_ms = wait_ms;
    int64_t park_ms = outlet->settled ? PARKED_MS : 0;
    return follow_ask(outlet->follow, outlet->cards.cursor, park_ms, 0, now.monotonic_ms);
}
