/*
 * cast_nonsense.c - peers who send what nobody should: each shape is a row, sent frame by frame to whichever port takes requests.
 *
 * Nothing of it may be journaled as something else, and nobody may fall over it. A rival who greets as somebody else's source is
 * no nonsense to the broker, but fences who publishes there.
 */
#include "core/ensure.h"
#include "tests/sim/cast_inside.h"

#include <stdlib.h>

#define PORTS 4u
#define REPLIES_PER_TURN 64
#define RID_FORGED (1ull << 32)
#define REPLAY_TRIES 64
#define OWN "/manyi/"
#define OTHER "/shops/" /* of the same length */

struct nonsense {
    struct port *ports[PORTS]; /* intake, feed, query, replay */
    struct parcel parcel;
    uint64_t sent;
    uint8_t event[8 * KIB]; /* what is replayed */
    uint8_t body[16 * KIB];
};

static void nonsense_open(struct member *member)
{
    struct nonsense *nonsense = cast_take(sizeof *nonsense);
    const struct setup *setup = &member->cast->world->setup;
    const char *const endpoints[PORTS] = {setup->intake_endpoint, setup->feed_endpoint, setup->query_endpoint,
                                          setup->replay_endpoint};
    member->self = nonsense;
    member_owns(member);
    for (uint32_t i = 0; i < PORTS; i++) {
        const struct port_options options = {.kind = PORT_DEALER, .endpoint = endpoints[i]};
        int result = port_open(setup->bus, &options, &nonsense->ports[i]);
        ensure(result == 0);
    }
    member->next_ms = dice_pause_ms(&member->dice, MINUTES(10));
}

static void nonsense_close(struct member *member)
{
    struct nonsense *nonsense = member->self;
    parcel_release(&nonsense->parcel);
    for (uint32_t i = 0; i < PORTS; i++)
        port_close(nonsense->ports[i]);
    free(nonsense);
}

static void say(struct port *port, const char *verb, struct span body)
{
    struct span frames[] = {span_make("", 0), span_of(verb), body};
    port_send(port, frames, 3); /* nobody there: so be it */
}

/* ---- events and PUTs ---- */

struct shape {
    struct member *member;
    struct nonsense *nonsense;
    struct wire_writer writer;
    bool forged; /* must be refused, whatever else it is */
};

static void pair(struct wire_writer *writer, const char *key, const char *text)
{
    wire_key(writer, key);
    wire_text(writer, span_of(text));
}

/* A whole rating, of this source and type. */
static struct span event_write(struct shape *shape, uint8_t *buffer, size_t size, const char *source, const char *type)
{
    char id[48];
    struct wire_writer writer;
    snprintf(id, sizeof id, "nonsense-%llu", (unsigned long long)++shape->nonsense->sent);
    wire_writer_init(&writer, buffer, size);
    wire_map(&writer, 4);
    pair(&writer, "id", id);
    pair(&writer, "source", source);
    pair(&writer, "type", type);
    wire_key(&writer, "data");
    wire_map(&writer, 4);
    pair(&writer, "store", "sh-pudong");
    pair(&writer, "department", "service");
    pair(&writer, "channel", "kiosk");
    wire_key(&writer, "overall");
    wire_natural(&writer, 1);
    return wire_written(&writer);
}

static void put_begin(struct shape *shape, uint32_t events)
{
    wire_writer_init(&shape->writer, shape->nonsense->body, sizeof shape->nonsense->body);
    wire_map(&shape->writer, 2);
    wire_key(&shape->writer, "rid");
    wire_natural(&shape->writer, (shape->forged ? RID_FORGED : 0) + ++shape->nonsense->sent);
    wire_key(&shape->writer, "events");
    wire_array(&shape->writer, events);
}

static void put_send(struct shape *shape)
{
    say(shape->nonsense->ports[0], "PUT", wire_written(&shape->writer));
}

static void put_one(struct shape *shape, const char *source, const char *type)
{
    uint8_t buffer[512];
    put_begin(shape, 1);
    wire_bin(&shape->writer, event_write(shape, buffer, sizeof buffer, source, type));
    put_send(shape);
}

