/* ledger.c - an entry is opened by a rule, frozen by an appeal, taken back by its cause, and waits for people. */
#include "core/ledger.h"

#include "core/calendar.h"
#include "core/ensure.h"
#include "core/ledger_life.h"

#include <stdio.h>

#define TO(status) (1u << ledger_status_is_##status)

/* The drawing in ledger.h, row by row: where an entry may go from here. */
static const uint32_t allowed_next[ledger_status_count] = {
    [ledger_status_is_proposed] = TO(confirmed) | TO(waived) | TO(reversed),
    [ledger_status_is_confirmed] = TO(settled) | TO(reversed) | TO(frozen),
    [ledger_status_is_waived] = 0,
    [ledger_status_is_settled] = TO(frozen),
    [ledger_status_is_reversed] = 0,
    [ledger_status_is_frozen] = TO(confirmed) | TO(settled) | TO(reversed),
};

void ledger_move(struct ledger_entry *entry, enum ledger_status next, int64_t at_ms)
{
    ensure((allowed_next[entry->status] >> next) & 1);
    entry->status = (int32_t)next;
    UNSET(entry, ledger_entry, closed_at);
    UNSET(entry, ledger_entry, gone);
    if (!ledger_is_open(entry))
        SET(entry, ledger_entry, closed_at, at_ms);
}

void ledger_note(struct ledger_entry *entry, struct cause cause, struct span type, struct span by, struct span said)
{
    history_add(entry->history, &entry->history_count, cause.seq, cause.at_ms, type, by, said);
    entry->changed_seq = (int64_t)cause.seq;
}

bool ledger_is_open(const struct ledger_entry *entry)
{
    return entry->status == ledger_status_is_proposed || entry->status == ledger_status_is_confirmed ||
           entry->status == ledger_status_is_frozen;
}

bool ledger_counts(const struct ledger_entry *entry)
{
    return entry->status == ledger_status_is_confirmed || entry->status == ledger_status_is_settled;
}

bool ledger_is_reward(const struct ledger_entry *entry)
{
    return entry->kind != ledger_kind_is_adjustment && (entry->amount_fen > 0 || entry->points > 0);
}

/* ---- opening ---- */

void ledger_input(struct ledger_proposal *proposal, const char *name, struct span value)
{
    ensure(proposal->input_count < LEDGER_INPUTS_MAX);
    if (value.len > 0)
        proposal->input[proposal->input_count++] = (struct ledger_figure){span_of(name), value};
}

void ledger_input_number(struct ledger_proposal *proposal, const char *name, int64_t number,
                         char text[LEDGER_FIGURE_TEXT])
{
    snprintf(text, LEDGER_FIGURE_TEXT, "%lld", (long long)number);
    ledger_input(proposal, name, span_of(text));
}

static int64_t answer_due(const struct policy *policy, const struct ledger_entry *entry)
{
    return calendar_add(policy, entry->store, entry->proposed_at, policy->ledger.answer_due);
}

static void take_owner(struct ledger_entry *entry, const struct ledger_proposal *proposal)
{
    if (proposal->person.len > 0)
        SET(entry, ledger_entry, person, proposal->person);
    entry->store = proposal->store;
    if (proposal->department.len > 0)
        SET(entry, ledger_entry, department, proposal->department);
    if (proposal->party.count > 0)
        SET(entry, ledger_entry, party, proposal->party);
}

static void take_ties(struct ledger_entry *entry, const struct ledger_proposal *proposal)
{
    if (proposal->seq > 0)
        SET(entry, ledger_entry, seq, (int64_t)proposal->seq);
    if (proposal->about.len > 0)
        SET(entry, ledger_entry, about, proposal->about);
    if (proposal->share_of.len > 0)
        SET(entry, ledger_entry, share_of, proposal->share_of);
    if (proposal->adjusts.len > 0)
        SET(entry, ledger_entry, adjusts, proposal->adjusts);
    if (proposal->proposed_by.len > 0)
        SET(entry, ledger_entry, proposed_by, proposal->proposed_by);
}

