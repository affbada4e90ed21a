/*
 * case_key.h - the one place that knows how a case's id becomes a key of the state, and back.
 *
 *   C-41                 'C' 0000000000000029
 *   T-57                 'T' 0000000000000039
 *   E-41-response-100    'E' 0000000000000029 "response-100"
 *   A-80                 'A' 0000000000000050
 *   L-41-wang.li         'L' 0000000000000029 "wang.li"
 *   B-60-day3            'B' 000000000000003c "day3"
 *   T-band-sh.service-2026-11   'T' 0000000000000000 "band-sh.service-2026-11": what time brought has no fact, and begins with a letter
 *
 * Keys of one letter are in the order of the facts' seq, and all escalations of a complaint lie side by side.
 * A timer's key is its due time (big-endian) and the case's key: the order in which timers fire.
 * An escalation's place in the list is its raised_at and its key, behind 'a'; while it is open behind 'o', too:
 *
 *   'o' raised_at case key      the open ones
 *   'a' raised_at case key      all
 */
#ifndef MANYI_WORKERS_CASE_KEY_H
#define MANYI_WORKERS_CASE_KEY_H

#include "core/limits.h"
#include "core/span.h"

#define CASE_KEY_FIXED 9u /* letter and seq */
#define CASE_KEY_MAX (CASE_KEY_FIXED + NAME_MAX_BYTES)
#define TIMER_KEY_MAX (8u + CASE_KEY_MAX)
#define ORDER_KEY_MAX (1u + TIMER_KEY_MAX)

struct case_key {
    uint8_t bytes[CASE_KEY_MAX];
    uint8_t len; /* 0: no case */
};

/* -E_UNKNOWN_CASE when no case can have this id. */
int case_key_of_id(struct span id, struct case_key *ret_key);
/* The complaint or task of a fact. */
struct case_key case_key_of_seq(char letter, uint64_t seq);
/* A case that time brought, by what follows "T-": at most NAME_MAX_BYTES - 2, no digit first. */
struct case_key case_key_of_time(char letter, struct span name);
/* As found in a table. -E_CORRUPT: no case has such a key. */
int case_key_of_bytes(struct span bytes, struct case_key *ret_key);
/* "C-41" into text, which the result lends. */
struct span case_id(const struct case_key *key, char text[CASE_ID_MAX]);

static inline struct span case_key_span(const struct case_key *key)
{
    return span_make(key->bytes, key->len);
}
static inline char case_letter(const struct case_key *key)
{
    return (char)key->bytes[0];
}
uint64_t case_seq(const struct case_key *key);
bool case_key_equal(const struct case_key *a, const struct case_key *b);

struct span timer_key(int64_t due_ms, const struct case_key *key, uint8_t buffer[TIMER_KEY_MAX]);
/* -E_CORRUPT: it is none. */
int timer_key_read(struct span bytes, int64_t *ret_due_ms, struct case_key *ret_key);

#define ORDER_ALL 'a'
#define ORDER_OPEN 'o'

struct span order_key(char order, int64_t raised_ms, const struct case_key *key, uint8_t buffer[ORDER_KEY_MAX]);
/* The case of an order_key. -E_CORRUPT: it is none. */
int order_key_case(struct span bytes, struct case_key *ret_key);

#endif
