/*
 * outlet_replay.h - the outlet's REPLAY ports: the present cards of a channel, page by page, at once or when there is a newer
 * one; and PING.
 *
 * Pages are read from the last commit. The outlet commits what it published before it serves requests in a turn, so a
 * page never lacks a card that was published before it was asked for. (Rejected: reading inside the open write
 * transaction; it would tie the answers to a commit that can still fail.)
 *
 * Whoever asks is given the cards that they may see (core/access.h), with the n that everybody sees; `upto` moves on over
 * the others. A case that left their sight, by a transfer or by being assigned to another, comes as its tombstone, {id, gone}.
 *
 * A REPLAY with wait_ms is parked while the channel has nothing newer for it; a restart forgets it, and it is asked again.
 */
#ifndef MANYI_BROKERS_OUTLET_REPLAY_H
#define MANYI_BROKERS_OUTLET_REPLAY_H

#include "brokers/outlet_store.h"
#include "io/audit.h"

#define REPLAY_BYTES_MAX (1u * MIB) /* cards of a page; one larger card goes alone */
#define REPLAY_SCAN_MAX 4096u       /* cards of a page that leaves them out */
#define REPLAY_TURN_MAX 64u         /* requests of one turn and port */
#define REPLAY_WAIT_MAX_MS 60000
#define REPLAY_PARKED_MAX 8192u
#define REPLAY_PARKED_EACH 256u /* of one principal */
#define PARKED_TRUSTED 64u      /* places that nobody outside can take from the notifier and the gateway */

/* A REPLAY, as it may be parked. */
struct replay_asked {
    struct port *port; /* NULL: the place is free */
    uint8_t route[ROUTE_MAX];
    uint8_t rid[RID_MAX];
    size_t route_len, rid_len;
    enum card_channel channel;
    uint64_t after, max;
    uint32_t principal; /* 0: local */
    int64_t until_ms;   /* monotonic */
};

struct replay {
    const struct setup *setup;
    struct port *port;
    struct port *trusted; /* NULL: there is none */
    struct parcel parcel;
    struct request_counts counts;
    struct guard guard;
    struct audit *audit;
    int64_t now_ms;   /* monotonic, of this turn */
    int64_t began_ms; /* wall, of the first turn: another one tells that nobody is parked any more */
    uint32_t parked_count;
    struct replay_asked parked[REPLAY_PARKED_MAX];
    uint64_t served[CHANNEL_count];                             /* those parked have seen everything up to here */
    uint8_t cards[REPLAY_BYTES_MAX + SYSTEM_EVENT_MAX + 1024u]; /* scratch: a page's array */
    uint8_t body[REPLAY_BYTES_MAX + SYSTEM_EVENT_MAX + 2048u];  /* scratch: its reply */
};

/* What the replies say besides cards. */
struct replay_facts {
    struct span generation; /* empty: not known yet, and REPLAY is refused with -E_AGAIN */
    uint32_t subscribed;    /* channels that somebody listens to */
};

/* Opens its ports; `replay` is zeroed. Errors: those of port_open, guard_open. */
int replay_open(const struct setup *setup, struct replay *replay);
void replay_close(struct replay *replay); /* of a zeroed one, too */

/* Answers what was asked since the last turn, and who waited for what is there now. *ret_wait_ms: until it wants the next turn, at
 * most what it was. Errors: those of the store. */
int replay_turn(struct replay *replay, const struct cards *cards, const struct replay_facts *facts,
                struct clock_reading now, int64_t *ret_wait_ms);

/* ---- outlet_page.c: one answer ---- */

/* Sends the page. -E_AGAIN: there is nothing yet, and `asked` has moved on over what does not concern it; with `last`
 * an empty page is sent instead. Errors: those of the store. */
int replay_page_answer(struct replay *replay, struct replay_asked *asked, const struct cards *cards,
                       const struct replay_facts *facts, bool last);

void replay_page_empty(struct replay *replay, const struct replay_asked *asked, struct span generation);

static inline struct span replay_route(const struct replay_asked *asked)
{
    return span_make(asked->route, asked->route_len);
}
static inline struct span replay_rid(const struct replay_asked *asked)
{
    return span_make(asked->rid, asked->rid_len);
}

#endif