static void take_reasons(const struct policy *policy, struct ledger_entry *entry,
                         const struct ledger_proposal *proposal)
{
    for (uint32_t i = 0; i < proposal->input_count; i++)
        entry->inputs[i] = (struct ledger_input){.name = proposal->input[i].name, .value = proposal->input[i].value};
    entry->inputs_count = proposal->input_count;
    if (proposal->has_interval)
        SET(entry, ledger_entry, interval, proposal->interval);
    if (policy->hash[0] != '\0')
        SET(entry, ledger_entry, policy, span_of(policy->hash));
    if (proposal->amount_fen < 0 && proposal->kind != ledger_kind_is_adjustment)
        SET(entry, ledger_entry, cap_percent, policy->ledger.cap_percent);
}

void ledger_open(const struct policy *policy, const struct ledger_proposal *proposal, struct cause cause,
                 struct span id, char period_text[PERIOD_TEXT_MAX], struct ledger_entry *ret_entry)
{
    struct ledger_entry *entry = ret_entry;
    ensure(proposal->store.len > 0);
    *entry = (struct ledger_entry){
        .id = id,
        .changed_seq = (int64_t)cause.seq,
        .kind = (int32_t)proposal->kind,
        .period = proposal->period,
        .points = proposal->points,
        .amount_fen = proposal->amount_fen,
        .proposed_fen = proposal->amount_fen,
        .per_head = proposal->per_head,
        .rule = proposal->rule,
        .status = ledger_status_is_proposed,
        .proposed_at = cause.at_ms,
    };
    take_owner(entry, proposal);
    take_ties(entry, proposal);
    take_reasons(policy, entry, proposal);
    if (!proposal->at_close && ledger_period_closed(policy, proposal->period, cause.at_ms)) {
        SET(entry, ledger_entry, for_period, proposal->period);
        entry->period = ledger_month(policy, cause.at_ms, period_text);
    }
    entry->answer_due_at = answer_due(policy, entry);
    ledger_note(entry, cause, span_of("ledger.proposed"), proposal->proposed_by, proposal->rule);
}

/* ---- appeals ---- */

bool ledger_may_freeze(const struct ledger_entry *entry)
{
    return ledger_counts(entry) && !HAS(entry, ledger_entry, adjusted_by);
}

void ledger_freeze(struct ledger_entry *entry, struct span appeal, struct cause cause)
{
    ensure(ledger_may_freeze(entry));
    SET(entry, ledger_entry, frozen_from, entry->status);
    SET(entry, ledger_entry, frozen_by, appeal);
    ledger_move(entry, ledger_status_is_frozen, cause.at_ms);
    ledger_note(entry, cause, span_of("ledger.frozen"), (struct span){0}, appeal);
}

static void thaw(struct ledger_entry *entry, struct cause cause)
{
    ledger_move(entry, (enum ledger_status)entry->frozen_from, cause.at_ms);
    UNSET(entry, ledger_entry, frozen_from);
    UNSET(entry, ledger_entry, frozen_by);
}

void ledger_thaw(struct ledger_entry *entry, struct cause cause)
{
    struct span appeal = entry->frozen_by;
    thaw(entry, cause);
    ledger_note(entry, cause, span_of("ledger.thawed"), (struct span){0}, appeal);
}

/* ---- taking back ---- */

bool ledger_is_booked(const struct policy *policy, const struct ledger_entry *entry, struct cause cause)
{
    bool nothing = entry->points == 0 && entry->amount_fen == 0;
    bool settled = entry->status == ledger_status_is_settled ||
                   (entry->status == ledger_status_is_frozen && entry->frozen_from == ledger_status_is_settled);
    bool waits = entry->status == ledger_status_is_proposed;
    return !nothing && !waits && (settled || ledger_period_closed(policy, entry->period, cause.at_ms));
}

