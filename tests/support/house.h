/*
 * house.h - an intake and a feed over the simulated seams, with a publisher who talks to them frame by frame.
 */
#ifndef MANYI_TESTS_SUPPORT_HOUSE_H
#define MANYI_TESTS_SUPPORT_HOUSE_H

#include "brokers/feed.h"
#include "brokers/intake.h"
#include "io/store_sim.h"
#include "schemas/codec.h"

#define HOUSE_MONDAY_MS 1795392000000ll /* 2026-11-23T00:00:00Z */
#define HOUSE_VOLUME "/house/journal/000001"

struct house {
    struct setup setup;
    struct journal *journal;
    struct intake *intake;
    struct feed *feed;
    struct port *peer;   /* DEALER at intake's public endpoint */
    struct port *worker; /* DEALER at its inner one */
    struct port *reader; /* DEALER at the feed's public endpoint */
    struct port *folder; /* DEALER at its inner one */
    struct parcel parcel;
    uint8_t request[PUT_BYTES_MAX + 4096];
};

/* Opens bus, clock and all roles over the disk as it is. Intake adopts the default policy as entry 1 of an empty one. */
void house_open(struct house *house);
void house_close(struct house *house);
/* Closes all roles and opens them again. */
void house_restart(struct house *house);

/* What only the simulated seams can do stands here, since this file's code is linked into real tests, too. */

static inline void house_open_empty(struct house *house)
{
    store_sim_forget(HOUSE_VOLUME);
    house_open(house);
}

/* The process dies between two instructions and is started again. */
static inline void house_crash(struct house *house)
{
    store_sim_crash(HOUSE_VOLUME, false);
    house_restart(house);
}

/* Time passes, as both clocks have it. */
static inline void house_pass(struct house *house, int64_t ms)
{
    clock_sim_advance(house->setup.clock, ms, ms);
}

/* Turns of intake and feed until nothing moves. Returns what the last intake_turn returned. */
int house_turn(struct house *house);

struct reply {
    char verb[16];
    struct span body; /* lives until the next reply is taken */
};

/* Sends one request; the body is encoded. */
void house_send(struct port *port, const char *verb, struct span body);
/* The next reply, if there is one. */
bool house_receive(struct house *house, struct port *port, struct reply *ret_reply);
/* Send, turn, receive: there must be exactly one reply. */
struct reply house_ask(struct house *house, struct port *port, const char *verb, struct span body);

/* Fails the test when the body is no such record. */
void house_decode(struct span body, const struct record_table *record, void *ret_record);
/* A number, or a text, of a reply without a record. Fails the test when there is none. */
uint64_t house_figure(struct span body, const char *name);

/* A rating by kiosk of sh-pudong's service, as sent by `source`. */
struct span house_rating(uint8_t *buffer, size_t size, const char *source, const char *id, int32_t overall);

/* A PUT's body: begun, filled event by event, finished. Without source there is no session. */
struct put_draft {
    struct wire_writer writer;
    uint32_t left;
};
void draft_begin(struct put_draft *draft, struct house *house, uint32_t events, const char *source, uint64_t epoch,
                 uint64_t first);
void draft_event(struct put_draft *draft, struct span event, bool in_bin);
struct span draft_end(struct put_draft *draft);

/* PUT of one rating, without a session. */
struct reply house_rate(struct house *house, const char *source, const char *id);

/* Expectations: the reply is an ACK, or a NAK of this status. */
struct ack_reply house_acked(struct reply reply);
struct nak_reply house_refused(struct reply reply, int status);
/* Problem number n of an ACK. */
struct problem house_problem(const struct ack_reply *ack, uint32_t n);
uint32_t house_problems(const struct ack_reply *ack);

/* HELLO; returns its WELCOME. */
struct welcome_reply house_hello(struct house *house, struct port *port, const char *source);

#endif
