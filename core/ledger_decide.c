/* ledger_decide.c - what people decide about an entry, and who may not. */
#include "core/ensure.h"
#include "core/ledger_life.h"
#include "core/names.h"
#include "core/rejection.h"

#include <stdio.h>

/* One decision on its way. */
struct step {
    const struct policy *policy;
    struct ledger_entry *entry;
    const struct event *decision;
    struct cause cause;
    const struct ledger_context *context;
    struct ledger_effects *effects;
    struct reason reason;
};

static const struct ledger_confirmed *confirmed_of(const struct step *step)
{
    return &step->decision->data.ledger_confirmed;
}

/* Every decision of the ledger begins with who took it. */
static struct span decided_by(const struct step *step)
{
    return step->decision->data.decided.by;
}

/* ---- who may ---- */

static int check_person(const struct step *step)
{
    const struct ledger_entry *entry = step->entry;
    struct span by = decided_by(step);
    if (HAS(entry, ledger_entry, person) && span_equal(entry->person, by))
        return rejection(step->reason, -E_NOT_ALLOWED_PERSON, "%.*s is %.*s's own; somebody else must decide on it",
                         SPAN_ARGS(entry->id), SPAN_ARGS(by));
    if (step->context->member)
        return rejection(step->reason, -E_NOT_ALLOWED_PERSON,
                         "%.*s belongs to the department that %.*s is for; somebody else must decide on it",
                         SPAN_ARGS(by), SPAN_ARGS(entry->id));
    if (step->context->party || (HAS(entry, ledger_entry, party) && names_have(&entry->party, by)) ||
        (HAS(entry, ledger_entry, proposed_by) && span_equal(entry->proposed_by, by)))
        return rejection(step->reason, -E_NOT_ALLOWED_PERSON, "%.*s is party to %.*s; somebody else must decide on it",
                         SPAN_ARGS(by), SPAN_ARGS(entry->id));
    return 0;
}

/* ---- confirmed, waived ---- */

/* Less of the same sign, or nothing: a person may be milder than the rulebook, not harder, and grant less, not more. */
static bool is_part_of(int64_t amount_fen, int64_t whole_fen)
{
    return whole_fen >= 0 ? amount_fen >= 0 && amount_fen <= whole_fen : amount_fen <= 0 && amount_fen >= whole_fen;
}

/* The amount that this confirmation means: as asked, else the one that waits for a second person, else as proposed. */
static int64_t meant_fen(const struct step *step)
{
    const struct ledger_entry *entry = step->entry;
    if (HAS(confirmed_of(step), ledger_confirmed, amount_fen))
        return confirmed_of(step)->amount_fen;
    return HAS(entry, ledger_entry, amended_fen) ? entry->amended_fen : entry->amount_fen;
}

static bool is_second(const struct step *step)
{
    const struct ledger_entry *entry = step->entry;
    return HAS(entry, ledger_entry, amended_fen) && meant_fen(step) == entry->amended_fen;
}

/* No reward in a period that a veto takes: not confirmed, and not paid when the veto came after that. */
static int check_veto(const struct step *step, const char *instead)
{
    if (!ledger_is_reward(step->entry) || step->context->vetoed_by.len == 0)
        return 0;
    return rejection(step->reason, -E_BAD_DECISION, "%.*s is no reward of this period: %.*s is a veto; %s",
                     SPAN_ARGS(step->entry->id), SPAN_ARGS(step->context->vetoed_by), instead);
}

static int check_confirmed(const struct step *step)
{
    const struct ledger_entry *entry = step->entry;
    if (!is_part_of(meant_fen(step), entry->amount_fen))
        return rejection(step->reason, -E_BAD_DECISION,
                         "%.*s is proposed with %lld fen; a person may make it less, down to 0, not %lld",
                         SPAN_ARGS(entry->id), (long long)entry->amount_fen, (long long)meant_fen(step));
    if (is_second(step) && span_equal(entry->amended_by, decided_by(step)))
        return rejection(step->reason, -E_NOT_ALLOWED_PERSON,
                         "%.*s asked for %lld fen instead of %lld; a second person must confirm it",
                         SPAN_ARGS(entry->amended_by), (long long)entry->amended_fen, (long long)entry->amount_fen);
    return check_veto(step, "waive it");
}

