/*
 * oracle_clock.c - the clocks of a complaint and the ladder on each of them.
 *
 *   share due = start + share of the grade's duration + what ended pauses took (+ the whole of a pause that goes on),
 *               rounded up to the second
 *
 * A clock that is already past several rungs fires once, at the highest: only where time did not pass rung by rung (opening
 * late, a new grade, a new rulebook). Where it did, each timer fires as of its own due time, and so does each rung. Where the
 * documents are silent: a rung that was past already when it was found is raised as of then, not as of its share's time, so
 * that it doesn't repeat for all the time before.
 */
#include "tests/sim/oracle_inside.h"

bool oracle_clock_runs(const struct oracle_clock *clock)
{
    return clock->started && !clock->stopped;
}

/* A pause stops plan and resolve. */
bool oracle_clock_rests(const struct oracle_complaint *complaint, enum clock_kind kind)
{
    return complaint->pause_reason >= 0 && (kind == clock_kind_is_plan || kind == clock_kind_is_resolve) &&
           oracle_clock_runs(&complaint->clock[kind]);
}

/* The law's own go by the national calendar and never rest. */
static bool is_of_law(enum clock_kind kind)
{
    return kind != clock_kind_is_response && kind != clock_kind_is_plan && kind != clock_kind_is_resolve &&
           kind != clock_kind_is_callback;
}

/* When so much of it is used, if a pause that goes on ended at pause_end_ms. */
static int64_t share_if_ms(const struct oracle *oracle, const struct oracle_complaint *complaint, enum clock_kind kind,
                           int64_t percent, int64_t pause_end_ms)
{
    const struct oracle_clock *clock = &complaint->clock[kind];
    const struct policy *policy = oracle->policy;
    struct duration whole =
        is_of_law(kind) ? policy->statutory.clock[kind] : policy->grade[complaint->grade].clock[kind];
    whole.ms = whole.ms * percent / 100;
    if (is_of_law(kind))
        return oracle_pass(policy, NULL, clock->start_ms, whole);
    whole.ms += clock->rested_ms[whole.unit];
    if (oracle_clock_rests(complaint, kind))
        whole.ms += oracle_passed(policy, complaint->store, complaint->pause_since, pause_end_ms, whole.unit);
    return oracle_pass(policy, complaint->store, clock->start_ms, whole);
}

int64_t oracle_share_ms(const struct oracle *oracle, const struct oracle_complaint *complaint, enum clock_kind kind,
                        int64_t percent)
{
    return share_if_ms(oracle, complaint, kind, percent, complaint->pause_until);
}

/* Has so much of it been used by now_ms? A clock that rests has used what it had when the rest began. */
static bool has_come(const struct oracle *oracle, const struct oracle_complaint *complaint, enum clock_kind kind,
                     int64_t percent, int64_t now_ms)
{
    return share_if_ms(oracle, complaint, kind, percent, now_ms) <= now_ms;
}

void oracle_clock_start(struct oracle *oracle, struct oracle_complaint *complaint, enum clock_kind kind, int64_t at_ms)
{
    struct oracle_clock *clock = &complaint->clock[kind];
    if (clock->started)
        return;
    *clock = (struct oracle_clock){.started = true, .start_ms = at_ms};
    clock->due_ms = oracle_share_ms(oracle, complaint, kind, 100);
}

/* Whoever was in time by the decision's own time was in time, though the rung had fired when it arrived. A clock that rests
 * is held to what it had, and what it rested until then. */
void oracle_clock_stop(struct oracle *oracle, struct oracle_complaint *complaint, enum clock_kind kind, int64_t ms)
{
    struct oracle_clock *clock = &complaint->clock[kind];
    if (!oracle_clock_runs(clock))
        return;
    ms = ms < clock->start_ms ? clock->start_ms : ms;
    clock->due_ms = share_if_ms(oracle, complaint, kind, 100, ms);
    clock->stopped = true;
    clock->waits = false;
    clock->stopped_ms = ms;
    if (ms > clock->due_ms)
        clock->breached = true;
    else if (clock->due_ms <= oracle->at_ms)
        clock->breached = false;
    oracle_notices_end(oracle, complaint, kind, 0);
}

void oracle_reasons_begin(struct oracle *oracle, struct oracle_complaint *complaint, int64_t at_ms)
{
    memset(&complaint->clock[clock_kind_is_deliberate], 0, sizeof complaint->clock[0]);
    oracle_clock_start(oracle, complaint, clock_kind_is_deliberate, at_ms);
}

