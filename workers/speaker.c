/* speaker.c - HELLO, and PUT after PUT. */
#include "workers/speaker.h"

#include "core/ensure.h"
#include "core/status.h"

#include <stdio.h>
#include <stdlib.h>

#define SILENCE_MS 2000
#define BODY_MAX (PUT_BYTES_MAX + 4 * KIB)
#define BODY_SPARE (2 * KIB) /* of a PUT besides events and causes */
#define CAUSE_BYTES 24u      /* [seq, step, count], encoded, at most */
#define INSTANCE "worker"

enum speaker_state { SILENT, GREETING, SPEAKING, ADOPTING };

struct speaker {
    struct port *port;
    struct parcel parcel;
    int64_t silence_ms;
    enum speaker_state state;
    int64_t after_ms; /* GREETING: not before */
    uint64_t rid;     /* of the request that is under way */
    bool asked;       /* a request is under way */
    int64_t asked_ms;
    struct welcome welcome;
    uint32_t put_events_max;
    size_t put_bytes_max;
    const struct consequences *consequences;
    uint32_t said;         /* causes that are on disk */
    uint32_t put_count;    /* causes of the PUT that is under way */
    uint32_t fold_version; /* that concluded, or is adopted */
    char problem[PROBLEMS_TEXT_MAX + 32];
    uint8_t *body;
};

int64_t patience_ms(const struct setup *setup, int64_t real_ms)
{
    const int64_t long_ms = 1000000;
    int64_t rate = long_ms / clock_real_wait_ms(setup->clock, long_ms);
    return real_ms * (rate > 1 ? rate : 1);
}

int speaker_open(const struct setup *setup, struct speaker **ret_speaker)
{
    struct speaker *speaker = calloc(1, sizeof *speaker);
    if (!speaker)
        return -E_NO_MEMORY;
    speaker->silence_ms = patience_ms(setup, SILENCE_MS);
    speaker->body = malloc(BODY_MAX);
    int result = speaker->body ? 0 : -E_NO_MEMORY;
    if (result == 0)
        result =
            port_open(setup->bus, &(struct port_options){.kind = PORT_DEALER, .endpoint = setup->intake_inner_endpoint},
                      &speaker->port);
    if (result < 0) {
        speaker_close(speaker);
        return result;
    }
    *ret_speaker = speaker;
    return 0;
}

void speaker_close(struct speaker *speaker)
{
    if (!speaker)
        return;
    parcel_release(&speaker->parcel);
    port_close(speaker->port);
    free(speaker->body);
    free(speaker);
}

struct port *speaker_port(struct speaker *speaker)
{
    return speaker->port;
}

const struct welcome *speaker_welcome(const struct speaker *speaker)
{
    return &speaker->welcome;
}

const char *speaker_problem(const struct speaker *speaker)
{
    return speaker->problem;
}

void speaker_greet(struct speaker *speaker, int64_t after_ms)
{
    speaker->state = GREETING;
    speaker->asked = false;
    speaker->after_ms = after_ms;
}

void speaker_say(struct speaker *speaker, const struct consequences *consequences, uint32_t fold_version)
{
    ensure(speaker->state == SILENT);
    speaker->state = SPEAKING;
    speaker->asked = false;
    speaker->consequences = consequences;
    speaker->fold_version = fold_version;
    speaker->said = 0;
}

void speaker_adopt(struct speaker *speaker, uint32_t version)
{
    ensure(speaker->state == SILENT);
    speaker->state = ADOPTING;
    speaker->asked = false;
    speaker->fold_version = version;
}

/* ---- asking ---- */

static void rid_write(struct wire_writer *writer, uint64_t rid)
{
    wire_key(writer, "rid");
    wire_natural(writer, rid);
}

static void ask(struct speaker *speaker, const char *verb, const struct wire_writer *writer, int64_t monotonic_ms)
{
    ensure(!writer->full);
    const struct span frames[] = {{NULL, 0}, span_of(verb), wire_written(writer)};
    speaker->asked = port_send(speaker->port, frames, 3) == 0; /* nobody there: the next turn tries again */
    speaker->asked_ms = monotonic_ms;
}

static void hello(struct speaker *speaker, int64_t monotonic_ms)
{
    struct wire_writer writer;
    wire_writer_init(&writer, speaker->body, BODY_MAX);
    wire_map(&writer, 3);
    rid_write(&writer, ++speaker->rid);
    wire_key(&writer, "source");
    wire_text(&writer, span_of(WORKER_SOURCE));
    wire_key(&writer, "instance");
    wire_text(&writer, span_of(INSTANCE));
    ask(speaker, "HELLO", &writer, monotonic_ms);
}

