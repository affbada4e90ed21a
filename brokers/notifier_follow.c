/*
 * notifier_follow.c - how cards come in: at start a look whether they are up to date, then REPLAY of three channels for ever.
 *
 * What was sent before a crash is in the journal, but perhaps on no card yet. So nothing is read before the worker has folded all
 * that the journal held at start, and the outlet has what the worker said of it.
 *
 *   intake: the journal's head ──▶ worker: folded up to there ──▶ intake: its head now ──▶ outlet: cards up to there ──▶ REPLAY
 */
#include "brokers/notifier_parts.h"

#include "core/ensure.h"
#include "core/status.h"

#define WAIT_MS 20000
#define PATIENCE_MS 5000
#define DAWN_PATIENCE_MS 1000
#define DAWN_AGAIN_MS 50
#define EMPTY_REST_MS 200 /* an outlet that does not park is not asked in a circle */
#define PAGE_MAX 128u
#define OVER_AGAIN_MS 60000 /* a channel is read again for what found no place; it takes a tenth of the time at most */

static const char *const channel_names[NOTIFY_CHANNELS] = {"escalation", "task", "callback"};

static struct span rid_write(uint8_t buffer[32], uint64_t channel, uint64_t number)
{
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, 32);
    wire_array(&writer, 2);
    wire_natural(&writer, channel);
    wire_natural(&writer, number);
    return wire_written(&writer);
}

static bool rid_read(struct span rid, uint64_t *ret_channel, uint64_t *ret_number)
{
    struct wire_reader reader = wire_reader(rid);
    struct wire_value list, channel, number;
    if (wire_read(&reader, &list) || list.kind != WIRE_ARRAY || list.count != 2 || wire_read(&reader, &channel) ||
        wire_read(&reader, &number) || channel.kind != WIRE_UINT || number.kind != WIRE_UINT)
        return false;
    *ret_channel = channel.natural;
    *ret_number = number.natural;
    return true;
}

static bool request_send(struct port *port, const char *verb, struct span body)
{
    const struct span frames[] = {span_make(NULL, 0), span_of(verb), body};
    return port_send(port, frames, 3) == 0;
}

/* ---- dawn ---- */

#define DAWN_RID NOTIFY_CHANNELS /* in the place of a channel */

static struct port *dawn_port(const struct notifier *notifier)
{
    switch (notifier->dawn) {
    case DAWN_FOLD:
        return notifier->query;
    case DAWN_CARDS:
        return notifier->replay;
    default:
        return notifier->intake;
    }
}

static void dawn_ask(struct notifier *notifier)
{
    uint8_t body[64], rid[32];
    struct wire_writer writer;
    struct ping_request ping = {0};
    notifier->dawn_number = ++notifier->numbers;
    SET(&ping, ping_request, rid, rid_write(rid, DAWN_RID, notifier->dawn_number));
    wire_writer_init(&writer, body, sizeof body);
    record_encode(&record_of_ping_request, &ping, ENCODE_EVENT, &writer);
    bool sent = request_send(dawn_port(notifier), "PING", wire_written(&writer));
    notifier->dawn_ms = notifier->now.monotonic_ms + (sent ? DAWN_PATIENCE_MS : DAWN_AGAIN_MS);
}

/* A PONG of the one that was asked: its head or its cursor. */
static void dawn_take(struct notifier *notifier, struct span body)
{
    bool asks_head = notifier->dawn == DAWN_JOURNAL || notifier->dawn == DAWN_ANSWERED;
    struct wire_value value;
    struct span bytes;
    if (wire_find(body, asks_head ? "head" : "cursor", &value, &bytes) || value.kind != WIRE_UINT)
        return;
    if (!asks_head && value.natural < notifier->dawn_seq) {
        notifier->dawn_ms = notifier->now.monotonic_ms + DAWN_AGAIN_MS; /* not there yet */
        return;
    }
    if (asks_head)
        notifier->dawn_seq = value.natural;
    notifier->dawn++;
    notifier->dawn_ms = notifier->now.monotonic_ms;
}

