/*
 * oracle_compare.c - the worker's state beside the oracle's recount, row by row.
 *
 * Every table of cases has exactly the rows that the oracle has: each of these is found and equal, and their numbers agree.
 */
#include "tests/sim/oracle_appeal.h"
#include "tests/sim/oracle_callback.h"
#include "tests/sim/oracle_improve.h"
#include "tests/sim/oracle_repair.h"
#include "tests/sim/oracle_roster.h"
#include "tests/sim/oracle_same.h"
#include "workers/cases.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

bool oracle_differs(char message[ORACLE_MESSAGE_MAX], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, ORACLE_MESSAGE_MAX, format, arguments);
    va_end(arguments);
    return false;
}

static bool clocks_agree(const struct oracle_complaint *mine, const struct complaint *card, const char *id,
                         char message[ORACLE_MESSAGE_MAX])
{
    const char *what = id;
    char name[128];
    uint32_t started = 0;
    for (int kind = 0; kind < clock_kind_count; kind++)
        started += mine->clock[kind].started;
    SAME_NUMBER("how many clocks", started, card->clocks_count);
    for (uint32_t i = 0; i < card->clocks_count; i++) {
        const struct clock *clock = &card->clocks[i];
        const struct oracle_clock *own = &mine->clock[clock->kind];
        snprintf(name, sizeof name, "%.80s's %s clock", id, choice_name(choice_of_clock_kind(), clock->kind));
        what = name;
        SAME_NUMBER("started", own->started, 1);
        SAME_NUMBER("started_at", own->start_ms, clock->started_at);
        SAME_NUMBER("due_at", own->due_ms, clock->due_at);
        SAME_NUMBER("stopped_at", own->stopped ? own->stopped_ms : ORACLE_NEVER, TIME_OF(clock, clock, stopped_at));
        SAME_NUMBER("breached", own->breached, clock->breached);
    }
    return true;
}

static bool life_agrees(const struct oracle_complaint *mine, const struct complaint *card, const char *what,
                        char message[ORACLE_MESSAGE_MAX])
{
    static const char *const waits[] = {"", "verdict", "verification"};
    SAME_NUMBER("grade", mine->grade, card->grade);
    SAME_NUMBER("status", mine->status, card->status);
    SAME_NUMBER("level", mine->level, card->level);
    SAME_NUMBER("floor", mine->floor, card->floor);
    SAME_TEXT("handler", mine->handler, TEXT_OF(card, complaint, handler));
    SAME_NUMBER("verdict", mine->verdict, NUMBER_OF(card, complaint, verdict));
    SAME_NAMES("judged_staff", &mine->judged_staff, HAS(card, complaint, judged_staff), &card->judged_staff);
    SAME_NUMBER("pause", mine->pause_reason, HAS(card, complaint, paused) ? card->paused.reason : -1);
    if (mine->pause_reason >= 0) {
        SAME_NUMBER("pause.since", mine->pause_since, card->paused.since);
        SAME_NUMBER("pause.until", mine->pause_until, card->paused.until);
    }
    SAME_NUMBER("outcome", mine->outcome, NUMBER_OF(card, complaint, outcome));
    SAME_TEXT("merged_into", mine->merged_into, TEXT_OF(card, complaint, merged_into));
    SAME_TEXT("waits_for", waits[mine->waits_for], TEXT_OF(card, complaint, waits_for));
    SAME_NUMBER("tries", mine->tries, card->tries);
    SAME_NUMBER("reopened", mine->reopened, card->reopened);
    SAME_NUMBER("compensation_fen", mine->compensation_fen, NUMBER_OF(card, complaint, compensation_fen));
    SAME_NUMBER("opened_at", mine->opened_ms, card->opened_at);
    SAME_NUMBER("closed_at", mine->closed_ms, TIME_OF(card, complaint, closed_at));
    SAME_NUMBER("promised_at", mine->promised_ms, TIME_OF(card, complaint, promised_at));
    SAME_NUMBER("late", mine->late, card->late);
    SAME_NUMBER("historical", mine->historical, card->historical);
    SAME_NUMBER("gone", mine->gone, TRUE_OF(card, complaint, gone));
    SAME_NUMBER("changed_seq", mine->changed_seq, card->changed_seq);
    return true;
}

