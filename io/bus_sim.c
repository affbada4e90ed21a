/*
 * bus_sim.c - messages inside one process and one thread: ports, opened and closed, sending and receiving.
 */
#include "io/bus_sim.h"
#include "core/ensure.h"
#include "core/limits.h"
#include "core/status.h"
#include "io/bus_parts_sim.h"
#include "io/memory_sim.h"

#include <stdio.h>

int bus_open(struct bus **ret_bus)
{
    *ret_bus = memory_take_zeroed(sizeof **ret_bus);
    return 0;
}

void bus_close(struct bus *bus)
{
    if (!bus)
        return;
    ensure(bus->ports == NULL);
    free(bus);
}

/* ---- weather and time ---- */

void bus_sim_set_weather(struct bus *bus, bus_sim_weather *weather, void *context)
{
    bus->weather = weather;
    bus->weather_context = context;
}

void bus_sim_owner(struct bus *bus, uint32_t owner)
{
    bus->owner = owner;
}

void bus_sim_principal(struct bus *bus, uint32_t principal)
{
    bus->principal = principal;
}

void bus_sim_high_water(struct bus *bus, int messages)
{
    ensure(messages >= 0);
    bus->high_water = messages;
}

void bus_sim_time(struct bus *bus, int64_t now_ms)
{
    ensure(now_ms >= bus->now_ms);
    bus->now_ms = now_ms;
    for (struct port *port = bus->ports; port; port = port->next)
        port_arrivals(port);
}

int64_t bus_sim_next_ms(const struct bus *bus)
{
    int64_t next_ms = INT64_MAX;
    for (const struct port *port = bus->ports; port; port = port->next) {
        if (port->under_way && port->under_way->arrives_ms < next_ms)
            next_ms = port->under_way->arrives_ms;
    }
    return next_ms;
}

bool bus_sim_port_has_mail(const struct port *port)
{
    return port->first != port->under_way;
}

bool bus_sim_has_mail(const struct bus *bus, uint32_t owner)
{
    for (const struct port *port = bus->ports; port; port = port->next) {
        if (port->owner == owner && bus_sim_port_has_mail(port))
            return true;
    }
    return false;
}

uint32_t bus_sim_longest_queue(const struct bus *bus)
{
    return (uint32_t)bus->longest_queue;
}

static struct link *link_to_cut(const struct bus *bus, uint32_t owner, uint32_t made_before)
{
    for (struct link *link = bus->links; link; link = link->next) {
        if (link->number <= made_before && link->connector->owner == owner)
            return link;
    }
    return NULL;
}

void bus_sim_disconnect(struct bus *bus, uint32_t owner)
{
    uint32_t made = bus->routes;
    for (struct link *link; (link = link_to_cut(bus, owner, made)) != NULL;)
        link_cut(link);
}

/* ---- ports ---- */

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

void bus_peer_refused(struct bus *bus)
{
    bus->refused_peers++;
}

uint64_t bus_refused_peers(const struct bus *bus)
{
    return bus->refused_peers;
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
    struct port *port = memory_take_zeroed(sizeof *port + len);
    port->bus = bus;
    port->kind = options->kind;
    port->bind = options->bind;
    port->owner = bus->owner;
    port->principal = options->bind ? 0 : bus->principal;
    port->receive_high_water = bus->high_water ? bus->high_water : RECEIVE_HIGH_WATER;
    port->send_high_water = bus->high_water ? bus->high_water : SEND_HIGH_WATER;
    if (options->receive_high_water)
        port->receive_high_water = options->receive_high_water;
    if (options->send_high_water)
        port->send_high_water = options->send_high_water;
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
        message_unlink(port, message);
        free(message);
    }
    subscriptions_drop(&port->subscriptions);
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
    struct subscription **at = subscription_at(&port->subscriptions, channel);
    if (!*at) {
        *at = memory_take_zeroed(sizeof **at);
        memcpy((*at)->channel, channel, strlen(channel));
    }
    (*at)->times++;
    struct link *link = link_of(port);
    if (link)
        link_announce(link, 1, channel);
    return 0;
}

int port_unsubscribe(struct port *port, const char *channel)
{
    ensure(port->kind == PORT_SUB);
    struct subscription **at = subscription_at(&port->subscriptions, channel);
    struct subscription *subscription = *at;
    if (!subscription || --subscription->times > 0)
        return 0;
    *at = subscription->next;
    free(subscription);
    struct link *link = link_of(port);
    if (link)
        link_unsubscribe(link, channel);
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
    if (!bus_sim_port_has_mail(port))
        return -E_AGAIN;
    message_unlink(port, message);
    bool over_long = message->over_long;
    parcel->count = message->count;
    parcel->principal = message->principal;
    memcpy(parcel->frame, message->frame, sizeof parcel->frame);
    memcpy(parcel->owned[0], &message, sizeof message);
    if (message->count == 0)
        free(message);
    return over_long ? -E_BAD_FRAMES : 0;
}

static int router_send(struct port *port, const struct span *frames, uint32_t count)
{
    for (struct link *link = port->bus->links; link; link = link->next) {
        if ((link->binder != port && link->connector != port) ||
            !span_equal(span_make(link->route, ROUTE_LEN), frames[0]))
            continue;
        if (link_is_full(link, link_other_end(link, port)))
            return -E_AGAIN;
        if (count > 1)
            link_send(link, port, frames + 1, count - 1);
        return 0;
    }
    return -E_UNREACHABLE;
}

static bool is_subscribed(const struct link *link, struct span channel)
{
    for (const struct subscription *s = link->known; s; s = s->next) {
        if (span_starts(channel, s->channel))
            return true;
    }
    return false;
}

static void publisher_send(struct port *port, const struct span *frames, uint32_t count)
{
    uint32_t made = port->bus->routes; /* a link that is cut comes again: not for this message */
    for (struct link *link = port->bus->links, *next; link; link = next) {
        next = link->next;
        if (link->binder == port && link->number <= made && is_subscribed(link, frames[0]) &&
            !link_is_full(link, link->connector))
            link_send(link, port, frames, count);
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
    if (!link || link_is_full(link, link_other_end(link, port)))
        return -E_AGAIN;
    link_send(link, port, frames, count);
    return 0;
}

int bus_wait(struct bus *bus, struct port *const *ports, uint32_t count, const int *fds, uint32_t fd_count,
             int64_t timeout_ms)
{
    (void)bus;
    (void)ports;
    (void)count;
    (void)fds;
    (void)fd_count;
    (void)timeout_ms;
    return 0;
}
