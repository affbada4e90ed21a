/*
 * oracle_callback.c - callbacks: planned by visits and by tasks that helped, called by people, ended by whatever makes them needless.
 *
 * Where the documents leave it open: "overdue day 4" is the day after the callback of day 3 was due. A contact is a callback
 * that reached the customer. What was imported about a visit that nobody has heard of is not remembered.
 */
#include "tests/sim/oracle_callback.h"

#include <stdio.h>

#define DAY_MS (24 * 3600 * 1000ll)
#define MINUTE_MS 60000ll
#define OF_CUSTOMER(callback, name) ((name)[0] && strcmp((callback)->customer, name) == 0)

static bool same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* ---- time ---- */

int64_t oracle_callback_day(const struct oracle *oracle, const char *store, int32_t kind, int64_t from_ms,
                            int64_t least_ms)
{
    const struct callback_rules *rules = &oracle->policy->callbacks;
    int64_t day = oracle_local_day(oracle->policy, store, from_ms) + rules->kind[kind].day;
    int64_t ms = oracle_at(oracle->policy, store, day, rules->call_from_minute);
    return oracle_next_work(oracle->policy, store, ms > least_ms ? ms : least_ms);
}

/* ---- callbacks ---- */

bool oracle_callback_is_over(const struct oracle_callback *callback)
{
    return callback->status >= callback_status_is_done;
}

bool oracle_callback_sleeps(const struct oracle_callback *callback)
{
    return callback->kind == callback_kind_is_lapsed && callback->status == callback_status_is_planned &&
           callback->from_ms != ORACLE_NEVER;
}

bool oracle_callback_is_open(const struct oracle_callback *callback)
{
    return !callback->forgotten && !oracle_callback_is_over(callback) && !oracle_callback_sleeps(callback);
}

const char *oracle_callback_rest(const struct oracle_callback *callback)
{
    return strchr(callback->id + 2, '-') + 1;
}

void oracle_callback_touch(struct oracle *oracle, struct oracle_callback *callback)
{
    callback->changed_seq = oracle->seq;
    callback->changed = oracle->anything = true;
    if (!oracle_callback_sleeps(callback))
        oracle_touch(oracle, 'B', (uint32_t)(callback - oracle->callbacks), false);
}

void oracle_callback_over(struct oracle *oracle, struct oracle_callback *callback, int32_t status, int64_t at_ms)
{
    bool was_overdue = callback->overdue;
    callback->status = status;
    callback->closed_ms = at_ms;
    callback->leaves_ms = oracle_whole_second(at_ms + oracle->policy->card_keep_ms);
    callback->overdue = false;
    callback->claimed_until = callback->next_try_ms = callback->message_until = ORACLE_NEVER;
    callback->ended = ++oracle->endings;
    oracle_callback_touch(oracle, callback);
    oracle_neglect_over(oracle, callback, was_overdue);
}

void oracle_callback_skip(struct oracle *oracle, struct oracle_callback *callback, int32_t because, int64_t at_ms)
{
    callback->skipped_because = because;
    oracle_callback_over(oracle, callback, callback_status_is_skipped, at_ms);
}

static struct oracle_callback *add(struct oracle *oracle, const char *store, uint64_t seq, int32_t kind, int32_t why,
                                   int64_t from_ms)
{
    const char *name = choice_name(choice_of_callback_kind(), kind);
    struct oracle_callback *callback = ORACLE_ADD(oracle, callbacks);
    snprintf(callback->id, sizeof callback->id, "B-%llu-%s", (unsigned long long)seq,
             strchr(name, '_') ? strchr(name, '_') + 1 : name);
    memcpy(callback->store, store, sizeof callback->store);
    callback->seq = seq;
    callback->kind = kind;
    callback->why = why;
    callback->status = callback_status_is_planned;
    callback->skipped_because = -1;
    callback->from_ms = from_ms;
    callback->since_ms = oracle->at_ms;
    callback->due_ms = oracle_callback_day(oracle, store, kind, from_ms, oracle->at_ms);
    callback->next_try_ms = callback->window_ms = callback->claimed_until = ORACLE_NEVER;
    callback->message_until = callback->closed_ms = callback->leaves_ms = ORACLE_NEVER;
    callback->telling.from_ms = callback->telling.sent_ms = callback->telling.failing_ms = ORACLE_NEVER;
    callback->telling.retry_ms = callback->telling.read_ms = callback->telling.climb_ms = ORACLE_NEVER;
    callback->telling.sent_repeat = callback->telling.means = callback->telling.attempts = -1;
    return callback;
}

uint32_t oracle_callback_of_id(const struct oracle *oracle, struct span id)
{
    for (uint32_t i = 0; i < oracle->callbacks_count; i++)
        if (oracle_is(oracle->callbacks[i].id, id) && !oracle->callbacks[i].forgotten)
            return i;
    return UINT32_MAX;
}