/* Reopened, what the law counts from the demand runs on from opening. */
void oracle_clocks_begin(struct oracle *oracle, struct oracle_complaint *complaint, int64_t at_ms)
{
    memset(complaint->clock, 0, sizeof complaint->clock);
    oracle_clock_start(oracle, complaint, clock_kind_is_response, at_ms);
    oracle_clock_start(oracle, complaint, clock_kind_is_plan, at_ms);
    oracle_clock_start(oracle, complaint, clock_kind_is_resolve, at_ms);
    oracle_clock_start(oracle, complaint, clock_kind_is_deliberate, at_ms);
    if (complaint->category == category_is_refund) {
        oracle_clock_start(oracle, complaint, clock_kind_is_refund_answer, complaint->opened_ms);
        oracle_clock_start(oracle, complaint, clock_kind_is_refund_finish, complaint->opened_ms);
    }
    if (complaint->channel == channel_is_regulator) {
        oracle_clock_start(oracle, complaint, clock_kind_is_regulator_accept, complaint->opened_ms);
        oracle_clock_start(oracle, complaint, clock_kind_is_regulator_mediation, complaint->opened_ms);
    }
}

void oracle_clocks_due(struct oracle *oracle, struct oracle_complaint *complaint)
{
    for (int kind = 0; kind < clock_kind_count; kind++)
        if (oracle_clock_runs(&complaint->clock[kind]))
            complaint->clock[kind].due_ms = oracle_share_ms(oracle, complaint, (enum clock_kind)kind, 100);
}

/* Has somebody been told of as great a share, and somebody as high, past the breach as of a breach? */
static bool was_told(const struct policy *policy, const struct oracle_complaint *complaint,
                     const struct oracle_clock *clock, const struct rung *rung)
{
    if (rung->percent > clock->told_percent)
        return false;
    if (rung->level > clock->told_level && rung->level > complaint->floor)
        return false;
    return rung->percent < policy->breach_percent || clock->breached;
}

/* The first rung of the ladder that was not told; NULL when all were. */
static const struct rung *next_rung(const struct policy *policy, const struct oracle_complaint *complaint,
                                    const struct oracle_clock *clock)
{
    for (uint32_t i = 0; i < policy->rung_count; i++)
        if (!was_told(policy, complaint, clock, &policy->ladder[i]))
            return &policy->ladder[i];
    return NULL;
}

/* Until when a notice that fell due then waits: levels up to the rulebook's keep quiet at night, except for urgent. */
static int64_t heard_ms(const struct oracle *oracle, const struct oracle_complaint *complaint, int64_t level,
                        int64_t due_ms)
{
    int64_t reached = level > complaint->floor ? level : complaint->floor;
    return complaint->grade == grade_is_urgent || reached > oracle->policy->quiet.level_most
               ? due_ms
               : oracle_night_end(oracle->policy, complaint->store, due_ms);
}

static void fire(struct oracle *oracle, struct oracle_complaint *complaint, enum clock_kind kind, int64_t now_ms)
{
    const struct policy *policy = oracle->policy;
    struct oracle_clock *clock = &complaint->clock[kind];
    const struct rung *rung = next_rung(policy, complaint, clock), *highest = NULL;
    for (; rung && rung < policy->ladder + policy->rung_count; rung++)
        if (has_come(oracle, complaint, kind, (int64_t)rung->percent, now_ms))
            highest = rung;
    if (highest) {
        if (highest->percent > clock->told_percent)
            clock->told_percent = highest->percent;
        if (highest->level > clock->told_level)
            clock->told_level = highest->level;
        clock->breached = clock->breached || highest->percent >= policy->breach_percent;
        if (heard_ms(oracle, complaint, highest->level, now_ms) > now_ms) {
            clock->waits = true;
            clock->waits_percent = highest->percent;
            clock->waits_level = highest->level;
            clock->waits_ms = now_ms;
        } else {
            oracle_notice_raise(oracle, complaint, (int32_t)kind, highest->percent, highest->level, now_ms);
        }
    }
    if (!clock->waits || heard_ms(oracle, complaint, clock->waits_level, clock->waits_ms) > now_ms)
        return;
    clock->waits = false;
    oracle_notice_raise(oracle, complaint, (int32_t)kind, clock->waits_percent, clock->waits_level, now_ms);
}

void oracle_clocks_fire(struct oracle *oracle, struct oracle_complaint *complaint, int64_t now_ms)
{
    for (int kind = 0; kind < clock_kind_count; kind++)
        if (oracle_clock_runs(&complaint->clock[kind]))
            fire(oracle, complaint, (enum clock_kind)kind, now_ms);
}

