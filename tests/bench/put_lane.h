/*
 * put_lane.h - a load program's way to intake: PUTs built in place, some of them unanswered, each answer checked.
 *
 * Caveats
 *   Not the client library: that keeps every event until it is answered, and would be a large part of what is measured.
 *   Anything but an ACK that takes every event plainly ends the program: what is measured is what was accepted.
 */
#ifndef MANYI_TESTS_BENCH_PUT_LANE_H
#define MANYI_TESTS_BENCH_PUT_LANE_H

#include "io/bus.h"
#include "schemas/wire.h"

struct put_lane {
    struct bus *bus;
    struct port *port;
    struct parcel parcel;
    uint8_t *body; /* of the PUT that is being built */
    struct wire_writer writer;
    uint32_t wanted;         /* events of that PUT */
    uint64_t sent, answered; /* PUTs */
    uint64_t last_seq;       /* of the last event that was accepted */
};

/* host:port's intake. Ends the program on failure, as everything here does. */
void put_lane_open(struct put_lane *lane, struct bus *bus, uint16_t intake_port);
void put_lane_close(struct put_lane *lane);

/* Between the two as many put_lane_add as were announced. */
void put_lane_begin(struct put_lane *lane, uint32_t events);
void put_lane_add(struct put_lane *lane, struct span event);
void put_lane_send(struct put_lane *lane);

/* Takes the answers that are there; waits up to wait_ms for the first. */
void put_lane_answers(struct put_lane *lane, int64_t wait_ms);

/* Until every PUT is answered; a silence of 30 s ends the program. */
void put_lane_flush(struct put_lane *lane);

/* Asks the worker until it has folded and committed everything up to seq, and has nothing before it. */
void worker_wait(struct bus *bus, uint16_t query_port, uint64_t seq);

double monotonic_s(void);

/* Says why on stderr and ends the program; result 0 does nothing. */
void must(int result, const char *what);

#endif
