/*
 * card_sight.h - who may see a card: where it is and whose, read from its packed bytes without decoding the rest.
 */
#ifndef MANYI_BROKERS_CARD_SIGHT_H
#define MANYI_BROKERS_CARD_SIGHT_H

#include "core/access.h"
#include "core/limits.h"
#include "schemas/codec.h"

#define CARD_FAREWELL_MAX (CASE_ID_MAX + 32u)

/* What seeing it asks for; the spans lie in the card. What the card does not say is empty: nowhere, nobody. */
struct access_ask card_ask(enum card_channel channel, struct span card);

/* May they see it? 0, or why not. */
int card_decide(const struct access *access, const struct principal *principal, enum card_channel channel,
                struct span card);

/* A card out of this person's sight that was in it once: a complaint that was transferred, a case that was assigned to
 * them and then to another. Who saw it must learn that they see it no longer. */
bool card_has_left(enum card_channel channel, struct span card, struct span person);

/* {id, gone: true} for such a one. */
struct span card_farewell(struct span card, uint8_t buffer[CARD_FAREWELL_MAX]);

#endif