bool oracle_card_agrees(struct oracle *oracle, const struct oracle_complaint *mine, const struct complaint *card,
                        char message[ORACLE_MESSAGE_MAX])
{
    char what[32];
    (void)oracle;
    snprintf(what, sizeof what, "C-%" PRIu64, mine->seq);
    SAME_TEXT("id", what, card->id);
    SAME_NUMBER("seq", mine->seq, card->seq);
    SAME_TEXT("store", mine->store, card->store);
    SAME_TEXT("department", mine->department, TEXT_OF(card, complaint, department));
    SAME_NAMES("staff", &mine->staff, HAS(card, complaint, staff), &card->staff);
    SAME_TEXT("customer", mine->customer, TEXT_OF(card, complaint, customer));
    SAME_TEXT("visit", mine->visit, TEXT_OF(card, complaint, visit));
    SAME_TEXT("vehicle", mine->vehicle, TEXT_OF(card, complaint, vehicle));
    SAME_NUMBER("channel", mine->channel, card->channel);
    SAME_NUMBER("category", mine->category, card->category);
    return life_agrees(mine, card, what, message) && clocks_agree(mine, card, what, message);
}

bool oracle_notice_agrees(struct oracle *oracle, const struct oracle_notice *mine, const struct escalation *card,
                          char message[ORACLE_MESSAGE_MAX])
{
    const char *what = mine->id;
    (void)oracle;
    SAME_TEXT("id", mine->id, card->id);
    SAME_TEXT("about", mine->about, card->about);
    SAME_TEXT("complaint", mine->clock == ORACLE_OTHER ? "" : mine->about, TEXT_OF(card, escalation, complaint));
    SAME_TEXT("store", mine->store, card->store);
    SAME_TEXT("department", mine->department, TEXT_OF(card, escalation, department));
    SAME_NUMBER("grade", mine->grade, card->grade);
    SAME_TEXT("clock",
              mine->clock == ORACLE_OTHER    ? mine->why
              : mine->clock == ORACLE_MANUAL ? "manual"
                                             : choice_name(choice_of_clock_kind(), mine->clock),
              card->clock);
    SAME_NUMBER("rung_percent", mine->percent, card->rung_percent);
    SAME_NUMBER("level", mine->level, card->level);
    SAME_TEXT("to", mine->to, card->to);
    SAME_NUMBER("repeat", mine->repeat, card->repeat);
    SAME_NUMBER("at", mine->at_ms, card->at);
    SAME_NUMBER("raised_at", mine->raised_ms, card->raised_at);
    SAME_TEXT("acknowledged_by", mine->acknowledged_by, TEXT_OF(card, escalation, acknowledged_by));
    SAME_NUMBER("acknowledged_at", mine->acknowledged_ms, TIME_OF(card, escalation, acknowledged_at));
    SAME_NUMBER("ended", mine->ended, card->ended);
    SAME_NUMBER("gone", mine->gone, TRUE_OF(card, escalation, gone));
    SAME_TELLING(escalation, &mine->telling, card);
    SAME_NUMBER("sent_repeat", mine->telling.sent_repeat, NUMBER_OF(card, escalation, sent_repeat));
    SAME_TEXT("because", mine->because, TEXT_OF(card, escalation, because));
    SAME_NUMBER("changed_seq", mine->changed_seq, card->changed_seq);
    return true;
}

#define NEAR(a, b) (fabs((a) - (b)) < 1e-5)

