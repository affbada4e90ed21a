/*
 * oracle_callback_life.c - what becomes of a callback: tried, claimed, put off, and in time.
 */
#include "tests/sim/oracle_callback.h"
#include "tests/sim/oracle_delivery.h"

#include <stdio.h>

static bool same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* ---- calls ---- */

static void message(struct oracle *oracle, struct oracle_callback *callback, int64_t at_ms)
{
    callback->status = callback_status_is_message;
    callback->overdue = false;
    callback->agent[0] = '\0';
    callback->claimed_until = callback->next_try_ms = ORACLE_NEVER;
    callback->message_until = oracle_whole_second(at_ms + oracle->policy->callbacks.message_waits_ms);
}

/* In vain, by somebody who may call. */
static void tried(struct oracle *oracle, struct oracle_callback *callback)
{
    const struct callback_rules *rules = &oracle->policy->callbacks;
    callback->status = callback_status_is_due;
    memset(callback->agent, 0, sizeof callback->agent);
    callback->claimed_until = ORACLE_NEVER;
    if (callback->tries++ == 0)
        callback->window_ms = oracle_next_work(oracle->policy, callback->store, oracle->at_ms + rules->tries_within_ms);
    if (callback->tries >= rules->tries_most)
        message(oracle, callback, oracle->at_ms);
    else
        callback->next_try_ms =
            oracle_next_work(oracle->policy, callback->store, oracle->at_ms + rules->try_again_after_ms);
}

void oracle_callback_unreached(struct oracle *oracle, const struct event *event)
{
    const struct unreached *fact = &event->data.unreached;
    uint32_t index = oracle_callback_of_id(oracle, fact->callback);
    if (index >= oracle->callbacks_count || !oracle_callback_is_open(&oracle->callbacks[index]))
        return;
    struct oracle_callback *callback = &oracle->callbacks[index];
    bool named = HAS(fact, unreached, call) && HAS(&fact->call, call, agent);
    if (named && oracle_is_barred(oracle, callback, fact->call.agent)) {
        oracle_callback_touch(oracle, callback);
        return;
    }
    if (fact->reason == unreached_reason_is_refused)
        oracle_callback_over(oracle, callback, callback_status_is_refused, oracle->at_ms);
    else if (fact->reason == unreached_reason_is_wrong_number)
        oracle_callback_over(oracle, callback, callback_status_is_unreachable, oracle->at_ms);
    else if (callback->status == callback_status_is_due || callback->status == callback_status_is_claimed)
        tried(oracle, callback);
    oracle_callback_touch(oracle, callback);
}

/* ---- decisions ---- */

static int64_t calls_end(const struct oracle_callback *callback)
{
    return callback->tries ? callback->window_ms : callback->give_up_ms;
}

static int claimed(struct oracle *oracle, struct oracle_callback *callback, struct span by)
{
    int64_t until = oracle_whole_second(oracle->at_ms + oracle->policy->callbacks.claim_lapses_after_ms);
    callback->status = callback_status_is_claimed;
    oracle_take(callback->agent, sizeof callback->agent, by);
    callback->claimed_until = until < calls_end(callback) ? until : calls_end(callback);
    return 0;
}

static int rescheduled(struct oracle *oracle, struct oracle_callback *callback, int64_t at_ms)
{
    if (at_ms <= oracle->at_ms || at_ms > oracle->at_ms + oracle->policy->callbacks.postponed_most_ms)
        return -E_BAD_DECISION;
    callback->status = callback_status_is_planned;
    memset(callback->agent, 0, sizeof callback->agent);
    callback->from_ms = callback->claimed_until = callback->next_try_ms = ORACLE_NEVER;
    callback->window_ms = callback->message_until = ORACLE_NEVER;
    callback->tries = 0;
    callback->overdue = false;
    callback->due_ms = oracle_next_work(oracle->policy, callback->store, at_ms);
    return 0;
}

