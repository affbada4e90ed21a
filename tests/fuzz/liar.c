/*
 * liar.c - see liar.h.
 */
#include "tests/fuzz/liar.h"

#include <stdio.h>

void liar_open(struct liar *liar)
{
    const struct port_options router = {.kind = PORT_ROUTER, .endpoint = LIAR_ENDPOINT, .bind = true};
    const struct port_options publish = {.kind = PORT_XPUB, .endpoint = LIAR_LIVE, .bind = true};
    memset(liar, 0, sizeof *liar);
    int status = bus_open(&liar->manyi.bus);
    ensure(status == 0);
    status = clock_open(&(struct clock_options){0}, &liar->manyi.clock);
    ensure(status == 0);
    status = port_open(liar->manyi.bus, &router, &liar->port);
    ensure(status == 0);
    status = port_open(liar->manyi.bus, &publish, &liar->live);
    ensure(status == 0);
}

void liar_close(struct liar *liar)
{
    parcel_release(&liar->parcel);
    port_close(liar->port);
    port_close(liar->live);
    clock_close(liar->manyi.clock);
    bus_close(liar->manyi.bus);
}

/* What our clients ask is sound, and carries a rid. */
static void request_keep(struct liar *liar)
{
    struct wire_value value;
    struct span rid;
    ensure(liar->parcel.count == 4);
    ensure(liar->parcel.frame[1].len == 0);
    struct span route = liar->parcel.frame[0], body = liar->parcel.frame[3];
    ensure(route.len <= sizeof liar->route);
    memcpy(liar->route, route.at, route.len);
    liar->route_len = route.len;
    snprintf(liar->verb, sizeof liar->verb, "%.*s", SPAN_ARGS(liar->parcel.frame[2]));
    judge_value(body);
    liar->rid_len = 0;
    if (wire_find(body, "rid", &value, &rid) == 0 && rid.len <= sizeof liar->rid) {
        memcpy(liar->rid, rid.at, rid.len);
        liar->rid_len = rid.len;
    }
}

void liar_listen(struct liar *liar, void (*answer)(struct liar *liar))
{
    while (port_receive(liar->port, &liar->parcel) == 0) {
        request_keep(liar);
        if (answer)
            answer(liar);
    }
    while (port_receive(liar->live, &liar->parcel) == 0) {
    }
}

static void body_make(struct liar *liar, struct span body, bool honest_rid)
{
    struct wire_reader reader = wire_reader(body);
    struct wire_value map, value;
    struct span rid;
    bool has_one = wire_find(body, "rid", &value, &rid) == 0;
    struct wire_writer writer;
    wire_writer_init(&writer, liar->body, sizeof liar->body);
    if (honest_rid && !has_one && liar->rid_len > 0 && wire_read(&reader, &map) == 0 && map.kind == WIRE_MAP) {
        wire_map(&writer, map.count + 1);
        wire_key(&writer, "rid");
        wire_raw(&writer, span_make(liar->rid, liar->rid_len));
        body = span_make(reader.at, (size_t)(reader.end - reader.at));
    }
    wire_raw(&writer, body);
    ensure(!writer.full);
    liar->body_len = writer.len;
}

void liar_answer(struct liar *liar, const char *verb, struct span body, bool honest_rid)
{
    body_make(liar, body, honest_rid);
    snprintf(liar->reply_verb, sizeof liar->reply_verb, "%s", verb);
    liar_repeat(liar);
}

void liar_repeat(struct liar *liar)
{
    const struct span frames[] = {span_make(liar->route, liar->route_len), span_make(NULL, 0),
                                  span_of(liar->reply_verb), span_make(liar->body, liar->body_len)};
    if (liar->route_len > 0)
        port_send(liar->port, frames, 4); /* nobody may be there any more */
}

void liar_publish(struct liar *liar, struct span channel, struct span body)
{
    const struct span frames[] = {channel, body};
    int status = port_send(liar->live, frames, 2);
    ensure(status == 0);
}
