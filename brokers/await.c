/*
 * await.c - see await.h.
 */
#include "brokers/await.h"
#include "core/ensure.h"

#define HEAD_REPLY_MAX 128u
#define SETTLE_MS 1 /* a turn that began before the tick was due is on its way to the disk */

int await_take(struct await *await, struct request *request, struct flaw *ret_flaw)
{
    struct await_request asked;
    int status = request_decode(request, &record_of_await_request, &asked, ret_flaw);
    if (status)
        return status;
    ensure(request->route.len <= ROUTE_MAX);
    await->standing = true;
    await->head = (uint64_t)asked.head;
    await->wake_at_ms = HAS(&asked, await_request, wake_at) ? asked.wake_at : 0;
    await->route_len = request->route.len;
    memcpy(await->route, request->route.at, request->route.len);
    await->rid_len = request->rid.len;
    if (request->rid.len > 0)
        memcpy(await->rid, request->rid.at, request->rid.len);
    return 0;
}

/* Parked at the head the worker has folded everything from outside, and what was due by the last of that is done. A time
 * that a tick has reached already is a mistake of its own: a tick would bring it back with the same wish. */
static bool await_wants_tick(const struct await *await, uint64_t head)
{
    return await->standing && await->head == head && await->wake_at_ms > await->ticked_at_ms;
}

bool await_tick_due(const struct await *await, uint64_t head, int64_t at_ms)
{
    return await_wants_tick(await, head) && await->wake_at_ms <= at_ms;
}

void await_ticked(struct await *await, int64_t at_ms)
{
    ensure(at_ms >= await->wake_at_ms);
    await->ticked_at_ms = at_ms;
}

int64_t await_wait_ms(const struct await *await, uint64_t head, int64_t at_ms)
{
    if (!await_wants_tick(await, head))
        return -1;
    return await->wake_at_ms > at_ms ? await->wake_at_ms - at_ms : SETTLE_MS;
}

void await_answer(struct await *await, uint64_t head, struct port *port, struct request_counts *counts)
{
    if (!await->standing || head <= await->head)
        return;
    struct head_reply reply = {0};
    if (await->rid_len > 0)
        SET(&reply, head_reply, rid, span_make(await->rid, await->rid_len));
    SET(&reply, head_reply, head, (int64_t)head);
    uint8_t buffer[HEAD_REPLY_MAX];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_head_reply, &reply, ENCODE_EVENT, &writer);
    ensure(!writer.full);
    request_reply(port, span_make(await->route, await->route_len), "HEAD", wire_written(&writer), counts);
    await->standing = false;
}
