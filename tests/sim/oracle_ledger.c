/*
 * oracle_ledger.c - rewards and penalties: who gets what proposed, who may decide on it, and what an account comes to.
 *
 *   PROPOSED -confirmed-> CONFIRMED -settled-> SETTLED        FROZEN: an appeal is filed against a confirmed or settled one
 *      |  `-waived-> WAIVED     `-reversed-> REVERSED <- its cause is gone, or its appeal upheld
 *
 * Periods are compared as text: a month is closed when the local date is the 4th of the next one, or later.
 *
 * Where the documents are silent: the state is looked at before the person, the person before the sense of the decision;
 * the money of several is divided evenly, what can't be divided goes to the first named, a fen each; a verdict's entry
 * that is asked for still stays as people left it.
 */
#include "tests/sim/oracle_ledger.h"
#include "tests/sim/oracle_roster.h"
#include "workers/ledger_rows.h"

#include <inttypes.h>
#include <stdio.h>

#define MS_OF_DAY 86400000ll

/* ---- periods, as text ---- */

typedef char oracle_date[24];

static void date_of(const struct oracle *oracle, int64_t ms, oracle_date text)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t days = oracle_day(oracle->policy, ms);
    int year = 1970, month = 0;
    for (;;) {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        int length = lengths[month] + (month == 1 && leap);
        if (days < length)
            break;
        days -= length;
        year += month == 11;
        month = (month + 1) % 12;
    }
    snprintf(text, sizeof(oracle_date), "%04u-%02u-%02u", (unsigned)year % 10000, (unsigned)(month + 1) % 100,
             (unsigned)(days + 1) % 100);
}

static void month_of(const struct oracle *oracle, int64_t ms, char text[PERIOD_TEXT_MAX])
{
    oracle_date date;
    date_of(oracle, ms, date);
    snprintf(text, PERIOD_TEXT_MAX, "%.7s", date);
}

/* "2026-11" is 24321 + 10; -1 for what is no month. */
int entry_month(const char *period)
{
    int year, month, len = 0;
    bool month_like = strlen(period) == 7 && period[4] == '-' && period[5] >= '0' && period[5] <= '1';
    if (!month_like || sscanf(period, "%4d-%2d%n", &year, &month, &len) != 2 || len != 7 || month < 1 || month > 12)
        return -1;
    return year * 12 + month - 1;
}

static bool is_closed(const struct oracle *oracle, const char *period)
{
    oracle_date today, closes;
    int next = entry_month(period) + 1;
    date_of(oracle, oracle->at_ms, today);
    snprintf(closes, sizeof closes, "%04d-%02d-%02d", next / 12, next % 12 + 1, (int)oracle->policy->ranking.close_day);
    return next > 0 && strcmp(today, closes) >= 0;
}

const char *entry_period(const struct oracle_entry *entry)
{
    return entry->for_period[0] ? entry->for_period : entry->period;
}

static void add_name(struct oracle_names *names, const char *name)
{
    if (name[0] && names->count < NAMES_MAX && !oracle_has(names, span_of(name)))
        snprintf(names->item[names->count++], sizeof names->item[0], "%s", name);
}

/* ---- entries ---- */

bool oracle_entry_is_open(const struct oracle_entry *entry)
{
    return entry->status == ledger_status_is_proposed || entry->status == ledger_status_is_confirmed ||
           entry->status == ledger_status_is_frozen;
}

bool entry_counts(const struct oracle_entry *entry)
{
    return entry->status == ledger_status_is_confirmed || entry->status == ledger_status_is_settled;
}

uint32_t oracle_entry_of_id(const struct oracle *oracle, struct span id)
{
    for (uint32_t i = 0; i < oracle->entries_count; i++)
        if (oracle_is(oracle->entries[i].id, id))
            return i;
    return UINT32_MAX;
}

