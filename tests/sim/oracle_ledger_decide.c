/*
 * oracle_ledger_decide.c - what people decide about rewards and penalties, and why they may not.
 *
 * Where the documents are silent: the state is looked at before the person, the person before the sense of the decision; who
 * asked for another amount may confirm the proposed one, but not that.
 */
#include "tests/sim/oracle_ledger.h"
#include "tests/sim/oracle_roster.h"

#include <stdio.h>

/* ---- vetoes ---- */

static bool is_reward(const struct oracle_entry *entry)
{
    return entry->kind != ledger_kind_is_adjustment && (entry->amount > 0 || entry->points > 0);
}

static bool takes(const struct oracle *oracle, const struct oracle_entry *veto, const struct oracle_entry *entry)
{
    bool stands = veto->kind == ledger_kind_is_veto && veto->status != ledger_status_is_waived &&
                  veto->status != ledger_status_is_reversed &&
                  (veto->status != ledger_status_is_proposed || !veto->proposed_by[0]);
    bool same = entry->person[0] ? strcmp(veto->person, entry->person) == 0
                                 : !veto->person[0] && strcmp(veto->store, entry->store) == 0 &&
                                       strcmp(veto->department, entry->department) == 0;
    (void)oracle;
    return stands && same;
}

/* One in the month itself; or so many within so many months, of which the last lies in the year. */
static bool is_vetoed(const struct oracle *oracle, const struct oracle_entry *entry)
{
    const struct ledger_policy *rules = &oracle->policy->ledger;
    int month = entry_month(entry_period(entry));
    for (uint32_t i = 0; i < oracle->entries_count; i++) {
        const struct oracle_entry *last = &oracle->entries[i];
        int at = entry_month(entry_period(last));
        int64_t within = 0;
        if (!takes(oracle, last, entry))
            continue;
        for (uint32_t j = 0; j < oracle->entries_count; j++) {
            int before = at - entry_month(entry_period(&oracle->entries[j]));
            within += takes(oracle, &oracle->entries[j], entry) && before >= 0 && before < rules->veto_year_months;
        }
        if (at == month || (at / 12 == month / 12 && within >= rules->veto_year_count))
            return true;
    }
    return false;
}

static int vetoed(struct oracle *oracle, const struct ledger_vetoed *decision)
{
    struct oracle_entry as = {.kind = ledger_kind_is_veto};
    bool person = HAS(decision, ledger_vetoed, person);
    oracle_name period;
    oracle_label name;
    oracle_take(period, sizeof period, decision->period);
    if (decision->ground == veto_ground_is_upheld_complaint || entry_month(period) < 0 ||
        (person ? span_equal(decision->person, decision->by) : !HAS(decision, ledger_vetoed, department)))
        return -E_BAD_DECISION;
    if (person)
        oracle_take(as.person, sizeof as.person, decision->person);
    oracle_take(as.store, sizeof as.store, decision->store);
    if (HAS(decision, ledger_vetoed, department))
        oracle_take(as.department, sizeof as.department, decision->department);
    snprintf(as.period, sizeof as.period, "%.11s", period);
    oracle_take(as.proposed_by, sizeof as.proposed_by, decision->by);
    snprintf(name, sizeof name, "veto%s%s", person ? "-" : "", as.person);
    entry_propose(oracle, oracle->seq, name, &as);
    return 0;
}

/* ---- decisions ---- */

/* Between nothing and the whole. */
static bool is_milder(int64_t amount, int64_t whole)
{
    return whole < 0 ? whole <= amount && amount <= 0 : 0 <= amount && amount <= whole;
}

bool entry_is_party(const struct oracle *oracle, const struct oracle_entry *entry, struct span by)
{
    for (uint32_t i = 0; i < oracle->complaints_count; i++) {
        const struct oracle_complaint *complaint = &oracle->complaints[i];
        char id[32];
        snprintf(id, sizeof id, "C-%llu", (unsigned long long)complaint->seq);
        if (strcmp(id, entry->about) == 0 &&
            (oracle_is(complaint->judged_by, by) || oracle_has(&complaint->judged_staff, by)))
            return true;
    }
    if (!entry->person[0] && entry->department[0] && oracle_heads_have(oracle, entry->store, entry->department, by))
        return true; /* whose it is: nobody else of the cast's rosters has a department */
    return (entry->person[0] && oracle_is(entry->person, by)) || oracle_has(&entry->party, by) ||
           (entry->proposed_by[0] && oracle_is(entry->proposed_by, by));
}

static int confirmed(struct oracle *oracle, struct oracle_entry *entry, const struct ledger_confirmed *decision)
{
    bool names_one = HAS(decision, ledger_confirmed, amount_fen);
    if (entry->status == ledger_status_is_confirmed || entry->status == ledger_status_is_settled)
        return -E_ALREADY_DONE;
    if (entry->status != ledger_status_is_proposed)
        return -E_WRONG_STATE;
    if (entry_is_party(oracle, entry, decision->by))
        return -E_NOT_ALLOWED_PERSON;
    int64_t amount = names_one ? decision->amount_fen : entry->has_amended ? entry->amended : entry->amount;
    bool second = entry->has_amended && amount == entry->amended;
    if (!is_milder(amount, entry->amount))
        return -E_BAD_DECISION;
    if (second && oracle_is(entry->amended_by, decision->by))
        return -E_NOT_ALLOWED_PERSON;
    if (is_reward(entry) && is_vetoed(oracle, entry))
        return -E_BAD_DECISION;
    if (amount != entry->amount && !second) {
        entry->has_amended = true;
        entry->amended = amount;
        oracle_take(entry->amended_by, sizeof entry->amended_by, decision->by);
        return 0;
    }
    if (!second) {
        entry->has_amended = false;
        entry->amended_by[0] = '\0';
    }
    entry->amount = amount;
    entry->status = ledger_status_is_confirmed;
    entry->notice_ms = oracle->at_ms;
    oracle_take(entry->decided_by, sizeof entry->decided_by, decision->by);
    entry_answered(oracle, entry);
    return 0;
}