static struct span apply_confirmed(const struct step *step)
{
    struct ledger_entry *entry = step->entry;
    int64_t amount_fen = meant_fen(step);
    if (amount_fen != entry->amount_fen && !is_second(step)) {
        SET(entry, ledger_entry, amended_fen, amount_fen);
        SET(entry, ledger_entry, amended_by, decided_by(step));
        return span_of("amended");
    }
    entry->amount_fen = amount_fen;
    if (!is_second(step)) {
        UNSET(entry, ledger_entry, amended_fen);
        UNSET(entry, ledger_entry, amended_by);
    }
    SET(entry, ledger_entry, decided_by, decided_by(step));
    SET(entry, ledger_entry, notice_at, step->cause.at_ms);
    ledger_move(entry, ledger_status_is_confirmed, step->cause.at_ms);
    step->effects->answered = true;
    return (struct span){0};
}

static struct span apply_waived(const struct step *step)
{
    struct ledger_entry *entry = step->entry;
    SET(entry, ledger_entry, decided_by, decided_by(step));
    UNSET(entry, ledger_entry, amended_fen);
    UNSET(entry, ledger_entry, amended_by);
    ledger_move(entry, ledger_status_is_waived, step->cause.at_ms);
    step->effects->answered = true;
    return (struct span){0};
}

/* ---- settled, reversed ---- */

static int check_settled(const struct step *step)
{
    const struct ledger_settled *settled = &step->decision->data.ledger_settled;
    const struct ledger_entry *entry = step->entry;
    bool other = HAS(settled, ledger_settled, amount_fen) && settled->amount_fen != entry->amount_fen;
    int rc = other ? check_person(step) : 0; /* the whole may be booked by anybody, less only by others */
    if (rc < 0)
        return rc;
    if (other && HAS(entry, ledger_entry, adjusted_by))
        return rejection(step->reason, -E_BAD_DECISION,
                         "%.*s is taken back by %.*s with the whole amount; settle both as they are",
                         SPAN_ARGS(entry->id), SPAN_ARGS(entry->adjusted_by));
    if (!span_equal(settled->period, entry->period))
        return rejection(step->reason, -E_BAD_DECISION, "%.*s is booked in %.*s, not in %.*s", SPAN_ARGS(entry->id),
                         SPAN_ARGS(entry->period), SPAN_ARGS(settled->period));
    if (HAS(settled, ledger_settled, amount_fen) && !is_part_of(settled->amount_fen, entry->amount_fen))
        return rejection(step->reason, -E_BAD_DECISION,
                         "%.*s was confirmed with %lld fen; the cap can make it less, down to 0, not %lld",
                         SPAN_ARGS(entry->id), (long long)entry->amount_fen, (long long)settled->amount_fen);
    if (HAS(entry, ledger_entry, adjusted_by))
        return 0; /* what is taken back is paid with what takes it back, and comes to nothing */
    return check_veto(step, "reverse it, or the veto");
}

static void settle(struct ledger_entry *entry, int64_t paid_fen, int64_t at_ms)
{
    SET(entry, ledger_entry, settled_fen, paid_fen);
    ledger_move(entry, ledger_status_is_settled, at_ms);
}

static struct span apply_settled(const struct step *step)
{
    const struct ledger_settled *settled = &step->decision->data.ledger_settled;
    bool capped = HAS(settled, ledger_settled, amount_fen);
    settle(step->entry, capped ? settled->amount_fen : step->entry->amount_fen, step->cause.at_ms);
    return settled->period;
}

void ledger_settle(struct ledger_entry *entry, struct span by, struct cause cause)
{
    settle(entry, entry->amount_fen, cause.at_ms);
    ledger_note(entry, cause, span_of("ledger.settled"), by, entry->period);
}