static bool effect_agrees(const struct oracle_task *mine, const struct task *card, char *message)
{
    const struct effect *theirs = &card->effect;
    const char *what = mine->id;
    SAME_NUMBER("effect", mine->measured, HAS(card, task, effect));
    if (!mine->measured)
        return true;
    SAME_NUMBER("n_before", mine->effect.n_before, theirs->n_before);
    SAME_NUMBER("n_after", mine->effect.n_after, theirs->n_after);
    if (NEAR(mine->effect.before, theirs->before) && NEAR(mine->effect.after, theirs->after) &&
        NEAR(mine->effect.low, theirs->low) && NEAR(mine->effect.high, theirs->high) &&
        NEAR(theirs->after - theirs->before, theirs->difference))
        return true;
    return oracle_differs(message, "%s: effect from %g to %g within [%g, %g], not from %g to %g within [%g, %g]", what,
                          mine->effect.before, mine->effect.after, mine->effect.low, mine->effect.high, theirs->before,
                          theirs->after, theirs->low, theirs->high);
}

bool oracle_task_agrees(struct oracle *oracle, const struct oracle_task *mine, const struct task *card,
                        char message[ORACLE_MESSAGE_MAX])
{
    const char *what = mine->id;
    (void)oracle;
    SAME_TEXT("id", mine->id, card->id);
    SAME_NUMBER("seq", mine->seq, card->seq);
    SAME_NUMBER("kind", mine->kind, card->kind);
    SAME_TEXT("store", mine->store, card->store);
    SAME_TEXT("department", mine->department, card->department);
    SAME_TEXT("staff", mine->staff, TEXT_OF(card, task, staff));
    SAME_TEXT("customer", mine->customer, TEXT_OF(card, task, customer));
    SAME_TEXT("visit", mine->visit, TEXT_OF(card, task, visit));
    SAME_TEXT("dimension", mine->dimension, TEXT_OF(card, task, dimension));
    SAME_TEXT("responsible", mine->responsible, card->responsible);
    SAME_NUMBER("status", mine->status, card->status);
    SAME_NAMES("reasons", &mine->reasons, true, &card->reasons);
    SAME_NUMBER("opened_at", mine->opened_ms, card->opened_at);
    SAME_NUMBER("due_at", mine->due_ms, card->due_at);
    SAME_NUMBER("overdue", mine->overdue, card->overdue);
    SAME_NUMBER("effective", mine->effective, NUMBER_OF(card, task, effective));
    SAME_NUMBER("rule", mine->rule, NUMBER_OF(card, task, rule));
    SAME_NUMBER("closed_at", mine->closed_ms, TIME_OF(card, task, closed_at));
    SAME_NUMBER("gone", mine->gone, TRUE_OF(card, task, gone));
    SAME_TELLING(task, &mine->telling, card);
    SAME_TEXT("sent_to", mine->telling.sent_ms == ORACLE_NEVER ? "" : mine->told_to, TEXT_OF(card, task, sent_to));
    SAME_NUMBER("changed_seq", mine->changed_seq, card->changed_seq);
    return effect_agrees(mine, card, message);
}

#define AMOUNT_OF(card, field) (HAS(card, ledger_entry, field) ? (card)->field : 0)

static bool entry_life_agrees(const struct oracle_entry *mine, const struct ledger_entry *card, char *message)
{
    const char *what = mine->id;
    SAME_NUMBER("status", mine->status, card->status);
    SAME_NUMBER("amended_fen is there", mine->has_amended, HAS(card, ledger_entry, amended_fen));
    SAME_NUMBER("amended_fen", mine->has_amended ? mine->amended : 0, AMOUNT_OF(card, amended_fen));
    SAME_TEXT("amended_by", mine->amended_by, TEXT_OF(card, ledger_entry, amended_by));
    SAME_NUMBER("settled_fen is there", mine->has_settled, HAS(card, ledger_entry, settled_fen));
    SAME_NUMBER("settled_fen", mine->settled, AMOUNT_OF(card, settled_fen));
    SAME_TEXT("decided_by", mine->decided_by, TEXT_OF(card, ledger_entry, decided_by));
    SAME_TEXT("adjusted_by", mine->adjusted_by, TEXT_OF(card, ledger_entry, adjusted_by));
    SAME_TEXT("frozen_by", mine->frozen_by, TEXT_OF(card, ledger_entry, frozen_by));
    SAME_NUMBER("proposed_at", mine->proposed_ms, card->proposed_at);
    SAME_NUMBER("answer_due_at", mine->due_ms, card->answer_due_at);
    SAME_NUMBER("unanswered", mine->unanswered, card->unanswered);
    SAME_NUMBER("notice_at", mine->notice_ms, TIME_OF(card, ledger_entry, notice_at));
    SAME_NUMBER("closed_at", mine->closed_ms, TIME_OF(card, ledger_entry, closed_at));
    SAME_NUMBER("gone", mine->gone, TRUE_OF(card, ledger_entry, gone));
    SAME_NUMBER("changed_seq", mine->changed_seq, card->changed_seq);
    return true;
}

