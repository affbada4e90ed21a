/*
 * silence.c - stands in for intake while a worker folds a journal that nobody may write.
 */
#include "cli/silence.h"

#include "core/status.h"
#include "schemas/codec.h"

int silence_open(const struct setup *setup, const struct journal *journal, struct silence *ret_silence)
{
    *ret_silence = (struct silence){.journal = journal};
    const struct port_options options = {.kind = PORT_ROUTER, .endpoint = setup->intake_inner_endpoint, .bind = true};
    return port_open(setup->bus, &options, &ret_silence->port);
}

void silence_close(struct silence *silence)
{
    parcel_release(&silence->parcel);
    port_close(silence->port);
    silence->port = NULL;
}

static void welcome(struct silence *silence)
{
    const struct parcel *parcel = &silence->parcel;
    struct hello_request hello;
    struct flaw flaw;
    if (record_decode(&record_of_hello_request, parcel->frame[3], &hello, &flaw) < 0)
        return;
    struct last_cause cause = journal_last_cause(silence->journal);
    struct welcome_reply reply = {.has = 0};
    if (HAS(&hello, hello_request, rid))
        SET(&reply, welcome_reply, rid, hello.rid);
    SET(&reply, welcome_reply, lineage, span_of(journal_lineage(silence->journal)));
    SET(&reply, welcome_reply, epoch, 1);
    SET(&reply, welcome_reply, last, 0);
    SET(&reply, welcome_reply, credit, CREDIT_BYTES);
    SET(&reply, welcome_reply, max_events, PUT_EVENTS_MAX);
    SET(&reply, welcome_reply, max_bytes, PUT_BYTES_MAX);
    SET(&reply, welcome_reply, cause_seq, (int64_t)cause.seq);
    SET(&reply, welcome_reply, cause_step, cause.step);
    SET(&reply, welcome_reply, cause_fold, cause.fold_version);
    uint8_t body[1024];
    struct wire_writer writer;
    wire_writer_init(&writer, body, sizeof body);
    record_encode(&record_of_welcome_reply, &reply, ENCODE_EVENT, &writer);
    const struct span frames[] = {parcel->frame[0], {NULL, 0}, span_of("WELCOME"), wire_written(&writer)};
    port_send(silence->port, frames, 4); /* not received: the worker asks again */
}

void silence_turn(struct silence *silence)
{
    for (;;) {
        int result = port_receive(silence->port, &silence->parcel);
        if (result == -E_AGAIN)
            return;
        if (result < 0 || silence->parcel.count != 4)
            continue;
        struct span verb = silence->parcel.frame[2];
        if (span_is(verb, "HELLO"))
            welcome(silence);
        else if (span_is(verb, "PUT"))
            silence->spoken_to = true;
        /* the feed's AWAIT waits for a longer journal: it won't come */
    }
}
