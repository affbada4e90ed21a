/*
 * answers.h - the replies of a turn, kept until its commit and sent only then.
 *
 * A bounded arena: whoever adds asks answers_room first. Routes are copied, since their parcel is gone by the commit.
 */
#ifndef MANYI_BROKERS_ANSWERS_H
#define MANYI_BROKERS_ANSWERS_H

#include "io/request.h"

struct answer {
    struct port *port;
    const char *verb;
    struct span route;
    struct span body;
};

struct answers {
    uint8_t *arena;
    size_t capacity;
    size_t used;
    struct answer *items;
    uint32_t count;
    uint32_t most;
};

int answers_open(struct answers *answers, size_t capacity, uint32_t most);
void answers_close(struct answers *answers);

/* Is there room for one more answer with a body of up to len bytes? */
bool answers_room(const struct answers *answers, size_t len);

/* Where the body of the next answer may be written in place, up to len bytes. */
uint8_t *answers_body(struct answers *answers, size_t len);

/* Keeps an answer. A body that lies where answers_body said stays where it is, any other is copied. verb is a constant. */
void answers_add(struct answers *answers, struct port *port, struct span route, const char *verb, struct span body);

/* Sends all in the order in which they were added, and forgets them. */
void answers_send(struct answers *answers, struct request_counts *counts);

#endif
