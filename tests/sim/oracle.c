/*
 * oracle.c - feeds the oracle: one entry after the other, and what falls due before and after each.
 *
 *   entry stamped T -->  what is due <= T, in order of (due, id), each as of its due  -->  the event  -->  what is due <= T again
 *
 * What the documents leave open, and how it is settled here, stands beside the rule.
 */
#include "io/policy_file.h"
#include "tests/sim/oracle_appeal.h"
#include "tests/sim/oracle_callback.h"
#include "tests/sim/oracle_delivery.h"
#include "tests/sim/oracle_improve.h"
#include "tests/sim/oracle_roster.h"

#include <stdlib.h>

#define DAY_MS (24 * 3600 * 1000ll)

/* ---- small things ---- */

void *oracle_room(void *array, uint32_t count, uint32_t *room, size_t size)
{
    if (count == *room) {
        *room = count ? count * 2 : 16;
        array = realloc(array, *room * size);
        ensure(array);
    }
    memset((char *)array + count * size, 0, size);
    return array;
}

void oracle_take(char *to, size_t size, struct span from)
{
    ensure(from.len < size);
    memset(to, 0, size);
    if (from.len)
        memcpy(to, from.at, from.len);
}

bool oracle_is(const char *name, struct span other)
{
    return span_is(other, name);
}

void oracle_take_names(struct oracle_names *to, const struct name_list *from)
{
    memset(to, 0, sizeof *to);
    for (uint32_t i = 0; i < from->count; i++)
        oracle_take(to->item[to->count++], sizeof to->item[0], from->item[i]);
}

bool oracle_has(const struct oracle_names *names, struct span name)
{
    for (uint32_t i = 0; i < names->count; i++)
        if (name.len && oracle_is(names->item[i], name))
            return true;
    return false;
}

int64_t oracle_whole_second(int64_t ms)
{
    return (ms + 999) / 1000 * 1000;
}

int64_t oracle_decided_ms(const struct oracle *oracle, const struct event *event)
{
    bool counts = event->has_time && event->time_ms <= oracle->at_ms &&
                  oracle->at_ms - event->time_ms <= oracle->policy->decision_slack_ms;
    return counts ? event->time_ms : oracle->at_ms;
}

int64_t oracle_fact_ms(const struct oracle *oracle, const struct event *event)
{
    int64_t ms = event->has_time && event->time_ms < oracle->at_ms ? event->time_ms : oracle->at_ms;
    return oracle->at_ms - ms > oracle->policy->fact_age_max_ms ? oracle->at_ms : ms;
}

/* ---- what falls due ---- */

/* The least due of all cases; among equals the least id: letter, seq of the fact, then the rest of a notice's name. */
struct due {
    int64_t ms;
    char letter;
    uint64_t seq;
    const char *rest;
    uint32_t index;
};

static void earlier_due(struct due *first, struct due other)
{
    int order = (first->ms > other.ms) - (first->ms < other.ms);
    if (!order)
        order = (first->letter > other.letter) - (first->letter < other.letter);
    if (!order)
        order = (first->seq > other.seq) - (first->seq < other.seq);
    if (!order)
        order = strcmp(first->rest, other.rest);
    if (order > 0)
        *first = other;
}

/* What follows "E-41-", or "E-" when time bore it. */
static const char *rest_of(const struct oracle_notice *notice)
{
    return notice->of ? strchr(notice->id + 2, '-') + 1 : notice->id + 2;
}

