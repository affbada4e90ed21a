/*
 * asker.h - an asker from the inside: begin, then poll until there is an answer. manyi_ask does both and waits between.
 */
#ifndef MANYI_CLIENTS_ASKER_H
#define MANYI_CLIENTS_ASKER_H

#include "clients/c/client.h"

struct manyi_asker {
    struct manyi *manyi;
    struct port *port;
    struct parcel parcel;
    uint64_t rid;
    uint8_t *body; /* PUT_BYTES_MAX; the request with its rid */
    size_t body_len;
    char verb[REPLY_VERB_MAX];
    int64_t end_ms;
    int64_t resend_ms; /* when it is sent again */
    int64_t patience_ms;
    char reply_verb[REPLY_VERB_MAX];
    char message[PROBLEMS_TEXT_MAX + 1];
};

/* Sends the request, or keeps it for the next poll when nobody is connected yet. */
int asker_begin(struct manyi_asker *asker, const char *verb, struct span body, int64_t now_ms, int64_t timeout_ms);

/* -E_AGAIN: not yet. -E_UNREACHABLE: no answer in time. Otherwise as manyi_ask. */
int asker_poll(struct manyi_asker *asker, int64_t now_ms, struct span *ret_body);

#endif