int64_t oracle_clocks_next(const struct oracle *oracle, const struct oracle_complaint *complaint)
{
    int64_t next = complaint->pause_reason >= 0 ? complaint->pause_until : ORACLE_NEVER;
    for (int k = 0; k < clock_kind_count; k++) {
        enum clock_kind kind = (enum clock_kind)k;
        const struct oracle_clock *clock = &complaint->clock[kind];
        if (!oracle_clock_runs(clock))
            continue;
        int64_t due = clock->waits ? heard_ms(oracle, complaint, clock->waits_level, clock->waits_ms) : ORACLE_NEVER;
        next = due < next ? due : next;
        const struct rung *rung = next_rung(oracle->policy, complaint, clock);
        if (!rung || oracle_clock_rests(complaint, kind))
            continue;
        due = oracle_share_ms(oracle, complaint, kind, (int64_t)rung->percent);
        next = due < next ? due : next;
    }
    return next;
}

/* What it took counts for the clocks that rested, and for the complaint's account. */
void oracle_pause_end(struct oracle *oracle, struct oracle_complaint *complaint, int64_t at_ms)
{
    if (complaint->pause_reason < 0)
        return;
    const struct policy *policy = oracle->policy;
    int64_t since = complaint->pause_since;
    for (int kind = 0; kind < clock_kind_count; kind++) {
        struct oracle_clock *clock = &complaint->clock[kind];
        if (!oracle_clock_rests(complaint, (enum clock_kind)kind))
            continue;
        for (int unit = TIME_WALL; unit <= TIME_WORKING_DAYS; unit++)
            clock->rested_ms[unit] += oracle_passed(policy, complaint->store, since, at_ms, (enum time_unit)unit);
    }
    complaint->paused_ms += oracle_passed(policy, complaint->store, since, at_ms, policy->pause_most.unit);
    complaint->pause_reason = -1;
    oracle_clocks_due(oracle, complaint);
}

/* Shares that have not come by the measure of now are as if they never had: their notices end, a breach is taken back. What was
 * told to too few is told anew. */
static void take_back(struct oracle *oracle, struct oracle_complaint *complaint, enum clock_kind kind)
{
    const struct policy *policy = oracle->policy;
    struct oracle_clock *clock = &complaint->clock[kind];
    int64_t over = 1;
    while (over <= 1000 && has_come(oracle, complaint, kind, over, oracle->at_ms))
        over++;
    if (clock->told_percent >= over) {
        struct oracle_clock left = {0};
        for (uint32_t i = 0; i < policy->rung_count; i++) {
            const struct rung *rung = &policy->ladder[i];
            if (rung->percent < over && was_told(policy, complaint, clock, rung)) {
                left.told_percent = rung->percent;
                left.told_level = rung->level;
            }
        }
        clock->told_percent = left.told_percent;
        clock->told_level = left.told_level;
    }
    if (!has_come(oracle, complaint, kind, (int64_t)policy->breach_percent, oracle->at_ms))
        clock->breached = false;
    const struct rung *next = next_rung(policy, complaint, clock);
    if (next && next->percent <= clock->told_percent)
        over = next->percent;
    if (clock->waits && clock->waits_percent >= over)
        clock->waits = false;
    oracle_notices_end(oracle, complaint, (int32_t)kind, over);
}

/* No pause goes beyond the account, by the calendar and the rulebook of now; nor is it over before now. */
static void shorten_pause(struct oracle *oracle, struct oracle_complaint *complaint)
{
    const struct policy *policy = oracle->policy;
    struct duration left = {policy->pause_most.ms - complaint->paused_ms, policy->pause_most.unit};
    if (complaint->pause_reason < 0)
        return;
    int64_t takes = oracle_passed(policy, complaint->store, complaint->pause_since, complaint->pause_until, left.unit);
    if (takes <= left.ms)
        return;
    complaint->pause_until = oracle_whole_second(oracle->at_ms);
    if (left.ms <= 0)
        return;
    int64_t used_up = oracle_pass(policy, complaint->store, complaint->pause_since, left);
    if (used_up > complaint->pause_until)
        complaint->pause_until = used_up;
}

void oracle_clocks_regrade(struct oracle *oracle, struct oracle_complaint *complaint)
{
    shorten_pause(oracle, complaint);
    oracle_clocks_due(oracle, complaint);
    for (int kind = 0; kind < clock_kind_count; kind++)
        if (oracle_clock_runs(&complaint->clock[kind]))
            take_back(oracle, complaint, (enum clock_kind)kind);
    oracle_clocks_fire(oracle, complaint, oracle->at_ms);
}

bool oracle_clocks_reckon(struct oracle *oracle, struct oracle_complaint *complaint)
{
    struct oracle_complaint before;
    uint32_t notices = oracle->notices_count;
    memcpy(&before, complaint, sizeof before);
    oracle_clocks_regrade(oracle, complaint);
    return oracle->notices_count != notices || memcmp(&before, complaint, sizeof before) != 0 ||
           oracle_clocks_next(oracle, complaint) != complaint->armed_ms;
}
