/*
 * bus_zmq.h - what the files of the real bus share. Included by *_zmq.c only.
 *
 * Keys on a bound port, and how connections end
 *
 *     access file changes --> zap handler reads it --> bus.ended +1 --> each port, at its next port_receive: unbind, bind
 *
 * The handler knows who is welcome before it says that connections must end, so whoever comes back is judged by the new file;
 * were each role to see for itself, one that is early would be handed the revoked peer again by a handler that is late.
 * Unbinding ends what was accepted as soon as the port's own thread takes notice, which port_receive does; what was received
 * before can still be read, under the principal who sent it.
 */
#ifndef MANYI_IO_BUS_ZMQ_H
#define MANYI_IO_BUS_ZMQ_H

#include "io/bus.h"

#include <stdatomic.h>
#include <zmq.h>

struct bus {
    void *context;
    bool keyed;
    struct bus_keys keys;
    atomic_uint ended;         /* how often all connections had to end */
    atomic_uint ended_publish; /* how often those of XPUBs had */
    atomic_uint_fast64_t refused_peers;
    char failed_endpoint[ENDPOINT_TEXT_MAX];
};

struct port {
    enum port_kind kind;
    struct bus *bus;
    void *socket;
    struct unread *unread;            /* NULL: nobody counts */
    bool locked;                      /* bound, and asks for keys */
    bool unbound;                     /* until it can be bound again */
    unsigned ended;                   /* what it has seen of its bus's */
    char endpoint[ENDPOINT_TEXT_MAX]; /* of one that is bound, as ZeroMQ calls it */
};

/* bus_keys_zmq.c */
void bus_forget_keys(struct bus *bus);
/* CURVE on a new tcp socket, if its bus has keys. */
void port_lock(struct port *port);
void port_note_endpoint(struct port *port);
/* Unbinds and binds a locked port, if its connections must end. */
void port_end_connections(struct port *port);
/* Whose message it is, as the ZAP handler named him; PRINCIPAL_NOBODY. Of a routing frame it is not known. */
uint32_t frame_principal(zmq_msg_t *frame);
/* Ports that may have to end connections can't sleep for ever. */
int64_t wait_of_locked(struct port *const *ports, uint32_t count, int64_t timeout_ms);

#endif
