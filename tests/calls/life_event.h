/*
 * life_event.h - what is published in the short life of a house: ratings, complaints, decisions, a rulebook, nonsense.
 */
#ifndef MANYI_TESTS_CALLS_LIFE_EVENT_H
#define MANYI_TESTS_CALLS_LIFE_EVENT_H

#include "core/span.h"
#include "tests/calls/account.h"

#define LIFE_SOURCE "/stores/sh-pudong/service/desk"

void life_events_prepare(void);
/* Event number 0 to LIFE_EVENTS - 1; decisions are about what was told of earlier ones. Lives until the next one. */
struct span life_event(uint32_t number, const struct told *told);

#endif
