/*
 * gateway_case.h - what the files about customers' links share: the link, the case, how it stands for the customer.
 *
 * Included by gateway_customer*.c and gateway_case_link.c only.
 */
#ifndef MANYI_BROKERS_GATEWAY_CASE_H
#define MANYI_BROKERS_GATEWAY_CASE_H

#include "brokers/gateway_parts.h"

#define CASE_REOPEN_MS \
    (30 * 86400000ll) /* after it was closed: so long a customer's tap opens it again, as its card is kept */

/* What a customer has said of the newest answer; of an answer that did not do, until there is another one. */
enum case_said { SAID_NOTHING, SAID_SATISFIED, SAID_UNSATISFIED };

struct case_standing {
    int64_t acknowledged_ms, resolved_ms; /* of this round; 0: not yet */
    uint64_t resolved_seq;                /* the entry that has the answer; 0: there is none */
    enum case_said said;
    uint64_t said_seq; /* the entry of that; 0: of nothing */
    bool asked;        /* somebody has asked the customer already, and a verdict is waited for */
    bool late;         /* closed for good */
    bool may_satisfied, may_unsatisfied;
};

struct case_standing case_standing(const struct complaint *card, int64_t now_ms);

/* Asks for a complaint's card, for ourselves. */
void case_card_ask(struct gateway *gateway, struct errand *errand, struct span id, errand_then *then);
/* The card that came; it borrows the reply. Else why there is none. */
int case_card_read(const struct reply *reply, struct complaint *ret_card);

/* The errand for the case of the request's link, whose id is its text; NULL: it was answered. */
struct errand *case_begin(struct gateway *gateway, const struct http_request *request);

/* Puts on record, before it is told, that somebody was told of the errand's case. */
struct case_read {
    struct span who;
    const char *what, *why; /* why: NULL for none */
};
void case_record(struct gateway *gateway, struct errand *errand, const struct case_read *read, errand_then *then);

/* All links of a case have this nonce: what is said by one is said by all. */
void case_nonce(const struct gateway *gateway, struct span id, uint8_t ret_nonce[LINK_NONCE_BYTES]);

#endif