/* What the state forbids to whoever it is. */
static int forbidden(const struct oracle_callback *callback, enum event_type type, struct span by)
{
    bool others = callback->status == callback_status_is_claimed && !oracle_is(callback->agent, by);
    if (oracle_callback_is_over(callback))
        return -E_WRONG_STATE;
    if (type == EVENT_callback_claimed && callback->status == callback_status_is_claimed && !others)
        return -E_ALREADY_DONE;
    if (type == EVENT_callback_claimed && callback->status != callback_status_is_due)
        return -E_WRONG_STATE;
    return type == EVENT_callback_done && callback->status == callback_status_is_planned ? -E_WRONG_STATE : 0;
}

int oracle_callback_decide(struct oracle *oracle, const struct event *event)
{
    uint32_t index = oracle_callback_of_id(oracle, event->subject);
    if (index >= oracle->callbacks_count || oracle_callback_sleeps(&oracle->callbacks[index]))
        return -E_UNKNOWN_CASE;
    struct oracle_callback *callback = &oracle->callbacks[index];
    struct span by = event->data.decided.by;
    bool others = callback->status == callback_status_is_claimed && !oracle_is(callback->agent, by);
    int status = forbidden(callback, event->type, by);
    if (status == 0 && oracle_is_barred(oracle, callback, by))
        status = -E_NOT_ALLOWED_PERSON;
    if (status < 0)
        return status;
    if (event->type == EVENT_callback_rescheduled) {
        int64_t at_ms = event->data.rescheduled.at;
        bool sense = at_ms > oracle->at_ms && at_ms <= oracle->at_ms + oracle->policy->callbacks.postponed_most_ms;
        status = !sense ? -E_BAD_DECISION : others ? -E_WRONG_STATE : rescheduled(oracle, callback, at_ms);
    } else if (event->type == EVENT_callback_done) {
        status = others ? -E_WRONG_STATE : 0;
        if (status == 0) {
            oracle_take(callback->agent, sizeof callback->agent, by);
            oracle_callback_over(oracle, callback, callback_status_is_done, oracle->at_ms);
        }
    } else if (event->type == EVENT_callback_cancelled) {
        oracle_callback_over(oracle, callback, callback_status_is_cancelled, oracle->at_ms);
    } else {
        status = claimed(oracle, callback, by);
    }
    if (status == 0)
        oracle_callback_touch(oracle, callback);
    return status;
}

/* ---- in time ---- */

/* Of its own; who is to call may be out of reach besides. */
static int64_t life_next(const struct oracle_callback *callback)
{
    int64_t next = ORACLE_NEVER;
    if (callback->forgotten)
        return ORACLE_NEVER;
    if (oracle_callback_is_over(callback))
        return callback->gone ? ORACLE_NEVER : callback->leaves_ms;
    if (callback->status == callback_status_is_planned)
        return callback->due_ms;
    if (callback->status == callback_status_is_message)
        return callback->message_until;
    next = callback->status == callback_status_is_claimed ? callback->claimed_until : calls_end(callback);
    return !callback->overdue && callback->overdue_ms < next ? callback->overdue_ms : next;
}

int64_t oracle_callback_next(const struct oracle_callback *callback)
{
    int64_t life_ms = life_next(callback);
    return callback->telling.climb_ms < life_ms ? callback->telling.climb_ms : life_ms;
}

/* A later visit of a lapsed customer: false when there was none. */
static bool sleeps_on(struct oracle *oracle, struct oracle_callback *callback)
{
    int64_t last_ms = 0;
    for (uint32_t i = 0; i < oracle->comings_count; i++)
        if (same(oracle->comings[i].customer, callback->customer) && oracle->comings[i].at_ms > last_ms)
            last_ms = oracle->comings[i].at_ms;
    int64_t due_ms = oracle_callback_day(oracle, callback->store, callback->kind, last_ms, callback->since_ms);
    if (due_ms <= callback->due_ms)
        return false;
    callback->due_ms = due_ms;
    callback->from_ms = last_ms;
    oracle_callback_touch(oracle, callback);
    return true;
}