/* As many whole causes as a PUT may carry. */
static uint32_t causes_fit(const struct speaker *speaker, uint32_t *ret_events)
{
    const struct consequences *consequences = speaker->consequences;
    size_t len = BODY_SPARE;
    uint32_t events = 0, count = 0;
    for (uint32_t i = speaker->said; i < consequences->cause_count; i++) {
        const struct spoken_cause *cause = &consequences->cause[i];
        len += cause->len + CAUSE_BYTES;
        if (len > speaker->put_bytes_max || events + cause->count > speaker->put_events_max)
            break;
        events += cause->count;
        count++;
    }
    ensure(count > 0);
    *ret_events = events;
    return count;
}

static void put(struct speaker *speaker, int64_t monotonic_ms)
{
    const struct consequences *consequences = speaker->consequences;
    const struct spoken_cause *first = &consequences->cause[speaker->said];
    uint32_t events;
    uint32_t count = causes_fit(speaker, &events);
    const struct spoken_cause *last = first + count - 1;
    struct wire_writer writer;
    wire_writer_init(&writer, speaker->body, BODY_MAX);
    wire_map(&writer, 6);
    rid_write(&writer, ++speaker->rid);
    wire_key(&writer, "fold");
    wire_natural(&writer, speaker->fold_version);
    wire_key(&writer, "source");
    wire_text(&writer, span_of(WORKER_SOURCE));
    wire_key(&writer, "epoch");
    wire_natural(&writer, speaker->welcome.epoch);
    wire_key(&writer, "causes");
    wire_array(&writer, count);
    for (uint32_t i = 0; i < count; i++) {
        wire_array(&writer, 3);
        wire_natural(&writer, first[i].seq);
        wire_natural(&writer, first[i].step);
        wire_natural(&writer, first[i].count);
    }
    wire_key(&writer, "events");
    wire_array(&writer, events);
    wire_raw(&writer, span_make(consequences->bytes + first->offset, last->offset + last->len - first->offset));
    speaker->put_count = count;
    ask(speaker, "PUT", &writer, monotonic_ms);
}

/* No consequence, but an event of its own: without causes. */
static void adopt(struct speaker *speaker, int64_t monotonic_ms)
{
    char id[64];
    struct wire_writer writer;
    const struct welcome *welcome = &speaker->welcome;
    snprintf(id, sizeof id, "fold-%u-after-%llu-%u", speaker->fold_version, (unsigned long long)welcome->cause_seq,
             welcome->cause_step);
    struct fold_adopted adopted = {0};
    SET(&adopted, fold_adopted, by, span_of("manyi"));
    SET(&adopted, fold_adopted, version, speaker->fold_version);
    SET(&adopted, fold_adopted, since, (int64_t)welcome->cause_seq);
    wire_writer_init(&writer, speaker->body, BODY_MAX);
    wire_map(&writer, 2);
    rid_write(&writer, ++speaker->rid);
    wire_key(&writer, "events");
    wire_array(&writer, 1);
    event_encode(
        &(struct event_draft){
            .id = span_of(id), .source = span_of(WORKER_SOURCE), .type = EVENT_fold_adopted, .data = &adopted},
        &writer);
    ask(speaker, "PUT", &writer, monotonic_ms);
}

/* ---- hearing ---- */

/* The answer to what was asked last; others are late answers to something given up. */
static bool answer_take(struct speaker *speaker, struct span *ret_verb, struct span *ret_body)
{
    while (port_receive(speaker->port, &speaker->parcel) != -E_AGAIN) {
        const struct parcel *parcel = &speaker->parcel;
        struct wire_value rid;
        struct span bytes;
        if (!speaker->asked || parcel->count != 3 || wire_find(parcel->frame[2], "rid", &rid, &bytes) < 0)
            continue;
        if (rid.kind != WIRE_UINT || rid.natural != speaker->rid)
            continue;
        *ret_verb = parcel->frame[1];
        *ret_body = parcel->frame[2];
        return true;
    }
    return false;
}

static void nak_tell(struct speaker *speaker, struct span verb, struct span body)
{
    struct nak_reply nak;
    struct flaw flaw;
    if (span_is(verb, "NAK") && record_decode(&record_of_nak_reply, body, &nak, &flaw) == 0)
        snprintf(speaker->problem, sizeof speaker->problem, "%.*s %.*s", SPAN_ARGS(nak.code), SPAN_ARGS(nak.message));
    else
        snprintf(speaker->problem, sizeof speaker->problem, "answered by %.*s", SPAN_ARGS(verb));
}

