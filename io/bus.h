/*
 * bus.h - the seam to messages between roles and peers. Real half: bus_zmq.c. Simulated half: bus_sim.c
 * (in-process queues, deterministic, one thread).
 *
 * Caveats
 *   A port belongs to one thread. One bus per process (tests of the simulated half may hold many).
 *   Received frames are borrowed from the parcel and live until parcel_release or the next port_receive into it.
 *   A ROUTER's reply to a peer that is gone or full is refused with -E_AGAIN or -E_UNREACHABLE: the reply is
 *   dropped and counted by the caller; peers resend, which is harmless.
 *   LINGER is 0: delivery is the acknowledgement's job. Closing a port may lose what it just sent.
 *   Keys belong to the bus, not to a port: no tcp port of a bus that has them can be opened without, and a role has nothing to do
 *   for it. inproc and ipc are keyless always.
 */
#ifndef MANYI_IO_BUS_H
#define MANYI_IO_BUS_H

#include "core/span.h"

#include <stdbool.h>
#include <stdint.h>

enum port_kind {
    PORT_ROUTER, /* receives [route, "", verb, body]; serves REQ and DEALER peers alike */
    PORT_DEALER, /* receives ["", verb, body] */
    PORT_XPUB,   /* sends [channel, body]; receives [\1channel] and [\0channel] */
    PORT_SUB,    /* receives [channel, body] */
};

struct port_options {
    enum port_kind kind;
    const char *endpoint;   /* "tcp://127.0.0.1:7301", "inproc://intake", "ipc:///dir/run/feed.sock" */
    bool bind;              /* ROUTER and XPUB bind, DEALER and SUB connect */
    int receive_high_water; /* messages; 0: RECEIVE_HIGH_WATER */
    int send_high_water;    /* messages; 0: SEND_HIGH_WATER */
    int64_t frame_max;      /* bytes; 0: FRAME_MAX; larger frames drop the connection */
};

#define PARCEL_FRAMES_MAX 4u

/* One message, whole. `owned` holds the transport's own handles. Zero-initialise before first use. */
struct parcel {
    uint32_t count;
    uint32_t
        principal; /* of the peer, by its key; 0: its port asks for no keys; PRINCIPAL_NOBODY: nobody vouches for it */
    struct span frame[PARCEL_FRAMES_MAX];
    _Alignas(8) unsigned char owned[PARCEL_FRAMES_MAX][64];
};

#define PRINCIPAL_NOBODY UINT32_MAX

struct bus;
struct port;

/* -E_NO_MEMORY, -E_NO_DESCRIPTORS. */
int bus_open(struct bus **ret_bus);
void bus_close(struct bus *bus); /* after all its ports; NULL is allowed */

/* ---- keys (CURVE); the real half only ---- */

#define BUS_KEY_BYTES 32u
#define DOMAIN_REQUEST "request" /* of ROUTERs, as the ZAP handler is told (io/zap.h) */
#define DOMAIN_PUBLISH "publish" /* of XPUBs, which can't filter: for those who may see everything */

struct bus_keys {
    uint8_t public_key[BUS_KEY_BYTES], secret_key[BUS_KEY_BYTES]; /* its own */
    uint8_t server_key[BUS_KEY_BYTES];                            /* public, of whom its ports connect to */
};

/* Every tcp port that is opened from now on is under these keys, which are copied: one that binds lets in whom the ZAP handler of
 * this process knows, and nobody while there is none; one that connects proves who it is, and to whom. -E_BAD_KEY_FILE: the secret
 * half is not the public one's. */
int bus_use_keys(struct bus *bus, const struct bus_keys *keys);

/* Ends the connections of the keyed ports that are bound: at its next port_receive each is unbound and bound again, so that
 * those who are still welcome come back within a moment, and heal. `all`: of XPUBs alone when false. Safe from another thread, as
 * the ZAP handler calls it, having learnt who is welcome. */
void bus_end_connections(struct bus *bus, bool all);

#define ENDPOINT_TEXT_MAX 256u

/* Errors: -E_PORT_IN_USE, -E_NOT_PERMITTED, -E_BAD_ADDRESS, -E_NO_DESCRIPTORS, -E_IO. */
int port_open(struct bus *bus, const struct port_options *options, struct port **ret_port);
/* The endpoint of the last port_open that failed; "" when none did. For whoever opens several and reports one failure,
 * before roles run in threads. */
const char *bus_failed_endpoint(const struct bus *bus);

/* Peers that were refused at the door of its keyed ports: counted by whoever stands there. Safe from any thread. */
void bus_peer_refused(struct bus *bus);
uint64_t bus_refused_peers(const struct bus *bus);
void port_close(struct port *port); /* NULL is allowed */

/* SUB only. Several channels may be subscribed; "" is every channel. */
int port_subscribe(struct port *port, const char *channel);
int port_unsubscribe(struct port *port, const char *channel);

/* Takes one whole message if there is one, never blocks. Releases what the parcel held before.
 * -E_AGAIN: none. -E_BAD_FRAMES: a message with more than PARCEL_FRAMES_MAX frames was taken and dropped; of a
 * ROUTER's the parcel keeps frame 0, the route, so that whoever sent it can be told. */
int port_receive(struct port *port, struct parcel *parcel);
void parcel_release(struct parcel *parcel);

/* Sends one message, all frames or none; the bytes are copied. -E_AGAIN: the peer's queue is full.
 * -E_UNREACHABLE: a ROUTER does not know the route any more. XPUB never says either: it drops. */
int port_send(struct port *port, const struct span *frames, uint32_t count);

/* Waits until one of the ports has something to receive, one of the descriptors is readable, or timeout_ms passes
 * (-1: for ever). Returns 0 in every case; the caller drains all its ports. Simulated half: returns at once. */
#define WAIT_FDS_MAX 2u
int bus_wait(struct bus *bus, struct port *const *ports, uint32_t count, const int *fds, uint32_t fd_count,
             int64_t timeout_ms);

#endif
