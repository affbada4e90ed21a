/*
 * oracle_repair.c - stays in the workshop, and what the law counts of them.
 *
 * Days are never added up in a row: whoever asks how long a vehicle was in repair looks at every stay. Where the documents are
 * silent: a vehicle that comes again has left by then; a stay that is told from its end is counted, and calls nobody.
 */
#include "tests/sim/oracle_repair.h"
#include "tests/sim/oracle_same.h"

#include <stdio.h>

#define DAY_MS (24 * 3600 * 1000ll)

static const struct {
    const char *why;
    int64_t percent, level;
    int32_t grade;
} signals[ORACLE_SIGNALS] = {
    {"loaner", 80, 1, grade_is_general},     {"vin-days", 80, 1, grade_is_major},
    {"vin-days", 100, 2, grade_is_major},    {"vin-repairs", 80, 1, grade_is_major},
    {"vin-repairs", 100, 2, grade_is_major}, {"vin-safety", 80, 1, grade_is_urgent},
    {"vin-safety", 100, 2, grade_is_urgent},
};

static void touch(struct oracle *oracle, struct oracle_stay *stay)
{
    stay->changed = true;
    stay->changed_seq = oracle->seq;
    oracle_touch(oracle, 'V', (uint32_t)(stay - oracle->stays), false);
}

bool oracle_stay_is_open(const struct oracle_stay *stay)
{
    return stay->seq > 0 && stay->status == repair_status_is_in_repair;
}

/* Each begun day of 24 h, and one at least. */
static int64_t days_of(int64_t from_ms, int64_t to_ms)
{
    int64_t days = 0;
    while (from_ms + days * DAY_MS < to_ms)
        days++;
    return days ? days : 1;
}

static int64_t days_of_vehicle(const struct oracle *oracle, const char *vehicle)
{
    int64_t days = 0;
    for (uint32_t i = 0; i < oracle->stays_count; i++)
        if (vehicle[0] && strcmp(oracle->stays[i].counted_for, vehicle) == 0)
            days += oracle->stays[i].days;
    return days;
}

static struct oracle_stay *stay_of_vehicle(struct oracle *oracle, const char *vehicle)
{
    for (uint32_t i = 0; i < oracle->stays_count; i++)
        if (oracle_stay_is_open(&oracle->stays[i]) && strcmp(oracle->stays[i].vehicle, vehicle) == 0)
            return &oracle->stays[i];
    return NULL;
}

/* ---- what there is to tell ---- */

static int64_t begins_ms(const struct oracle *oracle, const struct oracle_stay *stay, int signal)
{
    const struct statutory_rules *rules = &oracle->policy->statutory;
    int64_t counted = stay->counted_ms > stay->from_ms ? stay->counted_ms : stay->from_ms;
    int64_t day = signal == 1 ? rules->repair_days_warn : rules->repair_days_most;
    int64_t before = day - stay->days_before - 1;
    int64_t most = signal < 5 ? rules->fault_repairs_most : rules->safety_failures_most;
    if (signal == 0)
        return stay->from_ms + (rules->loaner_warn_day - 1) * DAY_MS;
    if (signal <= 2)
        return !stay->vehicle[0] ? ORACLE_NEVER : stay->opened_ms + (before > 0 ? before : 0) * DAY_MS;
    if (signal >= 5 && !stay->safety)
        return ORACLE_NEVER;
    return stay->fault_repairs >= most + (signal == 4 || signal == 6) ? counted : ORACLE_NEVER;
}

static int64_t signal_due(const struct oracle *oracle, const struct oracle_stay *stay, int signal)
{
    int64_t ms = begins_ms(oracle, stay, signal);
    if (ms == ORACLE_NEVER)
        return ms;
    ms = oracle_whole_second(ms);
    bool quiet = signals[signal].grade != grade_is_urgent && signals[signal].level <= oracle->policy->quiet.level_most;
    return quiet ? oracle_night_end(oracle->policy, stay->store, ms) : ms;
}

static void id_of(const struct oracle_stay *stay, oracle_label id)
{
    snprintf(id, sizeof(oracle_label), "V-%llu", (unsigned long long)stay->seq);
}