/* ---- REPLAY ---- */

static void replay_ask(struct notifier *notifier, enum notifier_channel channel)
{
    struct notifier_topic *topic = &notifier->topic[channel];
    uint8_t body[256], rid[32];
    struct wire_writer writer;
    struct replay_request request = {0};
    topic->number = ++notifier->numbers;
    if (topic->began_ms == 0)
        topic->began_ms = notifier->now.monotonic_ms;
    SET(&request, replay_request, rid, rid_write(rid, channel, topic->number));
    SET(&request, replay_request, channel, span_of(channel_names[channel]));
    SET(&request, replay_request, after, (int64_t)topic->after);
    SET(&request, replay_request, max, PAGE_MAX);
    if (topic->complete)
        SET(&request, replay_request, wait_ms, WAIT_MS);
    wire_writer_init(&writer, body, sizeof body);
    record_encode(&record_of_replay_request, &request, ENCODE_EVENT, &writer);
    ensure(!writer.full);
    topic->asked = request_send(notifier->replay, "REPLAY", wire_written(&writer));
    topic->sent_ms = notifier->now.monotonic_ms;
    topic->again_ms = topic->sent_ms + (topic->asked ? (topic->complete ? WAIT_MS : 0) + PATIENCE_MS : DAWN_AGAIN_MS);
}

/* From the first card on. */
static void topic_begin(struct notifier_topic *topic, bool read_once)
{
    uint64_t number = topic->number;
    *topic = (struct notifier_topic){.number = number, .read_once = read_once};
}

static void generation_take(struct notifier *notifier, struct span generation)
{
    if (span_is(generation, notifier->generation))
        return;
    bool another = notifier->generation[0] != '\0';
    snprintf(notifier->generation, sizeof notifier->generation, "%.*s", SPAN_ARGS(generation));
    if (!another)
        return;
    notifier_forget(notifier);
    notifier->journal_ms = 0;
    for (uint32_t i = 0; i < NOTIFY_CHANNELS; i++)
        topic_begin(&notifier->topic[i], false);
    notifier->dawn = DAWN_JOURNAL;
    notifier->dawn_ms = notifier->now.monotonic_ms;
}

/* *ret_any: there was a card. */
static void page_take(struct notifier *notifier, enum notifier_channel channel, struct span cards, bool *ret_any)
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
            record_decode(&record_of_published, map, &published, &flaw) || !HAS(&published, published, card))
            return;
        *ret_any = true;
        if (HAS(&published, published, at) && published.at > notifier->journal_ms)
            notifier->journal_ms = published.at;
        if (notifier_card_take(notifier, channel, published.card) == -E_NO_ROOM)
            notifier->topic[channel].overflow = true;
    }
}

static void topic_read(struct notifier_topic *topic, int64_t monotonic_ms)
{
    int64_t took_ms = monotonic_ms - topic->began_ms;
    topic->complete = topic->read_once = true;
    topic->over_again_ms = monotonic_ms + (10 * took_ms > OVER_AGAIN_MS ? 10 * took_ms : OVER_AGAIN_MS);
}

static void cards_take(struct notifier *notifier, enum notifier_channel channel, struct span body)
{
    struct cards_reply reply;
    struct flaw flaw;
    struct notifier_topic *topic = &notifier->topic[channel];
    if (record_decode(&record_of_cards_reply, body, &reply, &flaw))
        return;
    generation_take(notifier, reply.g);
    if (notifier->dawn != DAWN_OVER)
        return;
    bool any = false;
    page_take(notifier, channel, reply.cards, &any);
    if (reply.upto > (int64_t)topic->after)
        topic->after = (uint64_t)reply.upto;
    topic->asked = false;
    if (!topic->complete && !reply.more)
        topic_read(topic, notifier->now.monotonic_ms);
    topic->again_ms = any || reply.more ? notifier->now.monotonic_ms : topic->sent_ms + EMPTY_REST_MS;
}

