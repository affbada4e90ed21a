/*
 * subscriber_topic.c - one channel: join, replay, live, and back to replay whenever something is amiss.
 */
#include "clients/c/subscriber.h"
#include "core/ensure.h"
#include "core/status.h"

#define REQUEST_MAX 512u

static void topic_move(struct manyi_subscriber *subscriber, struct topic *topic, enum topic_state to)
{
    static const bool allowed[3][3] = {
        [TOPIC_JOINING] = {[TOPIC_JOINING] = true, [TOPIC_REPLAYING] = true},
        [TOPIC_REPLAYING] = {true, true, true},
        [TOPIC_LIVE] = {[TOPIC_JOINING] = true, [TOPIC_REPLAYING] = true},
    };
    ensure(allowed[topic->state][to]);
    subscriber->replaying -= topic->state == TOPIC_REPLAYING;
    subscriber->replaying += to == TOPIC_REPLAYING;
    topic->state = to;
}

void topic_join(struct manyi_subscriber *subscriber, struct topic *topic, int64_t now_ms)
{
    topic_move(subscriber, topic, TOPIC_JOINING);
    topic->due_ms = subscriber->live ? now_ms + JOIN_MS : now_ms;
}

/* Asks for what comes after the last n. */
void topic_replay(struct manyi_subscriber *subscriber, struct topic *topic, int64_t now_ms)
{
    topic_move(subscriber, topic, TOPIC_REPLAYING);
    topic->attempt++;
    topic->asked = topic->n;
    topic->asked_ms = now_ms;

    uint8_t rid[32];
    struct wire_writer writer;
    wire_writer_init(&writer, rid, sizeof rid);
    wire_array(&writer, 2);
    wire_natural(&writer, (uint64_t)(topic - subscriber->topics));
    wire_natural(&writer, topic->attempt);
    struct replay_request request = {0};
    SET(&request, replay_request, rid, wire_written(&writer));
    SET(&request, replay_request, channel, span_of(topic->name));
    SET(&request, replay_request, after, (int64_t)topic->asked);
    SET(&request, replay_request, max, REPLAY_MAX);
    int64_t wait_ms = !subscriber->live && topic->ready ? FOLLOW_MS : 0;
    if (wait_ms > 0)
        SET(&request, replay_request, wait_ms, wait_ms);
    if (subscriber->why[0])
        SET(&request, replay_request, why, span_of(subscriber->why));

    uint8_t body[REQUEST_MAX];
    wire_writer_init(&writer, body, sizeof body);
    record_encode(&record_of_replay_request, &request, ENCODE_EVENT, &writer);
    ensure(!writer.full);
    bool sent = client_send(subscriber->replay, "REPLAY", wire_written(&writer)) == 0;
    topic->due_ms = now_ms + (sent ? wait_ms + REPLAY_MS : RETRY_MS);
}

static void card_give(const struct manyi_subscriber *subscriber, struct topic *topic, const struct published *published,
                      bool snapshot)
{
    char at[RFC3339_LEN + 1] = "";
    if (HAS(published, published, at))
        rfc3339_format(published->at, at);
    struct wire_value gone;
    struct span bytes;
    bool has_gone = wire_find(published->card, "gone", &gone, &bytes) == 0;
    struct manyi_card card = {
        .channel = topic->name,
        .generation = topic->generation,
        .n = (uint64_t)published->n,
        .seq = (uint64_t)published->seq,
        .at = at,
        .card = published->card.at,
        .card_len = published->card.len,
        .gone = has_gone && gone.kind == WIRE_BOOL && gone.truth,
        .snapshot = snapshot,
    };
    topic->n = card.n;
    subscriber->options.on_card(subscriber->options.context, &card);
}

/* ---- CARDS ---- */

/* true: the channel is of this generation now and had nothing to forget, or nothing was asked of what it forgot. */
static bool generation_settle(const struct manyi_subscriber *subscriber, struct topic *topic, struct span generation)
{
    if (span_is(generation, topic->generation))
        return true;
    bool forgets = topic->generation[0] != '\0';
    client_copy(topic->generation, sizeof topic->generation, generation);
    topic->n = 0;
    topic->ready = false;
    if (forgets && subscriber->options.on_reset)
        subscriber->options.on_reset(subscriber->options.context, topic->name);
    return topic->asked == 0;
}

static void cards_apply(const struct manyi_subscriber *subscriber, struct topic *topic, struct span cards)
{
    struct wire_reader reader = wire_reader(cards);
    struct wire_value header;
    if (wire_read(&reader, &header) || header.kind != WIRE_ARRAY)
        return;
    for (uint32_t i = 0; i < header.count; i++) {
        struct span map;
        struct published published;
        struct flaw flaw;
        if (wire_skip(&reader, EVENT_DEPTH_MAX + 2, &map) ||
            record_decode(&record_of_published, map, &published, &flaw))
            return;
        if (HAS(&published, published, card) && (uint64_t)published.n > topic->n)
            card_give(subscriber, topic, &published, subscriber->live || !topic->ready);
    }
}

/* Asked again at once; after an empty page that has not waited as it should, a moment later. */
static void follow_on(struct manyi_subscriber *subscriber, struct topic *topic, int64_t now_ms)
{
    if (topic->n > topic->asked || now_ms - topic->asked_ms >= FOLLOW_MS / 2)
        topic_replay(subscriber, topic, now_ms);
    else
        topic->due_ms = now_ms + RETRY_MS;
}

