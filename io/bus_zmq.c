/*
 * bus_zmq.c - messages over ZeroMQ.
 *
 * What is set and why stands in port_configure(). Two things that are left alone on purpose: XPUB_NODROP (one slow
 * subscriber would stop all; they heal by REPLAY) and XPUB_MANUAL (binds to dead pipes in 4.3.4).
 */
#include "io/bus_zmq.h"

#include "core/ensure.h"
#include "core/limits.h"
#include "core/status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

#define HEARTBEAT_EVERY_MS 2000
#define HEARTBEAT_PATIENCE_MS 10000
#define KEEPALIVE_AFTER_S 10
#define KEEPALIVE_PROBES 5
#define SILENCE_MAX_MS 60000 /* of a peer that takes nothing of what it was sent */
#define HANDSHAKE_PATIENCE_MS 3000
#define RECONNECT_FIRST_MS 100
#define RECONNECT_MAX_MS 5000
#define BACKLOG 1024
#define LARGE_FRAME 1024u /* below it the queue's length is bound enough */
#define UNREAD_SLOTS 32u
#define DESCRIPTORS_MIN 16                  /* of ZeroMQ's own threads, a first port and its peer, with some to spare */
#define WAIT_PORTS_MAX (16u - WAIT_FDS_MAX) /* zmq_poll allocates above 16 items */

_Static_assert(sizeof(zmq_msg_t) <= sizeof(((struct parcel *)0)->owned[0]), "a parcel holds ZeroMQ's handles");
_Static_assert(_Alignof(zmq_msg_t) <= 8, "a parcel's handles are aligned for ZeroMQ");

/* Bytes of large frames that were handed over for a peer and not written yet. Peers find their slot by their route, so
 * that a full one costs at most a few others something. ZeroMQ lets the last frames go after the port is closed: whoever
 * holds it last frees it. */
struct unread {
    atomic_uint holders; /* the port, and each frame under way */
    atomic_size_t bytes[UNREAD_SLOTS];
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
    case EMFILE:
    case ENFILE:
        return -E_NO_DESCRIPTORS;
    case ETERM:
        return -E_STOPPED;
    default:
        return -E_IO;
    }
}

/* ZeroMQ aborts the process that has no descriptor left for its threads, and never says that it could not connect. */
static bool has_descriptors(void)
{
    int taken[DESCRIPTORS_MIN], count = 0;
    while (count < DESCRIPTORS_MIN && (taken[count] = eventfd(0, EFD_CLOEXEC)) >= 0)
        count++;
    bool enough = count == DESCRIPTORS_MIN;
    while (count > 0)
        close(taken[--count]);
    return enough;
}

int bus_open(struct bus **ret_bus)
{
    if (!has_descriptors())
        return -E_NO_DESCRIPTORS;
    struct bus *bus = calloc(1, sizeof *bus);
    if (!bus)
        return -E_NO_MEMORY;
    bus->context = zmq_ctx_new();
    if (!bus->context) {
        free(bus);
        return status_of(errno);
    }
    *ret_bus = bus;
    return 0;
}

void bus_close(struct bus *bus)
{
    if (!bus)
        return;
    zmq_ctx_term(bus->context);
    bus_forget_keys(bus);
    free(bus);
}

void bus_peer_refused(struct bus *bus)
{
    atomic_fetch_add(&bus->refused_peers, 1);
}

uint64_t bus_refused_peers(const struct bus *bus)
{
    return atomic_load(&bus->refused_peers);
}

const char *bus_failed_endpoint(const struct bus *bus)
{
    return bus->failed_endpoint;
}

static void set(struct port *port, int option, int value)
{
    int result = zmq_setsockopt(port->socket, option, &value, sizeof value);
    ensure(result == 0);
}

/* Whether the other end still lives, by two means. ZeroMQ's heartbeat aborts the whole process (4.3.4, `!_io_error`) when
 * it falls due on a connection whose input has stopped at the high-water mark and whose peer has hung up: any stranger
 * can bring that about at a port that is bound, and a slow subscriber at its own; those have `beat`. A DEALER is safe:
 * its replies stay below the mark. The others leave it to the kernel. */
