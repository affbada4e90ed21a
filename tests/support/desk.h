/*
 * desk.h - an intake and a feed over the simulated seams, with a publisher who talks to them frame by frame.
 */
#ifndef MANYI_TESTS_SUPPORT_DESK_H
#define MANYI_TESTS_SUPPORT_DESK_H

#include "brokers/feed.h"
#include "brokers/intake.h"
#include "io/store_sim.h"
#include "schemas/codec.h"

#define DESK_MONDAY_MS 1795392000000ll /* 2026-11-23T00:00:00Z */
#define DESK_VOLUME "/desk/journal/000001"

struct desk {
    struct setup setup;
    const char *lineage; /* of a journal that is made new */
    bool writes_itself;  /* intake, every turn; else every turn is written beside the next one */
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
void desk_open(struct desk *desk);
void desk_close(struct desk *desk);
/* Closes all roles and opens them again. */
void desk_restart(struct desk *desk);
/* The same in two halves: meanwhile the disk may become another one. */
void desk_stop(struct desk *desk);
void desk_start(struct desk *desk);

/* What only the simulated seams can do stands here, since this file's code is linked into real tests, too. */

static inline void desk_open_empty(struct desk *desk)
{
    store_sim_forget(DESK_VOLUME);
    desk_open(desk);
}

/* The process dies between two instructions and is started again. */
static inline void desk_crash(struct desk *desk)
{
    store_sim_crash(DESK_VOLUME, false);
    desk_restart(desk);
}

/* The disk rots where the record lies that begins with this seq. */
static inline void desk_spoil(uint64_t first)
{
    uint8_t key[8];
    for (uint32_t i = 0; i < 8; i++)
        key[i] = (uint8_t)(first >> (56 - 8 * i));
    store_sim_spoil(DESK_VOLUME, 0, span_make(key, sizeof key));
}

/* Time passes, as both clocks have it. */
static inline void desk_pass(struct desk *desk, int64_t ms)
{
    clock_sim_advance(desk->setup.clock, ms, ms);
}

/* Turns of intake and feed until nothing moves. Returns what the last intake_turn returned. */
int desk_turn(struct desk *desk);

struct reply {
    char verb[16];
    struct span body; /* lives until the next reply is taken */
};

/* Sends one request; the body is encoded. */
void desk_send(struct port *port, const char *verb, struct span body);
/* The next reply, if there is one. */
bool desk_receive(struct desk *desk, struct port *port, struct reply *ret_reply);
/* Send, turn, receive: there must be exactly one reply. */
struct reply desk_ask(struct desk *desk, struct port *port, const char *verb, struct span body);

/* Fails the test when the body is no such record. */
void desk_decode(struct span body, const struct record_table *record, void *ret_record);
/* A number, or a text, of a reply without a record. Fails the test when there is none. */
uint64_t desk_figure(struct span body, const char *name);

/* A rating by kiosk of sh-pudong's service, as sent by `source`. */
struct span desk_rating(uint8_t *buffer, size_t size, const char *source, const char *id, int32_t overall);

/* A PUT's body: begun, filled event by event, finished. Without source there is no session. */
struct put_draft {
    struct wire_writer writer;
    uint32_t left;
};
void draft_begin(struct put_draft *draft, struct desk *desk, uint32_t events, const char *source, uint64_t epoch,
                 uint64_t first);
void draft_event(struct put_draft *draft, struct span event, bool in_bin);
struct span draft_end(struct put_draft *draft);

/* PUT of ratings by `source` with these ids, at most 16, separated by spaces; "?" is an event that is no MessagePack.
 * epoch 0: without a session. */
struct reply desk_put(struct desk *desk, const char *source, const char *ids, uint64_t epoch, uint64_t first);

/* PUT of one rating, without a session. */
struct reply desk_rate(struct desk *desk, const char *source, const char *id);

/* Expectations: the reply is an ACK, or a NAK of this status. */
struct ack_reply desk_acked(struct reply reply);
struct nak_reply desk_refused(struct reply reply, int status);
/* Problem number n of an ACK. */
struct problem desk_problem(const struct ack_reply *ack, uint32_t n);
uint32_t desk_problems(const struct ack_reply *ack);

/* HELLO; returns its WELCOME. */
struct welcome_reply desk_hello(struct desk *desk, struct port *port, const char *source);

#endif