/* An event that ends within itself, or is none, in a bin. */
static void broken_event(struct shape *shape)
{
    uint8_t buffer[512];
    struct dice *dice = &shape->member->dice;
    struct span event = event_write(shape, buffer, sizeof buffer, "/nonsense", "feedback.rated");
    if (dice_chance(dice, 1, 2))
        event.len = (size_t)dice_between(dice, 0, (int64_t)event.len - 1);
    else
        buffer[dice_between(dice, 0, (int64_t)event.len - 1)] ^= (uint8_t)dice_between(dice, 1, 255);
    put_begin(shape, 1);
    wire_bin(&shape->writer, event);
    put_send(shape);
}

static void wrong_field(struct shape *shape)
{
    uint8_t buffer[512];
    struct span event = event_write(shape, buffer, sizeof buffer, "/nonsense", "feedback.rated");
    buffer[event.len - 1] = 99; /* overall is 0-10 */
    put_begin(shape, 1);
    wire_bin(&shape->writer, event);
    put_send(shape);
}

static void truncated_request(struct shape *shape)
{
    uint8_t buffer[512];
    put_begin(shape, 1);
    wire_bin(&shape->writer, event_write(shape, buffer, sizeof buffer, "/nonsense", "feedback.rated"));
    shape->writer.len = (size_t)dice_between(&shape->member->dice, 0, (int64_t)shape->writer.len - 1);
    put_send(shape);
}

static void huge_count(struct shape *shape)
{
    put_begin(shape, dice_chance(&shape->member->dice, 1, 2) ? UINT32_MAX : PUT_EVENTS_MAX + 1);
    put_send(shape);
}

static void wrong_verb(struct shape *shape)
{
    static const char *const verbs[] = {"", "put", "FORGET", "AWAIT", "REPLAYREPLAYREPLAY"};
    struct dice *dice = &shape->member->dice;
    uint8_t nothing[] = {0x80};
    say(shape->nonsense->ports[dice_between(dice, 0, PORTS - 1)], verbs[dice_between(dice, 0, 4)],
        span_make(nothing, sizeof nothing));
}

static void wrong_frames(struct shape *shape)
{
    struct dice *dice = &shape->member->dice;
    struct span frames[6];
    uint32_t count = (uint32_t)dice_between(dice, 1, 6);
    for (uint32_t i = 0; i < count; i++)
        frames[i] = i == 0 && dice_chance(dice, 1, 2) ? span_of("") : span_of("PUT");
    port_send(shape->nonsense->ports[dice_between(dice, 0, PORTS - 1)], frames, count);
}

static void wrong_question(struct shape *shape)
{
    struct dice *dice = &shape->member->dice;
    uint32_t port = (uint32_t)dice_between(dice, 1, PORTS - 1);
    static const char *const verbs[PORTS] = {"PUT", "FETCH", "GET", "REPLAY"};
    struct wire_writer writer;
    wire_writer_init(&writer, shape->nonsense->body, sizeof shape->nonsense->body);
    wire_map(&writer, 3);
    pair(&writer, "what", dice_chance(dice, 1, 2) ? "complaints" : "everything");
    pair(&writer, "channel", dice_chance(dice, 1, 2) ? "ledger" : "gossip");
    wire_key(&writer, "after");
    wire_integer(&writer, dice_between(dice, -1, 5000));
    say(shape->nonsense->ports[port], verbs[port], wire_written(&writer));
}

/* ---- what is forged ---- */

static void forged_consequence(struct shape *shape)
{
    shape->forged = true;
    static const char *const types[] = {"complaint.changed", "escalation.raised", "score.changed", "clock.ticked",
                                        "fold.adopted"};
    put_one(shape, dice_chance(&shape->member->dice, 1, 2) ? "/manyi/worker" : "/nonsense",
            types[dice_between(&shape->member->dice, 0, 4)]);
}

static void reserved_source(struct shape *shape)
{
    shape->forged = true;
    put_one(shape, dice_chance(&shape->member->dice, 1, 2) ? "/manyi/worker" : "/manyi/intake", "feedback.rated");
}