static int check_reversed(const struct step *step)
{
    const struct ledger_entry *entry = step->entry;
    if (HAS(entry, ledger_entry, adjusted_by))
        return rejection(step->reason, -E_ALREADY_DONE, "%.*s was taken back by %.*s already", SPAN_ARGS(entry->id),
                         SPAN_ARGS(entry->adjusted_by));
    if (entry->status == ledger_status_is_settled && !ledger_is_booked(step->policy, entry, step->cause))
        return rejection(step->reason, -E_BAD_DECISION, "%.*s is settled without points or money: nothing to take back",
                         SPAN_ARGS(entry->id));
    return 0;
}

static struct span apply_reversed(const struct step *step)
{
    struct ledger_entry *entry = step->entry;
    if (ledger_is_booked(step->policy, entry, step->cause)) {
        step->effects->adjust = true;
        return span_of("adjusted");
    }
    SET(entry, ledger_entry, decided_by, decided_by(step));
    ledger_move(entry, ledger_status_is_reversed, step->cause.at_ms);
    return span_of("reversed");
}

/* ---- the table ---- */

#define IN(status) (1u << ledger_status_is_##status)

struct rule {
    enum event_type type;
    uint32_t states;                               /* in which it may be taken */
    uint32_t done_in;                              /* in which it has been taken already */
    const char *first;                             /* why not in another open state */
    bool by_others;                                /* not by who is party to it */
    int (*check)(const struct step *step);         /* NULL: nothing more to check */
    struct span (*apply)(const struct step *step); /* returns what the history shall say */
};

static const struct rule rules[] = {
    {EVENT_ledger_confirmed, IN(proposed), IN(confirmed) | IN(settled), "wait for its appeal", true, check_confirmed,
     apply_confirmed},
    {EVENT_ledger_waived, IN(proposed), IN(waived), "reverse it instead", true, NULL, apply_waived},
    {EVENT_ledger_settled, IN(confirmed), IN(settled), "confirm it first, or wait for its appeal", false, check_settled,
     apply_settled},
    {EVENT_ledger_reversed, IN(confirmed) | IN(settled), IN(reversed), "waive it instead, or wait for its appeal", true,
     check_reversed, apply_reversed},
};

static const struct rule *rule_of(enum event_type type)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].type == type)
            return &rules[i];
    }
    unreachable();
}

static int check_state(const struct step *step, const struct rule *rule)
{
    const struct ledger_entry *entry = step->entry;
    const char *status = choice_name(choice_of_ledger_status(), entry->status);
    uint32_t here = 1u << entry->status;
    if (rule->states & here)
        return 0;
    if (rule->done_in & here)
        return rejection(step->reason, -E_ALREADY_DONE, "%.*s is %s already", SPAN_ARGS(entry->id), status);
    if (!ledger_is_open(entry))
        return rejection(step->reason, -E_WRONG_STATE, "%.*s is %s since %s", SPAN_ARGS(entry->id), status,
                         local_time(step->policy, entry->closed_at).text);
    return rejection(step->reason, -E_WRONG_STATE, "%.*s is %s; %s", SPAN_ARGS(entry->id), status, rule->first);
}

int ledger_decide(const struct policy *policy, struct ledger_entry *entry, const struct event *decision,
                  struct cause cause, const struct ledger_context *context, struct ledger_effects *effects,
                  char *reason, size_t reason_size)
{
    const struct rule *rule = rule_of(decision->type);
    struct step step = {policy, entry, decision, cause, context, effects, {reason, reason_size}};
    int rc = check_state(&step, rule);
    if (rc == 0 && rule->by_others)
        rc = check_person(&step);
    if (rc == 0 && rule->check)
        rc = rule->check(&step);
    if (rc != 0)
        return rc;
    struct span said = rule->apply(&step);
    ledger_note(entry, cause, decision->type_name, decided_by(&step), said);
    history_time(entry->history, entry->history_count, decision);
    return 0;
}
