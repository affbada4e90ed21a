/*
 * stand.h - a bus with a server's side and a peers' side, for the contract tests of the bus.
 *
 * Over ipc and tcp the two sides are a process each, as far as ZeroMQ can tell: so that a server can start again.
 */
#ifndef MANYI_TESTS_SUPPORT_STAND_H
#define MANYI_TESTS_SUPPORT_STAND_H

#include "io/bus.h"
#include "tests/support/scratch.h"

#define STAND_PORTS_MAX 4

enum transport { TRANSPORT_INPROC, TRANSPORT_IPC, TRANSPORT_TCP, TRANSPORTS };

struct stand {
    enum transport transport;
    struct bus *peers;
    struct bus *server;                  /* the same one within a process */
    struct port *ports[STAND_PORTS_MAX]; /* still open: closed at the end, also of a failed test */
    char folder[SCRATCH_MAX];
    char endpoint[128];
};

/* Setup and teardown of a test: *state is a stand, over the transport chosen last. */
int stand_begin(void **state);
int stand_end(void **state);
/* Chooses a transport for the tests that follow; returns its name. */
const char *stand_over(enum transport transport);

/* ROUTER and XPUB bind at the server's side, DEALER and SUB connect from the peers'. high_water 0: the default. */
struct port *stand_port(struct stand *stand, enum port_kind kind, int high_water);
/* Closes a port before the end of the test. */
void stand_leave(struct stand *stand, struct port *port);
/* The server's process ends: its port is closed and its endpoint free again when this returns. Not within a process. */
void stand_server_ends(struct stand *stand, struct port *port);

/* Waits for the next message, with a deadline; its status. */
int stand_await(struct port *port, struct parcel *parcel);
/* Sends as soon as there is somebody who takes it, with a deadline. */
int stand_send(struct port *port, const struct span *frames, uint32_t count);

void stand_expect_frame(const struct parcel *parcel, uint32_t i, const char *text);

#endif
