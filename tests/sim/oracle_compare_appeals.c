/* oracle_compare_appeals.c - appeals, and months that close, beside the oracle's. */
#include "tests/sim/oracle_appeal.h"
#include "tests/sim/oracle_same.h"

#include <inttypes.h>
#include <stdio.h>

bool oracle_appeal_agrees(const struct oracle_appeal *mine, const struct appeal *card, char message[ORACLE_MESSAGE_MAX])
{
    char what[32];
    snprintf(what, sizeof what, "A-%" PRIu64, mine->seq);
    SAME_TEXT("id", what, card->id);
    SAME_NUMBER("seq", mine->seq, card->seq);
    SAME_TEXT("by", mine->by, card->by);
    SAME_NUMBER("rating", mine->rating ? (int64_t)mine->rating : -1, NUMBER_OF(card, appeal, rating));
    SAME_TEXT("entry", mine->entry, TEXT_OF(card, appeal, entry));
    SAME_NUMBER("ground", mine->ground, card->ground);
    SAME_TEXT("store", mine->store, card->store);
    SAME_TEXT("department", mine->department, TEXT_OF(card, appeal, department));
    SAME_NUMBER("status", mine->status, card->status);
    SAME_NUMBER("filed_at", mine->filed_ms, card->filed_at);
    SAME_NUMBER("rule_due_at", mine->rule_due_ms, card->rule_due_at);
    SAME_NUMBER("overdue", mine->overdue, card->overdue);
    SAME_TEXT("ruled_by", mine->ruled_by, TEXT_OF(card, appeal, ruled_by));
    SAME_NUMBER("ruled_at", mine->ruled_ms, TIME_OF(card, appeal, ruled_at));
    SAME_NUMBER("review_due_at", mine->review_due_ms, TIME_OF(card, appeal, review_due_at));
    SAME_TEXT("reviewed_by", mine->reviewed_by, TEXT_OF(card, appeal, reviewed_by));
    SAME_TEXT("moved_to", mine->moved_to, TEXT_OF(card, appeal, moved_to));
    SAME_NUMBER("closed_at", mine->closed_ms, TIME_OF(card, appeal, closed_at));
    SAME_NUMBER("gone", mine->gone, TRUE_OF(card, appeal, gone));
    SAME_NUMBER("changed_seq", mine->changed_seq, card->changed_seq);
    return true;
}

bool oracle_month_agrees(const struct oracle_month *mine, const struct period *card, char message[ORACLE_MESSAGE_MAX])
{
    const char *what = mine->id;
    SAME_TEXT("id", mine->id, card->id);
    SAME_NUMBER("status", mine->closed ? period_status_is_closed : period_status_is_open, card->status);
    SAME_NUMBER("closes_at", mine->closes_ms, TIME_OF(card, period, closes_at));
    SAME_NUMBER("closed_at", mine->closed_ms, TIME_OF(card, period, closed_at));
    SAME_NUMBER("changed_seq", mine->changed_seq, card->changed_seq);
    return true;
}

bool oracle_appeals_agree(struct oracle *oracle, struct store_txn *state, char message[ORACLE_MESSAGE_MAX])
{
    for (uint32_t i = 0; i < oracle->appeals_count; i++) {
        const struct oracle_appeal *mine = &oracle->appeals[i];
        struct appeal card;
        char id[32];
        snprintf(id, sizeof id, "A-%" PRIu64, mine->seq);
        if (!oracle_case_found(state, id, oracle_appeal_is_open(mine), &card, message) ||
            !oracle_appeal_agrees(mine, &card, message) ||
            !oracle_timer_agrees(state, id, oracle_appeal_next(mine), HAS(&card, appeal, timer_at), card.timer_at,
                                 message))
            return false;
    }
    for (uint32_t i = 0; i < oracle->months_count; i++) {
        const struct oracle_month *mine = &oracle->months[i];
        struct period card;
        if (!oracle_case_found(state, mine->id, !mine->closed, &card, message) ||
            !oracle_month_agrees(mine, &card, message) ||
            !oracle_timer_agrees(state, mine->id, mine->due_ms, HAS(&card, period, timer_at), card.timer_at, message))
            return false;
    }
    return true;
}
