/*
 * oracle_knows.c - whether a consequence tells something that has happened, and whether all that happened is told.
 *
 * A card is told as its case is at the end of a step. Where steps end is the worker's own business, so that each moment of an
 * entry at which a case changed may be such an end; but the last one of the entry must be. Score cards are looked at
 * for what they are about, and the newest of each for its figures at the end (oracle_card.c).
 */
#include "tests/sim/oracle_appeal.h"
#include "tests/sim/oracle_callback.h"
#include "tests/sim/oracle_improve.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- what was ---- */

void oracle_touch(struct oracle *oracle, char letter, uint32_t index, bool raised)
{
    oracle->anything = true;
    for (uint32_t i = 0; i < oracle->touches_count; i++) {
        struct oracle_past *touch = &oracle->touches[i];
        if (touch->letter == letter && touch->index == index) {
            touch->raised = touch->raised || raised;
            return;
        }
    }
    struct oracle_past *touch = ORACLE_ADD(oracle, touches);
    *touch = (struct oracle_past){.entry = oracle->seq, .letter = letter, .index = index, .raised = raised};
}

/* Where a case lies, and how large it is. */
static const void *case_of(const struct oracle *oracle, const struct oracle_past *past, size_t *ret_size)
{
    switch (past->letter) {
    case 'C':
        *ret_size = sizeof *oracle->complaints;
        return &oracle->complaints[past->index];
    case 'E':
        *ret_size = sizeof *oracle->notices;
        return &oracle->notices[past->index];
    case 'L':
        *ret_size = sizeof *oracle->entries;
        return &oracle->entries[past->index];
    case 'F':
        *ret_size = sizeof *oracle->flags;
        return &oracle->flags[past->index];
    case 'B':
        *ret_size = sizeof *oracle->callbacks;
        return &oracle->callbacks[past->index];
    case 'V':
        *ret_size = sizeof *oracle->stays;
        return &oracle->stays[past->index];
    case 'A':
        *ret_size = sizeof *oracle->appeals;
        return &oracle->appeals[past->index];
    case 'P':
        *ret_size = sizeof *oracle->months;
        return &oracle->months[past->index];
    default:
        *ret_size = sizeof *oracle->tasks;
        return &oracle->tasks[past->index];
    }
}

static void *copy_of(const struct oracle *oracle, const struct oracle_past *past)
{
    size_t size;
    const void *from = case_of(oracle, past, &size);
    void *copy = malloc(size);
    ensure(copy);
    return memcpy(copy, from, size);
}

void oracle_remember(struct oracle *oracle)
{
    for (uint32_t i = 0; i < oracle->touches_count; i++) {
        struct oracle_past *touch = &oracle->touches[i];
        touch->as = copy_of(oracle, touch);
        touch->last = true;
        for (uint32_t back = oracle->pasts_count; back > oracle->pasts_done; back--) {
            struct oracle_past *before = &oracle->pasts[back - 1];
            if (before->entry != touch->entry)
                break;
            if (before->letter != touch->letter || before->index != touch->index)
                continue;
            before->last = false;
            break;
        }
        *ORACLE_ADD(oracle, pasts) = *touch;
    }
    oracle->touches_count = 0;
}

void oracle_forget(struct oracle *oracle)
{
    for (uint32_t i = oracle->pasts_done; i < oracle->pasts_count; i++)
        free(oracle->pasts[i].as);
    oracle->pasts_count = oracle->pasts_done = 0;
}

static void name_of(const struct oracle *oracle, const struct oracle_past *past, oracle_label name)
{
    if (past->letter == 'E')
        memcpy(name, oracle->notices[past->index].id, sizeof(oracle_label));
    else if (past->letter == 'L')
        memcpy(name, oracle->entries[past->index].id, sizeof(oracle_label));
    else if (past->letter == 'B')
        snprintf(name, sizeof(oracle_label), "%s", oracle->callbacks[past->index].id);
    else if (past->letter == 'F')
        memcpy(name, oracle->flags[past->index].id, sizeof(oracle_label));
    else if (past->letter == 'T')
        memcpy(name, oracle->tasks[past->index].id, sizeof(oracle_label));
    else if (past->letter == 'P')
        memcpy(name, oracle->months[past->index].id, sizeof(oracle_label));
    else if (past->letter == 'A')
        snprintf(name, sizeof(oracle_label), "A-%" PRIu64, oracle->appeals[past->index].seq);
    else
        snprintf(name, sizeof(oracle_label), "%c-%" PRIu64, past->letter,
                 past->letter == 'V' ? oracle->stays[past->index].seq : oracle->complaints[past->index].seq);
}

/* ---- what must have been told ---- */

/* A rejection is told by its own entry, or never. */
static bool rejections_are_told(struct oracle *oracle, uint64_t cause, char message[ORACLE_MESSAGE_MAX])
{
    for (; oracle->decisions_done < oracle->decisions_count; oracle->decisions_done++) {
        const struct oracle_decision *decision = &oracle->decisions[oracle->decisions_done];
        if (decision->seq >= cause)
            break;
        if (decision->outcome == OUTCOME_REJECTED && !decision->told)
            return oracle_differs(message, "decision %" PRIu64 " (%s) was rejected with %s, and nobody was told",
                                  decision->seq, decision->type, status_text(decision->status)->code);
    }
    return true;
}

