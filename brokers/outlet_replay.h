/*
 * outlet_replay.h - the outlet's REPLAY port: the present cards of a channel, page by page, and PING.
 *
 * Pages are read from the last commit. The outlet commits what it published before it serves requests in a turn, so a
 * page never lacks a card that was published before it was asked for. (Rejected: reading inside the open write
 * transaction; it would tie the answers to a commit that can still fail.)
 */
#ifndef MANYI_BROKERS_OUTLET_REPLAY_H
#define MANYI_BROKERS_OUTLET_REPLAY_H

#include "brokers/outlet_store.h"
#include "io/request.h"

#define REPLAY_BYTES_MAX (1u * MIB) /* cards of a page; one larger card goes alone */
#define REPLAY_SCAN_MAX 4096u       /* tombstones of a page that leaves them out */
#define REPLAY_TURN_MAX 64u         /* requests of one turn */

struct replay {
    struct port *port;
    struct parcel parcel;
    struct request_counts counts;
    uint8_t cards[REPLAY_BYTES_MAX + SYSTEM_EVENT_MAX + 1024u]; /* scratch: a page's array */
    uint8_t body[REPLAY_BYTES_MAX + SYSTEM_EVENT_MAX + 2048u];  /* scratch: its reply */
};

/* What the replies say besides cards. */
struct replay_facts {
    struct span generation; /* empty: not known yet, and REPLAY is refused with -E_AGAIN */
    uint32_t subscribed;    /* channels that somebody listens to */
};

/* Answers what was asked since the last turn. Errors: those of the store. */
int replay_turn(struct replay *replay, const struct cards *cards, const struct replay_facts *facts);

#endif