bool oracle_entry_agrees(struct oracle *oracle, const struct oracle_entry *mine, const struct ledger_entry *card,
                         char message[ORACLE_MESSAGE_MAX])
{
    const char *what = mine->id;
    (void)oracle;
    SAME_TEXT("id", mine->id, card->id);
    SAME_NUMBER("seq", mine->fact, NUMBER_OF(card, ledger_entry, seq));
    SAME_NUMBER("kind", mine->kind, card->kind);
    SAME_TEXT("person", mine->person, TEXT_OF(card, ledger_entry, person));
    SAME_TEXT("store", mine->store, card->store);
    SAME_TEXT("department", mine->department, TEXT_OF(card, ledger_entry, department));
    SAME_TEXT("about", mine->about, TEXT_OF(card, ledger_entry, about));
    SAME_TEXT("period", mine->period, card->period);
    SAME_TEXT("for_period", mine->for_period, TEXT_OF(card, ledger_entry, for_period));
    SAME_NUMBER("points", mine->points, card->points);
    SAME_NUMBER("amount_fen", mine->amount, card->amount_fen);
    SAME_NUMBER("proposed_fen", mine->proposed, card->proposed_fen);
    SAME_TEXT("adjusts", mine->adjusts, TEXT_OF(card, ledger_entry, adjusts));
    SAME_TEXT("proposed_by", mine->proposed_by, TEXT_OF(card, ledger_entry, proposed_by));
    return entry_life_agrees(mine, card, message);
}

/* ---- rows of cases ---- */

/* The card of a case, and whether it is among the open ones as it should be. */
bool oracle_case_found(struct store_txn *state, const char *id, bool open, void *ret_card,
                       char message[ORACLE_MESSAGE_MAX])
{
    struct case_key key;
    struct span row, nothing;
    ensure(case_key_of_id(span_of(id), &key) == 0);
    if (store_get(state, STATE_CASES, case_key_span(&key), &row) != 0)
        return oracle_differs(message, "%s: missing in the state", id);
    if (case_read(&key, row, ret_card) != 0)
        return oracle_differs(message, "%s: its row can't be read", id);
    bool is_open = store_get(state, STATE_OPEN, case_key_span(&key), &nothing) == 0;
    if (is_open != open)
        return oracle_differs(message, "%s: should be %s, is %s", id, open ? "open" : "closed",
                              is_open ? "open" : "closed");
    return true;
}

/* The one timer of a case: as its row has it, and armed. */
bool oracle_timer_agrees(struct store_txn *state, const char *id, int64_t due_ms, bool has, int64_t timer_at,
                         char message[ORACLE_MESSAGE_MAX])
{
    struct case_key key;
    struct span nothing;
    uint8_t buffer[TIMER_KEY_MAX];
    int64_t theirs = has ? timer_at : ORACLE_NEVER;
    if (theirs != due_ms)
        return oracle_differs(message, "%s: its timer should be due at %" PRId64 ", is at %" PRId64, id, due_ms,
                              theirs);
    ensure(case_key_of_id(span_of(id), &key) == 0);
    if (due_ms != ORACLE_NEVER && store_get(state, STATE_TIMERS, timer_key(due_ms, &key, buffer), &nothing) != 0)
        return oracle_differs(message, "%s: no timer is armed for %" PRId64, id, due_ms);
    return true;
}