/* Causes come in order: what entries before this one did is told by now. A version of the rules that takes over says what is open
 * again, and what the one before left unsaid is not said by itself. */
static bool earlier_is_told(struct oracle *oracle, uint64_t cause, char message[ORACLE_MESSAGE_MAX])
{
    bool told = rejections_are_told(oracle, cause, message);
    while (oracle->pasts_done < oracle->pasts_count && oracle->pasts[oracle->pasts_done].entry < cause) {
        const struct oracle_past *past = &oracle->pasts[oracle->pasts_done];
        oracle_label name;
        if (told && !past->told && past->entry > oracle->fold_adopted && past->last) {
            name_of(oracle, past, name);
            told =
                oracle_differs(message, "%.80s changed by entry %" PRIu64 ", and nobody was told", name, past->entry);
        }
        free(past->as);
        oracle->pasts_done++;
    }
    if (oracle->pasts_done * 2 > oracle->pasts_count) {
        oracle->pasts_count -= oracle->pasts_done;
        memmove(oracle->pasts, oracle->pasts + oracle->pasts_done, oracle->pasts_count * sizeof *oracle->pasts);
        oracle->pasts_done = 0;
    }
    return told;
}

void oracle_excuse(struct oracle *oracle, uint64_t entry)
{
    if (entry > oracle->fold_adopted)
        oracle->fold_adopted = entry;
    for (uint32_t i = 0; i < oracle->decisions_count; i++)
        if (oracle->decisions[i].seq == entry)
            oracle->decisions[i].told = true;
}

bool oracle_told_all(struct oracle *oracle, char ret_message[ORACLE_MESSAGE_MAX])
{
    return rejections_are_told(oracle, UINT64_MAX, ret_message) && oracle_score_cards_agree(oracle, ret_message);
}

/* ---- what is told ---- */

static bool as_told(struct oracle *oracle, const struct oracle_past *past, const struct event *event, char *message)
{
    if (past->letter == 'C')
        return oracle_card_agrees(oracle, past->as, &event->data.complaint, message);
    if (past->letter == 'L')
        return oracle_entry_agrees(oracle, past->as, &event->data.ledger_entry, message);
    if (past->letter == 'B')
        return oracle_callback_agrees(oracle, past->as, &event->data.callback, message);
    if (past->letter == 'F')
        return oracle_flag_agrees(oracle, past->as, &event->data.flag, message);
    if (past->letter == 'V')
        return oracle_stay_agrees(oracle, past->as, &event->data.repair, message);
    if (past->letter == 'T')
        return oracle_task_agrees(oracle, past->as, &event->data.task, message);
    if (past->letter == 'A')
        return oracle_appeal_agrees(past->as, &event->data.appeal, message);
    if (past->letter == 'P')
        return oracle_month_agrees(past->as, &event->data.period, message);
    return oracle_notice_agrees(oracle, past->as, &event->data.escalation, message);
}

/* The place of a case among those of its letter; UINT32_MAX when there is none. */
static uint32_t index_of(const struct oracle *oracle, char letter, struct span id)
{
    oracle_label text;
    if (id.len < 3 || id.len >= sizeof text || id.at[0] != letter)
        return UINT32_MAX;
    oracle_take(text, sizeof text, id);
    uint64_t seq = strtoull(text + 2, NULL, 10);
    for (uint32_t i = 0; letter == 'C' && i < oracle->complaints_count; i++)
        if (oracle->complaints[i].seq == seq)
            return i;
    if (letter == 'F')
        return oracle_flag_of_id(oracle, id);
    for (uint32_t i = 0; letter == 'V' && i < oracle->stays_count; i++)
        if (oracle->stays[i].seq == seq)
            return i;
    if (letter == 'T')
        return oracle_task_of_id(oracle, id);
    if (letter == 'L')
        return oracle_entry_of_id(oracle, id);
    if (letter == 'B')
        return oracle_callback_of_id(oracle, id);
    for (uint32_t i = 0; letter == 'A' && i < oracle->appeals_count; i++)
        if (oracle->appeals[i].seq == seq)
            return i;
    for (uint32_t i = 0; letter == 'P' && i < oracle->months_count; i++)
        if (strcmp(oracle->months[i].id, text) == 0)
            return i;
    for (uint32_t i = 0; letter == 'E' && i < oracle->notices_count; i++)
        if (strcmp(oracle->notices[i].id, text) == 0)
            return i;
    return UINT32_MAX;
}