static bool welcome_take(struct speaker *speaker, struct span verb, struct span body)
{
    struct welcome_reply reply;
    struct flaw flaw;
    if (!span_is(verb, "WELCOME") || record_decode(&record_of_welcome_reply, body, &reply, &flaw) < 0) {
        nak_tell(speaker, verb, body);
        return false;
    }
    struct welcome *welcome = &speaker->welcome;
    *welcome = (struct welcome){.epoch = (uint64_t)reply.epoch};
    memcpy(welcome->lineage, reply.lineage.at, reply.lineage.len);
    if (HAS(&reply, welcome_reply, cause_seq))
        welcome->cause_seq = (uint64_t)reply.cause_seq;
    if (HAS(&reply, welcome_reply, cause_step))
        welcome->cause_step = (uint32_t)reply.cause_step;
    if (HAS(&reply, welcome_reply, cause_fold))
        welcome->cause_fold = (uint32_t)reply.cause_fold;
    speaker->put_events_max = reply.max_events < PUT_EVENTS_MAX ? (uint32_t)reply.max_events : PUT_EVENTS_MAX;
    speaker->put_bytes_max = reply.max_bytes < PUT_BYTES_MAX ? (size_t)reply.max_bytes : PUT_BYTES_MAX;
    return true;
}

static bool silence(const struct speaker *speaker, int64_t monotonic_ms)
{
    return speaker->asked && monotonic_ms - speaker->asked_ms >= speaker->silence_ms;
}

static int greeting_turn(struct speaker *speaker, int64_t monotonic_ms)
{
    struct span verb, body;
    if (answer_take(speaker, &verb, &body)) {
        speaker->asked = false;
        if (welcome_take(speaker, verb, body)) {
            speaker->state = SILENT;
            return 0;
        }
        speaker->after_ms = monotonic_ms + speaker->silence_ms / 2;
    }
    if ((!speaker->asked && monotonic_ms >= speaker->after_ms) || silence(speaker, monotonic_ms))
        hello(speaker, monotonic_ms);
    return -E_AGAIN;
}

static int fall_silent(struct speaker *speaker, int status)
{
    speaker->state = SILENT;
    speaker->asked = false;
    return status;
}

/* 0: it is answered by an ACK, whose body is lent until the next turn. -E_AGAIN: not yet. */
static int ack_take(struct speaker *speaker, int64_t monotonic_ms, struct span *ret_body)
{
    struct span verb, body;
    if (answer_take(speaker, &verb, &body)) {
        speaker->asked = false;
        if (span_is(verb, "ACK")) {
            *ret_body = body;
            return 0;
        }
        nak_tell(speaker, verb, body);
        return -E_BAD_CAUSE;
    }
    if (!silence(speaker, monotonic_ms))
        return -E_AGAIN;
    snprintf(speaker->problem, sizeof speaker->problem, "no answer for %d s", SILENCE_MS / 1000);
    return -E_UNREACHABLE;
}

/* Whether the event of this ACK's PUT is in the journal: by it, or since an earlier one. An ACK may refuse it, too. */
static int adoption_check(struct speaker *speaker, struct span body)
{
    struct ack_reply ack;
    struct problem problem;
    struct flaw flaw;
    struct wire_value array;
    struct span map;
    int status = record_decode(&record_of_ack_reply, body, &ack, &flaw);
    if (status == 0 && ack.count > 0)
        return 0;
    struct wire_reader problems = wire_reader(status ? (struct span){0} : ack.problems);
    if (wire_read(&problems, &array) < 0 || array.kind != WIRE_ARRAY || array.count == 0 ||
        wire_skip(&problems, EVENT_DEPTH_MAX, &map) < 0 ||
        record_decode(&record_of_problem, map, &problem, &flaw) < 0) {
        snprintf(speaker->problem, sizeof speaker->problem, "answered by an ACK that says nothing of it");
        return -E_BAD_CAUSE;
    }
    if (!HAS(&problem, problem, code)) /* a duplicate */
        return 0;
    snprintf(speaker->problem, sizeof speaker->problem, "%.*s %.*s", SPAN_ARGS(problem.code),
             SPAN_ARGS(problem.message));
    return -E_BAD_CAUSE;
}

static int adopting_turn(struct speaker *speaker, int64_t monotonic_ms)
{
    struct span body;
    int status = ack_take(speaker, monotonic_ms, &body);
    if (status == 0)
        status = adoption_check(speaker, body);
    if (status != -E_AGAIN)
        return fall_silent(speaker, status);
    if (!speaker->asked)
        adopt(speaker, monotonic_ms);
    return -E_AGAIN;
}

static int speaking_turn(struct speaker *speaker, int64_t monotonic_ms)
{
    struct span body;
    int status = ack_take(speaker, monotonic_ms, &body);
    if (status < 0 && status != -E_AGAIN)
        return fall_silent(speaker, status);
    if (status == 0)
        speaker->said += speaker->put_count;
    if (speaker->said == speaker->consequences->cause_count)
        return fall_silent(speaker, 0);
    if (!speaker->asked)
        put(speaker, monotonic_ms);
    return -E_AGAIN;
}

int speaker_turn(struct speaker *speaker, int64_t monotonic_ms)
{
    if (speaker->state == GREETING)
        return greeting_turn(speaker, monotonic_ms);
    if (speaker->state == ADOPTING)
        return adopting_turn(speaker, monotonic_ms);
    return speaker->state == SPEAKING ? speaking_turn(speaker, monotonic_ms) : 0;
}