static bool complaints_agree(struct oracle *oracle, struct store_txn *state, bool all, char *message)
{
    for (uint32_t i = 0; i < oracle->complaints_count; i++) {
        struct oracle_complaint *mine = &oracle->complaints[i];
        struct complaint card;
        char id[32];
        if (!all && !mine->changed)
            continue;
        snprintf(id, sizeof id, "C-%" PRIu64, mine->seq);
        int64_t due_ms = oracle_complaint_next(oracle, mine);
        if (!oracle_case_found(state, id, oracle_is_open(mine), &card, message) ||
            !oracle_card_agrees(oracle, mine, &card, message) ||
            !oracle_timer_agrees(state, id, due_ms, HAS(&card, complaint, timer_at), card.timer_at, message))
            return false;
        mine->changed = false;
    }
    return true;
}

static bool notices_agree(struct oracle *oracle, struct store_txn *state, bool all, char *message)
{
    for (uint32_t i = 0; i < oracle->notices_count; i++) {
        struct oracle_notice *mine = &oracle->notices[i];
        struct escalation card;
        if (!all && !mine->changed)
            continue;
        int64_t due_ms = oracle_notice_next(oracle, mine);
        if (!oracle_case_found(state, mine->id, oracle_notice_is_open(mine), &card, message) ||
            !oracle_notice_agrees(oracle, mine, &card, message) ||
            !oracle_timer_agrees(state, mine->id, due_ms, HAS(&card, escalation, timer_at), card.timer_at, message))
            return false;
        mine->changed = false;
    }
    return true;
}

static bool entries_agree(struct oracle *oracle, struct store_txn *state, bool all, char *message)
{
    for (uint32_t i = 0; i < oracle->entries_count; i++) {
        struct oracle_entry *mine = &oracle->entries[i];
        struct ledger_entry card;
        if (!all && !mine->changed)
            continue;
        int64_t due_ms = oracle_entry_next(mine);
        if (!oracle_case_found(state, mine->id, oracle_entry_is_open(mine), &card, message) ||
            !oracle_entry_agrees(oracle, mine, &card, message) ||
            !oracle_timer_agrees(state, mine->id, due_ms, HAS(&card, ledger_entry, timer_at), card.timer_at, message) ||
            !oracle_account_agrees(oracle, state, mine, message))
            return false;
        mine->changed = false;
    }
    return true;
}

static bool tasks_agree(struct oracle *oracle, struct store_txn *state, bool all, char *message)
{
    for (uint32_t i = 0; i < oracle->tasks_count; i++) {
        struct oracle_task *mine = &oracle->tasks[i];
        struct task card;
        const char *id = mine->id;
        if (!all && !mine->changed)
            continue;
        int64_t due_ms = oracle_task_next(oracle, mine);
        if (!oracle_case_found(state, id, oracle_task_is_open(mine), &card, message) ||
            !oracle_task_agrees(oracle, mine, &card, message) ||
            !oracle_timer_agrees(state, id, due_ms, HAS(&card, task, timer_at), card.timer_at, message))
            return false;
        mine->changed = false;
    }
    return true;
}

/* ---- the other rows ---- */