/* What Manyi itself wrote into the journal, as it stands there; found by dice. Not the first rulebook: anybody may send one. */
static struct span own_words(struct shape *shape)
{
    struct nonsense *nonsense = shape->nonsense;
    struct dice *dice = &shape->member->dice;
    struct journal *journal = shape->member->cast->world->reader;
    struct journal_reader *reader;
    struct span found = {0}, id, source;
    struct entry entry;
    if (!journal || journal_head(journal) < 2 || journal_reader_open(journal, &reader))
        return found;
    uint8_t *buffer = cast_take(SYSTEM_EVENT_MAX + RECORD_MAX);
    for (int tries = 0; tries < REPLAY_TRIES && found.len == 0; tries++) {
        uint64_t seq = (uint64_t)dice_between(dice, 2, (int64_t)journal_head(journal));
        if (journal_entry(reader, seq, buffer, SYSTEM_EVENT_MAX + RECORD_MAX, &entry) ||
            event_identity(entry.event, &id, &source) || source.len < sizeof OWN - 1 ||
            memcmp(source.at, OWN, sizeof OWN - 1) != 0)
            continue;
        if (entry.event.len > sizeof nonsense->event)
            continue;
        memcpy(nonsense->event, entry.event.at, entry.event.len);
        found = span_make(nonsense->event, entry.event.len);
    }
    journal_reader_close(reader);
    free(buffer);
    return found;
}

/* A sound consequence, tick or adoption from outside: as Manyi's own, or as somebody's. */
static void replayed(struct shape *shape)
{
    struct span event = own_words(shape), id, source;
    if (event.len == 0)
        return;
    int status = event_identity(event, &id, &source);
    ensure(status == 0);
    if (dice_chance(&shape->member->dice, 1, 2))
        memcpy(shape->nonsense->event + (source.at - shape->nonsense->event), OTHER, sizeof OTHER - 1);
    shape->forged = true;
    put_begin(shape, 1);
    wire_bin(&shape->writer, event);
    put_send(shape);
}

/* As the worker says what it concludes, but from outside. */
static void forged_causes(struct shape *shape)
{
    uint8_t buffer[512];
    struct wire_writer *writer = &shape->writer;
    wire_writer_init(writer, shape->nonsense->body, sizeof shape->nonsense->body);
    wire_map(writer, 4);
    pair(writer, "source", "/manyi/worker");
    wire_key(writer, "epoch");
    wire_natural(writer, (uint64_t)dice_between(&shape->member->dice, 1, 9));
    wire_key(writer, "causes");
    wire_array(writer, 1);
    wire_array(writer, 3);
    wire_natural(writer, (uint64_t)dice_between(&shape->member->dice, 1, 4000));
    wire_natural(writer, 0);
    wire_natural(writer, 1);
    wire_key(writer, "events");
    wire_array(writer, 1);
    wire_bin(writer, event_write(shape, buffer, sizeof buffer, "/manyi/worker", "complaint.changed"));
    put_send(shape);
}

/* ---- sessions of others ---- */

static const char *others_source(struct dice *dice)
{
    static const char *const sources[] = {"/stores/sh-pudong/desk", "/stores/sh-minhang/desk", "/people",
                                          "/group/office", "/manyi/worker"};
    return sources[dice_between(dice, 0, 4)];
}

static void rival(struct shape *shape)
{
    const char *source = others_source(&shape->member->dice);
    wire_writer_init(&shape->writer, shape->nonsense->body, sizeof shape->nonsense->body);
    wire_map(&shape->writer, 3);
    wire_key(&shape->writer, "rid");
    wire_natural(&shape->writer, ++shape->nonsense->sent);
    pair(&shape->writer, "source", source);
    pair(&shape->writer, "instance", "rival");
    say(shape->nonsense->ports[0], "HELLO", wire_written(&shape->writer));
    world_tell(shape->member->cast->world, shape->member->name, "greets as %s", source);
}

/* An epoch and a sequence by guess: fenced, a gap, or no session. (Without identities nobody can be kept from guessing both
 * right and using up a sequence of somebody else's; nobody does here.) */
