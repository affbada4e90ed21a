/* complaint_clocks.c - what runs, what rests, what is due. */
#include "core/complaint_clocks.h"

#include "core/calendar.h"
#include "core/ensure.h"

#include <stdio.h>

struct clock *complaint_clock(struct complaint *complaint, enum clock_kind kind)
{
    for (uint32_t i = 0; i < complaint->clocks_count; i++) {
        if (complaint->clocks[i].kind == (int32_t)kind)
            return &complaint->clocks[i];
    }
    return NULL;
}

bool clock_runs(const struct clock *clock)
{
    return !HAS(clock, clock, stopped_at);
}

static struct duration clock_allowance(const struct policy *policy, const struct complaint *complaint,
                                       const struct clock *clock)
{
    return policy->grade[complaint->grade].clock[clock->kind];
}

/* Pauses stop the work, not the customer's wait for an answer or a call. */
static bool clock_rests(const struct complaint *complaint, const struct clock *clock)
{
    return HAS(complaint, complaint, paused) && clock_runs(clock) &&
           (clock->kind == clock_kind_is_plan || clock->kind == clock_kind_is_resolve);
}

/* When `percent` of the clock has passed; pause_end_ms is when the present pause ends, if it rests. */
static int64_t clock_due(const struct policy *policy, const struct complaint *complaint, const struct clock *clock,
                         uint32_t percent, int64_t pause_end_ms)
{
    struct duration share = clock_allowance(policy, complaint, clock);
    share.ms = share.ms * percent / 100;
    share.ms += share.unit == TIME_WALL ? clock->rested_wall_ms : clock->rested_working_ms;
    if (clock_rests(complaint, clock))
        share.ms += calendar_between(policy, complaint->store, complaint->paused.since, pause_end_ms, share.unit);
    return calendar_add(policy, complaint->store, clock->started_at, share);
}

static void clock_recompute(const struct policy *policy, struct complaint *complaint, struct clock *clock)
{
    int64_t pause_end_ms = HAS(complaint, complaint, paused) ? complaint->paused.until : 0;
    clock->due_at = clock_due(policy, complaint, clock, 100, pause_end_ms);
}

void clocks_recompute(const struct policy *policy, struct complaint *complaint)
{
    for (uint32_t i = 0; i < complaint->clocks_count; i++) {
        if (clock_runs(&complaint->clocks[i]))
            clock_recompute(policy, complaint, &complaint->clocks[i]);
    }
}

void clocks_start(const struct policy *policy, struct complaint *complaint, enum clock_kind kind, int64_t at_ms)
{
    if (complaint_clock(complaint, kind))
        return;
    ensure(complaint->clocks_count < CLOCKS_MAX);
    struct clock *clock = &complaint->clocks[complaint->clocks_count++];
    *clock = (struct clock){.kind = (int32_t)kind, .started_at = at_ms};
    SET(clock, clock, rungs, 0);
    SET(clock, clock, rested_working_ms, 0);
    SET(clock, clock, rested_wall_ms, 0);
    clock_recompute(policy, complaint, clock);
}

/* Books the part of the present pause that ended at at_ms. */
static void clock_book_rest(const struct policy *policy, const struct complaint *complaint, struct clock *clock,
                            int64_t at_ms)
{
    int64_t since_ms = complaint->paused.since;
    clock->rested_working_ms += calendar_between(policy, complaint->store, since_ms, at_ms, TIME_WORKING);
    clock->rested_wall_ms += calendar_between(policy, complaint->store, since_ms, at_ms, TIME_WALL);
}

void clocks_stop(const struct policy *policy, struct complaint *complaint, enum clock_kind kind, int64_t stopped_ms,
                 int64_t at_ms, struct complaint_effects *effects)
{
    struct clock *clock = complaint_clock(complaint, kind);
    if (!clock || !clock_runs(clock))
        return;
    if (stopped_ms < clock->started_at)
        stopped_ms = clock->started_at;
    ensure(stopped_ms <= at_ms);
    clock->due_at = clock_due(policy, complaint, clock, 100, stopped_ms);
    if (clock_rests(complaint, clock))
        clock_book_rest(policy, complaint, clock, stopped_ms);
    SET(clock, clock, stopped_at, stopped_ms);
    if (stopped_ms > clock->due_at)
        clock->breached = true;
    else if (clock->due_at <= at_ms)
        clock->breached = false;
    effects->clocks_stopped |= 1u << kind;
}

void clocks_stop_all(const struct policy *policy, struct complaint *complaint, int64_t at_ms,
                     struct complaint_effects *effects)
{
    for (uint32_t kind = 0; kind < clock_kind_count; kind++)
        clocks_stop(policy, complaint, (enum clock_kind)kind, at_ms, at_ms, effects);
}

