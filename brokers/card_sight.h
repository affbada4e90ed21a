/*
 * card_sight.h - who may see a card: where it is and whose, read from its packed bytes without decoding the rest.
 */
#ifndef MANYI_BROKERS_CARD_SIGHT_H
#define MANYI_BROKERS_CARD_SIGHT_H

#include "core/access.h"
#include "schemas/codec.h"

/* What seeing it asks for; the spans lie in the card. What the card does not say is empty: nowhere, nobody. */
struct access_ask card_ask(enum card_channel channel, struct span card);

/* A complaint that has gone from one store or department to another: who saw it there may see it no longer, and must learn that. */
bool card_has_moved(struct span card);

/* {id, gone: true} for such a one. */
struct span card_farewell(struct span card, uint8_t buffer[NAME_MAX_BYTES + 32]);

#endif
