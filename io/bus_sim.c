/*
 * bus_sim.c - messages inside one process and one thread, in the order in which they were sent.
 *
 * An endpoint is a name in its bus. A link joins the port that binds it with one that connects:
 *
 *     binder (ROUTER, XPUB) ◀── link, with a route ──▶ connector (DEALER, SUB)
 *
 * Each port has one inbox for all its links. As over the wire: a link counts what it has in each inbox and refuses
 * (or drops, XPUB) above the high-water marks of both sides; what arrived before the other side closed can still be
 * received; a connector without a binder waits for one and its subscriptions are repeated when it comes.
 */
#include "core/ensure.h"
#include "core/limits.h"
#include "core/status.h"
#include "io/bus.h"

#include <stdio.h>
#include <stdlib.h>

#define ROUTE_LEN 5u /* ZeroMQ's own: a zero byte and 32 bits */
#define CHANNEL_MAX 64u

struct message {
    struct message *next;
    struct link *link; /* NULL once the sender has gone */
    uint32_t count;
    struct span frame[PARCEL_FRAMES_MAX];
    bool over_long; /* had more frames than a parcel takes */
    uint8_t bytes[];
};

struct link {
    struct link *next;
    struct port *binder;
    struct port *connector;
    uint8_t route[ROUTE_LEN];
    int queued_for_binder;
    int queued_for_connector;
};

struct subscription {
    struct subscription *next;
    uint32_t times;
    char channel[CHANNEL_MAX];
};

struct port {
    struct port *next;
    struct bus *bus;
    enum port_kind kind;
    bool bind;
    int receive_high_water;
    int send_high_water;
    int64_t frame_max;
    struct message *first;
    struct message *last;
    struct subscription *subscriptions; /* SUB */
    char endpoint[];
};

struct bus {
    struct port *ports; /* in the order of port_open */
    struct link *links; /* in the order of their making */
    uint32_t routes;
    char failed_endpoint[ENDPOINT_TEXT_MAX];
};

static void *take(size_t len)
{
    void *memory = calloc(1, len);
    ensure(memory != NULL);
    return memory;
}

int bus_open(struct bus **ret_bus)
{
    *ret_bus = take(sizeof **ret_bus);
    return 0;
}

void bus_close(struct bus *bus)
{
    if (!bus)
        return;
    ensure(bus->ports == NULL);
    free(bus);
}

static struct port *other_end(const struct link *link, const struct port *port)
{
    return link->binder == port ? link->connector : link->binder;
}

static int *queued_for(struct link *link, const struct port *port)
{
    return link->binder == port ? &link->queued_for_binder : &link->queued_for_connector;
}

static bool full(struct link *link, const struct port *receiver)
{
    const struct port *sender = other_end(link, receiver);
    return *queued_for(link, receiver) >= sender->send_high_water + receiver->receive_high_water;
}

/* Puts a copy of the frames into the inbox at the far end of the link. */
static void deliver(struct link *link, struct port *receiver, const struct span *frames, uint32_t count)
{
    size_t len = 0;
    for (uint32_t i = 0; i < count; i++)
        len += frames[i].len;
    struct message *message = take(sizeof *message + len);
    message->link = link;
    message->over_long = count > PARCEL_FRAMES_MAX;
    message->count = message->over_long ? receiver->kind == PORT_ROUTER : count;
    uint8_t *at = message->bytes;
    for (uint32_t i = 0; i < message->count; i++) {
        if (frames[i].len)
            memcpy(at, frames[i].at, frames[i].len);
        message->frame[i] = span_make(at, frames[i].len);
        at += frames[i].len;
    }
    if (receiver->last)
        receiver->last->next = message;
    else
        receiver->first = message;
    receiver->last = message;
    ++*queued_for(link, receiver);
}

static struct subscription **subscription_at(struct port *port, const char *channel)
{
    struct subscription **at = &port->subscriptions;
    while (*at && strcmp((*at)->channel, channel) != 0)
        at = &(*at)->next;
    return at;
}

/* Tells the XPUB at the far end: 1 subscribes, 0 unsubscribes. */
static void announce(struct link *link, uint8_t verb, const char *channel)
{
    uint8_t bytes[1 + CHANNEL_MAX];
    size_t len = strlen(channel);
    bytes[0] = verb;
    memcpy(bytes + 1, channel, len);
    struct span frame = span_make(bytes, 1 + len);
    deliver(link, link->binder, &frame, 1);
}

