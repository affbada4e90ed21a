/* oracle_callback_compare.c - the worker's callbacks beside the oracle's. */
#include "tests/sim/oracle_callback.h"
#include "tests/sim/oracle_same.h"

bool oracle_callback_agrees(struct oracle *oracle, const struct oracle_callback *mine, const struct callback *card,
                            char message[ORACLE_MESSAGE_MAX])
{
    const char *what = mine->id;
    (void)oracle;
    SAME_TEXT("id", mine->id, card->id);
    SAME_NUMBER("seq", mine->seq, card->seq);
    SAME_NUMBER("kind", mine->kind, card->kind);
    SAME_NUMBER("why", mine->why, card->why);
    SAME_TEXT("store", mine->store, card->store);
    SAME_TEXT("department", mine->department, card->department);
    SAME_TEXT("customer", mine->customer, TEXT_OF(card, callback, customer));
    SAME_TEXT("visit", mine->visit, TEXT_OF(card, callback, visit));
    SAME_TEXT("vehicle", mine->vehicle, TEXT_OF(card, callback, vehicle));
    SAME_NUMBER("status", mine->status, card->status);
    SAME_NUMBER("skipped_because", mine->skipped_because, NUMBER_OF(card, callback, skipped_because));
    SAME_TEXT("agent", mine->agent, TEXT_OF(card, callback, agent));
    SAME_NUMBER("claimed_until", mine->claimed_until, TIME_OF(card, callback, claimed_until));
    SAME_NUMBER("due_at", mine->due_ms, card->due_at);
    SAME_NUMBER("overdue", mine->overdue, card->overdue);
    SAME_NUMBER("tries", mine->tries, card->tries);
    SAME_NUMBER("next_try_at", mine->next_try_ms, TIME_OF(card, callback, next_try_at));
    SAME_NUMBER("window_ends_at", mine->window_ms, TIME_OF(card, callback, window_ends_at));
    SAME_NUMBER("message_until", mine->message_until, TIME_OF(card, callback, message_until));
    SAME_NUMBER("closed_at", mine->closed_ms, TIME_OF(card, callback, closed_at));
    SAME_NUMBER("gone", mine->gone, TRUE_OF(card, callback, gone));
    SAME_TELLING(callback, &mine->telling, card);
    SAME_TEXT("notify_to", mine->notify_to, TEXT_OF(card, callback, notify_to));
    SAME_TEXT("sent_to", mine->telling.sent_ms == ORACLE_NEVER ? "" : mine->notify_to,
              TEXT_OF(card, callback, sent_to));
    SAME_NUMBER("changed_seq", mine->changed_seq, card->changed_seq);
    return true;
}

bool oracle_callbacks_agree(struct oracle *oracle, struct store_txn *state, bool all, char message[ORACLE_MESSAGE_MAX])
{
    for (uint32_t i = 0; i < oracle->callbacks_count; i++) {
        struct oracle_callback *mine = &oracle->callbacks[i];
        struct callback card;
        if (mine->forgotten || (!all && !mine->changed))
            continue;
        int64_t due_ms = oracle_callback_next(mine);
        if (!oracle_case_found(state, mine->id, oracle_callback_is_open(mine), &card, message) ||
            !oracle_callback_agrees(oracle, mine, &card, message) ||
            !oracle_timer_agrees(state, mine->id, due_ms, HAS(&card, callback, timer_at), card.timer_at, message))
            return false;
        mine->changed = false;
    }
    return true;
}