static int waived(struct oracle *oracle, struct oracle_entry *entry, struct span by)
{
    if (entry->status == ledger_status_is_waived)
        return -E_ALREADY_DONE;
    if (entry->status != ledger_status_is_proposed)
        return -E_WRONG_STATE;
    if (entry_is_party(oracle, entry, by))
        return -E_NOT_ALLOWED_PERSON;
    oracle_take(entry->decided_by, sizeof entry->decided_by, by);
    entry->has_amended = false;
    entry->amended_by[0] = '\0';
    entry_end(oracle, entry, ledger_status_is_waived);
    entry_answered(oracle, entry);
    return 0;
}

static int reversed(struct oracle *oracle, uint32_t index, struct span by)
{
    struct oracle_entry *entry = &oracle->entries[index];
    if (entry->status == ledger_status_is_reversed)
        return -E_ALREADY_DONE;
    if (!entry_counts(entry))
        return -E_WRONG_STATE;
    if (entry_is_party(oracle, entry, by))
        return -E_NOT_ALLOWED_PERSON;
    if (entry->adjusted_by[0])
        return -E_ALREADY_DONE;
    if (entry_is_booked(oracle, entry)) {
        entry_adjust(oracle, index, by);
        return 0;
    }
    if (entry->status == ledger_status_is_settled)
        return -E_BAD_DECISION;
    oracle_take(entry->decided_by, sizeof entry->decided_by, by);
    entry_end(oracle, entry, ledger_status_is_reversed);
    return 0;
}

static void settle(struct oracle *oracle, struct oracle_entry *entry, int64_t amount)
{
    entry->has_settled = true;
    entry->settled = amount;
    entry_end(oracle, entry, ledger_status_is_settled);
    entry_touch(oracle, entry);
}

static int settled_one(struct oracle *oracle, struct oracle_entry *entry, const struct ledger_settled *decision)
{
    int64_t amount = HAS(decision, ledger_settled, amount_fen) ? decision->amount_fen : entry->amount;
    if (entry->status == ledger_status_is_settled)
        return -E_ALREADY_DONE;
    if (entry->status != ledger_status_is_confirmed)
        return -E_WRONG_STATE;
    if (amount != entry->amount && entry_is_party(oracle, entry, decision->by))
        return -E_NOT_ALLOWED_PERSON;
    if (amount != entry->amount && entry->adjusted_by[0])
        return -E_BAD_DECISION;
    if (!oracle_is(entry->period, decision->period) || !is_milder(amount, entry->amount))
        return -E_BAD_DECISION;
    if (is_reward(entry) && !entry->adjusted_by[0] && is_vetoed(oracle, entry))
        return -E_BAD_DECISION;
    settle(oracle, entry, amount);
    return 0;
}

static int settled_period(struct oracle *oracle, const struct ledger_settled *decision)
{
    uint32_t count = 0;
    if (HAS(decision, ledger_settled, amount_fen))
        return -E_BAD_DECISION;
    for (uint32_t i = 0; i < oracle->entries_count; i++) {
        struct oracle_entry *entry = &oracle->entries[i];
        if (entry->status != ledger_status_is_confirmed || !oracle_is(entry->period, decision->period) ||
            (is_reward(entry) && !entry->adjusted_by[0] && is_vetoed(oracle, entry)))
            continue;
        settle(oracle, entry, entry->amount);
        count++;
    }
    oracle->counters.timers += count ? (count - 1) / 128 : 0; /* more than a step may touch go on by a timer */
    return count ? 0 : -E_BAD_DECISION;
}

int oracle_ledger_decide(struct oracle *oracle, const struct event *event)
{
    if (event->type == EVENT_ledger_vetoed)
        return vetoed(oracle, &event->data.ledger_vetoed);
    if (event->type == EVENT_ledger_settled && !span_starts(event->subject, "L-"))
        return settled_period(oracle, &event->data.ledger_settled);
    uint32_t index = oracle_entry_of_id(oracle, event->subject);
    if (index == UINT32_MAX)
        return -E_UNKNOWN_CASE;
    struct oracle_entry *entry = &oracle->entries[index];
    int status = event->type == EVENT_ledger_confirmed ? confirmed(oracle, entry, &event->data.ledger_confirmed)
                 : event->type == EVENT_ledger_waived  ? waived(oracle, entry, event->data.decided.by)
                 : event->type == EVENT_ledger_settled ? settled_one(oracle, entry, &event->data.ledger_settled)
                                                       : reversed(oracle, index, event->data.decided.by);
    if (status == 0)
        entry_touch(oracle, &oracle->entries[index]);
    return status;
}