static struct due next_due(const struct oracle *oracle)
{
    struct due first = {.ms = ORACLE_NEVER, .letter = 'Z', .rest = ""};
    for (uint32_t i = 0; i < oracle->complaints_count; i++)
        earlier_due(&first, (struct due){oracle_complaint_next(oracle, &oracle->complaints[i]), 'C',
                                         oracle->complaints[i].seq, "", i});
    for (uint32_t i = 0; i < oracle->notices_count; i++) {
        int64_t ms = oracle_notice_next(oracle, &oracle->notices[i]);
        if (ms <= first.ms)
            earlier_due(&first, (struct due){ms, 'E', oracle->notices[i].of, rest_of(&oracle->notices[i]), i});
    }
    for (uint32_t i = 0; i < oracle->tasks_count; i++)
        earlier_due(&first, (struct due){oracle_task_next(oracle, &oracle->tasks[i]), 'T', oracle->tasks[i].fact,
                                         oracle_task_rest(&oracle->tasks[i]), i});
    for (uint32_t i = 0; i < oracle->entries_count; i++)
        earlier_due(&first, (struct due){oracle_entry_next(&oracle->entries[i]), 'L', oracle->entries[i].fact,
                                         strchr(oracle->entries[i].id + 2, '-') + 1, i});
    for (uint32_t i = 0; i < oracle->callbacks_count; i++)
        earlier_due(&first, (struct due){oracle_callback_next(&oracle->callbacks[i]), 'B', oracle->callbacks[i].seq,
                                         oracle_callback_rest(&oracle->callbacks[i]), i});
    for (uint32_t i = 0; i < oracle->flags_count; i++)
        earlier_due(&first, (struct due){oracle->flags[i].leaves_ms, 'F', oracle->flags[i].fact,
                                         oracle_flag_rest(&oracle->flags[i]), i});
    for (uint32_t i = 0; i < oracle->stays_count; i++)
        earlier_due(&first,
                    (struct due){oracle_stay_next(oracle, &oracle->stays[i]), 'V', oracle->stays[i].seq, "", i});
    for (uint32_t i = 0; i < oracle->appeals_count; i++)
        earlier_due(&first, (struct due){oracle_appeal_next(&oracle->appeals[i]), 'A', oracle->appeals[i].seq, "", i});
    for (uint32_t i = 0; i < oracle->months_count; i++)
        earlier_due(&first, (struct due){oracle->months[i].due_ms, 'P', 0, oracle->months[i].id, i});
    return first;
}

static void fire_due(struct oracle *oracle)
{
    for (struct due due = next_due(oracle); due.ms <= oracle->at_ms; due = next_due(oracle)) {
        oracle->counters.timers++;
        if (due.letter == 'C')
            oracle_complaint_fire(oracle, &oracle->complaints[due.index], due.ms);
        else if (due.letter == 'V')
            oracle_stay_fire(oracle, &oracle->stays[due.index], due.ms);
        else if (due.letter == 'E')
            oracle_notice_fire(oracle, &oracle->notices[due.index], due.ms);
        else if (due.letter == 'L')
            oracle_entry_fire(oracle, &oracle->entries[due.index], due.ms);
        else if (due.letter == 'B')
            oracle_callback_fire(oracle, &oracle->callbacks[due.index], due.ms);
        else if (due.letter == 'F')
            oracle_flag_fire(oracle, &oracle->flags[due.index], due.ms);
        else if (due.letter == 'A')
            oracle_appeal_fire(oracle, &oracle->appeals[due.index], due.ms);
        else if (due.letter == 'P')
            oracle_month_fire(oracle, due.index, due.ms);
        else
            oracle_task_fire(oracle, &oracle->tasks[due.index], due.ms);
        oracle_tell_them(oracle, due.ms);
        oracle_remember(oracle);
    }
}

/* ---- rulebooks ---- */

static void remember_policy(struct oracle *oracle, uint64_t seq, const struct policy *policy)
{
    struct oracle_policy *row = ORACLE_ADD(oracle, policies);
    row->seq = seq;
    row->policy = *policy;
    *oracle->policy = *policy;
    oracle->anything = true;
}

