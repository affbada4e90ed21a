/*
 * caller.h - who asks: the principal of a request, by the key of its connection or, on a trusted endpoint, by `as`.
 *
 *   public endpoint    request.principal; `as` is refused: nobody outside says for whom they ask
 *   trusted endpoint   `as`; without it our own role asks, which is local
 */
#ifndef MANYI_IO_CALLER_H
#define MANYI_IO_CALLER_H

#include "io/guard.h"
#include "io/request.h"

struct caller {
    uint32_t number;                   /* 0: local */
    const struct principal *principal; /* NULL: local. Lives until the next guard_turn */
    struct span name;                  /* likewise */
    bool trusted;                      /* asked for by the gateway */
    struct span peer;                  /* network address, of one whom nobody knows; else empty */
    const char *detail;                /* of a refusal, beyond its status; NULL: none */
};

/* What a request's `as` says; `has` false: nothing. */
struct caller_as {
    bool has;
    uint32_t number;
};

#define CALLER_AS(asked, record)                                                                    \
    (struct caller_as)                                                                              \
    {                                                                                               \
        .has = HAS(asked, record, as), .number = HAS(asked, record, as) ? (uint32_t)(asked)->as : 0 \
    }

/* trusted: it came over a trusted or an inner endpoint. On failure ret_caller still has number and detail:
 * -E_BAD_REQUEST, -E_UNKNOWN_PRINCIPAL, -E_REVOKED. */
int caller_of(const struct guard *guard, const struct setup *setup, const struct request *request, bool trusted,
              struct caller_as as, struct caller *ret_caller);

/* access_decide of the caller. */
static inline int caller_may(const struct guard *guard, const struct caller *caller, const struct access_ask *ask)
{
    return caller->principal ? access_decide(guard_access(guard), caller->principal, ask) : 0;
}

#endif