static void skip_of_visit(struct oracle *oracle, const char *store, const char *visit, int32_t because)
{
    for (uint32_t i = 0; i < oracle->callbacks_count; i++) {
        struct oracle_callback *callback = &oracle->callbacks[i];
        if (callback->kind != callback_kind_is_lapsed && oracle_callback_is_open(callback) &&
            same(callback->store, store) && same(callback->visit, visit))
            oracle_callback_skip(oracle, callback, because, oracle->at_ms);
    }
}

/* ---- visits ---- */

static int64_t completed_ms(const struct oracle *oracle, const struct event *event)
{
    const struct visit *fact = &event->data.visit;
    int64_t ms = HAS(fact, visit, completed_at) ? fact->completed_at : event->has_time ? event->time_ms : oracle->at_ms;
    return ms > oracle->at_ms || ms < oracle->at_ms - oracle->policy->fact_age_max_ms ? oracle->at_ms : ms;
}

static void plan(struct oracle *oracle, const struct oracle_meeting *meeting, const struct visit *fact, int32_t kind,
                 int64_t from_ms)
{
    struct oracle_visit *visit = oracle_visit(oracle, meeting->store, meeting->visit);
    int32_t why = oracle_called_why(oracle, kind, meeting->store, meeting->visit);
    if (why < 0)
        return;
    struct oracle_callback *callback = add(oracle, meeting->store, oracle->seq, kind, why, from_ms);
    oracle_take(callback->department, sizeof callback->department, fact->department);
    memcpy(callback->customer, meeting->customer, sizeof callback->customer);
    memcpy(callback->visit, meeting->visit, sizeof callback->visit);
    memcpy(callback->vehicle, visit->vehicle, sizeof callback->vehicle);
    oracle->counters.callbacks += kind != callback_kind_is_lapsed;
    oracle_callback_touch(oracle, callback);
}

/* A customer who comes is no lapsed one; what slept is forgotten when there is a new one to count from. */
static void came(struct oracle *oracle, const char *customer, int64_t at_ms, bool completed)
{
    struct oracle_coming *coming = ORACLE_ADD(oracle, comings);
    memcpy(coming->customer, customer, sizeof coming->customer);
    coming->at_ms = at_ms;
    for (uint32_t i = 0; i < oracle->callbacks_count; i++) {
        struct oracle_callback *callback = &oracle->callbacks[i];
        if (!OF_CUSTOMER(callback, customer) || callback->kind != callback_kind_is_lapsed)
            continue;
        if (oracle_callback_is_open(callback))
            oracle_callback_skip(oracle, callback, callback_skip_is_returned, oracle->at_ms);
        else if (completed && oracle_callback_sleeps(callback))
            callback->forgotten = true;
    }
}

void oracle_callback_visited(struct oracle *oracle, const struct event *event)
{
    static const struct {
        int32_t visit, first, last;
    } brings[] = {
        {visit_kind_is_sale, callback_kind_is_sale_day3, callback_kind_is_sale_day30},
        {visit_kind_is_repair, callback_kind_is_repair_day3, callback_kind_is_repair_day3},
        {visit_kind_is_maintenance, callback_kind_is_maintenance_day3, callback_kind_is_maintenance_day3},
        {visit_kind_is_consult, callback_kind_is_consult_day3, callback_kind_is_consult_day3},
    };
    const struct visit *fact = &event->data.visit;
    oracle_name store, number;
    oracle_take(store, sizeof store, fact->store);
    oracle_take(number, sizeof number, fact->visit);
    if (HAS(fact, visit, historical) && fact->historical)
        return;
    struct oracle_meeting *meeting = oracle_meeting_of(oracle, store, number);
    if (meeting && meeting->completed)
        return;
    if (!meeting) {
        meeting = ORACLE_ADD(oracle, meetings);
        memcpy(meeting->store, store, sizeof store);
        memcpy(meeting->visit, number, sizeof number);
    }
    if (HAS(fact, visit, customer))
        oracle_take(meeting->customer, sizeof meeting->customer, fact->customer);
    oracle_take(meeting->department, sizeof meeting->department, fact->department);
    meeting->completed = event->type == EVENT_visit_completed;
    int64_t at_ms = completed_ms(oracle, event);
    if (meeting->customer[0])
        came(oracle, meeting->customer, at_ms, meeting->completed);
    if (!meeting->completed)
        return;
    for (size_t i = 0; i < sizeof brings / sizeof brings[0]; i++)
        for (int32_t kind = brings[i].first; brings[i].visit == fact->kind && kind <= brings[i].last; kind++)
            plan(oracle, meeting, fact, kind, at_ms);
    if (meeting->customer[0])
        plan(oracle, meeting, fact, callback_kind_is_lapsed, at_ms);
}

