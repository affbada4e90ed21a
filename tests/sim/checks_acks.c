/*
 * checks_acks.c - what answers promise: an ACK leaves only when every event of its PUT is on the disk, a WELCOME gives an epoch
 * that nobody had, and an older epoch is never served again.
 *
 * Requests are remembered as they pass by (who asked, rid), so that an answer can be held against what it answers.
 */
#include "core/ensure.h"
#include "core/status.h"
#include "tests/sim/checks_inside.h"

#include <stdio.h>
#include <stdlib.h>

#define ASKED_MAX 2048u /* requests that an answer may still come for */

struct asked_event {
    uint64_t hash;     /* of its bytes */
    uint64_t identity; /* 0: it has none */
};

struct asked {
    uint64_t key; /* of who asked and its rid; 0: free */
    uint64_t source;
    uint64_t epoch; /* 0: without a session */
    struct asked_event *events;
    uint32_t count;
};

struct promises {
    struct asked asked[ASKED_MAX]; /* a ring */
    uint32_t next;
    struct table epochs; /* of a source: the newest that was welcomed */
    struct table lasts;  /* of a source: the last sequence that was acknowledged */
};

void promises_open(struct checks *checks)
{
    checks->promises = checks_take(sizeof *checks->promises);
}

void promises_close(struct checks *checks)
{
    for (uint32_t i = 0; i < ASKED_MAX; i++)
        free(checks->promises->asked[i].events);
    table_clear(&checks->promises->epochs);
    table_clear(&checks->promises->lasts);
    free(checks->promises);
}

void promises_restored(struct checks *checks)
{
    table_clear(&checks->promises->epochs);
    table_clear(&checks->promises->lasts);
    for (uint32_t i = 0; i < ASKED_MAX; i++) {
        free(checks->promises->asked[i].events);
        checks->promises->asked[i] = (struct asked){0};
    }
}

/* ---- requests ---- */

static uint64_t key_of(uint32_t owner, const char *endpoint, struct span rid)
{
    uint8_t who[4];
    memcpy(who, &owner, sizeof who);
    return hash_bytes(hash_bytes(hash_bytes(HASH_BEGIN, span_make(who, sizeof who)), span_of(endpoint)), rid);
}

static struct asked *asked_find(struct promises *promises, uint64_t key)
{
    for (uint32_t i = 0; i < ASKED_MAX; i++) {
        uint32_t at = (promises->next + ASKED_MAX - 1 - i) % ASKED_MAX; /* the newest first */
        if (promises->asked[at].key == key)
            return &promises->asked[at];
    }
    return NULL;
}

static struct asked *asked_add(struct promises *promises, uint64_t key)
{
    struct asked *asked = asked_find(promises, key);
    if (!asked)
        asked = &promises->asked[promises->next++ % ASKED_MAX];
    promises->next %= ASKED_MAX;
    free(asked->events);
    *asked = (struct asked){.key = key};
    return asked;
}

static void events_add(struct asked *asked, struct span array)
{
    struct wire_reader events = wire_reader(array);
    struct wire_value header, value;
    if (wire_read(&events, &header) || header.kind != WIRE_ARRAY || header.count > PUT_EVENTS_MAX)
        return;
    asked->events = checks_take(header.count * sizeof *asked->events);
    for (uint32_t i = 0; i < header.count; i++) {
        struct wire_reader peek = events;
        struct span bytes, id, source;
        if (wire_read(&peek, &value) || wire_skip(&events, 64, &bytes))
            return;
        if (value.kind == WIRE_BIN)
            bytes = value.bytes;
        struct asked_event *event = &asked->events[asked->count++];
        event->hash = hash_bytes(HASH_BEGIN, bytes);
        if (event_identity(bytes, &id, &source) == 0)
            event->identity = hash_identity(source, id);
    }
}