/* What changes a closed card counts its days anew, by the rulebook in force then. */
void entry_touch(struct oracle *oracle, struct oracle_entry *entry)
{
    if (entry->closed_ms != ORACLE_NEVER)
        entry->leaves_ms = oracle_whole_second(entry->closed_ms + oracle->policy->card_keep_ms);
    entry->changed_seq = oracle->seq;
    entry->changed = true;
    oracle_touch(oracle, 'L', (uint32_t)(entry - oracle->entries), false);
}

void entry_end(struct oracle *oracle, struct oracle_entry *entry, int32_t status)
{
    entry->status = status;
    entry->closed_ms = oracle->at_ms;
    entry->gone = false;
}

/* One whose id is there already is the same one. NULL then. */
struct oracle_entry *entry_propose(struct oracle *oracle, uint64_t seq, const char *name, const struct oracle_entry *as)
{
    oracle_label id;
    snprintf(id, sizeof id, "L-%" PRIu64 "-%.150s", seq, name);
    ensure(strlen(id) <= NAME_MAX_BYTES);
    if (oracle_entry_of_id(oracle, span_of(id)) != UINT32_MAX)
        return NULL;
    struct oracle_entry made = *as; /* which may lie in the array that grows now */
    struct oracle_entry *entry = ORACLE_ADD(oracle, entries);
    *entry = made;
    memcpy(entry->id, id, sizeof id);
    entry->fact = seq;
    entry->status = ledger_status_is_proposed;
    entry->proposed = entry->amount;
    entry->proposed_ms = oracle->at_ms;
    entry->due_ms = oracle_pass(oracle->policy, entry->store, oracle->at_ms, oracle->policy->ledger.answer_due);
    entry->closed_ms = entry->notice_ms = entry->leaves_ms = ORACLE_NEVER;
    if (is_closed(oracle, entry->period)) {
        memcpy(entry->for_period, entry->period, sizeof entry->for_period);
        month_of(oracle, oracle->at_ms, entry->period);
    }
    oracle->counters.ledger_entries++;
    entry_touch(oracle, entry);
    return entry;
}

/* ---- taking back ---- */

bool entry_is_booked(const struct oracle *oracle, const struct oracle_entry *entry)
{
    bool settled = entry->status == ledger_status_is_settled ||
                   (entry->status == ledger_status_is_frozen && entry->frozen_from == ledger_status_is_settled);
    return (entry->points || entry->amount) && entry->status != ledger_status_is_proposed &&
           (settled || is_closed(oracle, entry->period));
}

/* An entry of the other sign in an open month. */
void entry_adjust(struct oracle *oracle, uint32_t index, struct span by)
{
    struct oracle_entry as = oracle->entries[index];
    struct oracle_entry back = {.kind = ledger_kind_is_adjustment, .party = as.party};
    oracle_label name;
    back.points = -as.points;
    back.amount = -(as.has_settled ? as.settled : as.amount);
    memcpy(back.person, as.person, sizeof back.person);
    memcpy(back.store, as.store, sizeof back.store);
    memcpy(back.department, as.department, sizeof back.department);
    memcpy(back.about, as.about, sizeof back.about);
    snprintf(back.period, sizeof back.period, "%.11s", entry_period(&as));
    memcpy(back.adjusts, as.id, sizeof back.adjusts);
    oracle_take(back.proposed_by, sizeof back.proposed_by, by);
    snprintf(name, sizeof name, "back-%.150s", as.id + 2);
    const struct oracle_entry *made = entry_propose(oracle, oracle->seq, name, &back);
    ensure(made);
    snprintf(oracle->entries[index].adjusted_by, sizeof made->adjusted_by, "%.64s", made->id);
}

void entry_answered(struct oracle *oracle, const struct oracle_entry *entry)
{
    oracle_notices_end_about(oracle, entry->id);
}

