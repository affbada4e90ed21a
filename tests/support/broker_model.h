/*
 * broker_model.h - intake as PROTOCOL.md has it, in the most naive way: arrays, searched from the front to the end.
 *
 * An event is its bytes: whoever sends the same bytes again sends a duplicate. Bytes that begin with "bad" are refused and
 * kept, with "full" refused and handed back. Requests and replies get lost at the rates that a test asks for.
 */
#ifndef MANYI_TESTS_BROKER_MODEL_H
#define MANYI_TESTS_BROKER_MODEL_H

#include "io/bus.h"
#include "schemas/codec.h"

#define MODEL_EVENTS_MAX 32768u
#define MODEL_EVENT_MAX 64u

struct model_event {
    char bytes[MODEL_EVENT_MAX];
    size_t len;
};

struct broker_model {
    struct bus *bus;
    const char *endpoint;
    struct port *port;
    struct parcel parcel;

    struct model_event *events; /* accepted; seq is the index + 1 */
    uint32_t count;
    uint32_t refused;
    struct model_event *hash[MODEL_EVENTS_MAX * 2]; /* so that 10,000 events do not take a minute */

    char lineage[16];
    char source[128]; /* of the only session */
    uint64_t epoch;
    uint64_t last;
    int64_t credit;

    uint64_t seed;
    uint32_t lose_request_percent;
    uint32_t lose_reply_percent;
    uint32_t lose_next_requests; /* the next so many are lost */
    uint32_t lose_next_replies;
    int refuse_next_with; /* a status for the NAK that the next request gets; 0: none */
    int64_t retry_ms;     /* what a NAK says of when to send again; 0: nothing */
    bool renumber_late;   /* duplicates at or below `last` are not known by seq any more */

    uint32_t puts, hellos;
    uint32_t put_events_max; /* most events that came in one PUT */
};

void broker_model_open(struct broker_model *model, struct bus *bus, const char *endpoint);
void broker_model_close(struct broker_model *model);

/* Serves everything that has arrived. Returns how many requests. */
uint32_t broker_model_turn(struct broker_model *model);

/* How often an event with these bytes is in the journal. */
uint32_t broker_model_has(const struct broker_model *model, const char *text);

#endif