/* True when no subscriber of the XPUB but `leaving` has the channel. */
static bool last_subscriber(const struct port *publisher, const struct port *leaving, const char *channel)
{
    for (const struct link *link = publisher->bus->links; link; link = link->next) {
        if (link->binder == publisher && link->connector != leaving && *subscription_at(link->connector, channel))
            return false;
    }
    return true;
}

static void link_make(struct port *binder, struct port *connector)
{
    struct bus *bus = binder->bus;
    struct link *link = take(sizeof *link);
    uint32_t number = ++bus->routes;
    *link = (struct link){.binder = binder, .connector = connector};
    for (uint32_t i = 1; i < ROUTE_LEN; i++)
        link->route[i] = (uint8_t)(number >> (8 * (ROUTE_LEN - 1 - i)));
    struct link **at = &bus->links;
    while (*at)
        at = &(*at)->next;
    *at = link;
    for (const struct subscription *s = connector->subscriptions; s; s = s->next)
        announce(link, 1, s->channel);
}

static void forget_sender(struct port *receiver, const struct link *link)
{
    for (struct message *message = receiver->first; message; message = message->next) {
        if (message->link == link)
            message->link = NULL;
    }
}

static void link_break(struct link *link)
{
    struct bus *bus = link->binder->bus;
    for (const struct subscription *s = link->connector->subscriptions; s; s = s->next) {
        if (last_subscriber(link->binder, link->connector, s->channel))
            announce(link, 0, s->channel);
    }
    forget_sender(link->binder, link);
    forget_sender(link->connector, link);
    struct link **at = &bus->links;
    while (*at && *at != link)
        at = &(*at)->next;
    ensure(*at == link);
    *at = link->next;
    free(link);
}

static struct link *link_of(const struct port *port)
{
    struct link *link = port->bus->links;
    while (link && link->binder != port && link->connector != port)
        link = link->next;
    return link;
}

/* A newcomer meets whoever is on the other side of its endpoint already. */
static void port_meet(struct port *port)
{
    for (struct port *other = port->bus->ports; other; other = other->next) {
        if (other == port || other->bind == port->bind || strcmp(other->endpoint, port->endpoint) != 0)
            continue;
        if (port->bind)
            link_make(port, other);
        else
            link_make(other, port);
    }
}

const char *bus_failed_endpoint(const struct bus *bus)
{
    return bus->failed_endpoint;
}

static int endpoint_check(const struct bus *bus, const struct port_options *options)
{
    if (!strstr(options->endpoint, "://"))
        return -E_BAD_ADDRESS;
    for (const struct port *other = bus->ports; other; other = other->next) {
        if (options->bind && other->bind && strcmp(other->endpoint, options->endpoint) == 0)
            return -E_PORT_IN_USE;
    }
    return 0;
}

int port_open(struct bus *bus, const struct port_options *options, struct port **ret_port)
{
    ensure(options->bind == (options->kind == PORT_ROUTER || options->kind == PORT_XPUB));
    int status = endpoint_check(bus, options);
    if (status) {
        snprintf(bus->failed_endpoint, sizeof bus->failed_endpoint, "%s", options->endpoint);
        return status;
    }
    size_t len = strlen(options->endpoint) + 1;
    struct port *port = take(sizeof *port + len);
    port->bus = bus;
    port->kind = options->kind;
    port->bind = options->bind;
    port->receive_high_water = options->receive_high_water ? options->receive_high_water : RECEIVE_HIGH_WATER;
    port->send_high_water = options->send_high_water ? options->send_high_water : SEND_HIGH_WATER;
    port->frame_max = options->frame_max ? options->frame_max : FRAME_MAX;
    memcpy(port->endpoint, options->endpoint, len);
    struct port **at = &bus->ports;
    while (*at)
        at = &(*at)->next;
    *at = port;
    port_meet(port);
    *ret_port = port;
    return 0;
}

void port_close(struct port *port)
{
    if (!port)
        return;
    for (struct link *link = link_of(port); link; link = link_of(port))
        link_break(link);
    while (port->first) {
        struct message *message = port->first;
        port->first = message->next;
        free(message);
    }
    while (port->subscriptions) {
        struct subscription *subscription = port->subscriptions;
        port->subscriptions = subscription->next;
        free(subscription);
    }
    struct port **at = &port->bus->ports;
    while (*at != port)
        at = &(*at)->next;
    *at = port->next;
    free(port);
}

