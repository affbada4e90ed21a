/*
 * bus_sim.h - what only the simulated bus can do: keep messages on their way, lose, repeat and delay them, cut links.
 *
 * A message that is sent counts against the high-water marks of its link until it is received; one whose sender closes its
 * port still arrives; one on a link that is cut does not. What an XPUB has not heard of yet nobody is subscribed to.
 *
 * Without a weather every message arrives in the turn in which it is sent, as tests of single roles want it. With one, each
 * message has a fate, and arrives when bus_sim_time has come so far. On one link in one direction messages never overtake
 * each other, as over a connection.
 */
#ifndef MANYI_IO_BUS_SIM_H
#define MANYI_IO_BUS_SIM_H

#include "io/bus.h"

/* A message that is about to leave. Everything is lent for the call. */
struct bus_sim_message {
    const char *endpoint;      /* of the link */
    uint32_t sender, receiver; /* owners of its two ports */
    bool to_binder;            /* a request, or a subscription */
    const struct span *frames; /* as handed to port_send, a ROUTER's route left out; a subscription's one frame */
    uint32_t count;
};

struct bus_sim_fate {
    int64_t delay_ms;
    uint32_t copies; /* 0: lost, 1, or 2 */
    bool cut; /* the link breaks before it leaves: all that is under way on it is lost, the binder sees a new route */
};

typedef struct bus_sim_fate bus_sim_weather(void *context, const struct bus_sim_message *message);

/* NULL: none, as at first. */
void bus_sim_set_weather(struct bus *bus, bus_sim_weather *weather, void *context);

/* Who opens ports from now on; 0 at first. */
void bus_sim_owner(struct bus *bus, uint32_t owner);

/* Whose key ports connect with from now on: what they send carries it. 0 at first: no key. */
void bus_sim_principal(struct bus *bus, uint32_t principal);

/* The high-water marks of ports that are opened from now on without their own; 0: the usual ones, as at first. */
void bus_sim_high_water(struct bus *bus, int messages);

/* Time has come so far: what is due by then can be received. */
void bus_sim_time(struct bus *bus, int64_t now_ms);
/* When the next message that is under way arrives; INT64_MAX when none is. */
int64_t bus_sim_next_ms(const struct bus *bus);
/* Whether a port of this owner has something to receive now. */
bool bus_sim_has_mail(const struct bus *bus, uint32_t owner);

/* Whether this port has. */
bool bus_sim_port_has_mail(const struct port *port);

/* The longest queue that any port has had, in messages for one link and direction: must stay within the two high-water marks. */
uint32_t bus_sim_longest_queue(const struct bus *bus);

/* Breaks every link of this owner's connecting ports, which then connect anew. */
void bus_sim_disconnect(struct bus *bus, uint32_t owner);

#endif