/* Ten days after a recovery task has helped. */
void oracle_callback_recovered(struct oracle *oracle, struct span id)
{
    uint32_t index = oracle_task_of_id(oracle, id);
    ensure(index < oracle->tasks_count);
    const struct oracle_task *task = &oracle->tasks[index];
    if (task->status != task_status_is_verified || task->kind != task_kind_is_recovery || !task->visit[0])
        return;
    int32_t why = oracle_called_why(oracle, callback_kind_is_resurvey, task->store, task->visit);
    const struct oracle_visit *visit = oracle_visit(oracle, task->store, task->visit);
    bool asks_already = false;
    for (uint32_t i = 0; i < oracle->callbacks_count; i++)
        asks_already =
            asks_already ||
            (oracle->callbacks[i].kind == callback_kind_is_resurvey && oracle_callback_is_open(&oracle->callbacks[i]) &&
             same(oracle->callbacks[i].store, task->store) && same(oracle->callbacks[i].visit, task->visit));
    if (why < 0 || asks_already)
        return;
    if (!oracle_meeting_of(oracle, task->store, task->visit)) {
        struct oracle_meeting *meeting = ORACLE_ADD(oracle, meetings);
        memcpy(meeting->store, task->store, sizeof meeting->store);
        memcpy(meeting->visit, task->visit, sizeof meeting->visit);
    }
    struct oracle_callback *callback =
        add(oracle, task->store, task->seq, callback_kind_is_resurvey, why, oracle->at_ms);
    memcpy(callback->department, task->department, sizeof callback->department);
    memcpy(callback->customer, task->customer, sizeof callback->customer);
    memcpy(callback->visit, task->visit, sizeof callback->visit);
    if (visit)
        memcpy(callback->vehicle, visit->vehicle, sizeof callback->vehicle);
    oracle->counters.callbacks++;
    oracle_callback_touch(oracle, callback);
}

/* ---- facts ---- */

/* NULL: no visit, or an import about one that nobody has heard of. */
static struct oracle_meeting *heard_of(struct oracle *oracle, const char *store, const char *visit, bool imported)
{
    struct oracle_meeting *meeting = visit[0] ? oracle_meeting_of(oracle, store, visit) : NULL;
    if (meeting || !visit[0] || imported)
        return meeting;
    meeting = ORACLE_ADD(oracle, meetings);
    snprintf(meeting->store, sizeof meeting->store, "%s", store);
    snprintf(meeting->visit, sizeof meeting->visit, "%s", visit);
    return meeting;
}

static void answered(struct oracle *oracle, const char *store, const char *visit, const struct rated *fact)
{
    struct oracle_meeting *meeting = heard_of(oracle, store, visit, HAS(fact, rated, historical) && fact->historical);
    if (!meeting)
        return;
    meeting->answered = true;
    meeting->answered_ms = oracle->at_ms;
    oracle_neglect_mood(oracle, meeting, fact);
    skip_of_visit(oracle, store, visit, callback_skip_is_answered);
}

void oracle_callback_rated(struct oracle *oracle, const struct event *event)
{
    const struct rated *fact = &event->data.rated;
    oracle_name store, visit;
    oracle_take(store, sizeof store, fact->store);
    oracle_take(visit, sizeof visit, fact->visit);
    uint32_t index = HAS(fact, rated, callback) ? oracle_callback_of_id(oracle, fact->callback) : UINT32_MAX;
    if (index < oracle->callbacks_count) {
        struct oracle_callback *callback = &oracle->callbacks[index];
        if (!oracle_callback_is_over(callback))
            oracle_callback_over(oracle, callback, callback_status_is_done, oracle->at_ms);
        answered(oracle, callback->store, callback->visit, fact);
    }
    answered(oracle, store, visit, fact);
}

void oracle_callback_complained(struct oracle *oracle, const struct event *event)
{
    const struct complained *fact = &event->data.complained;
    oracle_name store, visit, customer;
    oracle_take(store, sizeof store, fact->store);
    oracle_take(visit, sizeof visit, fact->visit);
    oracle_take(customer, sizeof customer, fact->customer);
    struct oracle_meeting *meeting =
        heard_of(oracle, store, visit, HAS(fact, complained, historical) && fact->historical);
    if (meeting) {
        meeting->complained = true;
        oracle_neglect_mood(oracle, meeting, NULL);
        skip_of_visit(oracle, store, visit, callback_skip_is_complained);
    }
    struct oracle_callback *current = oracle_current(oracle, customer);
    if (current)
        oracle_callback_skip(oracle, current, callback_skip_is_complained, oracle->at_ms);
}

void oracle_callback_opted(struct oracle *oracle, const struct event *event)
{
    const struct opted *fact = &event->data.opted;
    struct oracle_wish *wish = ORACLE_ADD(oracle, wishes);
    oracle_take(wish->customer, sizeof wish->customer, fact->customer);
    wish->channel = HAS(fact, opted, channel) ? fact->channel : -1;
    wish->out = event->type == EVENT_customer_opted_out;
    wish->endings = oracle->endings;
    struct oracle_callback *current = oracle_current(oracle, wish->customer);
    if (current && oracle_wants_no_calls(oracle, wish->customer))
        oracle_callback_skip(oracle, current, callback_skip_is_opted_out, oracle->at_ms);
}