/* False: there is nothing to take back. */
static bool take_back(struct oracle *oracle, uint32_t index, struct span by)
{
    struct oracle_entry *entry = &oracle->entries[index];
    bool over = entry->status == ledger_status_is_waived || entry->status == ledger_status_is_reversed;
    if (over || entry->adjusted_by[0] || (entry->status == ledger_status_is_settled && !entry_is_booked(oracle, entry)))
        return false;
    if (entry->status == ledger_status_is_proposed)
        entry_answered(oracle, entry);
    if (entry_is_booked(oracle, entry)) {
        if (entry->status == ledger_status_is_frozen)
            oracle_entry_thawed(oracle, index);
        entry_adjust(oracle, index, by);
        entry_touch(oracle, &oracle->entries[index]);
        return true;
    }
    entry_end(oracle, entry, ledger_status_is_reversed);
    entry->has_amended = false;
    entry->amended_by[0] = '\0';
    entry->frozen_by[0] = '\0';
    entry_touch(oracle, entry);
    return true;
}

/* ---- appeals ---- */

void oracle_entry_frozen(struct oracle *oracle, uint32_t index, const char *appeal)
{
    struct oracle_entry *entry = &oracle->entries[index];
    entry->frozen_from = entry->status;
    entry->status = ledger_status_is_frozen;
    entry->closed_ms = entry->leaves_ms = ORACLE_NEVER;
    entry->gone = false;
    snprintf(entry->frozen_by, sizeof entry->frozen_by, "%.64s", appeal);
    entry_touch(oracle, entry);
}

void oracle_entry_thawed(struct oracle *oracle, uint32_t index)
{
    struct oracle_entry *entry = &oracle->entries[index];
    if (entry->status != ledger_status_is_frozen)
        return;
    entry->status = entry->frozen_from;
    if (entry->status == ledger_status_is_settled)
        entry_end(oracle, entry, ledger_status_is_settled);
    entry->frozen_by[0] = '\0';
    entry_touch(oracle, entry);
}

void oracle_entry_overruled(struct oracle *oracle, uint32_t index, struct span by)
{
    if (oracle->entries[index].status == ledger_status_is_frozen)
        take_back(oracle, index, by);
}

/* ---- praise ---- */

void oracle_praised(struct oracle *oracle, const struct event *event)
{
    const struct praised *fact = &event->data.praised;
    for (uint32_t i = 0; HAS(fact, praised, staff) && i < fact->staff.count; i++) {
        struct oracle_entry as = {.kind = ledger_kind_is_praise, .amount = oracle->policy->ledger.praise_fen};
        oracle_take(as.person, sizeof as.person, fact->staff.item[i]);
        oracle_take(as.store, sizeof as.store, fact->store);
        if (HAS(fact, praised, department))
            oracle_take(as.department, sizeof as.department, fact->department);
        month_of(oracle, oracle_fact_ms(oracle, event), as.period);
        entry_propose(oracle, oracle->seq, as.person, &as);
    }
}

int oracle_praise_retracted(struct oracle *oracle, uint64_t seq, struct span by)
{
    int status = -E_NOT_FOLDED_TYPE;
    for (uint32_t i = 0, count = oracle->entries_count; i < count; i++) {
        if (oracle->entries[i].fact != seq || oracle->entries[i].kind != ledger_kind_is_praise)
            continue;
        if (take_back(oracle, i, by))
            status = 0;
        else if (status != 0)
            status = -E_ALREADY_DONE;
    }
    return status;
}

/* ---- verdicts ---- */

static bool stands_for(const struct oracle_entry *entry, const struct oracle_entry *wanted)
{
    return entry->kind == wanted->kind && strcmp(entry->person, wanted->person) == 0 &&
           entry->points == wanted->points && entry->proposed == wanted->amount;
}