/* In force from here on, and every open case is reckoned anew by it. One that can't be read changes nothing. */
static void adopt(struct oracle *oracle, const struct event *event)
{
    char message[POLICY_MESSAGE_MAX], hash[33];
    struct policy earlier = *oracle->policy;
    struct policy policy;
    policy_hash(event->data.adopted.content, hash);
    if (!oracle_is(hash, event->data.adopted.hash) || policy_parse(event->data.adopted.content, &policy, message) != 0)
        return;
    for (uint32_t i = 0; i < oracle->complaints_count; i++)
        oracle->complaints[i].armed_ms = oracle_complaint_next(oracle, &oracle->complaints[i]);
    for (uint32_t i = 0; i < oracle->stays_count; i++)
        oracle->stays[i].armed_ms = oracle_stay_next(oracle, &oracle->stays[i]);
    for (uint32_t i = 0; i < oracle->tasks_count; i++)
        oracle->tasks[i].armed_ms = oracle_task_next(oracle, &oracle->tasks[i]);
    remember_policy(oracle, oracle->seq, &policy);
    for (uint32_t i = 0; i < oracle->complaints_count; i++)
        if (oracle_is_open(&oracle->complaints[i]))
            oracle_complaint_reckon(oracle, &oracle->complaints[i]);
    for (uint32_t i = 0; i < oracle->stays_count; i++)
        if (oracle_stay_is_open(&oracle->stays[i]))
            oracle_stay_reckon(oracle, &oracle->stays[i], oracle->stays[i].armed_ms);
    for (uint32_t i = 0; i < oracle->notices_count; i++)
        oracle_notice_reckon(oracle, &earlier, &oracle->notices[i]);
    for (uint32_t i = 0; i < oracle->tasks_count; i++)
        if (oracle_task_is_open(&oracle->tasks[i]))
            oracle_task_reckon(oracle, &oracle->tasks[i]);
    for (uint32_t i = 0; i < oracle->entries_count; i++)
        oracle_entry_reckon(oracle, &oracle->entries[i]);
    for (uint32_t i = 0; i < oracle->callbacks_count; i++)
        oracle_callback_reckon(oracle, &oracle->callbacks[i]);
    for (uint32_t i = 0; i < oracle->appeals_count; i++)
        oracle_appeal_reckon(oracle, &oracle->appeals[i]);
    oracle_month_reckon(oracle);
}

/* ---- events ---- */

static void remember_decision(struct oracle *oracle, const struct event *event, enum outcome outcome, int status)
{
    struct oracle_decision *row = ORACLE_ADD(oracle, decisions);
    row->seq = oracle->seq;
    row->outcome = outcome;
    row->status = status;
    oracle_take(row->type, sizeof row->type, event->type_name);
    oracle_take(row->subject, sizeof row->subject, event->subject);
    row->changed = oracle->anything = true;
    oracle->counters.accepted += outcome == OUTCOME_ACCEPTED;
    oracle->counters.rejected += outcome == OUTCOME_REJECTED;
    oracle->counters.kept += outcome == OUTCOME_KEPT;
}

/* Has a decision about its case stood since the entry as of which its sender saw it? Where the journal was restored, nobody has
 * seen what is yet to come. */
static bool decided_since(struct oracle *oracle, const struct event *event)
{
    if (oracle_store_of(oracle, event->subject)[0] && (uint64_t)event->if_seq >= oracle->seq)
        return true;
    for (uint32_t i = 0; i < oracle->decisions_count; i++) {
        const struct oracle_decision *row = &oracle->decisions[i];
        if (row->seq > (uint64_t)event->if_seq && row->outcome == OUTCOME_ACCEPTED &&
            oracle_is(row->subject, event->subject))
            return true;
    }
    return false;
}

/* What people decide is accepted, rejected, or kept for a version that knows its rule. */
static void decide(struct oracle *oracle, const struct event *event)
{
    int status = -E_NOT_FOLDED_TYPE;
    if (event->if_seq > 0 && decided_since(oracle, event))
        status = -E_CARD_CHANGED;
    else if (span_starts(event->type_name, "complaint."))
        status = oracle_complaint_decide(oracle, event);
    else if (span_starts(event->type_name, "ledger."))
        status = oracle_ledger_decide(oracle, event);
    else if (span_starts(event->type_name, "task."))
        status = oracle_task_decide(oracle, event);
    else if (span_starts(event->type_name, "callback."))
        status = oracle_callback_decide(oracle, event);
    else if (event->type == EVENT_escalation_acknowledged)
        status = oracle_notice_acknowledged(oracle, event);
    else if (event->type == EVENT_appeal_filed)
        status = oracle_appeal_filed(oracle, event);
    else if (event->type == EVENT_appeal_ruled || event->type == EVENT_appeal_reviewed)
        status = oracle_appeal_ruled(oracle, event);
    else if (event->type == EVENT_feedback_corrected)
        status = oracle_corrected(oracle, event);
    else if (event->type == EVENT_feedback_retracted)
        status = oracle_retracted(oracle, event);
    if (event->type == EVENT_task_verified && status == 0)
        oracle_callback_recovered(oracle, event->subject);
    enum outcome outcome = status == 0                    ? OUTCOME_ACCEPTED
                           : status == -E_NOT_FOLDED_TYPE ? OUTCOME_KEPT
                                                          : OUTCOME_REJECTED;
    remember_decision(oracle, event, outcome, status);
}

