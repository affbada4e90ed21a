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

/* When so much of it is used, if a pause that goes on ended at pause_end_ms. */
static int64_t share_if_ms(const struct oracle *oracle, const struct oracle_complaint *complaint, enum clock_kind kind,
                           int64_t percent, int64_t pause_end_ms)
{
    const struct oracle_clock *clock = &complaint->clock[kind];
    int64_t whole = oracle->policy->grade[complaint->grade].clock[kind].ms;
    int64_t rest = 0;
    if (oracle_clock_rests(complaint, kind) && pause_end_ms > complaint->pause_since)
        rest = pause_end_ms - complaint->pause_since;
    return oracle_whole_second(clock->start_ms + whole * percent / 100 + clock->rested_ms + rest);
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
    clock->stopped_ms = ms;
    if (ms > clock->due_ms)
        clock->breached = true;
    else if (clock->due_ms <= oracle->at_ms)
        clock->breached = false;
    oracle_notices_end(oracle, complaint, kind, 0);
}

void oracle_clocks_due(struct oracle *oracle, struct oracle_complaint *complaint)
{
    for (int kind = 0; kind < clock_kind_count; kind++)
        if (oracle_clock_runs(&complaint->clock[kind]))
            complaint->clock[kind].due_ms = oracle_share_ms(oracle, complaint, (enum clock_kind)kind, 100);
}

void oracle_clocks_fire(struct oracle *oracle, struct oracle_complaint *complaint, int64_t now_ms)
{
    const struct policy *policy = oracle->policy;
    for (int k = 0; k < clock_kind_count; k++) {
        enum clock_kind kind = (enum clock_kind)k;
        struct oracle_clock *clock = &complaint->clock[kind];
        if (!oracle_clock_runs(clock))
            continue;
        uint32_t told = clock->told;
        while (told < policy->rung_count &&
               has_come(oracle, complaint, kind, (int64_t)policy->ladder[told].percent, now_ms))
            told++;
        if (told == clock->told)
            continue;
        const struct rung *rung = &policy->ladder[told - 1];
        clock->told = told;
        clock->breached = clock->breached || rung->percent >= policy->breach_percent;
        oracle_notice_raise(oracle, complaint, k, (int64_t)rung->percent, (int64_t)rung->level, now_ms);
    }
}

int64_t oracle_clocks_next(const struct oracle *oracle, const struct oracle_complaint *complaint)
{
    const struct policy *policy = oracle->policy;
    int64_t next = complaint->pause_reason >= 0 ? complaint->pause_until : ORACLE_NEVER;
    for (int k = 0; k < clock_kind_count; k++) {
        enum clock_kind kind = (enum clock_kind)k;
        const struct oracle_clock *clock = &complaint->clock[kind];
        if (!oracle_clock_runs(clock) || oracle_clock_rests(complaint, kind) || clock->told >= policy->rung_count)
            continue;
        int64_t due = oracle_share_ms(oracle, complaint, kind, (int64_t)policy->ladder[clock->told].percent);
        next = due < next ? due : next;
    }
    return next;
}

/* What it took counts for the clocks that rested, and for the complaint's account. */
void oracle_pause_end(struct oracle *oracle, struct oracle_complaint *complaint, int64_t at_ms)
{
    if (complaint->pause_reason < 0)
        return;
    int64_t took = at_ms - complaint->pause_since;
    for (int kind = 0; kind < clock_kind_count; kind++)
        if (oracle_clock_rests(complaint, (enum clock_kind)kind))
            complaint->clock[kind].rested_ms += took;
    complaint->paused_ms += took;
    complaint->pause_reason = -1;
    oracle_clocks_due(oracle, complaint);
}

/* Rungs that have not come by the measure of now are as if they never had: their notices end, a breach is taken back. */
static void take_back(struct oracle *oracle, struct oracle_complaint *complaint, enum clock_kind kind)
{
    const struct policy *policy = oracle->policy;
    struct oracle_clock *clock = &complaint->clock[kind];
    uint32_t told = 0;
    while (told < clock->told && told < policy->rung_count &&
           has_come(oracle, complaint, kind, (int64_t)policy->ladder[told].percent, oracle->at_ms))
        told++;
    if (told < clock->told)
        oracle_notices_end(oracle, complaint, (int32_t)kind, (int64_t)policy->ladder[told].percent);
    clock->told = told;
    if (!has_come(oracle, complaint, kind, (int64_t)policy->breach_percent, oracle->at_ms))
        clock->breached = false;
}

void oracle_clocks_regrade(struct oracle *oracle, struct oracle_complaint *complaint)
{
    oracle_clocks_due(oracle, complaint);
    for (int kind = 0; kind < clock_kind_count; kind++)
        if (oracle_clock_runs(&complaint->clock[kind]))
            take_back(oracle, complaint, (enum clock_kind)kind);
    oracle_clocks_fire(oracle, complaint, oracle->at_ms);
}

/* How many rungs of the new ladder were told by the old one: as great a share, to as high a level (the floor was the least),
 * past the breach as a breach. What was told last was the greatest share and the highest level. */
static uint32_t told_before(const struct policy *policy, const struct oracle_complaint *complaint,
                            const struct oracle_clock *clock, const struct rung *last)
{
    uint32_t count = 0;
    while (count < policy->rung_count) {
        const struct rung *rung = &policy->ladder[count];
        if (rung->percent > last->percent || (rung->level > last->level && rung->level > complaint->floor))
            break;
        if (rung->percent >= policy->breach_percent && !clock->breached)
            break;
        count++;
    }
    return count;
}

/* Open notices of shares that have not passed end. */
static void end_early_notices(struct oracle *oracle, const struct oracle_complaint *complaint, enum clock_kind kind)
{
    int64_t least = ORACLE_NEVER;
    for (uint32_t i = 0; i < oracle->notices_count; i++) {
        const struct oracle_notice *notice = &oracle->notices[i];
        if (oracle_notice_of(notice, complaint) && notice->clock == (int32_t)kind && !notice->ended &&
            !has_come(oracle, complaint, kind, notice->percent, oracle->at_ms) && notice->percent < least)
            least = notice->percent;
    }
    if (least != ORACLE_NEVER)
        oracle_notices_end(oracle, complaint, (int32_t)kind, least);
}

bool oracle_clocks_reckon(struct oracle *oracle, const struct policy *earlier, struct oracle_complaint *complaint)
{
    struct oracle_complaint before;
    uint32_t notices = oracle->notices_count;
    memcpy(&before, complaint, sizeof before);
    oracle_clocks_due(oracle, complaint);
    for (int k = 0; k < clock_kind_count; k++) {
        enum clock_kind kind = (enum clock_kind)k;
        struct oracle_clock *clock = &complaint->clock[kind];
        if (!oracle_clock_runs(clock))
            continue;
        const struct rung *last = clock->told ? &earlier->ladder[clock->told - 1] : NULL;
        clock->told = last ? told_before(oracle->policy, complaint, clock, last) : 0;
        const struct rung *next = &oracle->policy->ladder[clock->told];
        if (last && clock->told < oracle->policy->rung_count && next->percent <= last->percent)
            oracle_notices_end(oracle, complaint, k, (int64_t)next->percent); /* it was told to too few: anew */
        take_back(oracle, complaint, kind);
        end_early_notices(oracle, complaint, kind);
    }
    oracle_clocks_fire(oracle, complaint, oracle->at_ms);
    return oracle->notices_count != notices || memcmp(&before, complaint, sizeof before) != 0 ||
           oracle_clocks_next(oracle, complaint) != complaint->armed_ms;
}