static void guessed_session(struct shape *shape)
{
    uint8_t buffer[512];
    struct dice *dice = &shape->member->dice;
    struct wire_writer *writer = &shape->writer;
    wire_writer_init(writer, shape->nonsense->body, sizeof shape->nonsense->body);
    wire_map(writer, 4);
    pair(writer, "source", dice_chance(dice, 1, 3) ? "/nobody" : others_source(dice));
    wire_key(writer, "epoch");
    wire_natural(writer, (uint64_t)dice_between(dice, 1, 12));
    wire_key(writer, "first");
    wire_natural(writer, (uint64_t)dice_between(dice, 100000, 200000));
    wire_key(writer, "events");
    wire_array(writer, 1);
    wire_bin(writer, event_write(shape, buffer, sizeof buffer, "/nonsense", "feedback.rated"));
    put_send(shape);
}

/* ---- turns ---- */

static const struct {
    void (*send)(struct shape *shape);
    enum fault fault;
} shapes[] = {
    {broken_event, FAULT_malformed},      {broken_event, FAULT_malformed},   {wrong_field, FAULT_malformed},
    {truncated_request, FAULT_malformed}, {huge_count, FAULT_malformed},     {wrong_verb, FAULT_malformed},
    {wrong_frames, FAULT_malformed},      {wrong_question, FAULT_malformed}, {forged_consequence, FAULT_forged},
    {reserved_source, FAULT_forged},      {forged_causes, FAULT_forged},     {rival, FAULT_forged},
    {guessed_session, FAULT_forged},      {replayed, FAULT_forged},          {replayed, FAULT_forged},
};

/* Nothing that is forged is accepted, or was there before. */
static void reply_hear(struct member *member, const struct parcel *parcel)
{
    struct world *world = member->cast->world;
    struct ack_reply ack;
    struct problem problem = {0};
    struct flaw flaw;
    struct wire_value header, rid;
    struct span map;
    if (parcel->count != 3 || !span_is(parcel->frame[1], "ACK") ||
        record_decode(&record_of_ack_reply, parcel->frame[2], &ack, &flaw) || !HAS(&ack, ack_reply, rid))
        return;
    struct wire_reader reader = wire_reader(ack.rid);
    if (wire_read(&reader, &rid) || rid.kind != WIRE_UINT || rid.natural < RID_FORGED)
        return;
    struct wire_reader problems = wire_reader(ack.problems);
    bool refused = ack.count == 0 && wire_read(&problems, &header) == 0 && header.kind == WIRE_ARRAY &&
                   header.count == 1 && wire_skip(&problems, EVENT_DEPTH_MAX, &map) == 0 &&
                   record_decode(&record_of_problem, map, &problem, &flaw) == 0 && HAS(&problem, problem, code);
    if (!refused)
        world_violated(world, "nobody forges", "what %s forged was not refused, but %s", member->name,
                       ack.count > 0 ? "accepted" : "taken for a repeat");
}

static void replies_hear(struct member *member)
{
    struct nonsense *nonsense = member->self;
    for (uint32_t i = 0; i < PORTS; i++) {
        for (int n = 0; n < REPLIES_PER_TURN && port_receive(nonsense->ports[i], &nonsense->parcel) == 0; n++) {
            if (i == 0)
                reply_hear(member, &nonsense->parcel);
        }
    }
}

static int64_t nonsense_turn(struct member *member, struct clock_reading now)
{
    (void)now;
    struct world *world = member->cast->world;
    struct shape shape = {.member = member, .nonsense = member->self};
    replies_hear(member);
    if (member->cast->healed || world->options.calm)
        return AWHILE_MS;
    if (world->now_ms >= member->next_ms) {
        int64_t die = dice_between(&member->dice, 0, (int64_t)(sizeof shapes / sizeof shapes[0]) - 1);
        shapes[die].send(&shape);
        world_fault(world, shapes[die].fault);
        member->next_ms = world->now_ms + dice_pause_ms(&member->dice, member->cast->publishing_ms / 120);
    }
    return member->next_ms - world->now_ms;
}

const struct member_kind kind_nonsense = {.open = nonsense_open, .close = nonsense_close, .turn = nonsense_turn};