static void day_has_come(struct oracle *oracle, struct oracle_callback *callback)
{
    if (oracle_callback_sleeps(callback)) {
        if (sleeps_on(oracle, callback))
            return;
        oracle->counters.callbacks++;
    }
    int32_t because = oracle_why_not(oracle, callback);
    if (because >= 0) {
        oracle_callback_skip(oracle, callback, because, callback->due_ms);
        return;
    }
    callback->status = callback_status_is_due;
    callback->fell = ++oracle->falls;
    callback->overdue_ms = oracle_whole_second(callback->due_ms + oracle->policy->callbacks.overdue_after_ms);
    callback->give_up_ms = oracle_whole_second(callback->due_ms + oracle->policy->callbacks.give_up_after_ms);
    oracle_callback_touch(oracle, callback);
}

static void fire(struct oracle *oracle, struct oracle_callback *callback, int64_t due_ms)
{
    if (callback->status == callback_status_is_planned) {
        day_has_come(oracle, callback);
        return;
    }
    if (callback->status == callback_status_is_message) {
        oracle_callback_over(oracle, callback, callback_status_is_unreachable, due_ms);
        return;
    }
    if (callback->status == callback_status_is_claimed && callback->claimed_until <= due_ms) {
        callback->status = callback_status_is_due;
        memset(callback->agent, 0, sizeof callback->agent);
        callback->claimed_until = ORACLE_NEVER;
    } else if (callback->status == callback_status_is_due && calls_end(callback) <= due_ms) {
        if (callback->tries == 0) {
            oracle_callback_skip(oracle, callback, callback_skip_is_too_late, due_ms);
            return;
        }
        message(oracle, callback, due_ms);
    } else {
        callback->overdue = true;
    }
    oracle_callback_touch(oracle, callback);
}

/* A re-survey is called instead of whatever else the customer was to be called for. */
static void instead(struct oracle *oracle, const struct oracle_callback *callback, int64_t due_ms)
{
    for (uint32_t i = 0; i < oracle->callbacks_count; i++) {
        struct oracle_callback *other = &oracle->callbacks[i];
        bool waits = other->status == callback_status_is_due || other->status == callback_status_is_claimed;
        if (other != callback && waits && callback->customer[0] && same(other->customer, callback->customer))
            oracle_callback_skip(oracle, other, callback_skip_is_contacted, due_ms);
    }
}

void oracle_callback_fire(struct oracle *oracle, struct oracle_callback *callback, int64_t due_ms)
{
    bool planned = callback->status == callback_status_is_planned;
    if (oracle_callback_is_over(callback)) {
        int64_t leaves = oracle_whole_second(callback->closed_ms + oracle->policy->card_keep_ms);
        if (leaves > due_ms) {
            callback->leaves_ms = leaves;
            callback->changed = true;
            oracle_touch(oracle, 'B', (uint32_t)(callback - oracle->callbacks), false); /* said again, as it was */
            return;
        }
        callback->gone = true;
        oracle_notices_gone_about(oracle, callback->id);
        oracle_callback_touch(oracle, callback);
        return;
    }
    while (life_next(callback) <= due_ms)
        fire(oracle, callback, due_ms);
    if (callback->status == callback_status_is_due && callback->telling.climb_ms <= due_ms)
        oracle_callback_climbs(oracle, callback, due_ms);
    if (planned && callback->status == callback_status_is_due)
        instead(oracle, callback, due_ms);
}

/* What is planned, and not by people, gets its day by the new rulebook. */
void oracle_callback_reckon(struct oracle *oracle, struct oracle_callback *callback)
{
    if (!oracle_callback_is_open(callback) || callback->status != callback_status_is_planned ||
        callback->from_ms == ORACLE_NEVER)
        return;
    int64_t due_ms = oracle_callback_day(oracle, callback->store, callback->kind, callback->from_ms, oracle->at_ms);
    if (due_ms == callback->due_ms)
        return;
    callback->due_ms = due_ms;
    oracle_callback_touch(oracle, callback);
}