static void peers_watch(struct port *port)
{
    if (port->kind == PORT_DEALER) {
        set(port, ZMQ_HEARTBEAT_IVL, HEARTBEAT_EVERY_MS);
        set(port, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_PATIENCE_MS);
        return;
    }
    set(port, ZMQ_TCP_KEEPALIVE, 1);
    set(port, ZMQ_TCP_KEEPALIVE_IDLE, KEEPALIVE_AFTER_S);
    set(port, ZMQ_TCP_KEEPALIVE_INTVL, KEEPALIVE_AFTER_S);
    set(port, ZMQ_TCP_KEEPALIVE_CNT, KEEPALIVE_PROBES);
    set(port, ZMQ_TCP_MAXRT, SILENCE_MAX_MS);
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
        peers_watch(port);
        set(port, ZMQ_HANDSHAKE_IVL, HANDSHAKE_PATIENCE_MS);
        port_lock(port);
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

static void unread_let_go(struct unread *unread)
{
    if (atomic_fetch_sub(&unread->holders, 1) == 1)
        free(unread);
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
    port->bus = bus;
    if (options->kind == PORT_ROUTER && span_starts(span_of(options->endpoint), "tcp:")) {
        port->unread = calloc(1, sizeof *port->unread);
        if (!port->unread) {
            port_close(port);
            return -E_NO_MEMORY;
        }
        atomic_store(&port->unread->holders, 1);
    }
    port->socket = zmq_socket(bus->context, types[options->kind]);
    int failed = -1;
    if (port->socket) {
        port_configure(port, options);
        failed =
            options->bind ? zmq_bind(port->socket, options->endpoint) : zmq_connect(port->socket, options->endpoint);
    }
    if (failed) {
        int status = status_of(errno);
        snprintf(bus->failed_endpoint, sizeof bus->failed_endpoint, "%s", options->endpoint);
        port_close(port);
        return status;
    }
    if (options->bind)
        port_note_endpoint(port);
    *ret_port = port;
    return 0;
}

void port_close(struct port *port)
{
    if (!port)
        return;
    if (port->socket)
        zmq_close(port->socket);
    if (port->unread)
        unread_let_go(port->unread);
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
    parcel->principal = port->locked ? PRINCIPAL_NOBODY : 0;
    if (port->locked)
        port_end_connections(port);
    uint32_t payload = port->kind == PORT_ROUTER ? 1 : 0;
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
        if (port->locked && parcel->count == payload)
            parcel->principal = frame_principal(message);
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

/* A frame that is counted until ZeroMQ has written it. */
struct large_frame {
    struct unread *unread;
    atomic_size_t *slot;
    size_t len;
    uint8_t bytes[];
};

static void large_frame_free(void *bytes, void *hint)
{
    (void)bytes;
    struct large_frame *large = hint;
    atomic_fetch_sub(large->slot, large->len);
    unread_let_go(large->unread);
    free(large);
}

static int large_frame_send(struct port *port, atomic_size_t *slot, struct span frame, bool more)
{
    struct large_frame *large = malloc(sizeof *large + frame.len);
    if (!large)
        return -E_NO_MEMORY;
    *large = (struct large_frame){.unread = port->unread, .slot = slot, .len = frame.len};
    memcpy(large->bytes, frame.at, frame.len);
    zmq_msg_t message;
    if (zmq_msg_init_data(&message, large->bytes, frame.len, large_frame_free, large) != 0) {
        free(large);
        return -E_NO_MEMORY;
    }
    atomic_fetch_add(slot, frame.len);
    atomic_fetch_add(&port->unread->holders, 1);
    int sent;
    do {
        sent = zmq_msg_send(&message, port->socket, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0));
    } while (sent < 0 && errno == EINTR);
    int status = sent < 0 ? status_of(errno) : 0;
    if (sent < 0)
        zmq_msg_close(&message);
    return status;
}

static atomic_size_t *slot_of(struct port *port, struct span route)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < route.len; i++)
        hash = (hash ^ route.at[i]) * 16777619u;
    return &port->unread->bytes[hash % UNREAD_SLOTS];
}

/* Does the peer leave too much unread to be sent these as well? One message always goes. */
static bool is_stalled(const atomic_size_t *slot, const struct span *frames, uint32_t count)
{
    size_t unread = atomic_load(slot), len = 0;
    for (uint32_t i = 1; i < count; i++)
        len += frames[i].len >= LARGE_FRAME ? frames[i].len : 0;
    return unread > 0 && len > 0 && unread + len > UNREAD_BYTES_MAX;
}

int port_send(struct port *port, const struct span *frames, uint32_t count)
{
    ensure(count > 0);
    ensure(port->kind != PORT_SUB);
    atomic_size_t *slot = port->unread ? slot_of(port, frames[0]) : NULL;
    if (slot && is_stalled(slot, frames, count))
        return -E_AGAIN;
    int status = frame_send(port, frames[0], count > 1);
    if (status)
        return status;
    /* Queues count whole messages, so a later frame is refused only when the peer went away in between. ZeroMQ then
     * takes back the frames before it and waits for the remaining ones to be offered, to drop them. */
    for (uint32_t i = 1; i < count; i++) {
        bool more = i + 1 < count;
        int refused = slot && frames[i].len >= LARGE_FRAME ? large_frame_send(port, slot, frames[i], more)
                                                           : frame_send(port, frames[i], more);
        status = status ? status : refused;
    }
    return status;
}

int bus_wait(struct bus *bus, struct port *const *ports, uint32_t count, const int *fds, uint32_t fd_count,
             int64_t timeout_ms)
{
    (void)bus;
    timeout_ms = wait_of_locked(ports, count, timeout_ms);
    ensure(count <= WAIT_PORTS_MAX);
    ensure(fd_count <= WAIT_FDS_MAX);
    zmq_pollitem_t items[WAIT_PORTS_MAX + WAIT_FDS_MAX];
    for (uint32_t i = 0; i < count; i++)
        items[i] = (zmq_pollitem_t){.socket = ports[i]->socket, .events = ZMQ_POLLIN};
    int used = (int)count;
    for (uint32_t i = 0; i < fd_count; i++)
        items[used++] = (zmq_pollitem_t){.fd = fds[i], .events = ZMQ_POLLIN};
    zmq_poll(items, used, timeout_ms);
    return 0;
}
