/*
 * bus_parts_sim.h - what the two files of the simulated bus share: ports, links, and messages on their way.
 *
 * An endpoint is a name in its bus. A link joins the port that binds it with one that connects:
 *
 *     binder (ROUTER, XPUB) ◀── link, with a route ──▶ connector (DEALER, SUB)
 *
 * Each port has one queue for all its links, in the order of arrival:
 *
 *     first ─▶ arrived ─▶ arrived ─▶ under way ─▶ under way ◀─ last
 *                                    ▲ under_way: the first that has not arrived
 *
 * As over the wire: a link counts what it has in each queue and refuses (or drops, XPUB) above the high-water marks of
 * both sides; what left before the other side closed can still be received; a connector without a binder waits for one
 * and its subscriptions are repeated when it comes. When a link is cut, what is under way on it is lost.
 *
 * Included by bus*_sim.c only.
 */
#ifndef MANYI_IO_BUS_PARTS_SIM_H
#define MANYI_IO_BUS_PARTS_SIM_H

#include "io/bus_sim.h"

#define ROUTE_LEN 5u /* ZeroMQ's own: a zero byte and 32 bits */
#define CHANNEL_MAX 64u

struct message {
    struct message *next, *previous;
    struct link *link; /* NULL once the sender has gone */
    int64_t arrives_ms;
    uint32_t principal; /* of who sent it */
    uint32_t count;
    struct span frame[PARCEL_FRAMES_MAX];
    bool over_long; /* had more frames than a parcel takes */
    uint8_t bytes[];
};

struct subscription {
    struct subscription *next;
    uint32_t times;
    char channel[CHANNEL_MAX];
};

struct link {
    struct link *next;
    struct port *binder;
    struct port *connector;
    uint32_t number; /* in the order of making */
    uint8_t route[ROUTE_LEN];
    int queued_for_binder;
    int queued_for_connector;
    int64_t last_for_binder_ms, last_for_connector_ms; /* arrival of what left last: nothing overtakes it */
    struct subscription *known;                        /* of the connector, as far as the binder has heard */
};

struct port {
    struct port *next;
    struct bus *bus;
    enum port_kind kind;
    bool bind;
    uint32_t owner;
    uint32_t principal; /* by whose key it connects; 0: none */
    int receive_high_water;
    int send_high_water;
    int64_t frame_max;
    struct message *first, *last, *under_way;
    struct subscription *subscriptions; /* SUB */
    char endpoint[];
};

struct bus {
    struct port *ports; /* in the order of port_open */
    struct link *links; /* in the order of their making */
    uint32_t routes;
    uint32_t owner;     /* of ports that are opened */
    uint32_t principal; /* of those that connect */
    int high_water;     /* of them; 0: the usual ones */
    int64_t now_ms;
    bus_sim_weather *weather;
    void *weather_context;
    int longest_queue;
    uint64_t refused_peers;
    char failed_endpoint[ENDPOINT_TEXT_MAX];
};

/* In bus_link_sim.c. */
struct port *link_other_end(const struct link *link, const struct port *port);
bool link_is_full(const struct link *link, const struct port *receiver);
/* The first link of a port; NULL: none. */
struct link *link_of(const struct port *port);
/* The connector's subscriptions go to the binder at once. */
void link_make(struct port *binder, struct port *connector);
/* One side closes: what is under way to the other one arrives. */
void link_break(struct link *link);
/* The connection breaks, and another one is made: what is under way is lost. */
void link_cut(struct link *link);
/* One message over one link, by the weather; an over-large frame costs the sender its connection. */
void link_send(struct link *link, const struct port *sender, const struct span *frames, uint32_t count);
/* The XPUB at the far end is told: 1 subscribes, 0 unsubscribes. */
void link_announce(struct link *link, uint8_t verb, const char *channel);
/* It is told when nobody else has the channel. */
void link_unsubscribe(struct link *link, const char *channel);

struct subscription **subscription_at(struct subscription **list, const char *channel);
void subscriptions_drop(struct subscription **list);
/* What has arrived by now. */
void port_arrivals(struct port *port);
/* Takes a message out of the port's queue; its bytes are the caller's to free. */
void message_unlink(struct port *port, struct message *message);

#endif
