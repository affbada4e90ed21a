/*
 * rates.h - how much each principal may publish: a bucket of events that fills by its rate, and holds what one second brings.
 *
 *   PUT of n events ──▶ bucket has n, or is full ──▶ taken: n less, maybe below nothing: the next PUT waits the longer
 *                       └─ else: NAK E1808 with the time until it has
 *
 * Sessions are for ever and there is room for SESSIONS_MAX in all: one that may publish as many sources doesn't take everybody's.
 * In memory only: after a start everybody begins with a full bucket.
 */
#ifndef MANYI_BROKERS_RATES_H
#define MANYI_BROKERS_RATES_H

#include "core/access.h"

#define PRINCIPAL_SESSIONS_MAX 10000u

struct rates;

int rates_open(struct rates **ret_rates); /* -E_NO_MEMORY */
void rates_close(struct rates *rates);    /* NULL is allowed */

/* The access file has changed: who is still there keeps the bucket. */
void rates_follow(struct rates *rates, const struct access *access);

/* 0: taken. -E_SLOW_DOWN: *ret_retry_ms is when there is enough, at least 1. principal NULL, or without a rate: always 0. */
int rates_take(struct rates *rates, const struct access *access, const struct principal *principal, uint32_t events,
               int64_t monotonic_ms, int64_t *ret_retry_ms);

/* A source that has no session yet is greeted. -E_TOO_MANY_SESSIONS: this principal has begun PRINCIPAL_SESSIONS_MAX
 * since the start. principal NULL: always 0. */
int rates_begin_session(struct rates *rates, const struct access *access, const struct principal *principal);

#endif
