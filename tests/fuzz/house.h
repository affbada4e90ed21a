/*
 * house.h - intake, feed, worker and outlet over the simulated seams, with a morning behind them: what requests are tried on.
 *
 * Everything depends on what was sent and on nothing else, so that an input that breaks a fresh house breaks it again.
 */
#ifndef MANYI_TESTS_FUZZ_HOUSE_H
#define MANYI_TESTS_FUZZ_HOUSE_H

#include "brokers/feed.h"
#include "brokers/intake.h"
#include "brokers/outlet.h"
#include "tests/fuzz/judge.h"
#include "workers/verify.h"
#include "workers/worker.h"

#define HOUSE_DIR "/house"
#define HOUSE_MONDAY_MS 1795392000000ll /* 2026-11-23T00:00:00Z */

enum door {
    DOOR_INTAKE,
    DOOR_FEED,
    DOOR_FEED_INNER,
    DOOR_QUERY,
    DOOR_REPLAY,
    PUBLIC_DOORS, /* and the feed's inner one */
    DOOR_QUERY_TRUSTED = PUBLIC_DOORS,
    DOOR_REPLAY_TRUSTED,
    DOORS,
};

struct house {
    struct setup setup;
    struct journal *journal;
    struct intake *intake;
    struct feed *feed;
    struct worker *worker;
    struct outlet *outlet;
    struct port *peers[DOORS]; /* DEALERs */
    struct port *listener;     /* SUB at the outlet */
    struct parcel parcel;
};

/* Everything new, on an empty disk, and what happened this morning told. */
void house_open(struct house *house);
void house_close(struct house *house);

/* Turns of all until nothing moves; that it ends is ensured. */
void house_turn(struct house *house);
void house_pass(struct house *house, int64_t ms);

/* A map as JSON, as MessagePack. */
struct span house_encode(const char *json, uint8_t *buffer, size_t size);

/* One request. */
void house_send(struct house *house, enum door door, const char *verb, struct span body);
/* The next reply: its verb and body live until the next call. false: none. */
bool house_receive(struct house *house, enum door door, struct span *ret_verb, struct span *ret_body);
/* A reply by whatever verb is what PROTOCOL.md says; returns its rid, empty when it has none. */
struct span house_judge_reply(enum door door, struct span verb, struct span body);

/* Nothing that must be true of the worker's state is violated, it has come to the journal's head, and a state that is folded
 * anew from the journal equals it, row by row. */
void house_verify(struct house *house);

#endif