/* Each once; of several of the same kind the highest. */
static bool tell(struct oracle *oracle, struct oracle_stay *stay, int64_t now_ms)
{
    bool any = false;
    if (!oracle_stay_is_open(stay))
        return false;
    for (int signal = ORACLE_SIGNALS - 1; signal >= 0; signal--) {
        bool higher = signal + 1 < ORACLE_SIGNALS && strcmp(signals[signal].why, signals[signal + 1].why) == 0 &&
                      stay->told[signal + 1];
        if (stay->told[signal] || signal_due(oracle, stay, signal) > now_ms)
            continue;
        stay->told[signal] = any = true;
        if (higher)
            continue;
        struct oracle_about about = {.grade = signals[signal].grade};
        id_of(stay, about.id);
        memcpy(about.store, stay->store, sizeof about.store);
        memcpy(about.department, stay->department, sizeof about.department);
        oracle_notice_raise_about(oracle, &about, signals[signal].why, signals[signal].percent, signals[signal].level,
                                  now_ms);
    }
    if (any)
        stay->changed_seq = oracle->seq;
    return any;
}

/* The days of a vehicle have changed: the stay that it is in knows. */
static void tell_vehicle(struct oracle *oracle, const char *vehicle)
{
    struct oracle_stay *stay = vehicle[0] ? stay_of_vehicle(oracle, vehicle) : NULL;
    if (!stay)
        return;
    stay->days_before = days_of_vehicle(oracle, vehicle);
    tell(oracle, stay, oracle->at_ms);
    touch(oracle, stay);
}

/* ---- its end, and what is known of it ---- */

static void end_stay(struct oracle *oracle, struct oracle_stay *stay, int32_t status, int64_t ms)
{
    oracle_label id;
    int64_t before = stay->days;
    bool first = oracle_stay_is_open(stay);
    ms = ms < stay->opened_ms ? stay->opened_ms : ms;
    if (!first && ms > stay->completed_ms)
        ms = stay->completed_ms;
    stay->status = status;
    stay->completed_ms = ms;
    stay->days = days_of(stay->opened_ms, ms);
    memcpy(stay->counted_for, stay->vehicle, sizeof stay->counted_for);
    if (first) {
        stay->closed_ms = oracle->at_ms;
        stay->leaves_ms = oracle_whole_second(oracle->at_ms + oracle->policy->card_keep_ms);
        id_of(stay, id);
        oracle_notices_end_about(oracle, id);
    }
    touch(oracle, stay);
    if (stay->days != before)
        tell_vehicle(oracle, stay->vehicle);
}

/* Answers when the vehicle came again, where the stay began before the one that it is in by what is told; else NEVER. */
static int64_t learn(struct oracle *oracle, struct oracle_stay *stay)
{
    int64_t again = ORACLE_NEVER;
    const struct oracle_visit *visit = oracle_visit(oracle, stay->store, stay->visit);
    ensure(visit);
    if (visit->vehicle[0] && strcmp(visit->vehicle, stay->vehicle) != 0) {
        struct oracle_stay *other = stay_of_vehicle(oracle, visit->vehicle);
        memset(stay->vehicle, 0, sizeof stay->vehicle);
        if (other && other->opened_ms > stay->opened_ms)
            again = other->opened_ms;
        else if (other)
            end_stay(oracle, other, repair_status_is_left, stay->opened_ms);
        memcpy(stay->vehicle, visit->vehicle, sizeof stay->vehicle);
        stay->days_before = days_of_vehicle(oracle, stay->vehicle);
    }
    if (visit->fault[0])
        memcpy(stay->fault, visit->fault, sizeof stay->fault);
    int64_t repairs = (int64_t)oracle_repairs(oracle, visit);
    if (repairs != stay->fault_repairs)
        stay->counted_ms = oracle->at_ms;
    stay->fault_repairs = repairs;
    stay->safety = visit->safety;
    stay->warranty = visit->warranty;
    return again;
}

