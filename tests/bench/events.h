/*
 * events.h - what every benchmark sends: the same events in the same order, to everybody.
 *
 * Ratings of 12 stores with 5 people each; each 50th is a low one; each 1,000th event is a complaint instead. All of them
 * are EVENT_MIX_BYTES long and have an id of their own, made of a number that goes up. They are encoded once, at the
 * start; afterwards only an id's digits are written, so that making them costs the load program next to nothing.
 */
#ifndef MANYI_TESTS_BENCH_EVENTS_H
#define MANYI_TESTS_BENCH_EVENTS_H

#include "core/span.h"

#define EVENT_MIX_BYTES 229u
#define EVENT_MIX_STORES 12u
#define EVENT_MIX_STAFF 5u
#define EVENT_MIX_LOW_EVERY 50u
#define EVENT_MIX_COMPLAINT_EVERY 1000u

struct event_template {
    uint8_t bytes[EVENT_MIX_BYTES];
    size_t digits_at; /* of the id */
};

struct event_mix {
    uint64_t next;
    struct event_template rating[EVENT_MIX_STORES * EVENT_MIX_STAFF], low[EVENT_MIX_STORES],
        complaint[EVENT_MIX_STORES];
};

/* first: the number of the first event's id; who publishes twice to one server goes on where he was. time_ms: of all events. */
void event_mix_init(struct event_mix *mix, uint64_t first, int64_t time_ms);

/* The next event's bytes, lent until the same template's next turn: copy or send them first. */
struct span event_mix_next(struct event_mix *mix);

/* A complaint out of turn, numbered like the others. */
struct span event_mix_complaint(struct event_mix *mix);

#endif
