/*
 * liar.h - a broker that answers what the fuzzer wants: the other end of the client library and of the followers.
 *
 * It keeps the newest request, so that an answer can carry its rid: an answer to nothing that was asked is thrown away by all.
 */
#ifndef MANYI_TESTS_FUZZ_LIAR_H
#define MANYI_TESTS_FUZZ_LIAR_H

#include "clients/c/client.h"
#include "tests/fuzz/judge.h"

#define LIAR_ENDPOINT "inproc://liar"
#define LIAR_LIVE "inproc://liar-live"
#define LIAR_BODY_MAX (96u * 1024u)

struct liar {
    struct manyi manyi; /* bus and clock, for the client, too */
    struct port *port;  /* ROUTER */
    struct port *live;  /* XPUB */
    struct parcel parcel;
    uint8_t route[256];
    size_t route_len; /* 0: nobody has asked yet */
    char verb[16];    /* of the newest request */
    uint8_t rid[64];
    size_t rid_len;
    uint8_t body[LIAR_BODY_MAX]; /* of the answer */
    size_t body_len;
    char reply_verb[16];
};

void liar_open(struct liar *liar);
void liar_close(struct liar *liar);

/* Hears what has been asked, and answers each request so; NULL: none. */
void liar_listen(struct liar *liar, void (*answer)(struct liar *liar));

/* Answers the newest request. honest_rid: a map without a rid gets that of the request. */
void liar_answer(struct liar *liar, const char *verb, struct span body, bool honest_rid);
/* The last answer once more. */
void liar_repeat(struct liar *liar);
/* To whoever is subscribed. */
void liar_publish(struct liar *liar, struct span channel, struct span body);

#endif
