/*
 * bus_zmq.c - messages over ZeroMQ.
 *
 * What is set and why stands in port_configure(). Two things that are left alone on purpose: XPUB_NODROP (one slow
 * subscriber would stop all; they heal by REPLAY) and XPUB_MANUAL (binds to dead pipes in 4.3.4).
 */
#include "core/ensure.h"
#include "core/limits.h"
#include "core/status.h"
#include "io/bus.h"

#include <errno.h>
#include <stdlib.h>
#include <zmq.h>

#define HEARTBEAT_EVERY_MS 2000
#define HEARTBEAT_PATIENCE_MS 10000
#define HEARTBEAT_TTL_MS 60000
#define HANDSHAKE_PATIENCE_MS 3000
#define RECONNECT_FIRST_MS 100
#define RECONNECT_MAX_MS 5000
#define BACKLOG 1024
#define WAIT_PORTS_MAX 15u /* zmq_poll allocates above 16 items; one is the wake descriptor */

_Static_assert(sizeof(zmq_msg_t) <= sizeof(((struct parcel *)0)->owned[0]), "a parcel holds ZeroMQ's handles");
_Static_assert(_Alignof(zmq_msg_t) <= 8, "a parcel's handles are aligned for ZeroMQ");
_Static_assert(HEARTBEAT_TTL_MS <= 65500, "the time to live wraps above 65.5 s");

struct bus {
    void *context;
};

struct port {
    enum port_kind kind;
    void *socket;
};

static int status_of(int error)
{
    switch (error) {
    case EAGAIN:
        return -E_AGAIN;
    case EHOSTUNREACH:
        return -E_UNREACHABLE;
    case EADDRINUSE:
        return -E_PORT_IN_USE;
    case EACCES:
    case EPERM:
    case EROFS:
        return -E_NOT_PERMITTED;
    case EINVAL:
    case ENODEV:
    case ENOENT:
    case ENAMETOOLONG:
    case EADDRNOTAVAIL:
    case EPROTONOSUPPORT:
    case ENOCOMPATPROTO:
        return -E_BAD_ADDRESS;
    case ENOMEM:
        return -E_NO_MEMORY;
    case ETERM:
        return -E_STOPPED;
    default:
        return -E_IO;
    }
}

int bus_open(struct bus **ret_bus)
{
    struct bus *bus = calloc(1, sizeof *bus);
    if (!bus)
        return -E_NO_MEMORY;
    bus->context = zmq_ctx_new();
    if (!bus->context) {
        free(bus);
        return -E_IO;
    }
    *ret_bus = bus;
    return 0;
}

void bus_close(struct bus *bus)
{
    if (!bus)
        return;
    zmq_ctx_term(bus->context);
    free(bus);
}

static void set(struct port *port, int option, int value)
{
    int result = zmq_setsockopt(port->socket, option, &value, sizeof value);
    ensure(result == 0);
}

static void port_configure(struct port *port, const struct port_options *options)
{
    int64_t frame_max = options->frame_max ? options->frame_max : FRAME_MAX;
    int result = zmq_setsockopt(port->socket, ZMQ_MAXMSGSIZE, &frame_max, sizeof frame_max);
    ensure(result == 0);
    set(port, ZMQ_RCVHWM, options->receive_high_water ? options->receive_high_water : RECEIVE_HIGH_WATER);
    set(port, ZMQ_SNDHWM, options->send_high_water ? options->send_high_water : SEND_HIGH_WATER);
    set(port, ZMQ_LINGER, 0);
    set(port, ZMQ_IPV6, 0);
    set(port, ZMQ_BACKLOG, BACKLOG);
    set(port, ZMQ_RECONNECT_IVL, RECONNECT_FIRST_MS);
    set(port, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS);
    if (span_starts(span_of(options->endpoint), "tcp:")) {
        set(port, ZMQ_HEARTBEAT_IVL, HEARTBEAT_EVERY_MS);
        set(port, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_PATIENCE_MS);
        set(port, ZMQ_HEARTBEAT_TTL, HEARTBEAT_TTL_MS);
        set(port, ZMQ_HANDSHAKE_IVL, HANDSHAKE_PATIENCE_MS);
    }
    /* Without it a ROUTER drops replies to a full or vanished peer without a word. */
    if (port->kind == PORT_ROUTER)
        set(port, ZMQ_ROUTER_MANDATORY, 1);
    /* Nothing is queued for a peer that is not there: what was not sent is sent again by those who know how. */
    if (port->kind == PORT_DEALER)
        set(port, ZMQ_IMMEDIATE, 1);
    /* Each subscriber is welcomed, the second one on a channel too. */
    if (port->kind == PORT_XPUB)
        set(port, ZMQ_XPUB_VERBOSE, 1);
}