/* The verdict asks for this: one that stands for it stays, else it is proposed. */
static void ask_for(struct oracle *oracle, const struct oracle_complaint *complaint, const char *name,
                    const struct oracle_entry *wanted)
{
    for (uint32_t i = 0; i < oracle->entries_count; i++) {
        struct oracle_entry *entry = &oracle->entries[i];
        if (entry->verdict_of == complaint->seq && !entry->asked && entry->status != ledger_status_is_reversed &&
            stands_for(entry, wanted)) {
            entry->asked = true;
            return;
        }
    }
    struct oracle_entry *wants = ORACLE_ADD(oracle, wants);
    *wants = *wanted;
    snprintf(wants->id, sizeof wants->id, "%.150s", name);
}

static void ask_of(struct oracle *oracle, const struct oracle_complaint *complaint, const struct oracle_names *people,
                   const struct oracle_names *party, const char *manager)
{
    const struct ledger_policy *rules = &oracle->policy->ledger;
    int32_t grade = complaint->grade;
    struct oracle_entry as = {.party = *party};
    oracle_label name;
    memcpy(as.store, complaint->store, sizeof as.store);
    memcpy(as.department, complaint->department, sizeof as.department);
    snprintf(as.about, sizeof as.about, "C-%" PRIu64, complaint->seq);
    month_of(oracle, complaint->opened_ms, as.period);
    int64_t left = rules->money_penalties && people->count > 0 ? rules->penalty_fen[grade] : 0;
    if (manager[0] && left * rules->manager_share_percent >= 100) {
        as.kind = ledger_kind_is_manager_share;
        as.amount = -(left * rules->manager_share_percent / 100);
        snprintf(as.person, sizeof as.person, "%s", manager);
        snprintf(name, sizeof name, "share-%s", manager);
        ask_for(oracle, complaint, name, &as);
        left += as.amount;
    }
    for (uint32_t i = 0; i < people->count; i++) {
        int64_t others = people->count - i;
        as.kind = ledger_kind_is_complaint_penalty;
        memcpy(as.person, people->item[i], sizeof as.person);
        as.points = -rules->penalty_points[grade];
        int64_t part = (left + others - 1) / others; /* the first named bears what can't be divided */
        as.amount = -part;
        left -= part;
        ask_for(oracle, complaint, as.person, &as);
    }
    ensure(left == 0);
    as.kind = ledger_kind_is_veto;
    as.points = as.amount = 0;
    for (uint32_t i = 0; grade >= rules->veto_grade && i < people->count; i++) {
        memcpy(as.person, people->item[i], sizeof as.person);
        snprintf(name, sizeof name, "veto-%s", as.person);
        ask_for(oracle, complaint, name, &as);
    }
    memset(as.person, 0, sizeof as.person);
    if (grade >= rules->veto_grade && complaint->department[0])
        ask_for(oracle, complaint, "veto", &as);
}

void oracle_ledger_follow(struct oracle *oracle, const struct oracle_complaint *complaint, struct span by)
{
    struct oracle_names people = {.count = 0}, party = {.count = 0};
    bool given_up =
        complaint->outcome == complaint_outcome_is_withdrawn || complaint->outcome == complaint_outcome_is_merged;
    oracle->wants_count = 0;
    for (uint32_t i = 0; i < oracle->entries_count; i++)
        oracle->entries[i].asked = false;
    for (uint32_t i = 0; i < complaint->judged_staff.count; i++)
        add_name(&people, complaint->judged_staff.item[i]);
    const char *manager = oracle_holder(oracle, complaint->store, complaint->department, 1);
    if (!oracle->policy->ledger.money_penalties || oracle->policy->ledger.manager_share_percent == 0 ||
        oracle_has(&people, span_of(manager)))
        manager = "";
    add_name(&party, complaint->judged_by);
    add_name(&party, manager);
    for (uint32_t i = 0; i < people.count; i++)
        add_name(&party, people.item[i]);
    if (complaint->verdict == verdict_is_upheld && !given_up)
        ask_of(oracle, complaint, &people, &party, manager);
    for (uint32_t i = 0, count = oracle->entries_count; i < count; i++)
        if (oracle->entries[i].verdict_of == complaint->seq && !oracle->entries[i].asked) {
            take_back(oracle, i, by);
            oracle->entries[i].verdict_of = 0;
        }
    for (uint32_t i = 0; i < oracle->wants_count; i++) {
        struct oracle_entry wanted = oracle->wants[i];
        struct oracle_entry *made = entry_propose(oracle, oracle->seq, wanted.id, &wanted);
        ensure(made);
        made->verdict_of = complaint->seq;
    }
}

