/*
 * window.h - the events that a publisher has taken and has no answer for yet, oldest first.
 *
 * Bytes lie in a ring; an event is never split, so what remains at the ring's end may stay unused:
 *
 *     |  newest ..... write_at |   free   | oldest ........ | unused |
 *
 * Events are numbered from 0 by an index that never repeats. Everything is allocated when it is opened.
 */
#ifndef MANYI_CLIENTS_WINDOW_H
#define MANYI_CLIENTS_WINDOW_H

#include "core/span.h"

struct window_event {
    uint64_t token;
    struct span bytes;
};

struct window {
    uint8_t *bytes;
    size_t capacity;
    size_t write_at;
    struct window_event *events; /* a ring, too: index modulo events_max */
    uint64_t events_max;
    uint64_t first; /* index of the oldest */
    uint64_t end;   /* index that the next one gets */
};

int window_open(struct window *window, size_t capacity, uint64_t events_max); /* -E_NO_MEMORY */
void window_close(struct window *window);

/* Copies the event. -E_AGAIN: no room now. -E_TOO_LARGE: never. */
int window_add(struct window *window, struct span event, uint64_t token);

/* The bytes live until the event is released. */
const struct window_event *window_at(const struct window *window, uint64_t index);

/* Lets go of the oldest. */
void window_release(struct window *window);

#endif