static struct oracle_stay *stay_made(struct oracle *oracle, const struct visit *fact)
{
    for (uint32_t i = 0; i < oracle->stays_count; i++)
        if (oracle_is(oracle->stays[i].store, fact->store) && oracle_is(oracle->stays[i].visit, fact->visit))
            return &oracle->stays[i];
    struct oracle_stay *stay = ORACLE_ADD(oracle, stays);
    oracle_take(stay->store, sizeof stay->store, fact->store);
    oracle_take(stay->visit, sizeof stay->visit, fact->visit);
    stay->opened_ms = stay->completed_ms = stay->closed_ms = stay->leaves_ms = ORACLE_NEVER;
    stay->counted_ms = -1;
    return stay;
}

/* Told without a case: counted once both ends are known, for the vehicle that is known then. */
static void count_told(struct oracle *oracle, struct oracle_stay *stay)
{
    const struct oracle_visit *visit = oracle_visit(oracle, stay->store, stay->visit);
    if (stay->opened_ms == ORACLE_NEVER || stay->completed_ms == ORACLE_NEVER || !visit || !visit->vehicle[0])
        return;
    stay->days = days_of(stay->opened_ms, stay->completed_ms);
    memcpy(stay->counted_for, visit->vehicle, sizeof stay->counted_for);
    tell_vehicle(oracle, visit->vehicle);
}

static void opened(struct oracle *oracle, struct oracle_stay *stay, const struct event *event)
{
    const struct visit *fact = &event->data.visit;
    bool historical = HAS(fact, visit, historical) && fact->historical;
    if (stay->seq) {
        if (!oracle_stay_is_open(stay))
            return;
    } else if (stay->opened_ms != ORACLE_NEVER) {
        return;
    } else {
        stay->opened_ms = event->has_time && event->time_ms < oracle->at_ms ? event->time_ms : oracle->at_ms;
        if (historical || stay->completed_ms != ORACLE_NEVER) {
            count_told(oracle, stay);
            return;
        }
        stay->seq = oracle->seq;
        stay->status = repair_status_is_in_repair;
        stay->from_ms = oracle_fact_ms(oracle, event);
        stay->late = oracle->at_ms - stay->opened_ms > oracle->policy->fact_age_max_ms;
        stay->loaner_ms = oracle_whole_second(stay->from_ms + (oracle->policy->statutory.loaner_day - 1) * DAY_MS);
        oracle_take(stay->department, sizeof stay->department, fact->department);
        oracle_take(stay->customer, sizeof stay->customer, fact->customer);
    }
    int64_t again = learn(oracle, stay);
    if (again != ORACLE_NEVER) {
        end_stay(oracle, stay, repair_status_is_left, again);
        return;
    }
    tell(oracle, stay, oracle->at_ms);
    touch(oracle, stay);
}

static void completed(struct oracle *oracle, struct oracle_stay *stay, const struct event *event)
{
    const struct visit *fact = &event->data.visit;
    int64_t ms = event->has_time ? event->time_ms : oracle->at_ms;
    if (HAS(fact, visit, completed_at))
        ms = fact->completed_at;
    ms = ms < oracle->at_ms ? ms : oracle->at_ms;
    if (!stay->seq) {
        if (stay->completed_ms != ORACLE_NEVER)
            return;
        stay->completed_ms = ms;
        count_told(oracle, stay);
        return;
    }
    if (stay->status == repair_status_is_completed)
        return;
    int64_t again = oracle_stay_is_open(stay) ? learn(oracle, stay) : ORACLE_NEVER;
    end_stay(oracle, stay, repair_status_is_completed, ms < again ? ms : again);
}

void oracle_repaired(struct oracle *oracle, const struct event *event)
{
    const struct visit *fact = &event->data.visit;
    if (fact->kind != visit_kind_is_repair)
        return;
    struct oracle_stay *stay = stay_made(oracle, fact);
    if (event->type == EVENT_visit_opened)
        opened(oracle, stay, event);
    else
        completed(oracle, stay, event);
}

/* ---- in time ---- */

int64_t oracle_stay_next(const struct oracle *oracle, const struct oracle_stay *stay)
{
    int64_t next = ORACLE_NEVER;
    if (!stay->seq || stay->gone)
        return ORACLE_NEVER;
    if (!oracle_stay_is_open(stay))
        return stay->leaves_ms;
    for (int signal = 0; signal < ORACLE_SIGNALS; signal++) {
        int64_t due = stay->told[signal] ? ORACLE_NEVER : signal_due(oracle, stay, signal);
        next = due < next ? due : next;
    }
    return next;
}