static bool visits_agree(struct oracle *oracle, struct store_txn *state, bool all, char *message)
{
    for (uint32_t i = 0; i < oracle->visits_count; i++) {
        struct oracle_visit *mine = &oracle->visits[i];
        struct visit_row row;
        const char *what = mine->visit;
        if (!all && !mine->changed)
            continue;
        if (state_visit_get(state, span_of(mine->store), span_of(mine->visit), &row) != 0)
            return oracle_differs(message, "visit %s of %s: missing in the state", mine->visit, mine->store);
        SAME_TEXT("vehicle", mine->vehicle, row.vehicle);
        SAME_TEXT("fault", mine->fault, row.fault);
        SAME_TEXT("staff", mine->staff, row.staff);
        SAME_NUMBER("safety", mine->safety, row.safety);
        SAME_NUMBER("warranty", mine->warranty, row.warranty);
        SAME_NUMBER("counted", mine->counted, row.counted);
        SAME_NUMBER("open_complaints", mine->open_complaints, row.open_complaints);
        SAME_NUMBER("task", mine->task, row.task);
        if (!oracle_visit_day_agrees(oracle, state, mine, message))
            return false;
        mine->changed = false;
    }
    for (uint32_t i = 0; i < oracle->repairs_count; i++) {
        const struct oracle_repair *mine = &oracle->repairs[i];
        const char *what = mine->vehicle;
        uint64_t count = 0;
        ensure(state_repairs_get(state, span_of(mine->vehicle), span_of(mine->fault), &count) == 0);
        SAME_NUMBER("repairs", mine->count, count);
    }
    for (uint32_t i = 0; i < oracle->customers_count; i++) {
        struct oracle_customer *mine = &oracle->customers[i];
        const char *what = mine->customer;
        int64_t at_ms = -1;
        if (!all && !mine->changed)
            continue;
        if (state_customer_get(state, span_of(mine->customer), &at_ms) != 0)
            return oracle_differs(message, "customer %s: missing in the state", mine->customer);
        SAME_NUMBER("last complaint", mine->at_ms, at_ms);
        mine->changed = false;
    }
    return true;
}

static bool decisions_agree(struct oracle *oracle, struct store_txn *state, bool all, char *message)
{
    for (uint32_t i = 0; i < oracle->decisions_count; i++) {
        struct oracle_decision *mine = &oracle->decisions[i];
        struct outcome_row row;
        char what[192];
        if (!all && !mine->changed)
            continue;
        snprintf(what, sizeof what, "decision %" PRIu64 " (%s of %.80s)", mine->seq, mine->type, mine->subject);
        if (state_outcome_get(state, mine->seq, &row) != 0)
            return oracle_differs(message, "%s: no outcome in the state", what);
        SAME_TEXT("outcome", outcome_name(mine->outcome), span_of(outcome_name(row.outcome)));
        SAME_TEXT("code", status_text(mine->status)->name, span_of(status_text(row.status)->name));
        SAME_TEXT("type", mine->type, row.type);
        SAME_TEXT("subject", mine->subject, row.subject);
        mine->changed = false;
    }
    return true;
}

static bool counters_agree(struct oracle *oracle, const struct counters *theirs, char *message)
{
    const char *what = "status";
    struct counters *mine = &oracle->counters;
    oracle_ratings_count(oracle);
    mine->open_complaints = mine->open_tasks = mine->open_escalations = mine->open_ledger_entries = 0;
    for (uint32_t i = 0; i < oracle->entries_count; i++)
        mine->open_ledger_entries += oracle_entry_is_open(&oracle->entries[i]);
    for (uint32_t i = 0; i < oracle->complaints_count; i++)
        mine->open_complaints += oracle_is_open(&oracle->complaints[i]);
    for (uint32_t i = 0; i < oracle->tasks_count; i++)
        mine->open_tasks += oracle_task_is_open(&oracle->tasks[i]);
    mine->open_callbacks = 0;
    for (uint32_t i = 0; i < oracle->callbacks_count; i++)
        mine->open_callbacks += oracle_callback_is_open(&oracle->callbacks[i]);
    for (uint32_t i = 0; i < oracle->notices_count; i++)
        mine->open_escalations += oracle_notice_is_open(&oracle->notices[i]);
    mine->open_repairs = 0;
    for (uint32_t i = 0; i < oracle->stays_count; i++)
        mine->open_repairs += oracle_stay_is_open(&oracle->stays[i]);
    mine->open_appeals = mine->open_periods = 0;
    for (uint32_t i = 0; i < oracle->appeals_count; i++)
        mine->open_appeals += oracle_appeal_is_open(&oracle->appeals[i]);
    for (uint32_t i = 0; i < oracle->months_count; i++)
        mine->open_periods += !oracle->months[i].closed;
#define X(name) SAME_NUMBER(#name, mine->name, theirs->name);
    COUNTERS(X)
#undef X
    return true;
}

