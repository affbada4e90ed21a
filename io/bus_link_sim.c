/*
 * bus_link_sim.c - links of the simulated bus: what becomes of a message between two ports.
 */
#include "core/ensure.h"
#include "io/bus_parts_sim.h"
#include "io/memory_sim.h"

struct port *link_other_end(const struct link *link, const struct port *port)
{
    return link->binder == port ? link->connector : link->binder;
}

static int *queued_for(struct link *link, const struct port *port)
{
    return link->binder == port ? &link->queued_for_binder : &link->queued_for_connector;
}

bool link_is_full(const struct link *link, const struct port *receiver)
{
    const struct port *sender = link_other_end(link, receiver);
    int queued = link->binder == receiver ? link->queued_for_binder : link->queued_for_connector;
    return queued >= sender->send_high_water + receiver->receive_high_water;
}

struct link *link_of(const struct port *port)
{
    struct link *link = port->bus->links;
    while (link && link->binder != port && link->connector != port)
        link = link->next;
    return link;
}

/* ---- subscriptions, as a list of channels ---- */

struct subscription **subscription_at(struct subscription **list, const char *channel)
{
    while (*list && strcmp((*list)->channel, channel) != 0)
        list = &(*list)->next;
    return list;
}

static void subscription_drop(struct subscription **at)
{
    struct subscription *subscription = *at;
    *at = subscription->next;
    free(subscription);
}

void subscriptions_drop(struct subscription **list)
{
    while (*list)
        subscription_drop(list);
}

static bool link_is_last_subscriber(const struct link *link, const char *channel)
{
    for (struct link *other = link->binder->bus->links; other; other = other->next) {
        if (other != link && other->binder == link->binder && *subscription_at(&other->known, channel))
            return false;
    }
    return true;
}

/* The XPUB hears that a subscriber comes to a channel or leaves it. */
static void subscription_hear(struct link *link, struct span frame)
{
    char channel[CHANNEL_MAX] = "";
    ensure(frame.len > 0);
    ensure(frame.len <= CHANNEL_MAX);
    memcpy(channel, frame.at + 1, frame.len - 1);
    struct subscription **at = subscription_at(&link->known, channel);
    if (frame.at[0] == 0 && *at) {
        subscription_drop(at);
    } else if (frame.at[0] == 1 && !*at) {
        *at = memory_take_zeroed(sizeof **at);
        memcpy((*at)->channel, channel, sizeof channel);
    }
}

/* ---- a port's queue ---- */

void message_unlink(struct port *port, struct message *message)
{
    if (port->under_way == message)
        port->under_way = message->next;
    *(message->previous ? &message->previous->next : &port->first) = message->next;
    *(message->next ? &message->next->previous : &port->last) = message->previous;
    if (message->link)
        --*queued_for(message->link, port);
}

void port_arrivals(struct port *port)
{
    struct message *message = port->under_way;
    for (; message && message->arrives_ms <= port->bus->now_ms; message = message->next) {
        if (port->kind == PORT_XPUB && message->link)
            subscription_hear(message->link, message->frame[0]);
    }
    port->under_way = message;
}

static void message_queue(struct port *port, struct message *message)
{
    struct message *before = port->last;
    while (before && before->arrives_ms > message->arrives_ms)
        before = before->previous;
    message->previous = before;
    message->next = before ? before->next : port->first;
    *(message->previous ? &message->previous->next : &port->first) = message;
    *(message->next ? &message->next->previous : &port->last) = message;
    if (message->next == port->under_way)
        port->under_way = message;
    port_arrivals(port);
}

/* Puts a copy of the frames on their way to the far end of the link. */
static void deliver(struct link *link, struct port *receiver, const struct span *frames, uint32_t count,
                    int64_t delay_ms)
{
    struct bus *bus = receiver->bus;
    size_t len = 0;
    for (uint32_t i = 0; i < count; i++)
        len += frames[i].len;
    struct message *message = memory_take_zeroed(sizeof *message + len);
    message->link = link;
    message->principal = link_other_end(link, receiver)->principal;
    message->over_long = count > PARCEL_FRAMES_MAX;
    message->count = message->over_long ? receiver->kind == PORT_ROUTER : count;
    uint8_t *at = message->bytes;
    for (uint32_t i = 0; i < message->count; i++) {
        if (frames[i].len)
            memcpy(at, frames[i].at, frames[i].len);
        message->frame[i] = span_make(at, frames[i].len);
        at += frames[i].len;
    }
    int64_t *last_ms = link->binder == receiver ? &link->last_for_binder_ms : &link->last_for_connector_ms;
    message->arrives_ms = bus->now_ms + delay_ms;
    if (message->arrives_ms < *last_ms)
        message->arrives_ms = *last_ms;
    *last_ms = message->arrives_ms;
    int *queued = queued_for(link, receiver);
    if (++*queued > bus->longest_queue)
        bus->longest_queue = *queued;
    message_queue(receiver, message);
}