static void remember_fact(struct oracle *oracle, const struct event *event)
{
    struct oracle_fact *fact = ORACLE_ADD(oracle, facts);
    fact->seq = oracle->seq;
    fact->type = event->type;
    oracle_take(fact->source, sizeof fact->source, event->source);
    oracle_take(fact->id, sizeof fact->id, event->id);
}

/* A new version of the rules' code says each open case again, and what has changed since the entry that another one spoke of
 * last. */
static void say_again(struct oracle *oracle, const struct fold_adopted *adopted)
{
    uint64_t since = HAS(adopted, fold_adopted, since) ? (uint64_t)adopted->since : UINT64_MAX;
    oracle->fold_adopted = oracle->seq;
    for (uint32_t i = 0; i < oracle->complaints_count; i++)
        if (oracle_is_open(&oracle->complaints[i]) || oracle->complaints[i].changed_seq >= since)
            oracle_touch(oracle, 'C', i, false);
    for (uint32_t i = 0; i < oracle->notices_count; i++)
        if (oracle_notice_is_open(&oracle->notices[i]) || oracle->notices[i].changed_seq >= since)
            oracle_touch(oracle, 'E', i, false);
    for (uint32_t i = 0; i < oracle->stays_count; i++)
        if (oracle_stay_is_open(&oracle->stays[i]) || (oracle->stays[i].seq && oracle->stays[i].changed_seq >= since))
            oracle_touch(oracle, 'V', i, false);
    for (uint32_t i = 0; i < oracle->tasks_count; i++)
        if (oracle_task_is_open(&oracle->tasks[i]) || oracle->tasks[i].changed_seq >= since)
            oracle_touch(oracle, 'T', i, false);
    for (uint32_t i = 0; i < oracle->entries_count; i++)
        if (oracle_entry_is_open(&oracle->entries[i]) || oracle->entries[i].changed_seq >= since)
            oracle_touch(oracle, 'L', i, false);
    for (uint32_t i = 0; i < oracle->flags_count; i++)
        if (oracle->flags[i].changed_seq >= since)
            oracle_touch(oracle, 'F', i, false);
    for (uint32_t i = 0; i < oracle->appeals_count; i++)
        if (oracle_appeal_is_open(&oracle->appeals[i]) || oracle->appeals[i].changed_seq >= since)
            oracle_touch(oracle, 'A', i, false);
    for (uint32_t i = 0; i < oracle->months_count; i++)
        if (!oracle->months[i].closed || oracle->months[i].changed_seq >= since)
            oracle_touch(oracle, 'P', i, false);
    for (uint32_t i = 0; i < oracle->callbacks_count; i++) {
        const struct oracle_callback *callback = &oracle->callbacks[i];
        bool awake = !callback->forgotten && !oracle_callback_sleeps(callback);
        if (awake && (oracle_callback_is_open(callback) || callback->changed_seq >= since))
            oracle_touch(oracle, 'B', i, false);
    }
}

/* What calls somebody back, or makes that needless, once the others have had it. */
static void call_back(struct oracle *oracle, const struct event *event)
{
    if (event->type == EVENT_visit_opened || event->type == EVENT_visit_completed)
        oracle_callback_visited(oracle, event);
    else if (event->type == EVENT_feedback_rated)
        oracle_callback_rated(oracle, event);
    else if (event->type == EVENT_feedback_complained)
        oracle_callback_complained(oracle, event);
    else if (event->type == EVENT_feedback_unreached)
        oracle_callback_unreached(oracle, event);
    else if (event->type == EVENT_customer_opted_out || event->type == EVENT_customer_opted_in)
        oracle_callback_opted(oracle, event);
}