/* Some moment of the entry was so; a notice that is raised was raised in it. */
static bool knows_card(struct oracle *oracle, uint64_t cause, char letter, const struct event *event, char *message)
{
    bool raised = event->type != EVENT_escalation_raised, found = false;
    uint32_t index = index_of(oracle, letter, event->subject);
    oracle_differs(message, "nothing happened to %.*s by entry %" PRIu64, SPAN_ARGS(event->subject), cause);
    for (uint32_t i = oracle->pasts_done; i < oracle->pasts_count && oracle->pasts[i].entry <= cause; i++) {
        struct oracle_past *past = &oracle->pasts[i];
        if (past->letter != letter || past->index != index)
            continue;
        raised = raised || past->raised;
        if (as_told(oracle, past, event, message))
            found = past->told = true;
    }
    if (found && !raised)
        return oracle_differs(message, "%.*s was neither raised nor repeated by entry %" PRIu64,
                              SPAN_ARGS(event->subject), cause);
    return found;
}

static bool knows_rejection(struct oracle *oracle, uint64_t cause, const struct rejection *card, char *message)
{
    for (uint32_t i = 0; i < oracle->decisions_count; i++) {
        struct oracle_decision *decision = &oracle->decisions[i];
        if (decision->seq != cause)
            continue;
        if (decision->told)
            return oracle_differs(message, "decision %" PRIu64 " was told already", cause);
        decision->told = true;
        const char *code = status_text(decision->status)->code;
        if (decision->outcome == OUTCOME_REJECTED && (uint64_t)card->seq == cause && oracle_is(code, card->code) &&
            oracle_is(decision->type, card->type))
            return true;
        return oracle_differs(message, "decision %" PRIu64 " (%s) was %s with %s, not rejected with %.*s", cause,
                              decision->type, outcome_name(decision->outcome), code, SPAN_ARGS(card->code));
    }
    return oracle_differs(message, "no decision is entry %" PRIu64, cause);
}

/* Somebody rated this store's department on that day, and not fewer than the card says. */
static bool knows_score(struct oracle *oracle, uint64_t cause, const struct score *card, char *message)
{
    int64_t day = 0, n = 0;
    bool known = false;
    bool dated = oracle_period_day(card->period, &day);
    for (uint32_t i = 0; dated && i < oracle->scores_count; i++) {
        const struct oracle_score *score = &oracle->scores[i];
        known = known || (score->day == day && oracle_is(score->store, card->store) &&
                          oracle_is(score->department, card->department));
    }
    for (uint32_t i = 0; i < oracle->ratings_count; i++)
        n += oracle->ratings[i].seq < cause;
    bool empty = card->n == 0 && HAS(card, score, accountable) && card->accountable.n == 0;
    if (known && card->n <= n && (HAS(card, score, gone) && card->gone) == empty) {
        oracle_score_told(oracle, cause, card, day);
        return true;
    }
    return oracle_differs(message, "%.*s: %" PRId64 " ratings by entry %" PRIu64 ": nobody rated so",
                          SPAN_ARGS(card->id), card->n, cause);
}

bool oracle_knows(struct oracle *oracle, const struct entry *consequence, char ret_message[ORACLE_MESSAGE_MAX])
{
    struct event event;
    struct flaw flaw;
    uint64_t cause = consequence->sequence;
    if (cause > oracle->outside)
        return oracle_differs(ret_message, "its cause %" PRIu64 " has not come yet", cause);
    if (!earlier_is_told(oracle, cause, ret_message))
        return false;
    if (event_decode(consequence->event, &event, &flaw) != 0)
        return oracle_differs(ret_message, "entry %" PRIu64 " can't be decoded: %s", consequence->seq, flaw.message);
    switch (event.type) {
    case EVENT_complaint_changed:
        return knows_card(oracle, cause, 'C', &event, ret_message);
    case EVENT_escalation_raised:
    case EVENT_escalation_changed:
        return knows_card(oracle, cause, 'E', &event, ret_message);
    case EVENT_repair_changed:
        return knows_card(oracle, cause, 'V', &event, ret_message);
    case EVENT_task_changed:
        return knows_card(oracle, cause, 'T', &event, ret_message);
    case EVENT_ledger_changed:
        return knows_card(oracle, cause, 'L', &event, ret_message);
    case EVENT_callback_changed:
        return knows_card(oracle, cause, 'B', &event, ret_message);
    case EVENT_flag_changed:
        return knows_card(oracle, cause, 'F', &event, ret_message);
    case EVENT_appeal_changed:
        return knows_card(oracle, cause, 'A', &event, ret_message);
    case EVENT_period_changed:
        return HAS(&event.data.period, period, store) ? oracle_knows_row(oracle, cause, &event.data.period, ret_message)
                                                      : knows_card(oracle, cause, 'P', &event, ret_message);
    case EVENT_decision_rejected:
        return knows_rejection(oracle, cause, &event.data.rejection, ret_message);
    case EVENT_score_changed:
        return knows_score(oracle, cause, &event.data.score, ret_message);
    case EVENT_system_noticed:
        return true;
    default:
        return oracle_differs(ret_message, "%.*s is nothing that is concluded", SPAN_ARGS(event.type_name));
    }
}