int port_subscribe(struct port *port, const char *channel)
{
    ensure(port->kind == PORT_SUB);
    ensure(strlen(channel) < CHANNEL_MAX);
    struct subscription **at = subscription_at(port, channel);
    if (!*at) {
        *at = take(sizeof **at);
        memcpy((*at)->channel, channel, strlen(channel));
    }
    (*at)->times++;
    struct link *link = link_of(port);
    if (link)
        announce(link, 1, channel);
    return 0;
}

int port_unsubscribe(struct port *port, const char *channel)
{
    ensure(port->kind == PORT_SUB);
    struct subscription **at = subscription_at(port, channel);
    struct subscription *subscription = *at;
    if (!subscription || --subscription->times > 0)
        return 0;
    *at = subscription->next;
    free(subscription);
    struct link *link = link_of(port);
    if (link && last_subscriber(link->binder, port, channel))
        announce(link, 0, channel);
    return 0;
}

/* The message that a parcel holds stands in its first handle. */
static struct message *held(const struct parcel *parcel)
{
    struct message *message;
    memcpy(&message, parcel->owned[0], sizeof message);
    return message;
}

void parcel_release(struct parcel *parcel)
{
    if (parcel->count > 0)
        free(held(parcel));
    parcel->count = 0;
}

int port_receive(struct port *port, struct parcel *parcel)
{
    parcel_release(parcel);
    struct message *message = port->first;
    if (!message)
        return -E_AGAIN;
    port->first = message->next;
    if (!port->first)
        port->last = NULL;
    if (message->link)
        --*queued_for(message->link, port);
    bool over_long = message->over_long;
    parcel->count = message->count;
    memcpy(parcel->frame, message->frame, sizeof parcel->frame);
    memcpy(parcel->owned[0], &message, sizeof message);
    if (message->count == 0)
        free(message);
    return over_long ? -E_BAD_FRAMES : 0;
}

static bool too_large(const struct port *receiver, const struct span *frames, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if ((int64_t)frames[i].len > receiver->frame_max)
            return true;
    }
    return false;
}

/* One message over one link; an over-large frame costs the sender its connection. */
static void link_send(struct link *link, const struct port *sender, const struct span *frames, uint32_t count)
{
    struct port *receiver = other_end(link, sender);
    if (too_large(receiver, frames, count)) {
        struct port *binder = link->binder;
        struct port *connector = link->connector;
        link_break(link);
        link_make(binder, connector);
        return;
    }
    if (receiver->kind != PORT_ROUTER) {
        deliver(link, receiver, frames, count);
        return;
    }
    struct span routed[PARCEL_FRAMES_MAX + 1] = {span_make(link->route, ROUTE_LEN)};
    uint32_t kept = count <= PARCEL_FRAMES_MAX ? count : PARCEL_FRAMES_MAX;
    memcpy(routed + 1, frames, kept * sizeof *frames);
    deliver(link, receiver, routed, kept + 1);
}

static int router_send(struct port *port, const struct span *frames, uint32_t count)
{
    for (struct link *link = port->bus->links; link; link = link->next) {
        if ((link->binder != port && link->connector != port) ||
            !span_equal(span_make(link->route, ROUTE_LEN), frames[0]))
            continue;
        if (full(link, other_end(link, port)))
            return -E_AGAIN;
        if (count > 1)
            link_send(link, port, frames + 1, count - 1);
        return 0;
    }
    return -E_UNREACHABLE;
}

static void publisher_send(struct port *port, const struct span *frames, uint32_t count)
{
    for (struct link *link = port->bus->links; link; link = link->next) {
        if (link->binder != port || full(link, link->connector))
            continue;
        for (const struct subscription *s = link->connector->subscriptions; s; s = s->next) {
            if (span_starts(frames[0], s->channel)) {
                deliver(link, link->connector, frames, count);
                break;
            }
        }
    }
}

int port_send(struct port *port, const struct span *frames, uint32_t count)
{
    ensure(count > 0);
    ensure(port->kind != PORT_SUB);
    if (port->kind == PORT_ROUTER)
        return router_send(port, frames, count);
    if (port->kind == PORT_XPUB) {
        publisher_send(port, frames, count);
        return 0;
    }
    struct link *link = link_of(port);
    if (!link || full(link, other_end(link, port)))
        return -E_AGAIN;
    link_send(link, port, frames, count);
    return 0;
}

int bus_wait(struct bus *bus, struct port *const *ports, uint32_t count, int wake_fd, int64_t timeout_ms)
{
    (void)bus;
    (void)ports;
    (void)count;
    (void)wake_fd;
    (void)timeout_ms;
    return 0;
}