static void visited(struct oracle *oracle, const struct event *event)
{
    oracle_visited(oracle, event);
    oracle_repaired(oracle, event);
}

static void happen(struct oracle *oracle, const struct event *event, uint32_t principal)
{
    enum event_class class = event->type == EVENT_unknown ? CLASS_UNKNOWN : event_table(event->type)->class;
    remember_fact(oracle, event);
    int status = oracle_may(oracle, principal, event);
    if (status < 0) {
        remember_decision(oracle, event, OUTCOME_REJECTED, status);
        return;
    }
    if (event->type == EVENT_policy_adopted)
        adopt(oracle, event);
    else if (event->type == EVENT_roster_changed)
        oracle_roster_changed(oracle, event);
    else if (event->type == EVENT_fold_adopted)
        say_again(oracle, &event->data.fold_adopted);
    else if (event->type == EVENT_visit_opened || event->type == EVENT_visit_completed)
        visited(oracle, event);
    else if (event->type == EVENT_feedback_rated)
        oracle_rated(oracle, event);
    else if (event->type == EVENT_feedback_praised)
        oracle_praised(oracle, event);
    else if (event->type == EVENT_feedback_complained)
        oracle_complained(oracle, event);
    else if (event->type == EVENT_feedback_unreached)
        oracle_unreached(oracle, event);
    else if (class == CLASS_DECISION || event->type == EVENT_feedback_corrected ||
             event->type == EVENT_feedback_retracted)
        decide(oracle, event);
    call_back(oracle, event);
    if (span_starts(event->type_name, "notice."))
        oracle_reported(oracle, event);
}

void oracle_entry(struct oracle *oracle, enum record_class class, const struct entry *entry)
{
    struct event event;
    struct flaw flaw;
    ensure(entry->seq == oracle->cursor + 1);
    oracle->cursor = entry->seq;
    if (class != RECORD_OUTSIDE)
        return;
    oracle->outside = oracle->seq = entry->seq;
    oracle->at_ms = entry->at_ms;
    oracle->counters.entries++;
    fire_due(oracle);
    ensure(event_decode(entry->event, &event, &flaw) == 0);
    happen(oracle, &event, entry->principal);
    oracle_tell_them(oracle, oracle->at_ms);
    oracle_remember(oracle);
    fire_due(oracle);
}

uint64_t oracle_cursor(const struct oracle *oracle)
{
    return oracle->cursor;
}

/* ---- its own life ---- */

int oracle_open(struct oracle **ret_oracle)
{
    struct oracle *oracle = calloc(1, sizeof *oracle);
    struct policy *policy = calloc(1, sizeof *policy);
    struct policy delivered;
    if (!oracle || !policy) {
        free(oracle);
        free(policy);
        return -E_NO_MEMORY;
    }
    oracle->policy = policy;
    policy_default(&delivered);
    remember_policy(oracle, 0, &delivered);
    *ret_oracle = oracle;
    return 0;
}

void oracle_close(struct oracle *oracle)
{
    if (!oracle)
        return;
    oracle_forget(oracle);
    free(oracle->touches);
    free(oracle->pasts);
    free(oracle->policy);
    free(oracle->policies);
    free(oracle->roster);
    free(oracle->complaints);
    free(oracle->notices);
    free(oracle->tasks);
    free(oracle->entries);
    free(oracle->wants);
    free(oracle->callbacks);
    free(oracle->meetings);
    free(oracle->comings);
    free(oracle->wishes);
    free(oracle->neglects);
    free(oracle->lows);
    free(oracle->flags);
    free(oracle->uses);
    free(oracle->watches);
    free(oracle->visits);
    free(oracle->repairs);
    free(oracle->stays);
    free(oracle->customers);
    free(oracle->decisions);
    free(oracle->ratings);
    free(oracle->scores);
    free(oracle->cards);
    free(oracle->facts);
    free(oracle->appeals);
    free(oracle->months);
    free(oracle->frozens);
    free(oracle);
}

int oracle_notices(const struct oracle *oracle, int (*visit)(void *context, const char *id), void *context)
{
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < oracle->notices_count; i++)
        status = visit(context, oracle->notices[i].id);
    return status;
}