static void put_asked(struct checks *checks, const struct bus_sim_message *message)
{
    struct put_request put;
    struct flaw flaw;
    if (record_decode(&record_of_put_request, message->frames[2], &put, &flaw) || !HAS(&put, put_request, rid))
        return;
    struct asked *asked = asked_add(checks->promises, key_of(message->sender, message->endpoint, put.rid));
    if (HAS(&put, put_request, source))
        asked->source = hash_bytes(HASH_BEGIN, put.source);
    if (HAS(&put, put_request, epoch))
        asked->epoch = (uint64_t)put.epoch;
    events_add(asked, put.events);
}

static void hello_asked(struct checks *checks, const struct bus_sim_message *message)
{
    struct hello_request hello;
    struct flaw flaw;
    if (record_decode(&record_of_hello_request, message->frames[2], &hello, &flaw) || !HAS(&hello, hello_request, rid))
        return;
    struct asked *asked = asked_add(checks->promises, key_of(message->sender, message->endpoint, hello.rid));
    asked->source = hash_bytes(HASH_BEGIN, hello.source);
}

/* ---- answers ---- */

static const char *who(const struct checks *checks, uint32_t owner)
{
    const struct cast *cast = checks->world->cast;
    bool member = cast && owner >= CAST_OWNER && owner - CAST_OWNER < cast_members(cast);
    return member ? cast_name(cast, owner - CAST_OWNER) : "a role";
}

static bool is_durable(const struct checks *checks, uint64_t seq, uint64_t event_hash)
{
    const struct memory *memory = &checks->memory;
    return seq >= 1 && seq <= memory->count && memory->entries[seq - 1].event_hash == event_hash;
}

static int one_is_enough(void *context, const struct quarantine_row *row)
{
    (void)context;
    (void)row;
    return 1;
}

/* Refused, but kept: nothing is thrown away. */
static bool is_quarantined(struct checks *checks, const struct problem *problem, const char *to)
{
    char key[NAME_MAX_BYTES + 1];
    struct journal_reader *reader;
    snprintf(key, sizeof key, "%.*s", SPAN_ARGS(problem->quarantine));
    int status = journal_reader_open(checks->world->reader, &reader);
    ensure(status == 0);
    status = journal_quarantine_list(reader, key, one_is_enough, NULL);
    journal_reader_close(reader);
    if (status >= 0)
        return true;
    checks->world->outcome.lost++;
    return world_violated(checks->world, "refused, but kept",
                          "an ACK to %s names %s of the quarantine, which is not there", to, key);
}

struct kept {
    uint64_t events, bytes;
};

static int kept_add(void *context, const struct quarantine_row *row)
{
    struct kept *kept = context;
    kept->events++;
    kept->bytes += row->bytes.len;
    return 0;
}

/* Refused, and not kept: only what may repeat an event of a damaged record, and what finds its source's share used up. All sources
 * together have used as much, then. */
static bool may_be_let_go(struct checks *checks, const struct problem *problem, const char *to)
{
    struct kept kept = {0};
    struct journal_reader *reader;
    if (span_is(problem->code, status_text(-E_CORRUPT)->code))
        return true;
    int status = journal_reader_open(checks->world->reader, &reader);
    ensure(status == 0);
    status = journal_quarantine_list(reader, "", kept_add, &kept);
    journal_reader_close(reader);
    if (kept.events >= QUARANTINE_SOURCE_EVENTS_MAX || kept.bytes + PUT_BYTES_MAX > QUARANTINE_SOURCE_BYTES_MAX)
        return true;
    checks->world->outcome.lost++;
    return world_violated(
        checks->world, "refused, but kept",
        "an ACK to %s refuses with %.*s and names nothing of the quarantine, which has %llu events (%s)", to,
        SPAN_ARGS(problem->code), (unsigned long long)kept.events, status_text(status)->code);
}