/* ---- sending ---- */

static struct bus_sim_fate fate_of(const struct link *link, const struct port *sender, const struct span *frames,
                                   uint32_t count)
{
    struct bus *bus = sender->bus;
    if (!bus->weather)
        return (struct bus_sim_fate){.copies = 1};
    const struct bus_sim_message message = {
        .endpoint = link->binder->endpoint,
        .sender = sender->owner,
        .receiver = link_other_end(link, sender)->owner,
        .to_binder = sender == link->connector,
        .frames = frames,
        .count = count,
    };
    return bus->weather(bus->weather_context, &message);
}

void link_announce(struct link *link, uint8_t verb, const char *channel)
{
    uint8_t bytes[1 + CHANNEL_MAX];
    size_t len = strlen(channel);
    bytes[0] = verb;
    memcpy(bytes + 1, channel, len);
    struct span frame = span_make(bytes, 1 + len);
    struct bus_sim_fate fate = fate_of(link, link->connector, &frame, 1);
    if (fate.copies > 0) /* a cut would repeat all of them, and end nowhere */
        deliver(link, link->binder, &frame, 1, fate.delay_ms);
}

void link_unsubscribe(struct link *link, const char *channel)
{
    struct subscription **at = subscription_at(&link->known, channel);
    if (link_is_last_subscriber(link, channel))
        link_announce(link, 0, channel);
    else if (*at)
        subscription_drop(at);
}

static bool is_too_large(const struct port *receiver, const struct span *frames, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if ((int64_t)frames[i].len > receiver->frame_max)
            return true;
    }
    return false;
}

void link_send(struct link *link, const struct port *sender, const struct span *frames, uint32_t count)
{
    struct port *receiver = link_other_end(link, sender);
    struct bus_sim_fate fate = fate_of(link, sender, frames, count);
    if (fate.cut || is_too_large(receiver, frames, count)) {
        link_cut(link);
        return;
    }
    struct span routed[PARCEL_FRAMES_MAX + 1] = {span_make(link->route, ROUTE_LEN)};
    if (receiver->kind == PORT_ROUTER) {
        uint32_t kept = count <= PARCEL_FRAMES_MAX ? count : PARCEL_FRAMES_MAX;
        memcpy(routed + 1, frames, kept * sizeof *frames);
        frames = routed;
        count = kept + 1;
    }
    for (uint32_t i = 0; i < fate.copies; i++)
        deliver(link, receiver, frames, count, fate.delay_ms);
}

/* ---- making and breaking ---- */

void link_make(struct port *binder, struct port *connector)
{
    struct bus *bus = binder->bus;
    struct link *link = memory_take_zeroed(sizeof *link);
    *link = (struct link){.binder = binder, .connector = connector, .number = ++bus->routes};
    for (uint32_t i = 1; i < ROUTE_LEN; i++)
        link->route[i] = (uint8_t)(link->number >> (8 * (ROUTE_LEN - 1 - i)));
    struct link **at = &bus->links;
    while (*at)
        at = &(*at)->next;
    *at = link;
    for (const struct subscription *s = connector->subscriptions; s; s = s->next)
        link_announce(link, 1, s->channel);
}

static void forget_sender(struct port *receiver, const struct link *link)
{
    for (struct message *message = receiver->first; message; message = message->next) {
        if (message->link == link)
            message->link = NULL;
    }
}

static void forget_under_way(struct port *receiver, const struct link *link)
{
    for (struct message *message = receiver->under_way; message;) {
        struct message *next = message->next;
        if (message->link == link) {
            message_unlink(receiver, message);
            free(message);
        }
        message = next;
    }
}

/* The binder notices by itself that a subscriber has gone. */
static void subscriber_leaves(struct link *link)
{
    struct subscription *left = link->known;
    link->known = NULL;
    forget_under_way(link->binder, link);
    for (const struct subscription *s = left; s; s = s->next) {
        uint8_t bytes[1 + CHANNEL_MAX] = {0};
        size_t len = strlen(s->channel);
        memcpy(bytes + 1, s->channel, len);
        struct span frame = span_make(bytes, 1 + len);
        if (link_is_last_subscriber(link, s->channel))
            deliver(link, link->binder, &frame, 1, 0);
    }
    subscriptions_drop(&left);
}

void link_break(struct link *link)
{
    struct bus *bus = link->binder->bus;
    if (link->binder->kind == PORT_XPUB)
        subscriber_leaves(link);
    forget_sender(link->binder, link);
    forget_sender(link->connector, link);
    struct link **at = &bus->links;
    while (*at && *at != link)
        at = &(*at)->next;
    ensure(*at == link);
    *at = link->next;
    free(link);
}

void link_cut(struct link *link)
{
    struct port *binder = link->binder;
    struct port *connector = link->connector;
    forget_under_way(binder, link);
    forget_under_way(connector, link);
    link_break(link);
    link_make(binder, connector);
}
