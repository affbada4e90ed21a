/*
 * sender.h - who sends, by which door, and what they may: intake's questions to the guard, request by request and event by event.
 *
 *   key of the connection ─┐                       request: HELLO's source, PUT's session
 *                          ├─▶ sender: principal ─▶
 *   `as` (trusted) ────────┘                       event: type, source, right, place, `by`
 *
 * Caveats
 *   Whether a decision's own case lies where its sender may decide is the fold's question: intake knows no cases.
 *   A principal lives until the guard's next turn: a sender lives no longer than its request.
 */
#ifndef MANYI_BROKERS_SENDER_H
#define MANYI_BROKERS_SENDER_H

#include "io/guard.h"
#include "schemas/codec.h"

/* Whoever stands at the inner door is Manyi's own worker or feed; at the trusted one its gateway or notifier. */
enum door { DOOR_PUBLIC, DOOR_TRUSTED, DOOR_INNER };

#define OWN_SOURCE_MAX (sizeof "/principals/" + NAME_MAX_BYTES)

struct sender {
    const struct guard *guard;
    enum door door;
    uint32_t number;                   /* what its entries are stamped with; 0: local */
    const struct principal *principal; /* NULL: local */
    char own_source
        [OWN_SOURCE_MAX]; /* what its refused events are counted under when their source is another's; "": local */
    const char *mends; /* the source of a refused event that it has mended, which it may use now; NULL: it mends none */
};

/* By the connection. -E_UNKNOWN_PRINCIPAL, -E_REVOKED. */
int sender_of(const struct guard *guard, enum door door, uint32_t number, struct sender *ret_sender);

/* What `as` makes of it; 0: somebody without a key, who may say no more than at the public door. -E_BAD_REQUEST: not at
 * this door; *ret_detail says so. -E_UNKNOWN_PRINCIPAL, -E_REVOKED. */
int sender_as(struct sender *sender, uint32_t number, const char **ret_detail);

/* May it greet, or go on with the session, of this source? -E_RESERVED_SOURCE, -E_FOREIGN_SOURCE. */
int sender_session(const struct sender *sender, struct span source);

/* Sets the flaw when it may not send this event; one that was found before stays, unless nobody may send such an event at all.
 * Reads of a flawed event what the decoder came to; what it did not come to is empty. */
void sender_check(const struct sender *sender, const struct event *event, struct flaw *flaw);

/* The sentence says the cause and what is allowed. */
__attribute__((format(printf, 4, 5))) void flaw_set(struct flaw *flaw, int status, const char *field,
                                                    const char *format, ...);

#endif
