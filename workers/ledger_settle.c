/*
 * ledger_settle.c - payroll has settled a period: each confirmed entry of it is settled, however many there are; but no reward
 * that a veto takes.
 *
 * A step settles SETTLE_MAX of them; the next one in the order of the period is armed for the very same time, and goes on
 * from itself when its timer fires, in a step of its own.
 */
#include "core/status.h"
#include "workers/cases.h"
#include "workers/ledger_case.h"
#include "workers/step.h"

#define SETTLE_MAX 128u

/* Confirmed, and no reward that a veto takes, which may have come since: that waits for people, who reverse one or the other. */
static int is_payable(struct fold *fold, const struct ledger_entry *card, bool *ret_payable)
{
    char text[CASE_ID_MAX];
    struct span veto = {0};
    int result = 0;
    if (card->status == ledger_status_is_confirmed && !HAS(card, ledger_entry, adjusted_by))
        result = ledger_entry_vetoed(fold, card, text, &veto);
    *ret_payable = card->status == ledger_status_is_confirmed && veto.len == 0;
    return result;
}

/* The next entry of the period that is to be paid, from a key of its order on. -E_NOT_FOUND */
static int confirmed_next(struct fold *fold, const struct ledger_key *prefix, struct span from,
                          struct case_key *ret_key)
{
    struct store_cursor *cursor;
    struct span key, none, row;
    int result = store_cursor_open(fold->txn, STATE_LEDGER, &cursor);
    if (result < 0)
        return result;
    result = store_seek(cursor, from, &key, &none);
    for (;; result = store_next(cursor, &key, &none)) {
        struct ledger_entry card;
        if (result == 0 && (key.len < prefix->len || memcmp(key.at, prefix->bytes, prefix->len) != 0))
            result = -E_NOT_FOUND;
        if (result < 0)
            break;
        result = ledger_key_case(key, ret_key);
        if (result == 0)
            result = store_get(fold->txn, STATE_CASES, case_key_span(ret_key), &row);
        if (result == 0)
            result = case_read(ret_key, row, &card);
        if (result == -E_NOT_FOUND)
            result = -E_CORRUPT;
        bool payable = false;
        if (result == 0)
            result = is_payable(fold, &card, &payable);
        if (result < 0 || payable)
            break;
    }
    store_cursor_close(cursor);
    return result;
}

/* The place of a case in the order of its period. */
static struct ledger_key order_at(const struct ledger_key *prefix, const struct case_key *key)
{
    struct ledger_key at = *prefix;
    memcpy(at.bytes + at.len, key->bytes, key->len);
    at.len += key->len;
    return at;
}

/* Settles from a place in the order on; what is left goes on by a timer. */
static int settle_from(struct fold *fold, struct span period, struct span by, struct ledger_key from,
                       uint32_t *ret_count)
{
    const struct ledger_key prefix = ledger_period_prefix(period);
    struct case_key key;
    uint32_t count = 0;
    int result = confirmed_next(fold, &prefix, ledger_key_span(&from), &key);
    for (; result == 0; count++) {
        struct ledger_case held;
        result = ledger_load(fold, &key, &held);
        if (result == 0 && count == SETTLE_MAX) {
            SET(&held.card, ledger_entry, settle_by, by);
            SET(&held.card, ledger_entry, settle_at, fold->step.cause.at_ms);
            result = ledger_keep(fold, &held);
            break;
        }
        if (result == 0) {
            ledger_settle(&held.card, by, fold->step.cause);
            result = ledger_keep(fold, &held);
        }
        from = order_at(&prefix, &key);
        if (result == 0)
            result = confirmed_next(fold, &prefix, ledger_key_span(&from), &key);
    }
    *ret_count = count;
    return result == -E_NOT_FOUND ? 0 : result;
}

int ledger_settle_period(struct fold *fold, const struct event *event)
{
    const struct ledger_settled *settled = &event->data.ledger_settled;
    uint32_t count = 0;
    if (HAS(settled, ledger_settled, amount_fen)) {
        fold_refuse(fold, OUTCOME_REJECTED, -E_BAD_DECISION,
                    "an amount is settled of one entry: name it as the subject");
        return 0;
    }
    int result = settle_from(fold, settled->period, settled->by, ledger_period_prefix(settled->period), &count);
    if (result < 0)
        return result;
    if (count == 0)
        fold_refuse(fold, OUTCOME_REJECTED, -E_BAD_DECISION,
                    "no confirmed entry of %.*s waits to be settled, but for rewards that a veto takes",
                    SPAN_ARGS(settled->period));
    else
        fold_accept(fold);
    return 0;
}

/* Its timer: it is this entry's turn, and that of those behind it. It may have been frozen since. */
int ledger_settle_on(struct fold *fold, struct ledger_case *held)
{
    struct span by = held->card.settle_by, period = held->card.period;
    uint32_t count;
    const struct ledger_key prefix = ledger_period_prefix(period);
    UNSET(&held->card, ledger_entry, settle_by);
    UNSET(&held->card, ledger_entry, settle_at);
    int result = ledger_keep(fold, held);
    return result < 0 ? result : settle_from(fold, period, by, order_at(&prefix, &held->key), &count);
}
