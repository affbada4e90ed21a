/*
 * cast.h - who lives in the world besides the server: publishers, people, subscribers, and peers who send nonsense.
 *
 * They use the client library (clients/c) over the world's bus and clock, or speak frame by frame. They never die: a member
 * whose publisher is fenced opens another one and publishes again what was not acknowledged.
 *
 *     publishers   two with sessions; two that share a source without a session; one that sends everything twice
 *     people       follow the cards and decide about them: acknowledge, plan, resolve, verify, appeal to the wrong one, too
 *     subscribers  three, one of whom stalls; each keeps the cards that it believes in
 *     clerk        asks the query port for lists, figures, and what became of decisions
 *     nonsense     malformed frames and events, wrong sequences, forged consequences and sources
 */
#ifndef MANYI_TESTS_SIM_CAST_H
#define MANYI_TESTS_SIM_CAST_H

#include "tests/sim/world.h"

struct cast;

int cast_open(struct world *world, struct cast **ret_cast);
void cast_close(struct cast *cast);

/* One turn of member number i, in the order that the world draws; false: nothing to do before *ret_wait_ms have passed. */
uint32_t cast_members(const struct cast *cast);
uint32_t cast_owner(const struct cast *cast, uint32_t i); /* of its ports, from CAST_OWNER on */
const char *cast_name(const struct cast *cast, uint32_t i);
bool cast_turn(struct cast *cast, uint32_t i, struct clock_reading now, int64_t *ret_wait_ms);
/* Whether it has something to receive that it would take now: who stalls, or waits for a REPLAY first, lets the rest lie. */
bool cast_has_mail(const struct cast *cast, uint32_t i);

/* The journal became another one (restore): what was acknowledged above `head` of it is no longer promised, and is published
 * again by whoever has it. */
void cast_restored(struct cast *cast, uint64_t head);

/* Phase two: nobody begins anything new; what is under way is brought to its end. */
void cast_heal(struct cast *cast);
/* Everything that was published has its answer. */
bool cast_is_done(const struct cast *cast);

/* What they know, for the checks. An acknowledged event, as its publisher heard it. */
struct acked {
    const char *source;
    const char *id;
    struct span event; /* the bytes that were published */
    uint64_t seq;      /* 0: acknowledged as a duplicate without saying of what */
};
/* Visits all that were acknowledged and are still promised; a non-zero return of visit ends it and is returned. */
int cast_acked(const struct cast *cast, int (*visit)(void *context, const struct acked *acked), void *context);

/* An event of this source may be in the journal again once the identity window has forgotten it: it is published without a session,
 * or by a publisher that was opened anew and knows no sequences of the one before. */
bool cast_may_repeat(const struct cast *cast, struct span source);

/* A card that a subscriber believes in. */
struct believed {
    const char *channel;
    struct span subject; /* the card's id, or key */
    uint64_t n;
    struct span card; /* MessagePack */
};
uint32_t cast_subscribers(const struct cast *cast);
bool cast_follows(const struct cast *cast, uint32_t subscriber, const char *channel);
int cast_believed(const struct cast *cast, uint32_t subscriber,
                  int (*visit)(void *context, const struct believed *believed), void *context);

#endif
