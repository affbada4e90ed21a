/*
 * Whatever the bytes are: an event that is accepted lies inside them, is one map as msgpack-c reads it, and its known fields
 * written anew mean the same.
 */
#include "tests/fuzz/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct event first, second;
static uint8_t rewritten[4u << 20], again[4u << 20];

/* Writes the known fields of `event` and returns them. */
static struct span rewrite(const struct event *event, uint8_t *buffer, size_t capacity)
{
    const struct event_draft draft = {
        .id = event->id,
        .source = event->source,
        .subject = event->subject,
        .correlationid = event->correlationid,
        .causationid = event->causationid,
        .type = event->type,
        .time_ms = event->has_time ? event->time_ms : 0,
        .data = event->data_bytes.len > 0 ? &event->data : NULL,
        .style = ENCODE_EVENT,
    };
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, capacity);
    event_encode(&draft, &writer);
    ensure(!writer.full);
    return wire_written(&writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = span_make(data, size);
    struct flaw flaw = {0};
    struct span id, source;
    int result = event_decode(bytes, &first, &flaw);
    judge_inside(first.id, bytes);
    judge_inside(first.source, bytes);
    judge_inside(first.type_name, bytes);
    int identified = event_identity(bytes, &id, &source);
    if (result) {
        judge_flaw(&flaw, result);
        return 0;
    }
    judge_value(bytes);
    ensure(identified == 0);
    ensure(span_equal(id, first.id));
    ensure(span_equal(source, first.source));
    judge_inside(first.subject, bytes);
    judge_inside(first.correlationid, bytes);
    judge_inside(first.causationid, bytes);
    judge_inside(first.traceparent, bytes);
    judge_inside(first.data_bytes, bytes);
    if (first.type == EVENT_unknown)
        return 0;
    struct span once = rewrite(&first, rewritten, sizeof rewritten);
    ensure(event_decode(once, &second, &flaw) == 0);
    ensure(span_equal(first.id, second.id));
    ensure(first.type == second.type);
    /* the same struct gives the same bytes: equal bytes the second time mean that nothing was lost on the way */
    ensure(span_equal(rewrite(&second, again, sizeof again), once));
    return 0;
}
