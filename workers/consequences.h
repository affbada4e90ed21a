/*
 * consequences.h - what a turn concludes, encoded as events, grouped by cause in the order of causes.
 *
 * An event's id is "<seq>-<step>-<k>" of its cause: a refold that concludes the same says it in the same words.
 * All events of a cause travel in one PUT; STEP_BYTES_MAX keeps them small enough.
 */
#ifndef MANYI_WORKERS_CONSEQUENCES_H
#define MANYI_WORKERS_CONSEQUENCES_H

#include "schemas/codec.h"

#define WORKER_SOURCE "/manyi/worker"
#define CONSEQUENCES_BYTES (2u * MIB) /* a turn ends when it has said this much */
#define CONSEQUENCES_CAUSES 4096u     /* or this often */

struct spoken_cause {
    uint64_t seq;
    uint32_t step;
    uint32_t count; /* events */
    size_t offset;  /* of their bytes */
    size_t len;
};

struct consequences {
    uint8_t *bytes; /* each event as a MessagePack bin, one after the other */
    size_t len;
    size_t capacity;
    struct spoken_cause *cause;
    uint32_t cause_count;
};

/* One thing to say. */
struct consequence {
    uint64_t cause_seq;
    uint32_t cause_step;
    int64_t at_ms; /* journal time of the cause */
    enum event_type type;
    struct span subject; /* the card's id */
    uint64_t fact_seq;   /* correlation: the fact that the case was born of */
    const void *card;    /* the struct of the type's record */
};

int consequences_open(struct consequences *ret_consequences); /* -E_NO_MEMORY */
void consequences_close(struct consequences *consequences);
void consequences_clear(struct consequences *consequences);
void consequences_add(struct consequences *consequences, const struct consequence *consequence);
/* Time to speak, before the next step begins. */
bool consequences_full(const struct consequences *consequences);

#endif