/* ret: the seq of the next accepted event. */
static bool event_promised(struct checks *checks, const struct asked *asked, uint32_t i, const struct problem *problem,
                           uint64_t *seq, const char *to)
{
    const struct asked_event *event = &asked->events[i];
    const struct memory *memory = &checks->memory;
    uint64_t of = problem && HAS(problem, problem, duplicate_of) ? (uint64_t)problem->duplicate_of : 0;
    if (!problem) {
        uint64_t promised = (*seq)++;
        if (is_durable(checks, promised, event->hash))
            return true;
        checks->world->outcome.lost++;
        return world_violated(checks->world, "acked once",
                              "an ACK to %s says entry %llu, which is not on the disk so (it has %llu entries)", to,
                              (unsigned long long)promised, (unsigned long long)memory->count);
    }
    if (HAS(problem, problem, code))
        return HAS(problem, problem, quarantine) ? is_quarantined(checks, problem, to)
                                                 : may_be_let_go(checks, problem, to);
    if (event->identity && of == 0 && table_find(&memory->identities, event->identity))
        return true;
    if (event->identity && of > 0 && of <= memory->count && memory->entries[of - 1].identity == event->identity)
        return true;
    checks->world->outcome.lost++;
    return world_violated(checks->world, "acked once",
                          "an ACK to %s says event %u of its PUT came before, as entry %llu, which is not so", to, i,
                          (unsigned long long)of);
}

static void events_promised(struct checks *checks, const struct asked *asked, const struct ack_reply *ack,
                            const char *to)
{
    struct wire_reader problems = wire_reader(ack->problems);
    struct wire_value header;
    uint64_t seq = (uint64_t)ack->first;
    if (wire_read(&problems, &header) || header.kind != WIRE_ARRAY) {
        world_violated(checks->world, "answers are sound", "an ACK to %s has no list of problems", to);
        return;
    }
    struct problem problem = {0};
    uint32_t left = header.count;
    bool more = false;
    for (uint32_t i = 0; i < asked->count; i++) {
        struct span map;
        struct flaw flaw;
        if (!more && left > 0) {
            more = wire_skip(&problems, EVENT_DEPTH_MAX, &map) == 0 &&
                   record_decode(&record_of_problem, map, &problem, &flaw) == 0;
            left--;
        }
        bool its = more && problem.i == i;
        if (!event_promised(checks, asked, i, its ? &problem : NULL, &seq, to))
            return;
        more = more && !its;
    }
    if (seq != (uint64_t)ack->first + (uint64_t)ack->count || more || left > 0)
        world_violated(checks->world, "answers are sound",
                       "an ACK to %s counts %lld events where its problems leave %llu", to, (long long)ack->count,
                       (unsigned long long)(seq - (uint64_t)ack->first));
}

static void session_promised(struct checks *checks, const struct asked *asked, const struct ack_reply *ack,
                             const char *to)
{
    const uint64_t *newest = table_find(&checks->promises->epochs, asked->source);
    if (newest && asked->epoch < *newest)
        world_violated(checks->world, "fenced", "%s is served with epoch %llu after somebody was welcomed with %llu",
                       to, (unsigned long long)asked->epoch, (unsigned long long)*newest);
    uint64_t *last = table_at(&checks->promises->lasts, asked->source);
    if (HAS(ack, ack_reply, last) && (uint64_t)ack->last < *last)
        world_violated(checks->world, "consumed for ever", "%s is told sequence %lld after sequence %llu", to,
                       (long long)ack->last, (unsigned long long)*last);
    else if (HAS(ack, ack_reply, last))
        *last = (uint64_t)ack->last;
}

