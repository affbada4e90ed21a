/*
 * cast_ledger.c - what people decide about rewards and penalties: rightly, twice, about their own, with amounts of their own.
 */
#include "core/ensure.h"
#include "tests/sim/cast_inside.h"

#include <stdlib.h>

static void by_whom(struct draft *draft, const struct ledger_entry *entry)
{
    struct decided *decided = &draft->data.decided; /* every decision begins with who took it */
    struct dice *dice = draft->dice;
    if (HAS(entry, ledger_entry, person) && dice_chance(dice, 1, 6))
        SET(decided, decided, by, draft_word(draft, "%.*s", SPAN_ARGS(entry->person)));
    else if (HAS(entry, ledger_entry, amended_by) && dice_chance(dice, 1, 4))
        SET(decided, decided, by, draft_word(draft, "%.*s", SPAN_ARGS(entry->amended_by)));
    else
        SET(decided, decided, by, span_of(town_person(dice)));
}

/* Mostly less than was proposed, now and then more. */
static int64_t some_amount(struct dice *dice, int64_t whole_fen)
{
    return dice_chance(dice, 1, 5) ? whole_fen * 2 + 1 : whole_fen * dice_between(dice, 0, 2) / 2;
}

static enum event_type next_of_entry(const struct ledger_entry *entry, struct dice *dice)
{
    int64_t die = dice_between(dice, 0, 9);
    if (entry->status == ledger_status_is_proposed)
        return die < 7 ? EVENT_ledger_confirmed : EVENT_ledger_waived;
    return die < 5 ? EVENT_ledger_settled : EVENT_ledger_reversed;
}

/* Whose entry it is thinks it is wrong; sometimes somebody else does. */
static void entry_appeal(struct draft *draft, const struct ledger_entry *entry)
{
    struct dice *dice = draft->dice;
    struct appeal_filed *filed = &draft->data.appeal_filed;
    bool own = HAS(entry, ledger_entry, person) && dice_chance(dice, 4, 5);
    draft->event.type = EVENT_appeal_filed;
    SET(filed, appeal_filed, by,
        own ? draft_word(draft, "%.*s", SPAN_ARGS(entry->person)) : span_of(town_person(dice)));
    SET(filed, appeal_filed, ground, (int32_t)dice_between(dice, 0, appeal_ground_count - 1));
    SET(filed, appeal_filed, entry, draft_word(draft, "%.*s", SPAN_ARGS(entry->id)));
}

void ledger_decision(struct draft *draft, struct span card)
{
    struct flaw flaw;
    struct ledger_entry *entry = cast_take(sizeof *entry);
    union event_data *data = &draft->data;
    struct dice *dice = draft->dice;
    int result = record_decode(&record_of_ledger_entry, card, entry, &flaw);
    ensure(result == 0);
    bool stands = entry->status == ledger_status_is_confirmed || entry->status == ledger_status_is_settled;
    if (dice_chance(dice, stands ? 2 : 1, stands ? 5 : 20)) {
        entry_appeal(draft, entry);
        free(entry);
        return;
    }
    draft->event.subject = draft_word(draft, "%.*s", SPAN_ARGS(entry->id));
    draft->event.type = dice_chance(dice, 4, 5)
                            ? next_of_entry(entry, dice)
                            : (enum event_type)dice_between(dice, EVENT_ledger_confirmed, EVENT_ledger_reversed);
    if (draft->event.type == EVENT_ledger_settled) {
        SET(&data->ledger_settled, ledger_settled, period,
            dice_chance(dice, 1, 10) ? span_of("2026-01") : draft_word(draft, "%.*s", SPAN_ARGS(entry->period)));
        if (dice_chance(dice, 1, 4))
            SET(&data->ledger_settled, ledger_settled, amount_fen, some_amount(dice, entry->amount_fen));
        if (dice_chance(dice, 1, 2))
            draft->event.subject = (struct span){0}; /* the whole period */
    } else if (draft->event.type == EVENT_ledger_confirmed) {
        if (HAS(entry, ledger_entry, amended_fen) && dice_chance(dice, 2, 3))
            SET(&data->ledger_confirmed, ledger_confirmed, amount_fen, entry->amended_fen);
        else if (dice_chance(dice, 1, 3))
            SET(&data->ledger_confirmed, ledger_confirmed, amount_fen, some_amount(dice, entry->amount_fen));
    } else {
        SET(&data->reasoned, reasoned, reason, span_of("on reflection"));
    }
    by_whom(draft, entry);
    free(entry);
}

void veto_draft(struct draft *draft)
{
    static const char *const months[] = {"2026-11", "2026-11", "2026-12", "2026-10", "2026-13", "2026-Q4", "2025-12"};
    struct ledger_vetoed *vetoed = &draft->data.ledger_vetoed;
    struct dice *dice = draft->dice;
    draft->event.type = EVENT_ledger_vetoed;
    SET(vetoed, ledger_vetoed, by, span_of(town_person(dice)));
    SET(vetoed, ledger_vetoed, ground, (int32_t)dice_between(dice, 0, veto_ground_count - 1));
    SET(vetoed, ledger_vetoed, period, span_of(months[dice_between(dice, 0, 6)]));
    if (dice_chance(dice, 2, 3))
        SET(vetoed, ledger_vetoed, person, span_of(town_person(dice)));
    SET(vetoed, ledger_vetoed, store, span_of(town_store(dice)));
    if (dice_chance(dice, 1, 2))
        SET(vetoed, ledger_vetoed, department, span_of(town_department(dice)));
}