void clocks_restart(const struct policy *policy, struct complaint *complaint, int64_t at_ms)
{
    complaint->clocks_count = 0;
    clocks_start(policy, complaint, clock_kind_is_response, at_ms);
    clocks_start(policy, complaint, clock_kind_is_plan, at_ms);
    clocks_start(policy, complaint, clock_kind_is_resolve, at_ms);
}

bool clocks_can_rest(const struct complaint *complaint)
{
    for (uint32_t i = 0; i < complaint->clocks_count; i++) {
        int32_t kind = complaint->clocks[i].kind;
        if ((kind == clock_kind_is_plan || kind == clock_kind_is_resolve) && clock_runs(&complaint->clocks[i]))
            return true;
    }
    return false;
}

void clocks_wake(const struct policy *policy, struct complaint *complaint, int64_t at_ms)
{
    if (!HAS(complaint, complaint, paused))
        return;
    for (uint32_t i = 0; i < complaint->clocks_count; i++) {
        if (clock_rests(complaint, &complaint->clocks[i]))
            clock_book_rest(policy, complaint, &complaint->clocks[i], at_ms);
    }
    int64_t rested_ms =
        calendar_between(policy, complaint->store, complaint->paused.since, at_ms, policy->pause_most.unit);
    SET(complaint, complaint, paused_ms, complaint->paused_ms + rested_ms);
    UNSET(complaint, complaint, paused);
    clocks_recompute(policy, complaint);
}

/* ---- the ladder ---- */

static bool rung_fired(const struct clock *clock, uint32_t rung)
{
    return (clock->rungs >> rung) & 1;
}

static void clock_regrade(const struct policy *policy, const struct complaint *complaint, struct clock *clock,
                          int64_t now_ms, struct complaint_effects *effects)
{
    uint32_t rung = 0;
    while (rung < policy->rung_count && rung_fired(clock, rung) &&
           clock_due(policy, complaint, clock, policy->ladder[rung].percent, now_ms) <= now_ms)
        rung++;
    if (rung < policy->rung_count && rung_fired(clock, rung)) {
        effects->unfired_percent[clock->kind] = policy->ladder[rung].percent;
        clock->rungs &= (1 << rung) - 1;
    }
    if (clock_due(policy, complaint, clock, policy->breach_percent, now_ms) > now_ms)
        clock->breached = false;
}

void clocks_regrade(const struct policy *policy, struct complaint *complaint, int64_t now_ms,
                    struct complaint_effects *effects)
{
    clocks_recompute(policy, complaint);
    for (uint32_t i = 0; i < complaint->clocks_count; i++) {
        if (clock_runs(&complaint->clocks[i]))
            clock_regrade(policy, complaint, &complaint->clocks[i], now_ms, effects);
    }
}

/* ---- another rulebook ---- */

/* How many rungs count as fired when those of the earlier ladder have: what was told at as great a share, to as high a
 * level, and past the breach as a breach. */
static uint32_t rungs_carried(const struct policy *policy, const struct complaint *complaint, const struct clock *clock,
                              const struct rung *told)
{
    uint32_t count = 0;
    int64_t level = told->level > complaint->floor ? told->level : complaint->floor;
    while (count < policy->rung_count && policy->ladder[count].percent <= told->percent &&
           policy->ladder[count].level <= level &&
           (policy->ladder[count].percent < policy->breach_percent || clock->breached))
        count++;
    return count;
}

