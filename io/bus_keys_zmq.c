/*
 * bus_keys_zmq.c - CURVE on the ports of a bus: locking them, telling whose a message is, ending connections.
 */
#include "io/bus_zmq.h"

#include "core/ensure.h"
#include "core/status.h"

#include <stdio.h>
#include <string.h>

#define ENFORCE_DOMAIN \
    93               /* ZMQ_ZAP_ENFORCE_DOMAIN, which the header of 4.3.4 hides: without a handler nobody is let in */
#define KEY_TEXT 40  /* Z85 */
#define LOOK_MS 1000 /* at whether connections must end, by a role that has nothing else to do */
#define BIND_AGAIN_MS 5 /* ZeroMQ closes the old listener in its own time */

int bus_use_keys(struct bus *bus, const struct bus_keys *keys)
{
    char secret[KEY_TEXT + 1], public[KEY_TEXT + 1], expected[KEY_TEXT + 1];
    zmq_z85_encode(secret, keys->secret_key, BUS_KEY_BYTES);
    zmq_z85_encode(expected, keys->public_key, BUS_KEY_BYTES);
    bool fit = zmq_curve_public(public, secret) == 0 && strcmp(public, expected) == 0;
    explicit_bzero(secret, sizeof secret);
    if (!fit)
        return -E_BAD_KEY_FILE;
    bus->keys = *keys;
    bus->keyed = true;
    return 0;
}

void bus_forget_keys(struct bus *bus)
{
    explicit_bzero(&bus->keys, sizeof bus->keys);
    bus->keyed = false;
}

void bus_end_connections(struct bus *bus, bool all)
{
    atomic_fetch_add(&bus->ended_publish, 1);
    if (all)
        atomic_fetch_add(&bus->ended, 1);
}

static unsigned ended_of(struct port *port)
{
    struct bus *bus = port->bus;
    return atomic_load(port->kind == PORT_XPUB ? &bus->ended_publish : &bus->ended);
}

static void set(struct port *port, int option, const void *value, size_t size)
{
    int result = zmq_setsockopt(port->socket, option, value, size);
    ensure(result == 0);
}

void port_lock(struct port *port)
{
    const struct bus_keys *keys = &port->bus->keys;
    const char *domain = port->kind == PORT_XPUB ? DOMAIN_PUBLISH : DOMAIN_REQUEST;
    const int yes = 1;
    if (!port->bus->keyed)
        return;
    set(port, ZMQ_CURVE_SECRETKEY, keys->secret_key, BUS_KEY_BYTES);
    if (port->kind == PORT_ROUTER || port->kind == PORT_XPUB) {
        set(port, ZMQ_CURVE_SERVER, &yes, sizeof yes);
        set(port, ZMQ_ZAP_DOMAIN, domain, strlen(domain));
        set(port, ENFORCE_DOMAIN, &yes, sizeof yes);
        port->ended = ended_of(port);
        port->locked = true;
    } else {
        set(port, ZMQ_CURVE_PUBLICKEY, keys->public_key, BUS_KEY_BYTES);
        set(port, ZMQ_CURVE_SERVERKEY, keys->server_key, BUS_KEY_BYTES);
    }
}

void port_note_endpoint(struct port *port)
{
    size_t size = sizeof port->endpoint;
    int result = zmq_getsockopt(port->socket, ZMQ_LAST_ENDPOINT, port->endpoint, &size);
    ensure(result == 0);
}

void port_end_connections(struct port *port)
{
    unsigned ended = ended_of(port);
    if (port->ended != ended) {
        port->ended = ended;
        port->unbound = port->unbound || zmq_unbind(port->socket, port->endpoint) == 0;
    }
    if (port->unbound)
        port->unbound = zmq_bind(port->socket, port->endpoint) != 0;
}

uint32_t frame_principal(zmq_msg_t *frame)
{
    const char *text = zmq_msg_gets(frame, "User-Id");
    uint64_t number = 0;
    if (!text || text[0] == '\0')
        return PRINCIPAL_NOBODY;
    for (; *text >= '0' && *text <= '9' && number < PRINCIPAL_NOBODY; text++)
        number = number * 10 + (uint64_t)(*text - '0');
    return *text == '\0' && number > 0 && number < PRINCIPAL_NOBODY ? (uint32_t)number : PRINCIPAL_NOBODY;
}

int64_t wait_of_locked(struct port *const *ports, uint32_t count, int64_t timeout_ms)
{
    for (uint32_t i = 0; i < count; i++) {
        int64_t most_ms = ports[i]->unbound ? BIND_AGAIN_MS : LOOK_MS;
        if (ports[i]->locked && (timeout_ms < 0 || timeout_ms > most_ms))
            timeout_ms = most_ms;
    }
    return timeout_ms;
}