void oracle_stay_fire(struct oracle *oracle, struct oracle_stay *stay, int64_t due_ms)
{
    oracle_label id;
    if (oracle_stay_is_open(stay)) {
        tell(oracle, stay, due_ms);
        touch(oracle, stay);
        return;
    }
    int64_t leaves = oracle_whole_second(stay->closed_ms + oracle->policy->card_keep_ms);
    if (leaves > due_ms) { /* its card is said again, as it was */
        stay->leaves_ms = leaves;
        oracle_touch(oracle, 'V', (uint32_t)(stay - oracle->stays), false);
        return;
    }
    stay->gone = true;
    touch(oracle, stay);
    id_of(stay, id);
    oracle_notices_gone_about(oracle, id);
}

/* armed_ms: what was due next by the rulebook before. */
void oracle_stay_reckon(struct oracle *oracle, struct oracle_stay *stay, int64_t armed_ms)
{
    int64_t loaner = stay->loaner_ms;
    uint32_t notices = oracle->notices_count;
    stay->loaner_ms = oracle_whole_second(stay->from_ms + (oracle->policy->statutory.loaner_day - 1) * DAY_MS);
    tell(oracle, stay, oracle->at_ms);
    if (stay->loaner_ms != loaner || notices != oracle->notices_count || oracle_stay_next(oracle, stay) != armed_ms)
        touch(oracle, stay);
}

/* ---- beside the state ---- */

bool oracle_stay_agrees(struct oracle *oracle, const struct oracle_stay *mine, const struct repair *card,
                        char message[ORACLE_MESSAGE_MAX])
{
    char what[32];
    bool over = mine->status != repair_status_is_in_repair;
    (void)oracle;
    snprintf(what, sizeof what, "V-%" PRIu64, mine->seq);
    SAME_TEXT("id", what, card->id);
    SAME_TEXT("store", mine->store, card->store);
    SAME_TEXT("department", mine->department, card->department);
    SAME_TEXT("visit", mine->visit, card->visit);
    SAME_TEXT("customer", mine->customer, TEXT_OF(card, repair, customer));
    SAME_TEXT("vehicle", mine->vehicle, TEXT_OF(card, repair, vehicle));
    SAME_TEXT("fault", mine->fault, TEXT_OF(card, repair, fault));
    SAME_NUMBER("safety", mine->safety, card->safety);
    SAME_NUMBER("warranty", mine->warranty, card->warranty);
    SAME_NUMBER("status", mine->status, card->status);
    SAME_NUMBER("opened_at", mine->opened_ms, card->opened_at);
    SAME_NUMBER("loaner_at", mine->loaner_ms, card->loaner_at);
    SAME_NUMBER("completed_at", over ? mine->completed_ms : ORACLE_NEVER, TIME_OF(card, repair, completed_at));
    SAME_NUMBER("days", over ? mine->days : -1, NUMBER_OF(card, repair, days));
    SAME_NUMBER("days_before", mine->days_before, card->days_before);
    SAME_NUMBER("fault_repairs", mine->fault_repairs, card->fault_repairs);
    SAME_NUMBER("late", mine->late, card->late);
    SAME_NUMBER("gone", mine->gone, TRUE_OF(card, repair, gone));
    SAME_NUMBER("changed_seq", mine->changed_seq, card->changed_seq);
    return true;
}

bool oracle_stays_agree(struct oracle *oracle, struct store_txn *state, bool all, char *message)
{
    for (uint32_t i = 0; i < oracle->stays_count; i++) {
        struct oracle_stay *mine = &oracle->stays[i];
        struct repair card;
        char id[32];
        if (mine->seq == 0 || (!all && !mine->changed))
            continue;
        snprintf(id, sizeof id, "V-%" PRIu64, mine->seq);
        if (!oracle_case_found(state, id, oracle_stay_is_open(mine), &card, message) ||
            !oracle_stay_agrees(oracle, mine, &card, message) ||
            !oracle_timer_agrees(state, id, oracle_stay_next(oracle, mine), HAS(&card, repair, timer_at), card.timer_at,
                                 message))
            return false;
        mine->changed = false;
    }
    return true;
}