int port_open(struct bus *bus, const struct port_options *options, struct port **ret_port)
{
    static const int types[] = {
        [PORT_ROUTER] = ZMQ_ROUTER, [PORT_DEALER] = ZMQ_DEALER, [PORT_XPUB] = ZMQ_XPUB, [PORT_SUB] = ZMQ_SUB};
    ensure(options->bind == (options->kind == PORT_ROUTER || options->kind == PORT_XPUB));
    struct port *port = calloc(1, sizeof *port);
    if (!port)
        return -E_NO_MEMORY;
    port->kind = options->kind;
    port->socket = zmq_socket(bus->context, types[options->kind]);
    int failed = -1;
    if (port->socket) {
        port_configure(port, options);
        failed =
            options->bind ? zmq_bind(port->socket, options->endpoint) : zmq_connect(port->socket, options->endpoint);
    }
    if (failed) {
        int status = status_of(errno);
        port_close(port);
        return status;
    }
    *ret_port = port;
    return 0;
}

void port_close(struct port *port)
{
    if (!port)
        return;
    if (port->socket)
        zmq_close(port->socket);
    free(port);
}

static int channel_set(struct port *port, int option, const char *channel)
{
    ensure(port->kind == PORT_SUB);
    return zmq_setsockopt(port->socket, option, channel, strlen(channel)) ? status_of(errno) : 0;
}

int port_subscribe(struct port *port, const char *channel)
{
    return channel_set(port, ZMQ_SUBSCRIBE, channel);
}

int port_unsubscribe(struct port *port, const char *channel)
{
    return channel_set(port, ZMQ_UNSUBSCRIBE, channel);
}

static zmq_msg_t *handle(struct parcel *parcel, uint32_t i)
{
    return (zmq_msg_t *)parcel->owned[i];
}

void parcel_release(struct parcel *parcel)
{
    for (uint32_t i = 0; i < parcel->count; i++)
        zmq_msg_close(handle(parcel, i));
    parcel->count = 0;
}

/* The next frame into message, which is then the caller's to close. */
static int frame_receive(struct port *port, zmq_msg_t *message)
{
    zmq_msg_init(message);
    int len;
    do {
        len = zmq_msg_recv(message, port->socket, ZMQ_DONTWAIT);
    } while (len < 0 && errno == EINTR);
    if (len >= 0)
        return 0;
    int status = status_of(errno);
    zmq_msg_close(message);
    return status;
}

/* What of the message is beyond the parcel, and of what is in it all but a ROUTER's route. Never more than one frame is
 * held here: what ZeroMQ gathered of the message is let go frame by frame. */
static void rest_drop(struct port *port, struct parcel *parcel)
{
    uint32_t kept = port->kind == PORT_ROUTER ? 1 : 0;
    while (parcel->count > kept)
        zmq_msg_close(handle(parcel, --parcel->count));
    bool more = true;
    while (more) {
        zmq_msg_t message;
        int status = frame_receive(port, &message);
        ensure(status == 0);
        more = zmq_msg_more(&message);
        zmq_msg_close(&message);
    }
}

int port_receive(struct port *port, struct parcel *parcel)
{
    parcel_release(parcel);
    bool more = true;
    while (more) {
        if (parcel->count == PARCEL_FRAMES_MAX) {
            rest_drop(port, parcel);
            return -E_BAD_FRAMES;
        }
        zmq_msg_t *message = handle(parcel, parcel->count);
        int status = frame_receive(port, message);
        if (status) {
            parcel_release(parcel);
            return status;
        }
        parcel->frame[parcel->count++] = span_make(zmq_msg_data(message), zmq_msg_size(message));
        more = zmq_msg_more(message);
    }
    return 0;
}

static int frame_send(struct port *port, struct span frame, bool more)
{
    int sent;
    do {
        sent = zmq_send(port->socket, frame.at, frame.len, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0));
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? status_of(errno) : 0;
}

int port_send(struct port *port, const struct span *frames, uint32_t count)
{
    ensure(count > 0);
    ensure(port->kind != PORT_SUB);
    int status = frame_send(port, frames[0], count > 1);
    if (status)
        return status;
    /* Queues count whole messages, so a later frame is refused only when the peer went away in between. ZeroMQ then
     * takes back the frames before it and waits for the remaining ones to be offered, to drop them. */
    for (uint32_t i = 1; i < count; i++) {
        int refused = frame_send(port, frames[i], i + 1 < count);
        status = status ? status : refused;
    }
    return status;
}

int bus_wait(struct bus *bus, struct port *const *ports, uint32_t count, int wake_fd, int64_t timeout_ms)
{
    (void)bus;
    ensure(count <= WAIT_PORTS_MAX);
    zmq_pollitem_t items[WAIT_PORTS_MAX + 1];
    for (uint32_t i = 0; i < count; i++)
        items[i] = (zmq_pollitem_t){.socket = ports[i]->socket, .events = ZMQ_POLLIN};
    int used = (int)count;
    if (wake_fd >= 0)
        items[used++] = (zmq_pollitem_t){.fd = wake_fd, .events = ZMQ_POLLIN};
    zmq_poll(items, used, timeout_ms);
    return 0;
}