/* As many rows as the oracle has: nothing else is there. */
static bool numbers_agree(struct oracle *oracle, struct store_txn *state, char *message)
{
    const char *what = "state";
    uint64_t cases = 0, outcomes = 0, timers = 0, armed = 0;
    ensure(store_count(state, STATE_CASES, &cases) == 0 && store_count(state, STATE_OUTCOMES, &outcomes) == 0 &&
           store_count(state, STATE_TIMERS, &timers) == 0);
    for (uint32_t i = 0; i < oracle->complaints_count; i++)
        armed += oracle_complaint_next(oracle, &oracle->complaints[i]) != ORACLE_NEVER;
    for (uint32_t i = 0; i < oracle->notices_count; i++)
        armed += oracle_notice_next(oracle, &oracle->notices[i]) != ORACLE_NEVER;
    for (uint32_t i = 0; i < oracle->tasks_count; i++)
        armed += oracle_task_next(oracle, &oracle->tasks[i]) != ORACLE_NEVER;
    for (uint32_t i = 0; i < oracle->entries_count; i++)
        armed += oracle_entry_next(&oracle->entries[i]) != ORACLE_NEVER;
    uint64_t stays = 0;
    for (uint32_t i = 0; i < oracle->stays_count; i++) {
        armed += oracle_stay_next(oracle, &oracle->stays[i]) != ORACLE_NEVER;
        stays += oracle->stays[i].seq > 0;
    }
    uint32_t callbacks = 0;
    for (uint32_t i = 0; i < oracle->callbacks_count; i++) {
        callbacks += !oracle->callbacks[i].forgotten;
        armed += oracle_callback_next(&oracle->callbacks[i]) != ORACLE_NEVER;
    }
    for (uint32_t i = 0; i < oracle->flags_count; i++)
        armed += oracle->flags[i].leaves_ms != ORACLE_NEVER;
    for (uint32_t i = 0; i < oracle->appeals_count; i++)
        armed += oracle_appeal_next(&oracle->appeals[i]) != ORACLE_NEVER;
    for (uint32_t i = 0; i < oracle->months_count; i++)
        armed += oracle->months[i].due_ms != ORACLE_NEVER;
    SAME_NUMBER("cases",
                oracle->complaints_count + oracle->notices_count + oracle->tasks_count + oracle->entries_count +
                    callbacks + oracle->flags_count + stays + oracle->appeals_count + oracle->months_count,
                cases);
    SAME_NUMBER("outcomes", oracle->decisions_count, outcomes);
    SAME_NUMBER("timers", armed, timers);
    return true;
}

bool oracle_agrees(struct oracle *oracle, struct store_txn *state, bool all, char message[ORACLE_MESSAGE_MAX])
{
    struct state_head head;
    if (state_head_get(state, &head) != 0)
        return oracle_differs(message, "the state's head can't be read");
    const struct position *position = &head.position;
    if (position->step || position->entered || position->sweep.len)
        return true; /* within an entry */
    if (position->seq < oracle->outside || position->seq > oracle->cursor)
        return oracle_differs(message, "the state stands at %" PRIu64 ", the oracle at %" PRIu64, position->seq,
                              oracle->cursor);
    if (!all && !oracle->anything)
        return counters_agree(oracle, &head.counters, message);
    bool agree = complaints_agree(oracle, state, all, message) && notices_agree(oracle, state, all, message) &&
                 oracle_appeals_agree(oracle, state, message) && tasks_agree(oracle, state, all, message) &&
                 oracle_flags_agree(oracle, state, all, message) && entries_agree(oracle, state, all, message) &&
                 oracle_stays_agree(oracle, state, all, message) &&
                 oracle_callbacks_agree(oracle, state, all, message) && visits_agree(oracle, state, all, message) &&
                 decisions_agree(oracle, state, all, message) && oracle_scores_agree(oracle, state, all, message) &&
                 oracle_in_force_agrees(oracle, state, message) && numbers_agree(oracle, state, message) &&
                 counters_agree(oracle, &head.counters, message);
    oracle->anything = oracle->anything && !agree;
    return agree;
}
