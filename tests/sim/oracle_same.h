/* oracle_same.h - compares a card with the oracle's own case, field by field. Only for oracle*.c. */
#ifndef MANYI_TESTS_SIM_ORACLE_SAME_H
#define MANYI_TESTS_SIM_ORACLE_SAME_H

#include "tests/sim/oracle_inside.h"

#include <inttypes.h>

/* `message` and `what`, the case's id, are in scope. */

#define SAME_NUMBER(name, mine, theirs)                                                                              \
    do {                                                                                                             \
        if ((int64_t)(mine) != (int64_t)(theirs))                                                                    \
            return oracle_differs(message, "%s: " name " should be %" PRId64 ", is %" PRId64, what, (int64_t)(mine), \
                                  (int64_t)(theirs));                                                                \
    } while (0)

#define SAME_TEXT(name, mine, theirs)                                                              \
    do {                                                                                           \
        struct span theirs_ = (theirs);                                                            \
        if (!oracle_is((mine), theirs_))                                                           \
            return oracle_differs(message, "%s: " name " should be '%s', is '%.*s'", what, (mine), \
                                  SPAN_ARGS(theirs_));                                             \
    } while (0)

#define SAME_NAMES(name, mine, there, theirs)                                        \
    do {                                                                             \
        SAME_NUMBER("how many " name, (mine)->count, (there) ? (theirs)->count : 0); \
        for (uint32_t i_ = 0; i_ < (mine)->count; i_++)                              \
            SAME_TEXT(name, (mine)->item[i_], (theirs)->item[i_]);                   \
    } while (0)

/* An optional field's text, time, choice or number: "" , NEVER or -1 when it has none. */
#define TEXT_OF(card, record, field) (HAS(card, record, field) ? (card)->field : (struct span){0})
#define TIME_OF(card, record, field) (HAS(card, record, field) ? (card)->field : ORACLE_NEVER)
#define NUMBER_OF(card, record, field) (HAS(card, record, field) ? (int64_t)(card)->field : -1)
#define TRUE_OF(card, record, field) (HAS(card, record, field) && (card)->field)

/* What a card of a record says of who was told; `telling` is the oracle's own. */
#define SAME_TELLING(record, telling, card)                                                        \
    do {                                                                                           \
        SAME_NUMBER("deliver_from", (telling)->from_ms, TIME_OF(card, record, deliver_from));      \
        SAME_NUMBER("sent_at", (telling)->sent_ms, TIME_OF(card, record, sent_at));                \
        SAME_NUMBER("sent_means", (telling)->means, NUMBER_OF(card, record, sent_means));          \
        SAME_NUMBER("attempts", (telling)->attempts, NUMBER_OF(card, record, attempts));           \
        SAME_NUMBER("failing_since", (telling)->failing_ms, TIME_OF(card, record, failing_since)); \
        SAME_TEXT("failed_reason", (telling)->reason, TEXT_OF(card, record, failed_reason));       \
        SAME_NUMBER("retry_at", (telling)->retry_ms, TIME_OF(card, record, retry_at));             \
        SAME_TEXT("climbed_to", (telling)->climbed_to, TEXT_OF(card, record, climbed_to));         \
        SAME_NUMBER("read_at", (telling)->read_ms, TIME_OF(card, record, read_at));                \
    } while (0)

/* The card of a case, and whether it is among the open ones as it should be. */
bool oracle_case_found(struct store_txn *state, const char *id, bool open, void *ret_card,
                       char message[ORACLE_MESSAGE_MAX]);
/* The one timer of a case: as its row has it, and armed. */
bool oracle_timer_agrees(struct store_txn *state, const char *id, int64_t due_ms, bool has, int64_t timer_at,
                         char message[ORACLE_MESSAGE_MAX]);

#endif