static void ack_answered(struct checks *checks, const struct bus_sim_message *message)
{
    struct ack_reply ack;
    struct flaw flaw;
    const char *to = who(checks, message->receiver);
    if (record_decode(&record_of_ack_reply, message->frames[2], &ack, &flaw)) {
        world_violated(checks->world, "answers are sound", "an ACK to %s can't be read: %s %s", to, flaw.field,
                       flaw.message);
        return;
    }
    if ((uint64_t)ack.head > checks->memory.count)
        world_violated(checks->world, "acked once", "an ACK to %s says that the journal ends at %lld, it has %llu", to,
                       (long long)ack.head, (unsigned long long)checks->memory.count);
    if (!HAS(&ack, ack_reply, rid))
        return;
    const struct asked *asked = asked_find(checks->promises, key_of(message->receiver, message->endpoint, ack.rid));
    if (!asked || !asked->events)
        return;
    events_promised(checks, asked, &ack, to);
    if (asked->epoch > 0)
        session_promised(checks, asked, &ack, to);
}

static void welcome_answered(struct checks *checks, const struct bus_sim_message *message)
{
    struct welcome_reply welcome;
    struct flaw flaw;
    const char *to = who(checks, message->receiver);
    if (record_decode(&record_of_welcome_reply, message->frames[2], &welcome, &flaw)) {
        world_violated(checks->world, "answers are sound", "a WELCOME to %s can't be read", to);
        return;
    }
    if (!HAS(&welcome, welcome_reply, rid))
        return;
    const struct asked *asked = asked_find(checks->promises, key_of(message->receiver, message->endpoint, welcome.rid));
    if (!asked)
        return;
    uint64_t *epoch = table_at(&checks->promises->epochs, asked->source);
    if ((uint64_t)welcome.epoch <= *epoch)
        world_violated(checks->world, "fenced", "%s is welcomed with epoch %lld after somebody with %llu", to,
                       (long long)welcome.epoch, (unsigned long long)*epoch);
    *epoch = (uint64_t)welcome.epoch;
    const uint64_t *last = table_find(&checks->promises->lasts, asked->source);
    if (last && (uint64_t)welcome.last < *last)
        world_violated(checks->world, "consumed for ever", "%s is welcomed with sequence %lld after an ACK of %llu", to,
                       (long long)welcome.last, (unsigned long long)*last);
}

void promises_message(struct checks *checks, const struct bus_sim_message *message)
{
    const struct setup *setup = &checks->world->setup;
    bool intake = strcmp(message->endpoint, setup->intake_endpoint) == 0 ||
                  strcmp(message->endpoint, setup->intake_trusted_endpoint) == 0 ||
                  strcmp(message->endpoint, setup->intake_inner_endpoint) == 0;
    if (!intake || message->count != 3)
        return;
    struct span verb = message->frames[1];
    if (message->to_binder && span_is(verb, "PUT"))
        put_asked(checks, message);
    else if (message->to_binder && span_is(verb, "HELLO"))
        hello_asked(checks, message);
    else if (!message->to_binder && span_is(verb, "ACK"))
        ack_answered(checks, message);
    else if (!message->to_binder && span_is(verb, "WELCOME"))
        welcome_answered(checks, message);
}

/* ---- the end ---- */

static int acked_check(void *context, const struct acked *acked)
{
    struct checks *checks = context;
    const uint64_t *seq =
        table_find(&checks->memory.identities, hash_identity(span_of(acked->source), span_of(acked->id)));
    uint64_t hash = hash_bytes(HASH_BEGIN, acked->event);
    checks->world->outcome.acked++;
    if (seq && is_durable(checks, *seq, hash) && (acked->seq == 0 || is_durable(checks, acked->seq, hash)))
        return 0;
    checks->world->outcome.lost++;
    world_violated(checks->world, "acked once",
                   "%s of %s was acknowledged as entry %llu; at the end it is %s%llu byte for byte", acked->id,
                   acked->source, (unsigned long long)acked->seq, seq ? "not in entry " : "nowhere, entry ",
                   (unsigned long long)(seq ? *seq : 0));
    return 0;
}

void promises_end(struct checks *checks)
{
    checks->world->outcome.acked = 0;
    cast_acked(checks->world->cast, acked_check, checks);
}