bool ledger_take_back(const struct policy *policy, struct ledger_entry *entry, struct span by, struct cause cause,
                      struct ledger_effects *effects)
{
    bool gone = entry->status == ledger_status_is_waived || entry->status == ledger_status_is_reversed;
    if (gone || HAS(entry, ledger_entry, adjusted_by))
        return false;
    effects->answered = entry->status == ledger_status_is_proposed;
    effects->adjust = ledger_is_booked(policy, entry, cause);
    if (effects->adjust && entry->status == ledger_status_is_frozen)
        thaw(entry, cause);
    if (!effects->adjust && entry->status == ledger_status_is_settled)
        return false; /* there is nothing in it to take back */
    if (!effects->adjust) {
        ledger_move(entry, ledger_status_is_reversed, cause.at_ms);
        UNSET(entry, ledger_entry, frozen_from);
        UNSET(entry, ledger_entry, frozen_by);
        UNSET(entry, ledger_entry, amended_fen);
        UNSET(entry, ledger_entry, amended_by);
    }
    ledger_note(entry, cause, span_of("ledger.taken_back"), by, span_of(effects->adjust ? "adjusted" : "reversed"));
    return true;
}

void ledger_adjustment(const struct ledger_entry *entry, struct span by, struct cause cause,
                       struct ledger_proposal *ret_proposal)
{
    bool paid_other = HAS(entry, ledger_entry, settled_fen);
    *ret_proposal = (struct ledger_proposal){
        .kind = ledger_kind_is_adjustment,
        .seq = cause.seq,
        .person = entry->person,
        .store = entry->store,
        .department = entry->department,
        .about = entry->about,
        .period = HAS(entry, ledger_entry, for_period) ? entry->for_period : entry->period,
        .points = -entry->points,
        .amount_fen = -(paid_other ? entry->settled_fen : entry->amount_fen),
        .per_head = entry->per_head,
        .adjusts = entry->id,
        .rule = span_of("adjustment"),
        .proposed_by = by,
        .party = entry->party,
    };
    ledger_input(ret_proposal, "adjusts", entry->id);
    ledger_input(ret_proposal, "rule", entry->rule);
}

/* ---- time ---- */

static bool waits_for_answer(const struct ledger_entry *entry)
{
    return entry->status == ledger_status_is_proposed && !entry->unanswered;
}

int64_t ledger_next_due(const struct policy *policy, const struct ledger_entry *entry)
{
    if (HAS(entry, ledger_entry, settle_at))
        return entry->settle_at;
    if (waits_for_answer(entry))
        return entry->answer_due_at;
    if (ledger_is_open(entry) || HAS(entry, ledger_entry, gone))
        return INT64_MAX;
    return calendar_add(policy, entry->store, entry->closed_at, (struct duration){policy->card_keep_ms, TIME_WALL});
}

void ledger_advance(const struct policy *policy, struct ledger_entry *entry, int64_t due_ms, struct cause cause)
{
    if (ledger_next_due(policy, entry) > due_ms)
        return;
    entry->changed_seq = (int64_t)cause.seq;
    if (!ledger_is_open(entry)) {
        SET(entry, ledger_entry, gone, true);
        return;
    }
    entry->unanswered = true;
    history_add(entry->history, &entry->history_count, cause.seq, entry->answer_due_at, span_of("ledger.unanswered"),
                (struct span){0}, (struct span){0});
}

bool ledger_reckon(const struct policy *policy, struct ledger_entry *entry, struct cause cause)
{
    int64_t due_ms = answer_due(policy, entry);
    if (!waits_for_answer(entry) || due_ms == entry->answer_due_at)
        return false;
    entry->answer_due_at = due_ms;
    ledger_note(entry, cause, span_of("policy.adopted"), (struct span){0}, span_of(policy->name));
    return true;
}