/* ---- in time ---- */

int64_t oracle_entry_next(const struct oracle_entry *entry)
{
    if (entry->status == ledger_status_is_proposed)
        return entry->unanswered ? ORACLE_NEVER : entry->due_ms;
    return oracle_entry_is_open(entry) || entry->gone ? ORACLE_NEVER : entry->leaves_ms;
}

void oracle_entry_fire(struct oracle *oracle, struct oracle_entry *entry, int64_t due_ms)
{
    if (entry->status == ledger_status_is_proposed) {
        struct oracle_about about = {.skip = entry->party, .grade = grade_is_general};
        add_name(&about.skip, entry->person);
        add_name(&about.skip, entry->proposed_by);
        memcpy(about.id, entry->id, sizeof about.id);
        memcpy(about.store, entry->store, sizeof about.store);
        memcpy(about.department, entry->department, sizeof about.department);
        entry->unanswered = true;
        oracle_notice_raise_about(oracle, &about, "unanswered", oracle->policy->breach_percent, 4, entry->due_ms);
    } else {
        int64_t leaves = oracle_whole_second(entry->closed_ms + oracle->policy->card_keep_ms);
        if (leaves > due_ms) {
            entry->leaves_ms = leaves;
            oracle_touch(oracle, 'L', (uint32_t)(entry - oracle->entries), false); /* said again, as it was */
            return;
        }
        entry->gone = true;
        oracle_notices_gone_about(oracle, entry->id);
    }
    entry_touch(oracle, entry);
}

void oracle_entry_reckon(struct oracle *oracle, struct oracle_entry *entry)
{
    int64_t due_ms = oracle_pass(oracle->policy, entry->store, entry->proposed_ms, oracle->policy->ledger.answer_due);
    if (entry->status != ledger_status_is_proposed || entry->unanswered || due_ms == entry->due_ms)
        return;
    entry->due_ms = due_ms;
    entry_touch(oracle, entry);
}

/* ---- accounts ---- */

/* What counts of a person's year, added up from the front. */
bool oracle_account_agrees(const struct oracle *oracle, struct store_txn *state, const struct oracle_entry *of,
                           char message[ORACLE_MESSAGE_MAX])
{
    struct ledger_account mine = {0}, theirs;
    char year[5];
    snprintf(year, sizeof year, "%.4s", of->period);
    for (uint32_t i = 0; i < oracle->entries_count; i++) {
        const struct oracle_entry *entry = &oracle->entries[i];
        if (!entry_counts(entry) || strcmp(entry->person, of->person) != 0 || strncmp(entry->period, year, 4) != 0)
            continue;
        mine.entries++;
        mine.points += entry->points;
        mine.amount_fen += entry->has_settled ? entry->settled : entry->amount;
    }
    if (!of->person[0])
        return true;
    if (ledger_account_get(state, span_of(of->person), span_of(year), &theirs) != 0)
        return oracle_differs(message, "the account of %s can't be read", of->person);
    if (mine.entries == theirs.entries && mine.points == theirs.points && mine.amount_fen == theirs.amount_fen)
        return true;
    return oracle_differs(message,
                          "the account of %s for %s should have %" PRIu64 " entries of %" PRId64 " points and %" PRId64
                          " fen, has %" PRIu64 " of %" PRId64 " and %" PRId64,
                          of->person, year, mine.entries, mine.points, mine.amount_fen, theirs.entries, theirs.points,
                          theirs.amount_fen);
}