/* ---- both ---- */

static void reply_take(struct notifier *notifier, struct span verb, struct span body)
{
    struct wire_value value;
    struct span rid;
    uint64_t channel, number;
    if (wire_find(body, "rid", &value, &rid) || !rid_read(rid, &channel, &number))
        return;
    if (channel == DAWN_RID && number == notifier->dawn_number && notifier->dawn != DAWN_OVER) {
        if (span_is(verb, "PONG"))
            dawn_take(notifier, body);
        return;
    }
    if (channel >= NOTIFY_CHANNELS || number != notifier->topic[channel].number || notifier->dawn != DAWN_OVER)
        return;
    if (span_is(verb, "CARDS"))
        cards_take(notifier, (enum notifier_channel)channel, body);
    else if (span_is(verb, "NAK"))
        notifier->topic[channel].again_ms = notifier->now.monotonic_ms + DAWN_PATIENCE_MS;
}

static void replies_take(struct notifier *notifier, struct port *port)
{
    int result;
    while ((result = port_receive(port, &notifier->parcel)) != -E_AGAIN) {
        const struct parcel *parcel = &notifier->parcel;
        if (result < 0 || parcel->count != 3)
            continue;
        struct wire_value value;
        struct span rid;
        bool is_report = port == notifier->intake && span_is(parcel->frame[1], "ACK") &&
                         wire_find(parcel->frame[2], "rid", &value, &rid) == 0 && value.kind == WIRE_UINT;
        struct ack_reply ack;
        struct flaw flaw;
        if (!is_report)
            reply_take(notifier, parcel->frame[1], parcel->frame[2]);
        else if (record_decode(&record_of_ack_reply, parcel->frame[2], &ack, &flaw) == 0)
            notifier_reported(notifier, value.natural, ack.problems);
    }
}

void notifier_follow(struct notifier *notifier)
{
    replies_take(notifier, notifier->intake);
    replies_take(notifier, notifier->query);
    replies_take(notifier, notifier->replay);
    if (notifier->dawn != DAWN_OVER) {
        if (notifier->now.monotonic_ms >= notifier->dawn_ms)
            dawn_ask(notifier);
        return;
    }
    for (uint32_t i = 0; i < NOTIFY_CHANNELS; i++) {
        struct notifier_topic *topic = &notifier->topic[i];
        bool room = notifier->errand_count <= ERRANDS_MAX / 4 * 3;
        if (topic->overflow && topic->complete && (room || notifier->now.monotonic_ms >= topic->over_again_ms))
            topic_begin(topic, true); /* for what was passed over */
        if (notifier->now.monotonic_ms >= topic->again_ms)
            replay_ask(notifier, (enum notifier_channel)i);
    }
}

bool notifier_is_calm(const struct notifier *notifier)
{
    bool calm = notifier->dawn == DAWN_OVER;
    for (uint32_t i = 0; i < NOTIFY_CHANNELS; i++)
        calm = calm && (notifier->topic[i].read_once || notifier->topic[i].overflow);
    return calm;
}

int64_t notifier_follow_due_ms(const struct notifier *notifier)
{
    if (notifier->dawn != DAWN_OVER)
        return notifier->dawn_ms;
    int64_t due_ms = INT64_MAX;
    for (uint32_t i = 0; i < NOTIFY_CHANNELS; i++) {
        const struct notifier_topic *topic = &notifier->topic[i];
        bool reads_again = topic->overflow && topic->complete && topic->over_again_ms < topic->again_ms;
        int64_t topic_ms = reads_again ? topic->over_again_ms : topic->again_ms;
        if (topic_ms < due_ms)
            due_ms = topic_ms;
    }
    return due_ms;
}