/* The least share that has not passed; one past the greatest when all have. */
static uint32_t percent_ahead(const struct policy *policy, const struct complaint *complaint, const struct clock *clock,
                              int64_t now_ms)
{
    uint32_t low = 1, high = RUNG_PERCENT_MOST + 1;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (clock_due(policy, complaint, clock, middle, now_ms) > now_ms)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static void clock_reckon(const struct policy *policy, const struct policy *earlier, const struct complaint *complaint,
                         struct clock *clock, int64_t now_ms, struct complaint_effects *effects)
{
    uint32_t told = 0, carried = 0;
    uint32_t over_percent = percent_ahead(policy, complaint, clock, now_ms);
    while (told < earlier->rung_count && rung_fired(clock, told))
        told++;
    if (told > 0) {
        const struct rung *highest = &earlier->ladder[told - 1];
        carried = rungs_carried(policy, complaint, clock, highest);
        if (carried < policy->rung_count && policy->ladder[carried].percent <= highest->percent &&
            policy->ladder[carried].percent < over_percent)
            over_percent = policy->ladder[carried].percent; /* it fires anew, to whom it is for now */
    }
    clock->rungs = (1 << carried) - 1;
    clock_regrade(policy, complaint, clock, now_ms, effects);
    effects->unfired_percent[clock->kind] = over_percent;
}

void clocks_reckon(const struct policy *policy, const struct policy *earlier, struct complaint *complaint,
                   int64_t now_ms, struct complaint_effects *effects)
{
    clocks_recompute(policy, complaint);
    for (uint32_t i = 0; i < complaint->clocks_count; i++) {
        if (clock_runs(&complaint->clocks[i]))
            clock_reckon(policy, earlier, complaint, &complaint->clocks[i], now_ms, effects);
    }
}

/* ---- firing ---- */

/* What the history calls it: the first rung at or past the breach is the breach. */
static const char *rung_type(const struct policy *policy, const struct clock *clock, uint32_t rung)
{
    uint32_t percent = policy->ladder[rung].percent;
    if (percent >= policy->breach_percent)
        return clock->breached ? "clock.overdue" : "clock.breached";
    return percent * 2 <= policy->breach_percent ? "clock.half_used" : "clock.nearly_used";
}

void notices_follow(struct complaint_effects *effects, int64_t now_ms)
{
    effects->notices_follow = true;
    effects->follow_ms = now_ms;
}

void notice_add(struct complaint *complaint, struct complaint_effects *effects, struct notice_wanted notice)
{
    ensure(effects->notice_count < NOTICES_MAX);
    if (notice.level < complaint->floor)
        notice.level = complaint->floor;
    effects->notice[effects->notice_count++] = notice;
    if (complaint->level < notice.level)
        complaint->level = notice.level;
}

/* A reopened complaint climbs the ladder anew: its notices need names of their own. */
static void notice_name(const struct complaint *complaint, struct notice_wanted *notice)
{
    const char *clock = choice_name(choice_of_clock_kind(), notice->clock);
    int len = snprintf(notice->id_text, sizeof notice->id_text, "E-%lld-%s-%lld", (long long)complaint->seq, clock,
                       (long long)notice->rung_percent);
    if (complaint->reopened > 0)
        snprintf(notice->id_text + len, sizeof notice->id_text - (size_t)len, "-reopened-%lld",
                 (long long)complaint->reopened);
}

void notice_name_again(const struct complaint *complaint, struct cause cause, uint32_t times,
                       struct notice_wanted *notice)
{
    int len = snprintf(notice->id_text, sizeof notice->id_text, "E-%lld-%s-%lld-again-%llu", (long long)complaint->seq,
                       choice_name(choice_of_clock_kind(), notice->clock), (long long)notice->rung_percent,
                       (unsigned long long)cause.seq);
    if (times > 1)
        snprintf(notice->id_text + len, sizeof notice->id_text - (size_t)len, "-%u", times);
}

static void clock_fire(const struct policy *policy, struct complaint *complaint, struct clock *clock, int64_t now_ms,
                       struct cause cause, struct complaint_effects *effects)
{
    uint32_t rung = policy->rung_count;
    while (rung > 0 && !rung_fired(clock, rung - 1) &&
           clock_due(policy, complaint, clock, policy->ladder[rung - 1].percent, now_ms) > now_ms)
        rung--;
    if (rung == 0 || rung_fired(clock, rung - 1))
        return;
    rung--;
    struct notice_wanted notice = {
        .clock = (enum clock_kind)clock->kind,
        .rung_percent = policy->ladder[rung].percent,
        .level = policy->ladder[rung].level,
        .at_ms = now_ms,
    };
    notice_name(complaint, &notice);
    notice_add(complaint, effects, notice);
    history_add(complaint->history, &complaint->history_count, cause.seq, now_ms,
                span_of(rung_type(policy, clock, rung)), (struct span){0},
                span_of(choice_name(choice_of_clock_kind(), clock->kind)));
    clock->rungs |= (1 << (rung + 1)) - 1;
    clock->breached = clock->breached || policy->ladder[rung].percent >= policy->breach_percent;
}

void clocks_fire(const struct policy *policy, struct complaint *complaint, int64_t now_ms, struct cause cause,
                 struct complaint_effects *effects)
{
    for (uint32_t i = 0; i < complaint->clocks_count; i++) {
        struct clock *clock = &complaint->clocks[i];
        if (clock_runs(clock))
            clock_fire(policy, complaint, clock, now_ms, cause, effects);
    }
}

int64_t clocks_next_due(const struct policy *policy, const struct complaint *complaint)
{
    int64_t next_ms = INT64_MAX;
    for (uint32_t i = 0; i < complaint->clocks_count; i++) {
        const struct clock *clock = &complaint->clocks[i];
        if (!clock_runs(clock) || clock_rests(complaint, clock))
            continue;
        for (uint32_t rung = 0; rung < policy->rung_count; rung++) {
            if (rung_fired(clock, rung))
                continue;
            int64_t due_ms = clock_due(policy, complaint, clock, policy->ladder[rung].percent, 0);
            next_ms = due_ms < next_ms ? due_ms : next_ms;
            break;
        }
    }
    return next_ms;
}