static void cards_take(struct manyi_subscriber *subscriber, struct topic *topic, const struct cards_reply *cards,
                       int64_t now_ms)
{
    /* A page that leads nowhere would be asked for again and again: better after a while. */
    if (cards->more && (uint64_t)cards->upto <= topic->asked)
        return;
    if (!generation_settle(subscriber, topic, cards->g)) {
        topic_replay(subscriber, topic, now_ms);
        return;
    }
    cards_apply(subscriber, topic, cards->cards);
    if (topic->n < (uint64_t)cards->upto)
        topic->n = (uint64_t)cards->upto;
    if (cards->more) {
        topic_replay(subscriber, topic, now_ms);
        return;
    }
    if (subscriber->live)
        topic_move(subscriber, topic, TOPIC_LIVE);
    if (!topic->ready && subscriber->options.on_ready)
        subscriber->options.on_ready(subscriber->options.context, topic->name);
    topic->ready = true;
    if (!subscriber->live)
        follow_on(subscriber, topic, now_ms);
}

/* The channel that a reply is for; NULL when it is not the one that is waited for. */
static struct topic *topic_asking(struct manyi_subscriber *subscriber, struct span rid)
{
    struct wire_reader reader = wire_reader(rid);
    struct wire_value header, which, attempt;
    if (wire_read(&reader, &header) || wire_read(&reader, &which) || wire_read(&reader, &attempt))
        return NULL;
    if (header.kind != WIRE_ARRAY || which.kind != WIRE_UINT || attempt.kind != WIRE_UINT ||
        which.natural >= subscriber->channel_count)
        return NULL;
    struct topic *topic = &subscriber->topics[which.natural];
    return topic->state == TOPIC_REPLAYING && topic->attempt == attempt.natural ? topic : NULL;
}

/* What can't get better by asking again is told, and ends the channel; anything else is asked again. */
static void refusal_take(struct manyi_subscriber *subscriber, struct topic *topic, int status, int64_t now_ms)
{
    int kind = status_text(status)->sysexit;
    bool for_ever = kind == 65 || kind == 77;
    if (for_ever && subscriber->options.on_refused) {
        topic->refused = true;
        subscriber->replaying -= topic->state == TOPIC_REPLAYING;
        topic->state = TOPIC_JOINING;
        subscriber->options.on_refused(subscriber->options.context, topic->name, status);
    } else if (for_ever) {
        subscriber->refused = status;
    } else {
        topic->due_ms = now_ms + (subscriber->live ? RETRY_MS : REPLAY_MS);
    }
}

void subscriber_read(struct manyi_subscriber *subscriber, const struct client_reply *reply, int64_t now_ms)
{
    struct flaw flaw;
    subscriber->heard_ms = now_ms;
    if (span_is(reply->verb, "CARDS")) {
        struct cards_reply cards;
        if (record_decode(&record_of_cards_reply, reply->body, &cards, &flaw))
            return;
        struct topic *topic = topic_asking(subscriber, cards.rid);
        if (topic && !subscriber->live)
            subscriber->beat_ms = now_ms;
        if (topic)
            cards_take(subscriber, topic, &cards, now_ms);
    } else if (span_is(reply->verb, "NAK")) {
        struct nak_reply nak;
        if (record_decode(&record_of_nak_reply, reply->body, &nak, &flaw))
            return;
        struct topic *topic = topic_asking(subscriber, nak.rid);
        if (topic)
            refusal_take(subscriber, topic, client_status(nak.code), now_ms);
    }
}

/* ---- live ---- */

/* Every channel's last n: who has less has lost something, who has another generation is to start again. */
static void beat_take(struct manyi_subscriber *subscriber, struct span body, int64_t now_ms)
{
    struct wire_value generation, value;
    struct span channels, bytes;
    if (wire_find(body, "g", &generation, &bytes) || generation.kind != WIRE_STR ||
        wire_find(body, "channels", &value, &channels))
        return;
    subscriber->beat_ms = now_ms;
    for (uint32_t i = 0; i < subscriber->channel_count; i++) {
        struct topic *topic = &subscriber->topics[i];
        if (topic->state != TOPIC_LIVE)
            continue;
        bool other = !span_is(generation.bytes, topic->generation);
        bool known = wire_find(channels, topic->name, &value, &bytes) == 0 && value.kind == WIRE_UINT;
        if (other || (known && value.natural > topic->n))
            topic_replay(subscriber, topic, now_ms);
    }
}

static void message_take(struct manyi_subscriber *subscriber, struct topic *topic, struct span body, int64_t now_ms)
{
    struct published published;
    struct flaw flaw;
    if (record_decode(&record_of_published, body, &published, &flaw))
        return;
    uint64_t n = (uint64_t)published.n;
    bool here = topic->state == TOPIC_LIVE && span_is(published.g, topic->generation);
    if (here && n <= topic->n)
        return;
    if (here && n == topic->n + 1 && HAS(&published, published, card))
        card_give(subscriber, topic, &published, false);
    else
        topic_replay(subscriber, topic, now_ms);
}

void subscriber_hear(struct manyi_subscriber *subscriber, struct span channel_name, struct span body, int64_t now_ms)
{
    subscriber->heard_ms = now_ms;
    if (span_is(channel_name, "beat")) {
        beat_take(subscriber, body, now_ms);
        return;
    }
    for (uint32_t i = 0; i < subscriber->channel_count; i++) {
        if (span_is(channel_name, subscriber->topics[i].name) && !subscriber->topics[i].refused)
            message_take(subscriber, &subscriber->topics[i], body, now_ms);
    }
}
